//! Lexicons made for measurements: rules over given keywords, as many as wanted.

use std::collections::BTreeMap;
use std::sync::Arc;

use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::{
    Condition, KeyId, Keys, Lexicon, Reading, Rule, TierTexts, Topic,
};
use fengbiao_lexicon::limits::{DEFAULT_MARGIN_NATS, MAX_RULES_PER_TOPIC};
use fengbiao_model::{Class, RuleId, TopicId};

/// Characters between the two keywords of a rule at most.
const NEAR_CHARS: u32 = 20;

/// What no post has; each topic's first keyword.
const NEVER: &str = "绝不会有的词";

/// A lexicon of so many rules, over topics as full as they may be. Each rule takes its share of the
/// keywords: one of the first half of them counts, or two near each other, and none of a word that
/// no post has. Where there are `shared` keywords, each rule asks for one of them near one of its
/// own instead, as rules with places do.
pub(super) fn of_rules(
    rules: usize,
    shared: &[&str],
    keywords: &[String],
) -> anyhow::Result<Arc<Lexicon>> {
    let share = (keywords.len() / rules.max(1)).max(1);
    let mut chunks = keywords.chunks(share);
    let mut topics = Vec::new();
    while topics.len() * MAX_RULES_PER_TOPIC < rules {
        let first = topics.len() * MAX_RULES_PER_TOPIC;
        let mut topic = topic(topics.len())?;
        let shared: Vec<String> = shared.iter().map(ToString::to_string).collect();
        let shared = leaf(&shared, &mut topic.keys)?;
        for number in first..rules.min(first + MAX_RULES_PER_TOPIC) {
            let own = chunks.next().unwrap_or_default();
            let condition = if shared.keys.is_empty() {
                by_itself(own, &mut topic.keys)?
            } else {
                near(shared.clone(), leaf(own, &mut topic.keys)?)
            };
            topic.rules.push(rule(number, condition)?);
        }
        topics.push(topic);
    }
    Ok(Arc::new(Lexicon {
        hash: LexiconText::of_expression("measured").hash(),
        topics,
    }))
}

fn topic(number: usize) -> anyhow::Result<Topic> {
    Ok(Topic {
        id: TopicId::new(format!("topic-{number}"))?,
        name: String::new(),
        purpose: "measure".to_owned(),
        owner: "-".to_owned(),
        words: Vec::new(),
        keys: vec![NEVER.to_owned()],
        subjects: Vec::new(),
        rules: Vec::new(),
        reopen_within: None,
        labels: BTreeMap::new(),
        tiers: TierTexts::default(),
    })
}

fn by_itself(own: &[String], keys: &mut Vec<String>) -> anyhow::Result<Condition> {
    let (single, paired) = own.split_at(own.len().div_ceil(2));
    let single = leaf(single, keys)?;
    let paired = leaf(paired, keys)?;
    let near = near(single.clone(), paired);
    let never = Keys {
        keys: vec![(KeyId(0), Reading::Margin)],
        title_only: false,
        list: false,
    };
    let either = Condition::Any(vec![Condition::Keys(single), near]);
    Ok(Condition::All(vec![
        either,
        Condition::Not(Box::new(Condition::Keys(never))),
    ]))
}

fn near(left: Keys, right: Keys) -> Condition {
    Condition::Near {
        left,
        right,
        distance: NEAR_CHARS,
        ordered: false,
    }
}

fn rule(number: usize, condition: Condition) -> anyhow::Result<Rule> {
    Ok(Rule {
        id: RuleId::new(format!("rule-{number}"))?,
        condition,
        source: String::new(),
        except: Vec::new(),
        weight: 1,
        class: Class::Incident,
        expires: None,
        margin: DEFAULT_MARGIN_NATS,
        separators: 0,
        hits: Vec::new(),
        misses: Vec::new(),
    })
}

fn leaf(of: &[String], keys: &mut Vec<String>) -> anyhow::Result<Keys> {
    let first = u32::try_from(keys.len())?;
    keys.extend_from_slice(of);
    let last = u32::try_from(keys.len())?;
    Ok(Keys {
        keys: (first..last)
            .map(|key| (KeyId(key), Reading::Margin))
            .collect(),
        title_only: false,
        list: true,
    })
}
