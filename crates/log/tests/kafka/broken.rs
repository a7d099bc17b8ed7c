//! Brokers that live on without a part of what they hold, and one whose disk is full.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Producer as _, Topic};
use fengbiao_model::{Offset, Partition};
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use crate::broker::Broker;
use crate::support::{Fixture, eventually, noise, post};

/// How long one look at the brokers may take.
const LOOK: Duration = Duration::from_secs(5);
/// What the broker may still write before its disk is full.
const ROOM_BYTES: u64 = 48 << 20;
/// Of each record that fills it.
const RECORD_BYTES: usize = 256 << 10;

/// Asks until it is true.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    eventually(what, || holds().then_some(()));
}

/// What a look at the brokers says, once it says this.
#[track_caller]
fn said_at_last(log: &Kafka, part: &str) -> String {
    let mut said = String::new();
    until(part, || {
        said = log
            .look(LOOK)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        said.contains(part)
    });
    said
}

/// Which node leads a partition of `posts`.
fn leader_of(fixture: &Fixture, partition: i32) -> u32 {
    let name = fixture.name_of(Topic::Posts);
    let client: BaseConsumer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", fixture.broker.fact("plaintext"))
        .create()
        .unwrap();
    let metadata = client.fetch_metadata(Some(&name), LOOK).unwrap();
    let partitions = metadata.topics()[0].partitions();
    let found = partitions.iter().find(|one| one.id() == partition);
    u32::try_from(found.unwrap().leader()).unwrap()
}

#[test]
fn a_partition_that_nobody_leads_is_named_and_the_others_go_on() {
    let name = "a_partition_that_nobody_leads_is_named_and_the_others_go_on";
    let Some(broker) = Broker::own_alone(name) else {
        return;
    };
    if broker.nodes() < 3 {
        let cause = "one node alone leads all or nothing; `cargo xtask kafka up --nodes 3`";
        eprintln!("skipped: {name}: {cause}");
        return;
    }
    let mut fixture = Fixture::new(broker, 3);
    for topic in Topic::ALL {
        fixture.options.topic_mut(topic).replication = 1;
    }
    let log = fixture.open();
    let lost = leader_of(&fixture, 0);
    let led = (1..3).find(|partition| leader_of(&fixture, *partition) != lost);
    let led = u32::try_from(led.unwrap()).unwrap();
    log.append(vec![post(0, "before"), post(led, "before")])
        .unwrap();

    fixture.broker.kill(lost);
    let said = said_at_last(&log, "no broker leads partition");
    assert!(said.contains(&fixture.name_of(Topic::Posts)), "{said}");
    assert!(said.contains("hint: bring back the brokers"), "{said}");
    let waiting = {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(vec![post(0, "meanwhile")]))
    };
    log.append(vec![post(led, "meanwhile")]).unwrap();
    assert!(!waiting.is_finished(), "written where nobody leads");

    fixture.broker.start();
    waiting.join().unwrap().unwrap();
    until("a look that finds nothing", || log.look(LOOK).is_ok());
    for partition in [Partition(0), Partition(led)] {
        let read = log.read_range(Topic::Posts, partition, Offset(0), Offset(2));
        let texts: Vec<_> = read.unwrap().into_iter().map(|r| r.payload).collect();
        assert_eq!(texts, [b"before".to_vec(), b"meanwhile".to_vec()]);
    }
}

/// The only node's data on a small file system in memory; dropping it puts them back.
struct SmallDisk<'a> {
    broker: &'a Broker,
    data: PathBuf,
    size: u64,
}

impl<'a> SmallDisk<'a> {
    /// None where this process may not mount one.
    fn under(broker: &'a Broker) -> Option<Self> {
        let data = Path::new(broker.fact("folder")).join("node-1/data");
        let aside = data.with_extension("aside");
        broker.kill(1);
        std::fs::rename(&data, &aside).unwrap();
        std::fs::create_dir(&data).unwrap();
        let size = used_bytes(&aside) + ROOM_BYTES;
        let mounted = run(
            "mount",
            &["-t", "tmpfs", "-o", &format!("size={size}"), "none"],
            &data,
        );
        if !mounted {
            std::fs::remove_dir(&data).unwrap();
            std::fs::rename(&aside, &data).unwrap();
            broker.start();
            return None;
        }
        copy(&aside, &data);
        std::fs::remove_dir_all(&aside).unwrap();
        broker.start();
        Some(Self { broker, data, size })
    }

    fn grow(&self) {
        let size = format!("remount,size={}", self.size + 8 * ROOM_BYTES);
        assert!(run("mount", &["-o", &size], &self.data));
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        self.broker.kill(1);
        let aside = self.data.with_extension("aside");
        std::fs::create_dir(&aside).unwrap();
        copy(&self.data, &aside);
        run("umount", &["-l"], &self.data);
        std::fs::remove_dir(&self.data).unwrap();
        std::fs::rename(&aside, &self.data).unwrap();
        self.broker.start();
    }
}

fn run(program: &str, arguments: &[&str], place: &Path) -> bool {
    let output = Command::new(program).args(arguments).arg(place).output();
    output.is_ok_and(|output| output.status.success())
}

/// With holes: the broker makes its indexes large and writes little into them.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .args(["-a", "--sparse=always"])
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(copied.unwrap().success());
}

fn used_bytes(folder: &Path) -> u64 {
    let output = Command::new("du").args(["-s", "-B1"]).arg(folder).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// Writes until it is told to stop; counts what is acknowledged.
fn write(log: &Kafka, stop: &AtomicBool, written: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let number = written.load(Ordering::Relaxed);
        log.append(vec![post(0, noise(RECORD_BYTES, number))])
            .unwrap();
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_broker_with_a_full_disk_is_waited_for_and_nothing_acknowledged_is_lost() {
    let name = "a_broker_with_a_full_disk_is_waited_for_and_nothing_acknowledged_is_lost";
    let Some(broker) = Broker::own_alone(name) else {
        return;
    };
    if broker.nodes() > 1 {
        eprintln!("skipped: {name}: the other nodes would go on; it is for one alone");
        return;
    }
    let fixture = Fixture::new(broker, 1);
    let Some(disk) = SmallDisk::under(&fixture.broker) else {
        eprintln!("skipped: {name}: mounting a file system is not allowed here");
        return;
    };
    let log = fixture.open();
    let stop = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicU64::new(0));
    let writer = {
        let (log, stop, written) = (Arc::clone(&log), Arc::clone(&stop), Arc::clone(&written));
        std::thread::spawn(move || write(&log, &stop, &written))
    };
    said_at_last(&log, "hint: ");
    let acknowledged = written.load(Ordering::Relaxed);
    assert!(acknowledged > 0 && !writer.is_finished());

    disk.grow();
    // It has ended by itself, or is about to.
    fixture.broker.kill(1);
    fixture.broker.start();
    until("more that is acknowledged", || {
        written.load(Ordering::Relaxed) > acknowledged + 10
    });
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let written = written.load(Ordering::Relaxed);
    let read = log.read_range(Topic::Posts, Partition(0), Offset(0), Offset(written));
    let read = read.unwrap().into_iter().map(|record| record.payload);
    assert!(read.eq((0..written).map(|number| noise(RECORD_BYTES, number))));
    drop(log);
    drop(disk);
    // The next test finds the broker again.
    fixture.open();
}
