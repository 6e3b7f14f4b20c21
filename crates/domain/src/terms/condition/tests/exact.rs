//! Decimals in conditions, and conditions without them compared with the crate `cel`, which reads both.

use cel::objects::{Key, Map};
use cel::{Context, Program, Value};

use super::*;
use crate::terms::activity::AttributeType;
use crate::terms::activity::AttributeType::{Flag, Number as Numeric, Text};
use crate::value::number::{NotANumber, Number};

fn number(text: &str) -> AttributeValue {
    Number::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).into()
}

/// Returns whether a condition holds for an activity whose attributes are the numbers `a` and `b`.
fn of(a: &str, b: &str, condition: &str) -> Result<bool, EvaluationError> {
    let attributes = Attributes::from([("a".into(), number(a)), ("b".into(), number(b))]);
    let condition = Condition::parse(condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
    condition.holds(&facts(&attributes))
}

#[test]
fn decimals_are_compared_and_added_up_exactly() {
    let cases = [
        ("4.5", "attributes.a >= 4", true),
        ("4.5", "attributes.a >= 4.5 && 4.5 <= attributes.a", true),
        ("4.5", "attributes.a > 4.499999999 && attributes.a < 4.500000001", true),
        ("5.0", "attributes.a == 5 && attributes.a == 5.0 && 5 == attributes.a", true),
        ("5", "attributes.a == 5.00 && attributes.a in [4.5, 5.0]", true),
        ("4.5", "attributes.a in [4, 4.50] && !(attributes.a in [4, 5])", true),
        ("4.5", "attributes.a != 4 && attributes.a != '4.5' && attributes.a != true", true),
        ("-0.5", "attributes.a < 0 && attributes.a == -0.5 && -attributes.a == 0.5", true),
        ("0.1", "attributes.a + 0.2 == 0.3 && attributes.a * 3 == 0.3 && 1 - attributes.a == 0.9", true),
        ("2.5", "attributes.a * 0.4 == 1 && [1, 2][attributes.a * 0.4] == 2", true),
        ("9007199254740993", "attributes.a == 9007199254740992.0", false),
        ("9007199254740993", "attributes.a > 9007199254740992.5", true),
        ("4.5", "(attributes.a > 4 ? attributes.a : 1) == 4.5 && [attributes.a] == [4.5]", true),
        ("4.5", "'ö' == 'ö' && attributes.a == 4.5", true),
        ("4.5", "3 -1.5 == 1.5 && 3 - -1.5 == attributes.a", true),
    ];
    for (a, text, holds) in cases {
        assert_eq!(of(a, "1", text), Ok(holds), "{text} of {a}");
    }
    let without_result = [
        ("4.5", "attributes.a / 2 == 2", EvaluationError::Divided),
        ("4.5", "10 % attributes.a == 1", EvaluationError::Divided),
        ("4.5", "attributes.a / 0 == 2", EvaluationError::Divided),
        ("0.000000001", "attributes.a * 0.5 > 0", EvaluationError::Places),
        ("9223372036854775807", "attributes.a + 0.5 > 0", EvaluationError::Overflow),
        ("4.5", "[1, 2][attributes.a] == 1", EvaluationError::Types),
        ("4.5", "attributes.a > '4'", EvaluationError::Types),
        ("4.5", "attributes.a + 'x' == ''", EvaluationError::Types),
        ("4.5", "attributes.a", EvaluationError::NotAFlag),
    ];
    for (a, text, error) in without_result {
        assert_eq!(of(a, "1", text), Err(error), "{text} of {a}");
    }
}

#[test]
fn numbers_in_other_forms_are_refused_with_their_column() {
    let decimal = |digits: &str, why| Problem::Decimal(digits.into(), why);
    let cases = [
        ("amount_minor > .5", 16, Problem::NumberForm),
        ("amount_minor > 1.5e3", 16, Problem::NumberForm),
        ("amount_minor > 1e3", 16, Problem::NumberForm),
        ("amount_minor > 0x10", 16, Problem::NumberForm),
        ("amount_minor > 1u", 16, Problem::NumberForm),
        ("amount_minor > 1.5.5", 16, Problem::NumberForm),
        ("amount_minor > 1_000", 16, Problem::NumberForm),
        ("amount_minor > 5.", 16, decimal("5.", NotANumber::Form)),
        ("amount_minor > 05.5", 16, decimal("05.5", NotANumber::Form)),
        ("amount_minor > 0.0000000001", 16, decimal("0.0000000001", NotANumber::Places)),
        ("'ö' == '' || 9999999999999999999.5 > 1", 14, decimal("9999999999999999999.5", NotANumber::TooLarge)),
        ("amount_minor / 2.0 > 1", 14, Problem::Divided),
        ("2.5 % amount_minor > 1", 5, Problem::Divided),
    ];
    for (text, column, problem) in cases {
        assert_eq!(refused(text), problem.at(column), "{text}");
    }
}

/// Names of attributes, and the types for which a condition takes each.
type Taken<'a> = &'a [(&'a str, &'a [AttributeType])];

#[test]
fn a_condition_tells_the_types_for_which_it_takes_attributes() {
    let cases: [(&str, Taken<'_>); 20] = [
        ("attributes.rating >= 4.5", &[("rating", &[Numeric])]),
        (
            "4 < attributes.rating && attributes['the rating'] == 1",
            &[("rating", &[Numeric]), ("the rating", &[Numeric])],
        ),
        ("attributes.staff != true", &[("staff", &[Flag])]),
        ("!attributes.staff", &[("staff", &[Flag])]),
        (
            "attributes.staff || attributes.x ? attributes.y : attributes.z == 'a'",
            &[("staff", &[Flag]), ("x", &[Flag]), ("y", &[Flag]), ("z", &[Text])],
        ),
        ("attributes.top_up in [2, 3]", &[("top_up", &[Numeric])]),
        ("attributes.x in [1, 'one', true]", &[("x", &[Text, Numeric, Flag])]),
        ("attributes.x == 1 || attributes.x == '1'", &[("x", &[Text, Numeric])]),
        ("attributes.x.startsWith(attributes.y)", &[("x", &[Text]), ("y", &[Text])]),
        ("size(attributes.x) > 1", &[("x", &[Text])]),
        (
            "attributes.x + 1 == 2 && attributes.y + attributes.z == 'a'",
            &[("x", &[Numeric]), ("y", &[Text]), ("z", &[Text])],
        ),
        ("-attributes.x < attributes.y * 2", &[("x", &[Numeric]), ("y", &[Numeric])]),
        ("attributes.x == amount_minor && attributes.y == member", &[("x", &[Numeric]), ("y", &[Text])]),
        ("attributes.x == (attributes.y > 1)", &[("x", &[Flag]), ("y", &[Numeric])]),
        ("(true ? attributes.x : 'b') == 'a'", &[("x", &[Text])]),
        ("[1, attributes.x][attributes.y] == 1", &[("y", &[Numeric])]),
        ("1 in [attributes.x]", &[("x", &[Numeric])]),
        ("has(attributes.x) && 'y' in attributes && member == 'b'", &[]),
        ("attributes.x == attributes.y", &[]),
        (
            "attributes.x == occurred.date && attributes.y < occurred.hour && attributes.z in [quantity]",
            &[("x", &[Text]), ("y", &[Numeric]), ("z", &[Numeric])],
        ),
    ];
    for (text, reads) in cases {
        let expected = reads.iter().map(|(name, types)| ((*name).to_owned(), types.iter().copied().collect()));
        let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.reads(), expected.collect(), "{text}");
    }
}

/// Returns what the crate `cel` makes of a condition without decimals: the meaning of conditions that were published.
fn by_cel(text: &str, facts: &Facts<'_>) -> Option<bool> {
    let mut context = Context::default();
    let attributes = facts.attributes.iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::Text(text) => Value::String(text.clone().into()),
            AttributeValue::Number(number) => Value::Int(*number),
            AttributeValue::Flag(flag) => Value::Bool(*flag),
            AttributeValue::Decimal(decimal) => panic!("CEL has no exact {decimal}"),
        };
        (Key::from(name.clone()), value)
    });
    let attributes = Map { map: Arc::new(attributes.collect()) };
    context.add_variable_from_value("attributes", Value::Map(attributes));
    for (name, number) in [("amount_minor", facts.amount_minor), ("quantity", facts.quantity)] {
        if let Some(number) = number {
            context.add_variable_from_value(name, number);
        }
    }
    let occurred = [
        (Key::from("hour"), Value::Int(facts.occurred.hour().get().into())),
        (Key::from("date"), Value::String(facts.occurred.day().date().to_string().into())),
    ];
    let occurred = Map { map: Arc::new(occurred.into_iter().collect()) };
    context.add_variable_from_value("occurred", Value::Map(occurred));
    let texts = [("member", facts.member), ("source", facts.source)];
    let empty = [("counterparty", facts.counterparty), ("subject", facts.subject)];
    let empty = empty.map(|(name, text)| (name, text.unwrap_or_default()));
    for (name, text) in texts.into_iter().chain(empty) {
        context.add_variable_from_value(name, text);
    }
    match Program::compile(text).expect(text).execute(&context) {
        Ok(Value::Bool(holds)) => Some(holds),
        _ => None,
    }
}

/// Writes a number with its places, the last of them zeros: 45 and 1 are 4.50.
fn written(mantissa: i32, scale: usize, zeros: usize) -> String {
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale + zeros > 0 { "." } else { "" };
    let sign = if mantissa < 0 { "-" } else { "" };
    format!("{sign}{whole}{point}{fraction}{}", "0".repeat(zeros))
}

fn numbers() -> impl Strategy<Value = String> {
    (prop_oneof![-30..30_i32, any::<i32>()], 0..4_usize, 0..3_usize)
        .prop_map(|(mantissa, scale, zeros)| written(mantissa, scale, zeros))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What was published before decimals keeps its meaning: to hold, not to hold, or to have no result.
    #[test]
    fn without_decimals_a_condition_means_what_it_means_in_cel(text in condition()) {
        let Ok(condition) = Condition::parse(&text) else { return Ok(()) };
        let (some, none) = (attributes(), Attributes::new());
        for facts in [facts(&some), no_facts(&none)] {
            prop_assert_eq!(condition.holds(&facts).ok(), by_cel(&text, &facts), "{}", text);
        }
    }

    #[test]
    fn no_condition_with_decimals_makes_it_panic(text in condition()) {
        let exact = text.replace("''", "-4.5").replace("true", "0.000000001").replace("'ö'", "9223372036.854775807");
        survives(&exact)?;
    }

    /// In whatever form two numbers are written, as literals or as facts, they compare as exact decimals do.
    #[test]
    fn numbers_compare_as_in_another_implementation(a in numbers(), b in numbers()) {
        let exact = |text: &str| rust_decimal::Decimal::from_str_exact(text).expect("a decimal");
        let (exact_a, exact_b) = (exact(&a), exact(&b));
        let cases = [
            ("==", exact_a == exact_b),
            ("!=", exact_a != exact_b),
            ("<", exact_a < exact_b),
            ("<=", exact_a <= exact_b),
            (">", exact_a > exact_b),
            (">=", exact_a >= exact_b),
        ];
        for (operator, holds) in cases {
            for [one, other] in [["attributes.a", "attributes.b"], ["attributes.a", &b], [&a, "attributes.b"], [&a, &b]] {
                let text = format!("{one} {operator} {other}");
                prop_assert_eq!(of(&a, &b, &text), Ok(holds), "{} of {} and {}", text, a, b);
            }
        }
        prop_assert_eq!(of(&a, &b, &format!("attributes.a in [true, {b}]")), Ok(exact_a == exact_b));
    }
}
