//! Conditions of earning rules, in CEL (<https://cel.dev>), with bounded cost.
//!
//! An activity earns by a rule only when the rule's condition holds, for instance
//! `attributes.top_up in [2, 3] && amount_minor >= 1000`. The same facts must give the same answer on every machine and
//! for ever. So only a part of CEL is let through:
//!
//! - numbers, whole or decimal, texts in single or double quotes, `true` and `false`, lists of them;
//! - `attributes.name`, `attributes["any name"]`, `amount_minor`, `quantity`, `member`, `counterparty`, `subject`,
//!   `source`. An absent counterparty or subject is an empty text. A condition that takes an absent amount, quantity or
//!   attribute has no result;
//! - `occurred.date`, `occurred.day_of_week`, `occurred.hour`: what the clocks of the programme showed, by the offset
//!   from UTC that is stored with the activity. The day of the week is that of ISO 8601: 1 is Monday, 7 is Sunday;
//! - `! - + * / % == != < <= > >= && || ?: in []`, `size`, `startsWith`, `endsWith`, `contains`, `has`.
//!
//! Numbers are exact. A decimal has at most nine digits after its point, and is compared with whole numbers and decimals
//! by its value: `attributes.rating >= 4.5`. Where a sum or product would not fit, there is no result. `/` and `%` take
//! whole numbers only, as quotients of decimals need not be exact.
//!
//! The language bounds the cost. Nothing repeats (no `all`, `exists`, `map`, `filter`), so each of at most
//! `NODES_MAX` nodes is evaluated at most once. A text or list put together with `+` is never longer than its parts
//! together.
//!
//! A text passes three steps. `scan` bounds the text that the parser sees. The parser of the crate `cel` makes a tree
//! of it. `tree` makes of this a tree of the nodes listed above, and refuses all others. `evaluate` computes its value:
//! CEL knows floats only, so the crate reads, and does not compute.

pub mod bounds;
pub mod error;
pub mod facts;
pub mod reads;

mod evaluate;
mod scan;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use cel::Program;

use crate::terms::condition::error::{ConditionError, EvaluationError};
use crate::terms::condition::facts::{Facts, Value};
use crate::terms::condition::reads::Reads;
use crate::terms::condition::tree::Node;

/// A condition over an activity, compiled.
///
/// Two conditions are equal when their texts are equal.
#[derive(Clone)]
pub struct Condition(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    tree: Node,
}

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    ///
    /// The error says what is wrong and, if known, at which column.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let decimals = scan::check(text)?;
        // The environment's own `compile` would let the syntax of optional values through.
        let program = Program::compile(text).map_err(|errors| ConditionError::unreadable(&errors))?;
        let tree = tree::of(&program, text, &decimals)?;
        Ok(Self(Arc::new(Compiled { text: text.into(), tree })))
    }

    /// Returns the text from which the condition was compiled.
    pub fn source(&self) -> &str {
        &self.0.text
    }

    /// True when the condition asks for attributes of the activity.
    #[must_use]
    pub fn reads_attributes(&self) -> bool {
        self.0.tree.reads_attributes()
    }

    /// Returns the types that the condition takes attributes for.
    #[must_use]
    pub fn reads(&self) -> Reads {
        reads::of(&self.0.tree)
    }

    /// Returns whether the condition holds.
    ///
    /// One side of `&&` or `||` can decide when the other side has no result: `false && 1 / 0 == 1` does not hold, in
    /// either order.
    ///
    /// # Errors
    ///
    /// The condition has no result: a fact that it asks for is missing, types do not fit, a number is too large, or the
    /// result is neither true nor false. Errors name no value of a fact.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, EvaluationError> {
        match self.0.tree.value(facts)? {
            Value::Flag(holds) => Ok(holds),
            _ => Err(EvaluationError::NotAFlag),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source()).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Condition {}
