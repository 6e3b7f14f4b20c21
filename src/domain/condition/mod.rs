//! Conditions of earning rules, in CEL (<https://cel.dev>), with bounded cost.
//!
//! An activity earns by a rule only where the rule's condition holds, for instance
//! `attributes.top_up in [2, 3] && amount_minor >= 1000`. The same facts give the same answer on every machine and for
//! ever, so only a part of CEL is let through:
//!
//! - whole numbers, texts in single or double quotes, `true` and `false`, lists of them;
//! - `attributes.name`, `attributes["any name"]`, `amount_minor`, `member`, `counterparty`, `subject`, `source`; an absent
//!   counterparty or subject is an empty text, an absent amount or attribute cannot be told;
//! - `! - + * / % == != < <= > >= && || ?: in []`, `size`, `startsWith`, `endsWith`, `contains`, `has`.
//!
//! Cost is bounded by what cannot be written: nothing repeats (no `all`, `exists`, `map`, `filter`), so each of at most
//! [`NODES_MAX`] nodes is evaluated at most once, and a text or list put together with `+` is never longer than its parts.
//!
//! Three steps let a text through: `scan` bounds what the parser sees, the parser of the crate `cel` makes a tree of it,
//! `tree` lets through the nodes listed above and nothing else.

use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::{Context, Env, ExecutionError, Program, Value};

use super::rules::Attributes;

mod error;
mod facts;
mod scan;
#[cfg(test)]
mod tests;
mod tree;

pub use error::{ConditionError, EvaluationError, Problem};

/// Longest condition, in bytes.
pub const TEXT_BYTES_MAX: usize = 1000;

/// Deepest nesting, of brackets and ternaries in the text and of nodes in the tree.
///
/// The parser takes 12 KiB of stack for each bracket within another, and 1 KiB for each operator of a chain: 32 brackets
/// around the longest chain, the worst of what `scan` lets through, take 512 KiB of a worker thread's 2 MiB.
pub const DEPTH_MAX: usize = 32;

/// Most nodes of the tree: a name, a literal, an operator or a call is one.
pub const NODES_MAX: usize = 100;

/// Functions and operators of CEL's standard library: made once, they are the same for all conditions.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A condition over an activity, compiled.
///
/// Two conditions are equal if their texts are.
#[derive(Clone)]
pub struct Condition(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    tree: IdedExpr,
}

/// What a condition may ask about an activity.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Further facts, by name.
    pub attributes: &'a Attributes,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
    /// Who is credited.
    pub member: &'a str,
    /// Whose act it rests on.
    pub counterparty: Option<&'a str>,
    /// What it was about.
    pub subject: Option<&'a str>,
    /// Which source reports it.
    pub source: &'a str,
}

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    ///
    /// Says what is wrong and, where known, at which column.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        scan::check(text)?;
        // Not `LANGUAGE.compile`: that would let the syntax of optional values through.
        let program = Program::compile(text).map_err(|errors| ConditionError::unreadable(&errors))?;
        tree::check(&program, text)?;
        let tree = program.expression().clone();
        Ok(Self(Arc::new(Compiled { text: text.into(), tree })))
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.text
    }

    /// Whether it asks for attributes of the activity.
    #[must_use]
    pub fn reads_attributes(&self) -> bool {
        tree::reads_attributes(&self.0.tree)
    }

    /// Whether it holds.
    ///
    /// `&&` and `||` are told by one side where the other cannot be: `false && 1 / 0 == 1` does not hold, in either order.
    ///
    /// # Errors
    ///
    /// It cannot be told: a fact it asks for is missing, types do not go together, a number is too large, or it is neither
    /// true nor false. Errors name no value of a fact.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, EvaluationError> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(facts);
        // Not `Value::resolve_val`: it recurses and asks to be inlined, so a build without optimisation would compile it
        // here, with stack frames some thirty times as large.
        match Value::resolve(&self.0.tree, &context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err(EvaluationError::NotAFlag),
            Err(error) => Err(told(&error)),
        }
    }
}

/// Texts of the crate's errors show values, which may be about a person: only what the condition itself says is kept.
fn told(error: &ExecutionError) -> EvaluationError {
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
