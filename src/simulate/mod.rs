//! Simulation: the points that a draft of the rules would have given for the activities of a past period, against those
//! credited.
//!
//! The activities of the period, and the later reports of them, are decided again in the order of the log. The
//! functions are the usual ones; the state is a separate one. It begins empty, and only the draft is in force in it.
//! Nothing is recorded.
//!
//! Only activities of the period exist here. So claims and caps are empty on its first day, and an activity can follow
//! only one of the period. Points that a later activity took from one of the period stay with it, in the log's numbers
//! and in the draft's.

mod people;
mod tally;
mod trial;

use std::collections::BTreeSet;

use thiserror::Error;

use self::people::Banned;
pub use self::tally::{BANDS, Compared, Difference, DifferenceBand, Outcome, Sums};
use self::tally::{Side, Tally};
use self::trial::Trial;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::terms::program::ProgramTerms;
use crate::domain::terms::rules::set::{Rule, RuleSet};
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::{ActivityId, ProgramId, SourceId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Micros, UnknownTimeZone};
use crate::domain::value::window::Window;
use crate::log::{Log, LogError, next_page};

/// Entries read, and waiting times ended, before other tasks have their turn.
const PAGE: u32 = 1_000;

/// The question that a simulation answers.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The programme whose log is read.
    pub program: &'a ProgramId,
    /// The programme's terms.
    pub terms: &'a ProgramTerms,
    /// The draft, valid by itself. Its version and the time it comes into force are not looked at.
    pub draft: RuleSet,
    /// The days whose activities are looked at.
    pub period: Window,
    /// The last entry that is looked at.
    pub head: Seq,
    /// The time up to which waiting times have ended in the draft.
    pub now: Micros,
}

/// Reasons why there is no outcome.
#[derive(Debug, Error)]
pub enum SimulateError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ledger would refuse an activity under the draft, or a sum leaves the range of amounts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

/// Name of an activity within its programme.
type ActivityName = (SourceId, ActivityId);

/// Simulates a draft. The same log, question and time give the same outcome.
///
/// Reads the log twice: the later reports of an activity decide whether its entry must be kept until then. Memory grows
/// with members, caps and claims of the draft, activities with later reports, and activities that wait under the draft.
/// Dropping the future ends it.
///
/// # Errors
/// [`SimulateError`], as when the draft gives more than the ledger can hold.
pub async fn simulate(log: &dyn Log, question: &Question<'_>) -> Result<Outcome, SimulateError> {
    let (mut told_of, mut banned) = (BTreeSet::new(), Banned::default());
    let mut through = Seq::ZERO;
    while let Some(page) = next_page(log, question.program, &mut through, question.head, PAGE).await? {
        told_of.extend(page.iter().filter(|entry| question.is_about_period(entry)).filter_map(told_of_activity));
        for entry in &page {
            banned.take(entry);
        }
    }
    let mut run = Run {
        question,
        trial: Trial::new(question, told_of, banned).map_err(|_| Rejection::Inconsistent("a time zone is unknown"))?,
        tally: Tally::default(),
        counts: false,
    };
    through = Seq::ZERO;
    let mut before = Seq::ZERO;
    while let Some(page) = next_page(log, question.program, &mut through, question.head, PAGE).await? {
        let mut notes = log.notes(question.program, before, through).await?.into_iter().peekable();
        for entry in &page {
            while notes.next_if(|(seq, _)| *seq < entry.seq).is_some() {}
            run.take(entry, notes.next_if(|(seq, _)| *seq == entry.seq).map(|(_, note)| note).as_ref())?;
        }
        before = through;
    }
    for settled in 1_u32.. {
        if !run.end_next_wait(question.now)? {
            break;
        }
        if settled.is_multiple_of(PAGE) {
            tokio::task::yield_now().await;
        }
    }
    Ok(run.tally.outcome(question.head, question.now))
}

impl Question<'_> {
    /// True when the activity that an entry is about occurred in the period.
    fn is_about_period(&self, entry: &Entry) -> bool {
        self.period.contains(entry.local_day)
    }

    /// Returns the draft's rules for an activity of a kind.
    fn rules_for(&self, entry: &Entry) -> impl Iterator<Item = &Rule> {
        let kind = entry.fact.activity_kind();
        self.draft.rules.iter().filter(move |rule| kind == Some(&rule.kind))
    }
}

/// True when a rule asks for attributes. A text in the condition that holds the word counts as asking.
fn asks_for_attributes(rule: &Rule) -> bool {
    rule.condition.as_ref().is_some_and(|condition| condition.contains("attributes"))
}

/// Returns the recorded activity that an entry reports on.
fn told_of_activity(entry: &Entry) -> Option<ActivityName> {
    match &entry.fact {
        Fact::Earning(fact) if entry.member.is_some() && is_telling(entry) => {
            Some((fact.source.clone(), fact.activity.clone()))
        }
        _ => None,
    }
}

/// True when an entry is a source's report on an activity. What displaces an activity, ends its waiting time or covers it
/// by a ban follows from the rules and from what is known of its member.
fn is_telling(entry: &Entry) -> bool {
    entry.request.is_some()
        && matches!(
            entry.kind,
            EntryKind::ActivityReversed
                | EntryKind::ActivityRestored
                | EntryKind::ActivityRefunded
                | EntryKind::ActivityConfirmed
        )
}

/// A simulation under way.
struct Run<'a> {
    question: &'a Question<'a>,
    trial: Trial<'a>,
    tally: Tally,
    /// True when the command whose entries are being read is about an activity of the period.
    counts: bool,
}

impl Run<'_> {
    /// Takes one more entry of the log into account, on both sides.
    fn take(&mut self, entry: &Entry, note: Option<&Note>) -> Result<(), SimulateError> {
        if matches!(entry.fact, Fact::Member(_) | Fact::Merge(_)) {
            while self.end_next_wait(entry.recorded_at)? {}
            let written = self.trial.take_member(entry)?;
            return written.iter().try_for_each(|entry| self.tally.add(Side::Draft, entry)).map_err(Into::into);
        }
        if !matches!(entry.fact, Fact::Activity(_) | Fact::Earning(_) | Fact::PayoutReduction(_)) {
            return Ok(());
        }
        let is_about_period = self.question.is_about_period(entry);
        if entry.request.is_some() {
            self.counts = is_about_period;
        }
        if self.counts && is_about_period {
            self.tally.add(Side::Then, entry)?;
        }
        while self.end_next_wait(entry.recorded_at)? {}
        let written = match entry.kind {
            EntryKind::ActivityRecorded if is_about_period => {
                let is_erased = entry.note_digest.is_some() && note.is_none();
                let lacks_attributes = is_erased && self.question.rules_for(entry).any(asks_for_attributes);
                self.tally.count(entry, lacks_attributes);
                self.trial.record(entry, note, lacks_attributes)?
            }
            // A report that came before its activity may be about one of the period: that shows when the activity
            // comes.
            _ if is_telling(entry) && (is_about_period || entry.member.is_none()) => self.trial.tell(entry)?,
            _ => return Ok(()),
        };
        written.iter().try_for_each(|entry| self.tally.add(Side::Draft, entry))?;
        Ok(())
    }

    /// Ends the waiting time that ends first, if it is over; `false` when none is.
    fn end_next_wait(&mut self, now: Micros) -> Result<bool, SimulateError> {
        let Some(written) = self.trial.end_next_wait(now)? else { return Ok(false) };
        written.iter().try_for_each(|entry| self.tally.add(Side::Draft, entry))?;
        Ok(true)
    }
}

impl From<UnknownTimeZone> for SimulateError {
    fn from(_: UnknownTimeZone) -> Self {
        Rejection::Inconsistent("a programme's time zone is unknown").into()
    }
}
