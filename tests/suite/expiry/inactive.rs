//! Expiry of members who were inactive for more than two months: who is active, what expires, and what a later reversal takes.

use goodturn::domain::decide::command::{Act, Eligible, Expiring};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::value::time::Day;
use goodturn::ledger::SubmitError;
use goodturn::pb;
use goodturn::pb::AdjustmentReason;
use goodturn::process::sweeper;

use crate::support::adjustments::{adjusted, adjustment};
use crate::support::clients::{accepted, kudos};
use crate::support::expiry::inactive;
use crate::support::members::merged;
use crate::support::reads::{balance, sentences};
use crate::support::sample::{act, member, program};
use crate::support::stage::{Stage, WHEN};
use crate::support::till;

/// The day in May on which some members do something, which is enough until July.
const IN_MAY: &str = "2018-05-10T12:00:00Z";
/// The midnights at which July and August begin.
const JULY: &str = "2018-07-01T00:00:00Z";
const AUGUST: &str = "2018-08-01T00:00:00Z";

/// Sets the clock and sweeps.
async fn on(stage: &Stage, when: &str) {
    stage.served.clock.set(when);
    sweeper::sweep_all(&stage.served.ledger).await.unwrap();
}

/// Returns the available and the expired points of each member.
async fn has<const N: usize>(stage: &Stage, members: [&str; N]) -> [(i64, i64); N] {
    let mut all = [(0, 0); N];
    for (has, member) in all.iter_mut().zip(members) {
        let balance = balance(&stage.served.clients, member).await;
        *has = (balance.available_points, balance.expired_points);
    }
    all
}

async fn adjust(stage: &Stage, id: &str, member: &str, points: i64) {
    adjusted(&stage.served.clients, "anna", adjustment(id, member, points, AdjustmentReason::Goodwill)).await;
}

/// An activity or a use of points counts on the day on which it was recorded, whatever became of it.
#[tokio::test]
async fn an_activity_or_a_use_of_points_keeps_all_points() {
    // INV 40
    let stage = inactive(0).await;
    let members = ["idle", "declined", "reversed", "spent", "released", "captured", "late"];
    for member in members {
        stage.done(accepted(member, member, WHEN)).await;
    }
    let clients = &stage.served.clients;
    stage.served.clock.set("2018-04-28T00:00:00Z");
    till::done(clients.till().create_hold(till::hold("h1", "captured", 40, "2018-05-05T00:00:00Z")).await);
    stage.served.clock.set("2018-05-02T00:00:00Z");
    till::done(clients.till().capture_hold(till::capture("h1", 30)).await);
    stage.served.clock.set(IN_MAY);
    stage.done(kudos("b1", "declined", IN_MAY)).await;
    stage.done(accepted("b2", "reversed", IN_MAY)).await;
    stage.reversed("b2", "x2").await;
    till::done(clients.till().redeem_points(till::redemption("s1", "spent", 10)).await);
    till::done(clients.till().create_hold(till::hold("h2", "released", 10, "2018-05-12T00:00:00Z")).await);
    till::done(clients.till().release_hold(till::release("h2")).await);
    // Of the first of April, told in May.
    stage.done(accepted("b3", "late", WHEN)).await;
    // The last activity was on the first of April: two months before, and not more.
    on(&stage, "2018-06-01T00:00:00Z").await;
    assert_eq!(has(&stage, ["idle"]).await, [(100, 0)]);
    on(&stage, "2018-06-30T23:59:59Z").await;
    assert_eq!(has(&stage, ["idle"]).await, [(100, 0)]);
    on(&stage, JULY).await;
    let kept = [(0, 100), (100, 0), (100, 0), (90, 0), (100, 0), (70, 0), (200, 0)];
    assert_eq!(has(&stage, members).await, kept);
    on(&stage, AUGUST).await;
    let expired = [(0, 100), (0, 100), (0, 100), (0, 90), (0, 100), (0, 70), (0, 200)];
    assert_eq!(has(&stage, members).await, expired);
    stage.ends(&[]).await;
}

#[tokio::test]
async fn what_others_do_to_a_member_is_no_activity() {
    // INV 40
    let stage = inactive(0).await;
    let clients = &stage.served.clients;
    let members = ["again", "given", "taken", "refunded", "ended", "suspended"];
    for member in members {
        stage.done(accepted(member, member, WHEN)).await;
    }
    till::done(clients.till().redeem_points(till::redemption("s1", "refunded", 60)).await);
    stage.served.clock.set("2018-04-28T00:00:00Z");
    till::done(clients.till().create_hold(till::hold("h1", "ended", 60, "2018-05-05T00:00:00Z")).await);
    stage.served.clock.set(IN_MAY);
    // The same activity again: the first receipt, and no new entry.
    stage.done(accepted("again", "again", WHEN)).await;
    adjust(&stage, "j1", "given", 50).await;
    adjust(&stage, "j2", "taken", -50).await;
    till::done(clients.till().refund_redemption(till::refund(till::redemption_name("s1"), "f1", 60)).await);
    crate::support::members::suspended(clients, "suspended", "u1").await;
    on(&stage, IN_MAY).await;
    on(&stage, JULY).await;
    let expired = [(0, 100), (0, 150), (0, 50), (0, 100), (0, 100), (0, 100)];
    assert_eq!(has(&stage, members).await, expired);
    stage.ends(&[]).await;
}

/// A member who comes with points and has done nothing yet has as long as anybody else, from the first of these points on.
#[tokio::test]
async fn the_first_points_of_a_member_count_as_activity_and_later_ones_do_not() {
    // INV 40
    let stage = inactive(0).await;
    stage.served.clock.set(IN_MAY);
    adjust(&stage, "j1", "ben", 100).await;
    stage.served.clock.set("2018-06-20T12:00:00Z");
    adjust(&stage, "j2", "ben", 30).await;
    on(&stage, JULY).await;
    assert_eq!(has(&stage, ["ben"]).await, [(130, 0)]);
    on(&stage, AUGUST).await;
    assert_eq!(has(&stage, ["ben"]).await, [(0, 130)]);
    stage.ends(&[]).await;
}

#[tokio::test]
async fn points_recorded_late_are_spared_for_as_many_days_as_the_policy_says() {
    // INV 40
    let stage = inactive(20).await;
    stage.done(accepted("a0", "ben", WHEN)).await;
    // The last day that is not spared on 1 July, and the first that is.
    for (day, id) in [("2018-06-10T12:00:00Z", "j1"), ("2018-06-11T12:00:00Z", "j2")] {
        stage.served.clock.set(day);
        adjust(&stage, id, "ben", 7).await;
    }
    on(&stage, JULY).await;
    assert_eq!(has(&stage, ["ben"]).await, [(7, 107)]);
    on(&stage, AUGUST).await;
    assert_eq!(has(&stage, ["ben"]).await, [(0, 114)]);
    stage.ends(&[]).await;
}

/// Credit that is recorded after a cut-off neither expires at it nor brings anything back, also when the sweep comes later.
#[tokio::test]
async fn a_late_fact_revives_nothing_and_a_late_sweep_leaves_no_cut_off_out() {
    // INV 40
    for sweeps in [&[JULY, "2018-07-05T00:00:00Z"][..], &[]] {
        let stage = inactive(0).await;
        stage.done(accepted("a0", "ben", WHEN)).await;
        for sweep in sweeps {
            on(&stage, sweep).await;
        }
        stage.served.clock.set("2018-07-10T12:00:00Z");
        stage.done(accepted("a1", "ben", "2018-06-20T12:00:00Z")).await;
        // At the cut-offs of August and September, ben is active; he was not in July.
        on(&stage, "2018-09-05T00:00:00Z").await;
        assert_eq!(has(&stage, ["ben"]).await, [(100, 100)], "{sweeps:?}");
        stage.ends(&[]).await;
    }
}

/// A reversal of expired credit comes out of what has expired, of later credit out of what is there.
#[tokio::test]
async fn a_reversal_takes_what_it_takes_back_from_where_it_is() {
    // INV 31, 40
    for (reversed, left) in [(["a0", "a1"], [(100, 0), (0, 0)]), (["a1", "a0"], [(0, 100), (0, 0)])] {
        let stage = inactive(0).await;
        stage.done(accepted("a0", "ben", WHEN)).await;
        on(&stage, JULY).await;
        stage.served.clock.set("2018-07-02T12:00:00Z");
        stage.done(accepted("a1", "ben", "2018-06-20T12:00:00Z")).await;
        for (id, left) in reversed.into_iter().zip(left) {
            stage.reversed(id, &format!("x-{id}")).await;
            assert_eq!(has(&stage, ["ben"]).await, [left], "{reversed:?}");
        }
        stage.ends(&[]).await;
    }
}

/// Two members are one person: one of them was inactive, and lost points; the other was active, and lost none. The credit
/// of the other was recorded before the cut-off, too, and has not expired all the same.
#[tokio::test]
async fn no_live_point_counts_as_expired_because_another_account_was_inactive() {
    // INV 40, 82
    for (from, into) in [("idle", "busy"), ("busy", "idle")] {
        let stage = inactive(0).await;
        for member in ["idle", "busy"] {
            stage.done(accepted(member, member, WHEN)).await;
        }
        stage.served.clock.set(IN_MAY);
        stage.done(accepted("b1", "busy", IN_MAY)).await;
        on(&stage, JULY).await;
        assert_eq!(has(&stage, ["idle", "busy"]).await, [(0, 100), (200, 0)]);
        merged(&stage.served.clients, from, into).await;
        stage.reversed("busy", "x1").await;
        assert_eq!(has(&stage, [into]).await, [(100, 100)], "it was live");
        stage.reversed("idle", "x2").await;
        assert_eq!(has(&stage, [into]).await, [(100, 0)], "it had expired");
        // From then on they are one account, which a cut-off reaches as a whole.
        stage.done(accepted("b2", from, JULY)).await;
        on(&stage, "2018-10-01T00:00:00Z").await;
        assert_eq!(has(&stage, [into]).await, [(0, 100)]);
        stage.reversed("b1", "x3").await;
        assert_eq!(has(&stage, [into]).await, [(0, 0)], "of whichever account it was");
        stage.ends(&[]).await;
    }
}

#[tokio::test]
async fn merged_members_are_active_as_either_of_them_was_last() {
    // INV 40, 82
    for (from, into) in [("idle", "busy"), ("busy", "idle")] {
        let stage = inactive(0).await;
        stage.done(accepted("a0", "idle", WHEN)).await;
        stage.done(accepted("a1", "busy", WHEN)).await;
        stage.served.clock.set(IN_MAY);
        stage.done(accepted("a2", "busy", IN_MAY)).await;
        merged(&stage.served.clients, from, into).await;
        on(&stage, JULY).await;
        assert_eq!(has(&stage, [into]).await, [(300, 0)]);
        // Under the id that is no more, it earns nothing; it is the person's activity all the same.
        stage.served.clock.set("2018-07-10T12:00:00Z");
        stage.done(accepted("a3", from, "2018-07-10T12:00:00Z")).await;
        on(&stage, "2018-09-01T00:00:00Z").await;
        assert_eq!(has(&stage, [into]).await, [(300, 0)]);
        on(&stage, "2018-10-01T00:00:00Z").await;
        assert_eq!(has(&stage, [into]).await, [(0, 300)]);
        stage.ends(&[]).await;
    }
}

/// A step rests on sums of some entry. Anything recorded of a member since may show that the member is active.
#[tokio::test]
async fn a_step_that_was_summed_up_before_an_activity_that_earns_nothing_is_not_taken() {
    // INV 40
    let stage = inactive(0).await;
    stage.done(accepted("a0", "ben", WHEN)).await;
    let ledger = &stage.served.ledger;
    let state = ledger.program(&program()).await.unwrap().unwrap();
    on(&stage, "2018-06-15T00:00:00Z").await;
    let as_of = state.head_seq();
    stage.done(kudos("b1", "ben", "2018-06-15T00:00:00Z")).await;
    stage.served.clock.set(JULY);
    let rows = vec![Eligible { member: member("ben"), points: 100 }];
    let day = Day::from_date(jiff::civil::date(2018, 7, 1));
    let step = Expiring { day, after: None, through: Some(member("ben")), rows, as_of };
    let expire = Act::Expire(Box::new(step));
    let taken = ledger.submit(&state, act(CommandKind::ExpirePoints, "2018-07-01", "goodturn", expire), None).await;
    assert!(matches!(taken, Err(SubmitError::Rejected(Rejection::StepTaken))), "{taken:?}");
    on(&stage, JULY).await;
    assert_eq!(has(&stage, ["ben"]).await, [(100, 0)]);
    stage.ends(&[]).await;
}

/// Reserved points are looked at again: those given back expire at the next cut-off.
#[tokio::test]
async fn what_a_payout_has_reserved_at_the_cut_off_expires_once_it_is_given_back() {
    // INV 40
    let stage = inactive(0).await;
    let clients = &stage.served.clients;
    stage.done(accepted("a0", "ben", WHEN)).await;
    crate::support::payouts::declare_and_approve(clients, "h1", crate::support::clients::pounds(300)).await;
    let create = crate::support::payouts::create(crate::support::payouts::payout("h1"));
    stage.served.clock.set("2018-10-05T12:00:00Z");
    stage.done(accepted("a1", "ben", "2018-10-05T12:00:00Z")).await;
    let draft = clients.by("anna").payouts().create_payout(create).await.unwrap().into_inner();
    on(&stage, "2019-01-05T00:00:00Z").await;
    let before = has(&stage, ["ben"]).await;
    clients.by("anna").payouts().cancel_payout(pb::CancelPayoutRequest { name: draft.name }).await.unwrap();
    on(&stage, "2019-02-05T00:00:00Z").await;
    assert_eq!((before, has(&stage, ["ben"]).await), ([(0, 100)], [(0, 200)]), "the rest had been reserved");
    stage.ends(&[]).await;
}

#[tokio::test]
async fn what_will_expire_is_told_before_and_why_afterwards() {
    // INV 29, 40
    let stage = inactive(0).await;
    let clients = &stage.served.clients;
    stage.done(accepted("a0", "ben", WHEN)).await;
    stage.done(accepted("a1", "cleo", WHEN)).await;
    stage.served.clock.set("2018-06-10T12:00:00Z");
    sweeper::sweep_all(&stage.served.ledger).await.unwrap();
    let request = pb::ListExpiringRequest { parent: "programs/qc".into(), ..Default::default() };
    let list = || async { clients.ledger().list_expiring(request.clone()).await.unwrap().into_inner() };
    let points = |list: &pb::ListExpiringResponse| -> Vec<(String, i64)> {
        list.expiring.iter().map(|row| (row.member_id.clone(), row.points)).collect()
    };
    let told = list().await;
    assert_eq!(points(&told), [("ben".into(), 100), ("cleo".into(), 100)]);
    let date = |month| Some(goodturn::google::r#type::Date { year: 2018, month, day: 1 });
    assert_eq!((told.cut_off, told.earned_before, told.inactive_since), (date(7), None, date(5)));
    stage.done(kudos("b1", "cleo", "2018-06-10T12:00:00Z")).await;
    assert_eq!(points(&list().await), [("ben".into(), 100)], "cleo was active");
    on(&stage, JULY).await;
    let told = sentences(clients, "ben").await;
    let expected = "On 1 July 2018, 100 points expired: since 1 May 2018 no activity of yours was recorded, and you used no points.";
    assert_eq!(told.last().map(String::as_str), Some(expected));
    stage.ends(&[("ben", 0), ("cleo", 100)]).await;
}
