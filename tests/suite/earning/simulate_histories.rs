//! Simulations of the published rules: whatever happened, they change nothing.

use goodturn::domain::decide::command::{Act, Command, Telling};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::told::Told;
use goodturn::domain::state::record::RecordKey;
use goodturn::domain::value::ids::{ProgramId, RequestId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::pb;
use goodturn::pb::rule::Wait;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::clients::{Clients, activity, at, pounds, record};
use crate::support::payouts::day;
use crate::support::served::Served;
use crate::support::simulations::{asked, simulate, totals};

/// What happens to one of some activities, in whatever order.
#[derive(Debug, Clone)]
enum Happening {
    Recorded { id: u8, kind: u8, member: u8, day: u8, pence: u16, key: u8, follows: u8 },
    Reversed { id: u8 },
    Refunded { id: u8, pence: u16 },
    Confirmed { id: u8, day: u8 },
}

const KINDS: [&str; 4] = ["order", "answer", "activation", "top_up"];

fn happenings() -> impl Strategy<Value = Happening> {
    let id = || 0..24_u8;
    prop_oneof![
        6 => (id(), 0..4_u8, 0..3_u8, 1..29_u8, 1..3_000_u16, 0..3_u8, 0..24_u8).prop_map(
            |(id, kind, member, day, pence, key, follows)| {
                Happening::Recorded { id, kind, member, day, pence, key, follows }
            }
        ),
        1 => id().prop_map(|id| Happening::Reversed { id }),
        1 => (id(), 1..2_000_u16).prop_map(|(id, pence)| Happening::Refunded { id, pence }),
        2 => (id(), 1..29_u8).prop_map(|(id, day)| Happening::Confirmed { id, day }),
    ]
}

/// Rules with everything that rules may have.
fn all_of_it() -> pb::RuleSet {
    let rule = |id: &str, kind: &str, points, cap: &str| pb::Rule {
        rule_id: id.into(),
        activity_kind: kind.into(),
        points,
        cap_id: cap.into(),
        ..default()
    };
    let cap = |id: &str, window: pb::CapWindow, limit_points, within: &str| pb::Cap {
        cap_id: id.into(),
        window: window.into(),
        limit_points,
        within_cap_id: within.into(),
    };
    let follows = |past_cap| Some(pb::Follows { rule_id: "activations".into(), within_days: 20, past_cap });
    let orders = rule("orders", "order", 2, "monthly");
    let top_ups = rule("top_ups", "top_up", 20, "");
    let after = pb::Rule { follows: follows(true), ..rule("after", "top_up", 7, "monthly") };
    pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2019-01-01T00:00:00Z")),
        rules: vec![
            pb::Rule { per_amount: Some(pounds(100)), wait: Some(Wait::VestAfterDays(14)), ..orders },
            pb::Rule { exclusive: "question".into(), ..rule("answers", "answer", 10, "daily") },
            pb::Rule { wait: Some(Wait::ConfirmWithinDays(10)), ..rule("activations", "activation", 100, "ever") },
            pb::Rule { follows: follows(false), condition: "amount_minor >= 1000".into(), ..top_ups },
            after,
            pb::Rule { per_quantity: Some(3), max_points: Some(12), ..rule("boxes", "order", 4, "hourly") },
            pb::Rule {
                per_amount: Some(pounds(300)),
                rounding: pb::Rounding::HalfUp.into(),
                min_amount_left: Some(pounds(1_000)),
                condition: "occurred.day_of_week >= 3".into(),
                ..rule("large", "order", 5, "")
            },
        ],
        caps: vec![
            cap("hourly", pb::CapWindow::Hour, 8, "daily"),
            cap("daily", pb::CapWindow::Day, 10, "monthly"),
            cap("monthly", pb::CapWindow::Month, 45, "ever"),
            cap("ever", pb::CapWindow::Lifetime, 230, ""),
        ],
        ..default()
    }
}

async fn happen(clients: &Clients, n: usize, happening: &Happening) {
    let name = |id: &u8| format!("programs/qc/sources/forum/activities/a{id}");
    let when = |day: &u8| format!("2019-01-{day:02}T12:00:00Z");
    let mut ledger = clients.ledger();
    // Some are refused, as a second reversal: then nothing has happened.
    let _: Result<(), tonic::Status> = match happening {
        Happening::Recorded { id, kind, member, day, pence, key, follows } => {
            let kind = KINDS[usize::from(*kind)];
            let fact = pb::Activity {
                amount: Some(pounds((*pence).into())),
                quantity: Some((*follows).into()),
                exclusive_key: if kind == "answer" { format!("q{key}") } else { String::new() },
                follows: if kind == "top_up" { format!("a{follows}") } else { String::new() },
                ..activity(&format!("a{id}"), kind, &format!("m{member}"), &when(day))
            };
            ledger.record_activity(record(fact)).await.map(drop)
        }
        Happening::Reversed { id } => {
            let reversal = pb::ReverseActivityRequest {
                name: name(id),
                reversal_id: format!("n{n}"),
                reason: pb::ReversalReason::Withdrawn.into(),
                occurred_at: Some(at("2019-01-29T00:00:00Z")),
                ..default()
            };
            ledger.reverse_activity(reversal).await.map(drop)
        }
        Happening::Refunded { id, pence } => {
            let refund = pb::RefundActivityRequest {
                name: name(id),
                refund_id: format!("n{n}"),
                amount: Some(pounds((*pence).into())),
                quantity: Some(i64::from(*pence % 5)).filter(|quantity| *quantity > 0),
                occurred_at: Some(at("2019-01-29T00:00:00Z")),
                ..default()
            };
            ledger.refund_activity(refund).await.map(drop)
        }
        Happening::Confirmed { id, day } => {
            let confirmation = pb::ConfirmActivityRequest {
                name: name(id),
                confirmation_id: format!("n{n}"),
                occurred_at: Some(at(&when(day))),
            };
            ledger.confirm_activity(confirmation).await.map(drop)
        }
    };
}

/// Settles all that is due, as the server does by and by.
async fn end_wait(server: &Served) {
    let program = server.ledger.program(&ProgramId::parse("qc").unwrap()).await.unwrap().unwrap();
    loop {
        let due = server.ledger.log().due(&program.id, server.ledger.now(), 100).await.unwrap();
        if due.is_empty() {
            return;
        }
        for record in due {
            let due_at = record.record.due_at().unwrap();
            let RecordKey::Activity(source, activity) = record.key else { panic!("{:?} is due", record.key) };
            let id = RequestId::ending_wait(record.seq.get(), due_at.get());
            let telling = Telling { source, activity, told: Told::WaitEnded, occurred_at: due_at };
            let command = Command {
                name: CommandName::own(CommandKind::EndWait, id),
                digest: [0; 32],
                principal: PrincipalId::goodturn(),
                act: Act::Tell(Box::new(telling)),
                note: None,
            };
            server.ledger.submit(&program, command, None).await.unwrap();
        }
    }
}

/// The rules that decided a history, simulated over it, decide it again to the point, whatever happened and in whatever
/// order: 48 histories of up to 90 happenings, before and after all terms are over.
#[test]
fn the_published_rules_change_nothing_whatever_happened() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(48));
    let histories = proptest::collection::vec(happenings(), 20..90);
    runner
        .run(&histories, |history| {
            let outcomes = runtime.block_on(async {
                let server = Served::at("2018-12-31T00:00:00Z").await;
                let clients = &server.clients;
                let publish = pb::PublishRuleSetRequest { rule_set: Some(all_of_it()) };
                clients.programs().publish_rule_set(publish).await.unwrap();
                server.clock.set("2019-01-29T00:00:00Z");
                end_wait(&server).await;
                for (n, happening) in history.iter().enumerate() {
                    happen(clients, n, happening).await;
                    end_wait(&server).await;
                }
                let all = pb::SimulateRuleSetRequest {
                    first_day: day(2019, 1, 1),
                    // What was told early was told on the 29th.
                    last_day: day(2019, 1, 28),
                    ..asked(all_of_it())
                };
                let before = simulate(clients, all.clone()).await;
                server.clock.set("2019-03-01T00:00:00Z");
                end_wait(&server).await;
                [before, simulate(clients, all).await]
            });
            for outcome in outcomes {
                let [credited, pending] = totals(&outcome);
                prop_assert_eq!((credited.0, pending.0), (credited.1, pending.1), "{:?}", &outcome);
                prop_assert_eq!((outcome.winners, outcome.losers), (0, 0), "{:?}", &outcome);
                for declined in &outcome.declined {
                    let activities = declined.activities.unwrap();
                    prop_assert_eq!(activities.then, activities.draft, "{:?}", &outcome);
                }
            }
            Ok(())
        })
        .unwrap();
}

fn default<T: Default>() -> T {
    T::default()
}
