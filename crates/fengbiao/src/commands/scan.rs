//! `fengbiao scan`: posts in, hits out, with the keywords marked.

use std::time::Instant;

use fengbiao_matcher::Scratch;
use fengbiao_model::{Field, Hit, Partition, Position, PostRecord, RuleHit};
use fengbiao_wire::{NativeId, ScanLine};

use crate::app::App;
use crate::cli::Input;
use crate::posts::Posts;
use crate::terminal::{self, harmless};

pub(crate) fn run(app: &App, input: &Input) -> anyhow::Result<bool> {
    let matcher = app.matcher()?;
    let mut posts = Posts::open(app, input)?;
    let mut scratch = Scratch::default();
    let (began, mut found) = (Instant::now(), 0_u64);
    while let Some(prepared) = posts.next()? {
        let (PostRecord::Post(post) | PostRecord::Update(post)) = &prepared.record else {
            continue;
        };
        let origin = Position {
            partition: Partition(0),
            offset: fengbiao_model::Offset(posts.taken - 1),
        };
        for hit in matcher.matches(post, origin, &mut scratch) {
            found += 1;
            let shown = if app.json() {
                json(prepared.given_id.as_ref(), &hit)?
            } else {
                human(app, &hit)
            };
            terminal::print(&shown);
        }
    }
    posts.close();
    if !app.json() {
        let seconds = began.elapsed().as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = posts.taken as f64 / seconds.max(1e-9);
        let refused = match posts.refused {
            0 => String::new(),
            lines => format!(", {lines} lines refused"),
        };
        terminal::remark(&format!(
            "{} posts, {found} hits, {rate:.0} posts/s{refused}",
            posts.taken
        ));
    }
    Ok(found > 0)
}

/// One line for each rule.
fn json(id: Option<&NativeId<'static>>, hit: &Hit) -> anyhow::Result<String> {
    let mut lines = String::new();
    for rule in &hit.rules {
        lines.push_str(&String::from_utf8(
            ScanLine::new(id.cloned(), hit, rule).encode(),
        )?);
        lines.push('\n');
    }
    Ok(lines)
}

/// The topic, the subjects and the rules, then the text with what matched.
fn human(app: &App, hit: &Hit) -> String {
    let rules: Vec<_> = hit.rules.iter().map(|rule| rule.rule.as_str()).collect();
    let subjects: Vec<_> = hit
        .subjects
        .iter()
        .map(|subject| subject.name.as_str())
        .collect();
    let mut shown = format!("{} · {}", hit.topic, rules.join(", "));
    if !subjects.is_empty() {
        shown.push_str(&format!(" · {}", subjects.join(", ")));
    }
    shown.push('\n');
    for (field, text) in hit.post.fields() {
        shown.push_str("  ");
        shown.push_str(&marked(text, field, &hit.rules, app.colour));
        shown.push('\n');
    }
    shown
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
