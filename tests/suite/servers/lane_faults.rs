//! A lane that meets one fault of the store after the other.

use std::sync::Arc;
use std::time::Duration;

use goodturn::ledger::{Answer, SubmitError};
use goodturn::log::memory::MemoryLog;

use crate::support::bench::Bench;
use crate::support::faulty::Fault;
use crate::support::sample::award;

/// Everything that can become of an append that is not recorded and known to be.
const FAULTS: [Fault; 5] = [Fault::RecordedAndLost, Fault::Lost, Fault::Late, Fault::Unavailable, Fault::Stale];

/// Reads and fences that fail after it: none, the first, and more than the lane tries before it tells its callers.
const UNREAD: [usize; 3] = [0, 1, 25];

/// Commands a call; two of them are what a lost batch of four is tried with again.
const COMMANDS: usize = 4;

/// Calls at the same time: one is in flight, one decided behind it, one waits.
const CALLS: usize = 3;

/// How long an answer may take: twenty tries of a tenth of a second, as often as there are faults, and room.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// A call of several commands; `None` where it is not answered.
async fn call(bench: &Bench, round: usize, call: usize) -> Option<Vec<Answer>> {
    let commands = (0..COMMANDS).map(|n| award(&format!("r{round}-c{call}-{n}"), "ben")).collect();
    let answers = bench.ledger.submit_all(&bench.program, commands, None);
    tokio::time::timeout(ANSWERED_WITHIN, answers).await.ok()
}

#[tokio::test(start_paused = true)]
async fn a_lane_answers_everybody_and_goes_on_after_any_two_faults() {
    // INV 4, 5, 9, 65
    let steps: Vec<(Fault, usize)> =
        FAULTS.iter().flat_map(|fault| UNREAD.map(|unread| (fault.clone(), unread))).collect();
    for first in &steps {
        for second in &steps {
            let bench = Bench::on(Arc::new(MemoryLog::default())).await;
            bench.log.fail_unread([first.clone(), second.clone()]);
            let mut recorded = 0;
            let mut unknown = 0;
            let mut rounds = 0;
            // The last round meets no fault.
            let mut healed = false;
            while !healed {
                healed = bench.log.is_healed();
                let calls = futures::future::join_all((0..CALLS).map(|n| call(&bench, rounds, n))).await;
                rounds += 1;
                for answers in calls {
                    let answers = answers.unwrap_or_else(|| panic!("nobody is answered after {first:?}, {second:?}"));
                    for answer in answers {
                        match answer {
                            Ok(_) => recorded += 1,
                            Err(SubmitError::OutcomeUnknown) => unknown += 1,
                            Err(SubmitError::Unavailable) => {}
                            Err(other) => panic!("{other} after {first:?}, {second:?}"),
                        }
                    }
                }
            }
            bench.submit(award("last", "ben")).await.unwrap();
            let entries = bench.entries().await.len() - 3;
            assert!(
                (recorded..=recorded + unknown).contains(&entries),
                "{entries} entries after {first:?}, {second:?}"
            );
        }
    }
}
