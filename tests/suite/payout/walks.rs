//! Walks over members: what happens between the sums of a step and the step.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::board::Boards;
use goodturn::domain::value::time::Day;
use goodturn::log::memory::MemoryLog;
use goodturn::payout::Payouts;
use goodturn::process::payout;

use crate::support::bench::Bench;
use crate::support::sample::{award, payout_begun};

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
