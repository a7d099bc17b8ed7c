//! `fengbiao scan --against`: what an edit of the lexicon changes, over the same posts.

mod differences;
mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use fengbiao_matcher::{Matcher, Scratch};
use fengbiao_model::{RuleId, TopicId};

use self::differences::{Change, Difference, differences};
pub(super) use self::json::ComparisonLine;
use super::scan::{human, subjects};
use super::scanned::{Scanned, Source};
use crate::app::App;
use crate::cli;
use crate::terminal;

/// Posts that hit before and now, and that do so with one of the two lexicons only.
#[derive(Clone, Copy, Default)]
struct Counts {
    before: u64,
    now: u64,
    added: u64,
    removed: u64,
}

/// By topic, and by each of its rules.
type Sums = BTreeMap<(TopicId, Option<RuleId>), Counts>;

/// Compares the configured lexicon with the one in `before`. False where nothing differs.
pub(crate) fn run(app: &App, asked: &cli::Scan, before: &Path) -> anyhow::Result<bool> {
    let matchers = [app.matcher_in(Some(before))?, app.matcher()?];
    let mut posts = Source::open(app, asked)?;
    let (mut seen, mut sums, mut found) = (BTreeSet::new(), Sums::new(), false);
    let mut scratch = Scratch::default();
    while let Some(scanned) = posts.next()? {
        // A post that was found again is the same post.
        if !seen.insert(scanned.post.id) {
            continue;
        }
        for difference in compared(&matchers, &scanned, &mut scratch, &mut sums) {
            found = true;
            terminal::print(&shown(app, &scanned, &difference)?);
        }
    }
    posts.close();
    let posts = u64::try_from(seen.len())?;
    terminal::print(&if app.json() {
        json::sums(posts, &sums)?
    } else {
        table(posts, &sums)
    });
    Ok(found)
}

/// What differs of one post; it is counted.
fn compared(
    [before, now]: &[Matcher; 2],
    scanned: &Scanned,
    scratch: &mut Scratch,
    sums: &mut Sums,
) -> Vec<Difference> {
    let before = before.matches(&scanned.post, scanned.origin, scratch);
    let now = now.matches(&scanned.post, scanned.origin, scratch);
    let named = |hits: &[fengbiao_model::Hit]| {
        let mut names = BTreeSet::new();
        for hit in hits {
            names.insert((hit.topic.clone(), None));
            let rules = hit.rules.iter();
            names.extend(rules.map(|rule| (hit.topic.clone(), Some(rule.rule.clone()))));
        }
        names
    };
    let (old, new) = (named(&before), named(&now));
    for name in old.union(&new) {
        let (was, is) = (old.contains(name), new.contains(name));
        let counts = sums.entry(name.clone()).or_default();
        counts.before += u64::from(was);
        counts.now += u64::from(is);
        counts.added += u64::from(is && !was);
        counts.removed += u64::from(was && !is);
    }
    differences(before, now)
}

fn shown(app: &App, scanned: &Scanned, difference: &Difference) -> anyhow::Result<String> {
    if app.json() {
        return json::lines(scanned, difference);
    }
    let Difference {
        change,
        hit,
        before,
    } = difference;
    let mut shown = format!("{} {}", change.sign(), human(app, scanned.place(), hit));
    if let (Change::Moved, Some(before)) = (change, before) {
        let name = |names: String| {
            if names.is_empty() {
                "–".to_owned()
            } else {
                names
            }
        };
        let line = format!("{} → {}", name(subjects(before)), name(subjects(hit)));
        let _ = writeln!(shown, "  {}", terminal::harmless(&line));
    }
    Ok(shown)
}

/// The sums for people: every topic, and the rules of which a post differs.
fn table(posts: u64, sums: &Sums) -> String {
    let mut text = format!("{posts} posts\n  before     now       +       -\n");
    for ((topic, rule), counts) in sums {
        let Counts {
            before,
            now,
            added,
            removed,
        } = counts;
        let name = match rule {
            None => topic.to_string(),
            Some(_) if added + removed == 0 => continue,
            Some(rule) => format!("  {rule}"),
        };
        let _ = writeln!(text, "{before:>8}{now:>8}{added:>8}{removed:>8}  {name}");
    }
    text
}
