//! Numbers and lengths of time within what makes sense, said in one way.

use std::fmt::Display;
use std::ops::RangeInclusive;

use anyhow::bail;

/// Fails where the value of a key is too small or too large; `why` says what it is for, or how to do
/// without.
pub(crate) fn within<T: Copy + PartialOrd + Display>(
    key: &str,
    value: T,
    bounds: &RangeInclusive<T>,
    why: &str,
) -> anyhow::Result<()> {
    if !bounds.contains(&value) {
        bail!(
            "`{key}` is `{value}`, expected `{}` to `{}`\nhint: {why}",
            bounds.start(),
            bounds.end()
        );
    }
    Ok(())
}
