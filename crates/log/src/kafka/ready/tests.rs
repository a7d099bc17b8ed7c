//! What is told, forgotten and held back.

use std::sync::Arc;

use fengbiao_model::Position;

use super::*;

const NOW: Option<Duration> = Some(Duration::ZERO);

fn record(partition: u32, offset: u64) -> Read {
    let record = Record {
        position: Position {
            partition: Partition(partition),
            offset: Offset(offset),
        },
        payload: vec![0; 10],
    };
    Read::Record(record, Some(1_000))
}

/// Reads partitions 0 and 1 from their starts.
fn ready() -> Ready {
    let ready = Ready::default();
    ready.own(&[(Partition(0), Offset(0)), (Partition(1), Offset(0))]);
    ready
}

/// In short: `0:3` is record 3 of partition 0, `0:end 4` its end.
fn take(ready: &Ready, max_records: usize) -> Vec<String> {
    let deadline = NOW.map(|wait| Instant::now() + wait);
    let Taken::Events(events) = ready.take(max_records, deadline).unwrap() else {
        return vec!["back".to_owned()];
    };
    let told = |event: &Event| match event {
        Event::Assigned(partitions) => vec![format!("assigned {}", partitions.len())],
        Event::Revoked(partitions) => vec![format!("revoked {}", partitions.len())],
        Event::Records(partition, records) => records
            .iter()
            .map(|record| format!("{}:{}", partition.0, record.position.offset.0))
            .collect(),
        Event::End { partition, next } => vec![format!("{}:end {}", partition.0, next.0)],
    };
    events.iter().flat_map(told).collect()
}

#[test]
fn records_are_given_out_in_order_as_many_as_asked_for() {
    let ready = ready();
    ready.add(vec![record(0, 0), record(0, 1), record(1, 0), record(0, 2)]);
    assert_eq!(take(&ready, 3), ["0:0", "0:1", "1:0"]);
    assert_eq!(take(&ready, 3), ["0:2"]);
    assert_eq!(take(&ready, 3), Vec::<String>::new());
    assert_eq!(ready.lock().bytes, 0);
}

#[test]
fn an_end_is_told_once_and_again_after_more_records() {
    let ready = ready();
    ready.add(vec![record(0, 0), Read::End(Partition(0))]);
    ready.add(vec![Read::End(Partition(0)), record(0, 1)]);
    ready.add(vec![Read::End(Partition(0)), Read::End(Partition(1))]);
    let told = ["0:0", "0:end 1", "0:1", "0:end 2", "1:end 0"];
    assert_eq!(take(&ready, 9), told);
}

#[test]
fn what_was_read_of_partitions_that_go_is_forgotten() {
    let ready = ready();
    ready.add(vec![record(0, 0), record(1, 0), Read::End(Partition(0))]);
    ready.forget(&[Partition(0)]);
    ready.announce(Event::Revoked(vec![Partition(0)]));
    assert_eq!(take(&ready, 9), ["revoked 1"]);
    assert!(ready.owns(Partition(0)), "until the caller comes back");
    ready.disown(&[Partition(0)]);
    assert_eq!(take(&ready, 9), ["back"]);
    ready.acknowledge();
    ready.add(vec![record(0, 1)]);
    assert_eq!(take(&ready, 9), ["1:0"]);
    assert_eq!(take(&ready, 9), Vec::<String>::new());
    assert_eq!(ready.lock().bytes, 0);
}

#[test]
fn the_thread_waits_until_the_caller_comes_back() {
    let ready = Arc::new(ready());
    ready.announce(Event::Assigned(vec![(Partition(0), None)]));
    assert!(!ready.wait_for_caller(Duration::from_millis(10)));
    let thread = {
        let ready = Arc::clone(&ready);
        std::thread::spawn(move || ready.wait_for_caller(Duration::from_secs(60)))
    };
    assert_eq!(take(&ready, 9), ["assigned 1"]);
    assert!(ready.seek(Partition(0), Offset(7)));
    assert_eq!(take(&ready, 9), ["back"]);
    ready.acknowledge();
    assert!(thread.join().unwrap());
    let places = ready.places(&[Partition(0), Partition(9)]);
    assert_eq!(places, [(Partition(0), Offset(7))]);
    assert_eq!(ready.sought(), []);
}

#[test]
fn nothing_of_a_partition_is_told_between_the_wish_to_seek_and_the_seek() {
    let ready = ready();
    ready.add(vec![record(0, 0), record(1, 0)]);
    assert!(ready.seek(Partition(0), Offset(5)));
    ready.add(vec![record(0, 1), Read::End(Partition(0)), record(1, 1)]);
    assert_eq!(ready.sought(), [(Partition(0), Offset(5))]);
    // The thread has sought the last place but one: it must seek again.
    assert!(ready.seek(Partition(0), Offset(6)));
    ready.has_sought(Partition(0), Offset(5));
    assert_eq!(ready.sought(), [(Partition(0), Offset(6))]);
    ready.has_sought(Partition(0), Offset(6));
    ready.add(vec![record(0, 6)]);
    assert_eq!(take(&ready, 9), ["1:0", "1:1", "0:6"]);
    assert!(!ready.seek(Partition(2), Offset(0)), "it is not ours");
}

#[test]
fn the_room_is_bounded_and_free_again_when_half_is_taken() {
    let ready = ready();
    let most = MAX_READY_RECORDS as u64;
    ready.add((0..most - 1).map(|offset| record(0, offset)).collect());
    assert!(ready.wait_for_room(Duration::ZERO));
    ready.add(vec![record(0, most - 1)]);
    assert!(!ready.wait_for_room(Duration::ZERO));
    take(&ready, MAX_READY_RECORDS / 2 - 1);
    assert!(!ready.is_half_empty());
    take(&ready, 1);
    assert!(ready.is_half_empty());
}

#[test]
fn after_a_failure_what_was_announced_is_told_and_then_the_failure() {
    let ready = ready();
    ready.add(vec![record(0, 0)]);
    ready.fail(LogError::Busy);
    ready.fail(LogError::Closed);
    ready.announce(Event::Revoked(vec![Partition(0)]));
    assert_eq!(take(&ready, 9), ["revoked 1"]);
    ready.acknowledge();
    assert!(matches!(ready.take(9, None), Err(LogError::Busy)));
}
