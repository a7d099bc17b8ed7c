//! Voices: counted within a topic, and of no use to anybody beyond it.

use std::collections::BTreeMap;

use fengbiao_alerter::{Change, Distinct};
use fengbiao_model::{SubjectKey, TopicId};

use crate::script::{Player, check};

/// What is counted of voices in the buckets, by topic and subject, and in the lives of incidents.
fn voices(player: &Player) -> (BTreeMap<(TopicId, SubjectKey), Distinct>, Vec<Distinct>) {
    let (mut buckets, mut lives) = (BTreeMap::new(), Vec::new());
    for record in player.alerter.records() {
        match record {
            Change::Bucket(key, bucket) => {
                let all: &mut Distinct = buckets.entry((key.topic, key.subject)).or_default();
                all.merge(&bucket.voices);
            }
            Change::Lifetime(_, life) => lives.push(life.voices),
            _ => {}
        }
    }
    (buckets, lives)
}

#[test]
fn a_voice_counts_once_in_a_topic_and_cannot_be_followed_into_another() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" all.I="voices_1h >= 9" topics=power
        00:00 hit place=甲县 voice=a
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 voice=a
        00:02 hit place=甲县 voice=a topic=power
        00:02 expect opened #2 IV 甲县 to desk
        "#,
    );
    let (buckets, lives) = voices(&player);
    let mut topics = BTreeMap::<TopicId, Distinct>::new();
    for ((topic, _), voices) in &buckets {
        assert_eq!(voices.count(), 1);
        topics.entry(topic.clone()).or_default().merge(voices);
    }
    assert!(topics.values().all(|voices| voices.count() == 1));
    let mut all = Distinct::new();
    topics
        .values()
        .chain(&lives)
        .for_each(|voices| all.merge(voices));
    assert_eq!(all.count(), 2, "one for each topic, and no value of both");
}
