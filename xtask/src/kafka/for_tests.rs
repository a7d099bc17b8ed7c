//! The broker of a run of tests: one that is named, one that runs already, or one of their own.

use super::jars;
use super::tools::{missing, missing_maven};
use crate::report;

/// Where the tests' broker comes from; dropping it stops what was started for them.
pub(crate) enum ForTests {
    /// It is somebody else's: named in the environment, or started by `cargo xtask kafka up`.
    Borrowed,
    /// Started for these tests.
    Own,
    /// There is none, for this reason.
    None(String),
}

impl ForTests {
    /// Finds or starts one. An error is a broker that should have started and did not.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        if std::env::var_os("FENGBIAO_KAFKA").is_some() {
            return Ok(Self::Borrowed);
        }
        if super::running()? {
            if super::can_be_found()? {
                return Ok(Self::Borrowed);
            }
            // Left over from a start that was cut short: no test would find them.
            super::down()?;
        }
        let fetched = jars::are_there(&super::home()?);
        let maven = || missing_maven().filter(|_| !fetched);
        if let Some(what) = missing().or_else(maven) {
            return Ok(Self::None(what));
        }
        super::up(1)?;
        Ok(Self::Own)
    }
}

impl Drop for ForTests {
    fn drop(&mut self) {
        if matches!(self, Self::Own)
            && let Err(error) = super::down()
        {
            report(&format!("error: stopping the tests' broker: {error:#}"));
        }
    }
}
