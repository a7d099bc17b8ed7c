//! A topic of other people's collectors as a source: what they fill, this reads.
//!
//! Where the topic is, and how it is read, is behind [`ForeignTopic`]; here each record takes the way
//! of every line that comes from outside: field map, masks, pseudonyms. Places are stored once the
//! posts are durable, so a record may come twice, and none is left out.

use std::time::Duration;

use fengbiao_model::{SourceId, TimeSpan};

use crate::limits::{FOREIGN_RETRY_MILLIS, FOREIGN_WAIT_MILLIS, MAX_LINE_BYTES};
use crate::prepare::{Preparer, Refusal};
use crate::source::{Context, Running, Source, SourceError};

/// A record of a foreign topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignRecord {
    /// Where it stands, for people: `partition 3, offset 17`.
    pub place: String,
    /// One post in JSON.
    pub payload: Vec<u8>,
}

/// Why a foreign topic cannot be read, with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicFault {
    /// Its brokers are away: it is polled again, and goes on by itself when they are back.
    #[error("{0}")]
    Away(String),
    /// It cannot go on as it was opened; it is opened again, later and later.
    #[error("{0}")]
    Refused(String),
}

/// Reads a foreign topic. Its methods block.
pub trait ForeignTopic: Send {
    /// The next records, in order for each partition; waits up to `wait` for the first. None say
    /// that there is nothing new, by brokers that answer.
    fn poll(&mut self, wait: Duration) -> Result<Vec<ForeignRecord>, TopicFault>;
    /// All that was polled is durable: whoever comes next begins behind it.
    fn done(&mut self) -> Result<(), TopicFault>;
}

/// Opens a foreign topic; again after each refusal.
pub type OpenTopic = Box<dyn Fn() -> Result<Box<dyn ForeignTopic>, TopicFault> + Send + Sync>;

/// A topic of other people's collectors.
pub struct TopicSource {
    /// Its name in their brokers, for dead letters.
    pub topic: String,
    /// Opens it.
    pub open: OpenTopic,
    /// How its records become posts, and the name of the source.
    pub preparer: Preparer,
}

impl Source for TopicSource {
    fn id(&self) -> &SourceId {
        &self.preparer.intake().source
    }

    fn run<'a>(&'a mut self, context: &'a Context) -> Running<'a> {
        Box::pin(self.read(context))
    }
}

impl TopicSource {
    async fn read(&self, context: &Context) -> Result<(), SourceError> {
        let mut topic =
            tokio::task::block_in_place(|| (self.open)()).map_err(|e| self.failed(&e))?;
        let mut told = String::new();
        while !context.stopping() {
            let wait = Duration::from_millis(FOREIGN_WAIT_MILLIS);
            let records = match tokio::task::block_in_place(|| topic.poll(wait)) {
                Ok(records) => records,
                Err(fault @ TopicFault::Away(_)) => {
                    self.wait_for_brokers(context, &fault, &mut told).await;
                    continue;
                }
                Err(fault @ TopicFault::Refused(_)) => return Err(self.failed(&fault)),
            };
            // Only what brokers have answered counts as looked at: or a source would seem alive.
            context.tally.poll();
            context.tally.works();
            if !told.is_empty() {
                tracing::info!(source = %self.id(), "the foreign topic is read again");
                told.clear();
            }
            if records.is_empty() {
                continue;
            }
            if !self.take(&records, context).await {
                return Ok(());
            }
            let done = tokio::task::block_in_place(|| topic.done());
            done.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// Counts it, and says it once.
    async fn wait_for_brokers(&self, context: &Context, fault: &TopicFault, told: &mut String) {
        let error = self.failed(fault).to_string();
        context.failed(&error);
        if error != *told {
            tracing::error!(source = %self.id(), error, "the source waits");
            *told = error;
        }
        context
            .wait(TimeSpan::from_millis(FOREIGN_RETRY_MILLIS))
            .await;
    }

    /// Makes records durable; false when all is to stop before they are.
    async fn take(&self, records: &[ForeignRecord], context: &Context) -> bool {
        let mut posts = Vec::with_capacity(records.len());
        let mut letters = Vec::new();
        for record in records {
            match self.prepare(&record.payload) {
                Ok(prepared) => posts.push(prepared),
                Err(refusal) => {
                    let origin = format!("{}: topic {}, {}", self.id(), self.topic, record.place);
                    let payload = &record.payload[..record.payload.len().min(MAX_LINE_BYTES)];
                    let letter = self.preparer.letter(origin, payload, &refusal);
                    letters.push((letter, refusal.code()));
                }
            }
        }
        if !context.accept(posts).await {
            return false;
        }
        for (letter, code) in letters {
            if !context.dead_letter(letter, code).await {
                return false;
            }
        }
        true
    }

    fn prepare(&self, payload: &[u8]) -> Result<fengbiao_model::PostRecord<'static>, Refusal> {
        if payload.len() > MAX_LINE_BYTES {
            return Err(Refusal::LineTooLong {
                limit: MAX_LINE_BYTES,
            });
        }
        Ok(self.preparer.line(payload)?.record)
    }

    fn failed(&self, fault: &TopicFault) -> SourceError {
        SourceError::Topic {
            topic: self.topic.clone(),
            error: fault.to_string(),
        }
    }
}
