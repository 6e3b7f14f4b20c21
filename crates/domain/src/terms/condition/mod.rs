//! Conditions of earning rules, in CEL (<https://cel.dev>), with bounded cost.
//!
//! An activity earns by a rule only when the rule's condition holds, for instance
//! `attributes.top_up in [2, 3] && amount_minor >= 1000`. The same facts must give the same answer on every machine and
//! for ever. So only a part of CEL is let through:
//!
//! - whole numbers, texts in single or double quotes, `true` and `false`, lists of them;
//! - `attributes.name`, `attributes["any name"]`, `amount_minor`, `member`, `counterparty`, `subject`, `source`. An
//!   absent counterparty or subject is an empty text. A condition that takes an absent amount or attribute has no
//!   result;
//! - `! - + * / % == != < <= > >= && || ?: in []`, `size`, `startsWith`, `endsWith`, `contains`, `has`.
//!
//! The language bounds the cost. Nothing repeats (no `all`, `exists`, `map`, `filter`), so each of at most
//! `NODES_MAX` nodes is evaluated at most once. A text or list put together with `+` is never longer than its parts
//! together.
//!
//! A text passes three steps. `scan` bounds the text that the parser sees. The parser of the crate `cel` makes a tree
//! of it. `tree` lets through only the nodes listed above.

pub mod bounds;
pub mod error;
pub mod facts;

mod scan;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::{Context, Env, Program, Value};

use crate::terms::condition::error::{ConditionError, EvaluationError, told};
use crate::terms::condition::facts::Facts;

/// Functions and operators of CEL's standard library, made once. They are the same for all conditions.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A condition over an activity, compiled.
///
/// Two conditions are equal when their texts are equal.
#[derive(Clone)]
pub struct Condition(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    tree: IdedExpr,
}

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    ///
    /// The error says what is wrong and, if known, at which column.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        scan::check(text)?;
        // `LANGUAGE.compile` would let the syntax of optional values through.
        let program = Program::compile(text).map_err(|errors| ConditionError::unreadable(&errors))?;
        tree::check(&program, text)?;
        let tree = program.expression().clone();
        Ok(Self(Arc::new(Compiled { text: text.into(), tree })))
    }

    /// Returns the text from which the condition was compiled.
    pub fn source(&self) -> &str {
        &self.0.text
    }

    /// True when the condition asks for attributes of the activity.
    #[must_use]
    pub fn reads_attributes(&self) -> bool {
        tree::reads_attributes(&self.0.tree)
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
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(facts);
        // `Value::resolve_val` recurses and asks to be inlined. A build without optimisation would compile it here,
        // with stack frames some thirty times as large.
        match Value::resolve(&self.0.tree, &context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err(EvaluationError::NotAFlag),
            Err(error) => Err(told(&error)),
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
