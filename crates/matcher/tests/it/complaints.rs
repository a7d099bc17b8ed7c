//! What users of other libraries and monitors asked for in vain, each as a table: the complaint, where
//! it was made, the rule, and the texts that it must and must not hit.
//!
//! What is not about one text stands elsewhere: how long a dictionary takes to be built
//! (ToolGood.Words #21, #43, #107) is measured by `matcher scan`, an edit that is ignored (TrendRadar
//! #1108) is tested on the daemon, rules on what is stored already (Miniflux #2683, FreshRSS #2787,
//! #2818) by `replay`.

use std::collections::BTreeMap;

use fengbiao_lexicon::LexiconText;

use crate::decisions::{Rows, check};
use crate::support::{HEAD, hits, matcher, one_rule, spans};

/// Complaint, expression, more lines of the rule, texts with what is marked.
const COMPLAINTS: &[(&str, &str, &str, Rows)] = &[
    (
        "both of two words in one text (houbb/sensitive-word #42, #91; ToolGood.Words #16)",
        "食堂 呕吐",
        "",
        &[
            ("食堂饭后学生呕吐", Some(&["食堂", "呕吐"])),
            ("学生呕吐", None),
            ("食堂开门了", None),
        ],
    ),
    (
        "two words within a distance (houbb/sensitive-word #25)",
        "食堂 NEAR/5 呕吐",
        "",
        &[
            ("食堂里有人呕吐", Some(&["食堂", "呕吐"])),
            ("食堂开门了，晚上又看见路边有人呕吐", None),
        ],
    ),
    (
        "hits across words (ansj_seg #299, hutool #819, higress #1453, aho-corasick #73)",
        "和服 OR 口交",
        "",
        &[
            ("旅游和服务", None),
            ("路口交通信号灯坏了", None),
            ("租一身和服去旅游", Some(&["和服"])),
        ],
    ),
    (
        "an allowed phrase that contains a keyword (houbb/sensitive-word #19, #76)",
        "中毒",
        "except = [\"中毒急救培训\"]",
        &[
            ("社区举办中毒急救培训", None),
            ("中毒急救培训之后有人中毒", Some(&["中毒"])),
        ],
    ),
    (
        "spaces and signs put between characters (houbb/sensitive-word #41, #117, #119)",
        "食物中毒",
        "separators = 1",
        &[
            ("食 物 中 毒", Some(&["食 物 中 毒"])),
            ("食*物*中*毒", Some(&["食*物*中*毒"])),
            ("食物。中毒", None),
        ],
    ),
    (
        "folding too much (houbb/sensitive-word #85, #136)",
        "64 OR 110",
        "",
        &[
            ("六四三二一", None),
            ("⑥④", None),
            ("壹壹零", None),
            ("拨打１１０", Some(&["１１０"])),
        ],
    ),
    (
        "the place in the text as it was written (houbb/sensitive-word #11)",
        "呕吐",
        "",
        &[("學生嘔\u{200b}吐了", Some(&["嘔\u{200b}吐"]))],
    ),
    (
        "lists that never fire, since Chinese puts no spaces between words (AIL, Taranis)",
        "@symptom",
        "",
        &[
            ("昨晚全班呕吐不止去了医院", Some(&["呕吐"])),
            ("昨晚全班都没事", None),
        ],
    ),
    (
        "secondary words that count only with a primary one (TrendRadar #22)",
        "食堂 (呕吐 OR 腹泻)",
        "",
        &[
            ("食堂，有人腹泻", Some(&["食堂", "腹泻"])),
            ("有人腹泻", None),
        ],
    ),
];

#[test]
fn what_users_asked_for_in_vain() {
    for (complaint, expression, more, rows) in COMPLAINTS {
        check(complaint, &one_rule(expression, more), rows);
    }
}

/// Excluding words that leak into other groups (TrendRadar): NOT belongs to its own rule.
#[test]
fn what_one_rule_excludes_another_may_hit() {
    let matcher = matcher(&format!(
        "{HEAD}\n[[rule]]\nid = \"a\"\nmatch = \"停电 NOT 计划\"\nhits = [\"停电\"]\nmisses = [\"计划停电\"]\n\
         [[rule]]\nid = \"b\"\nmatch = \"停电\"\nhits = [\"停电\"]\nmisses = [\"停水\"]\n"
    ));
    let hit = hits(&matcher, None, "计划停电").remove(0);
    let rules: Vec<_> = hit.rules.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(rules, ["b"]);
}

/// A rule that cannot be read is refused with its place; it is neither taken for a literal nor left
/// out (TrendRadar, Miniflux #3338).
#[test]
fn a_rule_that_cannot_be_read_is_refused() {
    for expression in ["呕吐 AND (", "呕吐 NEAR/x 腹泻", "@unknown"] {
        let toml = format!(
            "{HEAD}\n[[rule]]\nid = \"r\"\nmatch = \"{expression}\"\nhits = [\"x\"]\nmisses = [\"y\"]\n"
        );
        let files = BTreeMap::from([("test.toml".to_owned(), toml)]);
        let checked = fengbiao_lexicon::check(&LexiconText { files });
        assert!(checked.lexicon.is_none(), "{expression}");
        assert!(!checked.diagnostics.is_empty(), "{expression}");
    }
}

/// Words that are added or taken away while others are matched with (ToolGood.Words #81,
/// houbb/sensitive-word #4): a new version stands beside the old one until it takes its place.
#[test]
fn a_new_version_stands_beside_the_old_one() {
    let (old, new) = (one_rule("呕吐", ""), one_rule("腹泻", ""));
    assert!(spans(&old, None, "有人呕吐").is_some() && spans(&new, None, "有人呕吐").is_none());
    assert!(spans(&old, None, "有人腹泻").is_none() && spans(&new, None, "有人腹泻").is_some());
}
