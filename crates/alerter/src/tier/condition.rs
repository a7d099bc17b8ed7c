//! A condition that was read, and its value.

use std::ops::Range;

use super::metric::Metric;
use super::parse;

/// What a node gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Boolean,
}

/// An operator between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A node of a condition. Types are checked while it is parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Number(f64),
    /// An index into [`Condition::metrics`].
    Metric(usize),
    Negative(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
}

/// A condition as written and as read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) text: String,
    /// What it names, in order of appearance, each once.
    pub(crate) metrics: Vec<(String, Metric)>,
    root: Node,
}

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    /// A division by zero: it counts as false, and is counted.
    DividedByZero,
}

/// A division by zero somewhere below.
struct Undefined;

impl Condition {
    /// Reads a condition; `all` says whether it belongs to `*`.
    pub(crate) fn parse(text: &str, all: bool) -> Result<Self, parse::Fault> {
        let (root, metrics) = parse::parse(text, all)?;
        Ok(Self {
            text: text.to_owned(),
            metrics,
            root,
        })
    }

    /// Its value, where `values` are those of its metrics in order.
    pub(crate) fn holds(&self, values: &[f64]) -> Truth {
        match boolean(&self.root, values) {
            Ok(true) => Truth::True,
            Ok(false) => Truth::False,
            Err(Undefined) => Truth::DividedByZero,
        }
    }
}

fn boolean(node: &Node, values: &[f64]) -> Result<bool, Undefined> {
    let Node::Binary(operator, left, right) = node else {
        return match node {
            Node::Not(inner) => boolean(inner, values).map(|value| !value),
            _ => Ok(number(node, values)? != 0.0),
        };
    };
    // Both sides are looked at, so that a division by zero makes the whole condition false
    // wherever it stands, also behind `||` and under `!`.
    if let Operator::Or | Operator::And = operator {
        let (left, right) = (boolean(left, values)?, boolean(right, values)?);
        return Ok(if *operator == Operator::Or {
            left || right
        } else {
            left && right
        });
    }
    let (left, right) = (number(left, values)?, number(right, values)?);
    #[allow(
        clippy::float_cmp,
        reason = "the operator that was asked for; counts are exact"
    )]
    Ok(match operator {
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        Operator::Equal => left == right,
        _ => left != right,
    })
}

fn number(node: &Node, values: &[f64]) -> Result<f64, Undefined> {
    match node {
        Node::Number(value) => Ok(*value),
        Node::Metric(index) => Ok(values.get(*index).copied().unwrap_or(0.0)),
        Node::Negative(inner) => Ok(-number(inner, values)?),
        Node::Not(_) => Ok(f64::from(u8::from(boolean(node, values)?))),
        Node::Binary(operator, left, right) => {
            let (left, right) = (number(left, values)?, number(right, values)?);
            match operator {
                Operator::Add => Ok(left + right),
                Operator::Subtract => Ok(left - right),
                Operator::Multiply => Ok(left * right),
                Operator::Divide if right == 0.0 => Err(Undefined),
                Operator::Divide => Ok(left / right),
                _ => Ok(f64::from(u8::from(boolean(node, values)?))),
            }
        }
    }
}

/// A node with its type and its place, while it is being read.
pub(crate) struct Part {
    pub(crate) node: Node,
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}
