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
    /// With its place in the text.
    Not(Box<Node>, Range<usize>),
    /// With its place in the text.
    Binary(Operator, Box<Node>, Box<Node>, Range<usize>),
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

    /// What is left of it without the branches that are not true, where it is true itself.
    pub(crate) fn held<'a>(&'a self, values: &'a [f64]) -> Held<'a> {
        let mut held = Held {
            condition: self,
            values,
            metrics: vec![false; self.metrics.len()],
            whole: true,
            text: String::new(),
        };
        held.write(&self.root, false);
        held
    }
}

/// The part of a condition that is true.
pub(crate) struct Held<'a> {
    condition: &'a Condition,
    values: &'a [f64],
    /// Which of the condition's metrics it names.
    pub(crate) metrics: Vec<bool>,
    /// Whether it is all of the condition.
    pub(crate) whole: bool,
    /// As written, but for parentheses that nothing needs any more.
    pub(crate) text: String,
}

impl Held<'_> {
    fn write(&mut self, node: &Node, within_and: bool) {
        match node {
            Node::Binary(Operator::And, left, right, _) => {
                self.write(left, true);
                self.text.push_str(" && ");
                self.write(right, true);
            }
            Node::Binary(Operator::Or, left, right, _) => {
                match (self.is_true(left), self.is_true(right)) {
                    (true, false) => self.write_alone(left, within_and),
                    (false, true) => self.write_alone(right, within_and),
                    _ => self.write_either(left, right, within_and),
                }
            }
            Node::Binary(.., range) | Node::Not(_, range) => {
                let written = self.condition.text.get(range.clone());
                self.text.push_str(written.unwrap_or_default());
                self.name(node);
            }
            Node::Number(_) | Node::Metric(_) | Node::Negative(_) => {}
        }
    }

    fn write_alone(&mut self, branch: &Node, within_and: bool) {
        self.whole = false;
        self.write(branch, within_and);
    }

    fn write_either(&mut self, left: &Node, right: &Node, within_and: bool) {
        if within_and {
            self.text.push('(');
        }
        self.write(left, false);
        self.text.push_str(" || ");
        self.write(right, false);
        if within_and {
            self.text.push(')');
        }
    }

    fn is_true(&self, node: &Node) -> bool {
        boolean(node, self.values).unwrap_or(false)
    }

    /// Notes the metrics below a node.
    fn name(&mut self, node: &Node) {
        match node {
            Node::Number(_) => {}
            Node::Metric(index) => self.metrics[*index] = true,
            Node::Negative(inner) | Node::Not(inner, _) => self.name(inner),
            Node::Binary(_, left, right, _) => {
                self.name(left);
                self.name(right);
            }
        }
    }
}

fn boolean(node: &Node, values: &[f64]) -> Result<bool, Undefined> {
    let Node::Binary(operator, left, right, _) = node else {
        return match node {
            Node::Not(inner, _) => boolean(inner, values).map(|value| !value),
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
        Node::Not(..) => Ok(f64::from(u8::from(boolean(node, values)?))),
        Node::Binary(operator, left, right, _) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a condition where `voices_1h` is 5, `lists_1h` 1 and all else 0, and the
    /// metrics that are named in it; none where all is left.
    fn held(text: &str) -> Option<(String, Vec<String>)> {
        let condition = Condition::parse(text, false).unwrap_or_else(|no| panic!("{no:?}"));
        let value = |name: &str| match name {
            "voices_1h" => 5.0,
            "lists_1h" => 1.0,
            _ => 0.0,
        };
        let values: Vec<f64> = condition
            .metrics
            .iter()
            .map(|(name, _)| value(name))
            .collect();
        assert_eq!(condition.holds(&values), Truth::True, "{text}");
        let held = condition.held(&values);
        let named = condition.metrics.iter().zip(&held.metrics);
        let named = named
            .filter(|(_, named)| **named)
            .map(|((name, _), _)| name.clone());
        (!held.whole).then_some((held.text, named.collect()))
    }

    #[test]
    fn what_is_left_without_the_branches_that_are_not_true() {
        let check = |text: &str, left: &str, named: &[&str]| {
            let (text, names) = held(text).unwrap_or_else(|| panic!("all of {text} is left"));
            assert_eq!(
                (text.as_str(), names),
                (left, named.iter().map(|n| (*n).to_owned()).collect())
            );
        };
        check(
            "posts_1h >= 1 || voices_1h>=5",
            "voices_1h>=5",
            &["voices_1h"],
        );
        check(
            "voices_1h >= 9 && reach_1h >= 1 || lists_1h >= 1 && (weight_1h >= 6 || voices_1h >= 2)",
            "lists_1h >= 1 && voices_1h >= 2",
            &["voices_1h", "lists_1h"],
        );
        check(
            "(posts_1h > 0 || lists_1h > 0 || voices_1h > 0) && voices_1h * 2 >= posts_1h + 10",
            "(lists_1h > 0 || voices_1h > 0) && voices_1h * 2 >= posts_1h + 10",
            &["posts_1h", "lists_1h", "voices_1h"],
        );
        check(
            "!(posts_1h >= 1 || reach_1h >= 1) || ears_1h >= 3",
            "!(posts_1h >= 1 || reach_1h >= 1)",
            &["posts_1h", "reach_1h"],
        );
        check(
            "(posts_1h >= 1 || voices_1h >= 5) || lists_1h >= 1",
            "voices_1h >= 5 || lists_1h >= 1",
            &["voices_1h", "lists_1h"],
        );
    }

    #[test]
    fn where_all_is_true_nothing_is_left_out() {
        assert_eq!(held("voices_1h >= 5"), None);
        assert_eq!(
            held("(voices_1h >= 5 || lists_1h >= 1) && posts_1h == 0"),
            None
        );
    }
}
