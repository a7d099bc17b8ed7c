//! Which incident a post belongs to.

use std::collections::BTreeMap;

use fengbiao_model::{
    Hit, Incident, IncidentId, IncidentNumber, LabelKey, PostId, StoryId, SubjectKey, TimeSpan,
    Timestamp, TopicId,
};

use crate::alerter::Alerter;
use crate::entry::{Entry, Spans};
use crate::intake::first_eight;
use crate::judge::{Judge, Verdict};
use crate::limits::FOLLOWS_WITHIN;
use crate::outcome::Outcome;
use crate::tier::Quantity;
use crate::window::{Counted, Stream};

impl Alerter {
    /// Makes a post that was just counted a member of its incident, and acts on the tier.
    pub(crate) fn join(
        &mut self,
        stream: &Stream,
        hit: &Hit,
        counted: &Counted,
        joined: &mut Vec<IncidentId>,
        out: &mut Outcome,
    ) {
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let Some(ladder) = ladder.filter(|ladder| !ladder.conditions.is_empty()) else {
            return;
        };
        let (found_at, calm_after) = (hit.post.found_at, ladder.calm_after);
        let id = match self.incident_at(stream, (found_at, Some(counted.story)), calm_after) {
            Some(id) => id,
            None => self.begin(stream, found_at),
        };
        // A post that names two subjects whose incidents were merged is counted once.
        if !joined.contains(&id) {
            self.add(id, hit, counted, out);
            if stream.1 != SubjectKey::All {
                joined.push(id);
            }
        }
        self.note_unsettled(stream, found_at.minute());
        if let Some(verdict) = self.judged(stream, id, |judge| judge.from(found_at.minute())) {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// A post that its incident holds reaches wider: acts on the tier where that is asked for.
    pub(crate) fn widen(&mut self, stream: &Stream, found_at: Timestamp, out: &mut Outcome) {
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let asks = ladder.is_some_and(|ladder| ladder.asks(Quantity::Reach));
        let (calm_after, _) = self.spans(stream);
        if asks
            && let Some(id) = self.incident_at(stream, (found_at, None), calm_after)
            && let Some(verdict) = self.judged(stream, id, |judge| judge.from(found_at.minute()))
        {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// The event clock has passed all that a minute is compared with.
    pub(crate) fn judge_again(&mut self, stream: &Stream, minute: i64, out: &mut Outcome) {
        let found_at = Timestamp::of_minute(minute);
        let (calm_after, _) = self.spans(stream);
        let id = self.incident_at(stream, (found_at, None), calm_after);
        if let Some(id) = id
            && let Some(verdict) = self.judged(stream, id, |judge| judge.at(minute))
        {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// What the ladder of a stream says, for an incident of it.
    pub(crate) fn judged(
        &mut self,
        stream: &Stream,
        id: IncidentId,
        judge: impl FnOnce(Judge<'_>) -> Verdict,
    ) -> Option<Verdict> {
        let ladder = self.ladders.of(&stream.0, &stream.1)?;
        let entry = self.entries.get(&id)?;
        let incident = &entry.incident;
        let mut series = self.windows.take(stream);
        let verdict = judge(Judge {
            ladder,
            series: &mut series,
            windows: &mut self.windows,
            stream,
            totals: &incident.totals,
            shares_windows: entry.takes_copies_only(&stream.1),
            known: incident.tier,
            pulses: &self.pulses,
            since: self.watched.get(&stream.0).copied().unwrap_or_default(),
            event: self.clocks.event,
        });
        self.windows.give_back(stream, series);
        Some(verdict)
    }

    fn add(&mut self, id: IncidentId, hit: &Hit, counted: &Counted, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let gone = entry.add(hit, counted, out);
        if gone != Some(hit.post.id) {
            self.quoted.entry(hit.post.id).or_default().insert(id);
        }
        if let Some(gone) = gone {
            self.unquote(gone, id);
        }
    }

    /// A post that has joined several incidents is remembered as theirs together, should they be
    /// merged.
    pub(crate) fn share(&mut self, post: PostId, joined: &[IncidentId]) {
        if joined.len() < 2 {
            return;
        }
        for id in joined {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.lifetime.shared.insert(first_eight(post.as_bytes()));
            }
        }
    }

    /// The latest incident of a stream that takes a post. One that takes copies of its own stories
    /// only goes before the others.
    pub(crate) fn incident_at(
        &self,
        stream: &Stream,
        (found_at, story): (Timestamp, Option<StoryId>),
        calm_after: TimeSpan,
    ) -> Option<IncidentId> {
        let topic = self.policy.topics.get(&stream.0);
        let spans = Spans {
            calm_after,
            reopen_within: topic.map_or(calm_after, |topic| topic.reopen_within),
        };
        let ids = self.streams.get(stream)?.iter();
        ids.filter_map(|id| self.entries.get(id))
            .filter(|entry| entry.takes(&stream.1, (found_at, story), spans))
            .map(|entry| {
                let copies = entry.takes_copies_only(&stream.1);
                (copies, entry.incident.last_found_at, entry.id())
            })
            .max()
            .map(|(_, _, id)| id)
    }

    /// A new incident, latent until its ladder gives a tier.
    pub(crate) fn begin(&mut self, stream: &Stream, found_at: Timestamp) -> IncidentId {
        self.clocks.last_incident += 1;
        let id = IncidentId(self.clocks.last_incident);
        let (topic, subject) = stream.clone();
        let incident = Incident::latent(id, topic, subject, found_at);
        self.entries.insert(id, Entry::new(incident));
        self.streams.entry(stream.clone()).or_default().insert(id);
        id
    }

    /// The next number of the year that it is where the policy says.
    pub(crate) fn next_number(&mut self, id: IncidentId) -> IncidentNumber {
        let year = self.zone.year(self.clocks.wall);
        let number = IncidentNumber::after(self.clocks.last_number, year);
        self.clocks.last_number = Some(number);
        self.numbers.insert(number, id);
        number
    }

    /// What an incident of a topic is sorted by that opens now.
    pub(crate) fn labels_of(&self, topic: &TopicId) -> BTreeMap<LabelKey, String> {
        let topic = self.policy.topics.get(topic);
        topic.map(|topic| topic.labels.clone()).unwrap_or_default()
    }

    /// What a new incident follows up: the one of its topic and subject, or the one that has
    /// absorbed it, whose last post lies before its first, and no further back than
    /// [`FOLLOWS_WITHIN`].
    pub(crate) fn followed(&self, new: &Incident) -> Option<IncidentNumber> {
        let stream = (new.topic.clone(), new.subject.clone());
        let ids = self.streams.get(&stream).into_iter().flatten();
        let kept = ids.filter_map(|id| self.entries.get(id));
        let kept = kept.map(|entry| &entry.incident);
        let before = |old: &&Incident| {
            let first = new.first_found_at;
            old.id != new.id
                && old.number.is_some()
                && old.last_found_at <= first
                && first.since(old.last_found_at) <= FOLLOWS_WITHIN
        };
        let latest = kept
            .chain(self.past.of(&stream))
            .filter(before)
            .max_by_key(|old| (old.last_found_at, old.id))?;
        latest.merged_into.or(latest.number)
    }
}
