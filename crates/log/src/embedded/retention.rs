//! What is removed: records too old, and the oldest where there are too many bytes; never one
//! that a group has still to read.

use fengbiao_model::Timestamp;
use rusqlite::Connection;

use super::options::TopicOptions;
use super::store::Store;
use super::stream::{Aged, Stream};
use super::{Shared, cursors, schema};
use crate::error::failed_to;
use crate::{
    LogError, RESERVED_FREE_PAGES, RESERVED_FREE_PARTS, RETENTION_SLICE_RECORDS, Topic,
    VACUUM_SLICE_PAGES,
};

const DOING: &str = "remove old records";

/// Removes what is due at `now`, slice by slice, appends going on in between; how many records.
pub(super) fn retain(shared: &Shared, now: Timestamp) -> Result<u64, LogError> {
    let mut removed = 0;
    for topic in Topic::ALL
        .into_iter()
        .filter(|topic| !topic.is_kept_forever())
    {
        for stream in shared.streams.of(topic) {
            correct_times(shared, stream, now)?;
        }
        loop {
            let options = shared.options.topic(topic).clone();
            let slice = shared.run(move |store| remove_slice(store, topic, &options, now))?;
            if slice == 0 {
                break;
            }
            removed += slice;
        }
    }
    while shared.run(|store| give_back(store.connection()).map_err(failed_to("shrink its file")))? {
    }
    Ok(removed)
}

/// Where the oldest record bears a time ahead of `now`, the clock was wrong when it was written:
/// it and those after it count as written now, or they would be kept until that time comes.
fn correct_times(shared: &Shared, stream: &Stream, now: Timestamp) -> Result<(), LogError> {
    let (topic, partition, now_millis) = (stream.topic, stream.partition, now.as_millis());
    let mut from = 0;
    loop {
        let corrected = shared.run(move |store| {
            store.transact("correct times", |transaction, streams, _| {
                let stream = &streams.of(topic)[super::index(partition)];
                stream.correct_times(transaction, from, now_millis, RETENTION_SLICE_RECORDS)
            })
        })?;
        match corrected {
            Some(next) => from = next,
            None => return Ok(()),
        }
    }
}

/// One slice of one topic; how many records it removed, 0 when nothing is due.
fn remove_slice(
    store: &mut Store,
    topic: Topic,
    options: &TopicOptions,
    now: Timestamp,
) -> Result<u64, LogError> {
    let horizon = options.max_age.map(|age| (now - age).as_millis());
    let excess = options
        .max_bytes
        .map_or(0, |max| store.heads().bytes(topic).saturating_sub(max));
    let removed = store.transact(DOING, |transaction, streams, heads| {
        let mut slices = Vec::new();
        for stream in streams.of(topic) {
            let floor = cursors::floor(transaction, topic, stream.partition)?;
            let floor = floor.unwrap_or(heads.get(stream).next);
            slices.push(stream.oldest(transaction, floor, RETENTION_SLICE_RECORDS)?);
        }
        let Some((index, cut)) = choose(&slices, horizon, excess) else {
            return Ok(0);
        };
        let stream = &streams.of(topic)[index];
        stream.remove_below(transaction, cut.bound)?;
        let head = heads.get_mut(stream);
        head.bytes = head.bytes.saturating_sub(cut.bytes);
        Ok(cut.records)
    })?;
    store
        .metrics()
        .removed_records
        .with_label_values(&[topic.name()])
        .inc_by(removed);
    Ok(removed)
}

/// What to remove of a partition: all below `bound`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    bound: u64,
    records: u64,
    bytes: u64,
}

/// The partition to cut, and where: one with records older than `horizon`, else, while bytes are
/// in excess, the one whose first record is oldest. `slices` holds the first removable records of
/// each partition.
fn choose(slices: &[Vec<Aged>], horizon: Option<i64>, excess: u64) -> Option<(usize, Cut)> {
    let is_old = |record: &Aged| horizon.is_some_and(|horizon| record.at_millis < horizon);
    for (index, slice) in slices.iter().enumerate() {
        // Offsets are in the order of writing: what stands before an old record is older still.
        if let Some(last) = slice.iter().rposition(is_old) {
            return cut(&slice[..=last]).map(|cut| (index, cut));
        }
    }
    if excess == 0 {
        return None;
    }
    let oldest = |(_, slice): &(usize, &Vec<Aged>)| slice.first().map(|record| record.at_millis);
    let filled = slices
        .iter()
        .enumerate()
        .filter(|(_, slice)| !slice.is_empty());
    let (index, slice) = filled.min_by_key(oldest)?;
    let mut freed = 0;
    let enough = slice.iter().position(|record| {
        freed += record.bytes;
        freed >= excess
    });
    let last = enough.unwrap_or(slice.len() - 1);
    cut(&slice[..=last]).map(|cut| (index, cut))
}

fn cut(records: &[Aged]) -> Option<Cut> {
    let last = records.last()?;
    let bytes = records.iter().map(|record| record.bytes).sum();
    Some(Cut {
        bound: last.offset + 1,
        records: records.len() as u64,
        bytes,
    })
}

/// Gives some free pages back to the file system; whether there may be more to give.
fn give_back(connection: &Connection) -> rusqlite::Result<bool> {
    let (free, all) = schema::pages(connection)?;
    if free <= RESERVED_FREE_PAGES.max(all / RESERVED_FREE_PARTS) {
        return Ok(false);
    }
    let surplus = (free - RESERVED_FREE_PAGES).min(u64::from(VACUUM_SLICE_PAGES));
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({surplus})"))?;
    // Each step frees a page.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(schema::pages(connection)?.0 < free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(records: &[(u64, i64, u64)]) -> Vec<Aged> {
        let aged = |&(offset, at_millis, bytes)| Aged {
            offset,
            at_millis,
            bytes,
        };
        records.iter().map(aged).collect()
    }

    #[test]
    fn the_cut_is_where_it_is_due() {
        let check = |slices: &[Vec<Aged>], horizon, excess, expected: Option<(usize, u64, u64)>| {
            let chosen = choose(slices, horizon, excess);
            assert_eq!(
                chosen.map(|(index, cut)| (index, cut.bound, cut.bytes)),
                expected
            );
        };
        let first = slice(&[(5, 100, 10), (6, 200, 10), (7, 300, 10)]);
        let second = slice(&[(0, 50, 7), (1, 400, 7)]);
        let both = [first.clone(), second];
        check(&[], Some(1_000), 9, None);
        check(&[Vec::new()], Some(1_000), 9, None);
        check(&both, None, 0, None);
        check(&both, Some(50), 0, None);
        check(&both, Some(100), 0, Some((1, 1, 7)));
        check(&both, Some(201), 0, Some((0, 7, 20)));
        check(&both, None, 8, Some((1, 2, 14)));
        check(&[first], None, 1_000, Some((0, 8, 30)));
        // A time ahead of the clock between old ones does not hold up the rest.
        check(
            &[slice(&[(0, 9_999, 1), (1, 100, 1), (2, 500, 1)])],
            Some(200),
            0,
            Some((0, 2, 2)),
        );
    }
}
