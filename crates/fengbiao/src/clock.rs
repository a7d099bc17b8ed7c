//! The clocks of the process: the real one, and the scaled one of the demonstration.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fengbiao_alerter::limits::SLOWER_WHEN_AHEAD;
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

/// A clock that begins in the past, hurries from when it is told to until it reaches the present, and
/// else keeps pace with it. Wall and monotonic readings are scaled alike, so nothing that compares them
/// sees a jump.
pub(crate) struct ScaledClock {
    made: Instant,
    start: Timestamp,
    /// How long after it was made the hurry began.
    hurries_from: OnceLock<Duration>,
    /// Real time that the hurry lasts.
    hurry: Duration,
    /// Clock time that passes meanwhile.
    hurried: TimeSpan,
}

impl ScaledClock {
    /// Begins `ago` before now, and reaches the present after `hurry` of real time once it hurries.
    pub(crate) fn new(ago: TimeSpan, hurry: Duration) -> Self {
        let start = now() - ago;
        let hurried = TimeSpan::from_millis(ago.as_millis().saturating_add(millis(hurry)));
        Self {
            made: Instant::now(),
            start,
            hurries_from: OnceLock::new(),
            hurry,
            hurried,
        }
    }

    /// Hurries from now on. What is to be seen in the time that it hurries through must be ready: how
    /// long that takes is for the machine to say.
    pub(crate) fn hurry(&self) {
        self.hurries_from.get_or_init(|| self.made.elapsed());
    }

    /// Real time since the hurry began, and what passed before; none where it has not begun.
    fn hurrying(&self) -> Option<(Duration, Duration)> {
        let from = *self.hurries_from.get()?;
        Some((self.made.elapsed().saturating_sub(from), from))
    }

    /// Clock time that has passed since the hurry began.
    fn scaled(&self, real: Duration) -> TimeSpan {
        if real >= self.hurry {
            let after = millis(real - self.hurry);
            return TimeSpan::from_millis(self.hurried.as_millis().saturating_add(after));
        }
        let part = i128::from(self.hurried.as_millis()) * i128::from(millis(real));
        let scaled = part / i128::from(millis(self.hurry).max(1));
        TimeSpan::from_millis(i64::try_from(scaled).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> TimeSpan {
        // Read first: a hurry that begins meanwhile begins behind it.
        let real = millis(self.made.elapsed());
        let passed = self.hurrying().map_or(real, |(since, before)| {
            millis(before).saturating_add(self.scaled(since).as_millis())
        });
        TimeSpan::from_millis(passed)
    }

    /// Whether the present has been reached.
    pub(crate) fn arrived(&self) -> bool {
        self.hurrying()
            .is_some_and(|(since, _)| since >= self.hurry)
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
        let left = self.hurrying().map_or(0, |(since, _)| {
            (self.hurried.as_millis() - self.scaled(since).as_millis()).max(0)
        });
        let (quick, plain) = (span.as_millis().min(left), (span.as_millis() - left).max(0));
        let scaled = i128::from(quick) * i128::from(millis(self.hurry))
            / i128::from(self.hurried.as_millis().max(1));
        let total = i64::try_from(scaled)
            .unwrap_or(i64::MAX)
            .saturating_add(plain);
        Duration::from_millis(u64::try_from(total).unwrap_or(0))
    }
}

/// A length as people say it: whole seconds up to ten minutes, whole minutes above.
pub(crate) fn about(length: TimeSpan) -> TimeSpan {
    let secs = length.as_millis() / 1_000;
    if secs < 600 {
        TimeSpan::from_secs(secs)
    } else {
        TimeSpan::from_minutes(secs / 60)
    }
}

/// What the alerter's time means that is ahead of the clock.
pub(crate) fn ahead_of_clock(ahead: TimeSpan) -> String {
    let gone = TimeSpan::from_millis(ahead.as_millis().saturating_mul(SLOWER_WHEN_AHEAD));
    format!(
        "its time is {} ahead of the clock, which was set back: notices go out, and timers run at \
         1/{SLOWER_WHEN_AHEAD} of their pace until it has caught up, in {} or so",
        about(ahead),
        about(gone)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIX_HOURS: TimeSpan = TimeSpan::from_hours(6);

    #[test]
    fn lengths_are_told_as_people_say_them() {
        let told = |millis| about(TimeSpan::from_millis(millis)).to_string();
        assert_eq!(told(59_999), "59s");
        assert_eq!(told(8 * 3_600_000 + 59_999), "8h");
        assert_eq!(told(90 * 60_000), "90m");
    }

    #[test]
    fn the_scaled_clock_keeps_pace_until_it_is_told_to_hurry() {
        let clock = ScaledClock::new(SIX_HOURS, Duration::from_millis(1));
        std::thread::sleep(Duration::from_millis(20));
        assert!(!clock.arrived());
        assert!(now().since(clock.wall()) > TimeSpan::from_minutes(359));
        assert!(clock.monotonic() >= TimeSpan::from_millis(20));
        assert_eq!(clock.real(TimeSpan::from_secs(3)), Duration::from_secs(3));
    }

    #[test]
    fn the_scaled_clock_hurries() {
        // Six hours in ten minutes: a test that is held up for minutes finds it hurrying still.
        let clock = ScaledClock::new(SIX_HOURS, Duration::from_secs(600));
        let before = clock.wall();
        clock.hurry();
        let began = clock.monotonic();
        std::thread::sleep(Duration::from_millis(100));
        assert!(clock.monotonic().as_millis() - began.as_millis() >= 3_600);
        assert!(clock.wall().since(before) >= TimeSpan::from_millis(3_600));
        assert!(!clock.arrived());
        // Six hours and the ten minutes that pass meanwhile.
        let wait = clock.real(TimeSpan::from_minutes(37));
        assert_eq!(wait, Duration::from_secs(60));
    }

    #[test]
    fn the_scaled_clock_keeps_pace_in_the_present() {
        let clock = ScaledClock::new(SIX_HOURS, Duration::from_millis(1));
        clock.hurry();
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.arrived());
        let (before, present, behind) = (now(), clock.wall(), now());
        let near = TimeSpan::from_secs(1);
        assert!(before - near <= present && present <= behind + near);
        assert_eq!(clock.real(TimeSpan::from_secs(3)), Duration::from_secs(3));
    }
}
