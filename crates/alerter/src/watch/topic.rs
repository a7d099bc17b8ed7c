//! Topics: one that usually has posts and has had none for long may have lost its rules, its
//! places or its sources. Off unless the operator asks for it: most topics are calm by nature.

use fengbiao_model::{SubjectKey, TimeSpan, Timestamp, TopicId, WatchKind, Watchdog};

use super::{Sign, Silence, subject};
use crate::alerter::Alerter;
use crate::limits::{MIN_EXPECTED_POSTS, TOPIC_BASELINE_DAYS, TOPIC_BASELINE_MIN_DAYS};
use crate::outcome::Outcome;

const MINUTES_PER_DAY: i64 = 24 * 60;

impl Alerter {
    pub(super) fn judge_topics(&mut self, out: &mut Outcome) -> Vec<SubjectKey> {
        let Some(dog) = self.policy.watchdog.clone() else {
            return Vec::new();
        };
        if dog.topic_quiet_after == TimeSpan::ZERO {
            return Vec::new();
        }
        let topics = self
            .policy
            .topics
            .keys()
            .filter(|topic| !topic.is_pipeline());
        let topics: Vec<TopicId> = topics.cloned().collect();
        let mut judged = Vec::new();
        for topic in topics {
            let sign = self.sign_of_topic(&topic, &dog);
            judged.push(self.act(subject(WatchKind::Topic, topic.as_str()), sign, out));
        }
        judged
    }

    /// By the hours of `*`: the mean a day over the two weeks before its last post.
    fn sign_of_topic(&self, topic: &TopicId, dog: &Watchdog) -> Sign {
        let stream = (topic.clone(), SubjectKey::All);
        let hours = self.windows.hours(&stream);
        let (Some((&last, _)), Some((&first, _))) = (
            hours.and_then(|hours| hours.last_key_value()),
            hours.and_then(|hours| hours.first_key_value()),
        ) else {
            return Sign::Unsure;
        };
        let (wall, bound) = (self.clocks.wall, dog.topic_quiet_after);
        let posted = Timestamp::of_minute((last + 1) * 60).min(wall);
        if posted + bound > wall {
            return Sign::Alive;
        }
        let first = first.max(last + 1 - TOPIC_BASELINE_DAYS * 24);
        let known = last + 1 - first;
        if known < TOPIC_BASELINE_MIN_DAYS * 24 {
            return Sign::Unsure;
        }
        let hours = hours.into_iter().flat_map(|hours| hours.range(first..));
        let posts: u64 = hours.map(|(_, bucket)| bucket.posts).sum();
        let from = posted.max(self.clocks.watched_since);
        let silent = wall.since(from).as_minutes().unsigned_abs();
        let known = known.unsigned_abs() * 60;
        if from + bound > wall || posts * silent / known < MIN_EXPECTED_POSTS {
            return Sign::Unsure;
        }
        let a_day = posts * MINUTES_PER_DAY.unsigned_abs() * 10 / known;
        #[allow(clippy::cast_precision_loss, reason = "posts stay far below 2^53")]
        let a_day = a_day as f64 / 10.0;
        Sign::Silent(
            Silence {
                tier: dog.tiers.topic,
                since: posted,
                last_sign: posted,
                condition: format!("topic_quiet_after = {bound}"),
                measures: Vec::new(),
            }
            .moment("last_post_at", Some(posted))
            .measure("usual_posts_a_day", a_day),
        )
    }
}
