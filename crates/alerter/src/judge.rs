//! What a ladder says of a minute: counts and detectors, and the reason.

use std::collections::BTreeMap;

use fengbiao_model::{Measure, Reason, Tier, Timestamp, Totals, Usual};

use crate::detect::{Batch, Finding, burst, c1, c2, c3, cusum, eears, growth, rossi};
use crate::history::LookBack;
use crate::limits::{HOURS_KEPT, MINUTES_KEPT};
use crate::pulses::Pulses;
use crate::record::BucketWidth;
use crate::tier::{CompiledLadder, Condition, Detector, Metric, Quantity, Season, Truth, Window};
use crate::window::{Series, Stream, Windows};

/// What a ladder says after a hit.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// The highest tier above the one that is known, with the reason where it was first true.
    pub(crate) best: Option<(Tier, Reason)>,
    /// The end of the latest minute at which each tier was true.
    pub(crate) true_at: BTreeMap<Tier, Timestamp>,
    /// The latest minute at which each tier was not true, but its hold was.
    pub(crate) held: BTreeMap<Tier, Reason>,
    pub(crate) divisions_by_zero: usize,
}

/// All that a ladder is judged by.
pub(crate) struct Judge<'a> {
    pub(crate) ladder: &'a CompiledLadder,
    /// The buckets of the stream, taken out of the others while it is judged.
    pub(crate) series: &'a mut Series,
    /// Those of the other streams.
    pub(crate) windows: &'a mut Windows,
    pub(crate) stream: &'a Stream,
    pub(crate) totals: &'a Totals,
    /// Whether the windows hold posts of others as well, so that no count of theirs may be above the
    /// incident's own.
    pub(crate) shares_windows: bool,
    /// The tier that is known: no reason is asked for it, nor for lower ones.
    pub(crate) known: Option<Tier>,
    pub(crate) pulses: &'a Pulses,
    /// Since when the topic is watched.
    pub(crate) since: Timestamp,
    /// The event clock.
    pub(crate) event: Timestamp,
}

/// A metric's value, and what its detector compared.
type Measured = (f64, Option<Usual>);

/// Which condition was found true, what its metrics were, and the end of the minute.
struct Found<'a> {
    condition: &'a Condition,
    measured: Vec<Measured>,
    at: Timestamp,
}

/// What is known of a minute, and of the minutes before it.
#[derive(Default)]
struct Notes<'a> {
    verdict: Verdict,
    held: BTreeMap<Tier, Found<'a>>,
    /// The metrics of the minute at hand: each is measured once.
    measured: Vec<(Metric, Measured)>,
}

impl Notes<'_> {
    /// The reasons of holds are put into words once, for the latest minute.
    fn close(self) -> Verdict {
        let held = self.held.into_iter();
        let held = held.map(|(tier, found)| (tier, found.reason()));
        Verdict {
            held: held.collect(),
            ..self.verdict
        }
    }
}

impl<'a> Judge<'a> {
    /// Evaluates the ladder at the minute of a hit, and at each later one that holds hits of the
    /// same stream and whose windows reach back to it: so the highest tier does not hang on the
    /// order in which hits arrive.
    pub(crate) fn from(mut self, minute: i64) -> Verdict {
        let reach = self.ladder.reach_minutes;
        let minutes: Vec<i64> = self.series.minutes_from(minute, reach).collect();
        let mut notes = Notes::default();
        minutes
            .into_iter()
            .for_each(|at| self.judge(at, &mut notes));
        notes.close()
    }

    /// Evaluates the ladder at one minute.
    pub(crate) fn at(mut self, minute: i64) -> Verdict {
        let mut notes = Notes::default();
        self.judge(minute, &mut notes);
        notes.close()
    }

    fn judge(&mut self, minute: i64, notes: &mut Notes<'a>) {
        let ladder = self.ladder;
        notes.measured.clear();
        let end = Timestamp::of_minute(minute + 1);
        for (tier, condition) in &ladder.conditions {
            let Some(found) = self.find(condition, minute, notes) else {
                continue;
            };
            let verdict = &mut notes.verdict;
            verdict.true_at.insert(*tier, end);
            let best = verdict.best.as_ref().map(|(best, _)| *best);
            if Some(*tier) > best.max(self.known) {
                verdict.best = Some((*tier, found.reason()));
            }
        }
        for (tier, hold) in &ladder.holds {
            // What is true needs no hold.
            if notes.verdict.true_at.get(tier) == Some(&end) {
                continue;
            }
            if let Some(found) = self.find(hold, minute, notes) {
                notes.held.insert(*tier, found);
            }
        }
    }

    /// A condition with what it measures at a minute, where it is true.
    fn find(
        &mut self,
        condition: &'a Condition,
        minute: i64,
        notes: &mut Notes<'a>,
    ) -> Option<Found<'a>> {
        let mut once = |metric: Metric| match notes.measured.iter().find(|(m, _)| *m == metric) {
            Some((_, value)) => *value,
            None => {
                let value = self.measure(metric, minute);
                notes.measured.push((metric, value));
                value
            }
        };
        let metrics = condition.metrics.iter();
        let measured: Vec<Measured> = metrics.map(|(_, m)| once(*m)).collect();
        let values: Vec<f64> = measured.iter().map(|(value, _)| *value).collect();
        match condition.holds(&values) {
            Truth::False => None,
            Truth::DividedByZero => {
                notes.verdict.divisions_by_zero += 1;
                None
            }
            Truth::True => Some(Found {
                condition,
                measured,
                at: Timestamp::of_minute(minute + 1),
            }),
        }
    }

    fn measure(&mut self, metric: Metric, minute: i64) -> Measured {
        if let Some((detector, season)) = metric.detector {
            let found = self.detect(metric, detector, season, minute);
            return match found {
                Some(found) => (found.statistic, Some(usual(&found))),
                None => (0.0, None),
            };
        }
        if metric.window == Window::Life {
            return (self.over_life(metric.quantity).unwrap_or(0.0), None);
        }
        let value = self.series.measure(metric, minute);
        let most = self.over_life(metric.quantity);
        let most = most.filter(|_| self.shares_windows);
        (most.map_or(value, |most| value.min(most)), None)
    }

    /// A quantity over the life of the incident, where it is known of that.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn over_life(&self, quantity: Quantity) -> Option<f64> {
        let totals = self.totals;
        Some(match quantity {
            Quantity::Posts => totals.posts as f64,
            Quantity::Stories => totals.stories as f64,
            Quantity::Voices => totals.voices as f64,
            Quantity::Sources => totals.sources as f64,
            Quantity::WeightMax => f64::from(totals.weight_max),
            // Refused without a window when parsed.
            Quantity::Weight
            | Quantity::Subjects
            | Quantity::Reach
            | Quantity::RankBest
            | Quantity::ListHours
            | Quantity::Lists => return None,
        })
    }

    /// What a detector says; none below its floors, without a baseline, and while the event clock
    /// has not passed it.
    fn detect(
        &mut self,
        metric: Metric,
        detector: Detector,
        season: Season,
        minute: i64,
    ) -> Option<Finding> {
        let floors = self.ladder.floors;
        let back = LookBack::new(metric, detector, season);
        if Timestamp::of_minute(back.settles_after(minute) + 1) > self.event {
            return None;
        }
        let mut of = |quantity| self.series.measure(back.metric(quantity), minute);
        #[allow(clippy::cast_precision_loss, reason = "floors are at most a million")]
        let (min_posts, min_sources) = (floors.min_posts as f64, floors.min_sources as f64);
        if of(Quantity::Posts) < min_posts || of(Quantity::Sources) < min_sources {
            return None;
        }
        let count = of(metric.quantity);
        let mut series = self.series(back, minute);
        series.push(Some(count));
        let sigma = floors.min_sigma;
        match detector {
            Detector::C1 => c1(&series, sigma),
            Detector::C2 => c2(&series, sigma),
            Detector::C3 => c3(&series, sigma),
            Detector::Ears => eears(&series, sigma),
            Detector::Cusum => cusum(&series, rossi, sigma),
            Detector::Burst => burst(&self.batches(&series, back, minute), sigma),
            #[allow(clippy::cast_precision_loss, reason = "floors are at most a million")]
            Detector::Growth => growth(&series, floors.min_before as f64, sigma),
        }
    }

    /// The counts of the windows before the current one, oldest first, without the missing ones.
    fn series(&mut self, back: LookBack, minute: i64) -> Vec<Option<f64>> {
        let counts = self.series.history(back, minute);
        let minutes = back.minutes(minute);
        let present = minutes.map(|window| self.is_present(back, &window));
        present
            .zip(counts)
            .map(|(present, count)| present.then_some(count))
            .collect()
    }

    /// Whether a window was watched, and is still kept in whole.
    fn is_present(&self, back: LookBack, minutes: &std::ops::RangeInclusive<i64>) -> bool {
        let first = *minutes.start();
        let kept = match back.width() {
            BucketWidth::Minute => first + 1 + MINUTES_KEPT,
            BucketWidth::Hour => (first.div_euclid(60) + 1 + HOURS_KEPT) * 60,
        };
        first >= self.since.minute()
            && Timestamp::of_minute(kept) > self.event
            && !self.pulses.window_is_missing(minutes)
    }

    /// The counts among those of all kinds: what the pulses tell, or without any pulse the topic's
    /// own hits.
    fn batches(
        &mut self,
        series: &[Option<f64>],
        back: LookBack,
        minute: i64,
    ) -> Vec<Option<Batch>> {
        let windows = back.minutes(minute).chain([back.current(minute)]);
        let pulsed: Option<Vec<f64>> = windows.map(|window| self.pulses.volume(&window)).collect();
        let volumes = pulsed.unwrap_or_else(|| {
            let all = (self.stream.0.clone(), fengbiao_model::SubjectKey::All);
            let series = if all == *self.stream {
                Some(&mut *self.series)
            } else {
                self.windows.series(&all)
            };
            series.map_or_else(Vec::new, |series| {
                let mut volumes = series.history(back.in_posts(), minute);
                volumes.push(series.measure(back.metric(Quantity::Posts), minute));
                volumes
            })
        });
        let batch = |(count, volume): (&Option<f64>, f64)| {
            let relevant = (*count)?;
            let all = volume.max(relevant);
            Some(Batch { relevant, all })
        };
        series.iter().zip(volumes).map(batch).collect()
    }
}

fn usual(found: &Finding) -> Usual {
    Usual {
        count: found.count,
        baseline: found.baseline,
        spread: found.spread,
        windows: u32::try_from(found.windows).unwrap_or(u32::MAX),
    }
}

impl Found<'_> {
    fn reason(&self) -> Reason {
        let metrics = &self.condition.metrics;
        let values: Vec<f64> = self.measured.iter().map(|(value, _)| *value).collect();
        let held = self.condition.held(&values);
        let mut named = metrics
            .iter()
            .zip(&held.metrics)
            .filter(|(_, named)| **named);
        let detector = named.find_map(|((_, metric), _)| metric.detector);
        let measures = metrics.iter().zip(&self.measured);
        Reason {
            method: detector.map_or("count", |(d, _)| d.as_str()).to_owned(),
            condition: self.condition.text.clone(),
            holds: (!held.whole).then_some(held.text),
            measures: measures
                .map(|((name, _), &(value, usual))| Measure {
                    name: name.clone(),
                    value,
                    usual,
                })
                .collect(),
            at: self.at,
        }
    }
}
