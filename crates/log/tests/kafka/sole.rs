//! The only member of a group.

use std::time::{Duration, Instant};

use fengbiao_log::{Consumer, LogError, Producer as _, Topic};
use fengbiao_model::Partition;

use crate::broker::Broker;
use crate::support::{Fixture, PATIENCE, assigned, cursor, post};

/// What it is told at last in place of records.
fn refusal(consumer: &mut dyn Consumer) -> LogError {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match consumer.poll(100, Duration::from_millis(200)) {
            Err(error) => return error,
            Ok(_) => assert!(Instant::now() < deadline, "it was not fenced"),
        }
    }
}

/// Who was killed need not be waited for, and two never work beside each other.
#[test]
fn a_sole_member_takes_the_place_of_the_one_before_at_once() {
    let Some(broker) = Broker::find("a_sole_member_takes_the_place_of_the_one_before_at_once")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 2);
    let (first_log, second_log) = (fixture.open(), fixture.open());
    first_log.append(vec![post(0, "a"), post(1, "b")]).unwrap();
    let mut first = first_log.sole_consumer("alone", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *first).len(), 2);
    // A session lasts a minute.
    let began = Instant::now();
    let mut second = second_log.sole_consumer("alone", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *second).len(), 2);
    assert!(
        began.elapsed() < Duration::from_secs(45),
        "it waited for the other's session to end"
    );
    // The first one is told, and may store nothing any more.
    let refused = refusal(&mut *first);
    let place = format!("{}alone-posts", fixture.options.prefix);
    assert!(
        matches!(&refused, LogError::Fenced { member, .. } if *member == place),
        "{refused}"
    );
    let late = first.commit(Vec::new(), vec![(Partition(0), cursor(1, ""))]);
    assert_eq!(late, Err(refused));
}

/// As the client does itself after a coordinator that was killed: it joins anew, and what it said
/// before comes late. The process must not end for it.
#[test]
fn a_sole_member_fenced_by_its_own_process_is_told_to_join_again() {
    let Some(broker) =
        Broker::find("a_sole_member_fenced_by_its_own_process_is_told_to_join_again")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(vec![post(0, "a")]).unwrap();
    let mut former = log.sole_consumer("alone", Topic::Posts).unwrap();
    assigned(&mut *former);
    let mut later = log.sole_consumer("alone", Topic::Posts).unwrap();
    assigned(&mut *later);
    let refused = refusal(&mut *former);
    let LogError::Broker { cause, .. } = &refused else {
        panic!("{refused}");
    };
    let place = format!("{}alone-posts", fixture.options.prefix);
    assert!(
        cause.contains(&place) && cause.contains("its own"),
        "{cause}"
    );
    let late = former.commit(Vec::new(), vec![(Partition(0), cursor(1, ""))]);
    assert_eq!(late, Err(refused));
    // Its end takes the place from nobody.
    drop(former);
    let stored = later.commit(Vec::new(), vec![(Partition(0), cursor(1, ""))]);
    assert_eq!(stored, Ok(Vec::new()));
    drop(later);
    let mut next = log.sole_consumer("alone", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *next)[0].1, Some(cursor(1, "")));
}
