//! Rules, activities and reversals.

use super::super::bucket::Bucket;
use super::super::command::{QualifiedActivity, Reversal};
use super::super::encoding::Note;
use super::super::entry::EntryKind;
use super::super::fact::{ActivityFact, Fact, ReversalFact};
use super::super::fold::State;
use super::super::program::Program;
use super::super::record::{Record, RecordKey};
use super::super::rejection::Rejection;
use super::super::rules::RuleSet;
use super::{Draft, Moment, shift};

/// The first version may begin at any time: nothing was decided yet. Later ones may not rewrite what was.
pub(super) fn publish_rule_set(state: &impl State, rules: &RuleSet, moment: &Moment) -> Result<Vec<Draft>, Rejection> {
    let program = the_program(state)?;
    let expected = program.rule_version + 1;
    if rules.version != expected {
        return Err(Rejection::RuleSetVersion { expected });
    }
    if let Some(earliest) = program.rules_in_force_from.map(|before| before.max(moment.now))
        && rules.in_force_from < earliest
    {
        return Err(Rejection::RuleSetBackdated { earliest });
    }
    Ok(vec![Draft::act(EntryKind::RuleSetPublished, moment, Fact::RuleSet(rules.clone()))])
}

/// A declined activity is recorded too, with the reason.
pub(super) fn record_activity(qualified: &QualifiedActivity, note: Option<&Note>) -> Result<Vec<Draft>, Rejection> {
    let QualifiedActivity { activity, qualified, local_day, epoch: _ } = qualified;
    Ok(vec![Draft {
        kind: EntryKind::ActivityRecorded,
        member: Some(activity.member.clone()),
        movement: shift(Bucket::Issued, Bucket::Available, qualified.raw_points)?,
        occurred_at: activity.occurred_at,
        local_day: *local_day,
        refers: None,
        rule_version: qualified.version,
        rule: qualified.rule.clone(),
        raw_points: qualified.raw_points,
        reason: qualified.declined,
        fact: Fact::Activity(ActivityFact {
            kind: activity.kind.clone(),
            counterparty: activity.counterparty.clone(),
            subject: activity.subject.clone(),
            amount_minor: activity.amount_minor,
        }),
        note_digest: note.map(Note::digest),
    }])
}

/// Once an activity, always in full. Available points go down to the debt limit at most; the rest is written off.
///
/// 100 to take back from 30 available with a debt limit of 50: 80 from available, which leaves −50; 20 written off.
pub(super) fn reverse_activity(
    state: &impl State,
    reversal: &Reversal,
    note: Option<&Note>,
) -> Result<Vec<Draft>, Rejection> {
    let key = RecordKey::Reversal(reversal.source.clone(), reversal.activity.clone());
    if let Some(Record::Reversal(by)) = state.record(&key) {
        return Err(Rejection::ActivityReversed { by: *by });
    }
    let debt_limit = the_program(state)?.terms.debt_limit_points;
    let available = state.account(&reversal.member).map_or(0, super::super::account::Account::available);
    let taken = reversal.credited.min(available.saturating_add(debt_limit).max(0));
    let written_off = reversal.credited - taken;

    let draft = |kind, movement, note_digest| Draft {
        kind,
        member: Some(reversal.member.clone()),
        movement,
        occurred_at: reversal.occurred_at,
        local_day: reversal.local_day,
        refers: Some(reversal.refers),
        rule_version: 0,
        rule: None,
        raw_points: 0,
        reason: Some(reversal.reason),
        fact: Fact::Reversal(ReversalFact {
            source: reversal.source.clone(),
            activity: reversal.activity.clone(),
            kind: reversal.kind.clone(),
        }),
        note_digest,
    };
    let mut drafts = vec![draft(
        EntryKind::ActivityReversed,
        shift(Bucket::Available, Bucket::Issued, taken)?,
        note.map(Note::digest),
    )];
    if let Some(loss) = shift(Bucket::WrittenOff, Bucket::Issued, written_off)? {
        drafts.push(draft(EntryKind::ReversalWrittenOff, Some(loss), None));
    }
    Ok(drafts)
}

fn the_program(state: &impl State) -> Result<&Program, Rejection> {
    match state.record(&RecordKey::Program) {
        Some(Record::Program(program)) => Ok(program),
        _ => Err(Rejection::NotFound { resource: "the programme".into() }),
    }
}
