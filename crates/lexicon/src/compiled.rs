//! A checked lexicon, as the matcher takes it. Whoever holds one need not check it again.

use std::collections::BTreeMap;

use fengbiao_model::{Class, LabelKey, LexiconHash, RuleId, TimeSpan, Timestamp, TopicId};

/// A whole lexicon folder, checked.
#[derive(Clone, Debug)]
pub struct Lexicon {
    /// The hash of its texts: of every file's path and bytes, in the order of the paths.
    pub hash: LexiconHash,
    /// Its topics, by id.
    pub topics: Vec<Topic>,
}

/// One topic.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Its name, for people.
    pub name: String,
    /// Why it is watched.
    pub purpose: String,
    /// Who answers for it.
    pub owner: String,
    /// Words that the segmenter of this topic knows beside its dictionary.
    pub words: Vec<String>,
    /// Every keyword of the topic once, as written; expressions name them by [`KeyId`].
    pub keys: Vec<String>,
    /// What incidents are about.
    pub subjects: Vec<SubjectList>,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// How long after its last post a closed incident is opened again, where written.
    pub reopen_within: Option<TimeSpan>,
    /// What its incidents are sorted by from the moment they open.
    pub labels: BTreeMap<LabelKey, String>,
    /// `[tiers]` and `[tiers_all]` where the topic has its own.
    pub tiers: TierTexts,
}

/// A keyword: its index in [`Topic::keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// One kind of subject.
#[derive(Clone, Debug)]
pub struct SubjectList {
    /// The kind, such as `place`.
    pub kind: String,
    /// Its members.
    pub members: Vec<SubjectMember>,
    /// Texts that are none of them: a name inside one is no subject.
    pub strangers: Vec<KeyId>,
}

/// One subject with all the ways of writing it.
#[derive(Clone, Debug)]
pub struct SubjectMember {
    /// The name by which incidents know it.
    pub name: String,
    /// The keywords that name it; the name itself is among them.
    pub keys: Vec<KeyId>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What must be true.
    pub condition: Condition,
    /// The condition as written.
    pub source: String,
    /// Phrases inside which a keyword of this rule does not count.
    pub except: Vec<String>,
    /// 1 to 10.
    pub weight: u8,
    /// What kind of matter it speaks of.
    pub class: Class,
    /// From this time on it matches nothing (compared with `found_at`).
    pub expires: Option<Expiry>,
    /// Largest reading margin, in nats, at which an occurrence still counts as a word.
    pub margin: f64,
    /// Most separators between two Han characters of a keyword that are looked through.
    pub separators: u8,
    /// Texts that must hit.
    pub hits: Vec<Case>,
    /// Texts that must miss.
    pub misses: Vec<Case>,
}

impl Rule {
    /// Whether it no longer matches what is found at this time.
    #[must_use]
    pub fn expired(&self, found_at: Timestamp) -> bool {
        let expiry = self.expires.as_ref();
        expiry.is_some_and(|expiry| found_at >= expiry.at)
    }
}

/// The end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The first moment at which it no longer holds.
    pub at: Timestamp,
    /// Where it is written.
    pub place: Place,
}

/// A text that must hit or miss, and where it stands in the file (byte range).
#[derive(Clone, Debug)]
pub struct Case {
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Its text.
    pub text: String,
    /// Path of the file, relative to the lexicon's folder, and byte range in it.
    pub place: Place,
}

/// A byte range in one file of the lexicon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path relative to the lexicon's folder.
    pub path: String,
    /// The bytes.
    pub range: std::ops::Range<usize>,
}

/// A boolean expression. `title:` and the modes have been pushed down to the leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// At least one is true.
    Any(Vec<Condition>),
    /// All are true.
    All(Vec<Condition>),
    /// Not true; sees shielded text too.
    Not(Box<Condition>),
    /// One of these keywords occurs.
    Keys(Keys),
    /// A keyword of each side within a distance, in one field, without overlap.
    Near {
        /// One side.
        left: Keys,
        /// The other side.
        right: Keys,
        /// Most characters that the fold keeps between them.
        distance: u32,
        /// Whether the left one must come first.
        ordered: bool,
    },
    /// At least so many of these. A [`Keys`] that came from a list counts each of its members.
    AtLeast {
        /// How many.
        count: u32,
        /// Of what.
        of: Vec<Condition>,
    },
}

/// A set of keywords, read in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// The keywords, ascending, without repeats.
    pub keys: Vec<(KeyId, Reading)>,
    /// Whether only the title is looked at.
    pub title_only: bool,
    /// Whether it was written as one `@list`; then `n OF` counts distinct members.
    pub list: bool,
}

/// How an occurrence of a keyword must be read to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// The reading margin is at most the rule's.
    Margin,
    /// That, and the best segmentation has no token that properly contains it.
    Word,
    /// Every occurrence.
    Substring,
}

/// The tier conditions of a topic, as written, with their places for diagnostics.
#[derive(Clone, Debug, Default)]
pub struct TierTexts {
    /// `[tiers]`.
    pub tiers: Option<LadderText>,
    /// `[tiers_all]`.
    pub tiers_all: Option<LadderText>,
}

/// One ladder, as written.
#[derive(Clone, Debug)]
pub struct LadderText {
    /// The conditions with the place of each text (without its quotes).
    pub conditions: Vec<(fengbiao_model::Tier, String, Place)>,
    /// `[tiers.hold]`: the holds of the tiers, in the same form. Each is of a tier with a condition.
    pub holds: Vec<(fengbiao_model::Tier, String, Place)>,
    /// `calm_after`, where written.
    pub calm_after: Option<TimeSpan>,
    /// The floors under its detectors, where written.
    pub floors: FloorTexts,
}

/// The floors under the detectors of a ladder that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FloorTexts {
    /// `min_sigma`.
    pub min_sigma: Option<f64>,
    /// `min_posts`.
    pub min_posts: Option<u64>,
    /// `min_sources`.
    pub min_sources: Option<u64>,
    /// `min_before`.
    pub min_before: Option<u64>,
}
