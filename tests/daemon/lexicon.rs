//! A lexicon that is edited while the daemon runs.

use std::sync::atomic::{AtomicBool, Ordering};

use fengbiao_log::Topic;
use fengbiao_model::{HitRecord, LexiconNumber, Offset, PostRecord};
use fengbiao_wire::{decode_hit_record, decode_post_record};
use serde_json::json;

use super::{LEXICON, VERMIN, accepted, config, illness, incidents, records};
use crate::support::{Config, Daemon, eventually};

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
        let last = |i: &serde_json::Value| i["subject"]["name"] == "白沙县";
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
