//! What ranking sources say. A hot list has neither authors nor many sources, so voices and
//! sources cannot grow with it; but a title that is on one has already been read by very many. It
//! is counted by its best place, by how long it has been on a list, and by how many lists hold it.
//!
//! A list is read again and again and the same titles come with it. That is no new post, voice or
//! story, but a title still on the list is something seen *now*: it counts here at the time of
//! the delivery, and the tiers are looked at again.

use fengbiao_model::{Hit, PLACE_WITHOUT_RANK, StoryId, SubjectKey, TimeSpan, Timestamp};

use crate::alerter::Alerter;
use crate::distinct::Distinct;
use crate::outcome::Outcome;
use crate::record::Memory;
use crate::window::Stream;

/// What a bucket knows of ranking sources: those whose posts carry a place or days on a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// The best place; none where no post had one.
    pub rank_best: Option<u32>,
    /// Distinct ranking sources.
    pub lists: Distinct,
    /// The longest time that one post had been on a list, in minutes.
    pub minutes: u64,
}

/// One post on one list at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sighting {
    /// None where only the time on the list is said.
    pub(crate) list: Option<u64>,
    pub(crate) rank: Option<u32>,
    pub(crate) minutes: u64,
}

impl Sighting {
    /// What a delivery says of its post; nothing where it does not come from a ranking source.
    /// How long the post has been on a list is the longer of `since` and what the source tells:
    /// on its n-th day it has been there for n − 1 days at least.
    pub(crate) fn of(hit: &Hit, list: u64, since: TimeSpan) -> Option<Self> {
        let counts = hit.post.counts;
        let days = u64::from(counts.days_on_list.unwrap_or(1).saturating_sub(1));
        let since = u64::try_from(since.as_millis() / 60_000).unwrap_or(0);
        counts.are_of_a_list().then_some(Self {
            list: Some(list),
            rank: counts.rank,
            minutes: since.max(days * 24 * 60),
        })
    }
}

impl Listed {
    pub(crate) fn count(&mut self, sighting: &Sighting) {
        self.rank_best = better(self.rank_best, sighting.rank);
        if let Some(list) = sighting.list {
            self.lists.insert(list);
        }
        self.minutes = self.minutes.max(sighting.minutes);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.rank_best = better(self.rank_best, other.rank_best);
        self.lists.merge(&other.lists);
        self.minutes = self.minutes.max(other.minutes);
    }

    /// The best place as a number that conditions can compare: smaller is better, and where
    /// nothing has a place it is one behind every list, so that `rank_best_1h <= 10` is false.
    pub(crate) fn place(&self) -> f64 {
        let place = self.rank_best.unwrap_or(PLACE_WITHOUT_RANK);
        f64::from(place.min(PLACE_WITHOUT_RANK))
    }

    /// The longest time on a list, in hours.
    #[allow(clippy::cast_precision_loss, reason = "minutes stay far below 2^53")]
    pub(crate) fn hours(&self) -> f64 {
        self.minutes as f64 / 60.0
    }
}

fn better(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a.into_iter().chain(b).min()
}

impl Alerter {
    /// A known post was found on a list again: it counts as seen at that time, and the tiers of
    /// its streams are looked at again. Where deliveries come out of order, how far they lie apart
    /// is known at the later of their times.
    pub(crate) fn sight(&mut self, hit: &Hit, list: u64, known: &Memory, out: &mut Outcome) {
        let (first, again) = (known.found_at, hit.post.found_at);
        let Some(now) = Sighting::of(hit, list, again.since(first)) else {
            return;
        };
        let only_time = |sighting| Sighting {
            list: None,
            rank: None,
            ..sighting
        };
        let later = Sighting::of(hit, list, first.since(again))
            .filter(|_| again < first)
            .map(|sighting| (first, only_time(sighting)));
        let story = known.story;
        for subject in subjects(hit) {
            let stream = (hit.topic.clone(), subject);
            let event = self.clocks.event;
            for (at, sighting) in [(again, now)].into_iter().chain(later) {
                self.windows.sight(&stream, at, event, &sighting, out);
                self.look_again(&stream, (at, story), out);
            }
        }
    }

    /// Evaluates the ladder of a stream at a minute at which nothing was posted. An incident that
    /// is open stays the same one for as long as its titles stay on a list.
    fn look_again(
        &mut self,
        stream: &Stream,
        (at, story): (Timestamp, StoryId),
        out: &mut Outcome,
    ) {
        // Also where nothing is open: an incident may be by the time that the minute settles.
        self.note_unsettled(stream, at.minute());
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let Some(ladder) = ladder.filter(|ladder| !ladder.conditions.is_empty()) else {
            return;
        };
        let calm_after = ladder.calm_after;
        let id = self
            .incident_at(stream, (at, Some(story)), calm_after)
            .or_else(|| {
                let ids = self.streams.get(stream)?.iter().copied();
                ids.filter(|id| self.entries.get(id).is_some_and(|entry| entry.is_open()))
                    .max()
            });
        let Some(id) = id else { return };
        if let Some(verdict) = self.judged(stream, id, |judge| judge.from(at.minute())) {
            self.apply(id, at, calm_after, verdict, out);
        }
    }
}

/// `*` and then each subject that a hit names, or `-`: the streams it counts in, `*` first, so
/// that it gathers what the same post raises.
pub(crate) fn subjects(hit: &Hit) -> impl Iterator<Item = SubjectKey> + use<'_> {
    let named = hit.subjects.iter().cloned().map(SubjectKey::Named);
    let unnamed = hit.subjects.is_empty().then_some(SubjectKey::Unnamed);
    [SubjectKey::All].into_iter().chain(unnamed).chain(named)
}
