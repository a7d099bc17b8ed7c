//! What is shown of a decision. The outputs are snapshots.

use fengbiao_matcher::{Language, Matcher, MatcherError, Verdict};
use fengbiao_model::{RuleId, TopicId};

use crate::support::{HEAD, matcher, one_rule, post};

fn shown(matcher: &Matcher, title: Option<&str>, text: &str, language: Language) -> String {
    let explanation = matcher.explain(&post(title, text), None).unwrap();
    format!("\n{}", explanation.render(language, false))
}

#[test]
fn a_miss_says_what_kept_it() {
    let zh = |expression, more, title, text| {
        shown(&one_rule(expression, more), title, text, Language::Zh)
    };
    let told = [
        zh("和服", "", None, "我们的产品和服务都很好"),
        zh("病毒", "", None, "新型冠状病毒"),
        zh("断网", "", None, "小区断网了"),
        zh(
            "食物中毒",
            "except = [\"食物中毒应急演练\"]",
            None,
            "食堂举行食物中毒应急演练",
        ),
        zh(
            "食堂 NEAR/20 呕吐",
            "",
            None,
            "食堂今天中午的饭菜据说有些不太新鲜，下午放学之后有学生呕吐",
        ),
        zh("word:情人", "", None, "情人节"),
        zh("title:停电 OR 315", "", Some("通知"), "订单2315，停电\n了"),
        zh("停电", "expires = 2020-01-01", None, "停电"),
        zh("停电", "", None, "什么也没有"),
    ]
    .concat();
    insta::assert_snapshot!(told);
}

#[test]
fn a_hit_says_what_counted() {
    let matcher = one_rule(
        "2 OF (@symptom, 发烧) (食堂 ONEAR/20 substring:吐) NOT 电视剧",
        "except = [\"呕吐物\"]",
    );
    let text = "食堂午飯後呕吐，還有拉肚子，地上有呕吐物";
    let told =
        shown(&matcher, None, text, Language::En) + &shown(&matcher, None, text, Language::Zh);
    insta::assert_snapshot!(told);
}

/// With many rules what hits must not be looked for among what does not.
#[test]
fn of_several_rules_the_hits_come_first_and_the_misses_are_a_line_each() {
    let rule = |id: &str, expression: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nmatch = \"{expression}\"\nhits = [\"a\"]\nmisses = [\"b\"]\n"
        )
    };
    let rules = [
        rule("far", "食堂 NEAR/1 呕吐"),
        rule("drill", "呕吐 NOT (演练 OR 电影)"),
        rule("ill", "呕吐"),
        rule("over", "呕吐") + "expires = 1970-01-01\n",
    ];
    let several = matcher(&(HEAD.to_owned() + &rules.concat()));
    let text = "食堂演练之后学生呕吐";
    let told =
        shown(&several, None, text, Language::Zh) + &shown(&several, None, text, Language::En);
    insta::assert_snapshot!(told);
}

#[test]
fn colours_mark_and_control_characters_do_not() {
    let matcher = one_rule("停电", "");
    let explanation = matcher.explain(&post(None, "停电\u{1b}[2J"), None).unwrap();
    let coloured = explanation.render(Language::En, true);
    assert!(coloured.contains("\u{1b}[1;33m【停电】\u{1b}[0m"));
    assert!(!coloured.contains("\u{1b}[2J"));
    assert!(!explanation.render(Language::En, false).contains('\u{1b}'));
}

#[test]
fn separators_are_named_whether_looked_through_or_not() {
    let mut told = String::new();
    for (text, more) in [
        ("又是食*物*中*毒", "separators = 1"),
        ("又是食*物*中*毒", ""),
        ("产品 和 服务", "separators = 1"),
    ] {
        let matcher = one_rule("食物中毒 OR 和服", more);
        told += &shown(&matcher, None, text, Language::En);
        told += &shown(&matcher, None, text, Language::Zh);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn one_rule_is_explained_though_nothing_of_it_occurs() {
    let matcher = one_rule("停电", "");
    let ids = |rule| (TopicId::new("test").unwrap(), RuleId::new(rule).unwrap());
    let (topic, rule) = ids("r");
    let explanation = matcher
        .explain(&post(None, "晴天"), Some((&topic, &rule)))
        .unwrap();
    assert!(!explanation.matched());
    assert_eq!(explanation.topics[0].rules.len(), 1);
    let (topic, rule) = ids("other");
    let refused = matcher.explain(&post(None, "晴天"), Some((&topic, &rule)));
    assert!(matches!(refused, Err(MatcherError::NoSuchRule { .. })));
}

/// The decision and its explanation must agree: the same rules, and the same counting occurrences.
#[test]
fn what_is_explained_is_what_is_decided() {
    for (expression, text) in [
        ("停电 OR 和服", "停电，产品和服务"),
        ("食堂 NEAR/5 呕吐", "食堂的学生呕吐"),
        ("食堂 NEAR/1 呕吐", "食堂的学生呕吐"),
        ("停电 NOT 计划", "计划停电"),
    ] {
        let matcher = one_rule(expression, "");
        let explanation = matcher.explain(&post(None, text), None).unwrap();
        let hits = crate::support::hits(&matcher, None, text);
        assert_eq!(
            explanation.matched(),
            !hits.is_empty(),
            "{expression}: {text}"
        );
    }
    let matcher = one_rule("停电 OR 和服", "");
    let explanation = matcher
        .explain(&post(None, "停电，产品和服务"), None)
        .unwrap();
    let fengbiao_matcher::NodeKind::Any(of) = &explanation.topics[0].rules[0].condition.kind else {
        // Two keywords side by side under OR are lowered into one leaf.
        let fengbiao_matcher::NodeKind::Keys(leaf) = &explanation.topics[0].rules[0].condition.kind
        else {
            panic!("{explanation:?}")
        };
        let counting: Vec<_> = leaf
            .occurrences
            .iter()
            .map(|o| o.verdict == Verdict::Counts)
            .collect();
        return assert_eq!(counting, [true, false]);
    };
    assert_eq!(
        of.iter().map(|node| node.holds).collect::<Vec<_>>(),
        [true, false]
    );
}
