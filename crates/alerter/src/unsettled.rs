//! Minutes whose detectors wait for the event clock.
//!
//! A detector compares a minute with windows before it. While the event clock has not passed the
//! end of these (a partition lags, in a catch-up), posts of theirs are still to come: a verdict now
//! would take what has not been read for quiet, and would hang on the order in which partitions
//! are read. So a detector is 0 until then, and the minute is judged once more when the clock has
//! passed. Where the pipeline keeps up that is so at once.

use fengbiao_model::{SubjectKey, Timestamp, TopicId};

use crate::alerter::Alerter;
use crate::outcome::Outcome;
use crate::window::Stream;

impl Alerter {
    /// A hit of a stream was counted in a minute.
    pub(crate) fn note_unsettled(&mut self, stream: &Stream, minute: i64) {
        if let Some(at) = self.settles(&stream.0, &stream.1, minute) {
            self.unsettled.insert((at, stream.clone(), minute));
        }
    }

    /// When a minute can be judged, if not yet.
    fn settles(&self, topic: &TopicId, subject: &SubjectKey, minute: i64) -> Option<Timestamp> {
        let ladder = self.ladders.of(topic, subject)?;
        ladder.settles(minute).filter(|at| *at > self.clocks.event)
    }

    /// When the next minute can be judged (event clock).
    pub(crate) fn next_settled(&self) -> Option<Timestamp> {
        self.unsettled.first().map(|(at, ..)| *at)
    }

    /// Judges the minutes that the event clock has settled.
    pub(crate) fn judge_settled(&mut self, out: &mut Outcome) {
        while self
            .next_settled()
            .is_some_and(|at| at <= self.clocks.event)
        {
            let Some((_, stream, minute)) = self.unsettled.pop_first() else {
                break;
            };
            self.judge_again(&stream, minute, out);
        }
    }

    /// Works out from the buckets which minutes wait: after a restart, or under a new policy.
    pub(crate) fn find_unsettled(&mut self) {
        let minutes = self.windows.minutes_with_hits();
        let unsettled = minutes.filter_map(|(stream, minute)| {
            let at = self.settles(&stream.0, &stream.1, minute)?;
            Some((at, stream.clone(), minute))
        });
        self.unsettled = unsettled.collect();
    }
}
