//! Publishing lexicons through the log, and finding them there again.
//!
//! A publication is three appends: the texts to `lexicons`; a control record into every partition
//! of `posts`; the places of those to `lexicons`. Behind the first the matcher is made ready, so that
//! matching goes on while it is compiled. When it dies in between, the next start finds texts without
//! places and goes on from there; a control record that is written twice is ignored the second time,
//! because its number is not above the one in force.
//!
//! Where `posts` was made anew, the control records that are known of it are gone; the next publication
//! writes them again where they do not stand. Where `lexicons` was, its numbers go on behind the highest
//! that the ledger knows.

mod index;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_log::{Destination, NewRecord, Record, Topic};
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::{
    Control, LexiconHash, LexiconNumber, Offset, Partition, Position, PostRecord,
};
use fengbiao_wire::{
    LexiconFile, LexiconManifest, LexiconPart, LexiconPositions, LexiconRecord, decode_post_record,
    encode_lexicon_record, encode_post_record,
};

use self::index::{Index, Published};
use super::compiled::Compiled;
use crate::limits::{LEXICON_APPEND_RECORDS, LEXICON_PART_BYTES, MAX_READY_MATCHERS};
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
    index: Arc<Mutex<Index>>,
    publishing: Arc<Mutex<()>>,
}

/// The turn to publish: one at a time has it, or two would take the same number.
pub(crate) struct Turn<'p>(#[allow(dead_code, reason = "it is held")] MutexGuard<'p, ()>);

impl Publications {
    pub(crate) fn new(log: Log, segmenter: Arc<Segmenter>, compiled: Compiled) -> Self {
        Self {
            log,
            segmenter,
            compiled,
            ready: Arc::default(),
            index: Arc::default(),
            publishing: Arc::default(),
        }
    }

    /// Waits for the turn to publish.
    pub(crate) fn turn(&self) -> Turn<'_> {
        let turn = self.publishing.lock();
        Turn(turn.unwrap_or_else(PoisonError::into_inner))
    }

    /// The matcher of a lexicon that is to be checked and perhaps published.
    pub(crate) fn compile(&self, lexicon: Lexicon) -> anyhow::Result<Matcher> {
        self.compiled
            .matcher(lexicon, LexiconNumber(0), &self.segmenter)
    }

    /// Publishes a lexicon that has been checked, under a number above `above`; nothing happens where
    /// it is in force already. Whoever matches takes the matcher that was made to check it. Gives its
    /// number, and whether it is new.
    pub(crate) fn publish(
        &self,
        _turn: &Turn<'_>,
        text: &LexiconText,
        matcher: Matcher,
        above: LexiconNumber,
    ) -> anyhow::Result<(LexiconNumber, bool)> {
        let hash = text.hash();
        let last = self.last()?;
        if let Some((number, last)) = last.as_ref().filter(|(_, last)| last.is_whole()) {
            self.complete_control(*number, last)?;
            if last.hash == hash {
                self.make_ready(matcher.numbered(*number));
                return Ok((*number, last.positions.is_empty()));
            }
        }
        let last = last.map_or(LexiconNumber(0), |(number, _)| number);
        let number = LexiconNumber(last.max(above).0 + 1);
        self.write_texts(number, hash, text)?;
        self.make_ready(matcher.numbered(number));
        self.control(number, hash, self.partitions())?;
        Ok((number, true))
    }

    /// The publication with the highest number, whole or not.
    fn last(&self) -> anyhow::Result<Option<(LexiconNumber, Published)>> {
        let index = self.index()?;
        let last = index.iter().next_back();
        Ok(last.map(|(number, published)| (number, published.clone())))
    }

    fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        (0..self.log.partitions(Topic::Posts)).map(Partition)
    }

    /// Writes the control records that do not stand: of a publication that died before them, or where
    /// `posts` was made anew.
    fn complete_control(&self, number: LexiconNumber, last: &Published) -> anyhow::Result<()> {
        let mut missing = Vec::new();
        for partition in self.partitions() {
            if !self.any_stands(number, &last.in_partition(partition))? {
                missing.push(partition);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if !last.positions.is_empty() {
            tracing::warn!(
                version = number.0,
                partitions = missing.len(),
                "control records of the lexicon are gone from `posts`, which was made anew; they are \
                 written again"
            );
        }
        self.control(number, last.hash, missing.into_iter())
    }

    fn any_stands(&self, number: LexiconNumber, places: &[Position]) -> anyhow::Result<bool> {
        for at in places {
            if self.stands(number, *at)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the control record of a lexicon stands there. One that retention has removed has stood.
    fn stands(&self, number: LexiconNumber, at: Position) -> anyhow::Result<bool> {
        let Position { partition, offset } = at;
        if offset < self.log.first_kept(Topic::Posts, partition)? {
            return Ok(true);
        }
        let next = Offset(offset.0 + 1);
        let found = self
            .log
            .ranges()
            .read(Topic::Posts, partition, offset, next)?;
        let is_it = |record: &Record| {
            let decoded = decode_post_record(&record.payload);
            matches!(decoded, Ok(PostRecord::Control(control)) if control.number == number)
        };
        Ok(found.iter().any(is_it))
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
        let records: Vec<_> = records.map(|record| lexicon_record(&record)).collect();
        // All of it may be more than one append has room for.
        for some in records.chunks(LEXICON_APPEND_RECORDS) {
            self.log.append(some.to_vec())?;
        }
        Ok(())
    }

    fn control(
        &self,
        number: LexiconNumber,
        hash: LexiconHash,
        partitions: impl Iterator<Item = Partition>,
    ) -> anyhow::Result<()> {
        let payload = encode_post_record(&PostRecord::Control(Control { number, hash }));
        let records = partitions.map(|partition| NewRecord {
            topic: Topic::Posts,
            to: Destination::Partition(partition),
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

    /// The lexicon in force at a place of `posts`: the highest whose control record stands before. Where
    /// none does, the partition was made anew behind our back: then the first whose control record
    /// stands in it holds also for what is before that, and without one the newest there is.
    pub(crate) fn in_force(&self, at: Position) -> anyhow::Result<Option<LexiconNumber>> {
        let mut newest_first = Vec::new();
        for (number, published) in self.index()?.iter().rev() {
            if published.is_whole() {
                newest_first.push((number, published.in_partition(at.partition)));
            }
        }
        let before = |here: &[Position]| here.iter().any(|one| one.offset < at.offset);
        if let Some((number, _)) = newest_first.iter().find(|(_, here)| before(here)) {
            return Ok(Some(*number));
        }
        let mut found = newest_first.first().map(|(number, _)| *number);
        // Behind the newest that is gone there are only older ones.
        for (number, here) in newest_first.iter().filter(|(_, here)| !here.is_empty()) {
            if !self.any_stands(*number, here)? {
                break;
            }
            found = Some(*number);
        }
        Ok(found)
    }

    /// Whether control records of any lexicon stand in the log: what is written from now on stands
    /// behind them.
    pub(crate) fn any_in_force(&self) -> anyhow::Result<bool> {
        let index = self.index()?;
        Ok(index
            .iter()
            .any(|(_, published)| !published.positions.is_empty()))
    }

    /// Whether the lexicon is there, whole.
    pub(crate) fn has(&self, number: LexiconNumber) -> anyhow::Result<bool> {
        Ok(self.index()?.get(number).is_some_and(Published::is_whole))
    }

    /// The place of the first post that is kept.
    pub(crate) fn first_post(&self, partition: Partition) -> anyhow::Result<Offset> {
        Ok(self.log.first_kept(Topic::Posts, partition)?)
    }

    /// The highest number whose texts are all there.
    pub(crate) fn latest(&self) -> anyhow::Result<Option<LexiconNumber>> {
        let index = self.index()?;
        let whole = index
            .iter()
            .rev()
            .find(|(_, published)| published.is_whole());
        Ok(whole.map(|(number, _)| number))
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
        let published = self.index()?.get(number).cloned();
        let Some(published) = published else {
            bail!("lexicon {number} is in force but not in the topic `lexicons`");
        };
        let text = index::texts(&self.log, number, &published)?;
        if published.hash != text.hash() {
            bail!("the texts of lexicon {number} are not those that were published");
        }
        let lexicon = fengbiao_lexicon::published(&text);
        lexicon.with_context(|| format!("lexicon {number} does not compile with this version"))
    }

    /// What is published now.
    fn index(&self) -> anyhow::Result<MutexGuard<'_, Index>> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.catch_up(&self.log)?;
        Ok(index)
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
