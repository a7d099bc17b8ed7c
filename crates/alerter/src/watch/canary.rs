//! Canaries: a post put in at the source side must come out here, and be told to the receiver
//! `null`, within its bound. It is taken before memory, windows and incidents: it counts nowhere.

use fengbiao_model::{
    CanaryWatch, Class, Hit, IncidentId, IncidentNumber, Notice, NoticeKey, NoticeKind, Partition,
    Reason, ReceiverId, SubjectKey, Tier, TimeSpan, Timestamp, TopicId, Totals, WATCHDOG_METHOD,
    WatchKind,
};

use super::{Sign, Silence, subject};
use crate::alerter::Alerter;
use crate::outcome::Outcome;
use crate::record::Canary;
use crate::step::Change;

fn subject_of(partition: u32) -> SubjectKey {
    subject(WatchKind::Canary, format!("canary-{partition}"))
}

impl Alerter {
    fn canary_watch(&self) -> Option<CanaryWatch> {
        self.policy.watchdog.as_ref()?.canary
    }

    /// A canary has come. It is told to the receiver that measures its way to the end.
    pub(crate) fn take_canary(&mut self, hit: &Hit, out: &mut Outcome) {
        if self.canary_watch().is_none() {
            return;
        }
        let (partition, wall) = (hit.origin.partition, self.clocks.wall);
        let put_at = hit.post.found_at.min(wall);
        let known = self.canaries.entry(partition).or_insert(Canary {
            put_at,
            came_at: wall,
        });
        known.put_at = known.put_at.max(put_at);
        known.came_at = wall;
        out.touched.canaries.insert(partition);
        self.clocks.last_canary = self.clocks.last_canary.wrapping_add(1);
        let notice = self.canary_notice(partition, put_at);
        out.push(Change::Notice(Box::new(notice)));
        self.judge_canaries(out);
    }

    /// It belongs to no incident: id 0 is never given, and no incident is of the first of all years.
    fn canary_notice(&self, partition: Partition, put_at: Timestamp) -> Notice {
        let topic = TopicId::pipeline();
        let policy = self.policy.topics.get(&topic);
        Notice {
            key: NoticeKey {
                incident: IncidentId(0),
                change: self.clocks.last_canary,
                rung: 0,
                receiver: ReceiverId::null(),
                part: 0,
            },
            kind: NoticeKind::Opened,
            number: IncidentNumber::after(None, *IncidentNumber::YEARS.start()),
            topic_name: policy.map_or_else(|| topic.to_string(), |topic| topic.name.clone()),
            owner: policy.map(|topic| topic.owner.clone()).unwrap_or_default(),
            topic,
            subject: subject_of(partition.0),
            tier: Tier::IV,
            previous_tier: None,
            peak_tier: None,
            last_told: None,
            reason: Reason {
                method: WATCHDOG_METHOD.to_owned(),
                condition: "canary".to_owned(),
                holds: None,
                measures: Vec::new(),
                at: self.clocks.wall,
            },
            class: Class::Incident,
            grade: None,
            labels: std::collections::BTreeMap::new(),
            answer: None,
            totals: Totals::default(),
            first_found_at: put_at,
            last_found_at: put_at,
            quotes: Vec::new(),
            subjects: Vec::new(),
            more_subjects: 0,
            held_back: None,
            taken_on: None,
            late: false,
            made_at: self.clocks.wall,
            merged: 0,
            deadlines: Vec::new(),
            told_before: Vec::new(),
            asked: Vec::new(),
            others: Vec::new(),
        }
    }

    pub(super) fn judge_canaries(&mut self, out: &mut Outcome) -> Vec<SubjectKey> {
        let Some(watch) = self.canary_watch() else {
            return Vec::new();
        };
        (0..watch.partitions)
            .map(|partition| {
                let sign = self.sign_of_canary(partition, watch);
                self.act(subject_of(partition), sign, out)
            })
            .collect()
    }

    fn sign_of_canary(&self, partition: u32, watch: CanaryWatch) -> Sign {
        let (wall, bound) = (self.clocks.wall, watch.bound());
        let canary = self.canaries.get(&Partition(partition));
        if canary.is_some_and(|canary| canary.put_at + bound > wall) {
            return Sign::Alive;
        }
        if wall < self.canary_due(partition, bound) {
            return Sign::Unsure;
        }
        let tier = self.policy.watchdog.as_ref().map(|dog| dog.tiers.canary);
        let silence = Silence {
            tier: tier.unwrap_or(Tier::II),
            since: canary.map_or(self.clocks.watched_since, |canary| canary.put_at),
            last_sign: canary.map(|canary| canary.put_at).unwrap_or_default(),
            condition: format!("canary_within = {}", watch.within),
            measures: Vec::new(),
        };
        #[allow(clippy::cast_precision_loss, reason = "intervals stay below 2^53")]
        let secs = watch.interval.as_millis() as f64 / 1_000.0;
        let silence = silence.measure("interval_secs", secs);
        Sign::Silent(silence.moment("last_canary_at", canary.map(|canary| canary.came_at)))
    }

    /// When the next canary of a partition must be here.
    fn canary_due(&self, partition: u32, bound: TimeSpan) -> Timestamp {
        let canary = self.canaries.get(&Partition(partition));
        let last = canary.map(|canary| canary.put_at).unwrap_or_default();
        last.max(self.clocks.watched_since) + bound
    }

    /// When the next judgement of a canary is due, if one lies ahead.
    pub(super) fn next_canary_due(&self) -> Option<Timestamp> {
        let watch = self.canary_watch()?;
        let due = |partition| self.canary_due(partition, watch.bound());
        let dues = (0..watch.partitions).map(due);
        dues.filter(|due| *due > self.clocks.wall).min()
    }
}
