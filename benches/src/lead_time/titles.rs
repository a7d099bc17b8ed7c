//! The titles of the hot list, and what the matcher finds in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{bail, ensure};
use fengbiao_crawler::{FieldMap, Intake, Lines, Place, Preparer, PseudonymKeys, Times};
use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_matcher::Scratch;
use fengbiao_model::{
    Hit, Offset, Partition, Position, PostId, PostRecord, SourceId, TimeSpan, Timestamp,
};
use prometheus::Registry;

use crate::clock::StandingClock;
use crate::setting;

/// A title comes once, when it was first seen: its first day on the list. The corpus also says how
/// many days it stayed there in the end. That is not taken: at the time nobody could have known.
const MAP: &str = "text=title,found_at=ts,service='weibo',days_on_list='1'";

/// One title.
pub(crate) struct Title {
    /// The line of the file, from 1.
    pub(crate) record: u64,
    pub(crate) found_at: Timestamp,
    pub(crate) text: String,
    /// What the matcher found in it, by topic.
    pub(crate) hits: Vec<Hit>,
}

/// All titles in the order of the file, with their hits under a lexicon.
pub(crate) fn read(file: &Path, lexicon: &Arc<Lexicon>) -> anyhow::Result<Vec<Title>> {
    let matcher = setting::matcher(lexicon)?;
    let mut scratch = Scratch::default();
    let mut titles = Vec::new();
    for line in Lines::open(Place::named(file), preparer()?)? {
        let line = line?;
        let PostRecord::Post(post) = &line.post.record else {
            bail!("line {} is no post", line.line);
        };
        ensure!(
            line.line == titles.len() as u64 + 1,
            "line {} was left out: record numbers would be wrong",
            titles.len() + 1
        );
        let origin = Position {
            partition: Partition(0),
            offset: Offset(line.line - 1),
        };
        titles.push(Title {
            record: line.line,
            found_at: post.found_at,
            text: post.text.as_str().to_owned(),
            hits: matcher.matches(post, origin, &mut scratch),
        });
    }
    Ok(titles)
}

/// The record of each post that hit.
pub(crate) fn by_post(titles: &[Title]) -> BTreeMap<PostId, u64> {
    let hits = titles
        .iter()
        .flat_map(|title| title.hits.iter().map(|hit| (hit.post.id, title.record)));
    hits.collect()
}

fn preparer() -> anyhow::Result<Preparer> {
    let mut intake = Intake::new(SourceId::new("weibo-hot")?);
    intake.times = Times::Archive;
    intake.map = FieldMap::parse(MAP)?;
    Ok(Preparer::new(
        intake,
        PseudonymKeys::new([7; 32], TimeSpan::from_hours(30 * 24)),
        Arc::new(StandingClock),
        fengbiao_crawler::Metrics::register(&Registry::new())?,
    ))
}

/// The shipped lexicon without the names that are held out: they go out of the lists, and no rule
/// may name one.
pub(crate) fn held_out(names: &[String]) -> anyhow::Result<Arc<Lexicon>> {
    let LexiconText { files } = setting::texts()?;
    let files = files
        .into_iter()
        .map(|(path, text)| (path, without(&text, names)))
        .collect();
    let lexicon = setting::compile(&LexiconText { files })?;
    for rule in lexicon.topics.iter().flat_map(|topic| &topic.rules) {
        if let Some(name) = names.iter().find(|name| rule.source.contains(*name)) {
            bail!("rule `{}` names `{name}`, which is held out", rule.id);
        }
    }
    let named = |topic: &&fengbiao_lexicon::compiled::Topic| {
        names.iter().any(|name| topic.keys.contains(name))
    };
    if let Some(topic) = lexicon.topics.iter().find(named) {
        bail!(
            "a list of `{}` still holds a name that is held out",
            topic.id
        );
    }
    Ok(lexicon)
}

/// A lexicon file whose lists do not hold these names.
fn without(text: &str, names: &[String]) -> String {
    let mut lines = Vec::new();
    let mut lists = false;
    for line in text.lines() {
        if line.starts_with('[') {
            lists = line == "[lists]";
        }
        let mut line = line.to_owned();
        for name in names.iter().filter(|_| lists) {
            line = line.replace(&format!("\"{name}\", "), "");
            line = line.replace(&format!(", \"{name}\"]"), "]");
        }
        lines.push(line);
    }
    lines.join("\n")
}
