//! Rule sets.

use super::{money, time};
use crate::domain::terms::caps::{Cap, CapWindow};
use crate::domain::terms::expiry::{Lasts, Policy, YearDay};
use crate::domain::terms::rules::set::{Holder, PublishedRuleSet, Reward, Rounding, Rule, Wait};
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::google::r#type::Date;
use crate::pb;
use crate::pb::expiry::Lasts as PbLasts;
use crate::pb::rule::Wait as PbWait;

pub(crate) fn rule_set(program: &ProgramId, currency: Currency, published: &PublishedRuleSet) -> pb::RuleSet {
    let rules = &published.rules;
    pb::RuleSet {
        name: format!("programs/{program}/ruleSets/{}", rules.version),
        in_force_from: Some(time(rules.in_force_from)),
        rules: rules.rules.iter().map(|it| rule(it, currency)).collect(),
        caps: rules.caps.iter().map(cap).collect(),
        digest: rules.digest().to_vec(),
        published_at: Some(time(published.published_at)),
        published_by: published.published_by.to_string(),
        expiry: rules.expiry.as_ref().map(expiry),
    }
}

fn expiry(policy: &Policy) -> pb::Expiry {
    // A published policy has at most 120 months, and 366 days.
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let lasts = match policy.lasts {
        Lasts::Months(months) => PbLasts::HorizonMonths(number(months)),
        Lasts::RollOnce => PbLasts::RollOnce(true),
        Lasts::Inactive(months) => PbLasts::InactiveMonths(number(months)),
    };
    let day = |day: &YearDay| Date { year: 0, month: day.month().into(), day: day.day().into() };
    pb::Expiry {
        lasts: Some(lasts),
        not_before_days: number(policy.not_before_days),
        days: policy.days.iter().map(day).collect(),
    }
}

fn rule(rule: &Rule, currency: Currency) -> pb::Rule {
    let (points, per_amount, rounding, per_quantity) = match rule.reward {
        Reward::Fixed { points } => (points, None, pb::Rounding::Unspecified, None),
        Reward::PerAmount { points, per_minor, rounding } => {
            let rounding = match rounding {
                Rounding::Down => pb::Rounding::Down,
                Rounding::HalfUp => pb::Rounding::HalfUp,
                Rounding::WholeSteps => pb::Rounding::WholeSteps,
            };
            (points, Some(money(per_minor, currency)), rounding, None)
        }
        Reward::PerQuantity { points, per_quantity } => (points, None, pb::Rounding::Unspecified, Some(per_quantity)),
    };
    // A published rule has 1 to 3,653 days.
    let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    pb::Rule {
        rule_id: rule.id.to_string(),
        activity_kind: rule.kind.to_string(),
        points,
        per_amount,
        condition: rule.condition.clone().unwrap_or_default(),
        cap_id: rule.cap.as_ref().map(ToString::to_string).unwrap_or_default(),
        wait: rule.wait.map(|wait| match wait {
            Wait::Confirmation { days: within } => PbWait::ConfirmWithinDays(days(within)),
            Wait::Vesting { days: after } => PbWait::VestAfterDays(days(after)),
        }),
        exclusive: rule.exclusive.as_ref().map(|exclusive| exclusive.space.to_string()).unwrap_or_default(),
        exclusive_holder: match rule.exclusive.as_ref().map(|exclusive| exclusive.holder) {
            None => pb::ExclusiveHolder::Unspecified,
            Some(Holder::Latest) => pb::ExclusiveHolder::Latest,
            Some(Holder::EarliestStanding) => pb::ExclusiveHolder::EarliestStanding,
        }
        .into(),
        follows: rule.follows.as_ref().map(|follows| pb::Follows {
            rule_id: follows.rule.to_string(),
            within_days: days(follows.within_days),
            past_cap: follows.past_cap,
        }),
        starts_at: rule.from.map(time),
        ends_at: rule.until.map(time),
        rounding: rounding.into(),
        per_quantity,
        max_points: rule.max_points,
        min_amount_left: rule.min_left_minor.map(|minor| money(minor, currency)),
    }
}

fn cap(cap: &Cap) -> pb::Cap {
    let window = match cap.window {
        CapWindow::Day => pb::CapWindow::Day,
        CapWindow::Week => pb::CapWindow::Week,
        CapWindow::Month => pb::CapWindow::Month,
        CapWindow::HalfYear => pb::CapWindow::HalfYear,
        CapWindow::HalfYearFromJune => pb::CapWindow::HalfYearFromJune,
        CapWindow::Year => pb::CapWindow::Year,
        CapWindow::Lifetime => pb::CapWindow::Lifetime,
        CapWindow::Hour => pb::CapWindow::Hour,
    };
    pb::Cap {
        cap_id: cap.id.to_string(),
        window: window.into(),
        limit_points: cap.limit_points,
        within_cap_id: cap.within.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
