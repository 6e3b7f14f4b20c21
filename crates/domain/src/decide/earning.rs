//! Rules, and the activities that earn by them.
//!
//! After every event of an activity, its parts are computed anew from all that is known of the activity. The
//! differences flow through the caps, and the points that pass are posted. So the order in which facts arrive does not
//! matter.

use crate::decide::claims::{Claiming, Handover};
use crate::decide::command::QualifiedActivity;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_program;
use crate::decide::post::{Flows, Purse};
use crate::decide::reads::{early, followed, is_banned, person, shut_out};
use crate::decide::rejection::Rejection;
use crate::decide::telling::{about, posted};
use crate::entry::earning::{ActivityFact, Claims, PartChange};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::name::CommandName;
use crate::state::earning::{Earning, Later, Part};
use crate::state::get::State;
use crate::terms::caps::Flow;
use crate::terms::rules::book::Hit;
use crate::terms::rules::check::{check_succession, earliest_after};
use crate::terms::rules::set::{DAY_MICROS, Follows, Rule, RuleSet};
use crate::value::ids::SourceId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// The most points that the rules may give for one activity. Far above any purchase, and so far below the largest sum that what a
/// lifted ban gives back always has room.
pub(super) const ACTIVITY_POINTS_MAX: i64 = 10_000_000_000;

/// Publishes the next version of the rules.
pub(super) fn publish_rule_set(
    state: &impl State,
    rules: &RuleSet,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let program = the_program(state)?;
    let expected = program.rule_version.saturating_add(1);
    if rules.version != expected {
        return Err(Rejection::RuleSetVersion { expected });
    }
    if let Some(earliest) = earliest_after(program.rules_in_force_from, moment.now)
        && rules.in_force_from < earliest
    {
        return Err(Rejection::RuleSetBackdated { earliest });
    }
    // The parser checked the rules against each other.
    let before: Vec<&RuleSet> = moment.rules.versions().map(|version| &version.rules).collect();
    let problems = check_succession(&before, rules);
    if !problems.is_empty() {
        return Err(Rejection::RuleSetProblems { problems });
    }
    Ok(vec![Draft::act(EntryKind::RuleSetPublished, moment, Fact::RuleSet(rules.clone()))])
}

/// Records an activity. An activity that earns nothing is recorded, too, with the reason.
pub(super) fn record_activity(
    state: &impl State,
    name: &CommandName,
    qualified: &QualifiedActivity,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let early = early(state, &name.source, &qualified.id);
    let hits: Vec<&Hit> =
        qualified.qualified.hits.iter().filter(|hit| follows(state, name, qualified, hit, moment)).collect();
    let follows_nothing = hits.is_empty() && !qualified.qualified.hits.is_empty();
    let activity = &qualified.activity;
    let told = early.map(|early| early.counting(activity.occurred_at, activity.measure())).unwrap_or_default();
    let mut earning = begun(qualified, told.with_waits_ended(moment.now), moment.now);
    let set = moment.rules.version(qualified.qualified.version);
    earning.is_penalty = hits.iter().any(|hit| set.and_then(|set| set.rule(&hit.rule)).is_some_and(Rule::is_penalty));
    // A member who is suspended earns nothing, and is not spared a penalty.
    let shut_out = shut_out(state, qualified).filter(|why| !(earning.is_penalty && *why == Reason::Suspended));
    if shut_out.is_none() {
        earning.parts = hits.iter().map(|hit| Part::begun(&hit.rule, &hit.caps)).collect();
        let is_covered = !earning.is_penalty && !earning.parts.is_empty();
        earning.later.is_revoked = is_covered && is_banned(state, &activity.member);
    }
    // Only an activity to which a rule applies claims a key. That follows from what never changes: its facts and the
    // rules of its time. Where it must follow another, it follows from what was recorded before it.
    let claiming = if hits.is_empty() {
        Claiming::default()
    } else {
        Claiming::of(state, &name.source, qualified, &earning, moment)?
    };
    match claiming.claims {
        Some(_) => {
            earning.key = qualified.claim_key();
            earning.later.is_displaced = claiming.is_superseded;
        }
        // Another activity has the key for good, whatever becomes of a ban.
        None if claiming.is_superseded => {
            earning.parts.clear();
            earning.later.is_revoked = false;
        }
        None => {}
    }
    let refused = shut_out.or(match (follows_nothing, claiming.is_superseded && !hits.is_empty()) {
        (true, _) => Some(Reason::NothingToFollow),
        (false, true) => Some(Reason::Superseded),
        (false, false) => qualified.qualified.declined,
    });

    let mut flows = Flows::new(state, moment);
    // Points that are taken back flow out of the caps first, so that there is room. They are posted last, so that a
    // member who displaces their own activity has no debt in between. Each leg counts on the day of its own activity.
    let displaced = claiming.displaces.map(|held| Handover::taken(&mut flows, held, moment)).transpose()?;
    earning.due_at = earning.next_due(moment.rules);
    let raw_points = raw_points(&earning, moment)?;
    let (parts, passes) = flows.repost(&mut earning)?;
    earning.declined = declined(&earning, &parts, passes, moment).or(refused);

    let by = earning.taker(&name.source, &qualified.id);
    let purse = Purse::of(state, &earning.member, None)?.earning(&by, passes.confirmed, &flows)?;
    let recorded = fact(&earning, qualified, parts, &claiming, raw_points, purse.given_back());
    let first = about(EntryKind::ActivityRecorded, &earning, Fact::Activity(Box::new(recorded)));
    let rule = first.rule.clone().or_else(|| qualified.qualified.rule.clone());
    let first = Draft { raw_points, reason: earning.declined, rule, ..first };
    let mut drafts = posted(first, &name.source, &qualified.id, &earning, purse, passes)?;
    if let Some(displaced) = displaced {
        drafts.extend(displaced.drafts(state, &flows, &drafts, earning.occurred_at, moment)?);
    }
    Ok(drafts)
}

/// Makes the activity as it comes, before its points are known.
fn begun(qualified: &QualifiedActivity, later: Later, now: Micros) -> Earning {
    Earning {
        seq: Seq::ZERO,
        recorded_at: now,
        member: qualified.activity.member.clone(),
        kind: qualified.activity.kind.clone(),
        occurred_at: qualified.activity.occurred_at,
        local_day: qualified.local.day(),
        amount_minor: qualified.activity.amount_minor,
        version: qualified.qualified.version,
        declined: None,
        parts: Vec::new(),
        key: None,
        is_penalty: false,
        later,
        due_at: None,
        quantity: qualified.activity.quantity,
    }
}

/// Returns whether an activity follows another as the rule demands; true when the rule demands nothing.
fn follows(
    state: &impl State,
    name: &CommandName,
    qualified: &QualifiedActivity,
    hit: &Hit,
    moment: &Moment<'_>,
) -> bool {
    let rule = moment.rules.version(qualified.qualified.version).and_then(|set| set.rule(&hit.rule));
    let follows = rule.and_then(|rule| rule.follows.as_ref());
    follows.is_none_or(|follows| does_follow(state, &name.source, qualified, follows, moment))
}

fn does_follow(
    state: &impl State,
    source: &SourceId,
    by: &QualifiedActivity,
    follows: &Follows,
    moment: &Moment<'_>,
) -> bool {
    let Some(before) = followed(state, source, by) else { return false };
    let rule = moment.rules.version(before.version).and_then(|set| set.rule(&follows.rule));
    let term = i64::from(follows.within_days) * DAY_MICROS;
    let at = by.activity.occurred_at;
    // The accounts of a person who was merged are one.
    person(state, &before.member) == person(state, &by.activity.member)
        && before.was_decided_by(&follows.rule, follows.past_cap)
        && rule.is_some_and(|rule| before.stands_by(rule, moment.now))
        && before.occurred_at <= at
        && at <= before.occurred_at.plus(term)
}

/// Returns the points that the rules give, before any reduction.
fn raw_points(earning: &Earning, moment: &Moment<'_>) -> Result<i64, Rejection> {
    let mut points = earning.parts.iter().map(|part| {
        let rule = moment.rules.version(earning.version)?.rule(&part.rule)?;
        rule.points(earning.measure())
    });
    let sum = points.try_fold(0_i64, |sum, points| sum.checked_add(points?));
    sum.filter(|sum| *sum <= ACTIVITY_POINTS_MAX).ok_or(Rejection::POINTS_OVERFLOW)
}

/// Returns the reason why an activity earns nothing although rules apply.
fn declined(earning: &Earning, parts: &[PartChange], passes: Flow, moment: &Moment<'_>) -> Option<Reason> {
    let brings_something = parts.iter().any(|part| part.brings != Flow::ZERO);
    let is_full = brings_something && passes == Flow::ZERO;
    let ended_unconfirmed = !brings_something && earning.ended_unconfirmed(moment.rules);
    let taken_back = earning.later.reversal().filter(|_| !parts.is_empty()).map(|(_, reason)| reason);
    let banned = earning.later.is_revoked.then_some(Reason::Suspended);
    taken_back
        .or(banned)
        .or(is_full.then_some(Reason::CapFull))
        .or(ended_unconfirmed.then_some(Reason::Unconfirmed))
        .or_else(|| earning.nothing_by_measure(moment.rules))
}

fn fact(
    earning: &Earning,
    qualified: &QualifiedActivity,
    parts: Vec<PartChange>,
    claiming: &Claiming<'_>,
    raw_points: i64,
    given_back: i64,
) -> ActivityFact {
    let has_term = parts.iter().any(|part| part.brings.waiting() != 0) || earning.due_at.is_some();
    let all = Flow { confirmed: raw_points, total: raw_points };
    let is_plain = matches!(&parts[..], [part] if part.caps.is_empty() && part.brings == all)
        && earning.declined.is_none()
        && !has_term
        && !matches!(claiming.claims, Some(Claims::Candidate(_)));
    ActivityFact {
        kind: earning.kind.clone(),
        counterparty: qualified.activity.counterparty.clone(),
        subject: qualified.activity.subject.clone(),
        amount_minor: earning.amount_minor,
        exclusive_key: qualified.activity.exclusive_key.clone(),
        follows: qualified.activity.follows.clone(),
        claims: claiming.claims.clone(),
        due_at: earning.due_at,
        parts: if is_plain { Vec::new() } else { parts },
        utc_offset_s: qualified.local.utc_offset_s(),
        excess_minor: earning.excess_minor(),
        quantity: earning.quantity,
        excess_quantity: earning.excess_quantity(),
        is_revoked: earning.later.is_revoked,
        given_back,
    }
}
