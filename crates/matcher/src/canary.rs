//! The topic that every matcher has beside those of its lexicon: the pipeline's own, whose one rule
//! fits canaries.
//!
//! A canary is folded, scanned and decided like any post, so that a matcher that finds canaries
//! finds posts. Only posts of the reserved source are asked for it, and they for nothing else: no
//! text from outside can imitate one, and a canary is a hit of no other topic.

use fengbiao_lexicon::compiled::{Condition, KeyId, Keys, Reading, Rule, TierTexts, Topic};
use fengbiao_model::{CANARY_TEXT, Class, RuleId, TopicId};

/// The pipeline's topic.
pub(crate) fn topic() -> Topic {
    let keys = Keys {
        keys: vec![(KeyId(0), Reading::Substring)],
        title_only: false,
        list: false,
    };
    let rule = Rule {
        id: RuleId::canary(),
        condition: Condition::Keys(keys),
        source: CANARY_TEXT.to_owned(),
        except: Vec::new(),
        weight: 1,
        class: Class::Incident,
        expires: None,
        margin: 0.0,
        hits: Vec::new(),
        misses: Vec::new(),
    };
    Topic {
        id: TopicId::pipeline(),
        name: "pipeline".to_owned(),
        purpose: "see that posts come through".to_owned(),
        owner: "-".to_owned(),
        words: Vec::new(),
        keys: vec![CANARY_TEXT.to_owned()],
        subjects: Vec::new(),
        rules: vec![rule],
        tiers: TierTexts::default(),
        reopen_within: None,
        labels: std::collections::BTreeMap::new(),
    }
}
