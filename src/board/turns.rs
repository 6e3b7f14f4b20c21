//! Turns for what reads many entries or every span: however many programmes there are, few of them do so at once.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::ledger::aside::{Aside, AsideError};

/// Keepers that catch up, and boards that are made, at once: one for each of two cores.
const AT_ONCE: usize = 2;

/// Turns that all programmes share, on threads that serve nobody else.
#[derive(Clone)]
pub(super) struct Turns {
    aside: Arc<Aside>,
    turns: Arc<Semaphore>,
}

impl Turns {
    pub(super) fn new(aside: Arc<Aside>) -> Self {
        Self { aside, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Runs a job once it has its turn.
    ///
    /// # Errors
    /// [`AsideError::Lost`] when it was lost.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AsideError> {
        let _turn = self.turns.acquire().await.map_err(|_| AsideError::Lost)?;
        self.aside.run_without_turn(job).await
    }
}
