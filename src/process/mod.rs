//! Processes: work that one command cannot hold, driven step by step.
//!
//! Each step is a command whose name follows from what is to be done, or from where the step before ended. So a process can be
//! begun again wherever it stopped, and by several servers at once: each step is taken once, whoever takes it.

pub mod ban;
pub mod expiry;
pub mod payout;
pub mod sweeper;

mod walk;

use crate::ledger::SubmitError;

/// What a sweep has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Items that are posted now, by this sweep or another server's.
    pub posted: usize,
    /// Items that could not be posted, and will be tried again.
    pub failed: usize,
}

impl Swept {
    fn add(&mut self, other: Self) {
        self.posted += other.posted;
        self.failed += other.failed;
    }
}

/// Whether a command was not begun for a reason that passes by itself: the next sweep tries again.
const fn passes(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Overloaded | SubmitError::Unavailable | SubmitError::ClockOff { .. })
}

/// Runs to its end what a caller may stop waiting for; `None` where it was lost.
async fn to_its_end<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(task).await.ok()
}
