//! Facts of an activity, and the values that conditions compute with.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::terms::activity::{AttributeType, AttributeValue, Attributes};
use crate::value::local::LocalTime;
use crate::value::number::Number;

/// Facts of an activity that a condition may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Further facts, by name.
    pub attributes: &'a Attributes,
    /// Value of the order, in minor units, if the activity has one.
    pub amount_minor: Option<i64>,
    /// Number of things that the activity is about, if it was reported.
    pub quantity: Option<i64>,
    /// Time of the activity, by the clocks of the programme.
    pub occurred: LocalTime,
    /// The member who is credited.
    pub member: &'a str,
    /// The other member on whose act the activity rests, if any.
    pub counterparty: Option<&'a str>,
    /// Subject of the activity, if any.
    pub subject: Option<&'a str>,
    /// The source that reports the activity.
    pub source: &'a str,
}

/// The variable that holds further facts by name. It is a value only together with a name.
pub(super) const ATTRIBUTES: &str = "attributes";

/// The variable that holds the local time of the activity. It is a value only together with one of its fields.
pub(super) const OCCURRED: &str = "occurred";

/// A fact that is a value by itself: a variable, or a field of [`OCCURRED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    AmountMinor,
    Quantity,
    DayOfWeek,
    HourOfDay,
    Date,
    Member,
    Counterparty,
    Subject,
    Source,
}

impl Variable {
    /// Finds a variable by its name, or a field of [`OCCURRED`] by `occurred.field`.
    pub(super) fn of(name: &str) -> Option<Self> {
        const ALL: [Variable; 9] = [
            Variable::AmountMinor,
            Variable::Quantity,
            Variable::DayOfWeek,
            Variable::HourOfDay,
            Variable::Date,
            Variable::Member,
            Variable::Counterparty,
            Variable::Subject,
            Variable::Source,
        ];
        ALL.into_iter().find(|variable| variable.name() == name)
    }

    /// Returns its name, as conditions write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AmountMinor => "amount_minor",
            Self::Quantity => "quantity",
            Self::DayOfWeek => "occurred.day_of_week",
            Self::HourOfDay => "occurred.hour",
            Self::Date => "occurred.date",
            Self::Member => "member",
            Self::Counterparty => "counterparty",
            Self::Subject => "subject",
            Self::Source => "source",
        }
    }

    /// Returns the type of its value.
    pub(super) const fn type_of(self) -> AttributeType {
        match self {
            Self::AmountMinor | Self::Quantity | Self::DayOfWeek | Self::HourOfDay => AttributeType::Number,
            Self::Date | Self::Member | Self::Counterparty | Self::Subject | Self::Source => AttributeType::Text,
        }
    }
}

impl<'a> Facts<'a> {
    /// Returns the value of a variable; `None` when the activity has none. An absent counterparty or subject is an empty
    /// text.
    pub(super) fn variable(&self, variable: Variable) -> Option<Value<'a>> {
        let text = |text: &'a str| Some(Value::Text(Cow::Borrowed(text)));
        let number = |number: i64| Value::Number(Number::Whole(number));
        match variable {
            Variable::AmountMinor => self.amount_minor.map(number),
            Variable::Quantity => self.quantity.map(number),
            Variable::DayOfWeek => Some(number(self.occurred.day_of_week().into())),
            Variable::HourOfDay => Some(number(self.occurred.hour().get().into())),
            Variable::Date => Some(Value::Text(Cow::Owned(self.occurred.day().date().to_string()))),
            Variable::Member => text(self.member),
            Variable::Counterparty => text(self.counterparty.unwrap_or_default()),
            Variable::Subject => text(self.subject.unwrap_or_default()),
            Variable::Source => text(self.source),
        }
    }

    /// Returns the value of an attribute; `None` when the activity has none of that name.
    pub(super) fn attribute(&self, name: &str) -> Option<Value<'a>> {
        self.attributes.get(name).map(|value| match value {
            AttributeValue::Text(text) => Value::Text(Cow::Borrowed(text)),
            AttributeValue::Number(number) => Value::Number(Number::Whole(*number)),
            AttributeValue::Flag(flag) => Value::Flag(*flag),
            AttributeValue::Decimal(decimal) => Value::Number(Number::Decimal(*decimal)),
        })
    }
}

/// A value. Values of two types are never equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
}

impl Value<'_> {
    /// Returns the value, without copying its text.
    pub(super) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::List(items) => Value::List(items.iter().map(Self::borrowed).collect()),
        }
    }

    /// Compares two flags, numbers or texts; `None` when the types have no order together. False comes before true, and
    /// texts are in the order of their bytes.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Flag(one), Self::Flag(other)) => Some(one.cmp(other)),
            (Self::Number(one), Self::Number(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}
