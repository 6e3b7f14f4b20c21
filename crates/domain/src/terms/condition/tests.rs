use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::terms::activity::{AttributeValue, Attributes};
use crate::terms::condition::bounds::{DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use crate::terms::condition::error::Problem;

mod exact;
mod local;

fn attributes() -> Attributes {
    let text = |text: &str| AttributeValue::Text(text.into());
    Attributes::from([
        ("top_up".into(), AttributeValue::Number(2)),
        ("least".into(), AttributeValue::Number(i64::MIN)),
        ("most".into(), AttributeValue::Number(i64::MAX)),
        ("first".into(), AttributeValue::Flag(true)),
        ("city".into(), text("Köln")),
        ("top-up of the day".into(), text("x")),
    ])
}

fn facts(attributes: &Attributes) -> Facts<'_> {
    let (member, counterparty) = ("ben", Some("cleo"));
    Facts { amount_minor: Some(1500), quantity: Some(6), member, counterparty, source: "shop", ..no_facts(attributes) }
}

/// Facts of an activity of a Tuesday, shortly after midnight.
fn no_facts(attributes: &Attributes) -> Facts<'_> {
    let occurred = local::time("2018-12-31T23:30:00Z", 3_600);
    let (amount_minor, quantity, counterparty, subject) = (None, None, None, None);
    Facts { attributes, amount_minor, quantity, occurred, member: "", counterparty, subject, source: "" }
}

fn told(text: &str) -> Result<bool, EvaluationError> {
    let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    condition.holds(&facts(&attributes()))
}

fn refused(text: &str) -> ConditionError {
    Condition::parse(text).expect_err(text)
}

/// Makes texts nested to `depth` in every way that the text allows. Some are the parser's worst case: the end is
/// missing.
fn nested(depth: usize) -> Vec<String> {
    let around = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
    vec![
        around("(", "1", ")"),
        around("[", "1", "]"),
        around("size(", "member", ")"),
        around("[1 in [", "1", "]]"),
        around("1 + -(", "1", ") * 2"),
        around("member.startsWith(", "member", ")"),
        around("true ? true : ", "true", ""),
        around("true ? ", "true", " : true"),
        around("!", "true", ""),
        around("- ", "1", ""),
        around("!(", "true", ")"),
        around("1 + ", "1", ""),
        around("1 == ", "1", ""),
        around("true && ", "true", ""),
        around("true || ", "true", ""),
        around("", "member", "[0]"),
        around("", "member", ".a"),
        around("", "member", ".contains('')"),
        around("(", "", ""),
        around("[", "", ""),
        around("{", "", ""),
        around("true ? ", "", ""),
        around("((1 + ", "", ""),
    ]
}

#[test]
fn conditions_hold_or_do_not() {
    let cases = [
        ("attributes.top_up in [2, 3] && amount_minor >= 1000", true),
        ("attributes.top_up in [1, 3] && amount_minor >= 1000", false),
        ("attributes.first", true),
        ("!attributes.first", false),
        ("attributes[\"top-up of the day\"] == 'x'", true),
        ("has(attributes.city) && attributes.city.startsWith('Kö')", true),
        ("attributes.city.startsWith('ln') || attributes.city.endsWith('Kö')", false),
        ("has(attributes.town)", false),
        ("has(attributes.town) && attributes.town == 'Bonn'", false),
        ("!has(attributes.town) || attributes.town == 'Bonn'", true),
        ("'city' in attributes && !('town' in attributes)", true),
        ("size(attributes.city) == 4", true),
        ("attributes.city.endsWith('ln') && attributes.city.contains('ö')", true),
        ("member == 'ben' && counterparty == \"cleo\" && subject == '' && source in ['shop', 'app']", true),
        ("member + '@' + source == 'ben@shop'", true),
        ("amount_minor / 1000 == 1 && amount_minor % 1000 == 500 && -amount_minor < 0", true),
        ("amount_minor > 1000 ? attributes.first : attributes.town", true),
        ("[1, 2] + [3] == [1, 2, 3] && [10, 20][1] == 20", true),
        ("'it\\'s' == \"it's\" && '\\\\' != '\"'", true),
        ("attributes.least == -9223372036854775808 && attributes.most == 9223372036854775807", true),
        ("-7 / 2 == -3 && -7 % 2 == -1", true),
        ("'Z' < 'a' && 'a' < 'ä'", true),
        ("size('👍🏽') == 2", true),
        // CEL's equality across types: the values are unequal, without an error.
        ("attributes.top_up == '2'", false),
        ("attributes.top_up != '2'", true),
        ("attributes.top_up in ['2']", false),
        // One side decides, whatever the other is.
        ("attributes.town == 'Bonn' || member == 'ben'", true),
        ("attributes.town == 'Bonn' && member == 'cleo'", false),
        ("1 / 0 == 1 || true", true),
    ];
    for (text, holds) in cases {
        assert_eq!(told(text), Ok(holds), "{text}");
    }
}

#[test]
fn what_cannot_be_told_is_an_error_and_neither_wraps_nor_panics() {
    let missing = |name: &str| EvaluationError::Missing { name: name.into() };
    let cases = [
        ("attributes.town == 'Bonn'", missing("town")),
        ("attributes['no such'] == 1", missing("no such")),
        ("attributes.town == 'Bonn' && member == 'ben'", missing("town")),
        ("attributes.city > 3", EvaluationError::Types),
        ("attributes.city + 3 == 'x'", EvaluationError::Types),
        ("attributes.top_up && true", EvaluationError::Types),
        ("!attributes.top_up", EvaluationError::Types),
        ("-attributes.city == 1", EvaluationError::Types),
        ("attributes.top_up ? true : false", EvaluationError::Types),
        ("attributes.top_up.startsWith('2')", EvaluationError::Types),
        ("size(attributes.top_up) == 1", EvaluationError::Types),
        ("'o' in attributes.city", EvaluationError::Types),
        ("1 in attributes", EvaluationError::Types),
        ("member[0] == 'b'", EvaluationError::Types),
        ("[1] < [2]", EvaluationError::Types),
        ("attributes.most + 1 > 0", EvaluationError::Overflow),
        ("attributes.least - 1 < 0", EvaluationError::Overflow),
        ("attributes.most * 2 > 0", EvaluationError::Overflow),
        ("-attributes.least > 0", EvaluationError::Overflow),
        ("attributes.least / -1 > 0", EvaluationError::Overflow),
        ("attributes.least % -1 == 0", EvaluationError::Overflow),
        ("amount_minor / 0 == 1", EvaluationError::DivisionByZero),
        ("amount_minor % 0 == 1", EvaluationError::DivisionByZero),
        ("[1][1] == 1", EvaluationError::OutOfBounds),
        ("[1][-1] == 1", EvaluationError::OutOfBounds),
        ("amount_minor", EvaluationError::NotAFlag),
        ("attributes.city", EvaluationError::NotAFlag),
        ("[true]", EvaluationError::NotAFlag),
    ];
    for (text, error) in cases {
        assert_eq!(told(text), Err(error), "{text}");
    }
    let attributes = attributes();
    let without_amount = Facts { amount_minor: None, ..facts(&attributes) };
    let dear = Condition::parse("amount_minor >= 1000").expect("a condition");
    assert_eq!(dear.holds(&without_amount), Err(missing("amount_minor")));
}

#[test]
fn what_is_not_supported_is_refused_with_its_column() {
    let variable = |name: &str| Problem::Variable(name.into());
    let function = |name: &str| Problem::Function(name.into());
    let call = |name: &str| Problem::Call(name.into());
    let cases = [
        ("[1].all(x, x > 0)", 5, function("all")),
        ("[1].exists(x, x > 0)", 5, function("exists")),
        ("[1].exists_one(x, x > 0)", 5, function("exists_one")),
        ("[1].map (x, x) == [1]", 5, function("map")),
        ("[1].filter(x, true) == [1]", 5, function("filter")),
        ("member.matches('^b')", 8, function("matches")),
        ("double(1) > 0", 1, function("double")),
        ("string(1) == '1'", 1, function("string")),
        ("type(1) == int", 1, function("type")),
        ("dyn(1) == 1", 1, function("dyn")),
        (".size(member) == 3", 6, function(".size")),
        ("member.size() == 3", 12, call("size")),
        ("size(member, 1) == 3", 5, call("size")),
        ("startsWith(member, 'b')", 11, call("startsWith")),
        ("member.has(member)", 11, call("has")),
        ("amount == 3", 1, variable("amount")),
        ("'Köln' == town", 11, variable("town")),
        ("now > 3", 1, variable("now")),
        ("int == int", 1, variable("int")),
        (".member == 'ben'", 2, variable(".member")),
        ("order.amount > 3", 6, variable("order")),
        ("has(order.amount)", 4, variable("order")),
        ("member.name == 'ben'", 7, Problem::Field("name".into())),
        ("attributes.city.name == 'x'", 16, Problem::Field("name".into())),
        ("size(attributes) > 3", 6, Problem::Attributes),
        ("[attributes] == []", 2, Problem::Attributes),
        ("attributes[member] == 1", 12, Problem::Attributes),
        ("member == null", 11, Problem::Literal),
        ("b'x' == b'x'", 1, Problem::TextForm),
        ("r'x' == 'x'", 1, Problem::TextForm),
        ("'\\n' == 'x'", 1, Problem::TextForm),
        ("'''x''' == 'x'", 1, Problem::TextForm),
        ("'x", 1, Problem::OpenText),
        ("'x\n' == 'x'", 1, Problem::Character('\n')),
        ("{'a': 1}.a == 1", 1, Problem::Character('{')),
        ("attributes.`top-up` == 1", 12, Problem::Character('`')),
        ("true &&\ntrue", 8, Problem::Character('\n')),
        ("mémber == 'x'", 2, Problem::Character('é')),
        ("true // always", 6, Problem::Comment),
        ("(true", 1, Problem::Bracket),
        ("[1) == 2", 3, Problem::Bracket),
        ("true)", 5, Problem::Bracket),
    ];
    for (text, column, problem) in cases {
        assert_eq!(refused(text), problem.at(column), "{text}");
    }
    let unreadable =
        ["", " ", "1 +", "a b", "true = true", "true & true", "has(member)", "if", "9223372036854775808 > 0"];
    for text in unreadable.into_iter().chain(["attributes.?city", "member[?0]", "1 ? 2", "size(", "a ? b : "]) {
        let error = refused(text);
        let known = matches!(error.problem, Problem::Unreadable(_) | Problem::Bracket | Problem::Variable(_));
        assert!(known && error.column.is_some(), "{text}: {error:?}");
    }
}

#[test]
fn size_and_depth_are_bounded_and_the_bounds_can_be_reached() {
    let of_length = |length: usize| format!("'{}' == ''", "x".repeat(length - 8));
    assert!(Condition::parse(&of_length(TEXT_BYTES_MAX)).is_ok());
    assert_eq!(refused(&of_length(TEXT_BYTES_MAX + 1)).problem, Problem::TooLong(TEXT_BYTES_MAX + 1));

    // The nodes are the list, `in`, the number before it, and the elements.
    let of_nodes = |nodes: usize| format!("1 in [{}]", vec!["1"; nodes - 3].join(","));
    assert!(Condition::parse(&of_nodes(NODES_MAX)).is_ok());
    assert_eq!(refused(&of_nodes(NODES_MAX + 1)).problem, Problem::TooLarge);

    // A chain of 32 numbers is 32 deep, counting the first. The parser balances a chain of `&&`.
    assert!(Condition::parse(&vec!["1"; DEPTH_MAX].join(" + ")).is_ok());
    assert_eq!(refused(&vec!["1"; DEPTH_MAX + 1].join(" + ")).problem, Problem::TooDeep);
    assert!(Condition::parse(&vec!["true"; 50].join("&&")).is_ok());
    for (open, close) in [("(", ")"), ("[", "]"), ("true ? true : ", "")] {
        let of_depth = |depth: usize| format!("{}true{}", open.repeat(depth), close.repeat(depth));
        assert!(Condition::parse(&of_depth(DEPTH_MAX - 1)).is_ok(), "{open}");
        assert_eq!(refused(&of_depth(DEPTH_MAX + 1)).problem, Problem::TooDeep, "{open}");
    }

    // Nodes of every kind add up with those around them: ten, and a chain of 30.
    let chain = vec!["1"; DEPTH_MAX - 2].join(" + ");
    for (open, close) in [
        ("!(", ")"),
        ("-(", ")"),
        ("size(", ")"),
        ("[", "]"),
        ("true ? (", ") : 1"),
        ("(", ") && true"),
        ("(", ") == 1"),
        ("'a'.contains(", ")"),
        ("(", ").contains('a')"),
        ("(", ") in attributes"),
    ] {
        let around = |times: usize| format!("{}{chain}{}", open.repeat(times), close.repeat(times));
        assert!(Condition::parse(&around(1)).is_ok(), "{open}");
        assert_eq!(refused(&around(10)).problem, Problem::TooDeep, "{open}");
    }
}

#[test]
fn no_nesting_takes_more_than_a_third_of_the_stack_of_a_worker() {
    let third = std::thread::Builder::new().stack_size(2 * 1024 * 1024 / 3);
    let told = third.spawn(|| {
        let depths = (1..=DEPTH_MAX + 1).chain([50, 99, 150, 240, 333, 499, 999]);
        // The deepest brackets around chains, short ones and the longest.
        let links = ["1+", "1==", "1<1==", "member.a+", "1?1:", "!", "-"];
        let chains = links.into_iter().flat_map(|link| [230, 930].map(|length| link.repeat(length / link.len())));
        let worst = chains.flat_map(|chain| {
            [("(", ")"), ("[", "]"), ("size(", ")"), ("1+[", "]"), ("1==-[1*(", ")]")].map(|(open, close)| {
                let levels = DEPTH_MAX / close.len();
                format!("{}{chain}1{}", open.repeat(levels), close.repeat(levels))
            })
        });
        let texts = depths.flat_map(nested).chain(worst);
        let attributes = attributes();
        texts
            .filter(|text| Condition::parse(text).is_ok_and(|condition| condition.holds(&facts(&attributes)).is_ok()))
            .count()
    });
    assert!(told.expect("a thread").join().expect("no panic") > 100, "some can be told");
}

#[test]
fn conditions_are_shared_by_threads_and_equal_by_their_text() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Condition>();
    let parse = |text| Condition::parse(text).expect("a condition");
    assert_eq!(parse("true"), parse("true"));
    assert_ne!(parse("true"), parse("true "));
    assert_eq!(parse("member == 'ben'").source(), "member == 'ben'");
    assert_eq!(format!("{:?}", parse("true")), "Condition(\"true\")");
}

#[test]
fn errors_say_what_to_do_and_show_no_value_of_a_fact() {
    assert_eq!(
        refused("town == 'Bonn'").to_string(),
        "asks for `town`, which is not known; known are attributes, amount_minor, quantity, member, counterparty, \
         subject, source, occurred.date, occurred.day_of_week and occurred.hour (column 1)"
    );
    assert_eq!(refused(&" ".repeat(1001)).to_string(), "has 1001 bytes; at most 1000 are allowed");
    assert!(refused("1 +").to_string().starts_with("cannot be read: mismatched input"), "{}", refused("1 +"));
    for text in ["attributes.city > 3", "attributes.city + 1 == ''", "!attributes.city", "attributes.city in member"] {
        let error = told(text).expect_err(text).to_string();
        assert!(!error.contains("Köln") && !error.contains("ben"), "{error}");
    }
}

/// Words of CEL, the supported ones more often than the others.
const WORDS: &str = "( ) [ ] ( ) , . ? : ! - + * / % == != < <= > >= && || in true false 0 1 2 9223372036854775807 '' 'ö' \
    \"a\" attributes attributes.top_up attributes.city attributes['city'] amount_minor occurred occurred.hour member size( .startsWith( \
    .contains( has( has(attributes.city) null 1.5 1u .all( .map( x, { } b'' ''' \\ ` @ & | = // \"";

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "true",
        "false",
        "''",
        "'ö'",
        "attributes.top_up",
        "attributes.least",
        "attributes.first",
        "attributes.city",
        "attributes.town",
        "amount_minor",
        "quantity",
        "occurred.hour",
        "occurred.date",
        "member",
        "subject",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 60, 3, |inner| {
        let two =
            prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in"]);
        prop_oneof![
            4 => (inner.clone(), two, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => inner.clone().prop_map(|a| format!("size({a})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).contains({b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            1 => vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
        ]
    })
}

/// Parses a text and evaluates it three times: twice with facts and once without. The answers must agree, and nothing
/// may panic.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let Ok(condition) = Condition::parse(text) else { return Ok(()) };
    let (some, none) = (attributes(), Attributes::new());
    prop_assert_eq!(condition.holds(&facts(&some)), condition.holds(&facts(&some)));
    let _ = condition.holds(&no_facts(&none));
    if !condition.reads_attributes() {
        prop_assert_eq!(condition.holds(&facts(&some)), condition.holds(&facts(&none)), "{}", text);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ -~]{0,60}|[()\\[\\]{}.,?:!a1'\" +-]{0,80}|\\PC{0,40}|.{0,20}") {
        survives(&text)?;
    }

    #[test]
    fn no_sequence_of_words_makes_it_panic(
        words in vec(prop::sample::select(WORDS.split_whitespace().collect::<Vec<_>>()), 0..40),
        between in prop::sample::select(vec!["", " "]),
    ) {
        survives(&words.join(between))?;
    }

    #[test]
    fn no_well_formed_condition_makes_it_panic(text in condition()) {
        survives(&text)?;
        let error = Condition::parse(&text).err().map(|error| error.problem);
        let bounded = matches!(error, None | Some(Problem::TooLong(_) | Problem::TooLarge | Problem::TooDeep));
        prop_assert!(bounded, "{text}: {error:?}");
    }

    #[test]
    fn no_broken_condition_makes_it_panic(text in condition(), at in any::<prop::sample::Index>(), with in "[()\\[\\].,?:!'\"]?") {
        let at = text.char_indices().map(|(at, _)| at).nth(at.index(text.chars().count())).unwrap_or(0);
        survives(&format!("{}{with}{}", &text[..at], text[at..].chars().skip(1).collect::<String>()))?;
    }
}
