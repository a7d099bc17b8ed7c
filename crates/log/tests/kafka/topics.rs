//! Topics are made, and held against what they should be.

use fengbiao_log::{LogError, Producer as _, Topic, TopicFault};
use fengbiao_model::TimeSpan;

use crate::broker::Broker;
use crate::support::{Fixture, eventually, post};

fn faults(fixture: &Fixture) -> Vec<TopicFault> {
    match fixture.try_open() {
        Err(LogError::Topics { faults }) => faults,
        other => panic!("{other:?}"),
    }
}

/// The only fault there is.
fn fault(fixture: &Fixture) -> TopicFault {
    let mut faults = faults(fixture);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn missing_topics_are_made_as_they_should_be() {
    let Some(broker) = Broker::find("missing_topics_are_made_as_they_should_be") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 3);
    fixture.options.create_missing = false;
    let missing = faults(&fixture);
    assert_eq!(missing.len(), Topic::ALL.len(), "{missing:?}");
    assert!(
        missing[0].remedy.contains("kafka-topics --create"),
        "{}",
        missing[0]
    );
    fixture.options.create_missing = true;
    let log = fixture.open();
    assert_eq!(log.partitions(Topic::Hits), 3);
    log.append(vec![post(2, "x")]).unwrap();
    // And once more, now that they are there, by who may not make any.
    fixture.options.create_missing = false;
    fixture.open();
}

#[test]
fn another_number_of_partitions_is_a_fault_with_a_remedy() {
    let Some(broker) = Broker::find("another_number_of_partitions_is_a_fault_with_a_remedy") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 2);
    fixture.open();
    fixture.options.topic_mut(Topic::Hits).partitions = 3;
    let fault = fault(&fixture);
    assert_eq!(fault.name, fixture.name_of(Topic::Hits));
    assert_eq!((&*fault.found, &*fault.expected), ("2 partitions", "3"));
    assert!(fault.remedy.contains("never changes in place"), "{fault}");
}

#[test]
fn retention_compaction_and_copies_are_held_against_what_was_asked() {
    let Some(broker) =
        Broker::find("retention_compaction_and_copies_are_held_against_what_was_asked")
    else {
        return;
    };
    let mut fixture = Fixture::new(broker, 1);
    fixture.open();
    fixture.options.topic_mut(Topic::Posts).max_age = Some(TimeSpan::from_hours(24));
    assert!(fault(&fixture).found.contains("retention.ms"));
    fixture.options.topic_mut(Topic::Posts).max_age = Some(TimeSpan::from_hours(14 * 24));
    let copies = fixture.broker.nodes();
    fixture.options.topic_mut(Topic::Posts).replication = copies + 1;
    let found: Vec<String> = faults(&fixture)
        .into_iter()
        .map(|fault| fault.found)
        .collect();
    assert_eq!(
        found[0],
        format!("a partition with {copies} copies"),
        "{found:?}"
    );
    fixture.options.topic_mut(Topic::Posts).replication = copies;
    fixture.open();
    // Every other setting falls back to the broker's own, which are wrong as well.
    fixture.alter(Topic::Lexicons, "cleanup.policy", "compact");
    for expected in [
        "`cleanup.policy` is `compact`",
        "`retention.ms` is",
        "`max.message.bytes` is",
    ] {
        eventually(expected, || match fixture.try_open() {
            Ok(_) => None,
            Err(LogError::Topics { faults }) => {
                let mut found = faults.into_iter().map(|fault| fault.found);
                found.find(|found| found.contains(expected))
            }
            Err(error) => panic!("{error}"),
        });
    }
}
