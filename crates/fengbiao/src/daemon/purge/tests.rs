//! What a link leads to, and what a crash in between leaves.

use std::sync::Arc;

use clap::Parser as _;
use fengbiao_alerter::{Change, Effects};
use fengbiao_ledger::{StepCommit, StepRecord};
use fengbiao_model::{
    Counts, IncidentId, PostText, Quote, RuleId, ServiceId, SourceId, StoryId, TimeSpan, Timestamp,
};

use super::*;
use crate::app::App;
use crate::cli::Cli;
use crate::clock::SystemClock;
use crate::daemon::{Files, outlet};
use crate::log::LOG_FILE;

const LINK: &str = "https://example.org/a?b=c";

fn opened(folder: &tempfile::TempDir) -> Control {
    let data = folder.path().display().to_string();
    let line = ["fengbiao", "--data-dir", &data, "run"];
    let app = App::new(&Cli::try_parse_from(line).unwrap()).unwrap();
    Files::open(&app, Arc::new(SystemClock::new()))
        .unwrap()
        .control
}

fn post() -> Post<'static> {
    Post {
        id: PostId::from_bytes([7; 16]),
        native_id: None,
        service: ServiceId::new("square").unwrap(),
        source: SourceId::new("square").unwrap(),
        url: Some(Link::new(LINK).unwrap()),
        title: None,
        text: PostText::new("停电了").unwrap(),
        voice: None,
        published_at: None,
        found_at: Timestamp::of_minute(0),
        counts: Counts::default(),
        repost_of: None,
    }
}

/// The ledger quotes the post; the log has nothing of it any more.
fn quote(ledger: &Ledger) {
    let post = post();
    let quote = Quote {
        post: post.id,
        story: StoryId(1),
        source: post.source,
        url: Some(LINK.to_owned()),
        title: None,
        text: "停电了".to_owned(),
        published_at: None,
        found_at: post.found_at,
        counts: post.counts,
        rule: RuleId::new("outage").unwrap(),
        spans: Vec::new(),
        copies: 1,
        widest_copy: None,
    };
    let positions = ledger.positions().unwrap();
    let step = StepRecord {
        number: 1,
        wall: Timestamp::of_minute(0),
        monotonic: TimeSpan::ZERO,
        process: 1,
        commands: 1..1,
        pulses: Vec::new(),
        hits: Vec::new(),
    };
    let commit = StepCommit {
        epoch: ledger.take_ownership().unwrap(),
        step: &step,
        before: &positions,
        after: &positions,
        effects: &Effects {
            changes: vec![Change::Quote(IncidentId(1), quote)],
            ..Effects::default()
        },
    };
    ledger.commit_step(&commit).unwrap();
}

/// The posts that the alerter is told to forget.
fn told(control: &Control) -> Vec<PostId> {
    let commands = control.ledger.commands_after(0, 10).unwrap();
    let purged = |command: fengbiao_model::Command| match command.action {
        Action::Purge { post } => Some(post),
        _ => None,
    };
    commands.into_iter().filter_map(purged).collect()
}

#[test]
fn a_link_that_is_only_quoted_any_more_leads_to_its_post() {
    let folder = tempfile::tempdir().unwrap();
    let control = opened(&folder);
    quote(&control.ledger);
    let answer = control.purge(LINK, &Actor::daemon()).unwrap();
    assert_eq!(answer["posts"], json!([post().id.to_string()]));
    assert_eq!(told(&control), [post().id]);
    let other = control
        .purge("https://example.org/a?b=d", &Actor::daemon())
        .unwrap();
    assert_eq!(other["posts"], json!([]));
}

#[test]
fn the_alerter_is_told_before_the_log_loses_what_the_link_is_found_by() {
    let folder = tempfile::tempdir().unwrap();
    let control = opened(&folder);
    let record = outlet::post(&PostRecord::Post(post())).unwrap();
    control.pipeline.log.append(vec![record]).unwrap();
    // The log can be read and takes no change, as if the process ended in between.
    let held = rusqlite::Connection::open(folder.path().join(LOG_FILE)).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(control.purge(LINK, &Actor::daemon()).is_err());
    assert_eq!(told(&control), [post().id]);
    held.execute_batch("ROLLBACK").unwrap();
    let again = control.purge(LINK, &Actor::daemon()).unwrap();
    assert_eq!(again["records"], 1);
    assert_eq!(
        control.purge(LINK, &Actor::daemon()).unwrap()["posts"],
        json!([])
    );
}
