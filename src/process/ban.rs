//! Taking back what a banned member earned: each activity and each adjustment by a command of its own.
//!
//! Their ids follow from the ban and from what is taken back, so that the work can be begun again wherever it stopped, and by
//! several at once: everything is taken back once. A last command says that nothing is left; until then the member's record is
//! due, and the sweeper goes on where a server ended in the middle.

use std::sync::Arc;

use super::{Swept, passes, to_its_end};
use crate::domain::decide::command::{Act, Command, Telling};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::told::Told;
use crate::domain::project::posted::Posted;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{MemberId, RequestId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::log::entry_at;

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

/// Takes back what a member had earned and been given before a ban, and says so in the log. Returns what the ban took
/// back in all. When called again, it goes on where it stopped. It goes on when the caller stops waiting, too.
///
/// # Errors
/// [`SubmitError`] when it stopped. What was taken back by then stays so.
pub async fn revoke_all(
    ledger: Arc<Ledger>,
    program: Arc<ProgramState>,
    ban: Arc<Entry>,
) -> Result<Revoked, SubmitError> {
    let revoked = async move { Ban::of(&ledger, &program, &ban)?.revoke_all().await };
    to_its_end(revoked).await.unwrap_or(Err(SubmitError::OutcomeUnknown))
}

/// Goes on with interrupted bans, as far as one sweep goes. `bans` are the seqs of their entries.
pub(super) async fn resume_all(ledger: &Ledger, program: &Arc<ProgramState>, bans: &[Seq]) -> Swept {
    let mut swept = Swept::default();
    let mut pages_left = SWEEP_PAGES_MAX;
    for &ban in bans {
        match resume(ledger, program, ban, &mut pages_left).await {
            Ok(true) => swept.posted += 1,
            Err(error) if !passes(&error) => {
                tracing::warn!(program = %program.id, %ban, %error, "a ban that was interrupted cannot be ended");
                swept.failed += 1;
            }
            // The next sweep goes on.
            Ok(false) | Err(_) => {
                swept.failed += 1;
                break;
            }
        }
    }
    swept
}

/// Goes on with a ban, and returns true when that completed it.
async fn resume(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    ban: Seq,
    pages_left: &mut usize,
) -> Result<bool, SubmitError> {
    let entry = entry_at(&**ledger.log(), &program.id, ban).await?.ok_or(SubmitError::Corrupt)?;
    let ban = Ban::of(ledger, program, &entry)?;
    let mut before = ban.before();
    while let Some(page) = ban.next_page(&mut before).await? {
        if *pages_left == 0 {
            return Ok(false);
        }
        // Pages that were taken back before cost little.
        *pages_left -= usize::from(ban.take_back(&page).await?);
    }
    ban.complete().await?;
    Ok(true)
}

/// A ban, with its entry and its member.
struct Ban<'a> {
    ledger: &'a Ledger,
    program: &'a Arc<ProgramState>,
    entry: &'a Entry,
    member: &'a MemberId,
}

/// The entries that a ban takes back: those of the member before the ban, and those of everybody who was merged into
/// the member.
struct Before {
    members: Vec<MemberId>,
    chains: Vec<Seq>,
}

impl<'a> Ban<'a> {
    fn of(ledger: &'a Ledger, program: &'a Arc<ProgramState>, entry: &'a Entry) -> Result<Self, SubmitError> {
        let member = entry.member.as_ref().ok_or(SubmitError::Corrupt)?;
        Ok(Self { ledger, program, entry, member })
    }

    async fn revoke_all(&self) -> Result<Revoked, SubmitError> {
        let is_over = self.is_completed().await?;
        let mut before = self.before();
        while let Some(page) = self.next_page(&mut before).await? {
            if !is_over {
                self.take_back(&page).await?;
            }
        }
        if !is_over {
            self.complete().await?;
        }
        let mut entries = Vec::new();
        for member in &before.members {
            entries.extend(self.since(member).await?);
        }
        entries.sort_unstable_by_key(|entry| entry.seq);
        Ok(Revoked::by(self.entry, &entries))
    }

    fn before(&self) -> Before {
        Before { members: vec![self.member.clone()], chains: vec![self.entry.prev_seq] }
    }

    /// Returns the next page of a history, newest first; `None` after the last.
    async fn next_page(&self, before: &mut Before) -> Result<Option<Vec<Entry>>, SubmitError> {
        while let Some(from) = before.chains.pop() {
            let page = if from > Seq::ZERO { self.history(from).await? } else { Vec::new() };
            let Some(last) = page.last() else { continue };
            for (member, merged) in page.iter().filter_map(merged_here) {
                before.members.push(member);
                before.chains.push(merged);
            }
            before.chains.push(last.prev_seq);
            return Ok(Some(page));
        }
        Ok(None)
    }

    /// Takes back what entries gave, and returns true when any of it had still stood.
    async fn take_back(&self, page: &[Entry]) -> Result<bool, SubmitError> {
        let known = self.program.head_seq();
        let commands = page.iter().filter_map(|entry| taking_back(self.program, self.entry, entry)).collect();
        let mut stood = false;
        for answer in self.ledger.submit_all(self.program, commands, None).await {
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
    async fn complete(&self) -> Result<(), SubmitError> {
        let ban = self.entry.seq;
        let (id, act) = (RequestId::completing(ban.get()), Act::CompleteBan(self.member.clone(), ban));
        let command = Command::own(&self.program.secret, id, PrincipalId::goodturn(), act);
        self.ledger.submit(self.program, command, None).await?;
        Ok(())
    }

    async fn is_completed(&self) -> Result<bool, SubmitError> {
        match self.ledger.record(self.program, &RecordKey::Member(self.member.clone())).await? {
            Some(Record::Member(known)) => Ok(known.revoked_at.is_some()),
            _ => Ok(false),
        }
    }

    /// Returns the entries recorded of a member after the ban.
    async fn since(&self, member: &MemberId) -> Result<Vec<Entry>, SubmitError> {
        let mut from = self.ledger.account(self.program, member).await?.0.last_seq;
        let mut since = Vec::new();
        while from > self.entry.seq {
            let page = self.history(from).await?;
            from = page.last().map_or(Seq::ZERO, |last| last.prev_seq);
            since.extend(page.into_iter().filter(|entry| entry.seq > self.entry.seq));
        }
        Ok(since)
    }

    async fn history(&self, from: Seq) -> Result<Vec<Entry>, SubmitError> {
        Ok(self.ledger.log().history(&self.program.id, from, PAGE).await?)
    }
}

impl Revoked {
    /// What the commands of a ban took back, given what was recorded of its members after it, in order.
    fn by(ban: &Entry, entries: &[Entry]) -> Self {
        let mut revoked = Self::default();
        let mut own: Vec<&Entry> = Vec::new();
        for entry in entries {
            let is_own = match entry.command_name() {
                Some(name) => name.source == SourceId::goodturn() && name.id.is_revoking(ban.seq.get()),
                // Written by the same act as the one before it.
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

/// Returns the member whom an entry merges into its own member, and the last entry of the merged one before that.
fn merged_here(entry: &Entry) -> Option<(MemberId, Seq)> {
    let Fact::Merge(fact) = &entry.fact else { return None };
    if entry.kind != EntryKind::MemberMerged {
        return None;
    }
    // The other's entry stands right before it.
    (entry.member.as_ref() == Some(&fact.into)).then(|| (fact.from.clone(), entry.seq.previous()))
}

/// The command that takes back what an entry gave; `None` where it can give nothing, now or later.
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
