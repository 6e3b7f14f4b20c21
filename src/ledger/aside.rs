//! Jobs aside: what reads a whole log runs on threads that serve nobody else, so that it holds up no other call.
//!
//! Two such jobs run at once, one of each programme, and programmes take turns: whoever asks for many waits for them, and
//! others do not. A job ends when its caller has gone, and when it has taken too long. Its questions to the store are waited for
//! by the threads that serve.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::domain::value::ids::ProgramId;

/// Jobs that run at once, a thread each: a large one must not keep a small one waiting for minutes, and more than two would take
/// time and memory from those who are served.
const AT_ONCE: usize = 2;

/// Jobs of a programme that may wait for their turn. Whoever asks for more is told to come again.
const WAITING_MAX: usize = 8;

/// How long a job may take. A log of ten million entries is verified in less; what takes longer is done by a command, on the
/// database itself.
pub const TIME_MAX: Duration = Duration::from_mins(10);

/// Reasons why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AsideError {
    /// Too many jobs of the programme wait already. Nothing was begun.
    #[error("{WAITING_MAX} calls that read the whole log of this programme wait already; try again in a while")]
    Busy,
    /// The job was ended.
    #[error("it took longer than {} minutes; ask for less, or use the command on the database", TIME_MAX.as_secs() / 60)]
    TooLong,
    /// The job was lost, as when the server stops or has no thread to give.
    #[error("the server could not go on with it; try again")]
    Lost,
}

/// Whose turn it is.
#[derive(Default)]
pub struct Aside {
    turns: Arc<Mutex<Turns>>,
}

impl Aside {
    /// Runs a job on a programme's log once it has its turn. Dropping the future ends the job.
    ///
    /// # Errors
    /// [`AsideError`] says why there is no result.
    pub async fn run<T: Send + 'static>(
        &self,
        program: &ProgramId,
        job: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AsideError> {
        let turn = self.turn(program)?.await.map_err(|_| AsideError::Lost)?;
        self.run_without_turn(async move {
            let done = tokio::time::timeout(TIME_MAX, job).await;
            drop(turn);
            done.map_err(|_| AsideError::TooLong)
        })
        .await?
    }

    /// Runs a job that others wait for, beside those that have their turn. Dropping the future ends the job.
    ///
    /// # Errors
    /// [`AsideError::Lost`] when it was lost.
    pub async fn run_without_turn<T: Send + 'static>(
        &self,
        job: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AsideError> {
        let (held, gone) = oneshot::channel::<()>();
        let runtime = Handle::current();
        let running = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = gone => None,
                    done = job => Some(done),
                }
            })
        });
        let done = running.await;
        drop(held);
        // It panicked, or the server stops.
        done.ok().flatten().ok_or(AsideError::Lost)
    }

    /// Returns the turn to come of a job on a programme.
    fn turn(&self, program: &ProgramId) -> Result<oneshot::Receiver<Turn>, AsideError> {
        let (give, given) = oneshot::channel();
        let given_now = {
            let mut turns = lock(&self.turns);
            turns.wait(program, give)?;
            turns.give()
        };
        hand_out(&self.turns, given_now);
        Ok(given)
    }
}

/// The turn of a job on a programme. When it is over, the next one has its turn.
struct Turn {
    program: ProgramId,
    turns: Arc<Mutex<Turns>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let given = {
            let mut turns = lock(&self.turns);
            turns.running.retain(|running| *running != self.program);
            turns.give()
        };
        hand_out(&self.turns, given);
    }
}

/// Those who wait for a turn.
type Waiting = VecDeque<oneshot::Sender<Turn>>;

/// The programmes on which something runs, and those that wait, in the order of their turns.
#[derive(Default)]
struct Turns {
    running: Vec<ProgramId>,
    waiting: VecDeque<(ProgramId, Waiting)>,
}

impl Turns {
    /// Adds one who waits.
    fn wait(&mut self, program: &ProgramId, give: oneshot::Sender<Turn>) -> Result<(), AsideError> {
        if let Some((_, of_program)) = self.waiting.iter_mut().find(|(waiting, _)| waiting == program) {
            of_program.retain(|waits| !waits.is_closed());
            if of_program.len() >= WAITING_MAX {
                return Err(AsideError::Busy);
            }
            of_program.push_back(give);
        } else {
            self.waiting.push_back((program.clone(), VecDeque::from([give])));
        }
        Ok(())
    }

    /// Returns those who have their turn now.
    fn give(&mut self) -> Vec<(ProgramId, oneshot::Sender<Turn>)> {
        let mut given = Vec::new();
        while self.running.len() < AT_ONCE {
            let is_free = |(program, _): &(ProgramId, Waiting)| !self.running.contains(program);
            let Some(at) = self.waiting.iter().position(is_free) else { break };
            let Some((program, mut waiting)) = self.waiting.remove(at) else { break };
            let next = std::iter::from_fn(|| waiting.pop_front()).find(|waits| !waits.is_closed());
            if !waiting.is_empty() {
                self.waiting.push_back((program.clone(), waiting));
            }
            if let Some(next) = next {
                self.running.push(program.clone());
                given.push((program, next));
            }
        }
        given
    }
}

/// Gives turns. One whose waiter has gone meanwhile is over at once, and the next has it.
fn hand_out(turns: &Arc<Mutex<Turns>>, given: Vec<(ProgramId, oneshot::Sender<Turn>)>) {
    for (program, give) in given {
        // A turn that nobody takes comes back here, and ends.
        let _refused = give.send(Turn { program, turns: Arc::clone(turns) });
    }
}

fn lock(turns: &Mutex<Turns>) -> std::sync::MutexGuard<'_, Turns> {
    turns.lock().expect("nothing panics while it holds the lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ProgramId {
        ProgramId::parse(text).expect("an id")
    }

    /// Takes a turn if it can be had now.
    fn taken(aside: &Aside, of: &str) -> (oneshot::Receiver<Turn>, Option<Turn>) {
        let mut waits = aside.turn(&id(of)).expect("room");
        let turn = waits.try_recv().ok();
        (waits, turn)
    }

    #[test]
    fn programmes_take_turns_and_one_job_of_each_runs_at_a_time() {
        let aside = Aside::default();
        let (_, large) = taken(&aside, "large");
        let (mut second, none) = taken(&aside, "large");
        assert!(large.is_some() && none.is_none(), "one of each programme");
        let (_, small) = taken(&aside, "small");
        let (mut other, none) = taken(&aside, "other");
        assert!(small.is_some() && none.is_none(), "two at once");
        drop(large);
        let large = second.try_recv().expect("it waited longest");
        drop(small);
        let _other = other.try_recv().expect("the next");
        drop(large);
    }

    #[test]
    fn whoever_waits_too_much_is_refused_and_whoever_has_gone_leaves_room() {
        let aside = Aside::default();
        let (_, running) = taken(&aside, "large");
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| taken(&aside, "large").0).collect();
        assert_eq!(aside.turn(&id("large")).err(), Some(AsideError::Busy));
        let (_, small) = taken(&aside, "small");
        assert!(small.is_some(), "others are not refused");
        drop(waiting);
        let (mut last, none) = taken(&aside, "large");
        assert!(none.is_none());
        drop(running);
        last.try_recv().expect("those before it have gone");
    }

    #[tokio::test]
    async fn a_job_ends_when_its_caller_has_gone() {
        let aside = Arc::new(Aside::default());
        let (held, gone) = oneshot::channel::<()>();
        let job = async move {
            let _held = held;
            std::future::pending::<()>().await;
        };
        let caller = tokio::spawn({
            let aside = Arc::clone(&aside);
            async move { aside.run(&id("large"), job).await }
        });
        tokio::task::yield_now().await;
        caller.abort();
        gone.await.expect_err("it was dropped");
        assert_eq!(aside.run(&id("large"), async { 7 }).await, Ok(7), "its turn is over");
    }
}
