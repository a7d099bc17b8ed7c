//! The commands, as people and programs use them: what they print, and how they exit.

mod answers;
mod doctor;
mod faults;
mod on_call;
mod record;
mod scanning;

use crate::support::{Config, run, stderr, stdout};

/// Two rules, three places, and tiers that single posts reach.
const LEXICON: &str = r#"
topic   = "service-outage"
name    = "服务中断"
purpose = "尽早发现停电与断网，尽快修复并公开说明"
owner   = "operations-desk"

[lists]
place = ["青禾县", "临溪县", "柳塘县"]

[subjects]
place = "@place"

[tiers]
IV  = "posts_1h >= 1"
III = "posts_1h >= 2"
II  = "posts_1h >= 3"

[[rule]]
id     = "network-down"
match  = "断网 OR (WiFi NEAR/4 坏了)"
weight = 3
hits   = ["又断网了"]
misses = ["WiFi在二楼，一楼的椅子坏了"]

[[rule]]
id     = "power-cut"
match  = "停电 NEAR/6 (小区 OR 医院) NOT 检修"
except = ["计划停电"]
hits   = ["小区停电了"]
misses = ["小区计划停电"]
"#;

/// A configuration with the small lexicon in its folder `lexicon`.
fn config(text: &str) -> Config {
    let config = Config::new(&format!("lexicon_dir = \"lexicon\"\n{text}"));
    config.write("lexicon/service-outage.toml", LEXICON);
    config
}

/// What a command exits with, and parts of what it prints on either side.
#[track_caller]
fn check(output: &std::process::Output, status: i32, said: &[&str]) {
    let both = format!("{}{}", stdout(output), stderr(output));
    assert_eq!(output.status.code(), Some(status), "{both}");
    for part in said {
        assert!(both.contains(part), "no `{part}` in:\n{both}");
    }
    assert!(!both.contains("panicked"), "{both}");
}

#[test]
fn every_command_explains_itself() {
    let commands: [&[&str]; 21] = [
        &[],
        &["run"],
        &["init"],
        &["scan"],
        &["replay"],
        &["explain"],
        &["check"],
        &["lexicon"],
        &["lexicon", "publish"],
        &["incidents"],
        &["incidents", "close"],
        &["incidents", "show"],
        &["incidents", "ask"],
        &["silence"],
        &["silence", "add"],
        &["on-call"],
        &["on-call", "stand-in"],
        &["dead-letters"],
        &["purge"],
        &["backup"],
        &["restore"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        check(&output, 0, &["Usage:", "--data-dir", "--format"]);
        assert!(stderr(&output).is_empty(), "{command:?}");
    }
    check(&run(&["--help"]), 0, &["First steps:", "Exit status:"]);
}

#[test]
fn wrong_use_is_told_from_nothing_found() {
    let config = config("");
    let posts = config.write("hit.ndjson", "{\"text\":\"青禾县断网了\"}\n");
    let dull = config.write("dull.ndjson", "{\"text\":\"今天晴\"}\n");
    let (posts, dull) = (posts.to_str().unwrap(), dull.to_str().unwrap());
    let cases: [(&[&str], i32, &str); 20] = [
        (&["scan", posts], 0, "network-down"),
        (&["scan", dull], 1, "1 posts, 0 hits"),
        (&["scan", "nowhere.ndjson"], 2, "cannot read nowhere.ndjson"),
        (&["scan", posts, "--map", "text"], 2, "--map"),
        (
            &["scan", posts, "--format", "xml"],
            2,
            "[possible values: human, json]",
        ),
        (&["replay", posts], 0, "1 incidents"),
        (&["replay", dull], 1, "0 incidents"),
        (&["replay", "--steps", "nowhere"], 2, "nowhere"),
        (&["explain", "断网了", "--match", "断网"], 0, "✓"),
        (
            &["explain", "断网了", "--match", "停水"],
            1,
            "没有规则的关键词出现",
        ),
        (
            &["explain", "断网了", "--match", "(断网"],
            2,
            "a parenthesis is never closed",
        ),
        (
            &["explain", "断网了", "--rule", "flood"],
            2,
            "there is no rule `flood`",
        ),
        (
            &["replay", "--steps", "nowhere", "--lexicon", "lexicon"],
            2,
            "`--lexicon` has no part in `--steps`",
        ),
        (&["scan", posts, "--since", "14d"], 2, "cannot be used with"),
        (
            &["scan", "--since", "soon"],
            2,
            "`--since` is a length such as `14d`, or a time",
        ),
        (&["explain", " "], 2, "`text` is blank"),
        (&["check"], 0, "sound"),
        (&["incidents", "list"], 2, "there is no data directory"),
        (&["frobnicate"], 2, "unrecognized subcommand"),
        (&[], 2, "Usage:"),
    ];
    for (args, status, said) in cases {
        check(&config.run(args), status, &[said]);
    }
}

#[test]
fn init_writes_once_and_what_it_writes_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("here");
    let target = target.to_str().unwrap();
    let written = format!("{target}/fengbiao.toml");
    check(&run(&["init", target]), 0, &["wrote ", &written, "check"]);
    let sound = || {
        let output = run(&["--config", &written, "check"]);
        let topics = ["food-safety: ", "public-safety: ", "service-outage: "];
        check(&output, 0, &topics);
        check(&output, 0, &["cases hold", ": sound"]);
        assert_eq!(stderr(&output), "", "nothing to warn of");
    };
    sound();
    // The example of a calendar, put into force: what it names is there.
    let text = std::fs::read_to_string(&written).unwrap();
    let (before, behind) = text.split_once("# [[calendar]]\n").unwrap();
    let (example, rest) = behind.split_once("\n#\n").unwrap();
    let calendar = example.replace("# ", "");
    assert!(calendar.contains("calendar/china-2026.txt"), "{calendar}");
    let edited = format!("{before}{rest}\n# mine\n[[calendar]]\n{calendar}\n");
    std::fs::write(&written, &edited).unwrap();
    sound();
    check(
        &run(&["init", target]),
        2,
        &["is there already, and nothing was written", "hint: "],
    );
    assert_eq!(std::fs::read_to_string(&written).unwrap(), edited);
}
