//! Taking back what a banned member earned, and giving it back when the ban is lifted: each activity and each adjustment by
//! a command of its own.
//!
//! Their ids follow from the ban or its lifting and from what is taken or given back, so that the work can be begun again
//! wherever it stopped, and by several at once: everything is taken back once, and given back once. A last command says that
//! nothing is left; until then the member's record is due, and the sweeper goes on where a server ended in the middle.

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
use crate::domain::value::ids::{MemberId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::log::entry_at;

/// Entries read, and commands queued, at a time: a batch that the lane commits at once, and that leaves room in the
/// queue for others.
const PAGE: u32 = 500;

/// Pages that one sweep takes or gives back: 10,000 activities. Then other due items have their turn.
const SWEEP_PAGES_MAX: usize = 20;

/// Counts of everything that a ban took back, or that was given back when it was lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// Number of activities.
    pub activities: i64,
    /// Number of adjustments.
    pub adjustments: i64,
    /// The points that this moved.
    pub posted: Posted,
}

/// Takes back what a member had earned and been given before a ban, or gives it back after the ban was lifted, and says so
/// in the log. `begun` is the entry of the ban, or the one that lifted it. Returns what changed in all. When called again,
/// it goes on where it stopped. It goes on when the caller stops waiting, too.
///
/// # Errors
/// [`SubmitError`] when it stopped. What was taken or given back by then stays so.
pub async fn change_all(
    ledger: Arc<Ledger>,
    program: Arc<ProgramState>,
    begun: Arc<Entry>,
) -> Result<Changed, SubmitError> {
    let changed = async move { Ban::of(&ledger, &program, &begun)?.change_all().await };
    to_its_end(changed).await.unwrap_or(Err(SubmitError::OutcomeUnknown))
}

/// Goes on with interrupted bans and liftings, as far as one sweep goes. `begun` are the seqs of the entries that began
/// them.
pub(super) async fn resume_all(ledger: &Ledger, program: &Arc<ProgramState>, begun: &[Seq]) -> Swept {
    let mut swept = Swept::default();
    let mut pages_left = SWEEP_PAGES_MAX;
    for &seq in begun {
        match resume(ledger, program, seq, &mut pages_left).await {
            Ok(true) => swept.posted += 1,
            Err(error) if !passes(&error) => {
                tracing::warn!(program = %program.id, ban = %seq, %error, "a ban that was interrupted cannot be ended");
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

/// Goes on with a ban or its lifting, and returns true when that completed it.
async fn resume(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    begun: Seq,
    pages_left: &mut usize,
) -> Result<bool, SubmitError> {
    let entry = entry_at(&**ledger.log(), &program.id, begun).await?.ok_or(SubmitError::Corrupt)?;
    let ban = Ban::of(ledger, program, &entry)?;
    let mut before = ban.before();
    while let Some(page) = ban.next_page(&mut before).await? {
        if *pages_left == 0 {
            return Ok(false);
        }
        // Pages that were done before cost little.
        *pages_left -= usize::from(ban.change(&page).await?);
    }
    ban.complete().await?;
    Ok(true)
}

/// A ban or its lifting, with the entry that began it and its member.
struct Ban<'a> {
    ledger: &'a Ledger,
    program: &'a Arc<ProgramState>,
    entry: &'a Entry,
    member: &'a MemberId,
    way: Way,
}

/// The two ways of a ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The ban takes back.
    TakeBack,
    /// The ban was lifted, and what it took is given back.
    GiveBack,
}

/// The entries that a ban looks through: those of the member before the ban, and those of everybody who was merged into
/// the member.
struct Before {
    members: Vec<MemberId>,
    chains: Vec<Seq>,
}

impl<'a> Ban<'a> {
    fn of(ledger: &'a Ledger, program: &'a Arc<ProgramState>, entry: &'a Entry) -> Result<Self, SubmitError> {
        let member = entry.member.as_ref().ok_or(SubmitError::Corrupt)?;
        let way = if entry.kind == EntryKind::BanLifted { Way::GiveBack } else { Way::TakeBack };
        Ok(Self { ledger, program, entry, member, way })
    }

    async fn change_all(&self) -> Result<Changed, SubmitError> {
        let is_over = self.is_completed().await?;
        let mut before = self.before();
        while let Some(page) = self.next_page(&mut before).await? {
            if !is_over {
                self.change(&page).await?;
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
        Ok(Changed::by(self.entry, &entries))
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

    /// Takes or gives back what entries gave, and returns true when any of it was still to be done.
    async fn change(&self, page: &[Entry]) -> Result<bool, SubmitError> {
        let known = self.program.head_seq();
        let commands = page.iter().filter_map(|entry| self.changing(entry)).collect();
        let mut changed = false;
        for answer in self.ledger.submit_all(self.program, commands, None).await {
            match answer {
                Ok(entry) => changed |= entry.seq > known,
                // Nothing of it was left to do.
                Err(SubmitError::Rejected(Rejection::NothingDue | Rejection::WrongState { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(changed)
    }

    /// Returns the command that takes or gives back what an entry gave; `None` where it can give nothing, now or later.
    fn changing(&self, entry: &Entry) -> Option<Command> {
        let (told, id) = match self.way {
            Way::TakeBack => (Told::Revoked, RequestId::revoking(self.entry.seq.get(), entry.seq.get())),
            Way::GiveBack => (Told::Reinstated, RequestId::reinstating(self.entry.seq.get(), entry.seq.get())),
        };
        let act = match &entry.fact {
            Fact::Activity(fact) if !entry.parts(fact).is_empty() && !entry.is_of_penalty() => {
                Act::Tell(Box::new(Telling {
                    source: entry.source.clone(),
                    activity: entry.activity_id()?,
                    told,
                    occurred_at: self.entry.recorded_at,
                }))
            }
            Fact::Adjustment(fact) if entry.kind == EntryKind::PointsAdjusted && fact.points > 0 => match self.way {
                Way::TakeBack => Act::RevokeAdjustment(fact.id.clone()),
                Way::GiveBack => Act::ReinstateAdjustment(fact.id.clone()),
            },
            _ => return None,
        };
        Some(Command::own(&self.program.secret, id, self.entry.principal.clone(), act))
    }

    /// Says that everything is taken or given back. It is said once, by whichever server gets there.
    async fn complete(&self) -> Result<(), SubmitError> {
        let begun = self.entry.seq;
        let act = match self.way {
            Way::TakeBack => Act::CompleteBan(self.member.clone(), begun),
            Way::GiveBack => Act::CompleteBanLift(self.member.clone(), begun),
        };
        let id = RequestId::completing(begun.get());
        let command = Command::own(&self.program.secret, id, PrincipalId::goodturn(), act);
        self.ledger.submit(self.program, command, None).await?;
        Ok(())
    }

    async fn is_completed(&self) -> Result<bool, SubmitError> {
        match self.ledger.record(self.program, &RecordKey::Member(self.member.clone())).await? {
            Some(Record::Member(known)) => Ok(known.ban.is_none_or(|ban| ban.going_on() != Some(self.entry.seq))),
            _ => Ok(false),
        }
    }

    /// Returns the entries recorded of a member after it was begun.
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

impl Changed {
    /// Counts what the commands of a ban or of its lifting changed, given what was recorded of its members after it was
    /// begun, in order.
    fn by(begun: &Entry, entries: &[Entry]) -> Self {
        let mut changed = Self::default();
        let mut own: Vec<&Entry> = Vec::new();
        for entry in entries {
            use EntryKind::{ActivityReinstated, ActivityRevoked, AdjustmentReinstated, AdjustmentRevoked};
            let of_activity = matches!(entry.kind, ActivityRevoked | ActivityReinstated);
            let of_adjustment = matches!(entry.kind, AdjustmentRevoked | AdjustmentReinstated);
            let is_own = match entry.command_name() {
                // Only Goodturn makes such entries, and the id says for which ban. A client may have given the same id to
                // an act of another kind.
                Some(name) => (of_activity || of_adjustment) && name.id.is_changing(begun.seq.get()),
                // Written by the same act as the one before it.
                None => own.last().is_some_and(|last| last.seq.next() == entry.seq),
            };
            if is_own {
                changed.activities += i64::from(of_activity);
                changed.adjustments += i64::from(of_adjustment);
                own.push(entry);
            }
        }
        Self { posted: Posted::by(own), ..changed }
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
