//! Order, completeness, and the partition of a key.

use std::sync::Arc;

use fengbiao_log::kafka::Compression;
use fengbiao_log::{Producer as _, Topic, partition_of};
use fengbiao_model::{Offset, Partition};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use crate::broker::Broker;
use crate::support::{Fixture, PATIENCE, keyed, read_all};

const PARTITIONS: u32 = 4;
const WRITERS: usize = 3;
const APPENDS: usize = 40;
const RECORDS_OF_APPEND: usize = 50;

/// What writer `writer` says as its record `number`.
fn text(writer: usize, number: usize) -> String {
    format!("{writer} {number}")
}

fn key(number: usize) -> String {
    format!("key {}", number % 17)
}

fn write_and_read(compression: Compression, broker: Broker) {
    let mut fixture = Fixture::new(broker, PARTITIONS);
    fixture.options.compression = compression;
    let log = fixture.open();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                let numbers: Vec<usize> = (0..APPENDS * RECORDS_OF_APPEND).collect();
                let mut places = Vec::new();
                for numbers in numbers.chunks(RECORDS_OF_APPEND) {
                    let records = numbers.iter().map(|&n| keyed(&key(n), text(writer, n)));
                    places.extend(log.append(records.collect()).unwrap());
                }
                places
            })
        })
        .collect();
    let places: Vec<_> = writers.into_iter().map(|w| w.join().unwrap()).collect();

    let mut consumer = log.consumer("reader", Topic::Posts).unwrap();
    let read = read_all(&mut *consumer, PARTITIONS);
    let mut last = [[None; PARTITIONS as usize]; WRITERS];
    let mut count = 0;
    for (partition, records) in &read {
        for (expected, record) in records.iter().enumerate() {
            assert_eq!(record.position.offset.0, expected as u64, "a gap");
            let text = std::str::from_utf8(&record.payload).unwrap();
            let (writer, number) = text.split_once(' ').unwrap();
            let [writer, number]: [usize; 2] = [writer, number].map(|n| n.parse().unwrap());
            assert_eq!(places[writer][number], record.position, "of {text}");
            let belongs = partition_of(key(number).as_bytes(), PARTITIONS);
            assert_eq!(*partition, belongs, "of {text}");
            let last = &mut last[writer][partition.0 as usize];
            assert!(
                last.is_none_or(|last| last < number),
                "{text} is out of order"
            );
            *last = Some(number);
            count += 1;
        }
    }
    assert_eq!(count, WRITERS * APPENDS * RECORDS_OF_APPEND);
}

#[test]
fn each_partition_is_read_in_order_and_without_gaps() {
    if let Some(broker) = Broker::find("each_partition_is_read_in_order_and_without_gaps") {
        write_and_read(Compression::Lz4, broker);
    }
}

#[test]
fn zstd_is_read_as_it_was_written() {
    if let Some(broker) = Broker::find("zstd_is_read_as_it_was_written") {
        write_and_read(Compression::Zstd, broker);
    }
}

#[test]
fn a_key_goes_where_kafkas_own_murmur2_puts_it() {
    let Some(broker) = Broker::find("a_key_goes_where_kafkas_own_murmur2_puts_it") else {
        return;
    };
    let fixture = Fixture::new(broker, PARTITIONS);
    let log = fixture.open();
    let foreign: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", fixture.broker.fact("plaintext"))
        .set("partitioner", "murmur2")
        .create()
        .unwrap();
    let keys: Vec<String> = (0..200).map(|number| format!("钥匙{number}")).collect();
    let name = fixture.name_of(Topic::Posts);
    for key in &keys {
        let record = BaseRecord::to(&name).key(key).payload(key);
        foreign.send(record).map_err(|(error, _)| error).unwrap();
    }
    foreign.flush(PATIENCE).unwrap();
    for partition in (0..PARTITIONS).map(Partition) {
        let end = log.next_offset(Topic::Posts, partition).unwrap();
        let records = log
            .read_range(Topic::Posts, partition, Offset(0), end)
            .unwrap();
        assert!(!records.is_empty());
        for record in records {
            assert_eq!(partition_of(&record.payload, PARTITIONS), partition);
        }
    }
}
