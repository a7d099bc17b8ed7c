//! What the pulses say of each hour: whether the sources were looked at, and how much they gave.
//!
//! An hour is *missing* when less than half of the sources that are expected (those that pulsed in
//! it or in the [`EXPECTED_WITHIN_HOURS`] before) were polled without error in it: nothing was
//! found there because nobody looked, which is no zero. An hour without any pulse lies between two
//! that have some: it is missing too. The newest hour is not over yet: until half of its sources
//! have been polled it is taken to go on like the hour before it.
//!
//! Where no source ever pulsed (an archive that is replayed) no hour is missing.
//!
//! A source is named here by a digest only. What is kept is one record an hour, for
//! [`COVERAGE_KEPT`] hours.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{Pulse, TimeSpan, Timestamp};

use crate::alerter::Alerter;
use crate::distinct::Distinct;
use crate::intake::digest;
use crate::limits::{
    COVERAGE_KEPT, EXPECTED_WITHIN_HOURS, MAX_PULSE_AHEAD, MISSING_MINUTES_ONE_IN,
};
use crate::outcome::Outcome;
use crate::record::Coverage;
use crate::step::{Change, Remark};

/// The coverage of the hours, by hour since the epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulses {
    hours: BTreeMap<i64, Coverage>,
    /// Derived: the missing ones among the hours before the newest.
    missing: BTreeSet<i64>,
    /// Derived: whether half of the sources were polled in the newest hour already.
    newest_covered: bool,
}

impl Alerter {
    /// Takes one pulse.
    pub(crate) fn pulse(&mut self, pulse: &Pulse, out: &mut Outcome) {
        if pulse.minute > self.clocks.wall + MAX_PULSE_AHEAD {
            return out.remark(Remark::PulseAhead(pulse.source.clone()));
        }
        self.pulses.take(pulse, self.clocks.event, out);
    }
}

impl Pulses {
    fn take(&mut self, pulse: &Pulse, event: Timestamp, out: &mut Outcome) {
        let minute = pulse.minute.minute();
        let hour = minute.div_euclid(60);
        if expires(hour) <= event {
            return;
        }
        let first = self.hours.keys().next().copied();
        let newest = self.newest();
        let source = digest("source", &[pulse.source.as_str()]);
        let coverage = self.hours.entry(hour).or_default();
        coverage.posts += u64::from(pulse.posts);
        let minutes = u8::try_from(minute.rem_euclid(60) + 1).unwrap_or(60);
        coverage.minutes = coverage.minutes.max(minutes);
        coverage.seen.insert(source);
        if pulse.polls > pulse.errors || pulse.posts > 0 {
            coverage.polled.insert(source);
        }
        out.touched.coverage.insert(hour);
        // One that comes before all others leaves hours without any up to them.
        let reaches = hour + EXPECTED_WITHIN_HOURS;
        self.judge(
            hour.min(newest.unwrap_or(hour)),
            reaches.max(first.unwrap_or(hour)),
        );
    }

    /// Puts back a stored record; [`Self::derive`] follows when all have come.
    pub(crate) fn put(&mut self, hour: i64, coverage: Coverage) {
        self.hours.insert(hour, coverage);
    }

    pub(crate) fn derive(&mut self) {
        if let (Some((&first, _)), Some(last)) = (self.hours.first_key_value(), self.newest()) {
            self.judge(first, last);
        }
    }

    pub(crate) fn get(&self, hour: i64) -> Option<&Coverage> {
        self.hours.get(&hour)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = Change> {
        self.hours
            .iter()
            .map(|(&hour, coverage)| Change::Coverage(hour, coverage.clone()))
    }

    /// Drops what no baseline reaches any more.
    pub(crate) fn expire(&mut self, event: Timestamp, out: &mut Outcome) {
        while let Some((&hour, _)) = self.hours.first_key_value()
            && expires(hour) <= event
        {
            self.hours.remove(&hour);
            self.missing = self.missing.split_off(&(hour + 1));
            out.touched.coverage.insert(hour);
        }
    }

    fn newest(&self) -> Option<i64> {
        self.hours.last_key_value().map(|(&hour, _)| hour)
    }

    /// Judges the hours from one to another anew.
    fn judge(&mut self, from: i64, to: i64) {
        let Some(newest) = self.newest() else {
            return;
        };
        self.newest_covered = self.covered(newest);
        for hour in from.max(newest - COVERAGE_KEPT)..=to.min(newest - 1) {
            if self.covered(hour) {
                self.missing.remove(&hour);
            } else {
                self.missing.insert(hour);
            }
        }
    }

    fn covered(&self, hour: i64) -> bool {
        let Some(coverage) = self.hours.get(&hour) else {
            return false;
        };
        let mut expected = Distinct::new();
        for (_, before) in self.hours.range(hour - EXPECTED_WITHIN_HOURS..=hour) {
            expected.merge(&before.seen);
        }
        let polled = coverage.polled.count();
        polled > 0 && 2 * polled >= expected.count()
    }

    fn is_missing(&self, hour: i64) -> bool {
        let (Some((&first, _)), Some(newest)) = (self.hours.first_key_value(), self.newest())
        else {
            return false;
        };
        if hour < first || hour > newest + 1 {
            true
        } else if hour < newest {
            self.missing.contains(&hour)
        } else {
            let goes_on = newest > first && !self.missing.contains(&(newest - 1));
            !self.newest_covered && !goes_on
        }
    }

    /// Whether too much of a window lies in missing hours.
    pub(crate) fn window_is_missing(&self, minutes: &std::ops::RangeInclusive<i64>) -> bool {
        if self.hours.is_empty() {
            return false;
        }
        let missing: i64 = overlaps(minutes)
            .filter(|(hour, _)| self.is_missing(*hour))
            .map(|(_, overlap)| overlap)
            .sum();
        missing * MISSING_MINUTES_ONE_IN > minutes.end() - minutes.start() + 1
    }

    /// How many posts all sources gave in a window, by the mean of each hour; none where no source
    /// ever pulsed.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn volume(&self, minutes: &std::ops::RangeInclusive<i64>) -> Option<f64> {
        let newest = self.newest()?;
        let a_minute = |hour: i64| {
            let coverage = self.hours.get(&hour.min(newest))?;
            let over = hour.min(newest) < newest;
            let minutes = if over { 60 } else { coverage.minutes.max(1) };
            Some(coverage.posts as f64 / f64::from(minutes))
        };
        let posts = overlaps(minutes)
            .map(|(hour, overlap)| a_minute(hour).unwrap_or_default() * overlap as f64);
        Some(posts.sum())
    }
}

/// The hours that a window touches, each with how many of its minutes.
fn overlaps(minutes: &std::ops::RangeInclusive<i64>) -> impl Iterator<Item = (i64, i64)> + use<> {
    let (first, last) = (*minutes.start(), *minutes.end());
    (first.div_euclid(60)..=last.div_euclid(60)).map(move |hour| {
        let (from, to) = (first.max(hour * 60), last.min(hour * 60 + 59));
        (hour, to - from + 1)
    })
}

/// When the last baseline lets go of an hour.
fn expires(hour: i64) -> Timestamp {
    Timestamp::of_minute((hour + 1) * 60) + TimeSpan::from_hours(COVERAGE_KEPT)
}

#[cfg(test)]
mod tests {
    use fengbiao_model::SourceId;

    use super::*;

    #[test]
    fn hours_before_the_first_one_known_are_judged_as_they_would_be_after_a_restart() {
        let mut pulses = Pulses::default();
        for hour in [1_000, 900] {
            let pulse = Pulse {
                source: SourceId::new("forum").unwrap(),
                minute: Timestamp::of_minute(hour * 60),
                polls: 1,
                posts: 0,
                refused: 0,
                errors: 0,
                ended: false,
            };
            pulses.take(&pulse, Timestamp::EPOCH, &mut Outcome::default());
        }
        let mut restored = Pulses::default();
        for (hour, coverage) in pulses.hours.clone() {
            restored.put(hour, coverage);
        }
        restored.derive();
        assert_eq!(pulses.missing, restored.missing);
        assert!(pulses.is_missing(950));
    }
}
