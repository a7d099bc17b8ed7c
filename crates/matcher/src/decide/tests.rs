use std::sync::LazyLock;

use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::{Lexicon, Rule, Topic};
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
