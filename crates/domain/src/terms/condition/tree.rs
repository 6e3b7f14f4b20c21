//! The tree of a condition, made of the nodes of CEL that a condition may have.

use cel::Program;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators as op};

use crate::terms::condition::bounds::{DEPTH_MAX, NODES_MAX};
use crate::terms::condition::error::{ConditionError, Problem};
use crate::terms::condition::facts::{ATTRIBUTES, OCCURRED, Value, Variable};
use crate::terms::condition::scan::Decimals;
use crate::value::number::Number;

/// Functions beside `has`, for which the parser makes a node of its own. All but the first are methods of a text.
pub(super) const FUNCTIONS: [&str; 4] = ["size", "startsWith", "endsWith", "contains"];

/// A node of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Literal(Value<'static>),
    Variable(Variable),
    /// The value of an attribute.
    Attribute(Box<str>),
    /// Whether there is an attribute of this name.
    Has(Box<str>),
    /// Whether there is an attribute whose name is this value.
    IsNamed(Box<Node>),
    List(Vec<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Size(Box<Node>),
    /// `a && b`, which one false decides, or `a || b`, which one true decides.
    Logic {
        decides: bool,
        sides: Box<[Node; 2]>,
    },
    Two(Operator, Box<[Node; 2]>),
    /// `a ? b : c`.
    Choice(Box<[Node; 3]>),
}

/// An operator, or a method of a text, of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// Whether the first is an item of the second.
    In,
    /// The item of the first at the place that the second says.
    Item,
    StartsWith,
    EndsWith,
    Contains,
}

impl Operator {
    /// Finds an operator by CEL's name of it.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            op::EQUALS => Self::Equal,
            op::NOT_EQUALS => Self::NotEqual,
            op::LESS => Self::Less,
            op::LESS_EQUALS => Self::LessOrEqual,
            op::GREATER => Self::Greater,
            op::GREATER_EQUALS => Self::GreaterOrEqual,
            op::ADD => Self::Add,
            op::SUBSTRACT => Self::Subtract,
            op::MULTIPLY => Self::Multiply,
            op::DIVIDE => Self::Divide,
            op::MODULO => Self::Remainder,
            op::IN => Self::In,
            op::INDEX => Self::Item,
            _ => return None,
        })
    }

    /// Finds a method of a text by its name.
    fn of_text(name: &str) -> Option<Self> {
        match name {
            "startsWith" => Some(Self::StartsWith),
            "endsWith" => Some(Self::EndsWith),
            "contains" => Some(Self::Contains),
            _ => None,
        }
    }
}

/// Makes the tree of a program. Refuses a program that has an unsupported node or too many nodes.
pub(super) fn of(program: &Program, text: &str, decimals: &Decimals) -> Result<Node, ConditionError> {
    Walk { program, text, decimals, nodes: 0 }.node(program.expression(), 1)
}

impl Node {
    /// Returns the nodes within it.
    pub(super) fn inner(&self) -> &[Self] {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Attribute(_) | Self::Has(_) => &[],
            Self::IsNamed(one) | Self::Not(one) | Self::Negate(one) | Self::Size(one) => std::slice::from_ref(one),
            Self::List(items) => items,
            Self::Two(_, both) | Self::Logic { sides: both, .. } => &**both,
            Self::Choice(parts) => &**parts,
        }
    }

    /// True when it asks for attributes.
    pub(super) fn reads_attributes(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::Has(_) | Self::IsNamed(_))
            || self.inner().iter().any(Self::reads_attributes)
    }
}

struct Walk<'a> {
    program: &'a Program,
    text: &'a str,
    decimals: &'a Decimals,
    nodes: usize,
}

impl Walk<'_> {
    fn node(&mut self, node: &IdedExpr, depth: usize) -> Result<Node, ConditionError> {
        self.count(node)?;
        if depth > DEPTH_MAX {
            return Err(self.refuse(node, Problem::TooDeep));
        }
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => match Variable::of(name) {
                Some(variable) => Ok(Node::Variable(variable)),
                None if name == ATTRIBUTES => Err(self.refuse(node, Problem::Attributes)),
                None if is_time(name) => Err(self.refuse(node, Problem::Occurred)),
                None => Err(self.refuse(node, Problem::Variable(name.clone()))),
            },
            Expr::Select(select) => self.select(node, select),
            Expr::List(list) if list.optional_indices.is_empty() => {
                let items = list.elements.iter().map(|element| self.node(element, depth + 1));
                items.collect::<Result<_, _>>().map(Node::List)
            }
            Expr::Call(call) => self.call(node, call, depth),
            Expr::Unspecified | Expr::List(_) | Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) => {
                Err(self.refuse(node, Problem::Unsupported))
            }
        }
    }

    fn literal(&self, node: &IdedExpr, literal: &LiteralValue) -> Result<Node, ConditionError> {
        let value = match literal {
            LiteralValue::Int(number) => Value::Number(Number::Whole(*number.inner())),
            LiteralValue::String(text) => Value::Text(text.inner().to_owned().into()),
            LiteralValue::Boolean(flag) => Value::Flag(*flag.inner()),
            // The digits are those that the scan read. Of the parser's float only the sign is taken, which is exact.
            LiteralValue::Double(float) => {
                let digits = self.begin(node).and_then(|begin| self.decimals.get(&begin));
                let number = *digits.ok_or_else(|| self.refuse(node, Problem::Literal))?;
                Value::Number(if float.inner().is_sign_negative() { negative(number) } else { number })
            }
            _ => return Err(self.refuse(node, Problem::Literal)),
        };
        Ok(Node::Literal(value))
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Result<Node, ConditionError> {
        if is_attributes(&select.operand) {
            self.count(&select.operand)?;
            // `has(attributes.name)` is the same node, marked as a test.
            let name = select.field.as_str().into();
            return Ok(if select.test { Node::Has(name) } else { Node::Attribute(name) });
        }
        match &select.operand.expr {
            Expr::Ident(name) if name == OCCURRED => {
                self.count(&select.operand)?;
                // It is always there: asking for it with `has` would be a mistake.
                let variable = Variable::of(&format!("{OCCURRED}.{}", select.field)).filter(|_| !select.test);
                variable.map(Node::Variable).ok_or_else(|| self.refuse(node, Problem::Occurred))
            }
            Expr::Ident(name) if is_time(name) => Err(self.refuse(node, Problem::Occurred)),
            Expr::Ident(name) if Variable::of(name).is_none() => {
                Err(self.refuse(node, Problem::Variable(name.clone())))
            }
            _ => Err(self.refuse(node, Problem::Field(select.field.clone()))),
        }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr, depth: usize) -> Result<Node, ConditionError> {
        let name = call.func_name.as_str();
        match (name, &call.target, call.args.as_slice()) {
            (op::INDEX, None, [attributes, key]) if is_attributes(attributes) => {
                self.count(attributes)?;
                // The key must be a literal. Then an error that names the attribute shows only words of the condition.
                let Expr::Literal(LiteralValue::String(name)) = &key.expr else {
                    return Err(self.refuse(key, Problem::Attributes));
                };
                self.count(key)?;
                Ok(Node::Attribute(name.inner().into()))
            }
            (op::IN, None, [key, attributes]) if is_attributes(attributes) => {
                self.count(attributes)?;
                Ok(Node::IsNamed(Box::new(self.node(key, depth + 1)?)))
            }
            (op::LOGICAL_NOT, None, [one]) => Ok(Node::Not(Box::new(self.node(one, depth + 1)?))),
            (op::NEGATE, None, [one]) => Ok(Node::Negate(Box::new(self.node(one, depth + 1)?))),
            ("size", None, [one]) => Ok(Node::Size(Box::new(self.node(one, depth + 1)?))),
            (op::CONDITIONAL, None, [condition, yes, no]) => {
                let [condition, yes, no] = [condition, yes, no].map(|part| self.node(part, depth + 1));
                Ok(Node::Choice(Box::new([condition?, yes?, no?])))
            }
            (op::LOGICAL_AND | op::LOGICAL_OR, None, [one, other]) => {
                let sides = Box::new([self.node(one, depth + 1)?, self.node(other, depth + 1)?]);
                Ok(Node::Logic { decides: name == op::LOGICAL_OR, sides })
            }
            (_, target, arguments) => match (Operator::of(name), Operator::of_text(name), target.as_deref(), arguments)
            {
                (Some(operator), _, None, [one, other]) | (_, Some(operator), Some(one), [other]) => {
                    self.two(node, operator, [one, other], depth)
                }
                _ if FUNCTIONS.contains(&name) || name == op::HAS => Err(self.refuse(node, Problem::Call(name.into()))),
                _ => Err(self.refuse(node, Problem::of_function(name))),
            },
        }
    }

    fn two(
        &mut self,
        node: &IdedExpr,
        operator: Operator,
        [one, other]: [&IdedExpr; 2],
        depth: usize,
    ) -> Result<Node, ConditionError> {
        let has_point = |node: &IdedExpr| matches!(node.expr, Expr::Literal(LiteralValue::Double(_)));
        if matches!(operator, Operator::Divide | Operator::Remainder) && (has_point(one) || has_point(other)) {
            return Err(self.refuse(node, Problem::Divided));
        }
        Ok(Node::Two(operator, Box::new([self.node(one, depth + 1)?, self.node(other, depth + 1)?])))
    }

    fn count(&mut self, node: &IdedExpr) -> Result<(), ConditionError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(self.refuse(node, Problem::TooLarge)) } else { Ok(()) }
    }

    /// Returns the byte at which a node begins. The parser counts bytes.
    fn begin(&self, node: &IdedExpr) -> Option<usize> {
        self.program.source_info().offset_for(node.id).and_then(|(begin, _)| usize::try_from(begin).ok())
    }

    fn refuse(&self, node: &IdedExpr, problem: Problem) -> ConditionError {
        // People count characters.
        let before = self.begin(node).and_then(|begin| self.text.get(..begin));
        ConditionError { problem, column: before.map(|before| before.chars().count() + 1) }
    }
}

fn is_attributes(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name == ATTRIBUTES)
}

/// True when a name stands for the time of the activity, here or in the API.
fn is_time(name: &str) -> bool {
    name == OCCURRED || name == "occurred_at"
}

fn negative(number: Number) -> Number {
    Number::Whole(0).minus(number).expect("a number of plain digits without a sign has a counterpart below zero")
}
