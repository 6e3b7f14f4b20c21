//! A dishonest operator writes what no request could ask for, or leaves out what it must bring. Every hash is right.

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms};
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use goodturn::domain::value::ids::{AdjustmentId, ExclusiveKey, KeySpace, RequestId, SourceId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::time::Day;

use crate::support::books::{Books, recorded, rule, told};
use crate::support::sample::{act, create_program, done, member, publish, record, rule_set, tell, time};

/// Purchases earn a point a pound, answers 100 points once a question, sign-ups 50 points after a day.
fn rules() -> RuleSet {
    let purchases = rule("purchases", "purchase", 1);
    let answers = rule("answers", "accepted", 100);
    let rules = vec![
        Rule { reward: Reward::PerAmount { points: 1, per_minor: 100, rounding: Rounding::Down }, ..purchases },
        Rule {
            exclusive: Some(Exclusive { space: KeySpace::parse("question").unwrap(), holder: Holder::Latest }),
            ..answers
        },
        Rule { wait: Some(Wait::Vesting { days: 1 }), ..rule("sign-ups", "signup", 50) },
    ];
    RuleSet { rules, ..rule_set(1, "2018-03-12T00:00:00Z", 0) }
}

/// Money given back of an amount.
const fn refunded(minor: i64) -> Told {
    Told::Refunded { minor, quantity: 0 }
}

fn purchase(amount_minor: i64) -> Activity {
    Activity { amount_minor: Some(amount_minor), ..done("purchase", "ben") }
}

fn answer(by: &str, when: &str) -> Activity {
    let exclusive_key = Some(ExclusiveKey::parse("q1").unwrap());
    Activity { exclusive_key, occurred_at: time(when), ..done("accepted", by) }
}

/// The 3rd entry records a purchase of £100.00, the 4th an answer of cleo's.
async fn books() -> Books {
    let first = [record("p1", purchase(10_000)), record("a1", answer("cleo", "2018-04-01T12:00:00Z"))];
    Books::under(rules()).await.with(&first).await
}

const WHEN: &str = "2018-04-01T13:00:00Z";

#[tokio::test]
async fn what_no_request_can_say_is_found() {
    // INV 12, 17, 57
    let honest = [
        tell("f1", "p1", refunded(10_000), WHEN),
        tell("r1", "p1", Told::Reversed(Reason::Fraud), WHEN),
        tell("c1", "p1", Told::Confirmed, WHEN),
        record("a2", answer("ben", "2018-04-01T12:30:00Z")),
    ];
    books().await.with(&honest).await.are_in_order().await;
    let lies: [(&str, Command); 10] = [
        ("gives back of the amount", tell("f1", "p1", refunded(-10_000), WHEN)),
        ("gives back of the amount", tell("f1", "p1", refunded(0), WHEN)),
        ("gives back of the amount", tell("f1", "never-came", refunded(-1), WHEN)),
        ("for no reason", tell("r1", "p1", Told::Reversed(Reason::CapFull), WHEN)),
        ("its amount is none", record("p2", purchase(-10_000))),
        ("its amount is none", record("p2", purchase(1_000_000_000_001))),
        ("its quantity is none", record("p2", Activity { quantity: Some(-1), ..purchase(1) })),
        ("its quantity is none", record("p2", Activity { quantity: Some(1_000_000_001), ..purchase(1) })),
        ("gives back of the amount", tell("f1", "never-came", Told::Refunded { minor: 1, quantity: -1 }, WHEN)),
        (
            "begins with no entry of kind",
            named(tell("f1", "p1", refunded(1), WHEN), "forum", CommandKind::ConfirmActivity),
        ),
    ];
    for (problem, command) in lies {
        books().await.with(&[command]).await.are_found_out(5, problem).await;
    }
}

#[tokio::test]
async fn what_is_dated_further_ahead_than_it_may_is_found_whatever_is_told() {
    // INV 22, 57
    type Telling = fn(&str) -> Command;
    let acts: [(&str, Telling); 6] = [
        ("occurred later than it may", |when| record("a2", answer("ben", when))),
        ("happened later than it may", |when| tell("f1", "p1", refunded(1), when)),
        ("happened later than it may", |when| tell("r1", "p1", Told::Reversed(Reason::Mistake), when)),
        ("happened later than it may", |when| tell("c1", "p1", Told::Confirmed, when)),
        ("happened later than it may", |when| tell("c1", "never-came", Told::Confirmed, when)),
        ("counts later than it may", adjust),
    ];
    let at_noon = async || {
        let mut books = books().await;
        books.writer.now = time("2018-04-02T12:00:00Z");
        books
    };
    for (problem, act) in acts {
        at_noon().await.with(&[act("2018-04-02T12:05:00Z")]).await.are_in_order().await;
        for lie in ["2018-04-02T12:05:00.000001Z", "2018-04-02T23:00:00Z"] {
            let date = |drafts: &mut Vec<Draft>| drafts[0].occurred_at = time(lie);
            let forged = at_noon().await.forged(&[act("2018-04-02T12:00:00Z")], date).await;
            forged.are_found_out(5, problem).await;
        }
    }
}

/// A gift of one point that counts at a time.
fn adjust(when: &str) -> Command {
    let (id, occurred_at) = (AdjustmentId::parse("j1").unwrap(), Some(time(when)));
    let terms =
        AdjustmentTerms { id, member: member("ben"), points: 1, reason: AdjustmentReason::Goodwill, occurred_at };
    act(CommandKind::AdjustPoints, "j1", "anna", Act::AdjustPoints(Box::new(terms)))
}

fn named(command: Command, source: &str, kind: CommandKind) -> Command {
    let name = CommandName { source: SourceId::from_stored(source).unwrap(), kind, ..command.name };
    Command { name, ..command }
}

#[tokio::test]
async fn what_is_asked_by_another_than_may_is_found() {
    // INV 12, 60
    use CommandKind::{PublishRuleSet, RecordActivity, RefundActivity};
    let refund = || tell("f1", "p1", refunded(1), WHEN);
    let rules = publish(RuleSet { version: 2, in_force_from: time("2018-05-01T00:00:00Z"), ..rules() });
    let lies: [(&str, Command); 4] = [
        ("not its source's", named(refund(), "shop", RefundActivity)),
        ("not its source's", named(tell("f1", "never-came", refunded(1), WHEN), "shop", RefundActivity)),
        ("reports no activity", named(record("p2", purchase(1)), "goodturn", RecordActivity)),
        ("no source can ask for it", named(rules, "forum", PublishRuleSet)),
    ];
    for (problem, command) in lies {
        books().await.with(&[command]).await.are_found_out(5, problem).await;
    }
}

#[tokio::test]
async fn a_log_that_ends_within_a_command_is_found() {
    // INV 2, 57
    let later = record("a2", answer("ben", "2018-04-01T12:30:00Z"));
    let cut = |drafts: &mut Vec<Draft>| {
        assert_eq!(drafts.len(), 2, "what cleo loses is left out");
        drafts.truncate(1);
    };
    let books = books().await.forged(&[later], cut).await;
    books.are_found_out(6, "of the command before it is missing").await;
    // So is one that goes on.
    books.with(&[record("p2", purchase(1))]).await.are_found_out(6, "of the command before it is missing").await;
}

#[tokio::test]
async fn entries_of_one_act_that_are_not_of_one_act_are_found() {
    // INV 2, 12
    let changes: [fn(&mut Entry); 4] = [
        |entry| entry.principal = PrincipalId::parse("mallory").unwrap(),
        |entry| entry.source = SourceId::parse("shop").unwrap(),
        |entry| entry.command = CommandKind::ReverseActivity,
        |entry| entry.recorded_at = entry.recorded_at.plus(1),
    ];
    for change in changes {
        let displacing = [record("a2", answer("ben", "2018-04-01T12:30:00Z"))];
        let further = |entry: &mut Entry| {
            if entry.request.is_none() {
                change(entry);
            }
        };
        let books = books().await.rewritten(&displacing, |_| (), further).await;
        books.are_found_out(6, "of another act").await;
    }
}

#[tokio::test]
async fn a_term_that_ends_at_another_time_or_by_another_name_is_found() {
    // INV 3, 57
    let due = "2018-04-02T12:00:00.000001Z";
    let begun = async || {
        let signup = done("signup", "ben");
        let mut books = books().await.with(&[record("s1", signup)]).await;
        books.writer.now = time("2018-04-03T00:00:00Z");
        books
    };
    let end_wait = |source: &str, id: &str, by: &str, when: &str| {
        let Act::Tell(telling) = tell("s", "s1", Told::WaitEnded, when).act else { panic!("it tells") };
        let command = act(CommandKind::EndWait, id, by, Act::Tell(telling));
        named(command, source, CommandKind::EndWait)
    };
    let own = format!("5:{}", time(due).get());
    let honest = end_wait("goodturn", &own, "goodturn", due);
    begun().await.with(&[honest]).await.are_in_order().await;
    let lies = [
        ("by another name", end_wait("goodturn", "5:1", "goodturn", due)),
        ("not its source's", end_wait("forum", &own, "goodturn", due)),
        ("not its source's", end_wait("goodturn", &own, "mallory", due)),
        ("credits something else", end_wait("goodturn", &own, "goodturn", "2018-04-01T12:00:00Z")),
    ];
    for (problem, command) in lies {
        begun().await.with(&[command]).await.are_found_out(6, problem).await;
    }
}

#[tokio::test]
async fn what_begins_once_only_and_is_begun_again_is_found() {
    // INV 31, 57
    let again = |change: fn(&mut Draft)| {
        let named = Command {
            name: CommandName { id: RequestId::parse("again").unwrap(), ..create_program().name },
            ..create_program()
        };
        async move { books().await.forged(&[named], |drafts| change(&mut drafts[0])).await }
    };
    again(|_| ()).await.are_found_out(5, "created once").await;
    let indebted = again(|draft| {
        let Fact::Program(terms) = &mut draft.fact else { panic!("it creates a programme") };
        terms.debt_limit_points = 1_000_000_001;
    });
    indebted.await.are_found_out(5, "debt limit").await;
}

/// What an entry says instead of what it must.
type Lie = fn(&mut Draft);

#[tokio::test]
async fn what_an_act_did_to_caps_keys_and_records_is_decided_again() {
    // INV 37, 41, 57
    let later = || record("a2", answer("ben", "2018-04-01T12:30:00Z"));
    let lies: [(Command, Lie); 7] = [
        (later(), |draft| recorded(draft).claims = None),
        (later(), |draft| recorded(draft).utc_offset_s = 50_400),
        (tell("f1", "p1", refunded(5_000), WHEN), |draft| told(draft).excess_quantity = 1),
        (record("s1", done("signup", "ben")), |draft| recorded(draft).due_at = None),
        (tell("f1", "p1", refunded(5_000), WHEN), |draft| told(draft).refunded_minor = 4_000),
        (tell("f1", "p1", refunded(5_000), WHEN), |draft| {
            told(draft).begins.as_mut().unwrap().amount_minor = Some(20_000);
        }),
        (tell("c1", "p1", Told::Confirmed, WHEN), |draft| draft.local_day = Day::MIN),
    ];
    for (command, lie) in lies {
        let books = books().await.forged(&[command], |drafts| lie(&mut drafts[0])).await;
        books.are_found_out(5, "credits something else").await;
    }
}
