//! Killed at any moment, a step, its effects and its positions are together or not there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fengbiao_alerter::{Change, Effects};
use fengbiao_ledger::{Positions, digest};
use fengbiao_model::*;

use crate::values::*;

/// Where the child finds its ledger; the child's test does nothing without it.
const FILE: &str = "FENGBIAO_LEDGER_CRASH_FILE";
const ROUNDS: u64 = 12;

fn positions(step: u64) -> Positions {
    let hits = BTreeMap::from([(Partition(0), Offset(10 * step))]);
    Positions {
        commands: 1,
        hits,
        ..Positions::default()
    }
}

/// What step `n` does; each leaves a member, a quote and a notice of its own number.
fn changes(n: u64) -> Vec<Change> {
    let told = key(n, 1, "desk");
    let id = PostId::from_bytes([u8::try_from(n % 251).unwrap(); 16]);
    vec![
        Change::Member(IncidentId(n), id, at(1)),
        Change::Quote(IncidentId(n), quote(id, &"停水".repeat(500))),
        sends(notice(told, Tier::III, at(n.cast_signed()), Vec::new())),
    ]
}

#[test]
fn child_that_commits_until_it_is_killed() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let ledger = open(std::path::Path::new(&file));
    let epoch = ledger.take_ownership().unwrap();
    loop {
        let step = ledger.last_step().unwrap() + 1;
        let before = ledger.positions().unwrap();
        let after = positions(step);
        commit_as(
            &ledger,
            epoch,
            &step_record(step),
            &before,
            &after,
            changes(step),
        )
        .unwrap();
        println!("stored {step}");
    }
}

#[test]
fn a_killed_alerter_leaves_whole_steps() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger.sqlite");
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::child_that_commits_until_it_is_killed",
                "--nocapture",
            ])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Killed after a number of steps that differs by round, in the middle of the next one.
        let wanted = 3 + 5 * round % 17;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = (&mut lines)
            .map(Result::unwrap)
            .filter_map(|line| {
                line.split_once("stored ")
                    .and_then(|(_, n)| n.parse::<u64>().ok())
            })
            .take(usize::try_from(wanted).unwrap())
            .last()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(137 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        check(&file, told);
    }
}

fn check(file: &std::path::Path, told: u64) {
    let ledger = open(file);
    let last = ledger.last_step().unwrap();
    assert!(
        last >= told,
        "step {told} was told to be stored, the last is {last}"
    );
    assert_eq!(ledger.positions().unwrap(), positions(last));
    let steps = ledger.steps(1, 1_000_000).unwrap();
    assert_eq!(steps.len() as u64, last);
    for (n, step) in (1..).zip(steps) {
        let effects = Effects {
            changes: changes(n),
            ..Effects::default()
        };
        assert_eq!((step.record.number, step.digest), (n, digest(&effects)));
        assert_eq!(ledger.members(IncidentId(n)).unwrap().len(), 1);
        assert!(ledger.delivery(&key(n, 1, "desk")).unwrap().is_some());
    }
    assert!(ledger.members(IncidentId(last + 1)).unwrap().is_empty());
    assert!(ledger.check().unwrap().is_empty());
}
