//! A dishonest operator publishes rules as none may be, or says of activities what no rules give, once nobody can ask for
//! their attributes any more. Every hash is right.

use goodturn::domain::decide::command::Command;
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::earning::PartChange;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::terms::activity::{Activity, AttributeValue};
use goodturn::domain::terms::caps::{Cap, CapWindow};
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use goodturn::domain::value::ids::{CapId, ExclusiveKey, KeySpace, RuleId};
use goodturn::domain::value::reason::Reason;

use crate::support::books::{Books, credit, noted, recorded, rule};
use crate::support::sample::{done, member, publish, rule_set, time};

fn monthly(window: CapWindow) -> Cap {
    Cap { id: CapId::parse("monthly").unwrap(), window, limit_points: 150, within: None }
}

/// A version whose rules are these.
fn version(number: u32, from: &str, rules: Vec<Rule>, caps: Vec<Cap>) -> RuleSet {
    RuleSet { rules, caps, ..rule_set(number, from, 0) }
}

fn capped(rule: Rule) -> Rule {
    Rule { cap: Some(CapId::parse("monthly").unwrap()), ..rule }
}

#[tokio::test]
async fn a_version_of_the_rules_that_could_not_be_published_is_found() {
    // INV 41, 42, 57
    let answers = || rule("answers", "answer_accepted", 100);
    let first = version(1, "2018-03-12T00:00:00Z", vec![capped(answers())], vec![monthly(CapWindow::Month)]);
    let later = "2018-05-01T00:00:00Z";
    let free = |rule: Rule| version(2, later, vec![rule], Vec::new());
    let lies: [(&str, RuleSet); 9] = [
        ("the next version of the rules is 2", version(3, later, vec![answers()], Vec::new())),
        ("the next version of the rules is 2", version(u32::MAX, later, vec![answers()], Vec::new())),
        // The ledger's time is 2 April.
        ("may come into force from 2018-04-02", version(2, "2018-04-01T23:59:59Z", vec![answers()], Vec::new())),
        ("caps[0].window was month", version(2, later, vec![capped(answers())], vec![monthly(CapWindow::Day)])),
        ("rules[0].cap_id names monthly", free(capped(answers()))),
        ("rules[0].points is 1000000001", free(rule("answers", "answer_accepted", 1_000_000_001))),
        (
            "rules[0].per_amount must be",
            free(Rule { reward: Reward::PerAmount { points: 1, per_minor: 0, rounding: Rounding::Down }, ..answers() }),
        ),
        ("rules[0].condition", free(Rule { condition: Some("attributes".into()), ..answers() })),
        ("is 4294967295; give 1 to", free(Rule { wait: Some(Wait::Vesting { days: u32::MAX }), ..answers() })),
    ];
    for (problem, rules) in lies {
        let books = Books::under(first.clone()).await.with(&[publish(rule_set(2, later, 50))]).await;
        books.are_in_order().await;
        let instead = |drafts: &mut Vec<Draft>| drafts[0].fact = Fact::RuleSet(rules.clone());
        let books = Books::under(first.clone()).await.forged(&[publish(rule_set(2, later, 50))], instead).await;
        // Nothing that follows makes the verifier fall over.
        let activity =
            Activity { amount_minor: Some(1), occurred_at: time("2018-04-02T00:00:00Z"), ..done("kudos", "ben") };
        books.with(&[noted("p1", activity)]).await.are_found_out(3, problem).await;
    }
}

/// Purchases earn 100 points where the buyer is gold, 150 a month; 10 where they are large; 1 on the morning of 1 April.
/// Referrals earn by what was said of them alone; questions have one accepted answer.
fn rules() -> RuleSet {
    let if_gold = |rule: Rule| Rule { condition: Some(r#"attributes.tier == "gold""#.into()), ..rule };
    let large = Rule { condition: Some("amount_minor >= 1000".into()), ..rule("large", "purchase", 10) };
    let early = Rule { until: Some(time("2018-04-01T18:00:00Z")), ..rule("early", "purchase", 1) };
    let accepted = Rule {
        exclusive: Some(Exclusive { space: KeySpace::parse("question").unwrap(), holder: Holder::Latest }),
        ..rule("accepted", "accepted", 7)
    };
    let rules = vec![
        capped(if_gold(rule("gold", "purchase", 100))),
        large,
        early,
        if_gold(rule("referral", "referral", 30)),
        Rule { condition: Some("attributes.score > 3".into()), ..rule("scored", "referral", 5) },
        rule("other", "answer", 500),
        if_gold(accepted),
    ];
    version(1, "2018-03-12T00:00:00Z", rules, vec![monthly(CapWindow::Month)])
}

fn purchase(amount_minor: i64, tier: &str) -> Activity {
    let tier = AttributeValue::Text(tier.into());
    let attributes = [("tier".to_owned(), tier)].into();
    Activity { amount_minor: Some(amount_minor), attributes, ..done("purchase", "ben") }
}

async fn erased() -> Books {
    Books { erases: true, ..Books::under(rules()).await }
}

#[tokio::test]
async fn activities_whose_attributes_were_erased_are_in_order_whatever_their_conditions_said() {
    // INV 57
    let scored = |mut activity: Activity, score: i64| {
        activity.attributes.insert("score".into(), AttributeValue::Number(score));
        activity
    };
    let referral = |tier: &str| Activity { kind: done("referral", "ben").kind, ..purchase(1, tier) };
    let accepted = |tier: &str, key: &str, by: &str, when: &str| Activity {
        exclusive_key: Some(ExclusiveKey::parse(key).unwrap()),
        kind: done("accepted", by).kind,
        member: member(by),
        occurred_at: time(when),
        ..purchase(1, tier)
    };
    let all: Vec<Command> = [
        purchase(2_000, "gold"),
        purchase(2_000, "gold"),
        // Nothing of the first rule passes, the cap is full.
        purchase(500, "gold"),
        purchase(500, "silver"),
        Activity { occurred_at: time("2018-04-01T20:00:00Z"), ..purchase(500, "silver") },
        Activity { counterparty: Some(member("ben")), ..purchase(500, "gold") },
        // Both, one, none, and two that cannot be told.
        scored(referral("gold"), 4),
        scored(referral("silver"), 4),
        scored(referral("silver"), 3),
        referral("silver"),
        referral("gold"),
        done("referral", "ben"),
        // A later one, an earlier one, and two to which no rule applies: they claim nothing.
        accepted("gold", "q1", "ben", "2018-04-01T12:00:00Z"),
        accepted("gold", "q1", "cleo", "2018-04-01T13:00:00Z"),
        accepted("gold", "q1", "dora", "2018-04-01T11:00:00Z"),
        accepted("silver", "q1", "dora", "2018-04-01T10:00:00Z"),
        accepted("silver", "q1", "dora", "2018-04-01T14:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, activity)| noted(&format!("p{n}"), activity))
    .collect();
    let books = erased().await.with(&all).await;
    books.are_in_order().await;
    assert_eq!(books.writer.state.accounts[&member("cleo")].available(), 7);
}

/// What an entry says instead of what it must.
type Lie = fn(&mut Draft);

#[tokio::test]
async fn of_an_activity_whose_attributes_were_erased_only_the_conditions_are_believed() {
    // INV 41, 42, 57
    let declined = |draft: &mut Draft, reason| {
        recorded(draft).parts.clear();
        (draft.movement, draft.raw_points, draft.reason) = (None, 0, Some(reason));
    };
    let lies: [(&str, Lie); 8] = [
        ("the cap counts none of it", |draft| {
            let part = &mut recorded(draft).parts[0];
            (part.caps, part.passes) = (Vec::new(), part.brings);
            draft.movement = credit(111);
        }),
        ("they bought from themselves", |draft| recorded(draft).counterparty = Some(member("ben"))),
        ("it was in the evening", |draft| draft.occurred_at = time("2018-04-01T20:00:00Z")),
        ("the morning does not count", |draft| {
            recorded(draft).parts.truncate(2);
            (draft.movement, draft.raw_points) = (credit(60), 110);
        }),
        ("it was small", |draft| recorded(draft).amount_minor = Some(999)),
        ("a rule of another kind", |draft| {
            let part = &mut recorded(draft).parts[1];
            (part.brings.confirmed, part.brings.total) = (500, 500);
            (part.rule, part.passes) = (RuleId::parse("other").unwrap(), part.brings);
            (draft.movement, draft.raw_points) = (credit(551), 601);
        }),
        ("a rule twice", |draft| {
            let again: PartChange = recorded(draft).parts[1].clone();
            recorded(draft).parts.push(again);
            (draft.movement, draft.raw_points) = (credit(71), 121);
        }),
        ("more than the rule gives", |draft| {
            let part = &mut recorded(draft).parts[1];
            (part.brings.confirmed, part.brings.total) = (20, 20);
            part.passes = part.brings;
            (draft.movement, draft.raw_points) = (credit(71), 121);
        }),
    ];
    for (lie, tell) in lies {
        println!("{lie}");
        let books = erased().await.with(&[noted("p1", purchase(2_000, "gold"))]).await;
        let books = books.forged(&[noted("p2", purchase(2_000, "gold"))], |drafts| tell(&mut drafts[0])).await;
        books.are_found_out(4, "credits something else").await;
    }
    for reason in [
        Reason::SelfDealing,
        Reason::NoRuleInForce,
        Reason::NoAmount,
        Reason::NoExclusiveKey,
        Reason::NothingToFollow,
        Reason::Superseded,
        Reason::CapFull,
        Reason::Unconfirmed,
        // Two of its three rules ask for no attributes.
        Reason::ConditionNotMet,
        Reason::ConditionFailed,
        Reason::Fraud,
    ] {
        println!("declined: {reason:?}");
        let lie = |drafts: &mut Vec<Draft>| declined(&mut drafts[0], reason);
        let books = erased().await.forged(&[noted("p1", purchase(2_000, "gold"))], lie).await;
        books.are_found_out(3, "credits something else").await;
    }
}
