//! Partitions of `posts`: one without marks is read by no matcher.

use std::collections::BTreeMap;

use fengbiao_model::{SubjectKey, Timestamp, WatchKind};

use super::{Sign, Silence, subject};
use crate::alerter::Alerter;
use crate::limits::LEFT_OUT_AFTER;
use crate::outcome::Outcome;

impl Alerter {
    /// A partition is silent where one of the partitions of `hits` has left it out.
    pub(super) fn judge_partitions(&mut self, out: &mut Outcome) -> Vec<SubjectKey> {
        let Some(tier) = self.policy.watchdog.as_ref().map(|dog| dog.tiers.partition) else {
            return Vec::new();
        };
        let mut silent_since: BTreeMap<u32, Option<Timestamp>> = BTreeMap::new();
        for (key, mark) in &self.marks {
            let since = silent_since.entry(key.posts.0).or_default();
            if mark.left_out {
                *since = (*since).max(Some(mark.marked_at));
            }
        }
        let (wall, watched) = (self.clocks.wall, self.clocks.watched_since);
        let judge = |(partition, since): (u32, Option<Timestamp>)| {
            let sign = match since {
                None => Sign::Alive,
                Some(_) if watched + LEFT_OUT_AFTER > wall => Sign::Unsure,
                Some(since) => Sign::Silent(Silence {
                    tier,
                    since,
                    last_sign: since,
                    condition: format!("marks_missed_after = {LEFT_OUT_AFTER}"),
                    measures: Vec::new(),
                }),
            };
            let subject = subject(WatchKind::Partition, format!("posts-{partition}"));
            self.act(subject, sign, out)
        };
        silent_since.into_iter().map(judge).collect()
    }
}
