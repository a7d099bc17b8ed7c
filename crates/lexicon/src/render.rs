//! Diagnostics for people and for programs.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::compiled::Place;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::LexiconText;

/// A line and a column, both from 1. A column counts characters, not bytes or screen cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
}

/// Where a byte of a text stands. Beyond its end, or inside a character, the place before counts.
#[must_use]
pub fn line_column(text: &str, byte: usize) -> LineColumn {
    let byte = text.floor_char_boundary(byte);
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    LineColumn {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// A diagnostic as plain values, for JSON and editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// `error` or `warning`.
    pub severity: Severity,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: ReportPlace,
    /// What to do, one advice each.
    pub hints: Vec<String>,
    /// Other places that belong to it.
    pub others: Vec<ReportPlace>,
}

/// A place as plain values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPlace {
    /// Path relative to the lexicon's folder.
    pub path: String,
    /// Where it starts.
    pub start: LineColumn,
    /// Where it ends (the first character after it).
    pub end: LineColumn,
    /// A few words about it; may be empty.
    pub label: String,
}

impl Diagnostic {
    /// The diagnostic as plain values. `texts` are the texts that were checked.
    #[must_use]
    pub fn report(&self, texts: &LexiconText) -> Report {
        let place = |place: &Place, label: &str| {
            let text = texts.files.get(&place.path).map_or("", String::as_str);
            ReportPlace {
                path: place.path.clone(),
                start: line_column(text, place.range.start),
                end: line_column(text, place.range.end),
                label: label.to_owned(),
            }
        };
        Report {
            severity: self.severity,
            code: self.code.as_str(),
            message: self.message.clone(),
            place: place(&self.place, &self.label),
            hints: self.hints.clone(),
            others: self
                .others
                .iter()
                .map(|(at, label)| place(at, label))
                .collect(),
        }
    }

    /// The diagnostic as people read it: file, line and column, the faulty text underlined, hints.
    /// `texts` are the texts that were checked. Without a line break at the end.
    #[must_use]
    pub fn render(&self, texts: &LexiconText, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&self.message).id(self.code.as_str());
        let mut group = Group::with_title(title);
        for snippet in self.snippets(texts) {
            group = match snippet {
                Shown::Text(snippet) => group.element(snippet),
                Shown::Path(path) => group.element(Origin::path(path)),
            };
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.with_name("hint").message(hint));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }

    /// One snippet a file: that of the diagnostic first.
    fn snippets<'a>(&'a self, texts: &'a LexiconText) -> Vec<Shown<'a>> {
        let primary = (&self.place, self.label.as_str(), AnnotationKind::Primary);
        let others = self
            .others
            .iter()
            .map(|(at, label)| (at, label.as_str(), AnnotationKind::Context));
        let all: Vec<_> = std::iter::once(primary).chain(others).collect();
        let mut paths: Vec<&str> = Vec::new();
        for (place, ..) in &all {
            if !paths.contains(&place.path.as_str()) {
                paths.push(&place.path);
            }
        }
        let show = |path: &'a str| match texts.files.get(path) {
            Some(text) => {
                let here = all.iter().filter(|(place, ..)| place.path == path);
                Shown::Text(snippet(path, text, here.copied()))
            }
            None => Shown::Path(path),
        };
        paths.into_iter().map(show).collect()
    }
}

enum Shown<'a> {
    Text(Snippet<'a, Annotation<'a>>),
    Path(&'a str),
}

/// The lines of `text` that the places touch. Only those are handed over: a list may have a
/// hundred thousand others.
fn snippet<'a>(
    path: &'a str,
    text: &'a str,
    places: impl Iterator<Item = (&'a Place, &'a str, AnnotationKind)> + Clone,
) -> Snippet<'a, Annotation<'a>> {
    let whole = |place: &Place| {
        let start = text.floor_char_boundary(place.range.start);
        start..text.ceil_char_boundary(place.range.end.max(start))
    };
    let first = places
        .clone()
        .map(|(place, ..)| whole(place).start)
        .min()
        .unwrap_or(0);
    let last = places
        .clone()
        .map(|(place, ..)| whole(place).end)
        .max()
        .unwrap_or(0);
    let excerpt = lines_around(text, first..last);
    let snippet = Snippet::source(&text[excerpt.clone()])
        .line_start(line_column(text, excerpt.start).line)
        .path(path);
    snippet.annotations(places.map(|(place, label, kind)| {
        let Range { start, end } = whole(place);
        let annotation = kind.span(start - excerpt.start..end - excerpt.start);
        if label.is_empty() {
            annotation
        } else {
            annotation.label(label)
        }
    }))
}

fn lines_around(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at);
    start..end
}
