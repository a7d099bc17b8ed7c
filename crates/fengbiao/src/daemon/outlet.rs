//! From the crawler to the log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use fengbiao_crawler::{DeadLetter, Outlet, OutletError, canary_partition};
use fengbiao_log::{Destination, LogError, NewRecord, Topic};
use fengbiao_model::{PostId, PostRecord, Pulse};

use super::dead_letter;
use super::health::Health;
use super::pipeline::Pipeline;
use crate::limits::BUSY_RETRY_SECS;
use crate::log::Log;

/// Writes what the crawler has prepared. A post is accepted when it is durable.
pub(crate) struct LogOutlet {
    log: Log,
    health: Arc<Health>,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), OutletError>> + Send + 'a>>;

impl LogOutlet {
    pub(crate) fn new(pipeline: &Pipeline) -> Self {
        Self {
            log: pipeline.log.clone(),
            health: Arc::clone(&pipeline.health),
        }
    }

    fn append(&self, records: Vec<NewRecord>) -> Answer<'_> {
        Box::pin(async move {
            if records.is_empty() {
                return Ok(());
            }
            match self.log.append_async(records).await {
                Ok(_) => Ok(()),
                Err(LogError::Busy) => Err(OutletError::Busy {
                    retry_after_secs: BUSY_RETRY_SECS,
                }),
                Err(error) => Err(OutletError::Failed(error.to_string())),
            }
        })
    }
}

impl Outlet for LogOutlet {
    fn accept(&self, posts: Vec<PostRecord<'static>>) -> Answer<'_> {
        // What stands before the first lexicon could never be matched, and nothing behind it.
        if !self.health.crawler_is_open() {
            let retry_after_secs = BUSY_RETRY_SECS;
            return Box::pin(async move { Err(OutletError::Busy { retry_after_secs }) });
        }
        self.append(posts.iter().filter_map(post).collect())
    }

    fn pulses(&self, pulses: Vec<Pulse>) -> Answer<'_> {
        let record = |pulse: &Pulse| NewRecord {
            topic: Topic::Pulses,
            to: Destination::Key(pulse.source.as_str().as_bytes().to_vec()),
            payload: fengbiao_wire::encode_pulse(pulse),
        };
        self.append(pulses.iter().map(record).collect())
    }

    fn dead_letter(&self, letter: DeadLetter) -> Answer<'_> {
        self.append(vec![dead_letter::record(&letter)])
    }
}

/// Posts are keyed by what they are, so that all that is said of one post stays in order.
/// A canary goes into the partition that it is for. Control records are none of a crawler's business.
pub(crate) fn post(record: &PostRecord<'_>) -> Option<NewRecord> {
    let canary = match record {
        PostRecord::Post(post) => canary_partition(post),
        _ => None,
    };
    let id = post_id(record)?;
    Some(NewRecord {
        topic: Topic::Posts,
        to: match canary {
            Some(partition) => Destination::Partition(partition),
            None => Destination::Key(id.as_bytes().to_vec()),
        },
        payload: fengbiao_wire::encode_post_record(record),
    })
}

/// What a record is about; none for a control record.
pub(crate) fn post_id(record: &PostRecord<'_>) -> Option<PostId> {
    match record {
        PostRecord::Post(post) | PostRecord::Update(post) => Some(post.id),
        PostRecord::Delete(deletion) => Some(deletion.id),
        PostRecord::Control(_) => None,
    }
}
