//! Dead letters: listed whatever is among them, shown without persons, put back once.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Destination, NewRecord, Producer as _, Topic};
use fengbiao_model::{Clock, Partition, PostRecord, TimeSpan, Timestamp};
use fengbiao_wire::{DeadLetter, decode_post_record, encode_dead_letter};
use serde_json::{Value, json};

use super::{config, records};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

/// The time itself, so that retention leaves what was just written.
struct Now;

impl Clock for Now {
    #[allow(
        clippy::disallowed_methods,
        reason = "the daemon under test reads the same clock"
    )]
    fn wall(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _: TimeSpan) -> Duration {
        Duration::from_secs(3_600)
    }
}

/// Writes records behind the back of a daemon that does not run.
pub(super) fn write(config: &Config, records: Vec<(Topic, Vec<u8>)>) {
    let metrics = fengbiao_log::Metrics::register(&prometheus::Registry::new()).unwrap();
    let path = config.data().join("log.sqlite");
    let log = Embedded::open(&path, Options::default(), Arc::new(Now), metrics).unwrap();
    let record = |(topic, payload)| NewRecord {
        topic,
        to: Destination::Partition(Partition(0)),
        payload,
    };
    log.append(records.into_iter().map(record).collect())
        .unwrap();
    log.close();
}

pub(super) fn letter(origin: &str, payload: &str) -> (Topic, Vec<u8>) {
    let letter = DeadLetter {
        at: Timestamp::from_millis(1_795_000_000_000),
        origin: origin.to_owned(),
        reason: "it could not be read then".to_owned(),
        payload: payload.to_owned(),
    };
    (Topic::DeadLetters, encode_dead_letter(&letter))
}

/// A data directory with a lexicon in force.
pub(super) fn begun() -> Config {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    assert!(daemon.stop().0.success());
    config
}

fn listed(config: &Config) -> Vec<Value> {
    let output = config.run(&["dead-letters", "list", "--format", "json"]);
    let text = stdout(&output);
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// The texts of the posts, each with its source.
fn posts(config: &Config) -> Vec<(String, String)> {
    let records = records(config, Topic::Posts);
    let post = |record: &fengbiao_log::Record| match decode_post_record(&record.payload) {
        Ok(PostRecord::Post(post)) => {
            Some((post.source.to_string(), post.text.as_str().to_owned()))
        }
        _ => None,
    };
    records.iter().filter_map(post).collect()
}

#[test]
fn one_letter_that_cannot_be_read_hides_none_of_the_others() {
    let config = begun();
    write(
        &config,
        vec![
            letter("archive: posts.ndjson, line 1", "first"),
            (
                Topic::DeadLetters,
                b"a later version, call 13812345678".to_vec(),
            ),
            letter("archive: posts.ndjson, line 3", "third"),
        ],
    );
    let letters = listed(&config);
    let of = |name: &str| {
        let of: Vec<_> = letters.iter().map(|one| one[name].to_string()).collect();
        of.join(" ")
    };
    assert_eq!(of("id"), r#""0-2" "0-1" "0-0""#);
    assert!(of("reason").contains("the letter itself cannot be read"));
    assert!(!of("payload").contains("13812345678"));
    let shown = config.run(&["dead-letters", "show", "0-18446744073709551615"]);
    assert!(
        stderr(&shown).contains("no dead letter `0-18446744073709551615`"),
        "{}",
        stderr(&shown)
    );
    let many = config.run(&["dead-letters", "list", "--limit", "1001"]);
    assert!(
        stderr(&many).contains("expected 1 to 1000"),
        "{}",
        stderr(&many)
    );
}

#[test]
fn a_letter_is_put_back_once() {
    let config = begun();
    let line = json!({ "text": "青禾县第一小学食堂午饭后十几个学生呕吐" }).to_string();
    write(
        &config,
        vec![letter("archive: posts.ndjson, line 1", &line)],
    );
    let args = ["dead-letters", "resubmit", "0-0", "--by", "chen"];
    let first = config.run(&args);
    assert!(stdout(&first).contains("put back"), "{}", stderr(&first));
    let second = config.run(&args);
    assert!(!second.status.success());
    assert!(
        stderr(&second).contains("was put back before, as post "),
        "{}",
        stderr(&second)
    );
    assert_eq!(posts(&config).len(), 1);
    // One that is corrected is another matter.
    let path = config.write(
        "corrected.json",
        line.replace("第一", "第二").replace("青禾", "临溪"),
    );
    let corrected = [&args[..], &["--line", path.to_str().unwrap()]].concat();
    let third = config.run(&corrected);
    assert!(stdout(&third).contains("put back"), "{}", stderr(&third));
}

#[test]
fn a_record_of_ours_that_cannot_be_read_is_shown_without_its_voice() {
    let config = begun();
    let poison = json!({ "v": 99, "kind": "post", "source": "square", "voice": "0123abcd",
        "text": "call 13812345678" });
    write(
        &config,
        vec![(Topic::Posts, poison.to_string().into_bytes())],
    );
    let mut daemon = Daemon::start(&config);
    let found = eventually("dead letter", || listed(&config).pop());
    let shown = found.to_string();
    assert!(shown.contains("square"), "{shown}");
    for secret in ["13812345678", "0123abcd"] {
        assert!(!shown.contains(secret), "`{secret}` is in {shown}");
    }
    assert!(daemon.stop().0.success());
}

#[test]
fn what_is_put_back_keeps_its_source_and_where_none_can_be_told_it_is_refused() {
    let config = begun();
    let poison = json!({ "v": 99, "kind": "post", "source": "square", "text": "later" });
    write(
        &config,
        vec![
            letter("archive: posts.ndjson, line 1", r#"{"text":"of the file"}"#),
            (Topic::Posts, poison.to_string().into_bytes()),
            letter("topic posts, partition 0, offset 999", "no json"),
        ],
    );
    let mut daemon = Daemon::start(&config);
    let of_poison = eventually("its letter", || {
        let of_square = |one: &Value| one["payload"].as_str().unwrap().contains("square");
        listed(&config).into_iter().find(of_square)
    });
    let put_back = |id: &str, line: Option<&str>| {
        let mut args = vec!["dead-letters", "resubmit", id, "--by", "chen"];
        let path = line.map(|line| config.write("line.json", line));
        if let Some(path) = &path {
            args.extend(["--line", path.to_str().unwrap()]);
        }
        config.run(&args)
    };
    assert!(put_back("0-0", None).status.success());
    let id = of_poison["id"].as_str().unwrap();
    assert!(
        put_back(id, Some(r#"{"text":"of the poison"}"#))
            .status
            .success()
    );
    let unknown = put_back("0-1", Some(r#"{"text":"of nobody"}"#));
    assert!(!unknown.status.success());
    for part in [
        "can no longer be told of which source",
        "offset 999",
        "hint: ",
    ] {
        assert!(stderr(&unknown).contains(part), "{}", stderr(&unknown));
    }
    let named = put_back("0-1", Some(r#"{"text":"of the forum","source":"forum"}"#));
    assert!(named.status.success(), "{}", stderr(&named));
    assert!(daemon.stop().0.success());
    let expected = [
        ("archive", "of the file"),
        ("square", "of the poison"),
        ("forum", "of the forum"),
    ];
    let expected = expected.map(|(source, text)| (source.to_owned(), text.to_owned()));
    assert_eq!(posts(&config), expected);
}
