//! Whole numbers.

use serde::de::{Deserialize as _, Deserializer, Error as _};

/// Reads one that is not below zero.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let wrong = |_| D::Error::custom(format!("`{number}`, expected a whole number from 0 on"));
    u64::try_from(number).map_err(wrong)
}
