//! Walks over members: what happens between the sums of a step and the step.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goodturn::board::Boards;
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::state::payout::{Payout, PayoutState};
use goodturn::domain::value::ids::{PayoutId, RequestId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::time::Day;
use goodturn::ledger::SubmitError;
use goodturn::log::memory::MemoryLog;
use goodturn::payout::{PayoutError, Payouts};
use goodturn::process::payout;
use tokio::task::JoinHandle;

use crate::support::bench::Bench;
use crate::support::sample::{act, award, payout_begun};

/// The step that was summed up before is not taken, and the next one counts what the member was credited.
#[tokio::test]
async fn a_member_who_is_credited_between_sum_and_step_is_summed_up_again() {
    // INV 43
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    let boards = Arc::new(Boards::new(Arc::clone(&bench.ledger)));
    let payouts = Payouts::new(Arc::clone(&bench.ledger), boards);
    bench.submit(award("a0", "ben")).await.unwrap();
    let [declare, approve, create] = payout_begun("p1", Day::from_date(jiff::civil::date(2018, 4, 1)));
    for command in [declare, approve] {
        bench.submit(command).await.unwrap();
    }
    bench.log.hold();
    let before = bench.log.appends.load(Ordering::SeqCst);
    let (of, program) = (payouts.clone(), Arc::clone(&bench.program));
    let draft = tokio::spawn(async move { payout::draft(&of, program, create, None).await });
    // Whether there is anything to pay was asked before the payout is begun; what walks now reserves.
    bench.log.begun(before + 1).await;
    bench.log.hold_walks(true);
    bench.log.release();
    bench.log.walk_begun().await;
    bench.submit(award("a1", "ben")).await.unwrap();
    bench.log.hold_walks(false);
    assert_eq!(draft.await.unwrap().unwrap().total_points, 200);
    bench.entries().await;
}

/// A draft of several steps that the log holds: at the entry that begins it (`begun`), or at its first step (`of`).
struct Held {
    bench: Bench,
    payouts: Payouts,
    draft: JoinHandle<Result<Payout, PayoutError>>,
    /// Appends begun before that of the first step.
    before: usize,
}

impl Held {
    async fn of(members: usize) -> Self {
        let held = Self::begun(members).await;
        held.bench.log.let_through(1);
        held.bench.log.begun(held.before + 1).await;
        // The steps after it are read and queued meanwhile.
        tokio::time::sleep(Duration::from_millis(200)).await;
        held
    }

    /// Begins to draft; the log holds the entry that begins it.
    async fn begun(members: usize) -> Self {
        let bench = Bench::on(Arc::new(MemoryLog::default())).await;
        let boards = Arc::new(Boards::new(Arc::clone(&bench.ledger)));
        let payouts = Payouts::new(Arc::clone(&bench.ledger), boards);
        let awards = (0..members).map(|n| award(&format!("a{n:05}"), &format!("m{n:05}"))).collect();
        assert!(bench.ledger.submit_all(&bench.program, awards, None).await.iter().all(Result::is_ok));
        let [declare, approve, create] = payout_begun("p1", Day::from_date(jiff::civil::date(2018, 4, 1)));
        for command in [declare, approve] {
            bench.submit(command).await.unwrap();
        }
        bench.log.hold();
        let before = bench.log.appends.load(Ordering::SeqCst) + 1;
        let (of, program) = (payouts.clone(), Arc::clone(&bench.program));
        let draft = tokio::spawn(async move { payout::draft(&of, program, create, None).await });
        bench.log.begun(before).await;
        Self { bench, payouts, draft, before }
    }
}

#[tokio::test]
async fn a_step_is_sent_before_the_one_before_it_is_recorded() {
    // INV 43
    let Held { bench, draft, before, .. } = Held::of(1_500).await;
    bench.log.release();
    let draft = draft.await.unwrap().unwrap();
    assert_eq!((draft.members, draft.total_points), (1_500, 150_000));
    let appends = bench.log.appends.load(Ordering::SeqCst) - before;
    assert!(appends <= 3, "{appends} appends for three steps and the end: each waited for the one before it");
    bench.entries().await;
}

/// A step ends before a member who was credited since the sums; the draft is not ended there.
#[tokio::test]
async fn a_step_that_ends_early_ends_no_draft() {
    // INV 43
    let Held { bench, draft, .. } = Held::begun(900).await;
    bench.log.hold_walks(true);
    bench.log.let_through(1);
    bench.log.walk_begun().await;
    // It is decided before the steps.
    let award = bench.begin(award("late", "m00700"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    bench.log.hold_walks(false);
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.log.release();
    award.await.unwrap().unwrap();
    let draft = draft.await.unwrap().unwrap();
    assert_eq!((draft.members, draft.total_points), (900, 90_100));
    bench.entries().await;
}

/// A draft that cancels itself may be interrupted there. Whoever cancels the payout goes on with it, and so does the draft.
#[tokio::test]
async fn a_cancellation_that_a_draft_began_is_ended_by_whoever_comes() {
    // INV 14, 48
    for by_draft in [false, true] {
        let Held { bench, payouts, draft, .. } = Held::begun(3).await;
        bench.log.release();
        assert_eq!(draft.await.unwrap().unwrap().state, PayoutState::Draft);
        let id = PayoutId::parse("p1").unwrap();
        let (own, by) = (RequestId::of_its_own(&id), PrincipalId::parse("anna").unwrap());
        let begin = Command::own(&bench.program.secret, own, by, Act::BeginCancellation(id.clone()));
        bench.submit(begin).await.unwrap();
        let program = Arc::clone(&bench.program);
        assert_eq!(payouts.get(&program, &id).await.unwrap().state, PayoutState::Cancelling);
        let ended = if by_draft {
            let [_, _, create] = payout_begun("p1", Day::from_date(jiff::civil::date(2018, 4, 1)));
            payout::draft(&payouts, program, create, None).await
        } else {
            let begin = act(CommandKind::BeginCancellation, "p1", "cleo", Act::BeginCancellation(id));
            payout::cancel(&payouts, program, begin).await
        };
        assert_eq!(ended.unwrap().state, PayoutState::Cancelled);
        assert_eq!(bench.available("m00002").await, 100);
        bench.entries().await;
    }
}

#[tokio::test]
async fn a_payout_that_is_cancelled_while_it_is_drafted_gives_everything_back() {
    // INV 43
    let Held { bench, payouts, draft, .. } = Held::of(4_000).await;
    let begin =
        act(CommandKind::BeginCancellation, "p1", "ben", Act::BeginCancellation(PayoutId::parse("p1").unwrap()));
    let program = Arc::clone(&bench.program);
    let cancel = tokio::spawn(async move { payout::cancel(&payouts, program, begin).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    bench.log.release();
    let told = draft.await.unwrap().unwrap_err();
    assert!(matches!(told, PayoutError::Submit(SubmitError::Rejected(Rejection::WrongState { .. }))), "{told}");
    let cancelled = cancel.await.unwrap().unwrap();
    assert_eq!(cancelled.state, PayoutState::Cancelled);
    assert!((1_500..4_000).contains(&cancelled.members), "{} were reserved by then", cancelled.members);
    for member in ["m00000", "m00700", "m01499", "m03999"] {
        assert_eq!(bench.available(member).await, 100, "{member}");
    }
    bench.entries().await;
}
