//! Time that counts only inside the hours.

use fengbiao_model::{TimeSpan, Timestamp};

use super::hours::Hours;
use crate::limits::{DAYS_LOOKED_BACK, MAX_BUSINESS_DAYS};

impl Hours {
    /// The first instant at which `span` of business time has passed since `start`: `start` itself
    /// where `span` is zero, the end of business where the span ends with it. None where that lies
    /// more than [`MAX_BUSINESS_DAYS`] days ahead.
    #[must_use]
    pub fn business_after(&self, start: Timestamp, span: TimeSpan) -> Option<Timestamp> {
        let mut left = span;
        let mut reached = start;
        for (from, to) in self.pieces(start, DAYS_LOOKED_BACK + MAX_BUSINESS_DAYS) {
            if left == TimeSpan::ZERO {
                break;
            }
            let begins = from.max(reached);
            let length = to.since(begins);
            if length >= left {
                return Some(begins + left);
            }
            left = TimeSpan::from_millis(left.as_millis() - length.as_millis());
            reached = reached.max(to);
        }
        (left == TimeSpan::ZERO).then_some(start)
    }

    /// The business time from one instant to another; zero where that is not after the first. None
    /// where they lie more than [`MAX_BUSINESS_DAYS`] days apart.
    #[must_use]
    pub fn business_between(&self, from: Timestamp, to: Timestamp) -> Option<TimeSpan> {
        if to.since(from) > TimeSpan::from_hours(24 * MAX_BUSINESS_DAYS) {
            return None;
        }
        let (mut reached, mut sum) = (from, 0);
        // Two days more: one for a part of a day, one for a clock that was turned back.
        let pieces = self.pieces(from, DAYS_LOOKED_BACK + MAX_BUSINESS_DAYS + 2);
        for (begins, ends) in pieces.take_while(|(begins, _)| *begins < to) {
            sum += ends.min(to).since(begins.max(reached)).as_millis();
            reached = reached.max(ends);
        }
        Some(TimeSpan::from_millis(sum))
    }
}
