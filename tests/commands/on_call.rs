//! `on-call`.

use std::fs;

use serde_json::Value;

use super::check;
use crate::support::{Config, stderr, stdout};

const DUTY: &str = r#"
time_zone = "Europe/Berlin"
[[receiver]]
id = "chen"
kind = "terminal"
[[receiver]]
id = "wang"
kind = "terminal"

[[schedule]]
id = "duty"
[[schedule.layer]]
members = ["chen", "wang"]
starts = "2026-03-16 09:00"
turn = "1w"

[[schedule]]
id = "nights"
time_zone = "Asia/Shanghai"
[[schedule.layer]]
members = ["wang"]
starts = "2026-01-05 00:00"
turn = "1d"
only = ["Mon-Fri 22:00-07:00"]
"#;

#[test]
fn the_table_says_who_and_until_when() {
    let config = Config::new(DUTY);
    let output = config.run(&["on-call", "--at", "2026-03-27 12:00", "--days", "4"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected = "\
duty (Europe/Berlin)
  2026-03-27 Fri 12:00 +01:00  wang
  2026-03-30 Mon 09:00 +02:00  chen
nights (Asia/Shanghai)
  2026-03-27 Fri 19:00 +08:00  nobody
  2026-03-27 Fri 22:00 +08:00  wang
  2026-03-28 Sat 07:00 +08:00  nobody
  2026-03-30 Mon 22:00 +08:00  wang
  2026-03-31 Tue 07:00 +08:00  nobody
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn json_has_a_line_for_each_schedule() {
    let config = Config::new(DUTY);
    let output = config.run(&[
        "--format",
        "json",
        "on-call",
        "--at",
        "2026-03-27T11:00:00Z",
        "--days",
        "4",
    ]);
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let expected = serde_json::json!({
        "schedule": "duty", "time_zone": "Europe/Berlin", "at": "2026-03-27T11:00:00.000Z",
        "on_call": "wang",
        "hand_overs": [{ "at": "2026-03-30T07:00:00.000Z", "on_call": "chen" }],
        "stand_ins": [],
    });
    assert_eq!(lines[0], expected);
    assert_eq!(lines[1]["on_call"], Value::Null);
}

#[test]
fn who_stands_in_is_in_the_table_until_it_ends() {
    let config = Config::new(DUTY);
    let at = ["on-call", "--at", "2099-03-23 12:00", "--days", "2"];
    let before = stdout(&config.run(&at));
    // Nobody can stand in before schedules and receivers have come into force.
    fs::create_dir(config.data()).unwrap();
    check(&config.run(&["lexicon", "publish"]), 0, &["version 1"]);
    let (from, to) = ("2099-03-23 18:00", "2099-03-24 06:00");
    let stand_in = |names: [&str; 2], from, to| {
        let times = ["--from", from, "--to", to, "--by", "值班长"];
        config.run(&[&["on-call", "stand-in"], &names[..], &times].concat())
    };
    let turn = before.lines().nth(1).unwrap_or_default();
    let (other, own) = match turn.ends_with("chen") {
        true => ("wang", "chen"),
        false => ("chen", "wang"),
    };
    let said = format!("{other} stands in on duty until {to}");
    check(&stand_in(["duty", other], from, to), 0, &[&said]);
    let table = stdout(&config.run(&at));
    for line in [
        format!("  2099-03-23 Mon 18:00 +01:00  {other}\n"),
        format!("  2099-03-24 Tue 06:00 +01:00  {own}\n"),
        format!("  number 1: {other} stands in, 2099-03-23 Mon 18:00 +01:00 – "),
    ] {
        assert!(table.contains(&line), "no `{line}` in {table}");
    }
    check(
        &stand_in(["duty", "li"], from, to),
        2,
        &["expected one of `chen`, `wang`"],
    );
    let end = ["on-call", "end", "1", "--by", "值班长"];
    check(&config.run(&end), 0, &["number 1: ended"]);
    assert_eq!(stdout(&config.run(&at)), before);
}

#[test]
fn no_schedules_and_wrong_questions() {
    let config = Config::new("");
    check(
        &config.run(&["on-call"]),
        1,
        &["no schedules", "hint: `[[schedule]]`"],
    );
    let config = Config::new(DUTY);
    check(&config.run(&["on-call", "--days", "0"]), 2, &["1..=366"]);
    let output = config.run(&["on-call", "--at", "tomorrow"]);
    assert_ne!(output.status.code(), Some(0));
    assert!(
        stderr(&output).contains("`--at` is `tomorrow`"),
        "{}",
        stderr(&output)
    );
    check(
        &config.run(&["on-call", "--at", "2026-03-25 12:00", "--days", "1"]),
        0,
        &["duty", "no hand-over within"],
    );
}
