//! Taking back what a banned member earned. Each activity and each adjustment is taken back by a command of its own.
//!
//! The ids of these commands follow from the ban and from what they take back. So the work can be resumed wherever it
//! stopped, by several servers at once, and everything is taken back once. A last command says that nothing is left.
//! Until then the member's record is due, and the sweeper goes on with a ban that a server left unfinished.

use std::sync::Arc;

use super::state::ProgramState;
use super::sweeper::Swept;
use super::{Ledger, SubmitError};
use crate::domain::decide::command::{Act, Command, Telling, Told};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::posted::Posted;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{MemberId, RequestId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::log::LogError;

/// Entries read, and commands queued, at a time: a batch that the lane commits at once, and that leaves room in the
/// queue for others.
const PAGE: u32 = 500;

/// Pages that one sweep takes back: 10,000 activities. Then other due items have their turn.
const SWEEP_PAGES_MAX: usize = 20;

/// Counts of everything that a ban took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revoked {
    /// Number of activities.
    pub activities: i64,
    /// Number of adjustments.
    pub adjustments: i64,
    /// The points that this moved.
    pub posted: Posted,
}

/// The entries that a ban takes back: those of the member before the ban, and those of everybody who was merged into
/// the member.
struct Before {
    members: Vec<MemberId>,
    chains: Vec<Seq>,
}

impl Ledger {
    /// Takes back what a member had earned and been given before a ban, and says so in the log. Returns what the ban
    /// took back in all. When called again, it goes on where it stopped.
    ///
    /// # Errors
    /// [`SubmitError`] when it stopped. What was taken back by then stays so.
    pub async fn revoke_all(&self, program: &Arc<ProgramState>, ban: &Entry) -> Result<Revoked, SubmitError> {
        let is_over = self.is_completed(program, ban).await?;
        let mut before = Before::of(ban);
        while let Some(page) = before.next_page(self, program).await? {
            if !is_over {
                self.take_back(program, ban, &page).await?;
            }
        }
        if !is_over {
            self.complete(program, ban).await?;
        }
        let mut entries = Vec::new();
        for member in &before.members {
            entries.extend(self.since(program, ban, member).await?);
        }
        entries.sort_unstable_by_key(|entry| entry.seq);
        Ok(Revoked::by(ban, &entries))
    }

    /// Goes on with interrupted bans, as far as one sweep goes. `bans` are the seqs of their entries.
    pub(super) async fn resume_bans(&self, program: &Arc<ProgramState>, bans: &[Seq]) -> Swept {
        let mut swept = Swept::default();
        let mut pages_left = SWEEP_PAGES_MAX;
        for &ban in bans {
            match self.resume(program, ban, &mut pages_left).await {
                Ok(true) => swept.posted += 1,
                // The next sweep goes on.
                Ok(false) | Err(SubmitError::Overloaded | SubmitError::Unavailable | SubmitError::ClockOff { .. }) => {
                    swept.failed += 1;
                    break;
                }
                Err(error) => {
                    tracing::warn!(program = %program.id, %ban, %error, "a ban that was interrupted cannot be ended");
                    swept.failed += 1;
                }
            }
        }
        swept
    }

    /// Goes on with a ban, and returns true when that completed it.
    async fn resume(&self, program: &Arc<ProgramState>, ban: Seq, pages_left: &mut usize) -> Result<bool, SubmitError> {
        let read = self.log().entries(&program.id, ban.previous(), 1).await;
        let Some(ban) = read.map_err(|error| SubmitError::from_read(&error))?.pop() else {
            return Err(SubmitError::Corrupt);
        };
        let mut before = Before::of(&ban);
        while let Some(page) = before.next_page(self, program).await? {
            if *pages_left == 0 {
                return Ok(false);
            }
            // Pages that were taken back before cost little.
            *pages_left -= usize::from(self.take_back(program, &ban, &page).await?);
        }
        self.complete(program, &ban).await?;
        Ok(true)
    }

    /// Takes back what entries gave, and returns true when any of it had still stood.
    async fn take_back(&self, program: &Arc<ProgramState>, ban: &Entry, page: &[Entry]) -> Result<bool, SubmitError> {
        let known = program.head_seq();
        let commands = page.iter().filter_map(|entry| taking_back(program, ban, entry)).collect();
        let mut stood = false;
        for answer in self.submit_all(program, commands, None).await {
            match answer {
                Ok(entry) => stood |= entry.seq > known,
                // It did not stand any more.
                Err(SubmitError::Rejected(Rejection::ActivityReversed { .. } | Rejection::WrongState { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stood)
    }

    /// Says that everything is taken back. It is said once, by whichever server gets there.
    async fn complete(&self, program: &Arc<ProgramState>, ban: &Entry) -> Result<(), SubmitError> {
        let Some(member) = ban.member.clone() else { return Err(SubmitError::Corrupt) };
        let (id, act) = (RequestId::completing(ban.seq.get()), Act::CompleteBan(member, ban.seq));
        self.submit(program, Command::own(&program.secret, id, PrincipalId::goodturn(), act), None).await?;
        Ok(())
    }

    async fn is_completed(&self, program: &ProgramState, ban: &Entry) -> Result<bool, SubmitError> {
        let Some(member) = ban.member.clone() else { return Err(SubmitError::Corrupt) };
        let read = self.record(program, &RecordKey::Member(member)).await;
        match read.map_err(|error| SubmitError::from_read(&error))? {
            Some(Record::Member(known)) => Ok(known.revoked_at.is_some()),
            _ => Ok(false),
        }
    }

    /// Returns the entries recorded of a member after a ban.
    async fn since(
        &self,
        program: &Arc<ProgramState>,
        ban: &Entry,
        member: &MemberId,
    ) -> Result<Vec<Entry>, SubmitError> {
        let account = self.account(program, member).await.map_err(|error| SubmitError::from_read(&error))?.0;
        let mut from = account.last_seq;
        let mut since = Vec::new();
        while from > ban.seq {
            let page = self.history(program, from).await?;
            from = page.last().map_or(Seq::ZERO, |last| last.prev_seq);
            since.extend(page.into_iter().filter(|entry| entry.seq > ban.seq));
        }
        Ok(since)
    }

    async fn history(&self, program: &ProgramState, from: Seq) -> Result<Vec<Entry>, SubmitError> {
        let read: Result<_, LogError> = self.log().history(&program.id, from, PAGE).await;
        read.map_err(|error| SubmitError::from_read(&error))
    }
}

impl Revoked {
    /// Sums up what the commands of a ban took back. `entries` are those recorded of its members after it, in order.
    fn by(ban: &Entry, entries: &[Entry]) -> Self {
        let mut revoked = Self::default();
        let mut own: Vec<&Entry> = Vec::new();
        for entry in entries {
            let is_own = match entry.command_name() {
                Some(name) => name.source == SourceId::goodturn() && name.id.is_revoking(ban.seq.get()),
                // It was written by the same act as the entry before it.
                None => own.last().is_some_and(|last| last.seq.next() == entry.seq),
            };
            if is_own {
                revoked.activities += i64::from(entry.kind == EntryKind::ActivityReversed);
                revoked.adjustments += i64::from(entry.kind == EntryKind::AdjustmentRevoked);
                own.push(entry);
            }
        }
        Self { posted: Posted::by(own), ..revoked }
    }
}

impl Before {
    fn of(ban: &Entry) -> Self {
        Self { members: ban.member.iter().cloned().collect(), chains: vec![ban.prev_seq] }
    }

    /// Returns the next page of a history, newest first; `None` after the last.
    async fn next_page(&mut self, ledger: &Ledger, program: &ProgramState) -> Result<Option<Vec<Entry>>, SubmitError> {
        while let Some(from) = self.chains.pop() {
            let page = if from > Seq::ZERO { ledger.history(program, from).await? } else { Vec::new() };
            let Some(last) = page.last() else { continue };
            for (member, merged) in page.iter().filter_map(merged_here) {
                self.members.push(member);
                self.chains.push(merged);
            }
            self.chains.push(last.prev_seq);
            return Ok(Some(page));
        }
        Ok(None)
    }
}

/// Returns the member whom an entry merges into its own member, and the last entry of the merged one before that.
fn merged_here(entry: &Entry) -> Option<(MemberId, Seq)> {
    let Fact::Merge(fact) = &entry.fact else { return None };
    if entry.kind != EntryKind::MemberMerged {
        return None;
    }
    // The entry of the merged member stands right before it.
    (entry.member.as_ref() == Some(&fact.into)).then(|| (fact.from.clone(), entry.seq.previous()))
}

/// Returns the command that takes back what an entry gave; `None` when it can give nothing, now or later.
fn taking_back(program: &ProgramState, ban: &Entry, entry: &Entry) -> Option<Command> {
    let act = match &entry.fact {
        Fact::Activity(fact) if !entry.parts(fact).is_empty() => Act::Tell(Box::new(Telling {
            source: entry.source.clone(),
            activity: entry.activity_id()?,
            told: Told::Reversed(Reason::Fraud),
            occurred_at: ban.recorded_at,
        })),
        Fact::Adjustment(fact) if entry.kind == EntryKind::PointsAdjusted && fact.points > 0 => {
            Act::RevokeAdjustment(fact.id.clone())
        }
        _ => return None,
    };
    let id = RequestId::revoking(ban.seq.get(), entry.seq.get());
    Some(Command::own(&program.secret, id, ban.principal.clone(), act))
}
