//! `explain`: why a text matches, or does not.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::{LEXICON, check};
use crate::support::{BINARY, Config, run, stdout};

#[test]
fn explain_gives_the_reason() {
    let distance = "食堂里有十个字的间隔啊啊学生呕吐";
    let cases: [(&[&str], i32, &[&str]); 12] = [
        // A key across two words, inside a longer word, with an ending.
        (
            &["产品和服务", "--match", "和服"],
            1,
            &["✗ match", "产品/和/服务", "> 1.50"],
        ),
        (
            &["新型冠状病毒", "--match", "病毒"],
            0,
            &["✓ match", "新型冠状【病毒】", "≤ 1.50"],
        ),
        (
            &["断网了", "--match", "断网"],
            0,
            &["✓ match", "【断网】了"],
        ),
        (
            &["产品和服务", "--match", "substring:和服"],
            0,
            &["✓ match", "产品【和服】务"],
        ),
        // An exception phrase names itself.
        (
            &[
                "三中食堂举行食物中毒应急演练",
                "--rule",
                "food-safety/canteen-illness",
            ],
            1,
            &["✗ canteen-illness", "例外短语", "食物中毒应急演练"],
        ),
        // Traditional and full-width forms.
        (&["小區斷網了", "--match", "断网"], 0, &["小區【斷網】了"]),
        (&["ＷＩＦＩ坏了", "--match", "WiFi"], 0, &["【ＷＩＦＩ】"]),
        // A distance that is just right, and one that is a character too far.
        (
            &[distance, "--match", "食堂 NEAR/10 学生"],
            0,
            &["✓ NEAR/10", "相距 10 个字，至多 10 个"],
        ),
        (
            &[distance, "--match", "食堂 NEAR/9 学生"],
            1,
            &["✗ NEAR/9", "相距 10 个字，至多 9 个"],
        ),
        // Without a title nothing under `title:` holds.
        (&["断网了", "--match", "title:断网"], 1, &["✗"]),
        (
            &["无事", "--title", "断网了", "--match", "title:断网"],
            0,
            &["✓", "【断网】了"],
        ),
        // The shipped rules that speak of the text, and those that do not.
        (&["今天天气好"], 1, &["未命中"]),
    ];
    for (args, status, said) in cases {
        let output = run(&[&["explain"], args].concat());
        check(&output, status, said);
    }
}

#[test]
fn explain_in_json_says_the_same() {
    let output = run(&[
        "explain",
        "产品和服务",
        "--match",
        "和服",
        "--format",
        "json",
    ]);
    check(&output, 1, &[]);
    let line: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(line["matched"], false);
    let occurrence = &line["rules"][0]["condition"]["occurrences"][0];
    assert_eq!(occurrence["segmentation"], "产品/和/服务");
    assert_eq!(
        (&occurrence["start"], &occurrence["end"]),
        (&6.into(), &12.into())
    );
    assert_eq!(
        (&occurrence["char_start"], &occurrence["char_end"]),
        (&2.into(), &4.into())
    );
    assert_eq!(occurrence["counts"], false);
    assert!(occurrence["margin"].as_f64().unwrap() > occurrence["margin_limit"].as_f64().unwrap());
}

/// Explains what standard input holds.
fn explain_input(bytes: &[u8], more: &[&str]) -> Output {
    let mut explain = Command::new(BINARY)
        .args(["explain", "-", "--match", "断网"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    explain.stdin.take().unwrap().write_all(bytes).unwrap();
    explain.wait_with_output().unwrap()
}

#[test]
fn explain_takes_its_text_from_standard_input() {
    let text = |bytes: &[u8], status| {
        let output = explain_input(bytes, &["--format", "json"]);
        check(&output, status, &[]);
        let line: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
        line["text"].as_str().unwrap().to_owned()
    };
    // The end of the last line is not the text's; those before it are.
    for end in ["", "\n", "\r\n"] {
        assert_eq!(text(format!("断网了{end}").as_bytes(), 0), "断网了");
    }
    assert_eq!(text("昨晚\n断网了\n".as_bytes(), 0), "昨晚\n断网了");
    assert_eq!(text("今天晴\n".as_bytes(), 1), "今天晴");
    check(
        &explain_input("断网了\n".as_bytes(), &[]),
        0,
        &["✓ match", "【断网】了"],
    );
    check(&explain_input(b"\n", &[]), 2, &["`text` is blank"]);
    check(
        &explain_input(&[0xb6, 0xcf], &[]),
        2,
        &["reading standard input"],
    );
}

#[test]
fn explain_asks_rules_that_expire_at_the_time_it_is_told() {
    let config = Config::new("lexicon_dir = \"lexicon\"\n");
    let expiring = LEXICON.replace("weight = 3\n", "weight = 3\nexpires = 2027-12-31\n");
    config.write("lexicon/service-outage.toml", expiring);
    // A time without an offset is one of the configured zone, whose day the rule's last one is.
    for (at, status, said) in [
        ("2020-01-01 00:00", 0, "✓ network-down 命中"),
        ("2027-12-31 23:59", 0, "✓ network-down 命中"),
        ("2028-01-01 00:00", 1, "✗ network-down 已过期"),
        ("2027-12-31T16:00:00Z", 1, "✗ network-down 已过期"),
        ("2027-12-31T15:59:00Z", 0, "✓ network-down 命中"),
        ("soon", 2, "`--at` is `soon`"),
    ] {
        let output = config.run(&["explain", "断网了", "--at", at]);
        check(&output, status, &[said]);
    }
}

#[test]
fn explain_takes_a_text_or_an_incident() {
    for (args, said) in [
        (&["explain"][..], "<TEXT>"),
        (
            &["explain", "断网", "--incident", "1"],
            "cannot be used with",
        ),
        (
            &["explain", "--incident", "1", "--match", "断网"],
            "cannot be used with",
        ),
        (
            &["explain", "--incident", "1", "--at", "2027-01-01"],
            "cannot be used with",
        ),
    ] {
        check(&run(args), 2, &[said]);
    }
}
