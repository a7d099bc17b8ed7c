//! The bot's pace: so many messages in any span of a minute.

use std::collections::VecDeque;
use std::time::Duration;

/// A sliding window over the messages sent. Unlike a bucket of tokens it never lets more than the
/// bound through in any window, the one after a silence included.
#[derive(Debug)]
pub(super) struct Pace {
    window: Duration,
    bound: usize,
    /// When the last messages went out or will, oldest first.
    sent: VecDeque<Duration>,
}

impl Pace {
    pub(super) fn new(bound: usize, window: Duration) -> Self {
        Self {
            window,
            bound,
            sent: VecDeque::with_capacity(bound),
        }
    }

    /// Takes the next free place at or after `now` (time since any fixed point) and returns how
    /// long to wait for it.
    pub(super) fn reserve(&mut self, now: Duration) -> Duration {
        let free = match self.sent.front() {
            Some(&oldest) if self.sent.len() >= self.bound => oldest + self.window,
            _ => now,
        };
        let at = free.max(now);
        if self.sent.len() >= self.bound {
            self.sent.pop_front();
        }
        self.sent.push_back(at);
        at - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_the_bound() {
        let secs = Duration::from_secs;
        let mut pace = Pace::new(3, secs(60));
        let script = [
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 57),
            (60, 1),
            (70, 0),
            (71, 49),
            (300, 0),
        ];
        for (now, wait) in script {
            assert_eq!(pace.reserve(secs(now)), secs(wait), "at {now}");
        }
    }
}
