//! Activities.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::activity::{Activity, AttributeValue, Attributes};
use crate::domain::value::ids::{
    ActivityId, ActivityKind, ExclusiveKey, IdError, MemberId, ProgramId, SourceId, Subject,
};
use crate::domain::value::money::Currency;
use crate::domain::value::number::Number;
use crate::pb;
use crate::pb::attribute_value::Value;

/// The largest number of attributes of an activity.
const ATTRIBUTES_MAX: usize = 32;

/// The longest name of an attribute, in bytes.
const ATTRIBUTE_NAME_BYTES_MAX: usize = 64;

/// The longest text of an attribute, in bytes.
const ATTRIBUTE_TEXT_BYTES_MAX: usize = 256;

/// A well-formed activity.
#[derive(Debug)]
pub(crate) struct ParsedActivity {
    pub(crate) program: ProgramId,
    pub(crate) source: SourceId,
    pub(crate) id: ActivityId,
    pub(crate) activity: Activity,
}

/// Reads an activity. Without a currency the programme's name is wrong already, and the amount is not looked at.
pub(crate) fn parse_activity(
    activity: Option<pb::Activity>,
    currency: Option<Currency>,
) -> Result<ParsedActivity, ApiError> {
    let mut violations = Violations::default();
    let Some(activity) = violations.required("activity", activity) else { return violations.check(None) };
    let name = violations.activity("name", &activity.name);
    let kind = violations.id("kind", ActivityKind::parse(&activity.kind));
    let member = violations.id("member_id", MemberId::parse(&activity.member_id));
    let counterparty = optional(&mut violations, "counterparty_id", &activity.counterparty_id, MemberId::parse);
    let subject = optional(&mut violations, "subject", &activity.subject, Subject::parse);
    let exclusive_key = optional(&mut violations, "exclusive_key", &activity.exclusive_key, ExclusiveKey::parse);
    let follows = optional(&mut violations, "follows", &activity.follows, ActivityId::parse);
    if follows.is_some() && name.as_ref().map(|(_, _, id)| id) == follows.as_ref() {
        violations.add("follows", "is the activity itself");
    }
    let amount = activity.amount.as_ref().zip(currency);
    let amount_minor = amount.and_then(|(amount, currency)| violations.money("amount", amount, currency));
    let quantity = activity.quantity.and_then(|quantity| violations.quantity("quantity", quantity, 0));
    let attributes = parse_attributes(&mut violations, activity.attributes);
    let occurred_at = violations.time_of_fact("occurred_at", activity.occurred_at);
    let parsed = (|| {
        let (program, source, id) = name?;
        let (kind, member, occurred_at) = (kind?, member?, occurred_at?);
        let activity = Activity {
            kind,
            member,
            counterparty,
            subject,
            amount_minor,
            exclusive_key,
            follows,
            attributes,
            occurred_at,
            quantity,
        };
        Some(ParsedActivity { program, source, id, activity })
    })();
    violations.check(parsed)
}

fn optional<T>(
    violations: &mut Violations,
    field: &str,
    text: &str,
    parse: fn(&str) -> Result<T, IdError>,
) -> Option<T> {
    if text.is_empty() { None } else { violations.id(field, parse(text)) }
}

fn parse_attributes(
    violations: &mut Violations,
    attributes: std::collections::HashMap<String, pb::AttributeValue>,
) -> Attributes {
    if attributes.len() > ATTRIBUTES_MAX {
        violations.add("attributes", format!("has {}; at most {ATTRIBUTES_MAX} are allowed", attributes.len()));
        return Attributes::new();
    }
    let mut parsed = Attributes::new();
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in sorted {
        if name.is_empty() {
            violations.add("attributes", "has one without a name");
        }
        violations.text("attributes", &name, ATTRIBUTE_NAME_BYTES_MAX);
        let value = match value.value {
            Some(Value::Text(text)) => {
                violations.text("attributes", &text, ATTRIBUTE_TEXT_BYTES_MAX);
                AttributeValue::Text(text)
            }
            Some(Value::Number(number)) => AttributeValue::Number(number),
            Some(Value::Flag(flag)) => AttributeValue::Flag(flag),
            Some(Value::Decimal(text)) => match Number::parse(&text) {
                Ok(number) => number.into(),
                Err(why) => {
                    violations.add("attributes", format!("has a decimal that is {why}"));
                    continue;
                }
            },
            None => {
                violations.add("attributes", "has one without a value");
                continue;
            }
        };
        parsed.insert(name, value);
    }
    parsed
}
