//! Taking back what a banned member earned: each activity and each adjustment by a command of its own.
//!
//! Their ids follow from the ban and from what is taken back, so that the work can be begun again wherever it stopped, and by
//! several at once: everything is taken back once.

use std::sync::Arc;

use super::state::ProgramState;
use super::{Ledger, SubmitError};
use crate::domain::command::{Act, Command, Telling, Told};
use crate::domain::entry::{CommandKind, CommandName, Entry, EntryKind, Reason, Seq};
use crate::domain::fact::Fact;
use crate::domain::ids::{MemberId, RequestId, SourceId};
use crate::domain::posted::Posted;
use crate::domain::rejection::Rejection;
use crate::log::LogError;

/// Entries read, and commands queued, at a time: a batch that the lane commits at once, and leaves its queue to others.
const PAGE: u32 = 500;

/// What a ban took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revoked {
    /// Activities.
    pub activities: i64,
    /// Adjustments.
    pub adjustments: i64,
    /// What that moved.
    pub posted: Posted,
}

impl Ledger {
    /// Takes back what a member had earned and been given before a ban, and tells what the ban took back in all. Begun again, it
    /// goes on where it stopped.
    ///
    /// # Errors
    /// [`SubmitError`] when it stopped; what was taken back stays so.
    pub async fn revoke_all(&self, program: &Arc<ProgramState>, ban: &Entry) -> Result<Revoked, SubmitError> {
        let mut members: Vec<MemberId> = ban.member.iter().cloned().collect();
        let mut chains = vec![ban.prev_seq];
        while let Some(mut from) = chains.pop() {
            while from > Seq::ZERO {
                let page = self.history(program, from).await?;
                let Some(last) = page.last() else { break };
                from = last.prev_seq;
                for (member, merged) in page.iter().filter_map(merged_here) {
                    members.push(member);
                    chains.push(merged);
                }
                let commands = page.iter().filter_map(|entry| taking_back(program, ban, entry)).collect();
                for answer in self.submit_all(program, commands, None).await {
                    match answer {
                        // It did not stand any more.
                        Ok(_)
                        | Err(SubmitError::Rejected(
                            Rejection::ActivityReversed { .. } | Rejection::WrongState { .. },
                        )) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        let mut revoked = Revoked::default();
        let mut entries = Vec::new();
        for member in &members {
            entries.extend(self.entries_of(program, ban, member, &mut revoked).await?);
        }
        Ok(Revoked { posted: Posted::by(&entries), ..revoked })
    }

    /// What the commands of a ban wrote for a member.
    async fn entries_of(
        &self,
        program: &Arc<ProgramState>,
        ban: &Entry,
        member: &MemberId,
        revoked: &mut Revoked,
    ) -> Result<Vec<Entry>, SubmitError> {
        let account = self.account(program, member).await.map_err(|error| SubmitError::from_read(&error))?.0;
        let mut from = account.last_seq;
        let mut newest_first = Vec::new();
        while from > ban.seq {
            let page = self.history(program, from).await?;
            from = page.last().map_or(Seq::ZERO, |last| last.prev_seq);
            newest_first.extend(page.into_iter().filter(|entry| entry.seq > ban.seq));
        }
        let (mut own, mut is_own) = (Vec::new(), false);
        for entry in newest_first.into_iter().rev() {
            if let Some(name) = entry.command_name() {
                is_own = name.source == SourceId::goodturn() && name.id.is_revoking(ban.seq.get());
            } else if !entry.kind.is_further_move() {
                // Written by an act that began with another member.
                is_own = false;
            }
            if is_own {
                revoked.activities += i64::from(entry.kind == EntryKind::ActivityReversed);
                revoked.adjustments += i64::from(entry.kind == EntryKind::AdjustmentRevoked);
                own.push(entry);
            }
        }
        Ok(own)
    }

    async fn history(&self, program: &ProgramState, from: Seq) -> Result<Vec<Entry>, SubmitError> {
        let read: Result<_, LogError> = self.log().history(&program.id, from, PAGE).await;
        read.map_err(|error| SubmitError::from_read(&error))
    }
}

/// The member whom an entry merges into the one it concerns, and that member's last entry before.
fn merged_here(entry: &Entry) -> Option<(MemberId, Seq)> {
    let Fact::Merge(fact) = &entry.fact else { return None };
    // The other's entry stands right before it.
    let merged = Seq::new(entry.seq.get() - 1)?;
    (entry.member.as_ref() == Some(&fact.into)).then(|| (fact.from.clone(), merged))
}

/// The command that takes back what an entry gave; `None` where it can give nothing, now or later.
fn taking_back(program: &ProgramState, ban: &Entry, entry: &Entry) -> Option<Command> {
    let act = match &entry.fact {
        Fact::Activity(fact) if !fact.all_parts(entry).is_empty() => Act::Tell(Box::new(Telling {
            source: entry.source.clone(),
            activity: entry.activity_id()?,
            told: Told::Reversed(Reason::Fraud),
            occurred_at: ban.recorded_at,
            recorded: None,
        })),
        Fact::Adjustment(fact) if entry.kind == EntryKind::PointsAdjusted && fact.points > 0 => {
            Act::RevokeAdjustment(fact.id.clone())
        }
        _ => return None,
    };
    let kind: CommandKind = act.kind();
    let name = CommandName::own(kind, RequestId::revoking(ban.seq.get(), entry.seq.get()));
    let digest = program.secret.digest(&(name.kind, &name.id));
    Some(Command { name, digest, principal: ban.principal.clone(), act, note: None })
}
