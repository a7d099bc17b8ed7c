//! When to try again, and when no more.

use fengbiao_model::{NoticeKey, Tier, TimeSpan};
use sha2::{Digest, Sha256};

use crate::SinkError;
use crate::limits::STAND_IN_SECS;

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

/// Over three days as in Standard Webhooks, and closer together at first: who is on call should not
/// wait for five minutes since a service was away for ten seconds.
impl Default for Backoff {
    fn default() -> Self {
        let seconds = [0, 5, 15, 40];
        let minutes = [1, 3, 5, 10, 20];
        let hours = [1, 2, 5, 10, 14, 20, 24];
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

/// How old a notice is that the fallback receiver hears of, since its own could not be reached.
pub(crate) fn stand_in_after(tier: Tier) -> TimeSpan {
    TimeSpan::from_secs(match tier {
        Tier::I => STAND_IN_SECS[0],
        Tier::II => STAND_IN_SECS[1],
        Tier::III => STAND_IN_SECS[2],
        Tier::IV => STAND_IN_SECS[3],
    })
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

    /// How long a notice has waited at least when its attempt number `attempt` (from 1) is made, by the
    /// schedule alone.
    pub(crate) fn waited(&self, attempt: u32) -> TimeSpan {
        let waits = usize::try_from(attempt).unwrap_or(usize::MAX);
        let before = self.waits.iter().take(waits).map(|wait| wait.as_millis());
        TimeSpan::from_millis(before.fold(0, i64::saturating_add))
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
    fn attempts_are_close_together_at_first() {
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
            [
                "5s", "15s", "40s", "1m", "3m", "5m", "10m", "20m", "1h", "2h", "5h", "10h", "14h",
                "20h", "1d"
            ]
        );
    }

    #[test]
    fn the_schedule_says_how_long_a_notice_has_waited() {
        let backoff = Backoff::default();
        let waited = [0, 1, 2, 4, 5].map(|attempt| backoff.waited(attempt).to_string());
        assert_eq!(waited, ["0s", "0s", "5s", "1m", "2m"]);
        assert_eq!(backoff.waited(u32::MAX), backoff.waited(16));
    }

    #[test]
    fn jitter_only_adds_and_follows_from_the_key() {
        let backoff = Backoff::default();
        let wait =
            |change| match backoff.next_attempt(6, &key(change), TimeSpan::ZERO, &later(None)) {
                Next::At(wait) => wait.as_millis(),
                Next::GiveUp => panic!("attempt 6 is not the last"),
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
            6,
            young,
            &later(Some(60_000)),
            Next::At(TimeSpan::from_minutes(5)),
        );
        check(
            8,
            TimeSpan::from_minutes(30),
            &later(None),
            Next::At(TimeSpan::from_minutes(20)),
        );
        check(8, TimeSpan::from_minutes(41), &later(None), Next::GiveUp);
        check(1, young, &later(Some(u64::MAX)), Next::GiveUp);
        check(16, young, &later(None), Next::GiveUp);
        check(u32::MAX, young, &later(None), Next::GiveUp);
    }
}
