//! A lexicon that is edited while the daemon runs.

use std::sync::atomic::{AtomicBool, Ordering};

use fengbiao_log::Topic;
use fengbiao_model::{HitRecord, LexiconNumber, Offset, PostRecord};
use fengbiao_wire::{decode_hit_record, decode_post_record};
use serde_json::{Value, json};

use super::{LEXICON, VERMIN, accepted, config, counted, illness, incidents, records};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

/// A line that only [`VERMIN`] matches.
fn vermin(number: usize) -> String {
    json!({ "text": format!("青禾县第{number}小学后厨里有老鼠") }).to_string()
}

/// What the log says: where the version begins, and the posts with their hits.
struct Story {
    begins: Offset,
    posts: Vec<(Offset, String)>,
    hits: Vec<(Offset, LexiconNumber)>,
}

fn story(config: &Config, version: LexiconNumber) -> Story {
    let (mut begins, mut posts) = (None, Vec::new());
    for record in records(config, Topic::Posts) {
        let at = record.position.offset;
        match decode_post_record(&record.payload).unwrap() {
            PostRecord::Control(control) if control.number == version => begins = Some(at),
            PostRecord::Post(post) => posts.push((at, post.text.as_str().to_owned())),
            _ => {}
        }
    }
    let hit = |record: &fengbiao_log::Record| match decode_hit_record(&record.payload).unwrap() {
        HitRecord::Hit(hit) => Some((hit.origin.offset, hit.version)),
        _ => None,
    };
    Story {
        begins: begins.unwrap(),
        posts,
        hits: records(config, Topic::Hits)
            .iter()
            .filter_map(hit)
            .collect(),
    }
}

#[test]
fn an_edit_begins_at_its_control_record_and_nowhere_else() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let published = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            let mut behind = 0;
            for number in 0.. {
                accepted(&daemon, &[vermin(number), illness("临溪县", number)]);
                behind += usize::from(published.load(Ordering::SeqCst));
                if behind == 20 {
                    break;
                }
            }
        });
        eventually("posts before", || {
            (!incidents(&daemon).is_empty()).then_some(())
        });
        config.write("lexicon/food-safety.toml", format!("{LEXICON}{VERMIN}"));
        eventually("publication", || {
            daemon.stderr.has("published a lexicon").then_some(())
        });
        published.store(true, Ordering::SeqCst);
        pushing.join().unwrap();
    });
    assert!(daemon.stop().0.success());
    // The next start matches what was not matched yet, and stops when all is.
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("白沙县", 1)]);
    eventually("the last post", || {
        let last = |i: &Value| i["subject"]["name"] == "白沙县";
        incidents(&daemon).iter().any(last).then_some(())
    });
    daemon.stop();

    let story = story(&config, LexiconNumber(2));
    let (before, after): (Vec<_>, Vec<_>) =
        story.posts.iter().partition(|(at, _)| *at < story.begins);
    assert!(
        !before.is_empty() && after.len() >= 40,
        "{} {}",
        before.len(),
        after.len()
    );
    let version_at = |at: Offset| {
        let found = story.hits.iter().find(|(origin, _)| *origin == at);
        found.map(|(_, version)| *version)
    };
    for (at, text) in before {
        let expected = text.contains("呕吐").then_some(LexiconNumber(1));
        assert_eq!(version_at(*at), expected, "{at:?} {text}");
    }
    for (at, text) in after {
        assert_eq!(version_at(*at), Some(LexiconNumber(2)), "{at:?} {text}");
    }
    assert_eq!(story.hits.len(), {
        let v1 = story
            .posts
            .iter()
            .filter(|(at, text)| *at > story.begins || text.contains("呕吐"));
        v1.count()
    });
}

#[test]
fn an_invalid_edit_changes_nothing_and_is_said() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    config.write(
        "lexicon/food-safety.toml",
        LEXICON.replace("NEAR/20", "NAER/20"),
    );
    daemon.signal("HUP");
    eventually("complaint", || {
        daemon.stderr.has("the one in force stays").then_some(())
    });
    let said = daemon.stderr.text();
    assert!(said.contains("food-safety.toml"), "{said}");
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("hit", || incidents(&daemon).pop());
    assert_eq!(daemon.get("/readyz").status, 200);

    // A restart goes on with the version in force, and a sound file is taken again.
    assert!(daemon.stop().0.success());
    let mut daemon = Daemon::start(&config);
    eventually("complaint", || {
        daemon.stderr.has("the one in force stays").then_some(())
    });
    accepted(&daemon, &[illness("临溪县", 2)]);
    eventually("hit", || (incidents(&daemon).len() == 2).then_some(()));
    config.write("lexicon/food-safety.toml", format!("{LEXICON}{VERMIN}"));
    for said in [
        "published a lexicon version=2",
        "folder is sound again version=2",
    ] {
        eventually(said, || daemon.stderr.has(said).then_some(()));
    }
    daemon.stop();

    // Version 2 is still 2 after a restart: the folder is unchanged.
    let mut daemon = Daemon::start(&config);
    daemon.signal("HUP");
    eventually("answer", || {
        daemon
            .stderr
            .has("the lexicon is unchanged version=2")
            .then_some(())
    });
    assert!(daemon.stop().0.success());
}

#[test]
fn an_incidents_posts_are_explained_by_the_lexicon_that_made_each_hit() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("incident", || incidents(&daemon).pop());
    // By this edit the first post hits no more, and another one does.
    let nearer = LEXICON
        .replace("NEAR/20", "NEAR/5")
        .replace("食堂午饭后十几个学生呕吐", "食堂里有人呕吐");
    config.write("lexicon/food-safety.toml", nearer);
    eventually("publication", || {
        daemon
            .stderr
            .has("published a lexicon version=2")
            .then_some(())
    });
    let post = json!({ "text": "青禾县第2小学食堂里有人呕吐", "url": "https://forum.example/2" });
    accepted(&daemon, &[post.to_string()]);
    eventually("both posts", || (counted(&daemon) == 2).then_some(()));

    let explain = ["explain", "--incident", "1"];
    let output = config.run(&explain);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let beside_the_daemon = stdout(&output);
    let mut rest = beside_the_daemon.as_str();
    for told in [
        "1/2 · ",
        "https://forum.example/p/%E9%9D%92%E7%A6%BE%E5%8E%BF-1",
        "词库版本 1，命中即由它判定",
        "青禾县第1小学食堂午饭后十几个学生呕吐",
        "✓ canteen-illness",
        "✓ NEAR/20",
        "【呕吐】",
        "读法差",
        "2/2 · ",
        "https://forum.example/2",
        "词库版本 2，命中即由它判定",
        "✓ NEAR/5",
    ] {
        let Some(at) = rest.find(told) else {
            panic!("`{told}` is not told, or not in order:\n{beside_the_daemon}");
        };
        rest = &rest[at..];
    }
    let versions = || -> Vec<(Value, Value, Value)> {
        let output = config.run(&[&["--format", "json"], &explain[..]].concat());
        let lines = stdout(&output);
        let lines = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let quoted = &line["quoted"];
            (
                quoted["lexicon"].clone(),
                quoted["made_the_hit"].clone(),
                line["matched"].clone(),
            )
        });
        lines.collect()
    };
    let own = |number| (json!(number), json!(true), json!(true));
    assert_eq!(versions(), [own(1), own(2)]);
    let unknown = config.run(&["explain", "--incident", "7"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("there is no incident `7`"));
    assert!(daemon.stop().0.success());

    // The same from the files; and where the log has lost the hits it says by what it explains.
    assert_eq!(stdout(&config.run(&explain)), beside_the_daemon);
    let log = rusqlite::Connection::open(config.data().join("log.sqlite")).unwrap();
    for partition in 0..log_partitions(&log) {
        log.execute(&format!("DELETE FROM records_hits_{partition}"), [])
            .unwrap();
    }
    drop(log);
    let last = |matched| (json!(2), json!(false), json!(matched));
    assert_eq!(versions(), [last(false), last(true)]);
    let said = stdout(&config.run(&explain));
    assert!(
        said.contains("词库版本 2，最近发布的；当时判定命中的版本已不可考")
            && said.contains("✗ NEAR/5"),
        "{said}"
    );
}

/// How many partitions of `hits` a log has.
fn log_partitions(log: &rusqlite::Connection) -> u32 {
    let sql = "SELECT count(*) FROM partitions WHERE topic = 'hits'";
    log.query_row(sql, [], |row| row.get(0)).unwrap()
}
