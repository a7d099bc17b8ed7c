//! Whoever asks for something hears what became of it, and the trail has who it was.

use std::process::Command;

use serde_json::Value;

use super::letters::{begun, letter, write};
use super::notices::{desk, event, link};
use super::{accepted, config, illness, incidents};
use crate::support::http::{Server, reply};
use crate::support::{BINARY, Config, Daemon, eventually, stderr, stdout};

/// Runs a command: how it ended, and all that it said.
fn said(config: &Config, args: &[&str]) -> (Option<i32>, String) {
    let output = config.run(args);
    (output.status.code(), stdout(&output) + &stderr(&output))
}

#[track_caller]
fn check(config: &Config, args: &[&str], code: i32, says: &str) {
    let (ended, said) = said(config, args);
    assert_eq!(ended, Some(code), "{args:?}: {said}");
    assert!(said.contains(says), "{args:?}: {said}");
}

#[test]
fn of_two_who_take_on_at_once_one_has_it_and_the_other_is_told_who() {
    let server = Server::start(|_| reply(204, ""));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    let first = daemon.until("webhook", || server.received().first().cloned());
    let path = link(&event(&first));
    let take_on = |name: &str| {
        let kind = "application/x-www-form-urlencoded";
        daemon.ask("POST", &path, kind, format!("by={name}").as_bytes())
    };
    let answers = std::thread::scope(|scope| {
        let both = ["amber", "basil"].map(|name| scope.spawn(move || (name, take_on(name))));
        both.map(|one| one.join().unwrap())
    });
    let by_status = |status| answers.iter().find(|(_, answer)| answer.status == status);
    let (Some((winner, has_it)), Some((_, has_not))) = (by_status(200), by_status(409)) else {
        panic!("{answers:?}");
    };
    assert!(has_it.body.contains("已接手事件"), "{has_it:?}");
    // The shipped default: four hours at tier II, a day at III.
    assert!(has_it.body.contains("无新记录则 "), "{has_it:?}");
    let told = format!("已由{winner}接手");
    assert!(has_not.body.contains(&told), "{has_not:?}");
}

#[test]
fn a_deed_that_is_refused_says_why_and_one_that_is_done_its_number() {
    let config = config("language = \"en\"\n");
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("incident", || incidents(&daemon).pop());
    let stranger = "0".repeat(32);
    // The record does not show what the incident quotes: only the alerter can refuse this.
    let split = ["incidents", "split", "1", &stranger, "--by", "amber"];
    check(&config, &split, 1, "does not quote the post");
    let ask = |by_when: &str| {
        let args = ["incidents", "ask", "1", "--of", "school", "how many?"];
        let more = ["--by", "amber", "--by-when", by_when];
        said(&config, &[&args[..], &more].concat())
    };
    let (ended, late) = ask("2020-01-01 12:00");
    assert_eq!(ended, Some(2), "{late}");
    assert!(late.contains("expected a time after now"), "{late}");
    let (ended, asked) = ask("2099-01-01 12:00");
    assert!(
        ended == Some(0) && asked.contains("asked, as item 1"),
        "{asked}"
    );
    let silence = ["silence", "add", "--topic", "food-safety", "--for", "1h"];
    let silence = [&silence[..], &["--reason", "drill", "--by", "amber"]].concat();
    check(&config, &silence, 0, "as silence 1");
    for nobody in ["\u{200b}", "fengbiao", "a\u{202e}b"] {
        let args = ["incidents", "acknowledge", "1", "--by", nobody];
        check(&config, &args, 2, "expected the name of who acts");
    }
    assert!(daemon.stop().0.success());

    // The same from the files, without a daemon.
    check(&config, &split, 1, "does not quote the post");
    check(&config, &silence, 0, "as silence 2");
    let reply = ["incidents", "reply", "1", "1", "eleven", "--by", "amber"];
    check(&config, &reply, 0, "the reply is written down");
}

#[test]
fn views_and_copies_are_in_the_trail_and_a_purge_under_a_name() {
    let config = begun();
    write(&config, vec![letter("archive: posts.ndjson, line 1", "{")]);
    let mut daemon = Daemon::start(&config);
    let copy = config.file("copy");
    check(&config, &["dead-letters", "list"], 0, "0-0");
    check(&config, &["dead-letters", "show", "0-0"], 0, "0-0");
    check(&config, &["backup", copy.to_str().unwrap()], 0, "backed up");
    let post = "ab".repeat(16);
    check(&config, &["purge", &post, "--by", "amber"], 0, "");
    let trail = rusqlite::Connection::open(config.data().join("ledger.sqlite")).unwrap();
    let who = |what: &str, on: &str| {
        let sql = "SELECT actor FROM audit WHERE what = ?1 AND target = ?2";
        trail.query_row(sql, [what, on], |row| row.get::<_, String>(0))
    };
    for (what, on) in [
        ("dead_letters.listed", "dead letters"),
        ("dead_letter.viewed", "dead letter 0-0"),
        ("backup.made", "record"),
    ] {
        assert_eq!(who(what, on).as_deref(), Ok("api"), "{what}");
    }
    let purged = daemon.until("the purge", || {
        who("post.purged", &format!("post {post}")).ok()
    });
    assert_eq!(purged, "amber");
}

#[test]
fn no_proxy_sees_what_the_command_line_asks() {
    let proxy = Server::start(|_| reply(502, ""));
    let config = config("[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = \"token\"\n");
    config.write("token", "a-token-of-the-tests-with-40-characters-\n");
    let _daemon = Daemon::start(&config);
    for args in [&["incidents", "list", "--all"][..], &["doctor"]] {
        let mut command = Command::new(BINARY);
        command.arg("--config").arg(config.path()).args(args);
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(name, format!("http://{}", proxy.address));
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        let output = command.output().unwrap();
        assert!(!stderr(&output).contains("502"), "{}", stderr(&output));
        assert!(proxy.received().is_empty(), "{:?}", proxy.received());
    }
}

/// What of a post's text, or of a name, could turn a line is shown as what it is.
#[test]
fn what_is_shown_turns_no_line() {
    let config = config("");
    let daemon = Daemon::start(&config);
    accepted(
        &daemon,
        &[illness("青禾县", 1).replace("食堂", "\u{202e}食堂\u{2066}")],
    );
    eventually("incident", || incidents(&daemon).pop());
    let shown = stdout(&config.run(&["incidents", "show", "1"]));
    assert!(shown.contains("\\u{202e}食堂\\u{2066}"), "{shown}");
    assert!(!shown.contains(['\u{202e}', '\u{2066}']), "{shown}");
    let json: Value = incidents(&daemon).remove(0);
    assert_eq!(json["totals"]["posts"], 1);
}
