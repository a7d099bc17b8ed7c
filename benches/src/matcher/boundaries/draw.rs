//! The draw of the labelled places, done again: the labels must be what it draws.

use std::collections::BTreeSet;

use anyhow::ensure;
use fengbiao_matcher::fold::{Folded, fold_str};

use super::labels::{Half, Keyword, Labels, Place};
use super::texts::Texts;
use crate::posts::Numbers;

/// Folded characters before and after a place by which two places count as alike.
const ALIKE_CHARS: usize = 4;

/// Fails where the labelled places or the halves are not what the seed draws.
pub(super) fn check(labels: &Labels, parts: &[Texts]) -> anyhow::Result<()> {
    for keyword in &labels.keyword {
        let mut drawn = draw(labels, parts, &keyword.key);
        let mut labelled: Vec<Place> = Vec::new();
        for places in [&keyword.right, &keyword.wrong, &keyword.aside] {
            labelled.extend(places.iter().cloned());
        }
        drawn.sort();
        labelled.sort();
        ensure!(
            drawn == labelled,
            "the places of `{}` are not those drawn",
            keyword.key
        );
        let half = half(labels, keyword);
        ensure!(
            half == keyword.half,
            "`{}` is drawn for the other half",
            keyword.key
        );
    }
    Ok(())
}

/// A number made of the seed and other numbers, one after another.
fn rank(seed: u64, numbers: impl IntoIterator<Item = u64>) -> u64 {
    let next = |rank, number| Numbers(rank ^ number).next();
    numbers.into_iter().fold(seed, next)
}

fn letters(key: &str) -> impl Iterator<Item = u64> {
    key.chars().map(|c| u64::from(u32::from(c)))
}

/// The keywords of a group in the order of their ranks go to the halves in turn.
fn half(labels: &Labels, keyword: &Keyword) -> Half {
    let of = |keyword: &Keyword| rank(labels.seed, letters(&keyword.key));
    let group = labels
        .keyword
        .iter()
        .filter(|other| other.group == keyword.group);
    let before = group.filter(|other| of(other) < of(keyword)).count();
    if before.is_multiple_of(2) {
        Half::Choosing
    } else {
        Half::Reporting
    }
}

/// One place where a keyword stands.
struct Candidate<'a> {
    rank: u64,
    place: Place,
    around: (&'a [char], &'a [char]),
}

/// The places drawn for a keyword: the files in turn, by rank, at most one a record.
fn draw(labels: &Labels, parts: &[Texts], key: &str) -> Vec<Place> {
    let mut files: Vec<(&str, Vec<Candidate<'_>>)> = Vec::new();
    for (part, texts) in labels.part.iter().zip(parts) {
        let (mut file, mut field) = (files.len(), 0);
        if files.last().is_some_and(|(name, _)| *name == part.file) {
            (file, field) = (files.len() - 1, 1);
        } else {
            files.push((&part.file, Vec::new()));
        }
        for (index, text) in texts.records.iter().enumerate() {
            let Some(text) = text else { continue };
            for at in starts(text, &fold_str(key)) {
                let (record, character) = (index + 1, text.places()[at].index);
                let numbers = [file, record, field, character].map(|number| number as u64);
                files[file].1.push(Candidate {
                    rank: rank(labels.seed, letters(key).chain(numbers)),
                    place: Place {
                        part: texts.letter.clone(),
                        record,
                        character,
                    },
                    around: around(text.chars(), at, key.chars().count()),
                });
            }
        }
    }
    for (_, candidates) in &mut files {
        candidates.sort_by_key(|candidate| candidate.rank);
    }
    in_turn(
        files
            .into_iter()
            .map(|(_, candidates)| candidates)
            .collect(),
        labels.drawn,
    )
}

fn in_turn(files: Vec<Vec<Candidate<'_>>>, wanted: usize) -> Vec<Place> {
    let mut files: Vec<_> = files.into_iter().map(Vec::into_iter).collect();
    let (mut drawn, mut seen, mut records) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    while files.iter().any(|left| left.len() > 0) {
        for (file, left) in files.iter_mut().enumerate() {
            let fresh = left.find(|candidate| {
                !seen.contains(&candidate.around)
                    && !records.contains(&(file, candidate.place.record))
            });
            let Some(candidate) = fresh else { continue };
            seen.insert(candidate.around);
            records.insert((file, candidate.place.record));
            drawn.push(candidate.place);
            if drawn.len() == wanted {
                return drawn;
            }
        }
    }
    drawn
}

/// The folded characters at which a keyword begins, overlapping ones too.
fn starts(text: &Folded, key: &str) -> Vec<usize> {
    let first = key.chars().next().map_or(1, char::len_utf8);
    let (mut from, mut starts) = (0, Vec::new());
    while let Some(found) = text.text()[from..].find(key) {
        starts.push(text.char_at(from + found));
        from += found + first;
    }
    starts
}

fn around(text: &[char], at: usize, chars: usize) -> (&[char], &[char]) {
    let end = at + chars;
    let before = &text[at.saturating_sub(ALIKE_CHARS)..at];
    (before, &text[end..(end + ALIKE_CHARS).min(text.len())])
}
