//! Handing commands to the lane of their programme.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

use super::clock::Deadline;
use super::lane::{Call, Group, Item, Lane, NotQueued, Queue, queue};
use super::state::ProgramState;
use super::{Answer, GroupAnswer, GroupError, Ledger, Recorded, SubmitError};
use crate::domain::decide::command::Command;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::name::CommandName;
use crate::domain::value::encoding::Hash;

/// A queued command. It resolves to the outcome; the command goes on when this is dropped.
#[derive(Debug)]
pub struct Queued(oneshot::Receiver<GroupAnswer>);

impl Future for Queued {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let answer = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answered(answer).map(Group::into_first).map_err(|refused| refused.error))
    }
}

impl Ledger {
    /// Submits a command and waits for its outcome.
    ///
    /// The command goes on when the caller hangs up: once queued, it is recorded, or refused for its own reasons.
    ///
    /// # Errors
    /// [`SubmitError`] says whether anything may have been done.
    pub async fn submit(&self, program: &Arc<ProgramState>, command: Command, deadline: Option<Deadline>) -> Answer {
        let mut answers = self.submit_all(program, vec![command], deadline).await;
        answers.pop().unwrap_or(Err(SubmitError::OutcomeUnknown))
    }

    /// Submits commands in order, each for itself. Answer *i* is that of command *i*. All are queued, or none.
    pub async fn submit_all(
        &self,
        program: &Arc<ProgramState>,
        commands: Vec<Command>,
        deadline: Option<Deadline>,
    ) -> Vec<Answer> {
        let count = commands.len();
        let (items, queued) = each_for_itself(commands, deadline);
        if let Err(error) = self.check_clock().and_then(|()| self.enqueue(program, items)) {
            return vec![Err(error); count];
        }
        let mut answers = Vec::with_capacity(count);
        for queued in queued {
            answers.push(queued.await);
        }
        answers
    }

    /// Submits commands that are recorded in order and together, or not at all. Outcome *i* is that of command *i*.
    /// A name may be given twice with the same values, and then has one effect.
    ///
    /// # Errors
    /// [`GroupError`] says which command is to blame, and whether anything may have been done.
    pub async fn submit_together(
        &self,
        program: &Arc<ProgramState>,
        commands: Vec<Command>,
        deadline: Option<Deadline>,
    ) -> Result<Vec<Recorded>, GroupError> {
        check_names(&commands)?;
        let Some(commands) = Group::of(commands) else { return Ok(Vec::new()) };
        let (item, answer) = Item::of(commands, None, deadline);
        self.check_clock()?;
        self.enqueue(program, vec![item])?;
        answered(answer.await).map(|firsts| firsts.into_iter().collect())
    }

    /// Queues commands in order, each for itself, once there is room for all of them. Returns a future for the outcome
    /// of each, in their order.
    ///
    /// # Errors
    /// [`SubmitError`] when nothing was queued.
    pub async fn queue_all(
        &self,
        program: &Arc<ProgramState>,
        commands: Vec<Command>,
        deadline: Option<Deadline>,
    ) -> Result<Vec<Queued>, SubmitError> {
        self.check_clock()?;
        let (mut items, queued) = each_for_itself(commands, deadline);
        while !items.is_empty() {
            let queue = self.way_to_lane(program);
            match queue.put_when_room(items).await {
                Ok(()) => break,
                Err(NotQueued::Full) => return Err(SubmitError::Overloaded),
                Err(NotQueued::Ended(back)) => items = back,
            }
        }
        Ok(queued)
    }

    fn check_clock(&self) -> Result<(), SubmitError> {
        match self.vitals().fitness().borrow().clock_off {
            Some(off) => Err(SubmitError::ClockOff(off)),
            None => Ok(()),
        }
    }

    /// Queues items of one programme, if there is room for all of them.
    fn enqueue(&self, program: &Arc<ProgramState>, mut items: Vec<Item>) -> Result<(), SubmitError> {
        while !items.is_empty() {
            match self.way_to_lane(program).put(items) {
                Ok(()) => break,
                Err(NotQueued::Full) => return Err(SubmitError::Overloaded),
                // The lane has ended for lack of work; the next one cannot end before it has had some.
                Err(NotQueued::Ended(back)) => items = back,
            }
        }
        Ok(())
    }

    /// Returns the queue of the running lane, or of a new one.
    fn way_to_lane(&self, program: &Arc<ProgramState>) -> Queue {
        let mut way = program.queue.lock().expect("nothing panics while it holds the lock");
        if let Some(queue) = way.as_ref().filter(|queue| !queue.has_ended()) {
            return queue.clone();
        }
        let (queue, arrivals) = queue();
        let lane = Lane::new(Arc::clone(program), Arc::clone(&self.log), Arc::clone(&self.clock), self.prefetches);
        tokio::spawn(lane.run(arrivals));
        way.insert(queue).clone()
    }
}

impl ProgramState {
    /// Returns the number of commands that wait for the programme's lane.
    pub(super) fn queued(&self) -> usize {
        let queue = self.queue.lock().expect("nothing panics while it holds the lock");
        queue.as_ref().map_or(0, Queue::waiting)
    }
}

fn each_for_itself(commands: Vec<Command>, deadline: Option<Deadline>) -> (Vec<Item>, Vec<Queued>) {
    let call = (commands.len() > 1).then(|| Arc::new(Call));
    let each = commands.into_iter().map(|command| {
        let (item, answer) = Item::of(Group::one(command), call.clone(), deadline);
        (item, Queued(answer))
    });
    each.unzip()
}

fn answered(answer: Result<GroupAnswer, oneshot::error::RecvError>) -> GroupAnswer {
    answer.unwrap_or(Err(SubmitError::OutcomeUnknown.into()))
}

/// Refuses commands of one name with different contents.
fn check_names(commands: &[Command]) -> Result<(), GroupError> {
    let mut named: HashMap<&CommandName, Hash> = HashMap::with_capacity(commands.len());
    for (index, Command { name, digest, .. }) in commands.iter().enumerate() {
        if named.insert(name, *digest).is_some_and(|before| before != *digest) {
            let error = Rejection::ExistsWithDifferentContent { id: name.id.clone() }.into();
            return Err(GroupError { index: Some(index), error });
        }
    }
    Ok(())
}
