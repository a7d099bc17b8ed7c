//! The clocks of the process: the real one, and the scaled one of the demonstration.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fengbiao_model::{Clock, TimeSpan, Timestamp};

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the system's clock"
)]
fn now() -> Timestamp {
    Timestamp::from_millis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, millis),
    )
}

/// The system's clocks.
pub(crate) struct SystemClock {
    began: Instant,
}

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        now()
    }

    fn monotonic(&self) -> TimeSpan {
        TimeSpan::from_millis(millis(self.began.elapsed()))
    }

    fn real(&self, span: TimeSpan) -> Duration {
        Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0))
    }
}

/// A clock that begins in the past, hurries until it reaches the present, and then runs with it.
/// Wall and monotonic readings are scaled alike, so nothing that compares them sees a jump.
pub(crate) struct ScaledClock {
    began: Instant,
    start: Timestamp,
    /// Real time that the hurry lasts.
    hurry: Duration,
    /// Clock time that passes meanwhile.
    hurried: TimeSpan,
}

impl ScaledClock {
    /// Begins `ago` before now and reaches the present after `hurry` of real time.
    pub(crate) fn new(ago: TimeSpan, hurry: Duration) -> Self {
        let start = now() - ago;
        let hurried = TimeSpan::from_millis(ago.as_millis().saturating_add(millis(hurry)));
        Self {
            began: Instant::now(),
            start,
            hurry,
            hurried,
        }
    }

    fn elapsed(&self) -> TimeSpan {
        let real = self.began.elapsed();
        if real >= self.hurry {
            let after = millis(real - self.hurry);
            return TimeSpan::from_millis(self.hurried.as_millis().saturating_add(after));
        }
        let part = i128::from(self.hurried.as_millis()) * i128::from(millis(real));
        let scaled = part / i128::from(millis(self.hurry).max(1));
        TimeSpan::from_millis(i64::try_from(scaled).unwrap_or(i64::MAX))
    }

    /// Whether the present has been reached.
    pub(crate) fn arrived(&self) -> bool {
        self.began.elapsed() >= self.hurry
    }
}

impl Clock for ScaledClock {
    fn wall(&self) -> Timestamp {
        self.start + self.elapsed()
    }

    fn monotonic(&self) -> TimeSpan {
        self.elapsed()
    }

    fn real(&self, span: TimeSpan) -> Duration {
        let done = self.elapsed().as_millis();
        let left = (self.hurried.as_millis() - done).max(0);
        let (quick, plain) = (span.as_millis().min(left), (span.as_millis() - left).max(0));
        let scaled = i128::from(quick) * i128::from(millis(self.hurry))
            / i128::from(self.hurried.as_millis().max(1));
        let total = i64::try_from(scaled)
            .unwrap_or(i64::MAX)
            .saturating_add(plain);
        Duration::from_millis(u64::try_from(total).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scaled_clock_hurries_and_then_keeps_pace() {
        let clock = ScaledClock::new(TimeSpan::from_hours(6), Duration::from_millis(200));
        assert!(now().since(clock.wall()) > TimeSpan::from_hours(4));
        let wait = clock.real(TimeSpan::from_hours(1));
        assert!(wait < Duration::from_millis(60), "{wait:?}");
        std::thread::sleep(Duration::from_millis(220));
        assert!(clock.arrived());
        assert!(now().since(clock.wall()) < TimeSpan::from_secs(2));
        assert!(clock.wall().since(now()) < TimeSpan::from_secs(2));
        assert_eq!(clock.real(TimeSpan::from_secs(3)), Duration::from_secs(3));
    }
}
