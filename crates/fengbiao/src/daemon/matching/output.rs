//! What a round of the matcher writes: hits, and what every partition of `hits` must know.

use std::collections::BTreeMap;

use fengbiao_log::{Destination, MAX_RECORD_BYTES, NewRecord, Topic};
use fengbiao_model::{Hit, HitRecord, Partition};
use fengbiao_wire::encode_hit_record;

use super::{Matching, Place};

/// What one round makes.
#[derive(Default)]
pub(super) struct Output {
    pub(super) records: Vec<NewRecord>,
    /// Where the partitions that have moved stood before.
    pub(super) before: BTreeMap<Partition, Place>,
}

impl Matching {
    pub(super) fn push_hits(&self, hits: Vec<Hit>, output: &mut Output) {
        for hit in hits {
            if !hit.topic.is_pipeline() {
                let counter = self.metrics.hits.with_label_values(&[hit.topic.as_str()]);
                counter.inc();
            }
            let key = hit.topic.as_str().as_bytes().to_vec();
            let (topic, post, origin, found_at) = (
                hit.topic.clone(),
                hit.post.id,
                hit.origin,
                hit.post.found_at,
            );
            let mut payload = encode_hit_record(&HitRecord::Hit(hit));
            if payload.len() > MAX_RECORD_BYTES {
                let bytes = payload.len();
                self.metrics.stubs.inc();
                payload = encode_hit_record(&HitRecord::Stub {
                    topic,
                    post,
                    origin,
                    found_at,
                    bytes,
                });
            }
            output.records.push(NewRecord {
                topic: Topic::Hits,
                to: Destination::Key(key),
                payload,
            });
        }
    }

    pub(super) fn push_everywhere(&self, record: &HitRecord, output: &mut Output) {
        let payload = encode_hit_record(record);
        output
            .records
            .extend((0..self.hits_partitions).map(|partition| NewRecord {
                topic: Topic::Hits,
                to: Destination::Partition(Partition(partition)),
                payload: payload.clone(),
            }));
    }
}
