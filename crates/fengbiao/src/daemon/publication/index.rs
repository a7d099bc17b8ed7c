//! What is published, without its texts: they are read where one of them is wanted.

use std::collections::BTreeMap;

use fengbiao_lexicon::LexiconText;
use fengbiao_log::{Record, Topic};
use fengbiao_model::{LexiconHash, LexiconNumber, Offset, Partition, Position};
use fengbiao_wire::{LexiconRecord, decode_lexicon_record};

use crate::limits::LEXICON_PAGE_RECORDS;
use crate::log::Log;

const PLACE: (Topic, Partition) = (Topic::Lexicons, Partition(0));

/// One publication as found in the log.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) hash: LexiconHash,
    /// Where its control records stand.
    pub(super) positions: Vec<Position>,
    /// Parts that it has, and those of them that are there.
    parts: u32,
    there: u32,
    /// From its manifest to behind its last part.
    from: Offset,
    to: Offset,
}

impl Published {
    /// Whether all of its texts are there. Brokers may have taken the first of them only, where the
    /// publication died: then nothing of it is used, and the next one takes another number.
    pub(super) const fn is_whole(&self) -> bool {
        self.there == self.parts
    }

    /// Where its control records stand in a partition of `posts`, as far as is known.
    pub(super) fn in_partition(&self, partition: Partition) -> Vec<Position> {
        let positions = self.positions.iter().copied();
        positions.filter(|at| at.partition == partition).collect()
    }
}

/// All publications, as far as the topic has been read.
#[derive(Default)]
pub(super) struct Index {
    pub(super) next: Offset,
    /// The last record read: another one in its place is another topic.
    last: Option<(Offset, blake3::Hash)>,
    all: BTreeMap<LexiconNumber, Published>,
}

impl Index {
    /// Reads what has been written since. A topic that was made anew is read from its beginning.
    pub(super) fn catch_up(&mut self, log: &Log) -> anyhow::Result<()> {
        let end = log.next_offset(PLACE.0, PLACE.1)?;
        if end < self.next || end > self.next && !self.goes_on(log)? {
            *self = Self::default();
        }
        let read = for_each(log, self.next..end, |record| self.add(log, &record));
        if read.is_err() {
            // What was read of it is read again.
            *self = Self::default();
        } else {
            self.next = end;
        }
        read
    }

    /// Whether the topic is still the one that was read.
    fn goes_on(&self, log: &Log) -> anyhow::Result<bool> {
        let Some((at, hash)) = self.last else {
            return Ok(true);
        };
        let mut same = false;
        let last = at..Offset(at.0 + 1);
        for_each(log, last, |record| {
            same = blake3::hash(&record.payload) == hash;
            Ok(())
        })?;
        Ok(same)
    }

    fn add(&mut self, log: &Log, record: &Record) -> anyhow::Result<()> {
        let at = record.position.offset;
        self.last = Some((at, blake3::hash(&record.payload)));
        match decoded(log, record)? {
            LexiconRecord::Manifest(manifest) => {
                let published = Published {
                    hash: manifest.hash,
                    positions: Vec::new(),
                    parts: manifest.parts,
                    there: 0,
                    from: at,
                    to: at,
                };
                self.all.insert(manifest.number, published);
            }
            LexiconRecord::Part(part) => {
                if let Some(published) = self.all.get_mut(&part.number)
                    && (published.hash, published.there) == (part.hash, part.index)
                {
                    published.there += 1;
                    published.to = Offset(at.0 + 1);
                }
            }
            LexiconRecord::Positions(places) => {
                if let Some(published) = self.all.get_mut(&places.number) {
                    published.positions.extend(places.positions);
                }
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, number: LexiconNumber) -> Option<&Published> {
        self.all.get(&number)
    }

    /// From the lowest number to the highest.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (LexiconNumber, &Published)> + '_ {
        self.all
            .iter()
            .map(|(&number, published)| (number, published))
    }
}

/// The texts of a publication.
pub(super) fn texts(
    log: &Log,
    number: LexiconNumber,
    published: &Published,
) -> anyhow::Result<LexiconText> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for_each(log, published.from..published.to, |record| {
        if let LexiconRecord::Part(part) = decoded(log, &record)?
            && (part.number, part.hash) == (number, published.hash)
        {
            files.entry(part.path).or_default().push_str(&part.text);
        }
        Ok(())
    })?;
    Ok(LexiconText { files })
}

fn decoded(log: &Log, record: &Record) -> anyhow::Result<LexiconRecord> {
    let read = decode_lexicon_record(&record.payload);
    read.map_err(|why| log.unreadable(PLACE.0, record.position, &why))
}

/// A few records at a time: all of them may be more than fits into memory.
fn for_each(
    log: &Log,
    range: std::ops::Range<Offset>,
    mut take: impl FnMut(Record) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut ranges = log.ranges();
    let mut from = range.start;
    while from < range.end {
        let to = Offset(from.0 + LEXICON_PAGE_RECORDS).min(range.end);
        for record in ranges.read(PLACE.0, PLACE.1, from, to)? {
            take(record)?;
        }
        from = to;
    }
    Ok(())
}
