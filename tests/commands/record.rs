//! What changes or copies the record: with a daemon through its API, without one in the files.

use std::path::Path;

use serde_json::{Value, json};

use super::{check, config};
use crate::support::{Config, Daemon, eventually, files_below, stdout};

/// A post of its own text and link.
fn post(number: usize, text: &str) -> String {
    json!({ "id": format!("p-{number}"), "url": format!("https://forum.example/p/{number}"), "text": text })
        .to_string()
}

/// Pushes one post, and gives its id.
#[track_caller]
fn push(daemon: &Daemon, post: &str) -> String {
    let answer = daemon.push(post);
    assert_eq!(answer.status, 200, "{answer:?}");
    let outcome = answer.json();
    assert_eq!(outcome["outcome"], "accepted", "{answer:?}");
    outcome["post_id"].as_str().unwrap().to_owned()
}

/// The incidents that a command lists.
#[track_caller]
fn listed(config: &Config, more: &[&str]) -> Vec<Value> {
    let args = [&["incidents", "list", "--all", "--format", "json"], more].concat();
    let output = config.run(&args);
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[track_caller]
fn until_listed(config: &Config, posts: u64) {
    eventually("incident with all posts", || {
        let listed = listed(config, &[]);
        let sum: u64 = listed
            .iter()
            .map(|incident| incident["totals"]["posts"].as_u64().unwrap())
            .sum();
        (sum == posts).then_some(())
    });
}

/// Whether a text stands anywhere in the files of a folder.
fn stands_in(folder: &Path, text: &str) -> Option<String> {
    files_below(folder).into_iter().find_map(|file| {
        let bytes = std::fs::read(&file).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
            .then(|| file.display().to_string())
    })
}

#[test]
fn a_lexicon_is_published_without_a_daemon() {
    let config = config("");
    std::fs::create_dir(config.data()).unwrap();
    check(
        &config.run(&["lexicon", "publish"]),
        0,
        &["cases hold", "published as version 1"],
    );
    check(
        &config.run(&["lexicon", "publish"]),
        0,
        &["version 1 is the same; nothing to do"],
    );
    check(
        &config.run(&["incidents", "list"]),
        1,
        &["没有进行中的事件"],
    );
    check(
        &config.run(&["incidents", "list", "--topic", "a b&c"]),
        2,
        &["expected the id of a topic"],
    );
    check(
        &config.run(&["incidents", "show", "5"]),
        1,
        &["there is no incident `5`"],
    );
    check(
        &config.run(&["dead-letters", "list"]),
        1,
        &["no dead letters"],
    );
    check(
        &config.run(&["purge", "somewhere", "--by", "chen"]),
        2,
        &["expected a link, or the 32 hexadecimal digits"],
    );
    check(
        &config.run(&["purge", "https://forum.example/p/1", "--by", "chen"]),
        1,
        &["no post has this link"],
    );
    // What a publication refuses leaves the version as it was.
    config.write("lexicon/service-outage.toml", "topic = 5\n");
    check(
        &config.run(&["lexicon", "publish"]),
        1,
        &["error[wrong-type]"],
    );
    config.write(
        "lexicon/service-outage.toml",
        super::LEXICON.replace("weight = 3", "weight = 4"),
    );
    check(
        &config.run(&["lexicon", "publish"]),
        0,
        &["published as version 2"],
    );
}

#[test]
fn incidents_are_taken_on_and_closed_without_a_daemon() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    push(&daemon, &post(1, "青禾县断网了"));
    until_listed(&config, 1);
    assert_eq!(daemon.stop().0.code(), Some(0));

    check(
        &config.run(&["incidents", "list"]),
        0,
        &["-1 ", "Ⅳ", "已发现，待接手", "service-outage · 青禾县"],
    );
    let by = ["incidents", "acknowledge", "1", "--by", "值班员"];
    check(&config.run(&by), 0, &["incident 1: acknowledged"]);
    check(
        &config.run(&["incidents", "show", "1"]),
        0,
        &[
            "已接手",
            "青禾县断网了",
            "https://forum.example/p/1",
            "值班员",
            "incident.acknowledged",
        ],
    );
    let close = [
        "incidents",
        "close",
        "1",
        "--by",
        "值班员",
        "--note",
        "线路已修好",
    ];
    check(&config.run(&close), 0, &["incident 1: closed"]);
    check(&config.run(&close), 1, &["is closed, expected an open one"]);
    check(
        &config.run(&["incidents", "list"]),
        1,
        &["没有进行中的事件"],
    );
    check(
        &config.run(&["incidents", "list", "--all"]),
        0,
        &["已结束", "–（最高 Ⅳ）"],
    );
}

#[test]
fn a_purged_post_leaves_no_byte() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    push(&daemon, &post(1, "青禾县莲花弄断网了"));
    let second = push(&daemon, &post(2, "青禾县桂花巷断网了"));
    push(&daemon, &post(3, "青禾县梧桐路断网了"));
    until_listed(&config, 3);
    assert!(stands_in(&config.data(), "莲花弄").is_some());

    // By its link, while the daemon runs.
    check(
        &config.run(&["purge", "https://forum.example/p/1", "--by", "chen"]),
        0,
        &["posts purged: 1"],
    );
    eventually("purge", || {
        let shown = stdout(&config.run(&["incidents", "show", "1"]));
        (!shown.contains("莲花弄") && shown.contains("桂花巷")).then_some(())
    });
    // Found again, it stays out.
    push(&daemon, &post(1, "青禾县莲花弄断网了"));
    assert_eq!(daemon.get("/readyz").status, 200);
    assert_eq!(daemon.stop().0.code(), Some(0));

    // By its id, without a daemon.
    check(
        &config.run(&["purge", &second, "--by", "chen"]),
        0,
        &["posts purged: 1"],
    );
    let shown = stdout(&config.run(&["incidents", "show", "1"]));
    assert!(
        !shown.contains("桂花巷") && shown.contains("梧桐路"),
        "{shown}"
    );
    assert_eq!(stands_in(&config.data(), "桂花巷"), None);
    assert!(stands_in(&config.data(), "梧桐路").is_some());
    // What windows counted stays.
    assert_eq!(listed(&config, &[])[0]["totals"]["posts"], 3);
    // The steps before cannot be run again, those after can.
    let folder = config.data();
    let folder = folder.to_str().unwrap();
    check(
        &config.run(&["replay", "--steps", folder]),
        0,
        &["steps from number"],
    );
}

/// What others hold of a post is theirs, and whoever purges has to know of it.
#[test]
fn a_purge_says_what_it_does_not_reach() {
    let config = config(
        "[[receiver]]\nid = \"duty-log\"\nkind = \"file\"\npath = \"notices.ndjson\"\n\
         [[receiver]]\nid = \"desk\"\nkind = \"terminal\"\n",
    );
    let mut daemon = Daemon::start(&config);
    push(&daemon, &post(1, "青禾县莲花弄断网了"));
    let path = config.file("notices.ndjson");
    let lines = || std::fs::read_to_string(&path).unwrap_or_default();
    let before = eventually("notice", || {
        Some(lines()).filter(|lines| lines.contains("莲花弄"))
    });
    let link = "https://forum.example/p/1";
    let file = format!(
        "not erased: the file of receiver `duty-log`, `{}`",
        path.display()
    );
    check(
        &config.run(&["purge", link, "--by", "chen"]),
        0,
        &[
            "posts purged: 1",
            &file,
            "not taken back: messages",
            "hint: ",
        ],
    );
    assert_eq!(lines(), before, "it belongs to whoever reads it");
    let body = format!("{{\"post\":\"{link}\",\"by\":\"chen\"}}");
    let told = daemon.ask("POST", "/v1/purge", "application/json", body.as_bytes());
    let files = serde_json::json!([{ "receiver": "duty-log", "path": path }]);
    assert_eq!(told.json()["files"], files);
    assert!(daemon.stop().0.success());
}

#[test]
fn a_purge_through_the_daemon_leaves_no_byte() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    push(&daemon, &post(1, "青禾县莲花弄断网了"));
    push(&daemon, &post(2, "青禾县桂花巷断网了"));
    until_listed(&config, 2);
    check(
        &config.run(&["purge", "https://forum.example/p/1", "--by", "chen"]),
        0,
        &["posts purged: 1"],
    );
    eventually("file without the text", || {
        stands_in(&config.data(), "莲花弄").is_none().then_some(())
    });
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert_eq!(stands_in(&config.data(), "莲花弄"), None);
    assert!(stands_in(&config.data(), "桂花巷").is_some());
}

#[test]
fn a_backup_of_a_running_daemon_gives_the_same_incidents() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    push(&daemon, &post(1, "青禾县断网了"));
    push(&daemon, &post(2, "柳塘县的医院停电"));
    until_listed(&config, 2);
    let (backup, restored) = (config.file("backup"), config.file("restored"));
    let (backup, restored) = (backup.to_str().unwrap(), restored.to_str().unwrap());
    check(&config.run(&["backup", backup]), 0, &["backed up to"]);
    check(
        &config.run(&["backup", backup]),
        2,
        &["exists already", "hint: "],
    );
    let before = listed(&config, &[]);
    assert_eq!(before.len(), 2);
    assert_eq!(daemon.get("/readyz").status, 200);
    assert_eq!(daemon.stop().0.code(), Some(0));

    let elsewhere = ["--data-dir", restored];
    check(
        &config.run(&[&elsewhere[..], &["restore", "lexicon"]].concat()),
        2,
        &["is no backup"],
    );
    // As after a kill, where only the databases were moved away.
    let journal = config.file("restored").join("ledger.sqlite-wal");
    std::fs::create_dir_all(config.file("restored")).unwrap();
    std::fs::write(&journal, "another database's").unwrap();
    check(
        &config.run(&[&elsewhere[..], &["restore", backup]].concat()),
        2,
        &["`ledger.sqlite-wal`", "nothing was written", "hint: "],
    );
    std::fs::remove_file(&journal).unwrap();
    let damaged = config.file("damaged");
    std::fs::create_dir_all(&damaged).unwrap();
    for entry in std::fs::read_dir(backup).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), damaged.join(entry.file_name())).unwrap();
    }
    let ledger = damaged.join("ledger.sqlite");
    let mut bytes = std::fs::read(&ledger).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xA5);
    std::fs::write(&ledger, bytes).unwrap();
    let damaged = damaged.to_str().unwrap();
    check(
        &config.run(&[&elsewhere[..], &["restore", damaged]].concat()),
        2,
        &["the ledger in", "is damaged", "hint: "],
    );
    check(
        &config.run(&[&elsewhere[..], &["restore", backup]].concat()),
        0,
        &["restored into"],
    );
    check(
        &config.run(&[&elsewhere[..], &["restore", backup]].concat()),
        2,
        &["nothing was written", "hint: "],
    );
    assert_eq!(listed(&config, &elsewhere), before);
    check(&config.run(&["replay", "--steps", restored]), 0, &[]);
}
