//! `docs/demonstration.md`: the notices of the demonstration as whoever is on call reads them.
//!
//! The story's own posts go through crawler, matcher and alerter on their own times, under the
//! policy of `run --demo`, and each notice is written by the renderer of the terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, bail};
use fengbiao_alerter::{Archive, Change, Effects};
use fengbiao_console::{SigningKey, sign};
use fengbiao_crawler::{Intake, Metrics, Preparer, PseudonymKeys};
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{
    Clock, HitRecord, IncidentNumber, LedgerId, LexiconNumber, Notice, NoticeKind, Offset,
    Partition, Position, PostRecord, SourceId, Tier, TimeSpan, Timestamp,
};
use fengbiao_sink::text::{Card, Language, Phrasing};
use fengbiao_sink::{Outgoing, TerminalOptions, render};
use jiff::tz::TimeZone;

use super::{AGO, Story, leave_out, lexicon};
use crate::config::{self, Config};
use crate::limits::USUAL_COLUMNS;
use crate::policy;

/// When the story begins here: 2026-11-23 22:14 in China. The demonstration itself begins
/// [`AGO`] before now.
const BEGAN: Timestamp = Timestamp::from_millis(1_795_443_240_000);

const HEAD: &str = "\
# The notices of the demonstration

What `fengbiao run --demo` tells whoever is on call, made by the program: the posts of its story \
through crawler, matcher and alerter under its own policy, here from 22:14 on an evening in \
November. All notices go to the terminal, calm is shortened to two hours, and nobody acknowledges \
anything. The ids of notices begin with zeros where a ledger has its own digits, the links are \
signed with a key of zeros, and the clock stands still between posts; else \
it is what the demonstration prints. Places, people and services are made up.
";

/// The page.
pub(crate) fn page() -> anyhow::Result<String> {
    let mut config = Config::default();
    leave_out(&mut config);
    let checked = fengbiao_lexicon::check(&lexicon()).lexicon;
    let lexicon = Arc::new(checked.context("the lexicon of the demonstration has errors")?);
    let zone = config::zone(&config.time_zone)?;
    let notices = notices(&config, &lexicon, &zone)?;
    let phrasing = Phrasing {
        language: Language::Zh,
        time_zone: zone,
    };
    let mut page = HEAD.to_owned();
    let mut before: BTreeMap<IncidentNumber, &Notice> = BTreeMap::new();
    for (number, notice) in (1..).zip(&notices) {
        let at = fengbiao_wire::format_minute(notice.made_at, &phrasing.time_zone);
        let earlier = before.insert(notice.number, notice);
        let _ = write!(
            page,
            "\n## {number}. {at}, to `{}`\n\n{}\n\n```text\n{}\n```\n",
            notice.key.receiver,
            why(notice, earlier),
            card(notice, &config, &phrasing).trim_end()
        );
    }
    Ok(page)
}

/// The notice as the terminal shows it.
fn card(notice: &Notice, config: &Config, phrasing: &Phrasing) -> String {
    let until = notice.made_at + config.http.acknowledge_link_valid.0;
    let mut outgoing = Outgoing {
        acknowledge_url: None,
        ledger: LedgerId::NONE,
        notice: notice.clone(),
    };
    let token = sign(&SigningKey::new([0; 32]), &outgoing.id(), until);
    outgoing.acknowledge_url = Some(format!("http://{}/a/{token}", config.http.listen));
    let options = TerminalOptions {
        phrasing: phrasing.clone(),
        color: false,
        width_columns: USUAL_COLUMNS,
    };
    render(&Card::new(&outgoing, phrasing), &options)
}

/// A clock that stands where the story is.
#[derive(Default)]
struct StoryClock(AtomicI64);

impl Clock for StoryClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> TimeSpan {
        self.wall().since(BEGAN)
    }

    fn real(&self, _span: TimeSpan) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

/// Every notice until the demonstration reaches the present.
fn notices(
    config: &Config,
    lexicon: &Arc<Lexicon>,
    zone: &TimeZone,
) -> anyhow::Result<Vec<Notice>> {
    let clock = Arc::new(StoryClock::default());
    let mut intake = Intake::new(SourceId::new("demonstration")?);
    intake.zone = zone.clone();
    let preparer = Preparer::new(
        intake,
        PseudonymKeys::new([0; 32], config.privacy.pseudonym_rotation.0),
        Arc::clone(&clock) as _,
        Metrics::register(&prometheus::Registry::new())?,
    );
    let prepare =
        move |post: &serde_json::Value| Ok(preparer.line(post.to_string().as_bytes())?.record);
    let story = Story::new(BEGAN, Arc::new(prepare))?;

    let segmenter = Segmenter::load()?;
    let matcher = Matcher::new(Arc::clone(lexicon), LexiconNumber(1), &segmenter)?;
    let mut archive = Archive::new(policy::policy(config, lexicon)?);
    let mut scratch = Scratch::default();
    let mut notices = Vec::new();
    for (offset, (at, post)) in (0..).map(Offset).zip(story.posts()?) {
        clock.0.store(at.as_millis(), Ordering::Relaxed);
        let PostRecord::Post(post) = (story.prepare)(&post)? else {
            bail!("a line of the story is no post");
        };
        let origin = Position {
            partition: Partition(0),
            offset,
        };
        let hits = matcher.matches(&post, origin, &mut scratch).into_iter();
        let records = hits.map(HitRecord::Hit).collect();
        told(&archive.take(offset, at, records), &mut notices);
    }
    told(&archive.rest(), &mut notices);
    notices.retain(|notice| notice.made_at <= BEGAN + AGO);
    Ok(notices)
}

fn told(effects: &[Effects], notices: &mut Vec<Notice>) {
    for change in effects.iter().flat_map(|effects| &effects.changes) {
        if let Change::Notice(notice) = change {
            notices.push(notice.as_ref().clone());
        }
    }
}

/// Why it came: what has changed since the notice before about the same incident.
fn why(notice: &Notice, earlier: Option<&Notice>) -> String {
    let tier = notice.tier;
    let condition = &notice.reason.condition;
    let from = notice.previous_tier.unwrap_or(Tier::IV);
    let what = match notice.kind {
        NoticeKind::Opened => format!("New: the condition of tier {tier} holds"),
        NoticeKind::Reopened => format!("Back again: the condition of tier {tier} holds"),
        NoticeKind::Raised => {
            format!("Its tier went up from {from} to {tier}, whose condition holds now")
        }
        NoticeKind::Calmed => {
            format!(
                "Its tier went down from {from} to {tier}: calm for long enough (`{condition}`)"
            )
        }
        NoticeKind::Closed => format!("It is over: calm for long enough (`{condition}`)"),
        NoticeKind::Repeated => {
            "Nobody has acknowledged it since the last time: it is told again".to_owned()
        }
        other => format!("`{}`", other.as_str()),
    };
    let Some(earlier) = earlier else {
        return format!("{what}.");
    };
    let more = |now: u64, then: u64| now.saturating_sub(then);
    let (now, then) = (notice.totals, earlier.totals);
    if now.posts == then.posts {
        return format!("{what}. No post has come since the notice before.");
    }
    format!(
        "{what}. Since the notice before: posts +{}, stories +{}, voices +{}, sources +{}.",
        more(now.posts, then.posts),
        more(now.stories, then.stories),
        more(now.voices, then.voices),
        more(now.sources, then.sources),
    )
}
