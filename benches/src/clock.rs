//! A clock that stands still: what time it is does not change what a record costs.

use std::time::Duration;

use fengbiao_model::{Clock, TimeSpan, Timestamp};

/// When the generated posts begin: 2026-03-01T00:00:00Z.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_millis(1_772_323_200_000);

/// Stands a day after the generated posts begin, so that none of them lies in the future.
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn wall(&self) -> Timestamp {
        BEGINNING + TimeSpan::from_hours(24)
    }

    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }

    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::from_secs(3_600)
    }
}
