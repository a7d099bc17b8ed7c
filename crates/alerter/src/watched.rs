//! Since when a topic is watched: before that it has no zeros.

use fengbiao_model::{Timestamp, TopicId};

use crate::alerter::Alerter;
use crate::outcome::Outcome;

impl Alerter {
    /// A policy has come: its new topics are watched from now on, those that it no longer has are
    /// not.
    pub(crate) fn watch_topics(&mut self, out: &mut Outcome) {
        let topics = &self.policy.topics;
        let gone: Vec<TopicId> = self.watched.keys().cloned().collect();
        for topic in gone.into_iter().filter(|id| !topics.contains_key(id)) {
            self.watched.remove(&topic);
            out.touched.watched.insert(topic);
        }
        for topic in topics.keys() {
            if !self.watched.contains_key(topic) {
                self.watched.insert(topic.clone(), self.clocks.wall);
                out.touched.watched.insert(topic.clone());
            }
        }
    }

    /// A post of a topic was found: it was watched then, even if the policy came later.
    pub(crate) fn watched_at(&mut self, topic: &TopicId, found_at: Timestamp, out: &mut Outcome) {
        if let Some(since) = self.watched.get_mut(topic)
            && found_at < *since
        {
            *since = found_at;
            out.touched.watched.insert(topic.clone());
        }
    }
}
