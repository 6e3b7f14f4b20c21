//! Choices of members, and what becomes of their money when choices are closed.

use goodturn::pb;
use goodturn::pb::LotOutcome as O;
use goodturn::pb::LotState as S;
use goodturn::pb::PayoutMethod::{Cash, Charity, Credit};
use tonic::Code;

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::merged;
use crate::support::money::{
    approve_closing, choice, choose, choose_until, choosing, close, closed, list_paid, minor, over_list,
};
use crate::support::payouts::{create, declare_and_approve, payout};
use crate::support::reads::{balance, sentences};
use crate::support::refused::{Refused, refused};
use crate::support::served::Served;

const MEMBERS: [&str; 6] = ["ann", "bea", "cid", "dee", "eve", "fay"];
const DEADLINE: &str = "2018-12-12T23:59:59Z";

/// A programme whose members are known, on 8 December.
async fn december() -> Served {
    let served = Served::at("2018-12-08T09:00:00Z").await;
    for member in MEMBERS {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        served.clients.ledger().record_activity(record(it)).await.unwrap();
    }
    served
}

/// A payout over a list of all members, 10 pounds for each unit of weight, that asks for choices.
async fn asked(clients: &Clients, id: &str, weights: [i64; 6], terms: pb::ChoiceTerms) -> pb::Payout {
    let rows: Vec<(&str, i64)> = MEMBERS.into_iter().zip(weights).filter(|(_, weight)| *weight > 0).collect();
    let asking = pb::Payout { choices: Some(terms), ..over_list(id, &rows) };
    let total: i64 = weights.iter().sum();
    list_paid(clients, asking, pounds(1_000 * total), &rows).await
}

/// Due, carried, withheld, lapsed, donated, in pounds.
async fn money(clients: &Clients, member: &str) -> [i64; 5] {
    let it = balance(clients, member).await;
    let sums = [it.due, it.carried, it.withheld, it.lapsed, it.donated].map(|money| minor(money.as_ref()) / 100);
    let of_lots: i64 = it.lots.iter().map(|lot| minor(lot.amount.as_ref()) / 100).sum();
    assert_eq!(sums.iter().sum::<i64>(), of_lots, "{member}: buckets are sums of lots");
    sums
}

#[tokio::test]
async fn a_half_year_ends_in_credit_cash_charity_carried_and_lapsed_money() {
    // INV 47, 49, 79, 81
    let served = december().await;
    let clients = &served.clients;
    asked(clients, "h1", [1, 1, 1, 1, 1, 2], choose_until(DEADLINE)).await;
    choose(clients, "ann", "c", Some(choice(Credit, ""))).await;
    choose(clients, "bea", "c", Some(choice(Cash, ""))).await;
    choose(clients, "cid", "c", Some(choice(Charity, "relief"))).await;
    choose(clients, "fay", "c", Some(choice(Charity, "water"))).await;
    served.clock.set("2018-12-13T00:00:00Z");
    let draft = close(clients, "h1").await.unwrap();
    assert_eq!(draft.state(), pb::ClosingState::Draft);
    let totals = |totals: &Option<pb::ClosingTotals>| {
        let it = totals.clone().unwrap();
        let of = |total: Option<pb::LotTotal>| total.map(|it| (it.lots, minor(it.amount.as_ref()) / 100)).unwrap();
        [of(it.credit), of(it.cash), of(it.carried), of(it.lapsed)]
    };
    assert_eq!(totals(&draft.planned), [(1, 10), (1, 10), (2, 20), (0, 0)]);
    let matched: Vec<_> = draft.matched.iter().map(|it| (it.charity_id.as_str(), minor(it.amount.as_ref()))).collect();
    assert_eq!(matched, [("relief", 1_000), ("water", 2_000)]);
    assert_eq!(money(clients, "cid").await, [10, 0, 0, 0, 0], "nothing has moved yet");

    let told = Refused::of(&approve_closing(clients, &draft, "ANNA").await.unwrap_err());
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let other = pb::Closing { content_digest: vec![0; 32], ..draft.clone() };
    let told = Refused::of(&approve_closing(clients, &other, "ben").await.unwrap_err());
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let done = approve_closing(clients, &draft, "ben").await.unwrap();
    assert_eq!((done.state(), done.approved_by.as_str()), (pb::ClosingState::Closed, "ben"));
    assert_eq!(done.decided, draft.planned);
    for (member, expected) in [
        ("ann", [10, 0, 0, 0, 0]),
        ("bea", [10, 0, 0, 0, 0]),
        ("cid", [0, 0, 0, 0, 10]),
        ("dee", [0, 10, 0, 0, 0]),
        ("fay", [0, 0, 0, 0, 20]),
    ] {
        assert_eq!(money(clients, member).await, expected, "{member}");
    }
    let again = approve_closing(clients, &draft, "ben").await.unwrap();
    assert_eq!(again, done, "the same again moves nothing");
    let told = Refused::of(&close(clients, "h1").await.unwrap_err());
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");

    // Half a year later: dee chooses now, and eve has not for the second time.
    served.clock.set("2019-06-08T09:00:00Z");
    let terms = pb::ChoiceTerms { takes_carried: true, ..choose_until("2019-06-12T23:59:59Z") };
    asked(clients, "h2", [1, 0, 0, 0, 1, 0], terms).await;
    choose(clients, "dee", "c", Some(choice(Cash, ""))).await;
    served.clock.set("2019-06-13T00:00:00Z");
    let draft = close(clients, "h2").await.unwrap();
    assert_eq!(totals(&draft.planned), [(1, 10), (1, 10), (1, 10), (1, 10)]);
    let lapsing = lines(clients, "h2", O::Lapsed).await;
    assert_eq!(lapsing, [("eve".into(), "h1".into(), 1_000, O::Lapsed)]);
    closed(clients, "h2").await;
    assert_eq!(lines(clients, "h2", O::Lapsed).await, lapsing, "who loses what is listed afterwards, too");
    assert_eq!(money(clients, "dee").await, [10, 0, 0, 0, 0]);
    assert_eq!(money(clients, "eve").await, [0, 10, 0, 10, 0]);
    let lots: Vec<_> =
        balance(clients, "eve").await.lots.into_iter().map(|lot| (lot.state(), lot.carried_once)).collect();
    assert_eq!(lots, [(S::Lapsed, true), (S::Carried, true)]);
    let told = sentences(clients, "eve").await;
    let lapsed = "On 13 June 2019, 10.00 GBP from the payout h1 lapsed: no choice was made for it, twice.";
    assert!(told.iter().any(|it| it == lapsed), "{told:?}");
    served.verified().await;
}

/// Member, payout, pence and outcome of the lines of a closing.
async fn lines(clients: &Clients, id: &str, outcome: O) -> Vec<(String, String, i64, O)> {
    let request = pb::ListClosingLinesRequest {
        parent: format!("programs/qc/payouts/{id}"),
        outcome: outcome.into(),
        ..Default::default()
    };
    let lines = clients.choices().list_closing_lines(request).await.unwrap().into_inner().lines;
    let line = |line: pb::ClosingLine| {
        let payout = line.payout.rsplit('/').next().unwrap().to_owned();
        (line.member_id.clone(), payout, minor(line.amount.as_ref()), line.outcome())
    };
    lines.into_iter().map(line).collect()
}

#[tokio::test]
async fn a_choice_after_the_deadline_counts_from_the_next_payout_on() {
    let served = december().await;
    let clients = &served.clients;
    asked(clients, "h1", [1, 1, 0, 0, 0, 0], choose_until(DEADLINE)).await;
    choose(clients, "ann", "c1", Some(choice(Credit, ""))).await;
    let told = Refused::of(&close(clients, "h1").await.unwrap_err());
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_CHOICES_OPEN");
    assert_eq!(found, [("deadline", DEADLINE)]);
    served.clock.set("2018-12-13T00:00:00Z");
    for (n, late) in [Some(choice(Cash, "")), None, Some(choice(Charity, "relief"))].into_iter().enumerate() {
        let shown = choose(clients, "ann", &format!("late{n}"), late.clone()).await;
        assert_eq!(shown.choice, late);
        let run = &shown.runs[0];
        assert_eq!(
            (run.passed, run.choice.clone()),
            (true, Some(choice(Credit, ""))),
            "what counts for the payout stays"
        );
    }
    choose(clients, "bea", "late", Some(choice(Cash, ""))).await;
    let done = closed(clients, "h1").await;
    let decided = done.decided.unwrap();
    assert_eq!((decided.credit.unwrap().lots, decided.carried.unwrap().lots), (1, 1), "bea had made no choice in time");
    served.verified().await;
}

#[tokio::test]
async fn a_choice_of_bad_form_or_of_a_charity_that_is_not_offered_is_refused() {
    let served = december().await;
    let clients = &served.clients;
    let mut choices = clients.choices();
    let to = |charity| choosing("ann", "c", Some(choice(Charity, charity)));
    let none = refused(clients, choices.set_payout_choice(to("relief"))).await;
    none.because(Code::FailedPrecondition, "ERROR_REASON_CHARITY_NOT_OFFERED");
    asked(clients, "h1", [1, 1, 0, 0, 0, 0], choose_until(DEADLINE)).await;
    let other = refused(clients, choices.set_payout_choice(to("mine"))).await;
    let found = other.because(Code::FailedPrecondition, "ERROR_REASON_CHARITY_NOT_OFFERED");
    assert_eq!(found, [("offered", "relief, water")]);
    let bad = pb::SetPayoutChoiceRequest { name: "ann".into(), ..choosing("ann", "", Some(choice(Credit, "relief"))) };
    let told = refused(clients, clients.choices().set_payout_choice(bad)).await;
    told.breaks(&["name", "choice_id", "choice.charity_id"]);
    let one = choosing("ann", "same", Some(choice(Cash, "")));
    clients.choices().set_payout_choice(one.clone()).await.unwrap();
    let two = pb::SetPayoutChoiceRequest { choice: None, ..one };
    let told = refused(clients, clients.choices().set_payout_choice(two)).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    let several = pb::BatchSetPayoutChoicesRequest {
        parent: "programs/qc".into(),
        requests: vec![choosing("bea", "same", None), choosing("cid", "x", Some(choice(Charity, "mine")))],
    };
    let results = clients.choices().batch_set_payout_choices(several).await.unwrap().into_inner().results;
    let are_set: Vec<bool> =
        results.iter().map(|it| matches!(it.result, Some(pb::set_payout_choice_result::Result::SetTime(_)))).collect();
    assert_eq!(are_set, [true, false], "each for itself, and the id of one member is free for another");
}

#[tokio::test]
async fn money_that_moves_after_it_was_signed_is_carried_and_nobody_loses_by_it() {
    // INV 79, 82
    let served = december().await;
    let clients = &served.clients;
    asked(clients, "h1", [1, 1, 1, 1, 0, 0], choose_until(DEADLINE)).await;
    for member in ["ann", "bea", "cid"] {
        choose(clients, member, "c", Some(choice(Charity, "relief"))).await;
    }
    served.clock.set("2018-12-13T00:00:00Z");
    suspend(clients, "ann", "s0").await;
    assert_eq!(money(clients, "ann").await, [0, 0, 10, 0, 0]);
    let draft = close(clients, "h1").await.unwrap();
    suspend(clients, "bea", "s1").await;
    merged(clients, "cid", "dee").await;
    let done = approve_closing(clients, &draft, "ben").await.unwrap();
    assert_ne!(done.decided, draft.planned);
    assert_eq!(done.decided.unwrap().carried.unwrap().lots, 4);
    assert_eq!(money(clients, "dee").await, [0, 20, 0, 0, 0], "the lot of cid goes on at dee");
    for member in ["ann", "bea"] {
        assert_eq!(money(clients, member).await, [0, 0, 10, 0, 0], "{member}");
        reinstate(clients, member).await;
        assert_eq!(money(clients, member).await, [0, 10, 0, 0, 0], "{member} gets it back as carried");
    }
    served.verified().await;
}

async fn suspend(clients: &Clients, member: &str, id: &str) {
    let reason = pb::SuspensionReason::Requested.into();
    let name = format!("programs/qc/members/{member}");
    let request = pb::SuspendMemberRequest { name, suspension_id: id.into(), reason, note: String::new() };
    clients.by("anna").members().suspend_member(request).await.unwrap();
}

async fn reinstate(clients: &Clients, member: &str) {
    let name = format!("programs/qc/members/{member}");
    let request = pb::ReinstateMemberRequest { name, reinstatement_id: format!("r-{member}"), note: String::new() };
    clients.by("anna").members().reinstate_member(request).await.unwrap();
}

#[tokio::test]
async fn a_payout_takes_what_was_carried_only_when_all_of_it_is_known() {
    let served = december().await;
    let clients = &served.clients;
    asked(clients, "h1", [1, 0, 0, 0, 0, 0], choose_until(DEADLINE)).await;
    declare_and_approve(clients, "h2", pounds(1_000)).await;
    let taking = |id: &str, deadline: &str| {
        let choices = Some(pb::ChoiceTerms { takes_carried: true, ..choose_until(deadline) });
        create(pb::Payout { choices, ..payout(id) })
    };
    let mut anna = clients.by("anna").payouts();
    let told = refused(clients, anna.create_payout(taking("h2", "2019-06-12T00:00:00Z"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_OTHER_CHOICES_OPEN");
    assert_eq!(found, [("payouts", "h1")]);
    let told = refused(clients, anna.create_payout(taking("h2", "2018-12-01T00:00:00Z"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_CHOICE_DEADLINE_PASSED");
    assert_eq!(found, [("deadline", "2018-12-01T00:00:00Z")]);
    let odd = pb::ChoiceTerms {
        default_choice: Some(choice(Charity, "mine")),
        charity_ids: vec!["relief".into(), "relief".into()],
        match_rate: "eleven".into(),
        match_cap: None,
        deadline: None,
        ..choose_until(DEADLINE)
    };
    let odd = create(pb::Payout { choices: Some(odd), ..payout("h2") });
    refused(clients, anna.create_payout(odd)).await.breaks(&[
        "choices.deadline",
        "choices.match_rate",
        "choices.charity_ids[1]",
        "choices.default_choice.charity_id",
    ]);
    served.clock.set("2018-12-13T00:00:00Z");
    closed(clients, "h1").await;
    anna.create_payout(taking("h2", "2019-06-12T00:00:00Z")).await.unwrap();
    let cancel = pb::CancelPayoutRequest { name: "programs/qc/payouts/h2".into() };
    anna.cancel_payout(cancel).await.unwrap();
    let open = choose(clients, "ann", "c9", None).await.runs;
    assert_eq!(open, [], "a payout that is cancelled asks nobody");
    served.verified().await;
}
