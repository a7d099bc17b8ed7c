//! Expressions: text → tokens → tree → [`Condition`](crate::compiled::Condition), and back to text.
//!
//! Within this module places are byte ranges of the expression's own text; whoever knows where the
//! expression stands moves the diagnostics there.

mod faults;
mod lower;
mod parse;
mod print;
mod safety;
mod token;

pub(crate) use lower::{KeyTable, Lowering, default_reading, positive_keys};
pub(crate) use parse::parse;
pub use print::{DisplayCondition, DisplayKeys};
pub(crate) use safety::check_safety;
pub(crate) use token::{holds_operator, is_blank_key, suspicious_symbol};

use std::ops::Range;

use crate::compiled::{Place, Reading};

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Its bytes in the expression, with its parentheses or prefix.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a piece of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Key(String),
    List(String),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Near {
        left: Box<Node>,
        right: Box<Node>,
        distance: u32,
        ordered: bool,
    },
    AtLeast {
        count: u32,
        of: Vec<Node>,
    },
    /// `title:` before it.
    Title(Box<Node>),
    /// `word:` or `substring:` before a key or list.
    Read(Reading, Box<Node>),
}

/// A place in an expression that does not know its file yet.
pub(crate) fn local(range: Range<usize>) -> Place {
    Place {
        path: String::new(),
        range,
    }
}
