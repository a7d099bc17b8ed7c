use std::sync::LazyLock;

use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::{KeyId, Lexicon, Rule, Topic};
use fengbiao_model::RuleId;
use proptest::prelude::*;

use super::*;
use crate::canary;
use crate::limits::MAX_CONTEXT_CHARS;
use crate::program::Program;
use crate::scratch::{Looking, Scratch};
use crate::segment::{MADE, Segmenter};

static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| {
    let words = [
        ("丁", 40),
        ("丁戊", 30),
        ("丙", 500),
        ("丙丁", 20),
        ("乙", 900),
        ("乙丙", 300),
        ("甲", 900),
        ("甲乙", 800),
    ];
    Segmenter::from_words(&words.map(|(word, n)| (word.to_owned(), n))).unwrap()
});

fn keys(ids: impl IntoIterator<Item = u32>, reading: Reading) -> Keys {
    Keys {
        keys: ids.into_iter().map(|id| (KeyId(id), reading)).collect(),
        title_only: false,
        list: false,
    }
}

fn near(left: Keys, right: Keys, distance: u32) -> Condition {
    Condition::Near {
        left,
        right,
        distance,
        ordered: false,
    }
}

fn rule(condition: Condition) -> Rule {
    let pipeline = canary::topic();
    Rule {
        condition,
        margin: 1.5,
        ..pipeline.rules[0].clone()
    }
}

fn topic(keys: &[&str], mut rules: Vec<Rule>) -> Topic {
    for (number, rule) in rules.iter_mut().enumerate() {
        rule.id = RuleId::new(format!("rule-{number:04}")).unwrap();
    }
    Topic {
        keys: keys.iter().map(ToString::to_string).collect(),
        rules,
        ..canary::topic()
    }
}

/// What a topic sees of a post, also where no rule requires what occurs.
fn with_view<T>(
    topic: Topic,
    (title, text): (&str, &str),
    ask: impl FnOnce(&mut View<'_>) -> T,
) -> T {
    by_reading(topic, ask, |scratch, program| {
        let joins = scratch.scan(program, Some(title), text, Looking::AsRules);
        scratch.place(program, (Some(title), text), (Looking::AsRules, joins));
    })
}

/// What a topic sees of a post that is matched.
fn with_view_of_a_match<T>(
    topic: Topic,
    (title, text): (&str, &str),
    ask: impl FnOnce(&mut View<'_>) -> T,
) -> T {
    by_reading(topic, ask, |scratch, program| {
        scratch.read(program, Some(title), text, Looking::AsRules);
    })
}

fn by_reading<T>(
    topic: Topic,
    ask: impl FnOnce(&mut View<'_>) -> T,
    read: impl FnOnce(&mut Scratch, &Program),
) -> T {
    let lexicon = Lexicon {
        hash: LexiconText::of_expression("tested").hash(),
        topics: vec![topic],
    };
    let (program, _) = Program::new(&lexicon, &canary::topic(), &SEGMENTER, &[]).unwrap();
    let mut scratch = Scratch::default();
    read(&mut scratch, &program);
    ask(&mut scratch.view(0, &lexicon.topics[0], &program.topics[0]))
}

/// Of 500 rules that share 甲 each has a keyword of its own.
fn sharing() -> Topic {
    let own: Vec<String> = (0..500).map(|number| format!("丁x{number}y")).collect();
    let written: Vec<&str> = ["甲"]
        .into_iter()
        .chain(own.iter().map(String::as_str))
        .collect();
    let rules = (1..=500).map(|own| {
        let (shared, own) = (
            keys([0], Reading::Substring),
            keys([own], Reading::Substring),
        );
        rule(near(shared, own, 20))
    });
    topic(&written, rules.collect())
}

#[test]
fn rules_that_share_a_keyword_are_tried_by_what_is_their_own() {
    for (text, tried) in [
        ("甲，甲", vec![]),
        ("甲，丁x7y", vec![7]),
        ("丁x499y丁x0y", vec![0, 499]),
    ] {
        let found = with_view(sharing(), ("", text), |view| candidates(view));
        assert_eq!(found, tried, "{text}");
    }
}

#[test]
fn what_is_told_of_a_post_is_told_of_every_rule_of_which_a_keyword_occurs() {
    for (text, told) in [
        ("甲", (0..500).collect()),
        ("丁x7y", vec![7]),
        ("乙", vec![]),
    ] {
        let found = with_view(sharing(), ("", text), |view| concerned(view));
        assert_eq!(found, told, "{text}");
    }
}

#[test]
fn a_post_that_has_nothing_a_rule_requires_is_not_folded() {
    for (text, folded) in [("甲 甲", ""), ("甲 丁x7Y", "甲 丁x7y")] {
        let found = with_view_of_a_match(sharing(), ("", text), |view| {
            view.folded(Field::Text).text().to_owned()
        });
        assert_eq!(found, folded, "{text}");
    }
}

#[test]
fn a_block_is_segmented_once_however_many_keywords_occur_in_it() {
    let count = 40 * MAX_CONTEXT_CHARS;
    let rules = [Reading::Word, Reading::Margin, Reading::Word];
    let rules = rules.map(|reading| rule(Condition::Keys(keys([0], reading))));
    let text = "甲".repeat(count);
    let topic = topic(&["甲"], rules.to_vec());
    MADE.take();
    let spans = with_view(topic, ("", &text), |view| {
        let hits = rule_hits(view, Timestamp::EPOCH);
        hits.iter().map(|hit| hit.spans.len()).collect::<Vec<_>>()
    });
    let made = MADE.take();
    assert_eq!(spans, [count; 3]);
    // Blocks are cut at every half of what is read to each side.
    let blocks = count / (MAX_CONTEXT_CHARS / 2);
    assert!((1..=blocks + 1).contains(&made.segmentations), "{made:?}");
    assert!((1..=blocks + 1).contains(&made.lattices), "{made:?}");
}

#[test]
fn nothing_is_segmented_for_a_rule_that_cannot_hold() {
    let rules = vec![
        rule(near(keys([0], Reading::Word), keys([1], Reading::Word), 3)),
        rule(Condition::All(vec![
            Condition::Keys(keys([0, 1], Reading::Word)),
            Condition::Keys(keys([2], Reading::Word)),
            Condition::Not(Box::new(Condition::Keys(keys([0], Reading::Word)))),
        ])),
    ];
    let topic = topic(&["甲", "乙", "丙"], rules);
    for (text, expected) in [
        ("甲，，，，乙", false),
        ("甲，乙", true),
        ("丙", false),
        ("丙乙", true),
    ] {
        MADE.take();
        with_view(topic.clone(), ("", text), |view| {
            assert!(!candidates(view).is_empty() || !expected, "{text}");
            rule_hits(view, Timestamp::EPOCH)
        });
        assert_eq!(MADE.take().lattices > 0, expected, "{text}");
    }
}

#[test]
fn a_phrase_that_many_rules_except_is_found_once_at_each_place() {
    let rules = (0..100).map(|_| Rule {
        except: vec!["乙丙".to_owned(), "甲乙".to_owned()],
        ..rule(Condition::Keys(keys([0], Reading::Substring)))
    });
    let topic = topic(&["甲"], rules.collect());
    with_view(topic, ("", &"甲乙，".repeat(50)), |view| {
        assert_eq!(view.phrases.len(), 50);
        assert_eq!(view.shields(99).all().len(), 50);
        assert_eq!(view.shields(99).all()[0].phrase, 1);
        assert_eq!(rule_hits(view, Timestamp::EPOCH), []);
    });
}

#[test]
fn a_keyword_asked_for_in_two_ways_is_told_once() {
    let in_title = Keys {
        title_only: true,
        ..keys([0], Reading::Substring)
    };
    let both = Condition::Any(vec![
        Condition::Keys(in_title),
        Condition::Keys(keys([0, 1], Reading::Margin)),
    ]);
    let topic = topic(&["甲", "乙"], vec![rule(both)]);
    let hits = with_view(topic, ("甲", "甲，乙，甲"), |view| {
        rule_hits(view, Timestamp::EPOCH)
    });
    let told: Vec<_> = hits[0]
        .spans
        .iter()
        .map(|found| {
            (
                found.keyword.as_str(),
                found.span.field,
                found.span.char_start,
            )
        })
        .collect();
    let (title, text) = (Field::Title, Field::Text);
    assert_eq!(
        told,
        [
            ("甲", title, 0),
            ("甲", text, 0),
            ("乙", text, 2),
            ("甲", text, 4)
        ]
    );
}

/// Keywords of the random rules; the last two fold alike.
const KEYS: [&str; 9] = [
    "甲",
    "乙",
    "丙",
    "甲乙",
    "乙丙",
    "丁戊",
    "丙丁戊",
    "a",
    "Ａ",
];

fn some_keys() -> impl Strategy<Value = Keys> {
    let ids = proptest::collection::btree_map(0..9_u32, 0..3_usize, 1..4);
    (ids, any::<bool>(), proptest::bool::weighted(0.2)).prop_map(|(ids, list, title_only)| {
        let readings = [Reading::Margin, Reading::Word, Reading::Substring];
        let keys = ids
            .into_iter()
            .map(|(id, reading)| (KeyId(id), readings[reading]));
        Keys {
            keys: keys.collect(),
            title_only,
            list,
        }
    })
}

/// A condition that does not hold without a keyword, as those of a checked lexicon.
fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        some_keys().prop_map(Condition::Keys),
        (some_keys(), some_keys(), 0..6_u32, any::<bool>()).prop_map(
            |(left, right, distance, ordered)| Condition::Near {
                left,
                right,
                distance,
                ordered,
            }
        ),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let parts = || proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts().prop_map(Condition::Any),
            (parts(), proptest::option::of(inner.clone())).prop_map(|(mut parts, not)| {
                parts.extend(not.map(|not| Condition::Not(Box::new(not))));
                Condition::All(parts)
            }),
            (1..5_u32, parts()).prop_map(|(count, of)| Condition::AtLeast { count, of }),
        ]
    })
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let except = proptest::collection::vec("[甲乙丙]{2,3}", 0..3);
    (condition(), except, 0.0..4.0, 0..3_u8).prop_map(|(condition, except, margin, separators)| {
        Rule {
            except,
            margin,
            separators,
            ..rule(condition)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_rules_tried_are_all_that_can_hold(
        rules in proptest::collection::vec(some_rule(), 1..8),
        title in "[甲乙丁a]{0,3}",
        text in "[甲乙丙丁戊aＡ*，]{0,30}",
    ) {
        let all: Vec<usize> = (0..rules.len()).collect();
        let topic = topic(&KEYS, rules);
        let matched = with_view_of_a_match(topic.clone(), (&title, &text), |view| {
            rule_hits(view, Timestamp::EPOCH)
        });
        let (found, expected, tried, concerned) = with_view(topic, (&title, &text), |view| {
            let expected = hits_among(&all, view, Timestamp::EPOCH);
            let found = rule_hits(view, Timestamp::EPOCH);
            (found, expected, candidates(view), concerned(view))
        });
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(matched, expected);
        prop_assert!(tried.iter().all(|rule| concerned.contains(rule)));
    }

    #[test]
    fn no_rule_that_holds_is_taken_for_impossible(
        rules in proptest::collection::vec(some_rule(), 1..4),
        text in "[甲乙丙丁戊aＡ*，]{0,30}",
    ) {
        let count = rules.len();
        let topic = topic(&KEYS, rules);
        with_view(topic, ("甲丁戊", &text), |view| {
            for rule in 0..count {
                let mut decision = Decision::new(view, rule);
                prop_assert!(decision.possible() || !decision.condition_holds());
            }
            Ok(())
        })?;
    }
}
