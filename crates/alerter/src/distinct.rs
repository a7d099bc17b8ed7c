//! Counting distinct things: exactly up to a bound, then by a sketch with a fixed seed.

/// A set that is only counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    exact: std::collections::BTreeSet<u64>,
}
