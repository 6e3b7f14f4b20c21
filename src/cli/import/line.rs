//! The content of a line: fields with names, and the request they make.

use std::collections::HashMap;

use super::debris;
use super::item::{Item, Telling};
use super::readings::Readings;
use crate::cli::rules::file::meant;
use goodturn::domain::value::ids::{ActivityId, AdjustmentId, ProgramId, SourceId};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::number::whole;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::wire::{money, time};
use prost_types::Timestamp;

/// The field with the number of points.
pub(super) const POINTS: &str = "points";

/// The field with a number of things.
pub(super) const QUANTITY: &str = "quantity";

/// The fields that hold ids, which spreadsheets damage.
const IDS: [&str; 7] = ["id", "member", "counterparty", "subject", "exclusive_key", "follows", "activity"];

/// The field that holds further facts.
pub(super) const ATTRIBUTES: &str = "attributes";

/// The type of a line. To add one, write its name and fields here, its request in [`Target::read`], and its call in
/// [`Telling::send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineType {
    Activity,
    Reversal,
    Restoration,
    Refund,
    Confirmation,
    OpeningBalance,
}

impl LineType {
    const ALL: [Self; 6] =
        [Self::Activity, Self::Reversal, Self::Restoration, Self::Refund, Self::Confirmation, Self::OpeningBalance];

    const fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Reversal => "reversal",
            Self::Restoration => "restoration",
            Self::Refund => "refund",
            Self::Confirmation => "confirmation",
            Self::OpeningBalance => "opening_balance",
        }
    }

    /// Returns its fields beside `type`.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Activity => &[
                "id",
                "kind",
                "member",
                "counterparty",
                "subject",
                "amount",
                QUANTITY,
                ATTRIBUTES,
                "occurred_at",
                "exclusive_key",
                "follows",
            ],
            Self::Reversal => &["id", "activity", "reason", "occurred_at", "note"],
            Self::Restoration => &["id", "activity", "occurred_at", "note"],
            Self::Refund => &["id", "activity", "amount", QUANTITY, "occurred_at", "note"],
            Self::Confirmation => &["id", "activity", "occurred_at"],
            Self::OpeningBalance => &["id", "member", POINTS, "occurred_at", "note"],
        }
    }
}

/// Finds a field by its name.
///
/// # Errors
/// Says which field may be meant.
pub(super) fn field(name: &str) -> Result<&'static str, String> {
    let fields = ["type"].into_iter().chain(LineType::ALL.into_iter().flat_map(LineType::fields).copied());
    fields.clone().find(|known| *known == name).ok_or_else(|| {
        let mut known = Vec::new();
        for field in fields {
            if !known.contains(&field) {
                known.push(field);
            }
        }
        format!("is unknown{}; known are {}", meant(name, &known), known.join(", "))
    })
}

/// A fault of a field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    field: String,
    problem: String,
}

impl Problem {
    /// Makes a problem of a field.
    pub(super) fn of(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// Returns its text.
    pub(super) fn told(&self) -> String {
        format!("{} {}", self.field, self.problem)
    }
}

/// Returns the name that lines give to a field of the API.
pub(super) fn line_field(api: &str, names_itself: bool) -> &str {
    match api.strip_prefix("adjustment.").unwrap_or(api) {
        "name" if names_itself => "id",
        "name" => "activity",
        "reversal_id" | "restoration_id" | "refund_id" | "confirmation_id" => "id",
        "member_id" => "member",
        "counterparty_id" => "counterparty",
        other => other,
    }
}

/// The values of a line, as far as they could be read.
#[derive(Debug, Default)]
pub(super) struct Given {
    texts: Vec<(&'static str, String)>,
    attributes: HashMap<String, pb::AttributeValue>,
    problems: Vec<Problem>,
}

impl Given {
    /// Notes a problem. Of a field that has one already, nothing else can be said.
    pub(super) fn note(&mut self, problem: Problem) {
        if self.problems.iter().all(|known| known.field != problem.field) {
            self.problems.push(problem);
        }
    }

    /// Takes a text in.
    pub(super) fn text(&mut self, field: &'static str, text: String) {
        if self.texts.iter().any(|(known, _)| *known == field) {
            self.note(Problem::of(field, "is given twice"));
        } else {
            self.texts.push((field, text));
        }
    }

    /// Takes an attribute in.
    pub(super) fn attribute(&mut self, name: &str, value: pb::attribute_value::Value) {
        let value = pb::AttributeValue { value: Some(value) };
        if self.attributes.insert(name.to_owned(), value).is_some() {
            self.note(Problem::of(format!("{ATTRIBUTES}.{name}"), "is given twice"));
        }
    }

    fn take(&mut self, field: &str) -> Option<String> {
        let at = self.texts.iter().position(|(known, _)| *known == field)?;
        Some(self.texts.swap_remove(at).1)
    }

    fn take_or_empty(&mut self, field: &str) -> String {
        self.take(field).unwrap_or_default()
    }

    /// Takes an id that becomes part of a name. Its faults must be reported before.
    fn take_id(&mut self, field: &'static str) -> String {
        let text = self.take_or_empty(field);
        match ActivityId::parse(&text) {
            Ok(_) => text,
            Err(why) => {
                self.note(Problem::of(field, why.to_string()));
                // It stands for the id, so that the rest can be checked.
                field.to_owned()
            }
        }
    }

    fn take_time(&mut self) -> Option<Micros> {
        let text = self.take("occurred_at")?;
        let micros = Micros::from_rfc3339(&text);
        micros.map_err(|why| self.note(Problem::of("occurred_at", format!("is {text:?}, {why}")))).ok()
    }

    fn take_amount(&mut self, currency: Currency) -> Option<goodturn::google::r#type::Money> {
        let text = self.take("amount")?;
        let minor = currency.parse(&text);
        minor.map_err(|why| self.note(Problem::of("amount", why.to_string()))).ok().map(|minor| money(minor, currency))
    }

    fn take_points(&mut self) -> i64 {
        let text = self.take_or_empty(POINTS);
        whole(&text).unwrap_or_else(|| {
            self.note(Problem::of(POINTS, format!("is {text:?}; give a whole number in plain digits, as 500 or -50")));
            0
        })
    }

    fn take_quantity(&mut self) -> Option<i64> {
        let text = self.take(QUANTITY)?;
        let quantity = whole(&text);
        if quantity.is_none() {
            self.note(Problem::of(QUANTITY, format!("is {text:?}; give a whole number in plain digits, as 12")));
        }
        quantity
    }

    fn take_reason(&mut self) -> pb::ReversalReason {
        let text = self.take_or_empty("reason");
        let reason = match &*text {
            "withdrawn" => pb::ReversalReason::Withdrawn,
            "mistake" => pb::ReversalReason::Mistake,
            "fraud" => pb::ReversalReason::Fraud,
            _ => pb::ReversalReason::Unspecified,
        };
        if reason == pb::ReversalReason::Unspecified {
            self.note(Problem::of("reason", format!("is {text:?}; give withdrawn, mistake or fraud")));
        }
        reason
    }

    /// Notes ids that are debris of a spreadsheet or a program.
    fn check_ids(&mut self) {
        let ids = self.texts.iter().filter(|(field, _)| IDS.contains(field));
        let found: Vec<_> = ids.filter_map(|(field, id)| Some(Problem::of(*field, debris::found_in(id)?))).collect();
        for problem in found {
            self.note(problem);
        }
    }

    /// Takes the line's type. Notes fields that belong to another type.
    fn take_type(&mut self) -> Option<LineType> {
        if self.problems.iter().any(|problem| problem.field == "type") {
            return None;
        }
        let name = self.take("type").unwrap_or_else(|| LineType::Activity.name().into());
        let Some(line_type) = LineType::ALL.into_iter().find(|line_type| line_type.name() == name) else {
            let known = LineType::ALL.map(LineType::name).join(", ");
            self.note(Problem::of("type", format!("is {name:?}; known are {known}")));
            return None;
        };
        let fields = line_type.fields();
        let given = self.texts.iter().map(|(field, _)| *field);
        let given = given.chain((!self.attributes.is_empty()).then_some(ATTRIBUTES));
        let foreign: Vec<_> = given.filter(|field| !fields.contains(field)).collect();
        for field in foreign {
            self.note(Problem::of(field, format!("is no field of type {name}, which has {}", fields.join(", "))));
        }
        Some(line_type)
    }
}

/// The programme and source that lines go to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) program: ProgramId,
    pub(super) source: SourceId,
    pub(super) currency: Currency,
    /// The beginning of the programme's first rules; `None` when no line is refused for being earlier.
    pub(super) rules_begin: Option<Micros>,
    /// The types for which its rules take attributes.
    pub(super) readings: Readings,
    /// True when ids that look like debris of a spreadsheet are taken as they are.
    pub(super) ids_as_they_are: bool,
}

impl Target {
    /// Makes the request of a line.
    ///
    /// # Errors
    /// Every fault of the line: those found here, and those that the API would find, as far as they can be told.
    pub(super) fn read(&self, mut given: Given) -> Result<Item, Vec<String>> {
        let told = |problems: Vec<Problem>| problems.iter().map(Problem::told).collect();
        let Some(line_type) = given.take_type() else { return Err(told(given.problems)) };
        if !self.ids_as_they_are {
            given.check_ids();
        }
        let id = given.take_id("id");
        let when = given.take_time();
        self.check_time(line_type, when, &mut given);
        let item = self.item(line_type, id, when.map(time), &mut given);
        if given.problems.is_empty() {
            return Ok(item);
        }
        // Nothing else can be said of a field that could not be read.
        let mut problems = given.problems;
        for further in item.violations(self.currency) {
            if problems.iter().all(|problem| problem.field != further.field) {
                problems.push(further);
            }
        }
        Err(told(problems))
    }

    /// Makes the request of a line of a type, of the fields that could be read.
    fn item(&self, line_type: LineType, id: String, occurred_at: Option<Timestamp>, given: &mut Given) -> Item {
        let name = |id: &str| format!("programs/{}/sources/{}/activities/{id}", self.program, self.source);
        match line_type {
            LineType::Activity => Item::Activity(Box::new(pb::Activity {
                name: name(&id),
                kind: given.take_or_empty("kind"),
                member_id: given.take_or_empty("member"),
                counterparty_id: given.take_or_empty("counterparty"),
                subject: given.take_or_empty("subject"),
                amount: given.take_amount(self.currency),
                attributes: std::mem::take(&mut given.attributes),
                occurred_at,
                exclusive_key: given.take_or_empty("exclusive_key"),
                follows: given.take_or_empty("follows"),
                quantity: given.take_quantity(),
                ..Default::default()
            })),
            LineType::Reversal => Item::Telling(Box::new(Telling::Reversal(pb::ReverseActivityRequest {
                name: name(&given.take_id("activity")),
                reversal_id: id,
                reason: given.take_reason().into(),
                occurred_at,
                note: given.take_or_empty("note"),
            }))),
            LineType::Restoration => Item::Telling(Box::new(Telling::Restoration(pb::RestoreActivityRequest {
                name: name(&given.take_id("activity")),
                restoration_id: id,
                occurred_at,
                note: given.take_or_empty("note"),
            }))),
            LineType::Refund => Item::Telling(Box::new(Telling::Refund(pb::RefundActivityRequest {
                name: name(&given.take_id("activity")),
                refund_id: id,
                amount: given.take_amount(self.currency),
                occurred_at,
                note: given.take_or_empty("note"),
                quantity: given.take_quantity(),
            }))),
            LineType::Confirmation => Item::Telling(Box::new(Telling::Confirmation(pb::ConfirmActivityRequest {
                name: name(&given.take_id("activity")),
                confirmation_id: id,
                occurred_at,
            }))),
            LineType::OpeningBalance => Item::Telling(Box::new(Telling::OpeningBalance(pb::Adjustment {
                name: format!("programs/{}/adjustments/{}", self.program, self.adjustment_id(&id, given)),
                member_id: given.take_or_empty("member"),
                points: given.take_points(),
                reason: pb::AdjustmentReason::OpeningBalance.into(),
                note: given.take("note").unwrap_or_else(|| "opening balance".into()),
                occurred_at,
                ..Default::default()
            }))),
        }
    }

    /// Checks the time of a line: the rules that the API leaves to its caller, and mistakes that an import could not
    /// undo.
    fn check_time(&self, line_type: LineType, when: Option<Micros>, given: &mut Given) {
        let problem = match (line_type, when) {
            (LineType::OpeningBalance, None) => "is required: the age of the balance".to_owned(),
            (LineType::Activity, Some(when)) => match self.rules_begin {
                Some(begins) if when < begins => format!(
                    "is {}, before the programme's first rules begin ({}): it would earn nothing for good; record it all the \
                     same with --before-rules",
                    when.to_rfc3339(),
                    begins.to_rfc3339()
                ),
                _ => return,
            },
            _ => return,
        };
        given.note(Problem::of("occurred_at", problem));
    }

    /// Returns the id of an adjustment, with the source's name in front. Ids of adjustments belong to the programme,
    /// ids of lines to their source.
    fn adjustment_id(&self, id: &str, given: &mut Given) -> String {
        let whole = format!("{}:{id}", self.source);
        if let Err(why) = AdjustmentId::parse(&whole) {
            given.note(Problem::of("id", format!("with {}: before it {why}", self.source)));
        }
        whole
    }
}
