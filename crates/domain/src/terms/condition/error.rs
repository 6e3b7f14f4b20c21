//! Errors of conditions: texts that are not conditions, and conditions without a result.

use cel::{ExecutionError, ParseErrors};
use thiserror::Error;

use crate::terms::condition::bounds::{DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};

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
    /// A number with a point, an exponent, a base or a suffix.
    #[error("has a number that is not whole; write decimal digits only")]
    NotWhole,
    /// Brackets that do not match.
    #[error("has a bracket without its counterpart")]
    Bracket,
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
        "asks for `{0}`, which is not known; known are attributes, amount_minor, member, counterparty, subject and source"
    )]
    Variable(String),
    /// `attributes` as a value of its own.
    #[error("takes `attributes` as a whole; write attributes.name, attributes[\"name\"] or \"name\" in attributes")]
    Attributes,
    /// A selection from something other than `attributes`.
    #[error("asks for `.{0}` of something that has no names; only `attributes` has")]
    Field(String),
    /// A literal of a type that is not supported.
    #[error("has a literal of a type that is not supported; write whole numbers, texts, true and false")]
    Literal,
    /// Another part of CEL that is not supported.
    #[error("has a part of CEL that is not supported; write names, literals, lists, operators and calls")]
    Unsupported,
    /// The text is not CEL.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

impl Problem {
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
    /// A result is beyond 64 bits.
    #[error("a number is too large; results stay below 2^63")]
    Overflow,
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

/// Converts an error of the crate. The crate's texts show values, which may be about a person. Only words of the
/// condition itself are kept.
pub(super) fn told(error: &ExecutionError) -> EvaluationError {
    match error {
        ExecutionError::NoSuchKey(name) | ExecutionError::UndeclaredReference(name) => {
            EvaluationError::Missing { name: name.to_string() }
        }
        ExecutionError::Overflow(..) => EvaluationError::Overflow,
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => EvaluationError::DivisionByZero,
        ExecutionError::IndexOutOfBounds(_) => EvaluationError::OutOfBounds,
        _ => EvaluationError::Types,
    }
}
