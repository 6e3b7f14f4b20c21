//! The fate of an activity: by rule, by cap, by entry, and together.

use super::activity::decline_reason;
use super::{date, money, time};
use crate::domain::entry::Entry;
use crate::domain::entry::earning::{ActivityFact, PartChange};
use crate::domain::entry::fact::Fact;
use crate::domain::project::posted::Posted;
use crate::domain::state::earning::Earning;
use crate::domain::terms::activity::Attributes;
use crate::domain::terms::caps::CapWindow;
use crate::domain::terms::rules::judge::Verdict;
use crate::domain::terms::rules::set::Rule;
use crate::domain::value::money::Currency;
use crate::domain::value::reason::Reason;
use crate::export::sentence::Context;
use crate::pb;

/// Returns the verdict and the points of each rule of an activity's kind, in the version that decided it. When the
/// attributes were erased, the entry says which rules applied.
pub(crate) fn outcomes(
    entry: &Entry,
    known: Option<&Earning>,
    attributes: Option<Attributes>,
    context: &Context<'_>,
) -> Vec<pb::RuleOutcome> {
    let Fact::Activity(fact) = &entry.fact else { return Vec::new() };
    let is_erased = attributes.is_none();
    let Some(activity) = entry.activity(fact, attributes.unwrap_or_default()) else { return Vec::new() };
    let parts = entry.parts(fact);
    let Some(at) = entry.local_time(fact) else { return Vec::new() };
    let verdicts = context.rules.verdicts(entry.rule_version, &entry.source, &activity, at);
    let is_only = verdicts.len() == 1;
    let outcome = |(rule, verdict): &(&Rule, Verdict)| {
        if let Some(part) = parts.iter().find(|part| part.rule == rule.id) {
            return applied(rule, part, fact, known, context);
        }
        let is_unknown = is_erased && rule.condition.is_some();
        let why = match verdict {
            // Verdicts that do not depend on attributes.
            Verdict::Declines(why @ (Reason::SelfDealing | Reason::NoRuleInForce)) => Some(*why),
            _ if is_unknown => entry.reason.filter(|_| is_only),
            Verdict::Declines(why) => Some(*why),
            // The rules gave it to the ledger, and the ledger refused it.
            Verdict::Applies => match entry.reason {
                Some(Reason::Superseded | Reason::Suspended | Reason::Merged | Reason::SelfDealing) => entry.reason,
                _ => rule.follows.is_some().then_some(Reason::NothingToFollow),
            },
        };
        let (rule_id, decline_reason) = (rule.id.to_string(), decline_reason(why).into());
        pb::RuleOutcome { rule_id, decline_reason, ..Default::default() }
    };
    verdicts.iter().map(outcome).collect()
}

fn applied(
    rule: &Rule,
    part: &PartChange,
    fact: &ActivityFact,
    known: Option<&Earning>,
    context: &Context<'_>,
) -> pb::RuleOutcome {
    let now = known.and_then(|known| known.parts.iter().find(|now| now.rule == rule.id));
    let brings = now.map_or(part.brings, |now| now.brings);
    let caps = part.caps.iter().enumerate().map(|(index, flow)| {
        let passed = part.caps.get(index + 1).map_or(part.passes, |next| next.change);
        let window = context.rules.window(&flow.period.cap).filter(|window| *window != CapWindow::Lifetime);
        pb::CapOutcome {
            cap_id: flow.period.cap.to_string(),
            first_day: window.map(|_| date(flow.period.first_day)),
            last_day: window.map(|window| date(window.last_day(flow.period.first_day))),
            limit_points: context.rules.limit(&flow.period, context.zone).unwrap_or_default(),
            flowed_in_points: flow.change.total,
            passed_points: passed.total,
            hour: flow.period.hour.map(|hour| hour.get().into()),
        }
    });
    pb::RuleOutcome {
        rule_id: rule.id.to_string(),
        applied: true,
        decline_reason: pb::DeclineReason::Unspecified.into(),
        raw_points: rule.points(fact.measure()).unwrap_or_default(),
        caps: caps.collect(),
        credited_points: part.passes.confirmed,
        pending_points: part.passes.waiting(),
        brings_points: brings.confirmed,
        brings_pending_points: brings.waiting(),
    }
}

/// Returns the change that an entry made to an activity, without its sentence.
pub(crate) fn change(entry: &Entry, currency: Currency) -> pb::ActivityChange {
    let posted = Posted::by([entry]);
    let (refunded_minor, quantity) = match &entry.fact {
        Fact::Earning(fact) => (fact.refunded_minor, fact.refunded_quantity),
        _ => (0, 0),
    };
    pb::ActivityChange {
        seq: entry.seq.get(),
        kind: entry.kind.name().into(),
        occurred_at: Some(time(entry.occurred_at)),
        recorded_at: Some(time(entry.recorded_at)),
        available_points: posted.available(),
        pending_points: posted.pending(),
        reserved_points: -posted.taken_reserved,
        written_off_points: posted.written_off,
        reason: entry.reason.map(|reason| reason.name().into()).unwrap_or_default(),
        principal: entry.principal.to_string(),
        request_id: entry.request.as_ref().map(|request| request.id.to_string()).unwrap_or_default(),
        amount: (refunded_minor > 0).then(|| money(refunded_minor, currency)),
        quantity,
        ..Default::default()
    }
}

/// Returns the points that an activity brought, and the rest that is left of them.
pub(crate) fn totals(posted: Posted) -> pb::ActivityTotals {
    pb::ActivityTotals {
        earned_points: posted.earned(),
        credited_points: posted.credited(),
        pending_points: posted.pending(),
        taken_back_points: posted.taken_back(),
        written_off_points: posted.written_off,
    }
}
