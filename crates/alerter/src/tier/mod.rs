//! Tier conditions: a subset of CEL over window metrics, and the ladders made of them.

mod condition;
mod detector;
mod ladder;
mod lex;
mod metric;
mod parse;

pub(crate) use condition::{Condition, Truth};
pub(crate) use detector::{Detector, Season};
pub(crate) use ladder::CompiledLadder;
pub use ladder::{TierError, check_ladder};
pub(crate) use metric::{Metric, Quantity, Window};
