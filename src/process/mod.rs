//! Processes: work that one command cannot hold, driven step by step.
//!
//! Each step is a command whose name follows from what is to be done, or from where the step before ended. So a process can be
//! begun again wherever it stopped, and by several servers at once: each step is taken once, whoever takes it.

pub mod ban;
pub mod batch;
pub mod closing;
pub mod expiry;
pub mod payout;
pub mod runs;
pub mod sweeper;

mod walk;

use crate::ledger::SubmitError;

/// The result of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Items posted by now, by this sweep or another server's.
    pub posted: usize,
    /// Items not posted by this sweep: refused, or taken by another.
    pub failed: usize,
    /// Payouts and closings that somebody left in the middle: see [`runs`].
    pub left: usize,
}

impl Swept {
    fn add(&mut self, other: Self) {
        self.posted += other.posted;
        self.failed += other.failed;
        self.left += other.left;
    }
}

/// True when a command was not begun for a reason that passes by itself. The next sweep tries again.
const fn passes(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Overloaded | SubmitError::Unavailable | SubmitError::ClockOff(_))
}

/// Runs a task to its end, even when the caller stops waiting for it. Returns `None` when the task was lost.
async fn to_its_end<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(task).await.ok()
}
