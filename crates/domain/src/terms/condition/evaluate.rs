//! The value of a condition's tree.
//!
//! The meaning is that of CEL, as the crate `cel` has it: the tests compare the two. Only numbers differ: where CEL has
//! floats, there are exact decimals.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::terms::condition::error::EvaluationError;
use crate::terms::condition::facts::{Facts, Value};
use crate::terms::condition::tree::{Node, Operator};
use crate::value::number::Number;

type Result<T> = std::result::Result<T, EvaluationError>;

impl Node {
    /// Returns the value of a node that must be true or false.
    fn flag(&self, facts: &Facts<'_>) -> Result<bool> {
        if let Value::Flag(flag) = self.value(facts)? { Ok(flag) } else { Err(EvaluationError::Types) }
    }

    /// Returns the value of a node.
    ///
    /// It recurses as deep as the tree. Each node is looked at once at most.
    pub(super) fn value<'a>(&'a self, facts: &Facts<'a>) -> Result<Value<'a>> {
        match self {
            Self::Literal(value) => Ok(value.borrowed()),
            Self::Variable(variable) => facts.variable(*variable).ok_or_else(|| missing(variable.name())),
            Self::Attribute(name) => facts.attribute(name).ok_or_else(|| missing(name)),
            Self::Has(name) => Ok(Value::Flag(facts.attributes.contains_key(&**name))),
            Self::IsNamed(name) => match name.value(facts)? {
                Value::Text(name) => Ok(Value::Flag(facts.attributes.contains_key(&*name))),
                _ => Err(EvaluationError::Types),
            },
            Self::List(items) => items.iter().map(|item| item.value(facts)).collect::<Result<_>>().map(Value::List),
            Self::Not(node) => node.flag(facts).map(|flag| Value::Flag(!flag)),
            Self::Negate(node) => match node.value(facts)? {
                Value::Number(number) => Ok(Value::Number(Number::Whole(0).minus(number)?)),
                _ => Err(EvaluationError::Types),
            },
            Self::Size(node) => size(&node.value(facts)?),
            Self::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                if condition.flag(facts)? { yes.value(facts) } else { no.value(facts) }
            }
            Self::Logic { decides, sides } => logic(sides, facts, *decides).map(Value::Flag),
            Self::Two(operator, both) => {
                let [one, other] = &**both;
                operator.apply(one.value(facts)?, other.value(facts)?)
            }
        }
    }
}

/// Returns the value of two sides of which one alone may decide, whatever the other is.
fn logic<'a>([one, other]: &'a [Node; 2], facts: &Facts<'a>, decides: bool) -> Result<bool> {
    let one = one.flag(facts);
    if one == Ok(decides) {
        return Ok(decides);
    }
    let other = other.flag(facts)?;
    if other == decides { Ok(decides) } else { one }
}

impl Operator {
    fn apply<'a>(self, one: Value<'a>, other: Value<'a>) -> Result<Value<'a>> {
        let ordered = |is: fn(Ordering) -> bool| {
            one.compare(&other).map(|order| Value::Flag(is(order))).ok_or(EvaluationError::Types)
        };
        match self {
            Self::Equal => Ok(Value::Flag(one == other)),
            Self::NotEqual => Ok(Value::Flag(one != other)),
            Self::Less => ordered(Ordering::is_lt),
            Self::LessOrEqual => ordered(Ordering::is_le),
            Self::Greater => ordered(Ordering::is_gt),
            Self::GreaterOrEqual => ordered(Ordering::is_ge),
            Self::Add => add(one, other),
            Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder => match (one, other) {
                (Value::Number(one), Value::Number(other)) => self.number(one, other).map(Value::Number),
                _ => Err(EvaluationError::Types),
            },
            Self::In => match &other {
                Value::List(items) => Ok(Value::Flag(items.contains(&one))),
                _ => Err(EvaluationError::Types),
            },
            Self::Item => item(one, &other),
            Self::StartsWith | Self::EndsWith | Self::Contains => match (one, other) {
                (Value::Text(text), Value::Text(part)) => Ok(Value::Flag(self.text(&text, &part))),
                _ => Err(EvaluationError::Types),
            },
        }
    }

    fn number(self, one: Number, other: Number) -> Result<Number> {
        match (self, one, other) {
            (Self::Subtract, ..) => Ok(one.minus(other)?),
            (Self::Multiply, ..) => Ok(one.times(other)?),
            (_, Number::Whole(_), Number::Whole(0)) => Err(EvaluationError::DivisionByZero),
            (_, Number::Whole(one), Number::Whole(other)) => {
                let result = if self == Self::Divide { one.checked_div(other) } else { one.checked_rem(other) };
                result.map(Number::Whole).ok_or(EvaluationError::Overflow)
            }
            _ => Err(EvaluationError::Divided),
        }
    }

    fn text(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            _ => text.contains(part),
        }
    }
}

fn add<'a>(one: Value<'a>, other: Value<'a>) -> Result<Value<'a>> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => Ok(Value::Number(one.plus(other)?)),
        (Value::Text(one), Value::Text(other)) => Ok(Value::Text(Cow::Owned(one.into_owned() + &other))),
        (Value::List(mut one), Value::List(other)) => {
            one.extend(other);
            Ok(Value::List(one))
        }
        _ => Err(EvaluationError::Types),
    }
}

/// Returns the number of characters of a text, or of items of a list.
fn size(value: &Value<'_>) -> Result<Value<'static>> {
    let size = match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Flag(_) | Value::Number(_) => return Err(EvaluationError::Types),
    };
    let size = i64::try_from(size).expect("texts and lists are bounded");
    Ok(Value::Number(Number::Whole(size)))
}

fn item<'a>(list: Value<'a>, at: &Value<'_>) -> Result<Value<'a>> {
    match (list, at) {
        (Value::List(mut items), Value::Number(Number::Whole(at))) => {
            let at = usize::try_from(*at).ok().filter(|&at| at < items.len());
            at.map(|at| items.swap_remove(at)).ok_or(EvaluationError::OutOfBounds)
        }
        _ => Err(EvaluationError::Types),
    }
}

fn missing(name: &str) -> EvaluationError {
    EvaluationError::Missing { name: name.to_owned() }
}
