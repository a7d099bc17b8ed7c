//! How many posts a source usually brings, by the hour of the day.
//!
//! For each hour of the day an exponentially weighted mean over the days: `mean += (new − mean) /
//! 4`, so that it follows a change within a week and needs 24 numbers, whatever the source brings.
//! The hour of the day is kept apart because most sources sleep at night: one mean for all hours
//! would call each night a silence. Hours in which the source was not looked at for at least half
//! of the time are left out: missing is not zero. Weekdays are not told apart; a source that rests
//! at weekends wants a longer `quiet_after`.

use fengbiao_model::{TimeSpan, Timestamp};

use crate::limits::{MAX_EXPECTED_HOURS, MIN_MINUTES_OF_AN_HOUR};
use crate::record::{HOURS_OF_A_DAY, UsualPosts};

const MILLIS_PER_HOUR: i64 = 3_600_000;

impl UsualPosts {
    /// One minute in which the source was looked at, and what it brought. Minutes of an hour that
    /// is over already count nothing.
    pub(crate) fn count(&mut self, minute: Timestamp, posts: u32) {
        let hour = minute.minute() / 60;
        if hour > self.hour {
            self.fold();
            (self.hour, self.posts, self.minutes) = (hour, 0, 0);
        }
        if hour == self.hour {
            self.posts += u64::from(posts);
            self.minutes += 1;
        }
    }

    /// What was counted of an hour that was part of a silence is no measure of what is usual.
    pub(crate) const fn leave_out(&mut self) {
        (self.posts, self.minutes) = (0, 0);
    }

    /// The hour is over: its rate goes into the mean.
    fn fold(&mut self) {
        if self.minutes < MIN_MINUTES_OF_AN_HOUR {
            return;
        }
        let rate = self.posts.saturating_mul(60_000) / u64::from(self.minutes);
        let rate = u32::try_from(rate).unwrap_or(u32::MAX);
        let mean = &mut self.milliposts[slot(self.hour)];
        *mean = Some(match *mean {
            None => rate,
            Some(mean) if rate >= mean => mean + (rate - mean) / 4,
            Some(mean) => mean - (mean - rate).div_ceil(4),
        });
    }

    /// Thousandths of a post that were to be expected between two times. Hours of which nothing is
    /// known add nothing.
    pub(crate) fn expected(&self, from: Timestamp, to: Timestamp) -> u64 {
        let from = from.max(to - TimeSpan::from_hours(MAX_EXPECTED_HOURS));
        let (from, to) = (from.as_millis(), to.as_millis());
        let mut sum = 0_u64;
        let mut at = from;
        while at < to {
            let hour = at / MILLIS_PER_HOUR;
            let end = ((hour + 1) * MILLIS_PER_HOUR).min(to);
            let rate = self.milliposts[slot(hour)].unwrap_or(0);
            let part = u64::from(rate) * (end - at).unsigned_abs() / MILLIS_PER_HOUR.unsigned_abs();
            sum = sum.saturating_add(part);
            at = end;
        }
        sum
    }
}

fn slot(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(24)).unwrap_or(0) % HOURS_OF_A_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(usual: &mut UsualPosts, from: i64, rates: &[u32]) {
        for (hour, &rate) in (from..).zip(rates) {
            for minute in 0..60 {
                let posts = rate / 60 + u32::from(minute < rate % 60);
                usual.count(Timestamp::of_minute(hour * 60 + i64::from(minute)), posts);
            }
        }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::of_minute(hour * 60)
    }

    #[test]
    fn the_mean_follows_within_a_week() {
        let mut usual = UsualPosts::default();
        hours(&mut usual, 24, &[40; 25]);
        assert_eq!(usual.milliposts[0], Some(40_000));
        assert_eq!(usual.expected(at(49), at(52)), 120_000);
        for day in 2..9 {
            hours(&mut usual, 24 * day, &[80; 25]);
        }
        let mean = usual.milliposts[5].unwrap();
        assert!((74_000..80_000).contains(&mean), "{mean}");
        for day in 9..40 {
            hours(&mut usual, 24 * day, &[0; 25]);
        }
        assert!(
            usual.milliposts[5].unwrap() < 20,
            "it is forgotten in the end"
        );
    }

    #[test]
    fn nights_expect_nothing_and_unknown_hours_neither() {
        let mut usual = UsualPosts::default();
        let mut day = [60; 25];
        day[0..8].fill(0);
        hours(&mut usual, 24, &day);
        assert_eq!(usual.expected(at(48), at(56)), 0);
        assert_eq!(usual.expected(at(48), at(57)), 60_000);
        assert_eq!(UsualPosts::default().expected(at(0), at(500)), 0);
    }

    #[test]
    fn an_hour_that_was_hardly_looked_at_is_missing_and_not_zero() {
        let mut usual = UsualPosts::default();
        hours(&mut usual, 24, &[60, 60]);
        for minute in 0..10 {
            usual.count(Timestamp::of_minute(48 * 60 + minute), 0);
        }
        usual.count(at(49), 0);
        assert_eq!(usual.milliposts[0], Some(60_000));
    }
}
