//! What the till needs of a ledger beside its lane: a hold past its time blocks no later command of its member.

use std::sync::Arc;

use super::clock::Deadline;
use super::state::ProgramState;
use super::{Answer, Ledger, SubmitError};
use crate::domain::decide::command::{Act, Command, TillAct};
use crate::domain::decide::rejection::Rejection;
use crate::domain::state::hold::OpenHold;
use crate::domain::terms::till::Place;
use crate::domain::value::ids::{PrincipalId, RequestId};
use crate::domain::value::seq::Seq;

impl Ledger {
    /// Submits a command that may need points which are held past their time. Those holds are then ended first, as the
    /// sweeper would have: under the same names, so each ends once, whoever gets there.
    pub(super) async fn submit_once_given_back(
        &self,
        program: &Arc<ProgramState>,
        command: Command,
        deadline: Option<Deadline>,
    ) -> Answer {
        let mut before: Vec<OpenHold> = Vec::new();
        loop {
            let due = match self.submit_one(program, command.clone(), deadline).await {
                Err(SubmitError::Rejected(Rejection::HoldsDue { holds })) => holds,
                answer => return answer,
            };
            if due == before {
                // They were ended a moment ago, and are open all the same.
                return Err(SubmitError::Corrupt);
            }
            let expiries = due.iter().map(|hold| expiry(program, &hold.place, hold.seq)).collect();
            for answer in self.submit_all(program, expiries, deadline).await {
                match answer {
                    // Somebody else has ended it a moment ago.
                    Ok(_) | Err(SubmitError::Rejected(Rejection::NothingDue)) => {}
                    Err(error) => return Err(error),
                }
            }
            before = due;
        }
    }
}

/// The command that ends a hold whose time is over.
pub(super) fn expiry(program: &ProgramState, place: &Place, created: Seq) -> Command {
    let act = Act::Till(Box::new(TillAct::Expire(place.clone())));
    Command::own(&program.secret, RequestId::expiring(created.get()), PrincipalId::goodturn(), act)
}
