//! A folder's texts → a checked [`Lexicon`], with all that is wrong at once.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::TopicId;

use crate::codes::Code;
use crate::compiled::{Lexicon, Place, Rule, TierTexts, Topic};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expression::KeyTable;
use crate::limits::{
    DEFAULT_MARGIN_NATS, DEFAULT_WEIGHT, MAX_DIAGNOSTICS_PER_FILE, MAX_FILE_BYTES,
};
use crate::reader::{Fold, Reader};
use crate::rules::{compile, fold_lightly};
use crate::source::LexiconText;
use crate::topic;

/// The path under which the diagnostics of [`parse_expression`] place its text.
pub const EXPRESSION_PATH: &str = "expression";

/// What became of a folder's texts.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The lexicon, where there is no error.
    pub lexicon: Option<Lexicon>,
    /// All that is wrong, by path and place. Warnings keep no lexicon from loading.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a folder's texts and compiles them. The cases of the rules are not run here: that takes
/// the matcher.
#[must_use]
pub fn check(texts: &LexiconText) -> Checked {
    check_folded(texts, fold_lightly)
}

/// The same, where keywords are compared as the matcher folds them, which this crate does not know:
/// it warns of more that are found alike. The lexicon is the same.
#[must_use]
pub fn check_folded(texts: &LexiconText, fold: Fold) -> Checked {
    checked(texts, texts.undecoded(), fold)
}

/// Compiles texts that were published; none where this version finds an error in them. Earlier
/// versions published files that were not UTF-8, and what is in force goes on.
#[must_use]
pub fn published(texts: &LexiconText) -> Option<Lexicon> {
    checked(texts, Vec::new(), fold_lightly).lexicon
}

fn checked(texts: &LexiconText, mut diagnostics: Vec<Diagnostic>, fold: Fold) -> Checked {
    let mut used_files = Vec::new();
    let mut topics = BTreeMap::new();
    let mut ids: BTreeMap<TopicId, Place> = BTreeMap::new();
    // What else is said of a file that was not decoded would be a guess.
    let undecoded: BTreeSet<_> = diagnostics.iter().map(|d| d.place.path.clone()).collect();
    let decoded = |(path, _): &(&str, &str)| !undecoded.contains(*path);
    for (path, text) in texts.topics().filter(decoded) {
        let mut reader = Reader::new(path, text, fold);
        if text.len() > MAX_FILE_BYTES {
            let message = format!(
                "the file has {} bytes, at most {MAX_FILE_BYTES} are allowed",
                text.len()
            );
            reader.report(Code::LimitExceeded, 0..0, message);
        } else if let Some(document) = reader.parse() {
            let file = topic::read(&mut reader, document.get_ref(), texts, &mut used_files);
            if let Some((id, span)) = file.id {
                refuse_double(&mut reader, &mut ids, id, span);
            }
            topics.extend(file.topic.map(|topic| (topic.id.clone(), topic)));
        }
        diagnostics.append(&mut reader.diagnostics);
    }
    if texts.topics().next().is_none() {
        let place = Place {
            path: ".".to_owned(),
            range: 0..0,
        };
        let fault = Diagnostic::new(Code::NoTopics, place, "the lexicon has no topic");
        diagnostics.push(fault.hint("a topic is a file that ends in `.toml`, outside of `lists/`"));
    }
    // A topic that could not be read may be the one that uses a file.
    if diagnostics.iter().all(|fault| !fault.is_error()) {
        warn_unused(texts, &used_files, &mut diagnostics);
    }
    let diagnostics = bounded(diagnostics);
    let sound = diagnostics.iter().all(|fault| !fault.is_error());
    let lexicon = || Lexicon {
        hash: texts.hash(),
        topics: topics.into_values().collect(),
    };
    Checked {
        lexicon: sound.then(lexicon),
        diagnostics,
    }
}

fn refuse_double(
    reader: &mut Reader<'_>,
    ids: &mut BTreeMap<TopicId, Place>,
    id: TopicId,
    span: std::ops::Range<usize>,
) {
    if let Some(first) = ids.get(&id) {
        let message = format!("another file defines the topic `{id}` already");
        let fault = reader.report(Code::DuplicateTopic, span, message);
        fault.others.push((first.clone(), "here".to_owned()));
    } else {
        ids.insert(id, reader.place(span));
    }
}

fn warn_unused(texts: &LexiconText, used: &[String], diagnostics: &mut Vec<Diagnostic>) {
    let topics: BTreeSet<_> = texts.topics().map(|(path, _)| path).collect();
    let used: BTreeSet<_> = used.iter().map(String::as_str).collect();
    for path in texts.files.keys().map(String::as_str) {
        if !topics.contains(path) && !used.contains(path) {
            let place = Place {
                path: path.to_owned(),
                range: 0..0,
            };
            diagnostics.push(Diagnostic::new(
                Code::UnusedFile,
                place,
                "no topic uses this file",
            ));
        }
    }
}

/// By path and place, each once (two topics may name one faulty list), and not too many of a file.
fn bounded(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let order = |d: &Diagnostic| (d.place.path.clone(), d.place.range.start, d.code);
    diagnostics.sort_by_cached_key(order);
    diagnostics.dedup();
    let mut kept = Vec::new();
    for file in diagnostics.chunk_by(|a, b| a.place.path == b.place.path) {
        // Errors before warnings where there is not room for all.
        let (errors, warnings): (Vec<_>, Vec<_>) = file.iter().partition(|fault| fault.is_error());
        let mut some: Vec<_> = errors.into_iter().chain(warnings).cloned().collect();
        let hidden = some.split_off(some.len().min(MAX_DIAGNOSTICS_PER_FILE));
        some.sort_by_cached_key(order);
        if let Some(first) = hidden.first() {
            let message = format!("{} more mistakes in this file are not shown", hidden.len());
            let mut fault = Diagnostic::new(Code::LimitExceeded, first.place.clone(), message);
            fault.severity = if hidden.iter().any(Diagnostic::is_error) {
                Severity::Error
            } else {
                Severity::Warning
            };
            some.push(fault.hint("correct those above and check again"));
        }
        kept.extend(some.into_iter().map(Diagnostic::clipped));
    }
    kept
}

/// A topic `ad-hoc` with the one rule `match`, from an expression that stands alone: what
/// `explain --match` tries. Lists are not available to it. Warnings come beside the topic.
///
/// # Errors
/// All that is wrong with the expression, at least one error among it. Show it with
/// [`LexiconText::of_expression`].
#[allow(
    clippy::missing_panics_doc,
    reason = "the two ids are constants that are valid"
)]
pub fn parse_expression(text: &str) -> Result<(Topic, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut keys = KeyTable::default();
    let (condition, faults) = compile(text, None, &mut keys);
    let here = |range| Place {
        path: EXPRESSION_PATH.to_owned(),
        range,
    };
    let mut faults: Vec<_> = faults
        .into_iter()
        .map(|fault| fault.moved(here).clipped())
        .collect();
    faults.sort_by_key(|fault| fault.place.range.start);
    let Some(condition) = condition else {
        return Err(faults);
    };
    let (Ok(topic), Ok(rule)) = ("ad-hoc".parse(), "match".parse()) else {
        unreachable!("both are slugs")
    };
    let rule = Rule {
        id: rule,
        condition,
        source: text.to_owned(),
        except: Vec::new(),
        weight: DEFAULT_WEIGHT,
        class: fengbiao_model::Class::default(),
        expires: None,
        margin: DEFAULT_MARGIN_NATS,
        separators: 0,
        hits: Vec::new(),
        misses: Vec::new(),
    };
    let topic = Topic {
        id: topic,
        name: "ad-hoc".to_owned(),
        purpose: "explain one expression".to_owned(),
        owner: "-".to_owned(),
        words: Vec::new(),
        keys: keys.into_keys(),
        subjects: Vec::new(),
        rules: vec![rule],
        reopen_within: None,
        labels: BTreeMap::new(),
        tiers: TierTexts::default(),
    };
    Ok((topic, faults))
}

impl LexiconText {
    /// The text of an expression that stands alone, to show the diagnostics of
    /// [`parse_expression`] with.
    #[must_use]
    pub fn of_expression(text: &str) -> Self {
        Self {
            files: BTreeMap::from([(EXPRESSION_PATH.to_owned(), text.to_owned())]),
        }
    }
}
