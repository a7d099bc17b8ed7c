//! The README shows what the program prints, and what it writes down holds.

use crate::support::{Config, stderr, stdout};

const README: &str = include_str!("../README.md");
const DEMONSTRATION: &str = include_str!("../docs/demonstration.md");

/// The text between the fences of the block that begins with `first`.
#[track_caller]
fn block(fence: &str, first: &str) -> &'static str {
    let opening = format!("```{fence}\n");
    let mut blocks = README.split(&opening).skip(1);
    let block = blocks.find(|block| block.starts_with(first)).unwrap();
    block.split_once("```").unwrap().0
}

/// The page is made by the program; its links are cut short in the README.
#[test]
fn its_card_is_one_of_the_demonstration() {
    let card = block("text", "┃ Ⅲ级");
    assert!(card.lines().count() > 10, "{card}");
    let (before, link) = card.split_once("/a/").unwrap();
    let (link, after) = link.split_once('…').unwrap();
    let (_, rest) = DEMONSTRATION.split_once(before).unwrap();
    let (shown, rest) = rest.strip_prefix("/a/").unwrap().split_once('\n').unwrap();
    assert!(shown.starts_with(link), "{shown}");
    assert!(rest.starts_with(after.trim_start_matches('\n')), "{rest}");
}

/// With the receivers and the schedule that it names there is nothing to warn of.
#[test]
fn its_routes_tell_somebody_of_every_topic() {
    let mut text = String::new();
    for id in ["desk", "lead-desk", "head-office", "chen"] {
        text.push_str(&format!(
            "[[receiver]]\nid = \"{id}\"\nkind = \"terminal\"\n"
        ));
    }
    text.push_str(
        "[[schedule]]\nid = \"duty\"\n[[schedule.layer]]\nmembers = [\"chen\"]\n\
         starts = \"2026-01-05 09:00\"\nturn = \"1w\"\n",
    );
    text.push_str(block("toml", "[[route]]"));
    let output = Config::new(&text).run(&["check"]);
    let (out, said) = (stdout(&output), stderr(&output));
    assert!(out.contains("sound") && said.is_empty(), "{out}{said}");
}
