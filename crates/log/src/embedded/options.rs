//! How an embedded log is set up.

use std::time::Duration;

use fengbiao_model::TimeSpan;

use crate::Topic;

/// How an embedded log is set up. [`Options::default`] suits one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How each topic is set up, in the order of [`Topic::ALL`].
    pub topics: [TopicOptions; Topic::ALL.len()],
    /// When appends of several callers share one commit.
    pub group_commit: GroupCommit,
    /// How often retention looks, by the clock given; `None`: only when
    /// [`retain`](super::Embedded::retain) is called.
    pub retain_every: Option<TimeSpan>,
    /// Size in bytes beyond which the file does not grow: appends then fail with
    /// [`DiskFull`](crate::LogError::DiskFull) and the rest of the disk stays usable. The
    /// write-ahead file, some tens of megabytes, is not counted.
    pub max_file_bytes: Option<u64>,
}

/// How one topic is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOptions {
    /// How many partitions it has; fixed once the topic has had a record.
    pub partitions: u32,
    /// Age beyond which records are removed, unless a group has still to read them; `None` keeps
    /// them.
    pub max_age: Option<TimeSpan>,
    /// Payload bytes of all partitions beyond which the oldest records are removed, unless a group
    /// has still to read them; `None` keeps them.
    pub max_bytes: Option<u64>,
}

/// When appends of several callers share one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCommit {
    /// How long an append waits, at most, until as many others are there as shared the last
    /// commit. A lone caller never waits; zero commits at once what is there.
    pub window: Duration,
    /// With so many records the commit starts at once.
    pub records: usize,
    /// With so many bytes the commit starts at once.
    pub bytes: usize,
}

impl Options {
    /// How a topic is set up.
    #[must_use]
    pub const fn topic(&self, topic: Topic) -> &TopicOptions {
        &self.topics[topic.index()]
    }

    /// Changes how a topic is set up. Ages and sizes of `lexicons` are ignored: it is kept.
    pub const fn topic_mut(&mut self, topic: Topic) -> &mut TopicOptions {
        &mut self.topics[topic.index()]
    }
}

impl Default for Options {
    fn default() -> Self {
        let topics = Topic::ALL.map(|topic| {
            let max_bytes = match topic {
                Topic::Posts => Some(8 << 30),
                Topic::Hits => Some(2 << 30),
                Topic::Pulses => Some(256 << 20),
                Topic::DeadLetters => Some(512 << 20),
                Topic::Lexicons => None,
            };
            let max_age = (!topic.is_kept_forever()).then(|| TimeSpan::from_hours(14 * 24));
            TopicOptions {
                partitions: 1,
                max_age,
                max_bytes,
            }
        });
        Self {
            topics,
            group_commit: GroupCommit::default(),
            retain_every: Some(TimeSpan::from_minutes(1)),
            max_file_bytes: None,
        }
    }
}

impl Default for GroupCommit {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(2),
            records: 256,
            bytes: 256 << 10,
        }
    }
}
