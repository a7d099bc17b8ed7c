//! What a batch makes is committed in portions that the log takes, and nothing is lost or doubled.

use fengbiao_log::{MAX_APPEND_BYTES, MAX_RECORD_BYTES};

use super::*;

/// What a commit carried, and the place that its cursor names.
type Commits = Arc<Mutex<Vec<(usize, Offset)>>>;

/// The embedded log's reader; the process is killed at one of its commits.
struct Killed {
    reader: Box<dyn Consumer>,
    /// Commits that are made before.
    commits_left: usize,
    /// Whether that one is still written.
    written: bool,
    commits: Commits,
}

impl Consumer for Killed {
    fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Vec<Event>, LogError> {
        self.reader.poll(max_records, wait)
    }

    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError> {
        self.reader.seek(partition, next)
    }

    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError> {
        let bytes = produced.iter().map(|record| record.payload.len()).sum();
        let next = cursors[0].1.next;
        let killed = self.commits_left == 0;
        if !killed || self.written {
            self.reader.commit(produced, cursors)?;
            self.commits.lock().unwrap().push((bytes, next));
        }
        if killed {
            return Err(LogError::Closed);
        }
        self.commits_left -= 1;
        Ok(Vec::new())
    }
}

/// 600 updates of 8 kB, each for 16 partitions of `hits`: more than one append may have.
#[test]
fn updates_of_a_batch_that_exceed_an_append_are_each_written_once_also_after_a_kill() {
    for (updates, written_before_the_kill) in [(600, false), (150, true)] {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), 16);
        let publications = publications(folder.path(), &log);
        publish(&publications, &lexicon());
        let text = "一".repeat(2_700);
        let update = |number| {
            post(&format!(
                r#"{{"kind":"update","id":"{number}","text":"{text}"}}"#
            ))
        };
        append(&log, (0..updates).map(update));
        // The control record stands before them.
        let end = Offset(updates + 1);
        let commits = Commits::default();
        let role_of = |commits_left| {
            let reader = Killed {
                reader: log.consumer(GROUP, Topic::Posts).unwrap(),
                commits_left,
                written: written_before_the_kill,
                commits: Arc::clone(&commits),
            };
            role(Box::new(reader), publications.clone(), &log)
        };
        read_to_the_end(&mut role_of(2), end).unwrap_err();
        read_to_the_end(&mut role_of(usize::MAX), end).unwrap();

        let expected: Vec<_> = (1..=updates)
            .map(|offset| format!("update {offset}"))
            .collect();
        let written = written(&log);
        assert_eq!(written.len(), 16);
        assert!(written.values().all(|updates| *updates == expected));
        let commits = commits.lock().unwrap();
        let all: usize = commits.iter().map(|(bytes, _)| bytes).sum();
        assert!(
            written_before_the_kill || all > MAX_APPEND_BYTES,
            "{all} bytes are one append"
        );
        assert!(
            commits
                .iter()
                .all(|(bytes, _)| *bytes < MAX_APPEND_BYTES / 4)
        );
        assert!(commits.is_sorted_by_key(|(_, next)| *next), "{commits:?}");
    }
}

/// A partition that goes in the middle of a round takes none of the others' records with it.
#[test]
fn what_is_left_of_a_round_is_read_again_where_a_partition_goes() {
    let script = Script::default();
    let records = |partition, count: u64| {
        let record = |offset| Record {
            position: Position {
                partition,
                offset: Offset(offset),
            },
            payload: post(&format!(
                r#"{{"kind":"update","id":"1","text":"{}"}}"#,
                "一".repeat(40_000)
            )),
        };
        Event::Records(partition, (0..count).map(record).collect())
    };
    let cursor = || {
        Some(Cursor {
            next: Offset(0),
            note: "lexicon=1 found_at=0".to_owned(),
        })
    };
    let partitions = [Partition(0), Partition(1), Partition(2)];
    script.events.lock().unwrap().extend([
        vec![Event::Assigned(
            partitions.map(|one| (one, cursor())).to_vec(),
        )],
        vec![
            records(Partition(0), 100),
            records(Partition(1), 1),
            Event::End {
                partition: Partition(2),
                next: Offset(0),
            },
        ],
    ]);
    let folder = tempfile::tempdir().unwrap();
    let mut matching = matching(folder.path(), &script);
    matching.round().unwrap();
    script.told.lock().unwrap().clear();
    // At the second commit of the round.
    *script.gone.lock().unwrap() = Some((1, Partition(0)));
    matching.round().unwrap();
    let told = std::mem::take(&mut *script.told.lock().unwrap());
    let first = Told::Commit {
        next: Offset(70),
        hits: false,
    };
    assert_eq!(told[0], first);
    // The first portion stands; what was not looked at is sought again, the end as well.
    assert_eq!(
        told[1..],
        [
            Told::Seek(Offset(70)),
            Told::Seek(Offset(0)),
            Told::Seek(Offset(0))
        ]
    );
    let left: Vec<_> = matching.partitions.keys().copied().collect();
    assert_eq!(left, [Partition(1), Partition(2)]);
}

#[test]
fn a_text_that_says_a_keyword_nine_thousand_times_is_a_hit_with_its_first_occurrences() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path(), 1);
    let publications = publications(folder.path(), &log);
    publish(&publications, &lexicon());
    append(
        &log,
        [post(&format!(r#"{{"text":"{}"}}"#, "停电".repeat(9_000)))],
    );
    let reader = log.consumer(GROUP, Topic::Posts).unwrap();
    let mut matching = role(reader, publications, &log);
    read_to_the_end(&mut matching, Offset(2)).unwrap();
    assert_eq!(written(&log)[&Partition(0)], ["hit 1"]);
    let longest = log.scan_topic(Topic::Hits).unwrap();
    let longest = longest
        .map(|record| record.unwrap().payload.len())
        .max()
        .unwrap();
    assert!(longest < MAX_RECORD_BYTES / 10, "{longest} bytes");
    assert_eq!(matching.metrics.spans_left_out.get(), 8_800);
    assert_eq!(matching.metrics.stubs.get(), 0);
}

/// One post may make more than an append has room for.
#[test]
fn what_a_single_post_makes_is_cut_into_appends_behind_the_cursor_before_it() {
    let mut output = Output::default();
    for _ in 0..130 {
        output.push(NewRecord {
            topic: Topic::Hits,
            to: Destination::Partition(Partition(0)),
            payload: vec![b'x'; MAX_RECORD_BYTES],
        });
    }
    let appends = output.take_appends();
    let lengths: Vec<_> = appends.iter().map(Vec::len).collect();
    assert_eq!(lengths, [64, 64, 2]);
    assert!(output.is_empty() && !output.is_full());
}
