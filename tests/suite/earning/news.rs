//! News of activities: what of it counts, whether it comes before the activity or after, and what receipts say of it.

use goodturn::pb;
use goodturn::pb::rule::Wait;
use goodturn::pb::{ActivityState, DeclineReason};
use tonic::Code;

use crate::support::clients::{activity, at, pounds, record};
use crate::support::reads::balance;
use crate::support::refused::refused;
use crate::support::reversals::withdrawn;
use crate::support::stage::{Stage, WHEN, confirmation, one_a_question, point_a_pound, refund, rule};

const DAY_AFTER: &str = "2018-04-02T12:00:00Z";
const YEARS_BEFORE: &str = "1970-01-01T00:00:00Z";

async fn stage() -> Stage {
    let topup = pb::Rule { wait: Some(Wait::ConfirmWithinDays(120)), ..rule("topup", "topup", 50) };
    let trial = pb::Rule { wait: Some(Wait::ConfirmWithinDays(5)), ..rule("trial", "trial", 10) };
    let follows = |rule: &str| Some(pb::Follows { rule_id: rule.into(), within_days: 100, ..Default::default() });
    let second = pb::Rule { follows: follows("trial"), ..rule("second", "second", 7) };
    let again = pb::Rule { follows: follows("purchases"), ..rule("again", "again", 3) };
    let noted = pb::Rule { condition: "attributes.good == true".into(), ..one_a_question() };
    let answers = pb::Rule { rule_id: "noted".into(), activity_kind: "noted".into(), ..noted };
    let answer = pb::Rule { follows: follows("trial"), ..one_a_question() };
    let answer = pb::Rule { rule_id: "fol".into(), activity_kind: "fol".into(), ..answer };
    let now = rule("now", "both", 5);
    let waits = pb::Rule { wait: Some(Wait::ConfirmWithinDays(30)), ..rule("waits", "both", 9) };
    let rules = vec![now, waits, topup, trial, second, again, point_a_pound(""), one_a_question(), answers, answer];
    let stage = Stage::under(rules, vec![]).await;
    stage.served.clock.set("2018-04-03T00:00:00Z");
    stage
}

async fn get(stage: &Stage, id: &str) -> pb::Activity {
    let name = format!("programs/qc/sources/forum/activities/{id}");
    stage.served.clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner()
}

fn order(id: &str, pence: i64) -> pb::Activity {
    pb::Activity { amount: Some(pounds(pence)), ..activity(id, "purchase", "ann", WHEN) }
}

#[tokio::test]
async fn a_confirmation_from_before_its_activity_never_counts_and_a_right_one_always_does() {
    // INV 73
    let stage = stage().await;
    let clients = &stage.served.clients;
    stage.done(activity("t1", "topup", "ann", WHEN)).await;
    let told = refused(clients, clients.ledger().confirm_activity(confirmation("t1", "c1", YEARS_BEFORE))).await;
    let expected = [("activity_occurred_at", WHEN)];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_DATED_BEFORE_ACTIVITY"), expected);
    stage.confirmed("t1", "c1", DAY_AFTER).await;
    // Told first, the wrong one is left out, and the right one counts, whichever of the two was told before.
    for (id, times) in [("t2", [YEARS_BEFORE, DAY_AFTER]), ("t3", [DAY_AFTER, YEARS_BEFORE])] {
        for when in times {
            stage.confirmed(id, &format!("{id}-{when}"), when).await;
        }
        stage.done(activity(id, "topup", "ann", WHEN)).await;
    }
    stage.confirmed("t4", "c4", YEARS_BEFORE).await;
    stage.done(activity("t4", "topup", "ann", WHEN)).await;
    assert_eq!(stage.has("ann").await, (150, 50));
    let told = get(&stage, "t4").await.changes;
    let told: Vec<_> = told.iter().map(|it| (it.kind.as_str(), it.request_id.as_str(), it.left_out)).collect();
    assert_eq!(told, [("activity_confirmed", "c4", true), ("activity_recorded", "t4", false)]);
    stage.served.clock.set("2018-09-01T00:00:00Z");
    goodturn::process::sweeper::sweep_all(&stage.served.ledger).await.unwrap();
    stage.ends(&[("ann", 150)]).await;
}

#[tokio::test]
async fn a_refund_larger_than_the_whole_amount_counts_for_nothing_in_either_order() {
    // INV 73
    let stage = stage().await;
    let clients = &stage.served.clients;
    stage.done(order("o1", 9_899)).await;
    let told = refused(clients, clients.ledger().refund_activity(refund("o1", "f1", pounds(989_900)))).await;
    let expected = [("amount", "98.99 GBP"), ("asked", "9899.00 GBP")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_REFUND_EXCEEDS_AMOUNT"), expected);
    stage.refunded("o2", "f2", pounds(989_900)).await;
    stage.refunded("o2", "f2-right", pounds(100)).await;
    stage.done(order("o2", 9_999)).await;
    let it = get(&stage, "o2").await;
    let told: Vec<_> = it.changes.iter().map(|it| (it.request_id.as_str(), it.amount.clone(), it.left_out)).collect();
    let early = [("f2", Some(pounds(989_900)), true), ("f2-right", Some(pounds(100)), false), ("o2", None, false)];
    assert_eq!((told, it.refunded), (early.to_vec(), Some(pounds(100))));
    let early = pb::RefundActivityRequest { occurred_at: Some(at(YEARS_BEFORE)), ..refund("o3", "f3", pounds(1)) };
    clients.ledger().refund_activity(early.clone()).await.unwrap();
    stage.done(order("o3", 10_000)).await;
    let late = pb::RefundActivityRequest { refund_id: "f3-again".into(), ..early };
    let told = refused(clients, clients.ledger().refund_activity(late)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_DATED_BEFORE_ACTIVITY");
    stage.ends(&[("ann", 98 + 98 + 100)]).await;
}

#[tokio::test]
async fn refunds_that_exceed_only_together_take_what_is_left_and_say_so() {
    // INV 36, 73
    let stage = stage().await;
    stage.done(order("o1", 10_000)).await;
    let first = stage.refunded("o1", "f1", pounds(9_900)).await;
    assert_eq!((first.points, first.excess), (-99, None));
    let second = stage.refunded("o1", "f2", pounds(5_000)).await;
    assert_eq!((second.points, second.excess.clone()), (-1, Some(pounds(4_900))));
    let third = stage.refunded("o1", "f3", pounds(5_000)).await;
    assert_eq!((third.points, third.excess), (0, Some(pounds(5_000))));
    // Told first, the same three leave the same.
    for (id, pence) in [("g1", 5_000), ("g2", 9_900), ("g3", 5_000)] {
        assert_eq!(stage.refunded("o2", id, pounds(pence)).await.excess, None, "nothing is known of it yet");
    }
    let it = stage.done(order("o2", 10_000)).await;
    assert_eq!((it.points, it.decline_reason()), (0, DeclineReason::Refunded));
    assert_eq!(get(&stage, "o2").await.state(), ActivityState::Refunded);
    let mut flags = stage.served.clients.audit();
    let request = pb::ListFlagsRequest { parent: "programs/qc".into(), ..Default::default() };
    let flags = flags.list_flags(request).await.unwrap().into_inner().flags;
    let over: Vec<_> = flags.iter().filter(|flag| flag.kind() == pb::FlagKind::RefundsExceed).collect();
    assert_eq!(over.len(), 1, "{flags:?}");
    assert_eq!((over[0].member_ids.clone(), over[0].total_entries), (vec!["ann".to_owned()], 3), "{flags:?}");
    stage.ends(&[("ann", 0)]).await;
}

/// 64 pieces of news are kept of an activity that has not come; they are listed until it comes.
#[tokio::test]
async fn what_waits_for_its_activity_is_bounded_and_listed() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    for n in 0..64 {
        stage.confirmed("never", &format!("c{n}"), DAY_AFTER).await;
    }
    let told = refused(clients, clients.ledger().confirm_activity(confirmation("never", "c64", DAY_AFTER))).await;
    let expected = [("early_news_max", "64")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_TOO_MUCH_EARLY_NEWS"), expected);
    stage.refunded("order", "f1", pounds(250)).await;
    stage.reversed("a1", "r1").await;
    stage.confirmed("comes", "c", DAY_AFTER).await;
    stage.done(activity("comes", "topup", "ann", WHEN)).await;
    let mut token = String::new();
    let mut waiting = Vec::new();
    loop {
        let request = pb::ListWaitingRequest { parent: "programs/qc".into(), page_size: 1, page_token: token };
        let page = clients.ledger().list_waiting(request).await.unwrap().into_inner();
        assert!(page.waiting.len() <= 1);
        waiting.extend(page.waiting);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let told: Vec<_> = waiting.iter().map(|it| (it.name.rsplit('/').next().unwrap(), it.news.len())).collect();
    assert_eq!(told, [("a1", 1), ("never", 64), ("order", 1)]);
    let request = pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() };
    let entries = clients.ledger().list_entries(request).await.unwrap().into_inner().entries;
    let reversed = entries.iter().find(|entry| entry.kind == "activity_reversed").unwrap();
    assert_eq!(reversed.local_date.map(|date| (date.month, date.day)), Some((4, 1)), "the day of its own event");
    let reversal = &waiting[0].news[0];
    assert_eq!((reversal.kind.as_str(), reversal.reason.as_str()), ("activity_reversed", "withdrawn"));
    let refunded = &waiting[2].news[0];
    let what = (refunded.kind.as_str(), refunded.id.as_str(), refunded.amount.clone());
    assert_eq!(what, ("activity_refunded", "f1", Some(pounds(250))));
    assert_eq!((refunded.occurred_at, refunded.recorded_at), (Some(at(WHEN)), Some(at("2018-04-03T00:00:00Z"))));
    let unknown = pb::ListWaitingRequest { parent: "programs/none".into(), ..Default::default() };
    let told = refused(clients, clients.ledger().list_waiting(unknown)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let odd = pb::ListWaitingRequest { parent: "qc".into(), page_size: 1_001, ..Default::default() };
    refused(clients, clients.ledger().list_waiting(odd)).await.breaks(&["parent", "page_size"]);
    let other = pb::ListWaitingRequest { page_token: "00".into(), parent: "programs/qc".into(), ..Default::default() };
    let told = refused(clients, clients.ledger().list_waiting(other)).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
}

/// The second accept of one answer, sent under the id of the first: nothing happens, and nothing looks as if it did.
#[tokio::test]
async fn a_replay_says_so_and_says_what_became_of_the_activity() {
    // INV 10, 74
    let stage = stage().await;
    let clients = &stage.served.clients;
    let accept = |id: &str, member: &str, when: &str| pb::Activity {
        exclusive_key: "q1".into(),
        counterparty_id: "asker".into(),
        ..activity(id, "answer_accepted", member, when)
    };
    let first = stage.done(accept("a1", "ann", WHEN)).await;
    assert_eq!((first.replay, first.activity_state()), (false, ActivityState::Unspecified));
    let again = stage.done(accept("a1", "ann", WHEN)).await;
    assert_eq!((again.replay, again.activity_state()), (true, ActivityState::Credited));
    stage.done(accept("a2", "bob", DAY_AFTER)).await;
    let again = stage.done(accept("a1", "ann", WHEN)).await;
    assert_eq!((again.points, again.replay, again.activity_state()), (100, true, ActivityState::Superseded));
    stage.reversed("a2", "r2").await;
    let reversal = stage.reversed("a2", "r2").await;
    assert_eq!((reversal.replay, reversal.activity_state()), (true, ActivityState::Reversed));
    let batch = pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: vec![accept("a2", "bob", DAY_AFTER), activity("t1", "topup", "ann", WHEN)],
        ..Default::default()
    };
    let results = clients.ledger().batch_record_activities(batch).await.unwrap().into_inner().results;
    let told: Vec<_> = results
        .into_iter()
        .map(|result| match result.result {
            Some(pb::record_activity_result::Result::Receipt(receipt)) => (receipt.replay, receipt.activity_state()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(true, ActivityState::Reversed), (false, ActivityState::Unspecified)]);
    // News of an activity that has not come.
    stage.confirmed("later", "c1", DAY_AFTER).await;
    let waits = stage.confirmed("later", "c1", DAY_AFTER).await;
    assert_eq!((waits.replay, waits.activity_state()), (true, ActivityState::Unspecified));
}

/// A member takes a key from themselves: the balance of the receipt is that after the whole write, then and later.
#[tokio::test]
async fn a_receipt_has_the_balance_after_all_entries_of_its_write() {
    // INV 10
    let stage = stage().await;
    let accept = |id: &str, when: &str| pb::Activity {
        exclusive_key: "q1".into(),
        counterparty_id: "asker".into(),
        ..activity(id, "answer_accepted", "ann", when)
    };
    stage.done(accept("a1", WHEN)).await;
    let taken = stage.done(accept("a2", DAY_AFTER)).await;
    let has = balance(&stage.served.clients, "ann").await;
    let told = taken.balance.clone().unwrap();
    assert_eq!((taken.points, told.available_points, told.seq), (100, 100, has.seq));
    let again = stage.done(accept("a2", DAY_AFTER)).await;
    assert_eq!(again.balance, taken.balance);
    // Points that can be used, and points that wait: an entry for each.
    let both = stage.done(activity("b1", "both", "ann", DAY_AFTER)).await;
    let told = both.balance.clone().unwrap();
    assert_eq!((both.points, told.available_points, told.pending_points), (5, 105, 9));
    assert_eq!(stage.done(activity("b1", "both", "ann", DAY_AFTER)).await.balance, both.balance);
    stage.reversed("b1", "r-b1").await;
    // A refund whose points are written off in part: available to the debt limit, the rest in the next entry.
    stage.done(order("o1", 20_000)).await;
    let spend = crate::support::till::redemption("t1", "ann", 300);
    stage.served.clients.till().redeem_points(spend).await.unwrap();
    let refunded = stage.refunded("o1", "f1", pounds(20_000)).await;
    let told = refunded.balance.clone().unwrap();
    assert_eq!((told.available_points, told.written_off_points), (-50, -150));
    assert_eq!(stage.refunded("o1", "f1", pounds(20_000)).await.balance, refunded.balance);
}

#[tokio::test]
async fn what_ended_unconfirmed_or_was_refunded_is_not_followed() {
    // INV 72
    let stage = stage().await;
    stage.served.clock.set("2018-05-01T00:00:00Z");
    let follows =
        |id: &str, kind: &str, of: &str| pb::Activity { follows: of.into(), ..activity(id, kind, "ann", DAY_AFTER) };
    stage.done(activity("x", "trial", "ann", WHEN)).await;
    let told = stage.done(follows("y", "second", "x")).await;
    assert_eq!((told.points, told.decline_reason()), (0, DeclineReason::NothingToFollow));
    stage.confirmed("x", "c", DAY_AFTER).await;
    assert_eq!(stage.done(follows("y2", "second", "x")).await.points, 7, "revived in time, it stands");
    stage.done(order("o1", 500)).await;
    assert_eq!(stage.done(follows("z1", "again", "o1")).await.points, 3);
    stage.refunded("o1", "f1", pounds(500)).await;
    assert_eq!(stage.done(follows("z2", "again", "o1")).await.decline_reason(), DeclineReason::NothingToFollow);
    stage.done(order("o0", 0)).await;
    assert_eq!(stage.done(follows("z3", "again", "o0")).await.decline_reason(), DeclineReason::NothingToFollow);
    stage.ends(&[("ann", 10 + 7 + 3)]).await;
}

/// The accounts of a person are one: what the old account began is followed under the new one.
#[tokio::test]
async fn what_an_account_began_is_followed_by_the_one_it_was_merged_into() {
    let stage = stage().await;
    stage.done(activity("x", "trial", "old", WHEN)).await;
    stage.confirmed("x", "c", WHEN).await;
    crate::support::members::merged(&stage.served.clients, "old", "new").await;
    let second = pb::Activity { follows: "x".into(), ..activity("y", "second", "new", DAY_AFTER) };
    assert_eq!(stage.done(second).await.points, 7);
    let other = pb::Activity { follows: "x".into(), ..activity("z", "second", "other", DAY_AFTER) };
    assert_eq!(stage.done(other).await.decline_reason(), DeclineReason::NothingToFollow);
    stage.ends(&[("new", 17), ("old", 0), ("other", 0)]).await;
}

/// Whether an activity takes the key of another follows from its facts and the rules alone.
#[tokio::test]
async fn only_an_activity_to_which_a_rule_applies_takes_a_key() {
    // INV 37, 72
    let stage = stage().await;
    let of = |id: &str, kind: &str, member: &str| pb::Activity {
        exclusive_key: "k".into(),
        ..activity(id, kind, member, DAY_AFTER)
    };
    stage.done(pb::Activity { exclusive_key: "k".into(), ..activity("f1", "answer_accepted", "ada", WHEN) }).await;
    let follows = pb::Activity { follows: "zzz".into(), ..of("f2", "fol", "bob") };
    assert_eq!(stage.done(follows).await.decline_reason(), DeclineReason::NothingToFollow);
    assert_eq!(stage.done(of("f3", "fol", "bob")).await.decline_reason(), DeclineReason::NothingToFollow);
    let own = pb::Activity { counterparty_id: "bob".into(), ..of("f4", "answer_accepted", "bob") };
    assert_eq!(stage.done(own).await.decline_reason(), DeclineReason::SelfDealing);
    assert_eq!(get(&stage, "f4").await.rule_id, "answers", "the rule that it was tried by");
    assert_eq!(stage.done(of("f5", "noted", "bob")).await.decline_reason(), DeclineReason::ConditionFailed);
    stage.ends(&[("ada", 100), ("bob", 0)]).await;
    // One that applies takes it, though its member is suspended and earns nothing.
    crate::support::members::suspended(&stage.served.clients, "cyd", "s1").await;
    stage.served.clock.set("2018-04-05T00:00:00Z");
    let shut_out =
        pb::Activity { exclusive_key: "k".into(), ..activity("f6", "answer_accepted", "cyd", "2018-04-04T00:00:00Z") };
    assert_eq!(stage.done(shut_out).await.decline_reason(), DeclineReason::Suspended);
    stage.ends(&[("ada", 0), ("bob", 0), ("cyd", 0)]).await;
}

#[tokio::test]
async fn an_amount_too_small_for_a_point_is_a_reason() {
    let stage = stage().await;
    let told = stage.done(order("o1", 99)).await;
    assert_eq!((told.points, told.decline_reason()), (0, DeclineReason::AmountTooSmall));
    let it = get(&stage, "o1").await;
    assert_eq!((it.state(), it.decline_reason()), (ActivityState::Declined, DeclineReason::AmountTooSmall));
    assert!(it.outcomes[0].applied, "{it:?}");
    stage.refunded("o2", "f1", pounds(9_950)).await;
    let told = stage.done(order("o2", 10_000)).await;
    assert_eq!((told.points, told.decline_reason()), (0, DeclineReason::AmountTooSmall), "what refunds left of it");
    stage.ends(&[("ann", 0)]).await;
}

#[tokio::test]
async fn what_ended_and_was_confirmed_in_time_and_refunded_is_refunded() {
    let stage = stage().await;
    let trial = pb::Rule { wait: Some(Wait::ConfirmWithinDays(5)), ..point_a_pound("") };
    let trial = pb::Rule { rule_id: "paid".into(), activity_kind: "paid".into(), ..trial };
    stage.publish(3, "2018-05-01T00:00:00Z", vec![trial], vec![]).await.unwrap();
    stage.served.clock.set("2018-06-01T00:00:00Z");
    let when = "2018-05-02T00:00:00Z";
    let paid = pb::Activity { amount: Some(pounds(10_000)), ..activity("p1", "paid", "ann", when) };
    assert_eq!(stage.done(paid).await.decline_reason(), DeclineReason::Unconfirmed);
    stage.confirmed("p1", "c1", "2018-05-03T00:00:00Z").await;
    assert_eq!(get(&stage, "p1").await.state(), ActivityState::Credited);
    let back = pb::RefundActivityRequest {
        occurred_at: Some(at("2018-05-04T00:00:00Z")),
        ..refund("p1", "f1", pounds(10_000))
    };
    stage.served.clients.ledger().refund_activity(back).await.unwrap();
    assert_eq!(get(&stage, "p1").await.state(), ActivityState::Refunded);
    stage.ends(&[("ann", 0)]).await;
}

/// After a merger the loss is the other account's, and still the activity's.
#[tokio::test]
async fn a_loss_after_a_merger_is_among_the_sums_of_its_activity() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    stage.done(order("o1", 20_000)).await;
    crate::support::members::merged(clients, "ann", "bea").await;
    clients.till().redeem_points(crate::support::till::redemption("t1", "bea", 150)).await.unwrap();
    for n in 0..3 {
        stage.refunded("o1", &format!("f{n}"), pounds(6_000)).await;
    }
    clients.ledger().reverse_activity(withdrawn("o1", "r1")).await.unwrap();
    let it = get(&stage, "o1").await;
    let totals = it.totals.unwrap();
    let sums = [totals.earned_points, totals.credited_points, totals.taken_back_points, totals.written_off_points];
    assert_eq!(sums, [200, 0, 100, 100]);
    assert_eq!(it.changes.iter().map(|change| change.written_off_points).sum::<i64>(), 100);
    let recorded = clients.ledger().record_activity(record(order("o1", 20_000))).await.unwrap().into_inner();
    assert_eq!((recorded.replay, recorded.activity_state()), (true, ActivityState::Reversed));
    stage.ends(&[("bea", -50)]).await;
}

/// Which state an activity is in does not depend on whether a refund came before it or after.
#[tokio::test]
async fn a_refund_leads_to_the_same_state_in_either_order() {
    // INV 73
    for (pence, refunded, state) in [
        (10_000, 9_950, ActivityState::Refunded),
        (10_000, 10_000, ActivityState::Refunded),
        (99, 99, ActivityState::Refunded),
        (10_000, 9_900, ActivityState::Credited),
        (99, 100, ActivityState::Declined),
    ] {
        let stage = stage().await;
        let mut states = Vec::new();
        for is_first in [true, false] {
            let id = format!("o-{is_first}");
            if is_first {
                stage.refunded(&id, &format!("f-{id}"), pounds(refunded)).await;
            }
            stage.done(order(&id, pence)).await;
            if !is_first {
                let late = refund(&id, &format!("f-{id}"), pounds(refunded));
                let answer = stage.served.clients.ledger().refund_activity(late).await;
                assert_eq!(answer.is_ok(), refunded <= pence);
            }
            states.push(get(&stage, &id).await.state());
        }
        assert_eq!(states, [state, state], "{refunded} of {pence}");
    }
}
