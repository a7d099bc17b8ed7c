//! Which posts match which rules, as tables.

use fengbiao_matcher::{Matcher, MatcherError, Scratch};
use fengbiao_model::{CANARY_TEXT, LexiconNumber, Position, RuleId, SourceId, Subject, TopicId};

use crate::support::{HEAD, SEGMENTER, hits, lexicon, matcher, one_rule, post, spans};

/// Texts, each with what of it must be marked, or `None` where the rule must miss. A text may have a
/// title before ` | `.
pub(crate) type Rows = &'static [(&'static str, Option<&'static [&'static str]>)];

/// Holds a rule against rows; `about` says what they show.
pub(crate) fn check(about: &str, matcher: &Matcher, table: Rows) {
    for (text, expected) in table {
        let (title, body) = match text.split_once(" | ") {
            Some((title, body)) => (Some(title), body),
            None => (None, *text),
        };
        let found = spans(matcher, title, body);
        let expected = expected.map(|spans| spans.iter().map(ToString::to_string).collect());
        assert_eq!(found, expected, "{about}: {text}");
    }
}

#[test]
fn keywords_count_where_they_are_read_as_words() {
    for (key, text, hit) in [
        ("和服", "产品和服务", false),
        ("和服", "她穿着和服拍照", true),
        ("病毒", "新型冠状病毒", true),
        ("断网", "断网了", true),
        ("性病", "慢性病", false),
        ("word:情人", "情人节", false),
        ("情人", "情人节", true),
        ("中毒", "食物中毒", true),
        ("学校", "大学校长", false),
        ("毒性", "病毒性", true),
        ("汉人", "武汉人", false),
        ("震感", "多地震感明显", true),
        ("substring:和服", "产品和服务", true),
        ("iphone", "新买的iPhone15发烫", true),
        ("iphone", "iphones", false),
        ("315", "订单号2315", false),
        ("315", "今年315晚会", true),
        ("5G基站", "新建5G基站停运", true),
        ("5G基站", "新建15G基站停运", false),
        ("C++", "C++，很难", true),
        ("食堂", "學校食堂的ＡＢＣ", true),
        ("ABC", "學校食堂的ＡＢＣ", true),
        ("停電", "小区停电", true),
        ("着火", "倉庫著火了", true),
        ("停电", "停\u{200b}电了", true),
        ("停电", "停 电了", false),
        ("糖", "白糖涨价", false),
        ("糖", "奶茶太甜，糖太多", true),
    ] {
        let found = spans(&one_rule(key, ""), None, text).is_some();
        assert_eq!(found, hit, "{key} in {text}");
    }
}

#[test]
fn operators() {
    check(
        "operators",
        &one_rule("停电 抢修 NOT 计划", ""),
        &[
            ("停电了，正在抢修", Some(&["停电", "抢修"])),
            ("停电了", None),
            ("计划停电，停电期间抢修", None),
        ],
    );
    check(
        "operators",
        &one_rule("停电 OR 停水", ""),
        &[("停水又停电", Some(&["停水", "停电"])), ("停气", None)],
    );
    check(
        "operators",
        &one_rule("2 OF (停电, 停水, 停气)", ""),
        &[("停电停电", None), ("停电，停水", Some(&["停电", "停水"]))],
    );
    check(
        "operators",
        &one_rule("2 OF (@symptom, 发烧)", ""),
        &[
            ("呕吐呕吐", None),
            ("呕吐，腹泻", Some(&["呕吐", "腹泻"])),
            ("呕吐，发烧", Some(&["呕吐", "发烧"])),
        ],
    );
    check(
        "operators",
        &one_rule("title:停电 抢修", ""),
        &[
            ("停电 | 停电以后抢修", Some(&["title:停电", "抢修"])),
            ("停电以后抢修", None),
            ("通知 | 停电以后抢修", None),
        ],
    );
    check(
        "operators",
        &one_rule("停电 NOT title:演练", ""),
        &[
            ("停电 | 不是演练", Some(&["title:停电"])),
            ("演练 | 今天停电", None),
        ],
    );
}

#[test]
fn distance_counts_what_the_fold_keeps() {
    check(
        "distance counts what the fold keeps",
        &one_rule("食堂 NEAR/3 呕吐", ""),
        &[
            ("食堂甲乙丙，无关", None),
            ("食堂，。！呕吐", Some(&["食堂", "呕吐"])),
            ("食堂，。！？呕吐", None),
            ("食堂，\u{200b}。\u{200b}！呕吐", Some(&["食堂", "呕吐"])),
            ("呕吐，食堂", Some(&["呕吐", "食堂"])),
            ("食堂 | 呕吐", None),
            ("食堂，。！？呕吐，食堂", Some(&["食堂", "呕吐", "食堂"])),
        ],
    );
    check(
        "distance counts what the fold keeps",
        &one_rule("食堂 ONEAR/3 呕吐", ""),
        &[
            ("食堂，呕吐", Some(&["食堂", "呕吐"])),
            ("呕吐，食堂", None),
        ],
    );
    check(
        "distance counts what the fold keeps",
        &one_rule("substring:停电 NEAR/9 substring:电停", ""),
        &[
            ("停电停", None),
            ("停电停电停", Some(&["停电", "电停", "停电", "电停"])),
        ],
    );
}

#[test]
fn exceptions_shield_what_lies_wholly_inside_them() {
    let rule = one_rule("食物中毒 NOT 电视剧", "except = [\"食物中毒应急演练\"]");
    check(
        "exceptions shield what lies wholly inside them",
        &rule,
        &[
            ("食堂举行食物中毒应急演练", None),
            ("食物中毒应急演练之后真有食物中毒", Some(&["食物中毒"])),
            ("食物中毒应急", Some(&["食物中毒"])),
            ("食物中毒，电视剧", None),
        ],
    );
    // NOT sees what an exception shields.
    let rule = one_rule("停电 NOT 演练", "except = [\"停电演练\"]");
    check(
        "exceptions shield what lies wholly inside them",
        &rule,
        &[("停电演练，停电", None), ("停电演", Some(&["停电"]))],
    );
}

#[test]
fn a_rule_expires_by_the_time_the_post_was_found() {
    check(
        "a rule expires by the time the post was found",
        &one_rule("停电", "expires = 2026-01-01"),
        &[("停电", None)],
    );
    check(
        "a rule expires by the time the post was found",
        &one_rule("停电", "expires = 2099-01-01"),
        &[("停电", Some(&["停电"]))],
    );
}

#[test]
fn the_limit_of_a_rule_is_its_own() {
    check(
        "the limit of a rule is its own",
        &one_rule("性病", "margin = 0.0"),
        &[("慢性病", None)],
    );
    check(
        "the limit of a rule is its own",
        &one_rule("性病", "margin = 20.0"),
        &[("慢性病", Some(&["性病"]))],
    );
}

/// Texts in which `食物中毒 OR 和服 OR 断网 OR 书包` with `separators = 2` must hit, and what is marked.
const LOOKED_THROUGH: Rows = &[
    ("食堂又有人食*物*中*毒", Some(&["食*物*中*毒"])),
    ("食 物 中 毒了", Some(&["食 物 中 毒"])),
    ("食物-中毒", Some(&["食物-中毒"])),
    ("食＊物　中·毒", Some(&["食＊物　中·毒"])),
    ("食★★物中毒", Some(&["食★★物中毒"])),
    ("食--物中毒", Some(&["食--物中毒"])),
    ("學校食_物_中_毒", Some(&["食_物_中_毒"])),
    ("小区断|网了", Some(&["断|网"])),
    ("断/网 | 又来了", Some(&["title:断/网"])),
    ("食物中毒，食*物*中*毒", Some(&["食物中毒", "食*物*中*毒"])),
    ("她穿着和-服拍照", Some(&["和-服"])),
];

/// And those in which it must miss.
const NOT_LOOKED_THROUGH: Rows = &[
    // A sentence mark, a comma, a dash, a quotation mark, a bracket or a line divides what is said.
    ("刚吃完食物。中毒的是别人", None),
    ("进口食物，中毒的反而少", None),
    ("食物——中毒", None),
    ("食物–中毒", None),
    ("“食物”中毒", None),
    ("食物（中毒）", None),
    ("食物\n中毒", None),
    ("食物…中毒", None),
    ("食物🙂中毒", None),
    ("我在看书.包里有吃的", None),
    ("今天断#网络安全#", None),
    // More separators than the rule looks through.
    ("食***物中毒", None),
    ("食---物中毒", None),
    // Characters between are no separators.
    ("食x物x中x毒", None),
    ("食的物中毒", None),
    // What is joined is read like any text.
    ("产品 和 服务", None),
    ("产 品 和 服 务", None),
    ("产品和 服务", None),
    ("苹果 和 服装", None),
    ("我在看书 包里有吃的", None),
];

#[test]
fn a_rule_looks_through_separators_between_han_characters() {
    let expression = "食物中毒 OR 和服 OR 断网 OR 书包";
    let rule = one_rule(expression, "separators = 2");
    check(
        "a rule looks through separators between han characters",
        &rule,
        LOOKED_THROUGH,
    );
    check(
        "a rule looks through separators between han characters",
        &rule,
        NOT_LOOKED_THROUGH,
    );
    let plain = one_rule(expression, "");
    for (text, _) in LOOKED_THROUGH {
        let whole = text.contains("食物中毒");
        let found = spans(&plain, None, text).is_some();
        assert_eq!(found, whole, "{text}");
    }
}

#[test]
fn separators_work_with_the_rest_of_a_rule() {
    check(
        "separators work with the rest of a rule",
        &one_rule("食堂 NEAR/3 食物中毒 NOT 演练", "separators = 1"),
        &[
            ("食堂里，食*物*中*毒", Some(&["食堂", "食*物*中*毒"])),
            ("食堂里边，，食*物*中*毒", None),
            ("食-堂食物中毒，演*练", None),
        ],
    );
    check(
        "separators work with the rest of a rule",
        &one_rule(
            "食物中毒",
            "separators = 1\nexcept = [\"食物中毒应急演练\"]",
        ),
        &[
            ("食 物 中 毒 应 急 演 练", None),
            ("食物中毒 应急演练", None),
            ("食 物 中 毒 应 急", Some(&["食 物 中 毒"])),
        ],
    );
    check(
        "separators work with the rest of a rule",
        &one_rule("食物中毒", "except = [\"食物中毒应急演练\"]"),
        &[("食物中毒 应急演练", Some(&["食物中毒"]))],
    );
    check(
        "separators work with the rest of a rule",
        &one_rule("substring:和服 5G基站", "separators = 1"),
        &[
            ("产品和*服务，5G基*站", Some(&["和*服", "5G基*站"])),
            ("和*服，5*G基站", None),
        ],
    );
}

#[test]
fn separators_that_one_rule_looks_through_are_nothing_to_another() {
    let matcher = matcher(&format!(
        "{HEAD}\n[lists]\nplace = [\"郑州\"]\n[subjects]\nplace = \"@place\"\n\
         [[rule]]\nid = \"strict\"\nmatch = \"停电\"\nhits = [\"停电\"]\nmisses = [\"停*电\"]\n\
         [[rule]]\nid = \"wide\"\nmatch = \"停电\"\nseparators = 1\nhits = [\"停*电\"]\nmisses = [\"停**电\"]\n"
    ));
    assert!(matcher.check_cases().is_empty());
    let hit = hits(&matcher, None, "郑*州停*电").remove(0);
    let rules: Vec<_> = hit.rules.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(rules, ["wide"]);
    assert_eq!(hit.subjects, []);
}

#[test]
fn a_topics_words_change_its_own_segmentation() {
    let rule = |words: &str| {
        matcher(&format!(
            "{HEAD}\n[words]\nextra = [{words}]\n[[rule]]\nid = \"r\"\nmatch = \"word:停电\"\n\
             hits = [\"停电\"]\nmisses = [\"停电宝\"]\n"
        ))
    };
    check(
        "a topics words change its own segmentation",
        &rule("\"无关词\""),
        &[("停电宝", Some(&["停电"]))],
    );
    check(
        "a topics words change its own segmentation",
        &rule("\"停电宝\""),
        &[("停电宝", None), ("停电", Some(&["停电"]))],
    );
}

#[test]
fn subjects_are_named_by_their_longest_names() {
    let matcher = matcher(&format!(
        "{HEAD}\n[lists]\nplace = [\"广州市\", \"天河区\", \"郑州\", \"郑州市\", \
         \"龙江县 = 龙江\", \"!黑龙江\", \"北海\", \"!北海道\"]\n\
         [subjects]\nplace = \"@place\"\n\
         [[rule]]\nid = \"r\"\nmatch = \"停电\"\nhits = [\"停电\"]\nmisses = [\"停水\"]\n"
    ));
    for (text, expected) in [
        ("停电", &[][..]),
        ("广州市天河区停电", &["天河区", "广州市"]),
        ("郑州市停电", &["郑州市"]),
        ("郑州停电，郑州停电", &["郑州"]),
        ("龙江停电", &["龙江县"]),
        ("黑龙江停电", &[]),
        ("黑龙江省龙江县停电", &["龙江县"]),
        // A stranger counts where it is read as a word, as names do.
        ("北海道路停电", &["北海"]),
        ("北海道停电", &[]),
    ] {
        let found = hits(&matcher, None, text).remove(0).subjects;
        let subject = |name: &&str| Subject {
            kind: "place".to_owned(),
            name: (*name).to_owned(),
        };
        let expected: Vec<_> = expected.iter().map(subject).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_keyword_of_invisible_characters_is_refused() {
    let mut lexicon = (*lexicon(&format!(
        "{HEAD}\n[[rule]]\nid = \"r\"\nmatch = \"停电\"\nhits = [\"停电\"]\nmisses = [\"停水\"]\n"
    )))
    .clone();
    lexicon.topics[0].keys[0] = "\u{200b}".to_owned();
    let refused = Matcher::new(lexicon.into(), LexiconNumber(1), &SEGMENTER);
    assert!(matches!(refused, Err(MatcherError::NothingLeft { .. })));
}

#[test]
fn cases_that_fail_are_told() {
    let failures = matcher(&format!(
        "{HEAD}\n[[rule]]\nid = \"r\"\nmatch = \"停电\"\nexpires = 2020-01-01\n\
         hits = [\"停电了\", \"停水了\"]\nmisses = [\"又停电\", {{ title = \"停水\", text = \"无\" }}]\n"
    ))
    .check_cases();
    let told: Vec<_> = failures
        .iter()
        .map(|f| (f.case.text.as_str(), f.expected_hit))
        .collect();
    assert_eq!(told, [("停水了", true), ("又停电", false)]);
}

#[test]
fn every_matcher_finds_canaries_and_takes_nothing_else_for_one() {
    let matcher = one_rule("substring:金丝雀 OR 食堂", "");
    let hits = |post: &_| matcher.matches(post, Position::default(), &mut Scratch::default());
    let mut canary = post(None, CANARY_TEXT);
    let found = hits(&canary);
    assert_eq!(
        found[0].topic.as_str(),
        "test",
        "said by somebody it is a text like any other"
    );
    assert_eq!(found.len(), 1);

    canary.source = SourceId::canary();
    let found = hits(&canary);
    assert_eq!(found.len(), 1, "a canary is a hit of no other topic");
    assert_eq!(found[0].topic, TopicId::pipeline());
    assert_eq!(found[0].rules[0].rule, RuleId::canary());
    assert_eq!(found[0].rules[0].spans[0].keyword, CANARY_TEXT);

    let mut other = post(None, "食堂");
    other.source = SourceId::canary();
    assert_eq!(hits(&other), [], "it is looked for, not waved through");

    let explained = matcher.explain(&canary, None).unwrap();
    let topics: Vec<_> = explained
        .topics
        .iter()
        .map(|topic| topic.topic.as_str())
        .collect();
    assert_eq!(topics, ["test"], "nothing is said of it to analysts");
}
