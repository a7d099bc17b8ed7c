//! The texts that the labels point into.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use fengbiao_matcher::fold::{Folded, fold};
use serde_json::Value;

use super::labels::{Labels, Place};

/// The folded texts of a part, by record; none where a record has no such field.
pub(super) struct Texts {
    pub(super) letter: String,
    pub(super) records: Vec<Option<Folded>>,
}

/// Reads every part, or of each only the records that `wanted` says.
pub(super) fn read(
    folder: &Path,
    labels: &Labels,
    wanted: impl Fn(&str, usize) -> bool,
) -> anyhow::Result<Vec<Texts>> {
    let mut parts = Vec::new();
    for part in &labels.part {
        let path = folder.join(&part.file);
        let file =
            std::fs::File::open(&path).with_context(|| format!("opening `{}`", path.display()))?;
        let mut records = Vec::new();
        for (index, line) in BufReader::new(zstd::Decoder::new(file)?)
            .lines()
            .enumerate()
        {
            let line = line?;
            let text = if wanted(&part.letter, index + 1) {
                let value: Value = serde_json::from_str(&line)?;
                value.get(&part.field).and_then(Value::as_str).map(fold)
            } else {
                None
            };
            records.push(text);
        }
        parts.push(Texts {
            letter: part.letter.clone(),
            records,
        });
    }
    Ok(parts)
}

/// The text that a place lies in, and the folded character at which it begins.
pub(super) fn find<'a>(parts: &'a [Texts], place: &Place) -> anyhow::Result<(&'a Folded, usize)> {
    let found = || {
        let part = parts.iter().find(|part| part.letter == place.part)?;
        let text = part.records.get(place.record - 1)?.as_ref()?;
        let places = text.places();
        let at = places
            .iter()
            .position(|known| known.index == place.character)?;
        Some((text, at))
    };
    found().with_context(|| format!("the corpora have no place `{place}`"))
}
