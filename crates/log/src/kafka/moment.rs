//! Moments that a machine which stood still does not hold back.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment by the clock that goes on while the machine is suspended. [`Instant`](std::time::Instant)
/// does not: after a night it says that a second has passed, in which others have taken the place of
/// this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(Duration);

impl Moment {
    pub(super) fn now() -> Self {
        let now = clock_gettime(ClockId::Boottime);
        // It counts from the machine's start and is not negative.
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
        Self(Duration::new(seconds, nanos))
    }

    pub(super) fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of both clocks only this one counts what a machine was suspended, as the system's own count of
    /// its time since its start does. Where the machine never was, both clocks agree with it, and this
    /// shows no more than that the reading is put together rightly.
    #[test]
    fn it_is_the_time_since_the_machine_was_started() {
        let uptime = || {
            let text = std::fs::read_to_string("/proc/uptime").unwrap();
            let seconds: f64 = text.split(' ').next().unwrap().parse().unwrap();
            Duration::from_secs_f64(seconds)
        };
        let moment = Moment::now();
        assert!(moment.elapsed() < Duration::from_secs(5));
        let difference = uptime().abs_diff(moment.0);
        assert!(difference < Duration::from_secs(5), "{difference:?}");
    }
}
