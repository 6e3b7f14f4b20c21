//! Simulations.

use super::super::error::ApiError;
use super::Violations;
use super::rules::parse_content;
use crate::domain::terms::rules::set::RuleSet;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;
use crate::google::r#type::Money;
use crate::pb;

/// The largest number of winners, and of losers, listed: two screens of names.
const MEMBERS_MAX: usize = 100;

/// The number listed when the request sets none.
const MEMBERS: usize = 10;

/// The highest cost of a point, in main units. It is more than any point was ever worth, and the cost of all points
/// together still fits.
const VALUE_UNITS_MAX: i64 = 1_000_000;

/// A well-formed simulation.
#[derive(Debug)]
pub(crate) struct ParsedSimulation {
    pub(crate) program: ProgramId,
    pub(crate) draft: RuleSet,
    pub(crate) period: Window,
    /// The cost of a point, in billionths of the currency's main unit.
    pub(crate) value_nanos: Option<i128>,
    pub(crate) max_members: usize,
}

/// Reads a simulation. Without a currency the programme's name is wrong already, and amounts are not looked at.
pub(crate) fn parse_simulation(
    request: &pb::SimulateRuleSetRequest,
    currency: Option<Currency>,
) -> Result<ParsedSimulation, ApiError> {
    let mut violations = Violations::default();
    let program = violations.program("parent", &request.parent);
    let content = match violations.required("rule_set", request.rule_set.as_ref()) {
        Some(rule_set) => parse_content(&mut violations, rule_set, currency),
        None => None,
    };
    let first = violations.day("first_day", request.first_day);
    let last = violations.day("last_day", request.last_day);
    let period = first.zip(last).and_then(|(first, last)| {
        Window::range(first, last).or_else(|| violations.refuse("last_day", "is before the first"))
    });
    let value = request.value_per_point.as_ref().zip(currency);
    let value_nanos = value.map(|(value, currency)| value_per_point(&mut violations, value, currency));
    let max_members = match usize::try_from(request.max_members) {
        Ok(0) => Some(MEMBERS),
        Ok(max) if max <= MEMBERS_MAX => Some(max),
        _ => {
            let problem = format!("is {}; give 1 to {MEMBERS_MAX}, or 0 for {MEMBERS}", request.max_members);
            violations.refuse("max_members", problem)
        }
    };
    let parsed = (|| {
        let (rules, caps) = content?;
        Some(ParsedSimulation {
            program: program?,
            // None of these fields is looked at: the draft is in force for ever.
            draft: RuleSet {
                version: 1,
                in_force_from: Day::MIN.start_in(&jiff::tz::TimeZone::UTC),
                rules,
                caps,
                expiry: None,
            },
            period: period?,
            value_nanos: value_nanos.map_or(Some(None), |value| value.map(Some))?,
            max_members: max_members?,
        })
    })();
    violations.check(parsed)
}

/// Reads the cost of a point, in billionths. Unlike other money, it may have parts of a minor unit.
fn value_per_point(violations: &mut Violations, value: &Money, currency: Currency) -> Option<i128> {
    let field = "value_per_point";
    if value.currency_code != currency.code() {
        return violations.refuse(field, format!("must be in {}, the programme's currency", currency.code()));
    }
    let nanos = i128::from(value.units) * 1_000_000_000 + i128::from(value.nanos);
    let is_well_formed = (0..1_000_000_000).contains(&value.nanos) && (0..=VALUE_UNITS_MAX).contains(&value.units);
    if !is_well_formed || nanos > i128::from(VALUE_UNITS_MAX) * 1_000_000_000 {
        return violations.refuse(field, format!("must be 0 to {VALUE_UNITS_MAX}"));
    }
    Some(nanos)
}
