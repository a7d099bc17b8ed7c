//! Where reading begins, and when the role counts as working.

use std::time::Duration;

use clap::Parser as _;
use fengbiao_log::Event;
use fengbiao_model::Offset;

use super::*;
use crate::app::App;
use crate::cli::Cli;
use crate::clock::SystemClock;
use crate::daemon::Files;
use crate::daemon::health::InForce;

/// Hears where it is to read.
#[derive(Default)]
struct Sought(Vec<(Partition, Offset)>);

impl Consumer for Sought {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, LogError> {
        Ok(Vec::new())
    }

    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError> {
        self.0.push((partition, next));
        Ok(())
    }

    fn commit(
        &mut self,
        _: Vec<fengbiao_log::NewRecord>,
        _: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<fengbiao_model::Position>, LogError> {
        Ok(Vec::new())
    }
}

#[test]
fn a_new_ledger_begins_at_the_first_record_that_is_kept() {
    let cursor = |next| {
        let note = String::new();
        Some(Cursor { next, note })
    };
    let assigned = vec![
        (Partition(0), cursor(Offset(900))),
        (Partition(1), cursor(Offset(900))),
        (Partition(2), None),
    ];
    let positions = [(Partition(0), Offset(500))].into();
    let mut sought = Sought::default();
    intake::seek(&mut sought, assigned, &positions, |_| Ok(Offset(700))).unwrap();
    // The ledger's own place may well be one that retention has passed: that is to be told.
    let expected = [(Partition(0), Offset(500)), (Partition(1), Offset(700))];
    assert_eq!(sought.0, expected);
}

#[test]
fn it_is_ready_once_it_has_met_the_ends_and_not_when_it_was_told_what_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let line = ["fengbiao", "--data-dir", &data, "run"];
    let app = App::new(&Cli::try_parse_from(line).unwrap()).unwrap();
    let files = Files::open(&app, Arc::new(SystemClock::new())).unwrap();
    let health = &files.pipeline.health;
    health.open_crawler();
    health.lexicon(InForce::From(fengbiao_model::LexiconNumber(1)));
    health.matcher_alive();
    health.alerter_failed("a step cannot be taken");
    let mut alerting = files.alerting().unwrap();
    alerting.round().unwrap();
    assert_eq!(alerting.lack(), None, "all of its partitions have come");
    assert_eq!(health.obstacles(), ["alerter: a step cannot be taken"]);
    alerting.round().unwrap();
    assert_eq!(health.obstacles(), Vec::<String>::new());
}

/// A log that takes nothing.
struct Stuck;

impl Consumer for Stuck {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, LogError> {
        Ok(Vec::new())
    }

    fn seek(&mut self, _: Partition, _: Offset) -> Result<(), LogError> {
        Ok(())
    }

    fn commit(
        &mut self,
        _: Vec<fengbiao_log::NewRecord>,
        _: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<fengbiao_model::Position>, LogError> {
        Err(LogError::Store {
            doing: "append",
            cause: "database is locked".to_owned(),
        })
    }
}

/// Begun again every few seconds, it would never have missed a canary for long enough to say so.
#[test]
fn a_log_that_takes_nothing_does_not_end_the_role() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let line = ["fengbiao", "--data-dir", &data, "run"];
    let app = App::new(&Cli::try_parse_from(line).unwrap()).unwrap();
    let files = Files::open(&app, Arc::new(SystemClock::new())).unwrap();
    let mut alerting = files.alerting().unwrap();
    alerting.hits = Box::new(Stuck);
    alerting.positions.hits.insert(Partition(0), Offset(1));
    alerting.told_log = Instant::now().checked_sub(CURSOR_INTERVAL).unwrap();
    alerting.tell_log().unwrap();
}
