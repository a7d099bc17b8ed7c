//! How valid expressions are read.

use fengbiao_lexicon::compiled::{Condition, Keys, Reading};
use fengbiao_lexicon::parse_expression;

fn check(text: &str, expected: &str) {
    let (topic, warnings) = parse_expression(text).unwrap_or_else(|faults| {
        panic!("`{text}`: {faults:#?}");
    });
    assert!(warnings.is_empty(), "`{text}`: {warnings:#?}");
    let condition = &topic.rules[0].condition;
    assert_eq!(
        condition.display(&topic.keys).to_string(),
        expected,
        "`{text}`"
    );
}

#[test]
fn operators() {
    check("呕吐", "呕吐");
    check("食堂 呕吐", "食堂 AND 呕吐");
    check("食堂 AND 呕吐", "食堂 AND 呕吐");
    check("食堂 OR 餐厅", "食堂 OR 餐厅");
    check("食堂 呕吐 NOT 电视剧", "食堂 AND 呕吐 AND NOT 电视剧");
    check("食堂 AND NOT 电视剧", "食堂 AND NOT 电视剧");
    check(
        "(食堂 OR 餐厅) (呕吐 OR 腹泻)",
        "(食堂 OR 餐厅) AND (呕吐 OR 腹泻)",
    );
    check(
        "(食堂 呕吐) OR 中毒",
        "食堂 AND 呕吐 OR 中毒"
            .replace("食堂 AND 呕吐", "(食堂 AND 呕吐)")
            .as_str(),
    );
    check("食堂 NOT (电视剧 OR 演练)", "食堂 AND NOT (电视剧 OR 演练)");
    check(
        "食堂 NOT (电视剧 NOT 演练)",
        "食堂 AND NOT (电视剧 AND NOT 演练)",
    );
    check("((((呕吐))))", "呕吐");
}

#[test]
fn nested_ands_and_ors_become_flat() {
    check("食堂 (学生 (呕吐 腹泻))", "食堂 AND 学生 AND 呕吐 AND 腹泻");
    check("食堂 OR (餐厅 OR (外卖 OR 食堂))", "食堂 OR 餐厅 OR 外卖");
    check(
        "食堂 OR (学生 呕吐) OR 餐厅",
        "食堂 OR 餐厅 OR (学生 AND 呕吐)",
    );
}

#[test]
fn near() {
    check("食堂 NEAR/20 呕吐", "食堂 NEAR/20 呕吐");
    check("食堂 ONEAR/0 呕吐", "食堂 ONEAR/0 呕吐");
    check(
        "食堂 NEAR/5 (呕吐 OR (腹泻 OR 中毒)) 学生",
        "食堂 NEAR/5 (呕吐 OR 腹泻 OR 中毒) AND 学生",
    );
    check(
        "NOT 食堂 NEAR/5 呕吐 AND 学生",
        "NOT (食堂 NEAR/5 呕吐) AND 学生",
    );
    check("title:(食堂 NEAR/5 呕吐)", "title:(食堂 NEAR/5 呕吐)");
    check(
        "word:食堂 NEAR/500 (substring:呕吐 OR 腹泻)",
        "word:食堂 NEAR/500 (substring:呕吐 OR 腹泻)",
    );
}

#[test]
fn counting() {
    check("2 OF (食堂, 学生, 呕吐)", "2 OF (食堂, 学生, 呕吐)");
    check("1 OF (食堂)", "1 OF (食堂)");
    check(
        "2 OF (食堂 餐厅, 学生 OR 老师, 呕吐 NEAR/3 腹泻)",
        "2 OF (食堂 AND 餐厅, 学生 OR 老师, 呕吐 NEAR/3 腹泻)",
    );
    check(
        "2 OF (食堂, 食堂 NOT 演练)",
        "2 OF (食堂, 食堂 AND NOT 演练)",
    );
    check("315 晚会", "315 AND 晚会");
    check("2 \"OF\"", "2 AND \"OF\"");
    check("title:2 OF (食堂, 学生)", "2 OF (title:食堂, title:学生)");
}

#[test]
fn prefixes_go_down_to_the_keywords() {
    check("title:呕吐 食堂", "title:呕吐 AND 食堂");
    check("title:(食堂 OR 餐厅) 呕吐", "title:(食堂 OR 餐厅) AND 呕吐");
    check(
        "title:(食堂 (呕吐 OR 腹泻))",
        "title:食堂 AND title:(呕吐 OR 腹泻)",
    );
    check("title:食堂 OR 餐厅", "title:食堂 OR 餐厅");
    check("title:word:情人", "title:word:情人");
    check("食堂 NOT title:电视剧", "食堂 AND NOT title:电视剧");
    check("word: 情人", "word:情人");
    check(
        "和服 OR word:和服 OR substring:断网 OR 断网",
        "和服 OR substring:断网",
    );
}

#[test]
fn full_width_marks_and_quotes() {
    check("（食堂 OR 餐厅） 呕吐", "(食堂 OR 餐厅) AND 呕吐");
    check("2 OF （食堂，学生）", "2 OF (食堂, 学生)");
    check("title：word：情人", "title:word:情人");
    check("“食物 中毒” 食堂", "\"食物 中毒\" AND 食堂");
    check("\"AND\" 食堂", "\"AND\" AND 食堂");
    check(
        "\"title:a\" OR “（试行）” OR \"@食堂\"",
        "\"title:a\" OR \"（试行）\" OR \"@食堂\"",
    );
    check("食堂　呕吐", "食堂 AND 呕吐");
    check(
        "标题：食堂 a@b NEARBY C# R&B",
        "标题：食堂 AND a@b AND NEARBY AND C# AND R&B",
    );
}

#[test]
fn one_character_is_read_as_a_word_unless_told_otherwise() {
    let reading = |text: &str| {
        let (topic, _) = parse_expression(text).unwrap();
        match &topic.rules[0].condition {
            Condition::Keys(Keys { keys, .. }) => keys[0].1,
            other => panic!("{other:?}"),
        }
    };
    for (text, expected) in [
        ("毒", Reading::Word),
        ("\" 毒\u{200b} \"", Reading::Word),
        ("A", Reading::Word),
        ("中毒", Reading::Margin),
        ("substring:毒", Reading::Substring),
        ("word:中毒", Reading::Word),
    ] {
        assert_eq!(reading(text), expected, "{text}");
    }
}

#[test]
fn keywords_are_kept_once_and_long_sets_can_be_cut() {
    let (topic, _) = parse_expression("(食堂 OR 餐厅 OR 外卖) NOT 食堂").unwrap();
    assert_eq!(topic.keys, ["食堂", "餐厅", "外卖"]);
    let shown = topic.rules[0]
        .condition
        .display(&topic.keys)
        .at_most(2)
        .to_string();
    assert_eq!(shown, "(食堂 OR 餐厅 OR … (+1)) AND NOT 食堂");
}

#[test]
fn operators_in_another_case_warn() {
    for (word, meant) in [
        ("or", Some("`OR`")),
        ("And", Some("`AND`")),
        ("ＯＲ", Some("`OR`")),
        ("near", Some("`NEAR/20`")),
        ("oNear/3", Some("`ONEAR/3`")),
        ("NEAR／3", None),
        ("WORD:情人", Some("`word:情人`")),
        ("nearby", Some("")),
        ("order", Some("")),
        ("\"or\"", Some("")),
    ] {
        let hints = match parse_expression(&format!("食堂 {word} 呕吐")) {
            Ok((_, warnings)) => warnings
                .into_iter()
                .flat_map(|warning| warning.hints)
                .collect(),
            Err(_) => vec!["error".to_owned()],
        };
        match meant {
            Some("") => assert_eq!(hints, Vec::<String>::new(), "{word}"),
            Some(meant) => assert!(
                hints[0].starts_with(&format!("write {meant} for the ")),
                "{hints:?}"
            ),
            None => assert_eq!(hints, ["error"], "{word}"),
        }
    }
}

#[test]
fn an_expression_alone_has_no_lists_and_a_place_of_its_own() {
    let faults = parse_expression("@place 呕吐 or 腹泻").unwrap_err();
    let texts = fengbiao_lexicon::LexiconText::of_expression("@place 呕吐 or 腹泻");
    let shown: Vec<_> = faults
        .iter()
        .map(|fault| fault.render(&texts, false))
        .collect();
    insta::assert_snapshot!("expression-alone", shown.join("\n\n"));
}
