//! Stores cursors in the brokers, on a thread of its own.
//!
//! The client's call waits for as long as it takes: where a broker hangs, or nobody knows which one
//! looks after the group, that is the session's time-out and longer. Whoever polls waits as long as
//! it likes and hears of the rest later; only one question is open at a time, so that no cursor
//! overtakes another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use fengbiao_model::Partition;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset as KafkaOffset;

use super::client::failed_to;
use super::moment::Moment;
use super::rebalance::{Rebalancing, kafka_number};
use crate::{Cursor, LogError, Metrics, Topic};

pub(super) const STORING: &str = "store cursors in Kafka";

/// Stores cursors, a set at a time.
pub(super) struct Storer {
    name: String,
    /// Let go, it ends the thread.
    asked: Option<Sender<TopicPartitionList>>,
    answers: Receiver<KafkaResult<()>>,
    /// What was asked and is not answered.
    open: Option<Question>,
    thread: Option<JoinHandle<()>>,
}

/// Cursors that are to be stored.
struct Question {
    asked_at: Moment,
    cursors: BTreeMap<Partition, Cursor>,
}

/// What became of them.
pub(super) struct Answer {
    /// When it was asked: what the answer says was true then, and perhaps no longer.
    pub(super) asked_at: Moment,
    pub(super) cursors: BTreeMap<Partition, Cursor>,
    pub(super) stored: KafkaResult<()>,
}

impl Storer {
    /// For one topic of a member of a group, by its name in the brokers.
    pub(super) fn new(
        client: Arc<BaseConsumer<Rebalancing>>,
        topic: Topic,
        name: String,
        metrics: Metrics,
    ) -> Result<Self, LogError> {
        let (asked, questions) = channel::<TopicPartitionList>();
        let (answer, answers) = channel();
        let run = move || {
            for list in questions {
                let timer = metrics.commit_seconds.start_timer();
                let stored = client.commit(&list, CommitMode::Sync);
                timer.observe_duration();
                if answer.send(stored).is_err() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name(format!("kafka-{topic}-cursors"))
            .spawn(run)
            .map_err(|error| LogError::Store {
                doing: "start a thread",
                cause: error.to_string(),
            })?;
        Ok(Self {
            name,
            asked: Some(asked),
            answers,
            open: None,
            thread: Some(thread),
        })
    }

    /// Whether an answer is still to come.
    pub(super) const fn is_asking(&self) -> bool {
        self.open.is_some()
    }

    /// Sends cursors on their way; while others are, it must not be called.
    pub(super) fn ask(&mut self, cursors: BTreeMap<Partition, Cursor>) -> Result<(), LogError> {
        let list = list(&self.name, &cursors).map_err(failed_to(STORING))?;
        if let Some(asked) = &self.asked {
            asked.send(list).map_err(|_| LogError::Closed)?;
        }
        self.open = Some(Question {
            asked_at: Moment::now(),
            cursors,
        });
        Ok(())
    }

    /// What became of what was asked last; none where that is not known by `deadline`.
    pub(super) fn answer(&mut self, deadline: Instant) -> Option<Answer> {
        let question = self.open.take()?;
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(stored) = self.answers.recv_timeout(left) else {
            self.open = Some(question);
            return None;
        };
        Some(Answer {
            asked_at: question.asked_at,
            cursors: question.cursors,
            stored,
        })
    }

    /// The partition has come anew: what is on its way of it is of old, whatever becomes of it.
    pub(super) fn forget(&mut self, partition: Partition) {
        if let Some(question) = &mut self.open {
            question.cursors.remove(&partition);
        }
    }
}

impl Drop for Storer {
    fn drop(&mut self) {
        self.asked = None;
        // One that still waits for the brokers is left to itself, and ends when they answer.
        if !self.is_asking()
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that stores cursors in Kafka panicked");
        }
    }
}

fn list(name: &str, cursors: &BTreeMap<Partition, Cursor>) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(cursors.len());
    for (partition, cursor) in cursors {
        let mut element = list.add_partition(name, kafka_number(*partition));
        let next = i64::try_from(cursor.next.0).unwrap_or(i64::MAX);
        element.set_offset(KafkaOffset::Offset(next))?;
        element.set_metadata(&cursor.note);
    }
    Ok(list)
}

#[cfg(test)]
mod tests;
