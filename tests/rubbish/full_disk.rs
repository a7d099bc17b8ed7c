//! A disk that is full, on a small file system of its own.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use fengbiao_log::Topic;
use fengbiao_model::PostRecord;
use fengbiao_wire::decode_post_record;

use super::{SOUND, ready};
use crate::daemon::{escalation, illness, records};
use crate::support::http::{Server, reply};
use crate::support::{Config, Daemon, eventually};

/// Size of the file system.
const DISK_BYTES: usize = 24 * 1024 * 1024;
/// What is set free again.
const BALLAST_BYTES: usize = 8 * 1024 * 1024;

/// A small file system in memory; it is gone when this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// None where this process may not mount one.
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "none"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// Makes a file take all the room that is left.
fn fill(ballast: &Path) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(ballast)
        .unwrap();
    while file.write_all(&[1; 4_096]).is_ok() {}
    while file.write_all(&[1]).is_ok() {}
}

/// Lines of large posts; their texts are unlike each other.
fn lines(round: usize) -> String {
    let line = |number: usize| {
        let text = format!("第{round}批第{number}条 {}", "记录".repeat(8_000));
        serde_json::json!({ "id": format!("{round}-{number}"), "text": text }).to_string() + "\n"
    };
    (0..10).map(line).collect()
}

fn accepted(body: &str) -> impl Iterator<Item = String> {
    body.lines().map(|line| {
        let outcome: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(outcome["outcome"], "accepted", "{line}");
        outcome["post_id"].as_str().unwrap().to_owned()
    })
}

#[test]
fn a_full_disk_turns_pushes_away_and_loses_nothing() {
    let config = Config::new("");
    let Some(_disk) = Disk::mount(&config.data()) else {
        let name = "a_full_disk_turns_pushes_away_and_loses_nothing";
        eprintln!("skipped: {name}: mounting a file system is not allowed here");
        return;
    };
    let ballast = config.data().join("ballast");
    std::fs::write(&ballast, vec![1; BALLAST_BYTES]).unwrap();
    let mut daemon = Daemon::start(&config);
    let mut kept = BTreeSet::new();
    let refused = (0..1_000).find_map(|round| {
        let answer = daemon.push(&lines(round));
        if answer.status == 200 {
            kept.extend(accepted(&answer.body));
            return None;
        }
        Some(answer)
    });
    let refused = refused.unwrap();
    assert!(matches!(refused.status, 429 | 503), "{refused:?}");
    assert!(
        refused.json()["error"].as_str().unwrap().contains("hint: "),
        "{refused:?}"
    );
    assert!(!kept.is_empty());

    // Something that comes late because of it may be told before it.
    eventually("obstacle", || {
        let answer = daemon.get("/readyz");
        (answer.status == 503 && answer.body.contains("full")).then_some(())
    });
    assert_eq!(daemon.get("/healthz").status, 200);

    std::fs::remove_file(&ballast).unwrap();
    let answer = eventually("accepted push", || {
        let answer = daemon.push(SOUND);
        (answer.status == 200).then_some(answer)
    });
    kept.extend(accepted(&answer.body));
    eventually("ready daemon", || {
        (daemon.get("/readyz").status == 200).then_some(())
    });
    // The pipeline behind the log goes on, too.
    eventually("incident", || {
        daemon
            .get("/v1/incidents")
            .body
            .contains("江夏区")
            .then_some(())
    });
    ready(&daemon);
    assert_eq!(daemon.stop().0.code(), Some(0), "{}", daemon.stderr.text());

    let stored = stored(&config);
    assert_eq!(
        kept.difference(&stored).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

/// While the disk is full nobody is told of a step that could not be stored; when there is room
/// again the chain goes on from where it stood.
#[test]
fn a_full_disk_makes_a_chain_wait_and_neither_skip_nor_repeat_a_step() {
    let server = Server::start(|_| reply(204, ""));
    // The last step comes two of these later: by then the disk must be full.
    let config = escalation::chain(&server, "15s");
    let Some(_disk) = Disk::mount(&config.data()) else {
        let name = "a_full_disk_makes_a_chain_wait_and_neither_skip_nor_repeat_a_step";
        eprintln!("skipped: {name}: mounting a file system is not allowed here");
        return;
    };
    let mut daemon = Daemon::start(&config);
    assert_eq!(daemon.push(&illness("青禾县", 1)).status, 200);
    daemon.until("the first notice", || {
        escalation::told(&server).contains_key("duty").then_some(())
    });
    let ballast = config.data().join("ballast");
    // Until the daemon finds that out, it may set some bytes of its own free.
    eventually("obstacle", || {
        fill(&ballast);
        let answer = daemon.get("/readyz");
        (answer.status == 503 && answer.body.contains("full")).then_some(())
    });
    assert!(!escalation::told(&server).contains_key("boss"));
    std::fs::remove_file(&ballast).unwrap();
    daemon.until("the end of the chain", || {
        escalation::told(&server).contains_key("boss").then_some(())
    });
    escalation::each_once(&server);
    assert_eq!(daemon.stop().0.code(), Some(0), "{}", daemon.stderr.text());
}

/// The ids of all posts in the log of a daemon that does not run.
fn stored(config: &Config) -> BTreeSet<String> {
    let records = records(config, Topic::Posts);
    let ids =
        records.iter().filter_map(
            |record| match decode_post_record(&record.payload).unwrap() {
                PostRecord::Post(post) => Some(post.id.to_string()),
                _ => None,
            },
        );
    ids.collect()
}
