//! Random histories against a model that is too simple to be wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::embedded::{Embedded, check};
use fengbiao_log::{Consumer, Event, Producer as _, Topic};
use fengbiao_model::{Offset, Partition, TimeSpan, Timestamp};
use proptest::prelude::*;

use crate::support::{Fixture, cursor, position, record};

const PARTITIONS: u32 = 3;
const GROUPS: [&str; 2] = ["matcher", "audit"];
const MAX_AGE_MILLIS: i64 = 100;

#[derive(Clone, Debug)]
enum Step {
    /// So many records to each of these partitions, in this order.
    Append(Vec<u32>),
    Poll {
        group: usize,
        max_records: usize,
    },
    /// Commits where reading stands, with one record produced to the partition.
    Commit {
        group: usize,
        partition: u32,
    },
    Seek {
        group: usize,
        partition: u32,
        next: u64,
    },
    Pass {
        millis: i64,
    },
    Retain,
    Redact {
        partition: u32,
        offset: u64,
    },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let group = 0..GROUPS.len();
    let partition = 0..PARTITIONS;
    prop_oneof![
        6 => prop::collection::vec(partition.clone(), 0..12).prop_map(Step::Append),
        6 => (group.clone(), 0..20_usize)
            .prop_map(|(group, max_records)| Step::Poll { group, max_records }),
        4 => (group.clone(), partition.clone())
            .prop_map(|(group, partition)| Step::Commit { group, partition }),
        1 => (group, partition.clone(), 0..40_u64)
            .prop_map(|(group, partition, next)| Step::Seek { group, partition, next }),
        2 => (0..80_i64).prop_map(|millis| Step::Pass { millis }),
        2 => Just(Step::Retain),
        1 => (partition, 0..40_u64)
            .prop_map(|(partition, offset)| Step::Redact { partition, offset }),
        1 => Just(Step::Reopen),
    ]
}

/// A partition: what is kept by offset, each with its time and payload, and the next offset.
#[derive(Debug, Default)]
struct ModelPartition {
    kept: BTreeMap<u64, (i64, Vec<u8>)>,
    next: u64,
}

/// A group's reading: stored cursors, and where the living consumer stands.
#[derive(Debug, Default)]
struct ModelGroup {
    stored: [Option<u64>; PARTITIONS as usize],
    place: [u64; PARTITIONS as usize],
    assigned: bool,
    end_told: [bool; PARTITIONS as usize],
}

struct World {
    fixture: Fixture,
    log: Option<Arc<Embedded>>,
    consumers: Vec<Box<dyn Consumer>>,
    partitions: [ModelPartition; PARTITIONS as usize],
    groups: [ModelGroup; GROUPS.len()],
    now: i64,
    written: u64,
}

fn at(partition: u32) -> usize {
    usize::try_from(partition).unwrap()
}

impl World {
    fn new() -> Self {
        let mut fixture = Fixture::new(PARTITIONS);
        let options = fixture.options.topic_mut(Topic::Posts);
        options.max_age = Some(TimeSpan::from_millis(MAX_AGE_MILLIS));
        options.max_bytes = None;
        let mut world = Self {
            fixture,
            log: None,
            consumers: Vec::new(),
            partitions: Default::default(),
            groups: Default::default(),
            now: 0,
            written: 0,
        };
        world.reopen();
        world
    }

    fn log(&self) -> &Embedded {
        self.log.as_deref().unwrap()
    }

    fn reopen(&mut self) {
        self.consumers.clear();
        self.log = None;
        let log = self.fixture.open();
        let consumer = |group: &&str| log.consumer(group, Topic::Posts).unwrap();
        self.consumers = GROUPS.iter().map(consumer).collect();
        self.log = Some(log);
        for group in &mut self.groups {
            group.assigned = false;
        }
    }

    /// Notes a record in the model; its payload.
    fn note(&mut self, partition: u32) -> (Vec<u8>, u64) {
        let payload = format!("record {}", self.written).into_bytes();
        self.written += 1;
        let model = &mut self.partitions[at(partition)];
        let offset = model.next;
        model.kept.insert(offset, (self.now, payload.clone()));
        model.next += 1;
        (payload, offset)
    }

    fn append(&mut self, to: &[u32]) {
        let mut expected = Vec::new();
        let mut records = Vec::new();
        for &partition in to {
            let (payload, offset) = self.note(partition);
            expected.push(position(partition, offset));
            records.push(record(Topic::Posts, partition, payload));
        }
        assert_eq!(self.log().append(records).unwrap(), expected);
    }

    fn poll(&mut self, group: usize, max_records: usize) {
        let events = self.consumers[group]
            .poll(max_records, Duration::ZERO)
            .unwrap();
        let model = &mut self.groups[group];
        if !model.assigned {
            model.assigned = true;
            model.place = model.stored.map(Option::unwrap_or_default);
            model.end_told = Default::default();
            let expected = (0..PARTITIONS)
                .map(|one| {
                    (
                        Partition(one),
                        model.stored[at(one)].map(|next| cursor(one, next).1),
                    )
                })
                .collect();
            assert_eq!(events, [Event::Assigned(expected)]);
            return;
        }
        let mut read = 0;
        let readable = (0..at(PARTITIONS)).any(|one| {
            self.partitions[one]
                .kept
                .range(model.place[one]..)
                .next()
                .is_some()
        });
        for event in events {
            match event {
                Event::Records(partition, records) => {
                    let one = at(partition.0);
                    let mut kept = self.partitions[one].kept.range(model.place[one]..);
                    for record in records {
                        let (offset, (_, payload)) = kept.next().unwrap();
                        assert_eq!(record.position, position(partition.0, *offset));
                        assert_eq!(&record.payload, payload);
                        model.place[one] = offset + 1;
                        read += 1;
                    }
                    model.end_told[one] = false;
                }
                Event::End { partition, next } => {
                    let one = at(partition.0);
                    assert_eq!(next.0, self.partitions[one].next);
                    let left = self.partitions[one].kept.range(model.place[one]..).next();
                    assert_eq!(left, None, "an end before the end");
                    assert!(!model.end_told[one], "an end told twice");
                    model.end_told[one] = true;
                    model.place[one] = model.place[one].max(next.0);
                }
                other => panic!("unexpected {other:?}"),
            }
        }
        assert!(read <= max_records.max(1));
        assert_eq!(read > 0, readable, "records that can be read are read");
        for (one, partition) in self.partitions.iter().enumerate() {
            let at_end = model.place[one] >= partition.next;
            assert!(!at_end || model.end_told[one], "an end not told");
        }
    }

    fn commit(&mut self, group: usize, partition: u32) {
        if !self.groups[group].assigned {
            return;
        }
        let next = self.groups[group].place[at(partition)];
        let (payload, offset) = self.note(partition);
        let produced = vec![record(Topic::Posts, partition, payload)];
        let written = self.consumers[group].commit(produced, vec![cursor(partition, next)]);
        assert_eq!(written.unwrap(), [position(partition, offset)]);
        self.groups[group].stored[at(partition)] = Some(next);
    }

    fn seek(&mut self, group: usize, partition: u32, next: u64) {
        if !self.groups[group].assigned {
            return;
        }
        self.consumers[group]
            .seek(Partition(partition), Offset(next))
            .unwrap();
        self.groups[group].place[at(partition)] = next;
        self.groups[group].end_told[at(partition)] = false;
    }

    fn retain(&mut self) {
        let horizon = self.now - MAX_AGE_MILLIS;
        let mut expected = 0;
        for (one, partition) in self.partitions.iter_mut().enumerate() {
            let floor = self
                .groups
                .iter()
                .map(|group| group.stored[one].unwrap_or(0))
                .min();
            let before = partition.kept.len();
            partition
                .kept
                .retain(|offset, (time, _)| *time >= horizon || Some(*offset) >= floor);
            expected += before - partition.kept.len();
        }
        let removed = self.log().retain(Timestamp::from_millis(self.now)).unwrap();
        assert_eq!(removed, u64::try_from(expected).unwrap());
    }

    fn redact(&mut self, partition: u32, offset: u64) {
        let replaced = self.log().redact(
            Topic::Posts,
            vec![(position(partition, offset), b"purged".to_vec())],
        );
        let kept = self.partitions[at(partition)].kept.get_mut(&offset);
        assert_eq!(replaced.is_ok(), kept.is_some());
        if let Some((_, payload)) = kept {
            *payload = b"purged".to_vec();
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Append(to) => self.append(&to),
            Step::Poll { group, max_records } => self.poll(group, max_records),
            Step::Commit { group, partition } => self.commit(group, partition),
            Step::Seek {
                group,
                partition,
                next,
            } => self.seek(group, partition, next),
            Step::Pass { millis } => {
                self.now += millis;
                self.fixture.clock.set_millis(self.now);
            }
            Step::Retain => self.retain(),
            Step::Redact { partition, offset } => self.redact(partition, offset),
            Step::Reopen => self.reopen(),
        }
    }

    /// What is stored is what the model keeps, to the last byte.
    fn compare(&mut self) {
        let mut expected = Vec::new();
        for (one, partition) in (0..PARTITIONS).zip(&self.partitions) {
            for (offset, (_, payload)) in &partition.kept {
                expected.push((position(one, *offset), payload.clone()));
            }
            let first = partition
                .kept
                .keys()
                .next()
                .copied()
                .unwrap_or(partition.next);
            assert_eq!(
                self.log().first_kept(Topic::Posts, Partition(one)),
                Ok(Offset(first))
            );
            let next = self.log().next_offset(Topic::Posts, Partition(one));
            assert_eq!(next, Ok(Offset(partition.next)));
        }
        let scan = self
            .log()
            .scan_topic(Topic::Posts)
            .unwrap()
            .map(Result::unwrap);
        let stored: Vec<_> = scan
            .map(|record| (record.position, record.payload))
            .collect();
        assert_eq!(stored, expected);
        self.consumers.clear();
        self.log = None;
        assert_eq!(check(&self.fixture.path()), Ok(Vec::new()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_agrees_with_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.compare();
    }
}
