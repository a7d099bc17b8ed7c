//! One incident in memory, with all that hangs on it.

use std::collections::BTreeMap;

use fengbiao_model::{
    Hit, Incident, IncidentId, KeywordSpan, Post, PostId, Quote, Reason, ReceiverId, Stage,
    StoryId, SubjectKey, Tier, TimeSpan, Timestamp,
};

use crate::limits::{CLOSED_KEPT, MAX_STORIES_PER_INCIDENT};
use crate::outcome::Outcome;
use crate::quotes::Quotes;
use crate::record::{Duties, Lifetime, Pending};
use crate::step::Change;
use crate::window::{Counted, Stream};

/// An incident and its records.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) incident: Incident,
    pub(crate) lifetime: Lifetime,
    /// Posts of each story; their number bounds [`Quote::copies`].
    pub(crate) stories: BTreeMap<StoryId, u64>,
    pub(crate) quotes: Quotes,
    pub(crate) pending: BTreeMap<ReceiverId, Pending>,
    pub(crate) duties: Duties,
}

impl Entry {
    pub(crate) fn new(incident: Incident) -> Self {
        Self {
            incident,
            lifetime: Lifetime::default(),
            stories: BTreeMap::new(),
            quotes: Quotes::default(),
            pending: BTreeMap::new(),
            duties: Duties::default(),
        }
    }

    pub(crate) const fn id(&self) -> IncidentId {
        self.incident.id
    }

    /// Its topic and subject.
    pub(crate) fn stream(&self) -> Stream {
        (self.incident.topic.clone(), self.incident.subject.clone())
    }

    /// Its own topic and subject, and those of what was merged into it: whose posts it takes.
    pub(crate) fn streams(&self) -> impl Iterator<Item = Stream> {
        let topic = &self.incident.topic;
        let subjects = [&self.incident.subject].into_iter();
        let subjects = subjects.chain(&self.lifetime.absorbed);
        subjects.map(|subject| (topic.clone(), subject.clone()))
    }

    /// Whether it takes copies of its own stories only, of the posts of a subject.
    pub(crate) fn takes_copies_only(&self, subject: &SubjectKey) -> bool {
        self.lifetime.copies_only.contains(subject)
    }

    /// Whether a post of a subject found at this time belongs to it. One that never opened is over
    /// when it is calm; one that did may return. Both count from when its tier was last kept, so that
    /// what is still open takes what comes.
    pub(crate) fn takes(
        &self,
        subject: &SubjectKey,
        (found_at, story): (Timestamp, Option<StoryId>),
        spans: Spans,
    ) -> bool {
        let incident = &self.incident;
        let after = if self.is_latent() {
            spans.calm_after
        } else {
            spans.calm_after.max(spans.reopen_within)
        };
        incident.merged_into.is_none()
            && (!self.takes_copies_only(subject)
                || story.is_some_and(|story| self.stories.contains_key(&story)))
            && found_at + spans.calm_after >= incident.first_found_at
            && found_at <= self.last_kept_at() + after
    }

    /// When its latest post was found, or later: while a title stays on a list, and no post comes,
    /// its tier is true all the same.
    fn last_kept_at(&self) -> Timestamp {
        let life = &self.lifetime;
        let held = life.held.values().map(|reason| reason.at);
        let kept = life.true_at.values().copied().chain(held).max();
        kept.max(Some(self.incident.last_found_at))
            .unwrap_or_default()
    }

    /// Counts a new post over the life of the incident and quotes it. Gives the post that is not
    /// quoted any more, or not at all: it may be the new one.
    pub(crate) fn add(
        &mut self,
        hit: &Hit,
        counted: &Counted,
        out: &mut Outcome,
    ) -> Option<PostId> {
        let id = self.incident.id;
        out.push(Change::Member(id, hit.post.id, hit.post.found_at));
        out.touched.incidents.insert(id);
        self.lifetime.voices.insert(counted.voice);
        self.lifetime.sources.insert(counted.source);
        self.lifetime.stories.insert(counted.story.0);
        let incident = &mut self.incident;
        incident.first_found_at = incident.first_found_at.min(hit.post.found_at);
        incident.last_found_at = incident.last_found_at.max(hit.post.found_at);
        incident.totals.posts += 1;
        incident.totals.voices = self.lifetime.voices.count();
        incident.totals.sources = self.lifetime.sources.count();
        incident.totals.stories = self.lifetime.stories.count();
        propose_class(incident, hit);
        incident.totals.weight_max = incident.totals.weight_max.max(counted.weight);
        let story = counted.story;
        if self.stories.len() < MAX_STORIES_PER_INCIDENT || self.stories.contains_key(&story) {
            let copies = self.stories.entry(story).or_default();
            *copies += 1;
            out.touched.stories.insert((id, story));
        }
        let (post, reach) = (&hit.post, hit.post.counts.reach());
        if self.quotes.has_no_place_for(post.id, post.found_at, reach) {
            return Some(post.id);
        }
        let copies = self.stories.get(&story).copied().unwrap_or(1);
        self.quote(quote_of(hit, story, copies), out)
    }

    /// Keeps a quote if it is among the first or the widest; another one may have to go.
    pub(crate) fn quote(&mut self, quote: Quote, out: &mut Outcome) -> Option<PostId> {
        let id = self.incident.id;
        let new = quote.post;
        let gone = self.quotes.keep(quote);
        if gone != Some(new) {
            out.touched.quotes.insert((id, new));
            out.touched.quotes.extend(gone.map(|post| (id, post)));
        }
        gone
    }

    /// Whether it has opened and is neither calm nor closed.
    pub(crate) fn is_open(&self) -> bool {
        self.incident.is_open()
    }

    /// Whether it never opened.
    pub(crate) const fn is_latent(&self) -> bool {
        self.incident.number.is_none()
    }

    /// The highest tier that was true within `calm_after`, if any.
    pub(crate) fn tier_at(&self, event: Timestamp, calm_after: TimeSpan) -> Option<Tier> {
        let true_at = self.lifetime.true_at.iter().rev();
        true_at
            .into_iter()
            .find(|(_, at)| **at + calm_after > event)
            .map(|(tier, _)| *tier)
    }

    /// The highest tier, from this one down, that was true or held within `calm_after`, if any: what
    /// stands at a tier stands on all below it.
    pub(crate) fn kept(&self, from: Tier, event: Timestamp, calm_after: TimeSpan) -> Option<Tier> {
        let mut below = Tier::ALL.into_iter().rev().filter(|tier| *tier <= from);
        below.find(|tier| {
            let kept_at = self.kept_at(*tier);
            kept_at.is_some_and(|at| at + calm_after > event)
        })
    }

    /// When this tier or a higher one was last true.
    fn fired_at(&self, tier: Tier) -> Option<Timestamp> {
        self.lifetime.true_at.range(tier..).map(|(_, at)| *at).max()
    }

    /// When this tier or a higher one was last true, or this one held: calm counts from here.
    pub(crate) fn kept_at(&self, tier: Tier) -> Option<Timestamp> {
        let held = self.lifetime.held.get(&tier).map(|reason| reason.at);
        self.fired_at(tier).max(held)
    }

    /// Keeps of a minute what is not older than what is known.
    pub(crate) fn note_held(&mut self, held: BTreeMap<Tier, Reason>) {
        for (tier, reason) in held {
            let known = self.lifetime.held.get(&tier);
            if known.is_none_or(|known| known.at <= reason.at) {
                self.lifetime.held.insert(tier, reason);
            }
        }
    }

    /// When its tier goes down: after calm, or first when it would, but for its hold, so that the
    /// record can say so.
    fn calm_due(&self, tier: Tier, calm_after: TimeSpan) -> Timestamp {
        let last = self.incident.last_found_at;
        let own = self.fired_at(tier).unwrap_or(last) + calm_after;
        let kept = self.kept_at(tier).unwrap_or(last) + calm_after;
        if self.lifetime.stays == Some((tier, own)) {
            kept
        } else {
            own
        }
    }

    /// Its tier would have gone down, but for its hold: gives this, to be written down once.
    pub(crate) fn stay(&mut self, tier: Tier, calm_after: TimeSpan) -> Option<Reason> {
        let last = self.incident.last_found_at;
        let own = self.fired_at(tier).unwrap_or(last) + calm_after;
        let before = self.lifetime.stays.replace((tier, own));
        let held = self.lifetime.held.get(&tier).cloned();
        held.filter(|_| before != Some((tier, own)))
    }

    /// When the event clock has something to do with it: a latent one is dropped, an open one
    /// calms, a closed one leaves memory.
    pub(crate) fn event_due(&self, calm_after: TimeSpan, reach: TimeSpan) -> Timestamp {
        let last = self.incident.last_found_at;
        match self.incident.tier {
            _ if self.is_latent() => last + calm_after.max(reach),
            // An alarm of the pipeline ends by a sign of life, not by time.
            _ if self.is_open() && self.incident.topic.is_pipeline() => Timestamp::MAX,
            Some(tier) if self.is_open() => self.calm_due(tier, calm_after),
            _ => last + CLOSED_KEPT,
        }
    }

    /// Closes it: the tier is gone, one more change.
    pub(crate) fn close(&mut self, wall: Timestamp) {
        self.incident.stage = Stage::Closed;
        self.incident.tier = None;
        self.incident.closed_at = Some(wall);
        self.incident.changed_at = Some(wall);
        self.incident.change += 1;
    }

    /// The two records that every incident has.
    pub(crate) fn head(&self) -> [Change; 2] {
        [
            Change::Incident(self.incident.clone()),
            Change::Lifetime(self.id(), Box::new(self.lifetime.clone())),
        ]
    }

    /// All its records, in canonical order.
    pub(crate) fn records(&self) -> Vec<Change> {
        let id = self.id();
        let mut records = Vec::from(self.head());
        records.extend(
            self.stories
                .iter()
                .map(|(&s, &copies)| Change::Story(id, s, copies)),
        );
        records.extend(
            self.quotes
                .values()
                .map(|quote| Change::Quote(id, quote.clone())),
        );
        records.extend(
            self.pending
                .iter()
                .map(|(receiver, pending)| Change::Pending(id, receiver.clone(), pending.clone())),
        );
        if self.duties != Duties::default() {
            records.push(Change::Duties(id, Box::new(self.duties.clone())));
        }
        records
    }
}

/// How long an incident of a stream waits for its next post.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    /// After so long without, it is over.
    pub(crate) calm_after: TimeSpan,
    /// For so long after its last post it returns under its number.
    pub(crate) reopen_within: TimeSpan,
}

/// The class of the heaviest rule hits so far; of several as heavy, the most serious. So the order
/// of posts does not matter. What people have said stays.
fn propose_class(incident: &mut Incident, hit: &Hit) {
    if incident.classified {
        return;
    }
    let heaviest = hit.weight();
    let of_hit = hit.rules.iter().filter(|rule| rule.weight == heaviest);
    let Some(class) = of_hit.map(|rule| rule.class).max() else {
        return;
    };
    incident.class = match heaviest.cmp(&incident.totals.weight_max) {
        std::cmp::Ordering::Greater => class,
        std::cmp::Ordering::Equal => incident.class.max(class),
        std::cmp::Ordering::Less => incident.class,
    };
}

/// How a notice shows a hit: by the heaviest rule, then the first.
fn quote_of(hit: &Hit, story: StoryId, copies: u64) -> Quote {
    let heaviest = hit.rules.iter().rev().max_by_key(|rule| rule.weight);
    Quote {
        post: hit.post.id,
        story,
        source: hit.post.source.clone(),
        url: hit.post.url.as_ref().map(|url| url.as_str().to_owned()),
        title: hit
            .post
            .title
            .as_ref()
            .map(|title| title.as_str().to_owned()),
        text: hit.post.text.as_str().to_owned(),
        published_at: hit.post.published_at,
        found_at: hit.post.found_at,
        counts: hit.post.counts,
        rule: heaviest
            .map(|rule| rule.rule.clone())
            .unwrap_or_else(no_rule),
        spans: heaviest.map(|rule| rule.spans.clone()).unwrap_or_default(),
        copies,
        widest_copy: None,
    }
}

/// A hit has at least one rule; one without is quoted under this name.
#[allow(clippy::expect_used, reason = "a constant that fits")]
fn no_rule() -> fengbiao_model::RuleId {
    fengbiao_model::RuleId::new("none").expect("`none` is a slug")
}

/// Puts the present text of a post into its quote. Spans stay while all of them still show what
/// they showed.
pub(crate) fn renew(quote: &mut Quote, post: &Post<'_>) {
    let title = post.title.as_ref().map(|title| title.as_str().to_owned());
    let text = post.text.as_str().to_owned();
    let shown = |title: &Option<String>, text: &str, span: &KeywordSpan| {
        let field = match span.span.field {
            fengbiao_model::Field::Title => title.as_deref()?,
            fengbiao_model::Field::Text => text,
        };
        field.get(span.span.start..span.span.end).map(str::to_owned)
    };
    let same = |span: &KeywordSpan| {
        let before = shown(&quote.title, &quote.text, span);
        before.is_some() && before == shown(&title, &text, span)
    };
    if !quote.spans.iter().all(same) {
        quote.spans.clear();
    }
    quote.title = title;
    quote.text = text;
    quote.counts = quote.counts.merged(post.counts);
}
