//! What is told, forgotten and held back.

use std::sync::Arc;

use fengbiao_model::Position;

use super::*;
use crate::MAX_READY_RECORDS;

const NOW: Option<Duration> = Some(Duration::ZERO);

fn record(partition: u32, offset: u64) -> Read {
    record_at(partition, offset, 1_000)
}

/// A record that was written then.
fn record_at(partition: u32, offset: u64, at: i64) -> Read {
    let record = Record {
        position: Position {
            partition: Partition(partition),
            offset: Offset(offset),
        },
        payload: vec![0; 10],
    };
    Read::Record(record, Some(at))
}

/// Reads partitions 0 and 1 from their starts, and the caller knows it.
fn ready() -> Ready {
    let ready = Ready::default();
    come(&ready, &[Partition(0), Partition(1)]);
    assert_eq!(take(&ready, 1), ["assigned 2"]);
    come_back(&ready);
    ready
}

/// The partitions come; nobody is told yet.
fn come(ready: &Ready, partitions: &[Partition]) {
    let places: Vec<_> = partitions.iter().map(|p| (*p, Offset(0))).collect();
    ready.own(&places);
    let cursors = partitions.iter().map(|p| (*p, None)).collect();
    ready.announce(Event::Assigned(cursors));
}

/// The partitions are lost; nobody is told yet.
fn go(ready: &Ready, partitions: &[Partition]) {
    ready.disown(partitions);
    ready.announce(Event::Revoked(partitions.to_vec()));
}

/// The caller comes back from an announcement.
fn come_back(ready: &Ready) {
    assert_eq!(take(ready, 1), ["back"]);
    ready.acknowledge();
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
fn what_came_back_is_not_the_callers_before_it_has_heard_of_both() {
    let ready = ready();
    let partition = Partition(0);
    go(&ready, &[partition]);
    assert!(!ready.owns(partition));
    come(&ready, &[partition]);
    let unheard = || !ready.owns(partition) && !ready.seek(partition, Offset(7));
    assert!(unheard(), "its cursors are those of before");
    assert!(ready.owns(Partition(1)), "which stayed");
    assert_eq!(take(&ready, 9), ["revoked 1"]);
    assert!(unheard());
    come_back(&ready);
    assert!(unheard());
    assert_eq!(take(&ready, 9), ["assigned 1"]);
    assert!(ready.owns(partition));
    assert_eq!(ready.next_of(partition), Some(Offset(0)));
    assert!(ready.seek(partition, Offset(7)));
    come_back(&ready);
    assert!(!ready.is_announcing());
}

#[test]
fn what_is_told_of_an_assignment_that_is_over_makes_nothing_the_callers() {
    let ready = Ready::default();
    let partition = Partition(0);
    come(&ready, &[partition]);
    go(&ready, &[partition]);
    come(&ready, &[partition]);
    for (told, owned) in [
        ("assigned 1", false),
        ("revoked 1", false),
        ("assigned 1", true),
    ] {
        assert!(ready.is_announcing());
        assert_eq!(take(&ready, 9), [told]);
        assert_eq!(ready.owns(partition), owned, "{told}");
        come_back(&ready);
    }
}

#[test]
fn a_place_was_read_to_only_by_reading() {
    let ready = ready();
    let read_to = |next| ready.has_read_to(Partition(0), Offset(next));
    assert!(!read_to(0), "nothing was read");
    ready.add(vec![record(0, 0), record(0, 1)]);
    assert!(read_to(2));
    assert!(ready.seek(Partition(0), Offset(9)));
    ready.has_sought(Partition(0), Offset(9));
    assert!(!read_to(9), "somebody remembers it");
    ready.add(vec![record(0, 9)]);
    assert!(read_to(10));
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

#[test]
fn what_was_taken_is_behind_until_the_caller_is_done_with_it() {
    let ready = ready();
    let behind = |next, at| {
        let next = Offset(next);
        assert_eq!(ready.behind()[0], (Partition(0), Behind { next, at }));
    };
    let done = |next| ready.is_done(Partition(0), Offset(next));
    behind(0, None);
    ready.add(
        (0..6)
            .map(|n| record_at(0, n, 1_000 * i64::try_from(n).unwrap()))
            .collect(),
    );
    behind(0, Some(0));
    assert_eq!(take(&ready, 2).len(), 2);
    assert_eq!(take(&ready, 2).len(), 2);
    behind(0, Some(0));
    done(1);
    behind(1, Some(0));
    done(2);
    behind(2, Some(2_000));
    done(4);
    behind(4, Some(4_000));
    assert_eq!(take(&ready, 9).len(), 2);
    // A caller that stalls does not come nearer by what it holds.
    behind(4, Some(4_000));
    done(6);
    behind(6, None);
    assert!(ready.seek(Partition(0), Offset(3)));
    behind(3, None);
}
