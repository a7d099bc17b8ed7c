//! A folder as a whole.

use std::collections::BTreeMap;

use fengbiao_lexicon::compiled::{Condition, FloorTexts, KeyId, Topic};
use fengbiao_lexicon::{
    Code, LexiconText, LineColumn, Severity, case_failed, check, check_folded, expired, limits,
    line_column, published, tier_diagnostic,
};
use fengbiao_model::{Tier, TimeSpan, Timestamp};

const FOOD: &str = r#"
topic   = "food-safety"
name    = "食品安全"
purpose = "尽早发现食品安全事件，核实并公开回应"
owner   = "food-desk"

[lists]
place   = ["食堂", "餐厅 = 饭馆, 酒楼"]
symptom = ["呕吐", "腹泻", "拉肚子", "食物中毒"]
county  = { file = "lists/counties.txt" }

[subjects]
place = "@county"

[words]
extra = ["预制菜"]

[[rule]]
id      = "canteen-illness"
match   = "@place NEAR/20 @symptom NOT 电视剧"
except  = ["食物中毒应急演练"]
weight  = 3
margin  = 2
separators = 1
expires = 2027-12-31
hits    = ["三中食堂午饭后十几个学生呕吐", { title = "食堂", text = "学生呕吐" }]
misses  = ["三中食堂举行食物中毒应急演练"]

[[rule]]
id     = "two-symptoms"
match  = "2 OF (@symptom, 发烧)"
hits   = ["上吐下泻，呕吐又腹泻"]
misses = ["孩子呕吐"]

[tiers]
III = "voices_1h >= 5 && sources_1h >= 2"
IV  = "posts_1h >= 1"
calm_after = "12h"
min_sigma  = 2
min_posts  = 5

[tiers.hold]
III = "voices_1h >= 2"
"#;

const COUNTIES: &str = "\u{feff}# 县市\n郑州市 = 郑州, 郑州城区\n\n开封市\r\n";

fn texts(files: &[(&str, &str)]) -> LexiconText {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    LexiconText {
        files: files.collect(),
    }
}

fn food() -> LexiconText {
    texts(&[("food.toml", FOOD), ("lists/counties.txt", COUNTIES)])
}

fn food_topic() -> Topic {
    let checked = check(&food());
    assert_eq!(checked.diagnostics, []);
    checked.lexicon.unwrap().topics.remove(0)
}

fn keys_of(topic: &Topic, ids: &[KeyId]) -> Vec<String> {
    ids.iter()
        .map(|id| topic.keys[id.0 as usize].clone())
        .collect()
}

#[test]
fn labels_are_read_with_their_keys() {
    let labelled = FOOD.to_owned() + "\n[labels]\ndistrict = \"东区\"\ndrill = \"否\"\n";
    let files = [
        ("food.toml", labelled.as_str()),
        ("lists/counties.txt", COUNTIES),
    ];
    let checked = check(&texts(&files));
    assert_eq!(checked.diagnostics, []);
    let topic = checked.lexicon.unwrap().topics.remove(0);
    let labels: Vec<(&str, &str)> = topic
        .labels
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(labels, [("district", "东区"), ("drill", "否")]);
    assert!(food_topic().labels.is_empty());
}

#[test]
fn a_topic_is_read_whole() {
    let topic = food_topic();
    assert_eq!(
        (topic.id.as_str(), topic.owner.as_str()),
        ("food-safety", "food-desk")
    );
    assert_eq!(topic.words, ["预制菜"]);
    let rule = &topic.rules[0];
    assert_eq!(
        rule.condition.display(&topic.keys).to_string(),
        "(食堂 OR 餐厅 OR 饭馆 OR 酒楼) NEAR/20 (呕吐 OR 腹泻 OR 拉肚子 OR 食物中毒) AND NOT 电视剧"
    );
    assert_eq!(rule.source, "@place NEAR/20 @symptom NOT 电视剧");
    assert_eq!((rule.weight, rule.margin, rule.separators), (3, 2.0, 1));
    assert_eq!(
        rule.expires.as_ref().unwrap().at.as_millis(),
        1_830_268_800_000
    );
    assert_eq!(rule.except, ["食物中毒应急演练"]);
    assert_eq!((rule.hits.len(), rule.misses.len()), (2, 1));
    assert_eq!(&FOOD[rule.hits[0].place.range.clone()], rule.hits[0].text);
    assert_eq!(rule.hits[1].title.as_deref(), Some("食堂"));
    let second = &topic.rules[1];
    assert_eq!(
        (second.weight, &second.expires),
        (limits::DEFAULT_WEIGHT, &None)
    );
    let Condition::AtLeast { count: 2, of } = &second.condition else {
        panic!("{second:?}")
    };
    assert!(matches!(&of[0], Condition::Keys(keys) if keys.list && keys.keys.len() == 4));
    assert!(matches!(&of[1], Condition::Keys(keys) if !keys.list));
}

#[test]
fn subjects_have_all_their_ways_of_writing() {
    let topic = food_topic();
    assert_eq!(topic.subjects[0].kind, "place");
    let members: Vec<_> = topic.subjects[0]
        .members
        .iter()
        .map(|member| (member.name.as_str(), keys_of(&topic, &member.keys)))
        .collect();
    let expected = [
        (
            "郑州市",
            vec![
                "郑州市".to_owned(),
                "郑州".to_owned(),
                "郑州城区".to_owned(),
            ],
        ),
        ("开封市", vec!["开封市".to_owned()]),
    ];
    assert_eq!(members, expected);
}

#[test]
fn strangers_are_no_subjects_and_no_keywords_of_a_rule() {
    let food = FOOD.replace("@place NEAR/20", "@county NEAR/20");
    let list = "龙江县 = 龙江\n!黑龙江\n！独龙江\n";
    let checked = check(&texts(&[
        ("food.toml", &food),
        ("lists/counties.txt", list),
    ]));
    let topic = checked.lexicon.unwrap().topics.remove(0);
    assert_eq!(topic.subjects[0].members.len(), 1);
    assert_eq!(
        keys_of(&topic, &topic.subjects[0].strangers),
        ["黑龙江", "独龙江"]
    );
    let condition = topic.rules[0].condition.display(&topic.keys).to_string();
    assert!(
        condition.starts_with("(龙江县 OR 龙江) NEAR/20"),
        "{condition}"
    );
}

/// Traditional and simplified forms are found alike, and what finds them says so.
#[test]
fn keywords_that_are_found_alike_are_warned_of() {
    let fold = |text: &str| text.replace('墜', "坠");
    let food = FOOD.replace("\"呕吐\", \"腹泻\"", "\"坠落\", \"墜落\"");
    let texts = texts(&[("food.toml", &food), ("lists/counties.txt", COUNTIES)]);
    let plain = check(&texts);
    assert!(
        plain
            .diagnostics
            .iter()
            .all(|d| d.code != Code::DuplicateEntry)
    );
    let checked = check_folded(&texts, fold);
    let mut said = checked.diagnostics.iter();
    let said = said.find(|d| d.code == Code::DuplicateEntry).unwrap();
    assert_eq!(said.message, "`墜落` is in this list already, as `坠落`");
    assert_eq!(
        checked.lexicon.unwrap().topics[0].keys,
        plain.lexicon.unwrap().topics[0].keys
    );
}

#[test]
fn tiers_keep_their_places() {
    let topic = food_topic();
    assert!(topic.tiers.tiers_all.is_none());
    let ladder = topic.tiers.tiers.unwrap();
    assert_eq!(ladder.calm_after, Some(TimeSpan::from_hours(12)));
    let floors = FloorTexts {
        min_sigma: Some(2.0),
        min_posts: Some(5),
        ..FloorTexts::default()
    };
    assert_eq!(ladder.floors, floors);
    let tiers: Vec<_> = ladder.conditions.iter().map(|(tier, ..)| *tier).collect();
    assert_eq!(tiers, [Tier::IV, Tier::III]);
    let (_, text, place) = &ladder.conditions[1];
    assert_eq!(&FOOD[place.range.clone()], text);
    let (tier, hold, at) = &ladder.holds[0];
    assert_eq!((*tier, &FOOD[at.range.clone()]), (Tier::III, hold.as_str()));
    let fault = tier_diagnostic(
        Code::TierCondition,
        place,
        13..15,
        "expected an operator",
        Some("write `>=`".into()),
    );
    insta::assert_snapshot!("tier-condition", fault.render(&food(), false));
    let beyond = tier_diagnostic(Code::TierOfNothing, place, 500..900, "the end", None);
    assert_eq!(beyond.place.range, place.range.end..place.range.end);
}

#[test]
fn a_failed_case_is_shown_in_the_file() {
    let topic = food_topic();
    let rule = &topic.rules[0];
    let missed = case_failed(
        &rule.hits[0],
        true,
        "@place NEAR/20 @symptom is false\n  `食堂` and `呕吐` are 21 characters apart, at most 20",
    );
    let hit = case_failed(&rule.misses[0], false, "");
    let shown = [missed, hit].map(|fault| fault.render(&food(), false));
    insta::assert_snapshot!("case-failed", shown.join("\n\n"));
}

#[test]
fn mistakes_between_files() {
    let other = FOOD.replace("[subjects]\nplace = \"@county\"", "");
    let texts = texts(&[
        ("a/food.toml", FOOD),
        ("b/food.toml", &other),
        ("lists/counties.txt", COUNTIES),
        ("lists/not-a-topic.toml", "rubbish"),
    ]);
    let checked = check(&texts);
    assert!(checked.lexicon.is_none());
    let shown: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| d.render(&texts, false))
        .collect();
    insta::assert_snapshot!("between-files", shown.join("\n\n"));
}

#[test]
fn files_of_other_editors_are_read_too() {
    let food = format!("\u{feff}{}", FOOD.replace('\n', "\r\n"));
    let texts = texts(&[("food.toml", &food), ("lists/counties.txt", COUNTIES)]);
    let checked = check(&texts);
    assert_eq!(checked.diagnostics, []);
    let case = &checked.lexicon.unwrap().topics[0].rules[0].hits[0];
    assert_eq!(food[case.place.range.clone()], case.text);
}

#[test]
fn an_empty_folder_is_an_error() {
    let checked = check(&LexiconText::default());
    assert_eq!(checked.diagnostics.len(), 1);
    assert_eq!(checked.diagnostics[0].code, Code::NoTopics);
    assert!(checked.lexicon.is_none());
    let shown = checked.diagnostics[0].render(&LexiconText::default(), false);
    insta::assert_snapshot!("no-topics", shown);
}

#[test]
fn warnings_do_not_block() {
    let texts = texts(&[
        ("food.toml", FOOD),
        ("lists/counties.txt", COUNTIES),
        ("old.txt", "旧"),
    ]);
    let checked = check(&texts);
    assert_eq!(checked.diagnostics[0].severity, Severity::Warning);
    assert_eq!(checked.diagnostics[0].code, Code::UnusedFile);
    assert!(checked.lexicon.is_some());
    insta::assert_snapshot!("unused-file", checked.diagnostics[0].render(&texts, false));
}

#[test]
fn the_hash_is_of_paths_and_bytes() {
    let hash = |files: &[(&str, &str)]| texts(files).hash();
    let all = [
        hash(&[]),
        hash(&[("a.toml", "b")]),
        hash(&[("a.tomlb", "")]),
        hash(&[("a.toml", ""), ("b", "")]),
        hash(&[("a.toml", "b\n")]),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all[i + 1..].iter().all(|b| a != b), "{i}");
    }
    assert_eq!(food().hash(), check(&food()).lexicon.unwrap().hash);
}

#[test]
fn bytes_that_are_not_utf8_are_pointed_at() {
    // "安全" in GB18030, after a line of ASCII.
    let bytes = b"topic = \"food\"\nname = \"\xb0\xb2\xc8\xab\"\n".to_vec();
    let files = BTreeMap::from([
        ("a.toml".to_owned(), bytes),
        ("food.toml".to_owned(), FOOD.into()),
        ("lists/counties.txt".to_owned(), COUNTIES.into()),
    ]);
    let texts = LexiconText::from_bytes(files);
    let checked = check(&texts);
    assert!(checked.lexicon.is_none());
    let fault = &checked.diagnostics[0];
    insta::assert_snapshot!("not-utf8", fault.render(&texts, false));
    let report = fault.report(&texts);
    assert_eq!(
        (report.code, report.place.start),
        ("not-utf8", LineColumn { line: 2, column: 9 })
    );
}

/// A list that was read as something else keeps its topic sound but for its keywords.
#[test]
fn a_list_that_is_not_utf8_is_refused_and_was_once_published() {
    let list = b"# \xcf\xd8\n\xd6\xa3\xd6\xdd\xca\xd0\n".to_vec();
    let texts = LexiconText::from_bytes(BTreeMap::from([
        ("food.toml".to_owned(), FOOD.into()),
        ("lists/counties.txt".to_owned(), list),
    ]));
    let checked = check(&texts);
    let codes: Vec<_> = checked.diagnostics.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::NotUtf8]);
    assert!(checked.lexicon.is_none());
    assert!(published(&texts).is_some());
}

#[test]
fn rules_whose_time_is_over_are_warned_of() {
    let checked = check(&food());
    let lexicon = checked.lexicon.unwrap();
    let end = Timestamp::from_millis(1_830_268_800_000);
    let before = Timestamp::from_millis(end.as_millis() - 1);
    assert_eq!(expired(&lexicon, before), []);
    let warnings = expired(&lexicon, end);
    insta::assert_snapshot!("expired", warnings[0].render(&food(), false));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn columns_count_characters() {
    let at = |byte| line_column("一\n食堂a", byte);
    for (byte, line, column) in [
        (0, 1, 1),
        (3, 1, 2),
        (4, 2, 1),
        (7, 2, 2),
        (8, 2, 2),
        (11, 2, 4),
        (99, 2, 4),
    ] {
        assert_eq!(at(byte), LineColumn { line, column }, "{byte}");
    }
}

#[test]
fn files_of_a_folder() {
    for (path, expected) in [
        ("food.toml", true),
        ("north/food.toml", true),
        ("lists/counties.txt", true),
        (".food.toml.swp", false),
        (".git/a.toml", false),
        ("README.md", false),
    ] {
        assert_eq!(LexiconText::takes(path), expected, "{path}");
    }
}

#[test]
fn long_rubbish_is_quoted_in_part() {
    let text = FOOD
        .replace("food-safety", &"Food ".repeat(20_000))
        .replace(
            "@place NEAR/20",
            &format!("{} OR a b NEAR/20", "x|".repeat(20_000)),
        )
        .replace("weight ", &"weight".repeat(10_000));
    let texts = texts(&[("food.toml", &text), ("lists/counties.txt", COUNTIES)]);
    let diagnostics = check(&texts).diagnostics;
    assert!(diagnostics.len() >= 4, "{diagnostics:?}");
    for fault in &diagnostics {
        let longest = fault
            .hints
            .iter()
            .chain([&fault.message])
            .map(|text| text.chars().count());
        assert!(longest.max() <= Some(limits::MAX_MESSAGE_CHARS + 1));
        assert!(fault.render(&texts, false).len() < 4_000);
    }
}

#[test]
fn the_first_mistakes_of_a_flood_are_shown_and_the_rest_counted() {
    let entries: Vec<_> = (0..1000).map(|i| format!("\"第{i}号 OR\"")).collect();
    let text = FOOD.replace(
        "[\"食堂\", \"餐厅 = 饭馆, 酒楼\"]",
        &format!("[{}]", entries.join(",")),
    );
    let texts = texts(&[("food.toml", &text), ("lists/counties.txt", COUNTIES)]);
    let checked = check(&texts);
    assert!(checked.lexicon.is_none());
    assert_eq!(
        checked.diagnostics.len(),
        limits::MAX_DIAGNOSTICS_PER_FILE + 1
    );
    let last = checked.diagnostics.last().unwrap();
    assert_eq!(last.message, "800 more mistakes in this file are not shown");
}

#[test]
fn a_list_of_a_hundred_thousand_is_no_burden() {
    use std::fmt::Write;
    let mut list = String::new();
    for i in 0..100_000 {
        writeln!(list, "第{i}号公司").unwrap();
    }
    let checked = check(&texts(&[
        ("food.toml", FOOD),
        ("lists/counties.txt", &list),
    ]));
    assert_eq!(checked.diagnostics, []);
    let topic = checked.lexicon.unwrap().topics.remove(0);
    assert_eq!(topic.subjects[0].members.len(), 100_000);
}
