//! Some posts of an incident turn out to be another matter: they become an incident of their own,
//! with a number of its own, of the same topic and subject.
//!
//! They stay posts of the old one too: what it counted, it counted. The new one stands at the tier
//! that its own posts reach, at least at the lowest; it is taken on by whoever splits, and takes
//! later copies of its own stories; all other posts go on into the old one. Both are judged by the
//! windows of their common subject, but of the new one no count is above what it has itself.
//!
//! Who spoke is not known of single posts, because nothing keeps it beside them: the new one
//! counts one voice for each source of its posts. Nor is their weight: it is shown the heaviest of
//! the old one.

use fengbiao_model::{
    Acknowledgement, Happening, Incident, IncidentId, IncidentNumber, NoticeKind, PostId, Quote,
    Stage, Tier,
};

use super::lifecycle::Done;
use super::{Doing, Refusal};
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::incident::heighten;
use crate::intake::{digest, first_eight, voice_of_source};
use crate::outcome::Outcome;
use crate::step::Change;

impl Alerter {
    pub(super) fn split(
        &mut self,
        doing: &Doing<'_>,
        posts: &[PostId],
        note: &str,
        out: &mut Outcome,
    ) -> Done {
        let quotes = self.splittable(doing, posts)?;
        let new = self.of_posts(doing, &quotes)?;
        let (id, into) = (new.id(), self.next_number(new.id()));
        self.settle_in(new, into, out);
        self.stand(id, out);
        self.acknowledged(id, out);
        let count = u32::try_from(quotes.len()).unwrap_or(u32::MAX);
        if let Some(old) = self.entries.get_mut(&doing.id) {
            let shared = quotes
                .iter()
                .map(|quote| first_eight(quote.post.as_bytes()));
            for post in shared {
                old.lifetime.shared.insert(post);
            }
            let (posts, note) = (count, note.to_owned());
            doing.write(
                &mut old.incident,
                Happening::SplitOff { into, posts, note },
                out,
            );
        }
        if let Some(new) = self.entries.get_mut(&id) {
            let (from, posts, note) = (doing.number, count, note.to_owned());
            doing.write(
                &mut new.incident,
                Happening::SplitFrom { from, posts, note },
                out,
            );
            doing.write(&mut new.incident, Happening::Acknowledged, out);
        }
        self.announce(id, NoticeKind::Opened, None, out);
        self.retime(doing.id);
        self.retime(id);
        Ok(format!("into {into}, {count} posts"))
    }

    /// The posts as the incident quotes them, where they may be split off.
    fn splittable(&self, doing: &Doing<'_>, posts: &[PostId]) -> Result<Vec<Quote>, Refusal> {
        let number = doing.number;
        let entry = self.kept(number, doing.id)?;
        let quote = |post: &PostId| {
            entry.quotes.get(post).cloned().ok_or_else(|| {
                format!(
                    "incident `{number}` does not quote the post `{post}`, expected posts that it \
                     shows"
                )
            })
        };
        posts.iter().map(quote).collect()
    }

    /// A new incident of the posts, not yet among the others.
    fn of_posts(&mut self, doing: &Doing<'_>, quotes: &[Quote]) -> Result<Entry, Refusal> {
        let wall = self.clocks.wall;
        let old = self.kept(doing.number, doing.id)?.incident.clone();
        self.clocks.last_incident += 1;
        let id = IncidentId(self.clocks.last_incident);
        let found = || quotes.iter().map(|quote| quote.found_at);
        let first = found().min().unwrap_or(old.first_found_at);
        let mut incident = Incident::latent(id, old.topic.clone(), old.subject.clone(), first);
        incident.last_found_at = found().max().unwrap_or(first);
        incident.class = old.class;
        incident.labels = self.labels_of(&old.topic);
        incident.split_from = Some(doing.number);
        incident.opened_at = Some(wall);
        incident.stage = Stage::Reported;
        incident.acknowledged = Some(Acknowledgement {
            by: doing.by().clone(),
            at: doing.command.at,
        });
        incident.totals.weight_max = old.totals.weight_max;
        let mut entry = Entry::new(incident);
        entry.lifetime.copies_only.insert(old.subject);
        for quote in quotes {
            Self::take_over(&mut entry, quote);
        }
        let from = format!("#{}", doing.number);
        entry.lifetime.reason = Some(self.said("split", &from));
        Ok(entry)
    }

    /// Counts a quoted post in a new incident.
    fn take_over(entry: &mut Entry, quote: &Quote) {
        let life = &mut entry.lifetime;
        let topic = &entry.incident.topic;
        life.voices.insert(voice_of_source(topic, &quote.source));
        life.sources
            .insert(digest("source", &[quote.source.as_str()]));
        life.stories.insert(quote.story.0);
        life.shared.insert(first_eight(quote.post.as_bytes()));
        *entry.stories.entry(quote.story).or_default() += 1;
        let totals = &mut entry.incident.totals;
        totals.posts += 1;
        totals.voices = life.voices.count();
        totals.sources = life.sources.count();
        totals.stories = life.stories.count();
        entry.quotes.put(quote.clone());
    }

    /// The new incident takes its place among the others.
    fn settle_in(&mut self, mut new: Entry, number: IncidentNumber, out: &mut Outcome) {
        let id = new.id();
        new.incident.number = Some(number);
        for stream in new.streams() {
            self.streams.entry(stream).or_default().insert(id);
        }
        for (&post, quote) in new.quotes.iter() {
            self.quoted.entry(post).or_default().insert(id);
            out.push(Change::Member(id, post, quote.found_at));
            out.touched.quotes.insert((id, post));
        }
        out.touched
            .stories
            .extend(new.stories.keys().map(|story| (id, *story)));
        self.entries.insert(id, new);
    }

    /// The new incident stands at the tier that its own posts reach, at least at the lowest; calm
    /// counts from now.
    fn stand(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let (stream, first) = (entry.stream(), entry.incident.first_found_at.minute());
        let (calm_after, _) = self.spans(&stream);
        let verdict = self.judged(&stream, id, |judge| judge.from(first));
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.lifetime.true_at = verdict.map(|verdict| verdict.true_at).unwrap_or_default();
        let tier = entry.tier_at(event, calm_after).unwrap_or(Tier::IV);
        heighten(entry, tier, wall, out);
        entry.lifetime.true_at.insert(tier, event);
        entry.incident.fired_at = entry.kept_at(tier);
        if let Some(reason) = entry.lifetime.reason.clone() {
            entry.happened(wall, Happening::Opened { tier, reason }, out);
        }
    }
}
