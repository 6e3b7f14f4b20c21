//! The types that a condition takes attributes for.

use std::collections::{BTreeMap, BTreeSet};

use crate::terms::activity::AttributeType;
use crate::terms::condition::facts::Value;
use crate::terms::condition::tree::{Node, Operator};

/// For each attribute that a condition compares with something, or computes with, the types it can then have. An
/// attribute of another type makes a comparison say nothing: it is unequal to all, and has no order.
///
/// `attributes.rating >= 4 && attributes.staff != true` takes `rating` for a number and `staff` for a flag. An attribute
/// that is only asked for (`has`), or compared with another attribute, is not in it.
pub type Reads = BTreeMap<String, BTreeSet<AttributeType>>;

/// Returns the types that a tree takes attributes for.
pub(super) fn of(tree: &Node) -> Reads {
    let mut reads = Reads::new();
    note(tree, Some(AttributeType::Flag), &mut reads);
    reads
}

/// Notes the attributes within a node whose value is taken for this type.
fn note(node: &Node, taken_for: Option<AttributeType>, reads: &mut Reads) {
    use AttributeType::{Flag, Number, Text};
    match node {
        Node::Attribute(name) => {
            if let Some(taken_for) = taken_for {
                reads.entry(name.to_string()).or_default().insert(taken_for);
            }
        }
        Node::Two(operator, both) => {
            let [one, other] = &**both;
            let (for_one, for_other) = match operator {
                Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
                    (Some(Number), Some(Number))
                }
                Operator::StartsWith | Operator::EndsWith | Operator::Contains => (Some(Text), Some(Text)),
                Operator::Item => (None, Some(Number)),
                Operator::Add => {
                    let of_sum = taken_for.or(type_of(one)).or(type_of(other));
                    (of_sum, of_sum)
                }
                Operator::In => return note_in(one, other, reads),
                _ => (type_of(other), type_of(one)),
            };
            note(one, for_one, reads);
            note(other, for_other, reads);
        }
        Node::Logic { sides, .. } => sides.iter().for_each(|side| note(side, Some(Flag), reads)),
        Node::Choice(parts) => {
            let [condition, yes, no] = &**parts;
            note(condition, Some(Flag), reads);
            note(yes, taken_for, reads);
            note(no, taken_for, reads);
        }
        Node::Not(inner) => note(inner, Some(Flag), reads),
        Node::Negate(inner) => note(inner, Some(Number), reads),
        Node::Size(inner) | Node::IsNamed(inner) => note(inner, Some(Text), reads),
        Node::List(items) => items.iter().for_each(|item| note(item, None, reads)),
        Node::Literal(_) | Node::Variable(_) | Node::Has(_) => {}
    }
}

/// Notes the attributes of `one in list`: each item is compared with the one.
fn note_in(one: &Node, list: &Node, reads: &mut Reads) {
    let Node::List(items) = list else {
        note(one, None, reads);
        return note(list, None, reads);
    };
    if items.is_empty() {
        note(one, None, reads);
    }
    for item in items {
        note(one, type_of(item), reads);
        note(item, type_of(one), reads);
    }
}

/// Returns the type of a node's value; `None` when it follows from the facts, or is a list.
fn type_of(node: &Node) -> Option<AttributeType> {
    match node {
        Node::Literal(Value::Flag(_)) | Node::Has(_) | Node::IsNamed(_) | Node::Not(_) | Node::Logic { .. } => {
            Some(AttributeType::Flag)
        }
        Node::Literal(Value::Number(_)) | Node::Negate(_) | Node::Size(_) => Some(AttributeType::Number),
        Node::Literal(Value::Text(_)) => Some(AttributeType::Text),
        Node::Literal(Value::List(_)) | Node::List(_) | Node::Attribute(_) => None,
        Node::Variable(variable) => Some(variable.type_of()),
        // A rule may mean two types.
        Node::Choice(parts) => type_of(&parts[1]).filter(|one| type_of(&parts[2]) == Some(*one)),
        Node::Two(operator, both) => match operator {
            Operator::Add => type_of(&both[0]).or(type_of(&both[1])),
            Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
                Some(AttributeType::Number)
            }
            Operator::Item => None,
            _ => Some(AttributeType::Flag),
        },
    }
}
