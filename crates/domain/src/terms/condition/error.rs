//! Errors of conditions: texts that are not conditions, and conditions without a result.

use cel::ParseErrors;
use thiserror::Error;

use crate::terms::condition::bounds::{DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use crate::value::number::{NoResult, NotANumber};

/// Reason why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}{}", .column.map(|column| format!(" (column {column})")).unwrap_or_default())]
pub struct ConditionError {
    /// The problem.
    pub problem: Problem,
    /// Column of the problem, in characters from 1, if known.
    pub column: Option<usize>,
}

/// A problem of a condition's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is longer than allowed.
    #[error("has {0} bytes; at most {TEXT_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// Brackets, ternaries or operators stand too deep in one another.
    #[error("nests deeper than {DEPTH_MAX}; write it flatter, or as several rules")]
    TooDeep,
    /// The tree is larger than allowed.
    #[error("has more than {NODES_MAX} names, literals, operators and calls; split it into several rules")]
    TooLarge,
    /// A character that is not allowed in its place.
    #[error("has {0:?}, which has no place there; write one line, in ASCII outside texts")]
    Character(char),
    /// A comment.
    #[error("has a comment; leave it out")]
    Comment,
    /// A text without its end.
    #[error("has a text that does not end; close its quotes")]
    OpenText,
    /// A text with a prefix, in three quotes, or with an escape other than that of a quote or a backslash.
    #[error(
        "has a text in a form that is not supported; write \"…\" or '…', in which a backslash stands before a quote or a backslash only"
    )]
    TextForm,
    /// A number with an exponent, a base, a suffix, or a point without digits on both sides.
    #[error(
        "has a number in a form that is not supported; write digits, with a point between them where it is not whole"
    )]
    NumberForm,
    /// Digits with a point that are no decimal.
    #[error("has {0}, {1}")]
    Decimal(String, NotANumber),
    /// A decimal that is divided, or that divides.
    #[error(
        "divides with a decimal, whose result need not be exact; `/` and `%` take whole numbers, so multiply instead"
    )]
    Divided,
    /// Brackets that do not match.
    #[error("has a bracket without its counterpart")]
    Bracket,
    /// A function of CEL that asks for a part of a time.
    #[error("calls `{function}`, which is not supported; write {instead}")]
    TimeFunction {
        /// The function, as `getDayOfWeek`.
        function: String,
        /// The field that says it here.
        instead: &'static str,
    },
    /// A function that is not on the list.
    #[error("calls `{0}`, which is not supported; known are size, startsWith, endsWith, contains and has")]
    Function(String),
    /// A function on the list, called with the wrong arguments.
    #[error(
        "calls `{0}` wrongly; write size(text), text.startsWith(text), text.endsWith(text), text.contains(text), has(attributes.name)"
    )]
    Call(String),
    /// A name that is not on the list.
    #[error(
        "asks for `{0}`, which is not known; known are attributes, amount_minor, quantity, member, counterparty, subject, \
         source, occurred.date, occurred.day_of_week and occurred.hour"
    )]
    Variable(String),
    /// `occurred` as a value of its own, or by another name.
    #[error(
        "asks for the time itself; write occurred.date, as \"2018-12-24\", occurred.day_of_week, which is 1 on Monday and 7 on \
         Sunday, or occurred.hour, 0 to 23; for a span of time give the rule starts_at and ends_at"
    )]
    Occurred,
    /// `attributes` as a value of its own.
    #[error("takes `attributes` as a whole; write attributes.name, attributes[\"name\"] or \"name\" in attributes")]
    Attributes,
    /// A selection from something other than `attributes`.
    #[error("asks for `.{0}` of something that has no names; only `attributes` has")]
    Field(String),
    /// A literal of a type that is not supported.
    #[error("has a literal of a type that is not supported; write numbers, texts, true and false")]
    Literal,
    /// Another part of CEL that is not supported.
    #[error("has a part of CEL that is not supported; write names, literals, lists, operators and calls")]
    Unsupported,
    /// The text is not CEL.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

impl Problem {
    /// Makes the problem of a function that is not on the list.
    pub(super) fn of_function(name: &str) -> Self {
        let instead = match name {
            "getDayOfWeek" => {
                "occurred.day_of_week, which is 1 on Monday, 6 on Saturday and 7 on Sunday, as occurred.day_of_week == 6"
            }
            "getHours" => "occurred.hour, as occurred.hour >= 18",
            "getDate" | "getDayOfMonth" | "getDayOfYear" | "getMonth" | "getFullYear" => {
                "occurred.date, as occurred.date >= \"2018-12-24\" or occurred.date.startsWith(\"2018-12\")"
            }
            "timestamp" => "occurred.date, as occurred.date >= \"2018-12-24\", or give the rule starts_at and ends_at",
            _ => return Self::Function(name.to_owned()),
        };
        Self::TimeFunction { function: name.to_owned(), instead }
    }

    pub(super) fn at(self, column: usize) -> ConditionError {
        ConditionError { problem: self, column: Some(column) }
    }
}

impl ConditionError {
    /// Makes an error of the parser's first error: the later errors mostly follow from it.
    pub(super) fn unreadable(errors: &ParseErrors) -> Self {
        let Some(first) = errors.errors.first() else {
            return Self { problem: Problem::Unreadable("no reason is known".into()), column: None };
        };
        let what = first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg);
        let column = usize::try_from(first.pos.1).ok().filter(|&column| column > 0);
        Self { problem: Problem::Unreadable(what.into()), column }
    }
}

/// Reason why a condition has no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// The activity has no such fact.
    #[error("`{name}` is missing; send it, or ask has(attributes.name) first")]
    Missing {
        /// Name of the attribute, or of the variable.
        name: String,
    },
    /// The types do not fit the operator or the function.
    #[error("types do not go together; compare numbers with numbers and texts with texts")]
    Types,
    /// The digits of a result do not fit 64 bits.
    #[error("a number is too large; the digits of results stay below 2^63")]
    Overflow,
    /// A product has more than nine digits after the point.
    #[error("a product has more than nine digits after its point; multiply numbers with fewer")]
    Places,
    /// A decimal is divided, or divides.
    #[error("a decimal is divided or divides, whose result need not be exact; `/` and `%` take whole numbers")]
    Divided,
    /// A division or remainder by zero.
    #[error("a division by zero; ask first whether the divisor is zero")]
    DivisionByZero,
    /// An index is beyond the end of its list.
    #[error("an index is beyond the end of its list; indices begin at 0")]
    OutOfBounds,
    /// The result is neither true nor false.
    #[error("the result is neither true nor false; compare it with something")]
    NotAFlag,
}

impl From<NoResult> for EvaluationError {
    fn from(why: NoResult) -> Self {
        match why {
            NoResult::Places => Self::Places,
            NoResult::TooLarge => Self::Overflow,
        }
    }
}
