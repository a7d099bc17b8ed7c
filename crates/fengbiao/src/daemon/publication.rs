//! Publishing lexicons through the log, and finding them there again.
//!
//! A publication is three appends: the texts to `lexicons`; a control record into every partition
//! of `posts`; the places of those to `lexicons`. Behind the first the matcher is made ready, so that
//! matching goes on while it is compiled. When it dies in between, the next start finds texts without
//! places and goes on from there; a control record that is written twice is ignored the second time,
//! because its number is not above the one in force.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_log::{Destination, NewRecord, Topic};
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::{
    Control, LexiconHash, LexiconNumber, Offset, Partition, Position, PostRecord,
};
use fengbiao_wire::{
    LexiconFile, LexiconManifest, LexiconPart, LexiconPositions, LexiconRecord,
    decode_lexicon_record, encode_lexicon_record, encode_post_record,
};

use super::compiled::Compiled;
use crate::limits::{LEXICON_PART_BYTES, MAX_READY_MATCHERS};
use crate::log::Log;

/// The published lexicons in a log.
#[derive(Clone)]
pub(crate) struct Publications {
    log: Log,
    segmenter: Arc<Segmenter>,
    compiled: Compiled,
    /// Matchers made before their control record was written, so that nobody waits for them when it
    /// is reached; the one before, too, which is then dropped here and not between two posts.
    ready: Arc<Mutex<Vec<Arc<Matcher>>>>,
}

/// One publication as found in the log.
#[derive(Default)]
struct Published {
    hash: Option<LexiconHash>,
    files: BTreeMap<String, String>,
    positions: Vec<Position>,
}

impl Published {
    /// Whether all of its texts are there. Brokers may have taken the first of them only, where the
    /// publication died: then nothing of it is used, and the next one takes another number.
    fn is_whole(&self) -> bool {
        let files = self.files.clone();
        self.hash == Some(LexiconText { files }.hash())
    }
}

impl Publications {
    pub(crate) fn new(log: Log, segmenter: Arc<Segmenter>, compiled: Compiled) -> Self {
        Self {
            log,
            segmenter,
            compiled,
            ready: Arc::default(),
        }
    }

    /// The matcher of a lexicon that is to be checked and perhaps published.
    pub(crate) fn compile(&self, lexicon: Lexicon) -> anyhow::Result<Matcher> {
        self.compiled
            .matcher(lexicon, LexiconNumber(0), &self.segmenter)
    }

    /// Publishes a lexicon that has been checked; nothing happens where it is in force already.
    /// Whoever matches takes the matcher that was made to check it. Gives its number, and whether it is
    /// new.
    pub(crate) fn publish(
        &self,
        text: &LexiconText,
        matcher: Matcher,
    ) -> anyhow::Result<(LexiconNumber, bool)> {
        let all = self.read()?;
        let hash = text.hash();
        if let Some((&number, last)) = all.last_key_value().filter(|(_, last)| last.is_whole()) {
            if last.positions.is_empty() {
                self.control(
                    number,
                    last.hash.context("a publication without a manifest")?,
                )?;
            }
            if last.hash == Some(hash) {
                self.make_ready(matcher.numbered(number));
                return Ok((number, last.positions.is_empty()));
            }
        }
        let number = LexiconNumber(all.last_key_value().map_or(0, |(number, _)| number.0) + 1);
        self.write_texts(number, hash, text)?;
        self.make_ready(matcher.numbered(number));
        self.control(number, hash)?;
        Ok((number, true))
    }

    fn write_texts(
        &self,
        number: LexiconNumber,
        hash: LexiconHash,
        text: &LexiconText,
    ) -> anyhow::Result<()> {
        let parts = parts(number, hash, text);
        let manifest = LexiconManifest {
            number,
            hash,
            files: text
                .files
                .iter()
                .map(|(path, text)| file(path, text))
                .collect(),
            parts: u32::try_from(parts.len()).context("too many parts")?,
        };
        let records = std::iter::once(LexiconRecord::Manifest(manifest))
            .chain(parts.into_iter().map(LexiconRecord::Part));
        self.log
            .append(records.map(|record| lexicon_record(&record)).collect())?;
        Ok(())
    }

    fn control(&self, number: LexiconNumber, hash: LexiconHash) -> anyhow::Result<()> {
        let payload = encode_post_record(&PostRecord::Control(Control { number, hash }));
        let records = (0..self.log.partitions(Topic::Posts)).map(|partition| NewRecord {
            topic: Topic::Posts,
            to: Destination::Partition(Partition(partition)),
            payload: payload.clone(),
        });
        let positions = self.log.append(records.collect())?;
        let places = LexiconPositions {
            number,
            hash,
            positions,
        };
        self.log
            .append(vec![lexicon_record(&LexiconRecord::Positions(places))])?;
        Ok(())
    }

    /// The lexicon in force at a place of `posts`: the highest whose control record stands before.
    pub(crate) fn in_force(&self, at: Position) -> anyhow::Result<Option<LexiconNumber>> {
        let before =
            |position: &Position| position.partition == at.partition && position.offset < at.offset;
        let all = self.read()?;
        Ok(all
            .iter()
            .filter(|(_, p)| p.positions.iter().any(before))
            .map(|(&number, _)| number)
            .max())
    }

    /// Whether control records of any lexicon stand in the log: what is written from now on stands
    /// behind them.
    pub(crate) fn any_in_force(&self) -> anyhow::Result<bool> {
        let all = self.read()?;
        Ok(all
            .values()
            .any(|published| !published.positions.is_empty()))
    }

    /// Whether the lexicon is there, whole.
    pub(crate) fn has(&self, number: LexiconNumber) -> anyhow::Result<bool> {
        Ok(self.read()?.get(&number).is_some_and(Published::is_whole))
    }

    /// The place of the first post that is kept.
    pub(crate) fn first_post(&self, partition: Partition) -> anyhow::Result<Offset> {
        Ok(self.log.first_kept(Topic::Posts, partition)?)
    }

    /// The highest number whose texts are all there.
    pub(crate) fn latest(&self) -> anyhow::Result<Option<LexiconNumber>> {
        let all = self.read()?;
        let whole = all.iter().rev().find(|(_, published)| published.is_whole());
        Ok(whole.map(|(&number, _)| number))
    }

    /// The matcher of a published lexicon; made here where it is not ready.
    pub(crate) fn matcher(&self, number: LexiconNumber) -> anyhow::Result<Arc<Matcher>> {
        if let Some(matcher) = self.ready(number) {
            return Ok(matcher);
        }
        let lexicon = self.lexicon(number)?;
        let matcher = self.compiled.matcher(lexicon, number, &self.segmenter)?;
        Ok(self.make_ready(matcher))
    }

    fn ready(&self, number: LexiconNumber) -> Option<Arc<Matcher>> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ready = ready.iter();
        ready.find(|matcher| matcher.number() == number).cloned()
    }

    fn make_ready(&self, matcher: Matcher) -> Arc<Matcher> {
        if let Some(matcher) = self.ready(matcher.number()) {
            return matcher;
        }
        let matcher = Arc::new(matcher);
        let mut all = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&matcher));
        let surplus = all.len().saturating_sub(MAX_READY_MATCHERS);
        let old: Vec<_> = all.drain(..surplus).collect();
        drop(all);
        drop(old);
        matcher
    }

    /// A published lexicon.
    fn lexicon(&self, number: LexiconNumber) -> anyhow::Result<Lexicon> {
        let mut all = self.read()?;
        let Some(published) = all.remove(&number) else {
            bail!("lexicon {number} is in force but not in the topic `lexicons`");
        };
        let text = LexiconText {
            files: published.files,
        };
        if published.hash != Some(text.hash()) {
            bail!("the texts of lexicon {number} are not those that were published");
        }
        let lexicon = fengbiao_lexicon::check(&text).lexicon;
        lexicon.with_context(|| format!("lexicon {number} does not compile with this version"))
    }

    fn read(&self) -> anyhow::Result<BTreeMap<LexiconNumber, Published>> {
        let mut all: BTreeMap<LexiconNumber, Published> = BTreeMap::new();
        let end = self.log.next_offset(Topic::Lexicons, Partition(0))?;
        let mut ranges = self.log.ranges();
        for record in ranges.read(Topic::Lexicons, Partition(0), Offset(0), end)? {
            match decode_lexicon_record(&record.payload)? {
                LexiconRecord::Manifest(manifest) => {
                    all.entry(manifest.number).or_default().hash = Some(manifest.hash);
                }
                LexiconRecord::Part(part) => {
                    let files = &mut all.entry(part.number).or_default().files;
                    files.entry(part.path).or_default().push_str(&part.text);
                }
                LexiconRecord::Positions(places) => {
                    all.entry(places.number)
                        .or_default()
                        .positions
                        .extend(places.positions);
                }
            }
        }
        Ok(all)
    }
}

fn lexicon_record(record: &LexiconRecord) -> NewRecord {
    NewRecord {
        topic: Topic::Lexicons,
        to: Destination::Partition(Partition(0)),
        payload: encode_lexicon_record(record),
    }
}

fn file(path: &str, text: &str) -> LexiconFile {
    let hash = LexiconHash::from_digest(blake3::hash(text.as_bytes()));
    LexiconFile {
        path: path.to_owned(),
        bytes: text.len() as u64,
        hash,
    }
}

/// The texts in pieces that fit a record; an empty file has one empty piece.
fn parts(number: LexiconNumber, hash: LexiconHash, text: &LexiconText) -> Vec<LexiconPart> {
    let mut parts = Vec::new();
    for (path, text) in &text.files {
        let mut rest = text.as_str();
        loop {
            let (piece, behind) = rest.split_at(rest.floor_char_boundary(LEXICON_PART_BYTES));
            let index = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            parts.push(LexiconPart {
                number,
                hash,
                index,
                path: path.clone(),
                text: piece.to_owned(),
            });
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fengbiao_log::Metrics;
    use fengbiao_log::embedded::{Embedded, Options};

    use super::*;
    use crate::clock::SystemClock;

    fn publications(folder: &Path) -> Publications {
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let clock = Arc::new(SystemClock::new());
        let path = folder.join("log.sqlite");
        let log = Embedded::open(&path, Options::default(), clock, metrics).unwrap();
        let compiled = Compiled::below(folder);
        Publications::new(Log::Embedded(log), Segmenter::load().unwrap(), compiled)
    }

    /// What was compiled to check it is what posts are matched with: at the first start, and where the
    /// same lexicon is found in force.
    #[test]
    fn a_lexicon_is_compiled_once() {
        let folder = tempfile::tempdir().unwrap();
        let text = crate::lexicons::shipped();
        for new in [true, false] {
            let publications = publications(folder.path());
            let lexicon = fengbiao_lexicon::check(&text).lexicon.unwrap();
            let matcher = publications.compile(lexicon).unwrap();
            let checked = Arc::clone(matcher.lexicon());
            let published = publications.publish(&text, matcher).unwrap();
            assert_eq!(published, (LexiconNumber(1), new));
            let matcher = publications.matcher(LexiconNumber(1)).unwrap();
            assert!(Arc::ptr_eq(matcher.lexicon(), &checked));
            assert_eq!(matcher.number(), LexiconNumber(1));
            publications.log.close();
        }
    }
}
