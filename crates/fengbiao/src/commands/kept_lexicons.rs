//! The texts of published lexicons, read from aside: a daemon that has the log open is not disturbed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use fengbiao_lexicon::LexiconText;
use fengbiao_log::Topic;
use fengbiao_model::{LexiconHash, LexiconNumber};
use fengbiao_wire::{LexiconRecord, decode_lexicon_record};

use crate::app::App;
use crate::log::Log;

/// One publication, as far as it has been read.
struct Publication {
    hash: LexiconHash,
    parts: u32,
    there: u32,
    text: LexiconText,
}

impl Publication {
    const fn is_whole(&self) -> bool {
        self.there == self.parts
    }
}

/// The texts of some publications, and of the last one.
pub(super) struct KeptLexicons(BTreeMap<LexiconNumber, Publication>);

impl KeptLexicons {
    /// Reads those that are wanted, as far as the log has them, and the last. Of the others no text is
    /// held: an installation publishes for years.
    pub(super) fn read(app: &App, wanted: &BTreeSet<LexiconNumber>) -> anyhow::Result<Self> {
        let config = &app.loaded.config;
        let reading = || {
            format!(
                "reading the lexicons kept in `{}`",
                config.data_dir.display()
            )
        };
        let mut kept = Self(BTreeMap::new());
        for record in Log::kept(config, Topic::Lexicons).with_context(reading)? {
            let record = decode_lexicon_record(&record?.payload).with_context(reading)?;
            kept.add(record, wanted);
        }
        kept.0.retain(|_, publication| publication.is_whole());
        Ok(kept)
    }

    fn add(&mut self, record: LexiconRecord, wanted: &BTreeSet<LexiconNumber>) {
        match record {
            LexiconRecord::Manifest(manifest) => {
                let whole = self.0.iter().filter(|(_, one)| one.is_whole());
                let last = whole.map(|(number, _)| *number).max();
                self.0
                    .retain(|number, _| wanted.contains(number) || Some(*number) == last);
                let publication = Publication {
                    hash: manifest.hash,
                    parts: manifest.parts,
                    there: 0,
                    text: LexiconText::default(),
                };
                self.0.insert(manifest.number, publication);
            }
            LexiconRecord::Part(part) => {
                if let Some(publication) = self.0.get_mut(&part.number)
                    && (publication.hash, publication.there) == (part.hash, part.index)
                {
                    let file = publication.text.files.entry(part.path).or_default();
                    file.push_str(&part.text);
                    publication.there += 1;
                }
            }
            LexiconRecord::Positions(_) => {}
        }
    }

    /// Whether it is there.
    pub(super) fn has(&self, number: LexiconNumber) -> bool {
        self.0.contains_key(&number)
    }

    /// The last one published.
    pub(super) fn last(&self) -> Option<LexiconNumber> {
        self.0.keys().next_back().copied()
    }

    /// The text of one that is there.
    pub(super) fn text(&self, number: LexiconNumber) -> anyhow::Result<&LexiconText> {
        let publication = self.0.get(&number);
        let publication =
            publication.with_context(|| format!("lexicon {number} is not in the log"))?;
        if publication.text.hash() != publication.hash {
            bail!("the texts of lexicon {number} are not those that were published");
        }
        Ok(&publication.text)
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_wire::{LexiconManifest, LexiconPart};

    use super::*;

    fn text(content: &str) -> LexiconText {
        let files = [("a.toml".to_owned(), content.to_owned())];
        LexiconText {
            files: files.into(),
        }
    }

    /// A publication in parts of a character each, of which `there` were written.
    fn publish(kept: &mut KeptLexicons, number: u64, content: &str, there: usize) {
        let wanted = BTreeSet::from([LexiconNumber(2)]);
        let (number, hash) = (LexiconNumber(number), text(content).hash());
        let parts: Vec<String> = content.chars().map(String::from).collect();
        let manifest = LexiconManifest {
            number,
            hash,
            files: Vec::new(),
            parts: u32::try_from(parts.len()).unwrap(),
        };
        kept.add(LexiconRecord::Manifest(manifest), &wanted);
        for (index, text) in parts.into_iter().enumerate().take(there) {
            let part = LexiconPart {
                number,
                hash,
                index: u32::try_from(index).unwrap(),
                path: "a.toml".to_owned(),
                text,
            };
            kept.add(LexiconRecord::Part(part), &wanted);
        }
    }

    #[test]
    fn what_is_wanted_is_held_and_the_last_that_is_whole() {
        let mut kept = KeptLexicons(BTreeMap::new());
        for (number, content, there) in [
            (1, "甲甲", 2),
            (2, "乙乙", 2),
            (3, "丙丙", 2),
            (4, "丁丁", 2),
        ] {
            publish(&mut kept, number, content, there);
        }
        publish(&mut kept, 5, "戊戊", 1);
        kept.0.retain(|_, publication| publication.is_whole());
        let held: Vec<u64> = kept.0.keys().map(|number| number.0).collect();
        assert_eq!(held, [2, 4]);
        assert_eq!(kept.last(), Some(LexiconNumber(4)));
        assert_eq!(kept.text(LexiconNumber(2)).unwrap(), &text("乙乙"));
        assert!(kept.text(LexiconNumber(3)).is_err() && !kept.has(LexiconNumber(5)));
    }
}
