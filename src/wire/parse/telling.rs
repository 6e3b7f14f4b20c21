//! Reports on activities: reversals and restorations, refunds, confirmations.

use prost_types::Timestamp;

use super::super::error::ApiError;
use super::{NOTE_BYTES_MAX, Violations};
use crate::domain::entry::told::Told;
use crate::domain::value::ids::{ActivityId, ProgramId, SourceId};
use crate::domain::value::money::Currency;
use crate::domain::value::reason::Reason;
use crate::domain::value::time::Micros;
use crate::pb;

/// A well-formed report on an activity.
#[derive(Debug)]
pub(crate) struct ParsedTelling {
    pub(crate) program: ProgramId,
    pub(crate) source: SourceId,
    pub(crate) activity: ActivityId,
    pub(crate) id: ActivityId,
    pub(crate) told: Told,
    pub(crate) occurred_at: Micros,
    pub(crate) note: String,
}

pub(crate) fn parse_reversal(request: &pb::ReverseActivityRequest) -> Result<ParsedTelling, ApiError> {
    let reason = |violations: &mut Violations| match request.reason() {
        pb::ReversalReason::Withdrawn => Some(Told::Reversed(Reason::Withdrawn)),
        pb::ReversalReason::Mistake => Some(Told::Reversed(Reason::Mistake)),
        pb::ReversalReason::Fraud => Some(Told::Reversed(Reason::Fraud)),
        pb::ReversalReason::Unspecified => violations.refuse("reason", "is required: withdrawn, mistake or fraud"),
    };
    let head = (request.name.as_str(), ("reversal_id", request.reversal_id.as_str()), request.occurred_at);
    parse(head, reason, &request.note)
}

pub(crate) fn parse_restoration(request: &pb::RestoreActivityRequest) -> Result<ParsedTelling, ApiError> {
    let head = (request.name.as_str(), ("restoration_id", request.restoration_id.as_str()), request.occurred_at);
    parse(head, |_| Some(Told::Restored), &request.note)
}

/// Reads a refund, of an amount, a quantity or both. Without a currency the programme's name is wrong already, and the
/// amount is not looked at.
pub(crate) fn parse_refund(
    request: &pb::RefundActivityRequest,
    currency: Option<Currency>,
) -> Result<ParsedTelling, ApiError> {
    let given_back = |violations: &mut Violations| {
        if request.amount.is_none() && request.quantity.is_none() {
            return violations.refuse("amount", "is required, or a quantity: one of them was given back");
        }
        let amount = request.amount.as_ref().map(|amount| match violations.money("amount", amount, currency?)? {
            0 => violations.refuse("amount", "must be above zero"),
            minor => Some(minor),
        });
        let quantity = request.quantity.map(|quantity| violations.quantity("quantity", quantity, 1));
        Some(Told::Refunded { minor: amount.unwrap_or(Some(0))?, quantity: quantity.unwrap_or(Some(0))? })
    };
    let head = (request.name.as_str(), ("refund_id", request.refund_id.as_str()), request.occurred_at);
    parse(head, given_back, &request.note)
}

pub(crate) fn parse_confirmation(request: &pb::ConfirmActivityRequest) -> Result<ParsedTelling, ApiError> {
    let head = (request.name.as_str(), ("confirmation_id", request.confirmation_id.as_str()), request.occurred_at);
    parse(head, |_| Some(Told::Confirmed), "")
}

/// Reads the common parts: the activity's name, the id of the report with its field, and the time it happened.
fn parse(
    (name, (id_field, id), occurred_at): (&str, (&str, &str), Option<Timestamp>),
    told: impl FnOnce(&mut Violations) -> Option<Told>,
    note: &str,
) -> Result<ParsedTelling, ApiError> {
    let mut violations = Violations::default();
    let name = violations.activity("name", name);
    let id = violations.id(id_field, ActivityId::parse(id));
    let told = told(&mut violations);
    let occurred_at = violations.time_of_fact("occurred_at", occurred_at);
    violations.text("note", note, NOTE_BYTES_MAX);
    let parsed = (|| {
        let (program, source, activity) = name?;
        Some(ParsedTelling {
            program,
            source,
            activity,
            id: id?,
            told: told?,
            occurred_at: occurred_at?,
            note: note.into(),
        })
    })();
    violations.check(parsed)
}
