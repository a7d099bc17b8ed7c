//! Where reading begins, ends, goes on and is sought.

use std::time::Duration;

use fengbiao_log::{Event, LogError, MAX_NOTE_BYTES, Producer as _, Topic};
use fengbiao_model::{Offset, Partition};

use crate::broker::Broker;
use crate::support::{Fixture, assigned, cursor, poll, position, post, read_all};

fn texts(count: usize) -> Vec<fengbiao_log::NewRecord> {
    (0..count).map(|n| post(0, format!("{n}"))).collect()
}

/// The offsets read until the end, and the end.
fn offsets(consumer: &mut dyn fengbiao_log::Consumer) -> (Vec<u64>, u64) {
    let mut offsets = Vec::new();
    loop {
        for event in poll(consumer, 100) {
            match event {
                Event::Records(_, records) => {
                    offsets.extend(records.iter().map(|record| record.position.offset.0));
                }
                Event::End { next, .. } => return (offsets, next.0),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_cursor_and_its_note_are_where_the_next_member_begins() {
    let Some(broker) = Broker::find("a_cursor_and_its_note_are_where_the_next_member_begins")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(texts(5)).unwrap();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *consumer), [(Partition(0), None)]);
    assert_eq!(offsets(&mut *consumer), ((0..5).collect(), 5));
    let note = "版".repeat(MAX_NOTE_BYTES / 3);
    let places = consumer
        .commit(
            vec![post(0, "a hit")],
            vec![(Partition(0), cursor(3, &note))],
        )
        .unwrap();
    assert_eq!(places, [position(0, 5)]);
    drop(consumer);
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    let expected = vec![(Partition(0), Some(cursor(3, &note)))];
    assert_eq!(assigned(&mut *consumer), expected);
    assert_eq!(offsets(&mut *consumer), (vec![3, 4, 5], 6));
    let too_long = "n".repeat(MAX_NOTE_BYTES + 1);
    let refused = consumer.commit(Vec::new(), vec![(Partition(0), cursor(6, &too_long))]);
    assert!(
        matches!(refused, Err(LogError::TooLong { .. })),
        "{refused:?}"
    );
}

#[test]
fn the_end_is_told_once_each_time_it_is_reached() {
    let Some(broker) = Broker::find("the_end_is_told_once_each_time_it_is_reached") else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    let mut consumer = log.consumer("alerter", Topic::Posts).unwrap();
    assigned(&mut *consumer);
    assert_eq!(offsets(&mut *consumer), (Vec::new(), 0));
    let nothing = consumer.poll(10, Duration::from_secs(1)).unwrap();
    assert_eq!(nothing, []);
    log.append(texts(2)).unwrap();
    assert_eq!(offsets(&mut *consumer), (vec![0, 1], 2));
}

#[test]
fn a_place_sought_is_where_reading_goes_on() {
    let Some(broker) = Broker::find("a_place_sought_is_where_reading_goes_on") else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(texts(300)).unwrap();
    let mut consumer = log.consumer("alerter", Topic::Posts).unwrap();
    assigned(&mut *consumer);
    // Before anything is read, as the alerter does.
    consumer.seek(Partition(0), Offset(290)).unwrap();
    assert_eq!(offsets(&mut *consumer), ((290..300).collect(), 300));
    // Back, while records are read ahead; then forward over them.
    consumer.seek(Partition(0), Offset(10)).unwrap();
    poll(&mut *consumer, 20);
    consumer.seek(Partition(0), Offset(5)).unwrap();
    let Event::Records(_, records) = poll(&mut *consumer, 20).remove(0) else {
        panic!("no records");
    };
    assert_eq!(records[0].position, position(0, 5));
    consumer.seek(Partition(0), Offset(298)).unwrap();
    assert_eq!(offsets(&mut *consumer), (vec![298, 299], 300));
    let nowhere = consumer.seek(Partition(7), Offset(0));
    assert!(matches!(nowhere, Err(LogError::NoSuchPartition { .. })));
}

#[test]
fn a_log_shorter_than_who_seeks_remembers_tells_its_end() {
    let Some(broker) = Broker::find("a_log_shorter_than_who_seeks_remembers_tells_its_end") else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(texts(3)).unwrap();
    let mut consumer = log.consumer("alerter", Topic::Posts).unwrap();
    assigned(&mut *consumer);
    consumer.seek(Partition(0), Offset(1000)).unwrap();
    assert_eq!(offsets(&mut *consumer), (Vec::new(), 3));
    consumer.seek(Partition(0), Offset(1)).unwrap();
    assert_eq!(offsets(&mut *consumer), (vec![1, 2], 3));
}

#[test]
fn a_range_is_read_beside_any_group() {
    let Some(broker) = Broker::find("a_range_is_read_beside_any_group") else {
        return;
    };
    let fixture = Fixture::new(broker, 2);
    let log = fixture.open();
    log.append(texts(20)).unwrap();
    let read = |from, to| {
        let range = log.read_range(Topic::Posts, Partition(0), Offset(from), Offset(to));
        let records = range.unwrap().into_iter();
        records.map(|r| r.position.offset.0).collect::<Vec<_>>()
    };
    assert_eq!(read(5, 8), [5, 6, 7]);
    assert_eq!(read(18, 99), [18, 19]);
    assert_eq!(read(20, 99), Vec::<u64>::new());
    let ends = |partition| {
        let (topic, partition) = (Topic::Posts, Partition(partition));
        (
            log.first_kept(topic, partition).unwrap(),
            log.next_offset(topic, partition).unwrap(),
        )
    };
    assert_eq!(ends(0), (Offset(0), Offset(20)));
    assert_eq!(ends(1), (Offset(0), Offset(0)));
    let mut consumer = log.consumer("other", Topic::Posts).unwrap();
    assert_eq!(read_all(&mut *consumer, 2)[&Partition(0)].len(), 20);
}
