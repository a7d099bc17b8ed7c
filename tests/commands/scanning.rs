//! `scan` and `replay`: posts in, results out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check, config};
use crate::support::{Config, Daemon, stderr, stdout};

/// The lines of a command's JSON.
#[track_caller]
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The part of an input field that a span names, by bytes and by characters.
#[track_caller]
fn named<'a>(post: &'a Value, span: &Value) -> &'a str {
    let field = post[span["field"].as_str().unwrap()].as_str().unwrap();
    let at = |name: &str| usize::try_from(span[name].as_u64().unwrap()).unwrap();
    let by_bytes = &field[at("start")..at("end")];
    let by_chars: String = field
        .chars()
        .skip(at("char_start"))
        .take(at("char_end") - at("char_start"))
        .collect();
    assert_eq!(by_bytes, by_chars, "{span}");
    by_bytes
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Of each span the keyword, the field, and the part of the input that it names.
type Spans<'a> = &'a [(&'a str, &'a str, &'a str)];

/// What `scan` says of a post: rule, subjects, and each span as keyword, field and the text named.
#[track_caller]
fn scanned(post: &Value, expected: &[(&str, Spans)]) {
    let config = config("");
    let file = config.write("posts.ndjson", format!("{post}\n"));
    let output = config.run(&["scan", "--format", "json", file.to_str().unwrap()]);
    check(&output, i32::from(expected.is_empty()), &[]);
    let found = lines(&stdout(&output));
    let rules: Vec<_> = found
        .iter()
        .map(|line| line["rule"].as_str().unwrap())
        .collect();
    let wanted: Vec<_> = expected.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, wanted, "{post}");
    for (line, (_, spans)) in found.iter().zip(expected) {
        let fields = [
            "id", "post_id", "url", "found_at", "file", "line", "topic", "rule", "version",
            "subjects", "spans",
        ];
        assert_eq!(keys(line), BTreeSet::from(fields));
        assert_eq!(line["id"], post.get("id").cloned().unwrap_or(Value::Null));
        assert_eq!(line["post_id"].as_str().unwrap().len(), 32);
        assert_eq!((&line["file"], &line["line"]), (&json!(file), &json!(1)));
        assert_eq!(line["topic"], "service-outage");
        assert_eq!(line["version"], 0);
        let shown: Vec<_> = line["spans"].as_array().unwrap().iter().collect();
        for span in &shown {
            let fields = [
                "keyword",
                "field",
                "start",
                "end",
                "char_start",
                "char_end",
                "margin",
            ];
            assert_eq!(keys(span), BTreeSet::from(fields));
            assert!(span["margin"].is_null() || span["margin"].as_f64().unwrap() <= 1.5);
        }
        let text = |span: &&Value, name: &str| span[name].as_str().unwrap().to_owned();
        let shown: Vec<_> = shown
            .iter()
            .map(|span| {
                (
                    text(span, "keyword"),
                    text(span, "field"),
                    named(post, span),
                )
            })
            .collect();
        let shown: Vec<_> = shown
            .iter()
            .map(|(key, field, part)| (key.as_str(), field.as_str(), *part))
            .collect();
        assert_eq!(shown, *spans, "{post}");
    }
}

#[test]
fn scan_names_what_matched_where_it_stands_in_the_input() {
    const NETWORK: &str = "network-down";
    scanned(
        &json!({"id": "a-1", "text": "断网了，还是断网"}),
        &[(
            NETWORK,
            &[("断网", "text", "断网"), ("断网", "text", "断网")],
        )],
    );
    // The title comes first, wherever it stands in the line.
    scanned(
        &json!({"text": "又断网了", "title": "停电：小区断网"}),
        &[
            (
                NETWORK,
                &[("断网", "title", "断网"), ("断网", "text", "断网")],
            ),
            (
                "power-cut",
                &[("停电", "title", "停电"), ("小区", "title", "小区")],
            ),
        ],
    );
    // Traditional and full-width forms count, and are named as they stand there.
    scanned(
        &json!({"id": 7, "text": "我們這裡斷網，ＷＩＦＩ也壞了"}),
        &[(
            NETWORK,
            &[
                ("断网", "text", "斷網"),
                ("WiFi", "text", "ＷＩＦＩ"),
                ("坏了", "text", "壞了"),
            ],
        )],
    );
    // A mask is as long as what it hides: what stands behind it keeps its place in the input.
    scanned(
        &json!({"id": null, "text": "电话13812345678，信箱who@example.org：断网了"}),
        &[(NETWORK, &[("断网", "text", "断网")])],
    );
    // Keys under NOT are no evidence; with one of them there is no hit, and in an exception none.
    scanned(
        &json!({"text": "小区停电了"}),
        &[(
            "power-cut",
            &[("小区", "text", "小区"), ("停电", "text", "停电")],
        )],
    );
    scanned(&json!({"text": "小区停电检修"}), &[]);
    scanned(&json!({"text": "小区计划停电"}), &[]);
}

#[test]
fn scan_names_the_subjects_and_shows_people_the_text() {
    let config = config("");
    let text = "{\"text\":\"临溪县和青禾县都断网了，电话13812345678\\u001b[2J\"}\n";
    let file = config.write("posts.ndjson", text);
    let output = config.run(&["scan", "--format", "json", file.to_str().unwrap()]);
    let line = &lines(&stdout(&output))[0];
    let place = |name: &str| json!({"kind": "place", "name": name});
    let subjects = line["subjects"].as_array().unwrap();
    assert_eq!(subjects.len(), 2);
    assert!(subjects.contains(&place("临溪县")) && subjects.contains(&place("青禾县")));

    let output = config.run(&["scan", file.to_str().unwrap()]);
    check(
        &output,
        0,
        &[
            "service-outage · network-down",
            "都[断网]了，电话***********",
        ],
    );
    // A post must not steer the terminal.
    assert!(!stdout(&output).contains('\u{1b}'));
    let output = config.run(&["scan", "--color", "always", file.to_str().unwrap()]);
    check(&output, 0, &["都\u{1b}[1;31m断网\u{1b}[0m了"]);
}

/// Four posts in an hour about one place, one about another; the last a day later.
const ARCHIVE: &str = r#"{"id":1,"text":"青禾县断网了","published_at":"2026-03-01T08:00:00Z"}
{"id":2,"text":"今天晴","published_at":"2026-03-01T08:05:00Z"}
{"id":3,"text":"青禾县真的断网了","published_at":"2026-03-01T08:10:00Z"}
{"id":4,"text":"青禾县一直断网","published_at":"2026-03-01T08:20:00Z"}
{"id":5,"text":"柳塘县的医院停电","published_at":"2026-03-02T09:00:00Z"}
"#;

#[test]
fn replay_tells_the_timeline_by_the_posts_own_times() {
    let config = config("");
    let file = config.write("archive.ndjson", ARCHIVE);
    let output = config.run(&["replay", file.to_str().unwrap()]);
    check(&output, 0, &["5 posts in ", "4 hits, 2 incidents"]);
    let timeline = stdout(&output);
    let said: Vec<_> = timeline.lines().collect();
    // Posts are shown in the configured zone: 08:00 UTC is 16:00 in Shanghai.
    for (at, number, place) in [
        ("2026-03-01 16:00", "#2026-1", "青禾县"),
        ("2026-03-01 16:10", "#2026-1", "青禾县"),
        ("2026-03-01 16:20", "#2026-1", "青禾县"),
        ("2026-03-02 17:00", "#2026-2", "柳塘县"),
    ] {
        let told =
            |line: &&str| line.starts_with(at) && line.contains(number) && line.contains(place);
        assert!(said.iter().any(told), "{at} {number}:\n{timeline}");
    }

    let cards = config.run(&["replay", "--cards", file.to_str().unwrap()]);
    check(&cards, 0, &["4 hits, 2 incidents"]);
    for part in [
        "规模  1 帖",
        "「青禾县",
        "】",
        "较上次通知（10 分钟前）：+1 帖",
    ] {
        assert!(stdout(&cards).contains(part), "{part}: {}", stdout(&cards));
    }

    let output = config.run(&["replay", "--format", "json", file.to_str().unwrap()]);
    check(&output, 0, &[]);
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));
    let notices = lines(&stdout(&output));
    let told: Vec<_> = notices
        .iter()
        .filter(|notice| notice["kind"] == "opened" || notice["kind"] == "raised")
        .map(|notice| {
            let text = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
            (text("number"), text("tier"), text("made_at"))
        })
        .collect();
    let expected = [
        ("2026-1", "IV", "2026-03-01T08:00:00.000Z"),
        ("2026-1", "III", "2026-03-01T08:10:00.000Z"),
        ("2026-1", "II", "2026-03-01T08:20:00.000Z"),
        ("2026-2", "IV", "2026-03-02T09:00:00.000Z"),
    ];
    let expected: Vec<_> = expected
        .map(|(number, tier, at)| (number.to_owned(), tier.to_owned(), at.to_owned()))
        .into();
    assert_eq!(told, expected, "{notices:#?}");
}

/// The small lexicon, and beside it the same after an edit: one rule hits more, one is gone, and a
/// place has another name.
fn edited() -> (Config, String) {
    let config = config("");
    let edited = super::LEXICON
        .replace("断网 OR (WiFi", "断网 OR 网速 OR (WiFi")
        .replace("停电 NEAR/6 (小区 OR 医院)", "停电 NEAR/6 小区")
        .replace("\"临溪县\"", "\"临溪县 = 临溪\"");
    config.write("edited/service-outage.toml", edited);
    let edited = config.file("edited").display().to_string();
    (config, edited)
}

const POSTS: &str = r#"{"id":1,"text":"临溪断网了","found_at":"2026-03-01T08:00:00Z","published_at":"2026-03-01T08:00:00Z"}
{"id":2,"text":"网速太慢","url":"https://example.org/2","published_at":"2026-03-01T08:05:00Z"}
{"id":3,"text":"医院停电，断网","published_at":"2026-03-01T08:10:00Z"}
{"id":3,"text":"医院停电，断网","published_at":"2026-03-01T08:10:00Z"}
{"id":4,"text":"小区停电","published_at":"2026-03-01T08:20:00Z"}
"#;

#[test]
fn two_lexicons_are_compared_by_post_and_rule() {
    let (config, edited) = edited();
    let file = config.write("posts.ndjson", POSTS);
    let file = file.to_str().unwrap();
    let before = config.file("lexicon").display().to_string();
    let compare = ["--lexicon", &edited, "scan", "--against", &before, file];
    let output = config.run(&compare);
    check(&output, 0, &[]);
    let shown = stdout(&output).replace(file, "posts");
    let expected = "~ service-outage · network-down · 临溪县 · 2026-03-01 16:00 · posts:1
  临溪[断网]了
  – → 临溪县
+ service-outage · network-down · 2026-03-01 16:05 · https://example.org/2 · posts:2
  [网速]太慢
- service-outage · power-cut · 2026-03-01 16:10 · posts:3
  [医院][停电]，断网
4 posts
  before     now       +       -
       3       4       1       0  service-outage
       2       3       1       0    network-down
       2       1       0       1    power-cut
";
    assert_eq!(shown, expected);

    let output = config.run(&[&compare[..], &["--format", "json"]].concat());
    let lines = lines(&stdout(&output));
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["line"].as_str().unwrap(),
                &line["change"],
                &line["hit"]["rule"],
            )
        })
        .collect();
    let change = |change: &str, rule: &str| (json!(change), json!(rule));
    let expected = [
        change("~", "network-down"),
        change("+", "network-down"),
        change("-", "power-cut"),
    ];
    for ((kind, change, rule), expected) in told.iter().zip(&expected) {
        assert_eq!(
            (*kind, *change, *rule),
            ("difference", &expected.0, &expected.1)
        );
    }
    assert_eq!(lines[0]["subjects_before"], json!([]));
    assert_eq!(
        lines[3],
        json!({"line": "sum", "topic": "service-outage", "rule": null, "before": 3, "now": 4, "added": 1, "removed": 0})
    );
    assert_eq!(lines[6], json!({"line": "posts", "posts": 4}));

    let same = config.run(&["scan", "--against", &before, file]);
    check(&same, 1, &["4 posts"]);
}

#[test]
fn what_a_daemon_has_kept_is_scanned_beside_it() {
    let (config, edited) = edited();
    let before = config.file("lexicon").display().to_string();
    let nothing = config.run(&["scan", "--since", "14d"]);
    check(&nothing, 2, &["reading the posts kept in `"]);
    let daemon = Daemon::start(&config);
    let answer = daemon.push("{\"id\":1,\"text\":\"网速太慢\"}\n{\"id\":2,\"text\":\"断网\"}\n");
    assert_eq!(answer.status, 200, "{answer:?}");
    let compare = [
        "--lexicon",
        &edited,
        "scan",
        "--against",
        &before,
        "--since",
    ];
    let output = config.run(&[&compare[..], &["1h"]].concat());
    check(
        &output,
        0,
        &["+ service-outage · network-down", "[网速]太慢", "2 posts"],
    );
    check(
        &config.run(&["scan", "--since", "1h"]),
        0,
        &["[断网]", "2 posts, 1 hits"],
    );
    let later = config.run(&[&compare[..], &["2100-01-01T00:00:00Z"]].concat());
    check(&later, 1, &["0 posts"]);
    assert_eq!(daemon.get("/readyz").status, 200);
}
