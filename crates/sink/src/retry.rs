//! When to try again, and when no more.

use fengbiao_model::{NoticeKey, TimeSpan};
use sha2::{Digest, Sha256};

use crate::SinkError;

/// The waits between attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait before each attempt; the first is before the first attempt and not used here.
    /// There are as many attempts as waits.
    pub waits: Vec<TimeSpan>,
    /// Up to so many per cent are added to a wait, so that what failed together does not return
    /// together. The part added follows from the notice's key and the attempt: a repeat of the
    /// same history waits the same.
    pub jitter_percent: u8,
    /// A notice older than this is given up, where set.
    pub deadline: Option<TimeSpan>,
}

/// The schedule of Standard Webhooks: ten attempts over about three days.
impl Default for Backoff {
    fn default() -> Self {
        let seconds = [0, 5];
        let minutes = [5, 30];
        let hours = [2, 5, 10, 14, 20, 24];
        let waits = seconds
            .map(TimeSpan::from_secs)
            .into_iter()
            .chain(minutes.map(TimeSpan::from_minutes))
            .chain(hours.map(TimeSpan::from_hours))
            .collect();
        Self {
            waits,
            jitter_percent: 10,
            deadline: None,
        }
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another attempt after this wait.
    At(TimeSpan),
    /// To the dead letters and the fallback receiver.
    GiveUp,
}

impl Backoff {
    /// What follows attempt number `attempt` (from 1) of a notice that is `age` old. A service's own
    /// request to wait is honoured where it is longer than the schedule.
    #[must_use]
    pub fn next_attempt(
        &self,
        attempt: u32,
        key: &NoticeKey,
        age: TimeSpan,
        error: &SinkError,
    ) -> Next {
        let SinkError::Retry { after_millis, .. } = error else {
            return Next::GiveUp;
        };
        let index = usize::try_from(attempt).unwrap_or(usize::MAX);
        let Some(&planned) = self.waits.get(index) else {
            return Next::GiveUp;
        };
        let asked = i64::try_from(after_millis.unwrap_or(0)).unwrap_or(i64::MAX);
        let wait = planned.max(TimeSpan::from_millis(asked));
        let wait = self.with_jitter(wait, attempt, key).as_millis();
        let then = TimeSpan::from_millis(age.as_millis().saturating_add(wait));
        if self.deadline.is_some_and(|deadline| then > deadline) {
            return Next::GiveUp;
        }
        Next::At(TimeSpan::from_millis(wait))
    }

    fn with_jitter(&self, wait: TimeSpan, attempt: u32, key: &NoticeKey) -> TimeSpan {
        let digest = Sha256::digest(format!("{key}/{attempt}"));
        let fraction = i64::from(u16::from_be_bytes([digest[0], digest[1]]));
        let most = wait
            .as_millis()
            .saturating_mul(i64::from(self.jitter_percent))
            / 100;
        let added = (most / i64::from(u16::MAX)).saturating_mul(fraction)
            + (most % i64::from(u16::MAX)) * fraction / i64::from(u16::MAX);
        TimeSpan::from_millis(wait.as_millis().saturating_add(added))
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::{IncidentId, ReceiverId};

    use super::*;

    fn key(change: u32) -> NoticeKey {
        let receiver = ReceiverId::new("desk").unwrap();
        NoticeKey {
            incident: IncidentId(1),
            change,
            rung: 0,
            receiver,
            part: 0,
        }
    }

    fn later(after_millis: Option<u64>) -> SinkError {
        SinkError::Retry {
            reason: "busy".to_owned(),
            after_millis,
        }
    }

    #[test]
    fn the_schedule_of_standard_webhooks() {
        let backoff = Backoff {
            jitter_percent: 0,
            ..Backoff::default()
        };
        let waits: Vec<String> = (1..)
            .map(|attempt| backoff.next_attempt(attempt, &key(1), TimeSpan::ZERO, &later(None)))
            .map_while(|next| match next {
                Next::At(wait) => Some(wait.to_string()),
                Next::GiveUp => None,
            })
            .collect();
        assert_eq!(
            waits,
            ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "1d"]
        );
    }

    #[test]
    fn jitter_only_adds_and_follows_from_the_key() {
        let backoff = Backoff::default();
        let wait =
            |change| match backoff.next_attempt(2, &key(change), TimeSpan::ZERO, &later(None)) {
                Next::At(wait) => wait.as_millis(),
                Next::GiveUp => panic!("attempt 2 is not the last"),
            };
        let waits: Vec<i64> = (0..200).map(wait).collect();
        assert!(
            waits.iter().all(|wait| (300_000..=330_000).contains(wait)),
            "{waits:?}"
        );
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(most - least > 20_000, "spread {least}..{most}");
        assert_eq!(wait(7), wait(7));
    }

    #[test]
    fn when_to_stop_and_whose_word_counts() {
        let backoff = Backoff {
            jitter_percent: 0,
            deadline: Some(TimeSpan::from_hours(1)),
            ..Backoff::default()
        };
        let check = |attempt, age, error: &SinkError, expected| {
            assert_eq!(backoff.next_attempt(attempt, &key(1), age, error), expected);
        };
        let young = TimeSpan::ZERO;
        check(1, young, &SinkError::never("gone"), Next::GiveUp);
        check(
            1,
            young,
            &later(Some(60_000)),
            Next::At(TimeSpan::from_minutes(1)),
        );
        check(
            2,
            young,
            &later(Some(60_000)),
            Next::At(TimeSpan::from_minutes(5)),
        );
        check(
            3,
            TimeSpan::from_minutes(20),
            &later(None),
            Next::At(TimeSpan::from_minutes(30)),
        );
        check(3, TimeSpan::from_minutes(31), &later(None), Next::GiveUp);
        check(1, young, &later(Some(u64::MAX)), Next::GiveUp);
        check(10, young, &later(None), Next::GiveUp);
        check(u32::MAX, young, &later(None), Next::GiveUp);
    }
}
