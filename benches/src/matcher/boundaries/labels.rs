//! The labels: `benches/labels/boundaries.toml`.

use std::fmt;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

const LABELS: &str = include_str!("../../../labels/boundaries.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) seed: u64,
    /// Places drawn for each keyword.
    pub(super) drawn: usize,
    pub(super) part: Vec<Part>,
    pub(super) keyword: Vec<Keyword>,
    pub(super) doubtful: Vec<Doubtful>,
}

/// A field of a corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) letter: String,
    pub(super) file: String,
    pub(super) field: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keyword {
    pub(super) key: String,
    pub(super) group: Group,
    pub(super) half: Half,
    pub(super) right: Vec<Place>,
    pub(super) wrong: Vec<Place>,
    pub(super) aside: Vec<Place>,
}

/// A keyword of doubtful places, for choosing only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubtful {
    pub(super) key: String,
    pub(super) right: Vec<Place>,
    pub(super) wrong: Vec<Place>,
    #[allow(dead_code, reason = "kept in the file, in no figure")]
    pub(super) aside: Vec<Place>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    Hard,
    Plain,
    Unlisted,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Half {
    Choosing,
    Reporting,
}

/// A place of a corpus.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
pub(super) struct Place {
    /// The letter of the part.
    pub(super) part: String,
    /// The line of the file, from 1.
    pub(super) record: usize,
    /// The character of the original text, from 0.
    pub(super) character: usize,
}

impl TryFrom<String> for Place {
    type Error = anyhow::Error;

    fn try_from(text: String) -> anyhow::Result<Self> {
        let mut parts = text.split('.');
        let mut next = || {
            parts
                .next()
                .with_context(|| format!("`{text}` is no place"))
        };
        let (part, record, character) = (next()?.to_owned(), next()?.parse()?, next()?.parse()?);
        ensure!(record > 0, "records are counted from 1, found `{text}`");
        Ok(Self {
            part,
            record,
            character,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.part, self.record, self.character)
    }
}

/// Reads the labels.
pub(super) fn labels() -> anyhow::Result<Labels> {
    toml::from_str(LABELS).context("reading benches/labels/boundaries.toml")
}
