//! Silences by the command line beside a running daemon: what is asked for is quiet, what had to
//! wait is told when it ends.

use serde_json::Value;

use super::notices::desk;
use super::{accepted, config, illness, incidents};
use crate::support::http::{Server, reply};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

/// Runs a command that must be done.
#[track_caller]
fn done(config: &Config, args: &[&str]) -> String {
    let output = config.run(args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

/// The silences that `silence list` has as JSON.
fn silences(config: &Config) -> Vec<Value> {
    let output = config.run(&["--format", "json", "silence", "list"]);
    let lines = stdout(&output);
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Waits until so many silences are there.
#[track_caller]
fn until_silences(daemon: &mut Daemon, config: &Config, count: usize) -> Vec<Value> {
    daemon.until("the silences", || {
        Some(silences(config)).filter(|silences| silences.len() == count)
    })
}

fn deliveries(config: &Config, number: &str) -> usize {
    let shown = done(config, &["--format", "json", "incidents", "show", number]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["deliveries"].as_array().unwrap().len()
}

#[test]
fn a_silence_holds_what_would_ring_and_tells_it_at_its_end() {
    let server = Server::start(|_| reply(204, ""));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    let add = ["silence", "add", "--for", "1h", "--by", "夜班"];
    let said = done(
        &config,
        &[
            &add[..],
            &["--subject", "青禾县", "--reason", "全县应急演练"],
        ]
        .concat(),
    );
    assert!(said.contains("silenced until"), "{said}");
    let held = until_silences(&mut daemon, &config, 1);
    assert_eq!(held[0]["covers"]["filter"]["subjects"][0], "青禾县");
    let shown = done(&config, &["silence", "list"]);
    for part in ["1    ", "subject 青禾县", "夜班: 全县应急演练"] {
        assert!(shown.contains(part), "no `{part}` in {shown}");
    }

    // The one that is silenced comes first; when the other has rung, it had its time to ring.
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("the incident", || {
        (incidents(&daemon).len() == 1).then_some(())
    });
    accepted(&daemon, &[illness("临溪县", 2)]);
    daemon.until("webhook of the other", || {
        server.received().first().cloned()
    });
    let told = |place: &str| {
        let received = server.received();
        let told = received.iter().filter(|one| {
            let event: Value = serde_json::from_slice(&one.body).unwrap();
            event["data"]["subject"]["name"] == place
        });
        told.count()
    };
    assert_eq!((told("青禾县"), told("临溪县")), (0, 1));
    assert_eq!((deliveries(&config, "1"), deliveries(&config, "2")), (0, 1));

    let ended = done(&config, &["silence", "end", "1", "--by", "早班"]);
    assert!(ended.contains("silence 1: ended"), "{ended}");
    daemon.until("what had to wait", || (told("青禾县") == 1).then_some(()));
    until_silences(&mut daemon, &config, 0);
    let refused = config.run(&["silence", "end", "1", "--by", "早班"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("there is no silence `1`"));

    // One incident may be called by its place in the year alone.
    let one = ["--incident", "1", "--reason", "已知"];
    done(&config, &[&add[..], &one].concat());
    let held = until_silences(&mut daemon, &config, 1);
    let number = held[0]["covers"]["incident"].as_str().unwrap();
    assert!(number.ends_with("-1") && number.len() > 4, "{number}");
    assert!(daemon.stop().0.success());
}

#[test]
fn silences_that_cannot_be_say_why() {
    let config = config("");
    std::fs::create_dir(config.data()).unwrap();
    done(&config, &["lexicon", "publish"]);
    let cases: [(&[&str], i32, &str); 9] = [
        (&["--for", "1h"], 2, "--topic"),
        (&["--all"], 2, "--for"),
        (&["--all", "--for", "soon"], 2, "`soon` is not a length"),
        (&["--all", "--for", "31d"], 2, "at the latest"),
        (&["--all", "--until", "2020-01-01 09:00"], 2, "`until` is"),
        (
            &["--all", "--topic", "a", "--for", "1h"],
            2,
            "cannot be used",
        ),
        (&["--topic", "weather", "--for", "1h"], 2, "`food-safety`"),
        (
            &["--label", "east", "--for", "1h"],
            2,
            "`--label` is `east`",
        ),
        (&["--incident", "9", "--for", "1h"], 1, "no incident `9`"),
    ];
    for (args, status, says) in cases {
        let add = ["silence", "add", "--reason", "演练", "--by", "夜班"];
        let output = config.run(&[&add[..], args].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {said}");
        assert!(said.contains(says), "{args:?}: {said}");
    }
    let none = config.run(&["silence", "list"]);
    assert_eq!(none.status.code(), Some(1));
    assert_eq!(stdout(&none), "no silences\n");
}
