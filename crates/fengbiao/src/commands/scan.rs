//! `fengbiao scan`: posts in, hits out, with the keywords marked.

use std::time::Instant;

use fengbiao_matcher::Scratch;
use fengbiao_model::{Field, Hit, RuleHit};
use fengbiao_wire::{ScanLine, format_minute};

use super::compare;
use super::scanned::{Scanned, Source};
use crate::app::App;
use crate::cli;
use crate::terminal::{self, harmless};

pub(crate) fn run(app: &App, asked: &cli::Scan) -> anyhow::Result<bool> {
    if let Some(before) = &asked.against {
        return compare::run(app, asked, before);
    }
    let matcher = app.matcher()?;
    let mut posts = Source::open(app, asked)?;
    let mut scratch = Scratch::default();
    let (began, mut found) = (Instant::now(), 0_u64);
    while let Some(scanned) = posts.next()? {
        for hit in matcher.matches(&scanned.post, scanned.origin, &mut scratch) {
            found += 1;
            let shown = if app.json() {
                json(&scanned, &hit)?
            } else {
                human(app, scanned.place(), &hit)
            };
            terminal::print(&shown);
        }
    }
    posts.close();
    if !app.json() {
        let seconds = began.elapsed().as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = posts.taken() as f64 / seconds.max(1e-9);
        let refused = match posts.refused() {
            0 => String::new(),
            lines => format!(", {lines} lines refused"),
        };
        terminal::remark(&format!(
            "{} posts, {found} hits, {rate:.0} posts/s{refused}",
            posts.taken()
        ));
    }
    Ok(found > 0)
}

/// One line for each rule.
fn json(scanned: &Scanned, hit: &Hit) -> anyhow::Result<String> {
    let mut lines = String::new();
    for rule in &hit.rules {
        let line = ScanLine::new(scanned.id.clone(), scanned.place(), hit, rule);
        lines.push_str(&String::from_utf8(line.encode())?);
        lines.push('\n');
    }
    Ok(lines)
}

/// The topic, the rules, the subjects, when it was found and where it is to be seen; then the text
/// with what matched.
pub(super) fn human(app: &App, place: Option<(&str, u64)>, hit: &Hit) -> String {
    let rules: Vec<_> = hit.rules.iter().map(|rule| rule.rule.as_str()).collect();
    let mut parts = vec![hit.topic.to_string(), rules.join(", ")];
    if !hit.subjects.is_empty() {
        parts.push(subjects(hit));
    }
    parts.push(format_minute(hit.post.found_at, &app.loaded.zone));
    parts.extend(hit.post.url.as_ref().map(|url| url.as_str().to_owned()));
    parts.extend(place.map(|(file, line)| format!("{file}:{line}")));
    let mut shown = harmless(&parts.join(" · "));
    shown.push('\n');
    for (field, text) in hit.post.fields() {
        shown.push_str("  ");
        shown.push_str(&marked(text, field, &hit.rules, app.colour));
        shown.push('\n');
    }
    shown
}

/// The names of what a post is about.
pub(super) fn subjects(hit: &Hit) -> String {
    let names = hit.subjects.iter().map(|subject| subject.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// A text with its spans coloured, or in brackets where there is no colour. Control characters of
/// a foreign text do nothing to the terminal.
fn marked(text: &str, field: Field, rules: &[RuleHit], colour: bool) -> String {
    let mut spans: Vec<(usize, usize)> = rules
        .iter()
        .flat_map(|rule| &rule.spans)
        .filter(|found| found.span.field == field)
        .map(|found| (found.span.start, found.span.end))
        .collect();
    spans.sort_unstable();
    let (on, off) = if colour {
        ("\x1b[1;31m", "\x1b[0m")
    } else {
        ("[", "]")
    };
    let (mut shown, mut at) = (String::new(), 0);
    for (start, end) in spans {
        if start < at {
            continue;
        }
        shown.push_str(&harmless(&text[at..start]));
        shown.push_str(on);
        shown.push_str(&harmless(&text[start..end]));
        shown.push_str(off);
        at = end;
    }
    shown.push_str(&harmless(&text[at..]));
    shown
}
