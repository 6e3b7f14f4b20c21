//! Deciding again: what activities, and what is told of them, must have written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::domain::command::{Act, Command, QualifiedActivity, Telling, Told};
use crate::domain::decide::{Draft, Moment, decide};
use crate::domain::encoding::{Note, decode};
use crate::domain::entry::{CommandName, Entry, Seq};
use crate::domain::fact::{ActivityFact, Fact, PartChange};
use crate::domain::fold::State;
use crate::domain::record::{Record, RecordKey};
use crate::domain::rules::{Attributes, Hit, Qualified, RuleBook};
use crate::domain::time::time_zone;

const DIFFERS: &str = "it credits something else than the rules in force give";

/// What is decided again, command by command.
#[derive(Default)]
pub(super) struct Decisions {
    /// Notes of the page being checked: attributes, for conditions.
    pub(super) notes: BTreeMap<Seq, Note>,
    /// Activities that entries of the page refer to, by name.
    pub(super) referred: BTreeMap<CommandName, Arc<Entry>>,
    /// What the command begun last must still write.
    expected: VecDeque<Draft>,
}

/// The activity whose entry is needed to decide on this one again.
pub(super) fn referred(entry: &Entry) -> Option<CommandName> {
    let (source, id) = match &entry.fact {
        Fact::Activity(fact) => (&entry.source, fact.follows.as_ref()?),
        Fact::Earning(fact) if fact.begins.is_some() || entry.member.is_none() => (&fact.source, &fact.activity),
        _ => return None,
    };
    Some(CommandName::recording(source.clone(), id))
}

/// Whether what an entry says follows from those before it, and from what it names of its command.
const fn is_decided_again(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Activity(_)
            | Fact::Earning(_)
            | Fact::PayoutReduction(_)
            | Fact::Adjustment(_)
            | Fact::AdjustmentMove(_)
            | Fact::Member(_)
            | Fact::Merge(_)
    )
}

impl Decisions {
    /// What is wrong with an entry that an activity wrote, if anything is.
    pub(super) fn check(&mut self, entry: &Entry, before: &impl State, rules: &RuleBook) -> Option<&'static str> {
        if !is_decided_again(&entry.fact) {
            return (!std::mem::take(&mut self.expected).is_empty())
                .then_some("an entry of the command before it is missing");
        }
        if entry.request.is_some() {
            let is_missing = !std::mem::take(&mut self.expected).is_empty();
            self.expected = self.decide(entry, before, rules).unwrap_or_default().into();
            if is_missing {
                return Some("an entry of the command before it is missing");
            }
        }
        match self.expected.pop_front() {
            Some(draft) if says(entry, &draft) => None,
            _ => Some(DIFFERS),
        }
    }

    /// What the command of an entry must write; `None` when it must write nothing.
    fn decide(&self, entry: &Entry, before: &impl State, rules: &RuleBook) -> Option<Vec<Draft>> {
        let Some(Record::Program(program)) = before.record(&RecordKey::Program) else { return None };
        let zone = time_zone(&program.terms.time_zone).ok()?;
        let moment = Moment { now: entry.recorded_at, zone, rules };
        let act = match &entry.fact {
            Fact::Activity(fact) => self.activity(entry, fact, &moment)?,
            Fact::Earning(fact) => {
                let told = Told::of(entry, fact)?;
                let (source, activity) = (fact.source.clone(), fact.activity.clone());
                let recorded = self.recorded_before(entry);
                Act::Tell(Box::new(Telling { source, activity, told, occurred_at: entry.occurred_at, recorded }))
            }
            Fact::Adjustment(fact) => fact.act(entry)?,
            Fact::Member(fact) => fact.act(entry)?,
            Fact::Merge(fact) => fact.act(),
            _ => return None,
        };
        let request = entry.request.as_ref()?;
        let (name, digest) = (entry.command_name()?, request.digest);
        let command = Command { name, digest, principal: entry.principal.clone(), act, note: None };
        decide(before, &command, &moment).ok()
    }

    fn activity(&self, entry: &Entry, fact: &ActivityFact, moment: &Moment<'_>) -> Option<Act> {
        let note = self.notes.get(&entry.seq);
        let attributes = note.and_then(|note| decode::<Attributes>(&note.text).ok()).unwrap_or_default();
        let activity = fact.activity(entry, attributes)?;
        let local_day = entry.occurred_at.day_in(&moment.zone);
        let mut qualified = moment.rules.qualify(&entry.source, &activity, local_day);
        if entry.note_digest.is_some() && note.is_none() {
            as_told(&mut qualified, entry, fact);
        }
        let followed = self.recorded_before(entry);
        let id = entry.activity_id()?;
        Some(Act::RecordActivity(Box::new(QualifiedActivity {
            id,
            activity,
            qualified,
            epoch: 0,
            local_day,
            followed,
        })))
    }

    fn recorded_before(&self, entry: &Entry) -> Option<Arc<Entry>> {
        let referred = self.referred.get(&referred(entry)?)?;
        (referred.seq < entry.seq).then(|| Arc::clone(referred))
    }
}

/// Attributes that were erased can no longer be asked: which rules applied is what the entry says.
fn as_told(qualified: &mut Qualified, entry: &Entry, fact: &ActivityFact) {
    let hit = |part: &PartChange| {
        let caps = part.caps.iter().map(|flow| flow.period.clone()).collect();
        Hit { rule: part.rule.clone(), caps }
    };
    qualified.hits = fact.all_parts(entry).iter().map(hit).collect();
    qualified.declined = entry.reason.filter(|_| qualified.hits.is_empty());
}

/// Whether an entry says what was decided.
fn says(entry: &Entry, draft: &Draft) -> bool {
    let moved = (entry.kind, &entry.member, entry.movement, entry.occurred_at, entry.local_day, entry.refers);
    let ruled = (entry.rule_version, &entry.rule, entry.raw_points, entry.reason);
    moved == (draft.kind, &draft.member, draft.movement, draft.occurred_at, draft.local_day, draft.refers)
        && ruled == (draft.rule_version, &draft.rule, draft.raw_points, draft.reason)
        && entry.fact == draft.fact
}
