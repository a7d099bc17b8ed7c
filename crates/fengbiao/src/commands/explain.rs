//! `fengbiao explain`: why a text matches, or does not.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_lexicon::{LexiconText, parse_expression};
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::{
    Clock as _, Counts, LexiconNumber, Post, PostId, PostIdentity, PostText, RuleId, ServiceId,
    SourceId, Timestamp, Title, TopicId,
};

use super::typed::time;
use crate::app::App;
use crate::clock::SystemClock;
use crate::terminal;

/// What is to be explained.
pub(crate) struct Asked {
    /// The text, or `-` for standard input.
    pub(crate) text: String,
    pub(crate) title: Option<String>,
    /// When it was found; now, where that is not said.
    pub(crate) at: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) expression: Option<String>,
}

pub(crate) fn run(app: &App, asked: &Asked) -> anyhow::Result<bool> {
    let found_at = match &asked.at {
        Some(text) => time(app, "--at", text)?,
        None => SystemClock::new().wall(),
    };
    let post = post(&text(&asked.text)?, asked.title.as_deref(), found_at)?;
    let matcher = match &asked.expression {
        Some(expression) => ad_hoc(app, expression)?,
        None => app.matcher()?,
    };
    let rule = asked
        .rule
        .as_deref()
        .map(|name| find(&matcher, name))
        .transpose()?;
    let explanation = matcher.explain(&post, rule.as_ref().map(|(topic, rule)| (topic, rule)))?;
    if app.json() {
        terminal::print(&format!(
            "{}\n",
            super::explain_json::line(&explanation, None)?
        ));
    } else {
        terminal::print(&explanation.render(app.language(), app.colour));
    }
    Ok(explanation.matched())
}

/// The text itself, or what standard input holds, without the end of its last line.
fn text(typed: &str) -> anyhow::Result<Cow<'_, str>> {
    if typed != "-" {
        return Ok(typed.into());
    }
    let read = std::io::read_to_string(std::io::stdin()).context("reading standard input")?;
    Ok(read.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// A text as a post that was found at a time.
pub(crate) fn post(
    text: &str,
    title: Option<&str>,
    found_at: Timestamp,
) -> anyhow::Result<Post<'static>> {
    let source = SourceId::new("explain")?;
    let service = ServiceId::new("explain")?;
    let content = PostIdentity::Content {
        source: &source,
        title: None,
        text,
    };
    Ok(Post {
        id: PostId::of(&service, &content),
        native_id: None,
        url: None,
        title: title
            .map(|title| Title::new(title.to_owned()))
            .transpose()?,
        text: PostText::new(text.to_owned())?,
        voice: None,
        published_at: None,
        found_at,
        counts: Counts::default(),
        repost_of: None,
        service,
        source,
    })
}

fn ad_hoc(app: &App, expression: &str) -> anyhow::Result<Matcher> {
    let text = LexiconText::of_expression(expression);
    let (topic, warnings) = parse_expression(expression).map_err(|diagnostics| {
        app.show(&text, &diagnostics);
        anyhow::anyhow!("the expression of `--match` has errors")
    })?;
    app.show(&text, &warnings);
    let lexicon = Lexicon {
        hash: text.hash(),
        topics: vec![topic],
    };
    Ok(Matcher::new(
        Arc::new(lexicon),
        LexiconNumber(0),
        Segmenter::load()?.as_ref(),
    )?)
}

fn find(matcher: &Matcher, name: &str) -> anyhow::Result<(TopicId, RuleId)> {
    let (topic, rule) = match name.split_once('/') {
        Some((topic, rule)) => (Some(topic), rule),
        None => (None, name),
    };
    let topics = matcher.lexicon().topics.iter();
    let topics = topics.filter(|t| topic.is_none_or(|topic| t.id.as_str() == topic));
    let found: Vec<_> = topics
        .filter_map(|t| {
            Some((
                t.id.clone(),
                t.rules.iter().find(|r| r.id.as_str() == rule)?.id.clone(),
            ))
        })
        .collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!(
            "there is no rule `{name}`\nhint: `fengbiao explain TEXT` without `--rule` names those that speak of the text"
        ),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|(topic, rule)| format!("`{topic}/{rule}`"))
                .collect();
            bail!(
                "`{name}` is in several topics\nhint: one of {}",
                names.join(", ")
            )
        }
    }
}
