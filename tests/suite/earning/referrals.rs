//! Referrals: pending at sign-up, confirmed at activation, unconfirmed after the rule's days; a recruit belongs to the earliest claim
//! that stands. Each fraud ends with no gain over what was honestly earned.

use goodturn::domain::state::earning::CANDIDATES_MAX;
use goodturn::pb;
use goodturn::pb::{ActivityState, DeclineReason, ExclusiveHolder};
use goodturn::process::sweeper;
use tonic::Code;

use crate::support::clients::pounds;
use crate::support::payouts::pay_out;
use crate::support::reads::balance;
use crate::support::referrals::{SIGNED_UP, claim, referrals};
use crate::support::refused::refused;
use crate::support::stage::{Stage, by_the_shop};
use crate::support::summer::name;

async fn begin() -> Stage {
    Stage::under(vec![referrals()], vec![]).await
}

async fn is(stage: &Stage, id: &str) -> ActivityState {
    let request = pb::GetActivityRequest { name: name(id) };
    stage.served.clients.ledger().get_activity(request).await.unwrap().into_inner().state()
}

/// Has the server post what is due by a time.
async fn by(stage: &Stage, when: &str) {
    stage.served.clock.set(when);
    let program = stage.served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    sweeper::sweep(&stage.served.ledger, &program).await.unwrap();
}

#[tokio::test]
async fn a_referral_waits_is_confirmed_or_lapses_and_a_late_confirmation_undoes_that() {
    let stage = begin().await;
    stage.done(claim("r1", "ada", "new-1", SIGNED_UP)).await;
    stage.done(claim("r2", "ada", "new-2", SIGNED_UP)).await;
    assert_eq!(stage.has("ada").await, (0, 1_000));
    by(&stage, "2018-05-01T00:00:00Z").await;
    stage.confirmed("r1", "c1", "2018-05-01T00:00:00Z").await;
    assert_eq!((is(&stage, "r1").await, stage.has("ada").await), (ActivityState::Credited, (500, 500)));
    by(&stage, "2018-08-01T00:00:00Z").await;
    assert_eq!((is(&stage, "r2").await, stage.has("ada").await), (ActivityState::Unconfirmed, (500, 0)));
    // The shop was slow to tell; the activation was in time.
    stage.confirmed("r2", "c2", "2018-07-20T00:00:00Z").await;
    assert_eq!(is(&stage, "r2").await, ActivityState::Credited);
    stage.ends(&[("ada", 1_000)]).await;
}

#[tokio::test]
async fn a_recruit_belongs_to_the_earliest_claim_that_stands() {
    // INV 17, 30
    let stage = begin().await;
    stage.done(claim("r2", "bob", "new", "2018-04-01T11:00:00Z")).await;
    assert_eq!(stage.has("bob").await, (0, 500));
    // Told later, and dated earlier.
    let earlier = stage.done(claim("r1", "ada", "new", SIGNED_UP)).await;
    assert_eq!(earlier.decline_reason(), DeclineReason::Unspecified);
    assert_eq!((stage.has("ada").await, stage.has("bob").await), ((0, 500), (0, 0)));
    let last = stage.done(claim("r3", "cy", "new", "2018-04-01T11:30:00Z")).await;
    assert_eq!(last.decline_reason(), DeclineReason::Superseded);
    for id in ["r2", "r3"] {
        assert_eq!(is(&stage, id).await, ActivityState::Superseded);
    }
    // Ada's ends unconfirmed: the recruit is Bob's. Confirmed in time after all: it is hers again.
    by(&stage, "2018-07-30T10:30:00Z").await;
    assert_eq!((is(&stage, "r1").await, is(&stage, "r2").await), (ActivityState::Unconfirmed, ActivityState::Pending));
    assert_eq!((stage.has("ada").await, stage.has("bob").await), ((0, 0), (0, 500)));
    stage.confirmed("r2", "c2", "2018-07-30T10:20:00Z").await;
    assert_eq!(stage.has("bob").await, (500, 0));
    stage.confirmed("r1", "c1", "2018-06-01T00:00:00Z").await;
    assert_eq!((stage.has("ada").await, stage.has("bob").await), ((500, 0), (0, 0)));
    let request = pb::GetActivityRequest { name: name("r2") };
    let changes = stage.served.clients.ledger().get_activity(request).await.unwrap().into_inner().changes;
    assert_eq!(changes.last().unwrap().displaced_by, name("r1"), "a confirmation took it");
    let request =
        pb::ListEntriesRequest { parent: "programs/qc/members/bob".into(), page_size: 9, ..Default::default() };
    let told = stage.served.clients.ledger().list_entries(request).await.unwrap().into_inner().entries;
    let told: Vec<&str> = told.iter().rev().map(|entry| entry.sentence.as_str()).collect();
    let expected = [
        "On 1 April 2018 you earned 500 points that cannot be used yet: referral r2 (rule referrals, version 2). They wait for a \
         confirmation dated 30 July 2018 at the latest.",
        "On 1 April 2018 the 500 points that waited for referral r2 of 1 April 2018 were taken back: an earlier one stands for the same \
         recruit.",
        "On 30 July 2018 referral r2 of 1 April 2018 counts now: the earlier one for the same recruit no longer stands. You \
         earned 500 points that cannot be used yet.",
        "On 30 July 2018 referral r2 of 1 April 2018 was confirmed: 500 points are now yours to use.",
        "On 1 June 2018 the 500 points for referral r2 of 1 April 2018 were taken back: an earlier one stands for the same \
         recruit.",
    ];
    assert_eq!(told, expected);
    // Fraud: what is left is the claim of Bob, which was confirmed.
    stage.reversed("r1", "f1").await;
    assert_eq!(is(&stage, "r2").await, ActivityState::Credited);
    stage.ends(&[("ada", 0), ("bob", 500), ("cy", 0)]).await;
}

/// Who claims a recruit twice, spends the points and has the first claim taken back loses nothing and gains nothing.
#[tokio::test]
async fn a_claim_that_passes_to_its_own_member_is_neither_written_off_nor_paid_twice() {
    // INV 31, 46
    let stage = begin().await;
    let clients = &stage.served.clients;
    for id in ["r1", "r2"] {
        stage.done(claim(id, "ada", "new", SIGNED_UP)).await;
        stage.confirmed(id, id, SIGNED_UP).await;
    }
    stage.served.clock.set("2018-10-01T00:00:00Z");
    pay_out(clients, "h1", pounds(500)).await;
    stage.reversed("r1", "f1").await;
    let balance = balance(clients, "ada").await;
    let has = [balance.available_points, balance.paid_points, balance.written_off_points, balance.credited_points];
    assert_eq!(has, [0, 500, 0, 500]);
    assert_eq!(is(&stage, "r2").await, ActivityState::Credited);
    stage.ends(&[("ada", 0)]).await;
}

#[tokio::test]
async fn claims_that_were_reversed_keep_their_place_and_a_full_list_refuses_further_ones() {
    // INV 66, 72
    let stage = begin().await;
    stage.reversed("f0", "r0").await;
    for n in 0..CANDIDATES_MAX - 1 {
        stage.done(claim(&format!("f{n}"), "mallory", "new", SIGNED_UP)).await;
        if n > 0 {
            stage.reversed(&format!("f{n}"), &format!("r{n}")).await;
        }
    }
    stage.done(claim("true", "ada", "new", "2018-04-01T11:00:00Z")).await;
    assert_eq!(is(&stage, "true").await, ActivityState::Pending);
    stage.confirmed("true", "c", "2018-04-01T12:00:00Z").await;
    let one_more = pb::RecordActivityRequest { activity: Some(claim("more", "bob", "new", SIGNED_UP)) };
    let clients = &stage.served.clients;
    let told = refused(clients, clients.ledger().record_activity(one_more)).await;
    let expected = [("claims_max", "32"), ("exclusive_key", "new")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_TOO_MANY_CLAIMS"), expected);
    // The first fraud was none: it is the earliest claim, and takes the key from the one that had it meanwhile.
    stage.restored("f0", "s0", "2018-04-01T12:00:01Z").await;
    assert_eq!(is(&stage, "true").await, ActivityState::Superseded);
    stage.confirmed("f0", "c0", "2018-04-01T12:00:00Z").await;
    stage.ends(&[("ada", 0), ("mallory", 500)]).await;
}

#[tokio::test]
async fn what_no_rule_applies_to_claims_no_recruit() {
    let stage = begin().await;
    let own = stage.done(claim("own", "new", "new", SIGNED_UP)).await;
    assert_eq!(own.decline_reason(), DeclineReason::SelfDealing);
    let mut returning = claim("back", "ada", "new", SIGNED_UP);
    returning
        .attributes
        .insert("returning".into(), pb::AttributeValue { value: Some(pb::attribute_value::Value::Flag(true)) });
    assert_eq!(stage.done(returning).await.decline_reason(), DeclineReason::ConditionNotMet);
    stage.done(claim("r1", "bob", "new", "2018-04-01T11:00:00Z")).await;
    stage.confirmed("r1", "c1", "2018-04-01T11:00:00Z").await;
    stage.ends(&[("new", 0), ("ada", 0), ("bob", 500)]).await;
}

#[tokio::test]
async fn claiming_a_recruit_again_and_again_by_one_or_by_many_gains_one_award() {
    // INV 17, 36
    let stage = begin().await;
    for n in 0..20 {
        let member = ["ada", "bob", "cy"][n % 3];
        let it = claim(&format!("r{n:02}"), member, "new", &format!("2018-04-01T10:{n:02}:00Z"));
        stage.done(if n % 2 == 0 { it } else { by_the_shop(it) }).await;
        stage.confirmed(&format!("r{n:02}"), &format!("c{n}"), "2018-04-01T10:30:00Z").await;
    }
    assert_eq!(stage.has("ada").await, (500, 0));
    // Withdrawn and claimed again under a new id: behind everybody who waits.
    stage.reversed("r00", "w").await;
    stage.done(claim("again", "ada", "new", "2018-04-01T11:00:00Z")).await;
    stage.confirmed("again", "c-again", "2018-04-01T11:00:00Z").await;
    let points = [stage.has("ada").await, stage.has("bob").await, stage.has("cy").await];
    assert_eq!(points.iter().map(|has| has.0 + has.1).sum::<i64>(), 500, "{points:?}");
}

/// Ada brings Bob in, who brings Cy in, who claims Ada: a ring earns what it was confirmed for, once a recruit.
#[tokio::test]
async fn a_ring_of_recruits_earns_once_each_and_loses_all_when_it_is_found() {
    let stage = begin().await;
    for (id, member, recruit) in [("r1", "ada", "bob"), ("r2", "bob", "cy"), ("r3", "cy", "ada")] {
        stage.done(claim(id, member, recruit, SIGNED_UP)).await;
        stage.confirmed(id, id, SIGNED_UP).await;
        // The other way round, too.
        stage.done(claim(&format!("{id}-back"), recruit, recruit, SIGNED_UP)).await;
    }
    assert_eq!([stage.has("ada").await, stage.has("bob").await, stage.has("cy").await], [(500, 0); 3]);
    for id in ["r1", "r2", "r3"] {
        stage.reversed(id, &format!("f-{id}")).await;
    }
    stage.ends(&[("ada", 0), ("bob", 0), ("cy", 0)]).await;
}

#[tokio::test]
async fn who_holds_a_key_is_one_thing_in_all_rules_and_versions() {
    let stage = begin().await;
    let latest = pb::Rule { exclusive_holder: ExclusiveHolder::Latest.into(), ..referrals() };
    let changed = stage.publish(3, "2018-05-01T00:00:00Z", vec![latest.clone()], vec![]);
    refused(&stage.served.clients, changed).await.breaks(&["rule_set.rules[0].exclusive_holder"]);
    let other = pb::Rule { rule_id: "others".into(), activity_kind: "other".into(), ..latest };
    let both = stage.publish(3, "2018-05-01T00:00:00Z", vec![referrals(), other], vec![]);
    let told = refused(&stage.served.clients, both).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_INVALID_REQUEST");
    let none = pb::Rule { exclusive: String::new(), ..referrals() };
    let none = stage.publish(3, "2018-05-01T00:00:00Z", vec![none], vec![]);
    refused(&stage.served.clients, none).await.breaks(&["rule_set.rules[0].exclusive_holder"]);
}
