//! `fengbiao replay`: an archive through matcher and alerter at full speed.
//!
//! The posts' own times are the clock: the archive stands in for one partition that is always
//! read to its end.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Instant;

use fengbiao_alerter::{Archive, Change, Effects};
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{
    HitRecord, IncidentNumber, Language, LedgerId, LexiconNumber, Notice, Offset, Pace, Partition,
    Policy, Position, PostRecord, Receiver, ReceiverId, Route, Target, Tier, TimeSpan,
};
use fengbiao_sink::text::Card;
use fengbiao_sink::{Outgoing, TerminalOptions, render};

use crate::app::App;
use crate::cli::Input;
use crate::limits::SHOWN_POST_CHARS;
use crate::posts::Posts;
use crate::{policy, terminal};

pub(crate) fn run(app: &App, input: &Input, cards: bool) -> anyhow::Result<bool> {
    let lexicon = Arc::new(app.lexicon()?);
    let policy = timeline(policy::policy(&app.loaded.config, &lexicon)?)?;
    let matcher = Matcher::new(lexicon, LexiconNumber(0), Segmenter::load()?.as_ref())?;
    let mut posts = Posts::open(app, input)?;
    let mut replay = Replay::new(app, policy);
    replay.cards = cards && !app.json();
    let mut scratch = Scratch::default();
    let began = Instant::now();
    while let Some(prepared) = posts.next()? {
        let offset = Offset(posts.taken - 1);
        replay.take(&prepared.record, offset, &matcher, &mut scratch);
    }
    replay.rest();
    posts.close();
    replay.summary(posts.taken, began.elapsed().as_secs_f64());
    Ok(!replay.highest.is_empty())
}

/// The policy with one receiver in place of the configured ones, who hears of every change at once;
/// an archive wakes nobody, and nothing of it is owed.
fn timeline(mut policy: Policy) -> anyhow::Result<Policy> {
    let id = ReceiverId::new("timeline")?;
    let receiver = Receiver {
        id: id.clone(),
        pages: false,
        quiet: None,
    };
    policy.route = Route {
        to: vec![Target::Receiver(id.clone())],
        pace: Pace {
            group_wait: Some(TimeSpan::ZERO),
            group_interval: Some(TimeSpan::ZERO),
            repeat_interval: Some(TimeSpan::ZERO),
        },
        ..Route::default()
    };
    // An archive has no pulses and no canaries.
    policy.watchdog = None;
    policy.receivers = BTreeMap::from([(id, receiver)]);
    policy.inhibitions.clear();
    policy.chains.clear();
    policy.deadlines.clear();
    policy.schedules.clear();
    policy.acknowledgement_valid.clear();
    policy.storm.notices = 0;
    Ok(policy)
}

/// What an archive gives, shown while it runs.
struct Replay<'a> {
    app: &'a App,
    /// Whether notices are shown whole.
    cards: bool,
    archive: Archive,
    /// The highest tier of each incident, with the month in which it opened.
    highest: BTreeMap<IncidentNumber, (String, Tier)>,
    hits: u64,
}

impl<'a> Replay<'a> {
    fn new(app: &'a App, policy: Policy) -> Self {
        Self {
            app,
            cards: false,
            archive: Archive::new(policy),
            highest: BTreeMap::new(),
            hits: 0,
        }
    }

    fn take(
        &mut self,
        record: &PostRecord<'static>,
        offset: Offset,
        matcher: &Matcher,
        scratch: &mut Scratch,
    ) {
        let origin = Position {
            partition: Partition(0),
            offset,
        };
        let (found_at, records) = match record {
            PostRecord::Post(post) => (
                post.found_at,
                self.matched(matcher.matches(post, origin, scratch)),
            ),
            PostRecord::Update(post) => {
                let update = HitRecord::Update {
                    post: post.clone(),
                    origin,
                };
                let hits = self.matched(matcher.matches(post, origin, scratch));
                (post.found_at, std::iter::once(update).chain(hits).collect())
            }
            PostRecord::Delete(deletion) => (
                deletion.found_at,
                vec![HitRecord::Delete {
                    deletion: deletion.clone(),
                    origin,
                }],
            ),
            PostRecord::Control(_) => return,
        };
        for effects in self.archive.take(offset, found_at, records) {
            self.show(&effects);
        }
    }

    /// Whatever still waits when the archive ends.
    fn rest(&mut self) {
        for effects in self.archive.rest() {
            self.show(&effects);
        }
    }

    fn matched(&mut self, hits: Vec<fengbiao_model::Hit>) -> Vec<HitRecord> {
        self.hits += hits.len() as u64;
        let as_in_the_log = |mut hit: fengbiao_model::Hit| {
            hit.bound_spans();
            HitRecord::Hit(hit)
        };
        hits.into_iter().map(as_in_the_log).collect()
    }

    fn show(&mut self, effects: &Effects) {
        for change in &effects.changes {
            let Change::Notice(notice) = change else {
                continue;
            };
            let month = fengbiao_wire::format_minute(notice.first_found_at, &self.app.loaded.zone);
            let entry = self.highest.entry(notice.number);
            let seen = entry.or_insert_with(|| (month.chars().take(7).collect(), notice.tier));
            if notice.kind.is_rise() {
                seen.1 = seen.1.max(notice.tier);
            }
            terminal::print(&self.line(notice));
        }
    }

    fn line(&self, notice: &Notice) -> String {
        if self.app.json() {
            let bytes = fengbiao_wire::encode_notice(notice);
            return format!("{}\n", String::from_utf8_lossy(&bytes));
        }
        let outgoing = Outgoing {
            notice: notice.clone(),
            ledger: LedgerId::NONE,
            acknowledge_url: None,
        };
        let card = Card::new(&outgoing, &self.app.phrasing());
        if self.cards {
            let options = TerminalOptions {
                phrasing: self.app.phrasing(),
                color: self.app.colour,
                width_columns: terminal::width(std::io::stdout().is_terminal()),
            };
            return render(&card, &options);
        }
        let at = fengbiao_wire::format_minute(notice.made_at, &self.app.loaded.zone);
        // What has just been said, rather than what was said first: that is why the line is here.
        let quote = notice
            .quotes
            .iter()
            .max_by_key(|quote| quote.found_at)
            .map(|quote| terminal::harmless(&quote.text))
            .unwrap_or_default();
        let quote: String = quote.chars().take(SHOWN_POST_CHARS).collect();
        let headline = card
            .lines
            .first()
            .map(fengbiao_sink::text::Line::text)
            .unwrap_or_default();
        let why = measures(self.app.language(), notice);
        format!("{at}  #{} {headline}  「{quote}」{why}\n", notice.number)
    }

    fn summary(&self, posts: u64, seconds: f64) {
        if self.app.json() {
            return;
        }
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = posts as f64 / seconds.max(1e-9);
        let incidents = self.highest.len();
        let mut text = format!(
            "{posts} posts in {seconds:.1} s ({rate:.0} posts/s), {} hits, {incidents} incidents\n",
            self.hits
        );
        let mut months: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
        for (month, tier) in self.highest.values() {
            months.entry(month).or_default()[*tier as usize] += 1;
        }
        if !months.is_empty() {
            text.push_str(
                "month        IV   III    II     I   (incidents by their highest tier)\n",
            );
        }
        let mut sum = [0; 4];
        for (month, counts) in &months {
            let [iv, iii, ii, i] = counts;
            text.push_str(&format!("{month}  {iv:>6}{iii:>6}{ii:>6}{i:>6}\n"));
            sum.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        if months.len() > 1 {
            let [iv, iii, ii, i] = sum;
            text.push_str(&format!("all      {iv:>6}{iii:>6}{ii:>6}{i:>6}\n"));
        }
        terminal::remark(text.trim_end());
    }
}

/// What lifted an incident above IV: what the person on call asks first.
fn measures(language: Language, notice: &Notice) -> String {
    let lifted = notice.kind.is_rise() && notice.tier > Tier::IV;
    let measures = lifted.then(|| language.measures(&notice.reason));
    measures.map_or_else(String::new, |measures| format!("  {measures}"))
}
