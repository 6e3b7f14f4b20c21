//! The tree check: the nodes of CEL that a condition may have.

use cel::Program;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators as op};

use crate::terms::condition::bounds::{DEPTH_MAX, NODES_MAX};
use crate::terms::condition::error::{ConditionError, Problem};
use crate::terms::condition::facts::{ATTRIBUTES, VALUES};

/// Functions beside `has`, for which the parser makes a node of its own. All but the first are methods of a text.
pub(super) const FUNCTIONS: [&str; 4] = ["size", "startsWith", "endsWith", "contains"];

/// Operators that take values of any supported type, or report a wrong type when they are evaluated.
const OPERATORS: [&str; 17] = [
    op::CONDITIONAL,
    op::LOGICAL_AND,
    op::LOGICAL_OR,
    op::LOGICAL_NOT,
    op::SUBSTRACT,
    op::ADD,
    op::MULTIPLY,
    op::DIVIDE,
    op::MODULO,
    op::EQUALS,
    op::NOT_EQUALS,
    op::GREATER_EQUALS,
    op::LESS_EQUALS,
    op::GREATER,
    op::LESS,
    op::NEGATE,
    op::INDEX,
];

/// Refuses a program that has an unsupported node or too many nodes.
pub(super) fn check(program: &Program, text: &str) -> Result<(), ConditionError> {
    Walk { program, text, nodes: 0 }.node(program.expression(), 1)
}

/// Returns whether a checked tree asks for attributes.
pub(super) fn reads_attributes(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Select(select) => reads_attributes(&select.operand),
        Expr::List(list) => list.elements.iter().any(reads_attributes),
        Expr::Call(call) => {
            call.target.as_deref().is_some_and(reads_attributes) || call.args.iter().any(reads_attributes)
        }
        // The other nodes that the check lets through hold no further nodes.
        _ => is_attributes(node),
    }
}

struct Walk<'a> {
    program: &'a Program,
    text: &'a str,
    nodes: usize,
}

impl Walk<'_> {
    fn node(&mut self, node: &IdedExpr, depth: usize) -> Result<(), ConditionError> {
        self.count(node)?;
        if depth > DEPTH_MAX {
            return Err(self.refuse(node, Problem::TooDeep));
        }
        match &node.expr {
            Expr::Literal(LiteralValue::Int(_) | LiteralValue::String(_) | LiteralValue::Boolean(_)) => Ok(()),
            Expr::Literal(_) => Err(self.refuse(node, Problem::Literal)),
            Expr::Ident(name) if VALUES.contains(&name.as_str()) => Ok(()),
            Expr::Ident(name) if name == ATTRIBUTES => Err(self.refuse(node, Problem::Attributes)),
            Expr::Ident(name) => Err(self.refuse(node, Problem::Variable(name.clone()))),
            // `has(attributes.name)` is the same node, marked as a test.
            Expr::Select(select) if is_attributes(&select.operand) => self.count(&select.operand),
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(name) if !VALUES.contains(&name.as_str()) => {
                    Err(self.refuse(node, Problem::Variable(name.clone())))
                }
                _ => Err(self.refuse(node, Problem::Field(select.field.clone()))),
            },
            Expr::List(list) if list.optional_indices.is_empty() => {
                list.elements.iter().try_for_each(|element| self.node(element, depth + 1))
            }
            Expr::Call(call) => self.call(node, call, depth),
            Expr::Unspecified | Expr::List(_) | Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) => {
                Err(self.refuse(node, Problem::Unsupported))
            }
        }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr, depth: usize) -> Result<(), ConditionError> {
        let name = call.func_name.as_str();
        match (name, &call.target, call.args.as_slice()) {
            (op::INDEX, None, [attributes, key]) if is_attributes(attributes) => {
                self.count(attributes)?;
                // The key must be a literal. Then an error that names the attribute shows only words of the condition.
                if matches!(key.expr, Expr::Literal(LiteralValue::String(_))) {
                    self.count(key)
                } else {
                    Err(self.refuse(key, Problem::Attributes))
                }
            }
            (op::IN, None, [key, attributes]) if is_attributes(attributes) => {
                self.count(attributes)?;
                self.node(key, depth + 1)
            }
            (op::IN, None, [item, list]) => {
                self.node(item, depth + 1)?;
                self.node(list, depth + 1)
            }
            ("size", None, [sized]) => self.node(sized, depth + 1),
            ("startsWith" | "endsWith" | "contains", Some(text), [part]) => {
                self.node(text, depth + 1)?;
                self.node(part, depth + 1)
            }
            (_, None, arguments) if OPERATORS.contains(&name) => {
                arguments.iter().try_for_each(|argument| self.node(argument, depth + 1))
            }
            _ if FUNCTIONS.contains(&name) || name == op::HAS => Err(self.refuse(node, Problem::Call(name.into()))),
            _ => Err(self.refuse(node, Problem::Function(name.into()))),
        }
    }

    fn count(&mut self, node: &IdedExpr) -> Result<(), ConditionError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(self.refuse(node, Problem::TooLarge)) } else { Ok(()) }
    }

    fn refuse(&self, node: &IdedExpr, problem: Problem) -> ConditionError {
        let begin = self.program.source_info().offset_for(node.id).and_then(|(begin, _)| usize::try_from(begin).ok());
        // The parser counts bytes; people count characters.
        let before = begin.and_then(|begin| self.text.get(..begin));
        ConditionError { problem, column: before.map(|before| before.chars().count() + 1) }
    }
}

fn is_attributes(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name == ATTRIBUTES)
}
