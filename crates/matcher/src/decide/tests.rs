use std::sync::LazyLock;

use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::{KeyId, Lexicon, Rule, Topic};
use fengbiao_model::RuleId;

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

/// What a topic sees of a post, and the scratch in which it was read.
fn with_view<T>(
    topic: Topic,
    (title, text): (&str, &str),
    ask: impl FnOnce(&mut View<'_>) -> T,
) -> T {
    let lexicon = Lexicon {
        hash: LexiconText::of_expression("tested").hash(),
        topics: vec![topic],
    };
    let (program, _) = Program::new(&lexicon, &canary::topic(), &SEGMENTER, &[]).unwrap();
    let mut scratch = Scratch::default();
    scratch.read(&program, Some(title), text, Looking::AsRules);
    ask(&mut scratch.view(0, &lexicon.topics[0], &program.topics[0]))
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
