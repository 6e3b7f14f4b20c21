//! The till: holds, captures, releases, redemptions and their refunds, as shops see them.

use goodturn::pb;
use goodturn::pb::HoldState;
use goodturn::process::sweeper;
use tonic::Code;

use crate::support::clients::{accepted, activity, at, pounds, record};
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, rule};
use crate::support::till::{
    capture, done, held, hold, hold_name, of, points, redeemed, redemption, redemption_name, refund, release,
};

/// An hour after [`WHEN`].
const SOON: &str = "2018-04-01T13:00:00Z";

/// A stage on which `ben` has so many times 500 points.
pub async fn with_promotions(count: usize) -> Stage {
    let stage = Stage::under(vec![rule("promotions", "promotion", 500)], vec![]).await;
    for n in 0..count {
        stage.done(activity(&format!("p{n}"), "promotion", "ben", WHEN)).await;
    }
    stage
}

async fn sentences(stage: &Stage, member: &str) -> Vec<(String, String)> {
    let parent = format!("programs/qc/members/{member}");
    let request = pb::ListEntriesRequest { parent, page_size: 100, ..Default::default() };
    let page = done(stage.served.clients.ledger().list_entries(request).await);
    page.entries.into_iter().rev().map(|entry| (entry.kind, entry.sentence)).collect()
}

#[tokio::test]
async fn a_hold_is_captured_in_part_and_the_rest_is_available_in_the_same_commit() {
    // INV 2, 10, 33
    let stage = with_promotions(2).await;
    let clients = &stage.served.clients;
    let mut create = hold("h1", "ben", 700, SOON);
    create.hold.as_mut().unwrap().subject = "order-17".into();
    let receipt = done(clients.till().create_hold(create.clone()).await);
    assert_eq!((receipt.points, of(receipt.balance.as_ref().unwrap())), (-700, [300, 700, 0]));
    let it = held(clients, "h1").await;
    assert_eq!((it.state(), it.points, it.captured_points, it.seq), (HoldState::Held, 700, 0, receipt.seq));
    assert_eq!((it.create_time, it.expire_time, it.end_time), (Some(at(WHEN)), Some(at(SOON)), None));
    assert_eq!((it.member_id.as_str(), it.subject.as_str()), ("ben", "order-17"));

    let captured = done(clients.till().capture_hold(capture("h1", 500)).await);
    let balance = captured.balance.clone().unwrap();
    assert_eq!((captured.points, of(&balance), balance.seq), (200, [500, 0, 500], captured.seq + 1));
    assert_eq!(points(clients, "ben").await, of(&balance));
    let it = held(clients, "h1").await;
    assert_eq!((it.state(), it.captured_points), (HoldState::Captured, 500));
    assert_eq!((it.ended_by_seq, it.captured_by_seq), (captured.seq, captured.seq));
    assert_eq!((it.end_time, it.capture_time), (Some(at(WHEN)), Some(at(WHEN))));

    assert_eq!(first_of(&done(clients.till().create_hold(create).await)), receipt, "the first receipt");
    assert_eq!(first_of(&done(clients.till().capture_hold(capture("h1", 500)).await)), captured);
    let told = sentences(&stage, "ben").await;
    let told: Vec<&str> = told[2..].iter().map(|(_, sentence)| sentence.as_str()).collect();
    assert_eq!(
        told,
        [
            "On 1 April 2018, 700 points were held by shop (order-17), until 1 April 2018 at the latest.",
            "On 1 April 2018 you spent 500 points at shop (order-17). The other 200 that were held can be used again.",
            "On 1 April 2018, 200 points that were held by shop (order-17) can be used again: the rest was spent.",
        ]
    );
    stage.ends(&[("ben", 500)]).await;
}

#[tokio::test]
async fn a_redemption_is_given_back_in_parts_up_to_what_was_spent() {
    // INV 3, 10
    let stage = with_promotions(1).await;
    let clients = &stage.served.clients;
    let receipt = done(clients.till().redeem_points(redemption("r1", "ben", 400)).await);
    assert_eq!((receipt.points, of(receipt.balance.as_ref().unwrap())), (-400, [100, 0, 400]));
    let back = async |id: &str, points| {
        done(clients.till().refund_redemption(refund(redemption_name("r1"), id, points)).await)
    };
    let first = back("f1", 150).await;
    assert_eq!((first.points, of(first.balance.as_ref().unwrap())), (150, [250, 0, 250]));
    assert_eq!(first_of(&back("f1", 150).await), first);
    let told = refused(clients, clients.till().refund_redemption(refund(redemption_name("r1"), "f2", 251))).await;
    let expected = [("asked_points", "251"), ("left_points", "250")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_REFUND_EXCEEDS_REDEMPTION"), expected);
    let rest = back("f2", 0).await;
    assert_eq!((rest.points, of(rest.balance.as_ref().unwrap())), (250, [500, 0, 0]));
    for points in [0, 1] {
        let told =
            refused(clients, clients.till().refund_redemption(refund(redemption_name("r1"), "f3", points))).await;
        told.because(Code::FailedPrecondition, "ERROR_REASON_REFUND_EXCEEDS_REDEMPTION");
    }
    let it = redeemed(clients, "r1").await;
    assert_eq!((it.points, it.refunded_points, it.seq, it.refunded_by_seq), (400, 400, receipt.seq, rest.seq));
    let told = sentences(&stage, "ben").await;
    assert_eq!(told[1].1, "On 1 April 2018 you spent 400 points at shop (r1).");
    assert_eq!(told[2].1, "On 1 April 2018 shop (r1) gave 150 points back to you.");
    stage.ends(&[("ben", 500)]).await;
}

#[tokio::test]
async fn a_captured_hold_is_refunded_by_its_own_name() {
    // INV 12
    let stage = with_promotions(1).await;
    let clients = &stage.served.clients;
    done(clients.till().create_hold(hold("h1", "ben", 300, SOON)).await);
    let told = refused(clients, clients.till().refund_redemption(refund(hold_name("h1"), "f1", 0))).await;
    let expected = [("needed", "captured"), ("state", "held")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    done(clients.till().capture_hold(capture("h1", 0)).await);
    // The id of a hold is free for a redemption, and that of either for a refund.
    done(clients.till().redeem_points(redemption("h1", "ben", 100)).await);
    done(clients.till().refund_redemption(refund(hold_name("h1"), "h1", 50)).await);
    assert_eq!(points(clients, "ben").await, [150, 0, 350]);
    assert_eq!((held(clients, "h1").await.refunded_points, redeemed(clients, "h1").await.refunded_points), (50, 0));
    stage.ends(&[("ben", 150)]).await;
}

#[tokio::test]
async fn what_is_held_too_long_is_available_again_and_can_be_captured_for_a_day_more() {
    // INV 33
    let stage = with_promotions(1).await;
    let (clients, clock) = (&stage.served.clients, &stage.served.clock);
    for id in ["h1", "h2", "h3"] {
        done(clients.till().create_hold(hold(id, "ben", 100, SOON)).await);
    }
    let state = stage.served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    let sweep = async || sweeper::sweep(&stage.served.ledger, &state).await.unwrap().posted;
    clock.set("2018-04-01T12:59:59.999999Z");
    assert_eq!((sweep().await, points(clients, "ben").await), (0, [200, 300, 0]));
    clock.set(SOON);
    assert_eq!((sweep().await, points(clients, "ben").await), (3, [500, 0, 0]));
    let it = held(clients, "h1").await;
    assert_eq!((it.state(), it.end_time, it.captured_by_seq), (HoldState::Expired, Some(at(SOON)), 0));
    let told = refused(clients, clients.till().release_hold(release("h1"))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");

    clock.set("2018-04-02T12:59:59.999999Z");
    done(clients.till().redeem_points(redemption("r1", "ben", 420)).await);
    let told = refused(clients, clients.till().capture_hold(capture("h1", 0))).await;
    let expected = [("asked_points", "100"), ("available_points", "80")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS"), expected);
    let late = done(clients.till().capture_hold(capture("h1", 80)).await);
    assert_eq!((late.points, of(late.balance.as_ref().unwrap())), (-80, [0, 0, 500]));
    let it = held(clients, "h1").await;
    assert_eq!((it.state(), it.captured_points, it.captured_by_seq), (HoldState::Captured, 80, late.seq));
    assert!(it.ended_by_seq < late.seq);
    clock.set("2018-04-02T13:00:00Z");
    let told = refused(clients, clients.till().capture_hold(capture("h2", 0))).await;
    let expected = [("until", "2018-04-02T13:00:00Z")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_CAPTURE_TOO_LATE"), expected);
    assert_eq!(first_of(&done(clients.till().capture_hold(capture("h1", 80)).await)), late, "a replay is never late");
    let told = sentences(&stage, "ben").await;
    let expired =
        "On 1 April 2018, 100 points that were held by shop (h1) can be used again: they were not spent in time.";
    assert_eq!(told[4].1, expired);
    stage.ends(&[("ben", 0)]).await;
}

/// Nobody sweeps: whoever comes next finds the points of holds that are over.
#[tokio::test]
async fn a_hold_past_its_time_blocks_nothing() {
    // INV 34
    let stage = with_promotions(1).await;
    let (clients, clock) = (&stage.served.clients, &stage.served.clock);
    for n in 0..100 {
        done(clients.till().create_hold(hold(&format!("h{n}"), "ben", 5, SOON)).await);
    }
    let told = refused(clients, clients.till().create_hold(hold("more", "ben", 1, SOON))).await;
    let expected = [("open_holds_max", "100")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_TOO_MANY_HOLDS"), expected);
    let told = refused(clients, clients.till().redeem_points(redemption("r1", "ben", 1))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS");
    clock.set(SOON);
    // Late, and of points that are held still.
    done(clients.till().capture_hold(capture("h0", 3)).await);
    done(clients.till().release_hold(release("h1")).await);
    done(clients.till().redeem_points(redemption("r1", "ben", 497)).await);
    assert_eq!(points(clients, "ben").await, [0, 0, 500]);
    let expired = sentences_of_kind(&stage, "hold_expired").await;
    assert_eq!(expired, 98, "each once");
    stage.ends(&[("ben", 0)]).await;

    // As many as may be open, all past their time: room for another, though nothing else is wanting.
    let stage = with_promotions(2).await;
    let clients = &stage.served.clients;
    for n in 0..100 {
        done(clients.till().create_hold(hold(&format!("h{n}"), "ben", 1, SOON)).await);
    }
    stage.served.clock.set(SOON);
    done(clients.till().create_hold(hold("more", "ben", 1_000, "2018-04-01T14:00:00Z")).await);
    assert_eq!(points(clients, "ben").await, [0, 1_000, 0]);
}

async fn sentences_of_kind(stage: &Stage, kind: &str) -> usize {
    let parent = "programs/qc".into();
    let request = pb::ListEntriesRequest { parent, page_size: 1_000, ..Default::default() };
    let page = done(stage.served.clients.ledger().list_entries(request).await);
    page.entries.iter().filter(|entry| entry.kind == kind).count()
}

#[tokio::test]
async fn who_is_in_debt_neither_holds_nor_spends_and_what_comes_back_repays_first() {
    // INV 31, 32
    let stage = with_promotions(2).await;
    let clients = &stage.served.clients;
    done(clients.till().create_hold(hold("h1", "ben", 300, SOON)).await);
    done(clients.till().create_hold(hold("h2", "ben", 200, SOON)).await);
    done(clients.till().redeem_points(redemption("r1", "ben", 480)).await);
    stage.reversed("p0", "x0").await;
    // 20 from available, 50 of debt, which is the limit; 430 written off; nothing of what is held.
    assert_eq!(points(clients, "ben").await, [-50, 500, 480]);
    for points in [1, 500] {
        let told = refused(clients, clients.till().redeem_points(redemption("r2", "ben", points))).await;
        told.because(Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS");
        let told = refused(clients, clients.till().create_hold(hold("h3", "ben", points, SOON))).await;
        let metadata = told.because(Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS");
        assert_eq!(metadata[1], ("available_points", "-50"));
    }
    // What was held before can be captured; what is not spent of it repays.
    done(clients.till().capture_hold(capture("h1", 290)).await);
    assert_eq!(points(clients, "ben").await, [-40, 200, 770]);
    done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 30)).await);
    assert_eq!(points(clients, "ben").await, [-10, 200, 740]);
    let released = done(clients.till().release_hold(release("h2")).await);
    assert_eq!(points(clients, "ben").await, [0, 0, 740], "then it makes good what was written off");
    assert_eq!((released.points, of(&released.balance.unwrap())), (10, [0, 0, 740]), "as the receipt says");
    let balance = crate::support::reads::balance(clients, "ben").await;
    assert_eq!((balance.credited_points, balance.written_off_points), (500, -240));
    let told = sentences(&stage, "ben").await;
    let made_good =
        "190 points of what shop (h2) gave back made up for points that could not be taken back from you before.";
    assert!(told.last().unwrap().1.ends_with(made_good), "{told:?}");
    stage.ends(&[("ben", 0)]).await;
}

/// A board shows what was earned, a payout counts what is left.
#[tokio::test]
async fn spending_lowers_no_board_and_does_not_count_twice_for_a_payout() {
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for n in 0..3 {
        let answer = accepted(&format!("a{n}"), ["ben", "ben", "cleo"][n], WHEN);
        clients.ledger().record_activity(record(answer)).await.unwrap();
    }
    let board = async || {
        let request = pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() };
        let rows = done(clients.boards().get_leaderboard(request).await).rows;
        rows.into_iter().map(|row| (row.member_id, row.points)).collect::<Vec<_>>()
    };
    let before = board().await;
    assert_eq!(before, [("ben".to_owned(), 200), ("cleo".to_owned(), 100)]);
    done(clients.till().redeem_points(redemption("r1", "ben", 70)).await);
    done(clients.till().create_hold(hold("h1", "ben", 40, "2018-10-02T00:00:00Z")).await);
    done(clients.till().create_hold(hold("h2", "ben", 30, "2018-10-02T00:00:00Z")).await);
    done(clients.till().capture_hold(capture("h2", 20)).await);
    done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 5)).await);
    assert_eq!(board().await, before);
    let request = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    assert_eq!(done(clients.ledger().get_balance(request).await).credited_points, 200);
    crate::support::payouts::declare_and_approve(clients, "p1", pounds(175)).await;
    let payout = crate::support::payouts::create(crate::support::payouts::payout("p1"));
    let drafted = done(clients.by("anna").payouts().create_payout(payout).await);
    // Of ben's 200, 65 are redeemed, 40 held and 20 captured.
    assert_eq!((drafted.total_points, drafted.members), (75 + 100, 2));
    assert_eq!(points(clients, "ben").await, [0, 40, 85]);
    let name = format!("{}/shares/ben", drafted.name);
    let explain = pb::ExplainShareRequest { name, page_size: 100, ..Default::default() };
    let told = done(clients.payouts().explain_share(explain).await);
    assert_eq!(told.entries.iter().map(|entry| entry.counted_points).sum::<i64>(), 75);
    let held: Vec<_> = told.entries.iter().rev().map(|entry| (entry.counted_points, entry.why.as_str())).collect();
    assert_eq!(held[2..5], [(-70, "used: redeemed"), (-40, "used: held"), (-30, "used: held")]);
    assert_eq!(held[5..8], [(0, "changes nothing that counts"), (10, "given back"), (5, "given back")]);
    // What is given back later counts next time.
    done(clients.till().release_hold(release("h1")).await);
    assert_eq!(points(clients, "ben").await, [40, 0, 85]);
}

#[tokio::test]
async fn the_command_line_tells_what_was_spent() {
    let server = crate::support::clients::TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(activity("p0", "promotion", "ben", WHEN))).await.unwrap();
    let mut redeem = redemption("r1", "ben", 400);
    redeem.redemption.as_mut().unwrap().subject = "order-17".into();
    done(clients.till().redeem_points(redeem).await);
    let url = format!("http://{}", server.running.address);
    let told = tokio::task::spawn_blocking(move || {
        let mut command = std::process::Command::new(crate::support::process::GOODTURN);
        command.args(["history", "ben", "--program", "qc", "--limit", "1", "--server", &url]).output().unwrap()
    });
    let told = told.await.unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.starts_with("On ") && text.ends_with(" you spent 400 points at shop (order-17).\n"), "{text}");
}
