//! `fengbiao explain --incident`: why the posts hit that an incident quotes, by the lexicon that made
//! each hit where it is known still.

use std::collections::BTreeMap;

use anyhow::Context as _;
use axum::http::Method;
use fengbiao_log::Topic;
use fengbiao_matcher::{Explanation, Matcher, Segmenter};
use fengbiao_model::{HitRecord, Incident, Language, LexiconNumber, PostId, Quote};
use fengbiao_wire::{decode_hit_record, format_minute};

use super::explain::post;
use super::explain_json::{self, QuotedJson};
use super::kept_lexicons::KeptLexicons;
use super::remote::call;
use crate::app::App;
use crate::log::Log;
use crate::story::Story;
use crate::terminal::{self, harmless};

/// The lexicon that a post is explained by.
#[derive(Clone, Copy)]
struct Version {
    number: LexiconNumber,
    /// Whether it is the one that made the hit.
    made_the_hit: bool,
}

/// Explains every post that the incident quotes, in the order in which they were found. False where it
/// quotes none.
pub(crate) fn run(app: &App, number: &str) -> anyhow::Result<bool> {
    let answer = call(app, Method::GET, &format!("/v1/incidents/{number}"), None)?.ok()?;
    let story = Story::read(&answer)?;
    let (incident, quotes) = story.quoted();
    if quotes.is_empty() {
        let said = app
            .language()
            .pick("此事件没有引用帖文", "the incident quotes no post");
        terminal::remark(said);
        return Ok(false);
    }
    let made = made_by(app, incident, quotes)?;
    let lexicons = KeptLexicons::read(app, &made.values().copied().collect())?;
    let last = lexicons
        .last()
        .context("the log has no lexicon\nhint: `fengbiao explain TEXT` asks the configured one")?;
    let segmenter = Segmenter::load()?;
    // Compiling takes seconds where a lexicon is large, and few versions made the hits of an incident.
    let mut matcher: Option<Matcher> = None;
    for (nth, quote) in quotes.iter().enumerate() {
        let own = made.get(&quote.post).copied();
        let own = own.filter(|number| lexicons.has(*number));
        let version = Version {
            number: own.unwrap_or(last),
            made_the_hit: own.is_some(),
        };
        let matcher = match matcher.take() {
            Some(ready) if ready.number() == version.number => matcher.insert(ready),
            _ => matcher.insert(compiled(&lexicons, version.number, &segmenter)?),
        };
        let mut explanation = matcher.explain(&as_found(quote)?, None)?;
        let topics = &mut explanation.topics;
        topics.retain(|topic| topic.topic == incident.topic);
        let shown = if app.json() {
            json(incident, quote, version, &explanation)?
        } else {
            let head = head(app, (nth + 1, quotes.len()), quote, version);
            head + &explanation.render(app.language(), app.colour)
        };
        terminal::print(&format!("{shown}\n"));
    }
    Ok(true)
}

/// The versions that made the hits, of those that the log has kept. A post whose text has changed since
/// is not what was matched then.
fn made_by(
    app: &App,
    incident: &Incident,
    quotes: &[Quote],
) -> anyhow::Result<BTreeMap<PostId, LexiconNumber>> {
    let config = &app.loaded.config;
    let reading = || format!("reading the hits kept in `{}`", config.data_dir.display());
    let mut wanted: BTreeMap<PostId, &Quote> =
        quotes.iter().map(|quote| (quote.post, quote)).collect();
    let mut made = BTreeMap::new();
    for record in Log::kept(config, Topic::Hits).with_context(reading)? {
        let Ok(HitRecord::Hit(hit)) = decode_hit_record(&record?.payload) else {
            continue;
        };
        let quoted = |quote: &&Quote| {
            let title = hit.post.title.as_ref().map(|title| title.as_str());
            quote.text == hit.post.text.as_str() && quote.title.as_deref() == title
        };
        let is_it = wanted.get(&hit.post.id).is_some_and(quoted);
        if hit.topic == incident.topic && is_it {
            wanted.remove(&hit.post.id);
            made.insert(hit.post.id, hit.version);
        }
        if wanted.is_empty() {
            break;
        }
    }
    Ok(made)
}

fn compiled(
    lexicons: &KeptLexicons,
    number: LexiconNumber,
    segmenter: &Segmenter,
) -> anyhow::Result<Matcher> {
    let lexicon = fengbiao_lexicon::published(lexicons.text(number)?);
    let lexicon =
        lexicon.with_context(|| format!("lexicon {number} does not compile with this version"))?;
    Ok(Matcher::new(lexicon.into(), number, segmenter)?)
}

fn as_found(quote: &Quote) -> anyhow::Result<fengbiao_model::Post<'static>> {
    post(&quote.text, quote.title.as_deref(), quote.found_at)
}

/// Which post it is, by which lexicon it is explained, and its text.
fn head(app: &App, (nth, all): (usize, usize), quote: &Quote, version: Version) -> String {
    let language = app.language();
    let mut place = vec![
        format!("{nth}/{all}"),
        quote.post.to_string(),
        format_minute(quote.found_at, &app.loaded.zone),
    ];
    place.extend(quote.url.as_deref().map(harmless));
    let number = version.number;
    let by = match (language, version.made_the_hit) {
        (Language::Zh, true) => format!("词库版本 {number}，命中即由它判定"),
        (Language::Zh, false) => {
            format!("词库版本 {number}，最近发布的；当时判定命中的版本已不可考")
        }
        (Language::En, true) => format!("lexicon {number}, which made the hit"),
        (Language::En, false) => format!(
            "lexicon {number}, the last one published; which one made the hit is not known any more"
        ),
    };
    let title = quote.title.as_deref().map(harmless);
    let text = title.into_iter().chain([harmless(&quote.text)]);
    let text: String = text.map(|line| format!("  {line}\n")).collect();
    format!("{}\n  {by}\n{text}", place.join(" · "))
}

fn json(
    incident: &Incident,
    quote: &Quote,
    version: Version,
    explanation: &Explanation,
) -> anyhow::Result<String> {
    let quoted = QuotedJson {
        incident: incident.number.map(|number| number.to_string()),
        post: quote.post.to_string(),
        url: quote.url.clone(),
        lexicon: version.number.0,
        made_the_hit: version.made_the_hit,
    };
    explain_json::line(explanation, Some(quoted))
}
