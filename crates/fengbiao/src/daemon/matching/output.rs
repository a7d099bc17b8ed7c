//! What the matcher writes: hits, and what every partition of `hits` must know.

use std::collections::BTreeMap;

use fengbiao_log::{Destination, MAX_APPEND_BYTES, MAX_RECORD_BYTES, NewRecord, Topic};
use fengbiao_model::{Hit, HitRecord, Partition, TopicId};
use fengbiao_wire::encode_hit_record;

use super::{Matching, Place};
use crate::limits::COMMIT_BYTES;

/// What was made since the last commit of a round.
#[derive(Default)]
pub(super) struct Output {
    records: Vec<NewRecord>,
    bytes: usize,
    /// Whether a partition has moved.
    pub(super) moved: bool,
    /// Where the partitions of the round stood at the last commit.
    pub(super) before: BTreeMap<Partition, Place>,
}

impl Output {
    pub(super) fn push(&mut self, record: NewRecord) {
        self.bytes += record.payload.len();
        self.records.push(record);
    }

    /// Whether it is to be committed before more is made.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= COMMIT_BYTES
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.records.is_empty() && !self.moved
    }

    /// The records, in appends that the log takes; all in one, but where a single post makes more than
    /// that.
    pub(super) fn take_appends(&mut self) -> Vec<Vec<NewRecord>> {
        let records = std::mem::take(&mut self.records);
        if std::mem::take(&mut self.bytes) <= MAX_APPEND_BYTES {
            return vec![records];
        }
        let (mut appends, mut last, mut bytes) = (Vec::new(), Vec::new(), 0);
        for record in records {
            if bytes + record.payload.len() > MAX_APPEND_BYTES {
                appends.push(std::mem::take(&mut last));
                bytes = 0;
            }
            bytes += record.payload.len();
            last.push(record);
        }
        appends.push(last);
        appends
    }
}

/// A hit as it is written, and what is counted of it.
#[derive(Debug)]
pub(super) struct Made {
    topic: TopicId,
    record: NewRecord,
    /// Occurrences that it has no room for.
    left_out: usize,
    /// Whether it is said without its post, for which a record has no room.
    stub: bool,
}

impl Made {
    pub(super) fn of(mut hit: Hit) -> Self {
        let left_out = hit.bound_spans();
        let topic = hit.topic.clone();
        let (post, origin, found_at) = (hit.post.id, hit.origin, hit.post.found_at);
        let mut payload = encode_hit_record(&HitRecord::Hit(hit));
        let stub = payload.len() > MAX_RECORD_BYTES;
        if stub {
            let bytes = payload.len();
            payload = encode_hit_record(&HitRecord::Stub {
                topic: topic.clone(),
                post,
                origin,
                found_at,
                bytes,
            });
        }
        let record = NewRecord {
            topic: Topic::Hits,
            to: Destination::Key(topic.as_str().as_bytes().to_vec()),
            payload,
        };
        Self {
            topic,
            record,
            left_out,
            stub,
        }
    }
}

impl Matching {
    pub(super) fn push_hits(&self, hits: Vec<Made>, output: &mut Output) {
        for hit in hits {
            if !hit.topic.is_pipeline() {
                let counter = self.metrics.hits.with_label_values(&[hit.topic.as_str()]);
                counter.inc();
            }
            self.metrics.spans_left_out.inc_by(hit.left_out as u64);
            self.metrics.stubs.inc_by(u64::from(hit.stub));
            output.push(hit.record);
        }
    }

    pub(super) fn push_everywhere(&self, record: &HitRecord, output: &mut Output) {
        let payload = encode_hit_record(record);
        for partition in 0..self.hits_partitions {
            output.push(NewRecord {
                topic: Topic::Hits,
                to: Destination::Partition(Partition(partition)),
                payload: payload.clone(),
            });
        }
    }
}
