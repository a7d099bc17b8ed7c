//! A lexicon made ready: which patterns to look for, whose they are, and which rules they concern.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use fengbiao_lexicon::compiled::{Condition, KeyId, Keys, Lexicon, Reading, Rule, Topic};

use crate::MatcherError;
use crate::fold::FoldUnits;
use crate::required::required;
use crate::scan::{Misfit, Scanner};
use crate::segment::{Segmenter, Vocabulary};
use crate::shields::Phrase;

/// Whose a pattern is. Topics are named by their index in the lexicon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Key { topic: usize, key: KeyId },
    Except { topic: usize },
}

/// A keyword as a rule asks for it outside NOT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Positive {
    pub(crate) key: KeyId,
    pub(crate) reading: Reading,
    pub(crate) title_only: bool,
}

pub(crate) struct TopicProgram {
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Rules to be tried where a key occurs, by key: those that [require](required) it. No other
    /// rule can hold.
    pub(crate) candidates: Vec<Vec<usize>>,
    /// What each rule asks for outside NOT, ascending: much more than what it requires.
    pub(crate) positives: Vec<Vec<Positive>>,
    /// The `except` phrases of each rule.
    pub(crate) phrases: Vec<Vec<Phrase>>,
    /// Most separators that each rule looks through.
    pub(crate) separators: Vec<u8>,
    /// The most of them.
    pub(crate) most_separators: u8,
    /// Subject list and member that a key names; no member where it is a stranger to the list.
    pub(crate) subjects_of_key: BTreeMap<KeyId, Vec<(usize, Option<usize>)>>,
}

pub(crate) struct Program {
    pub(crate) scanner: Scanner,
    pub(crate) uses: Uses,
    pub(crate) topics: Vec<TopicProgram>,
    /// Whether a rule looks through separators.
    pub(crate) looks_through: bool,
}

impl Program {
    /// The topics are those of the lexicon, and behind them the `last` one. The `stored` scanner is
    /// used if it fits.
    pub(crate) fn new(
        lexicon: &Lexicon,
        last: &Topic,
        segmenter: &Segmenter,
        stored: &[u8],
    ) -> Result<(Self, Result<(), Misfit>), MatcherError> {
        let mut patterns = Patterns::default();
        let mut topics = Vec::with_capacity(lexicon.topics.len() + 1);
        for (index, topic) in lexicon.topics.iter().chain([last]).enumerate() {
            let phrases = patterns.add_topic(index, topic)?;
            topics.push(TopicProgram::new(topic, phrases, segmenter));
        }
        let (folded, uses) = patterns.made();
        let (scanner, fits) = Scanner::of_units(stored, &folded, segmenter.rarity())
            .map_err(MatcherError::Scanner)?;
        let program = Self {
            looks_through: topics.iter().any(|topic| topic.most_separators > 0),
            scanner,
            uses,
            topics,
        };
        Ok((program, fits))
    }
}

/// The users of each pattern, those of one after those of another.
pub(crate) struct Uses {
    /// Where the users of each pattern end.
    ends: Vec<usize>,
    all: Vec<Use>,
}

impl Uses {
    pub(crate) fn of(&self, pattern: usize) -> &[Use] {
        let start = pattern.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start..self.ends[pattern]]
    }
}

/// Folded texts in units, each once, with its number. One piece of memory for each: lexicons have a
/// hundred thousand.
#[derive(Default)]
struct Patterns {
    /// Its order says nothing: what is made of it goes by the numbers.
    known: HashMap<Box<[u16]>, usize, BuildHasherDefault<DefaultHasher>>,
    uses: Vec<(usize, Use)>,
    /// Memory for one folded text.
    units: Vec<u16>,
}

impl Patterns {
    /// Adds the keys and `except` phrases of a topic, and returns the phrases by rule.
    fn add_topic(&mut self, index: usize, topic: &Topic) -> Result<Vec<Vec<Phrase>>, MatcherError> {
        for (key, written) in (0..).map(KeyId).zip(&topic.keys) {
            self.add(topic, written, Use::Key { topic: index, key })?;
        }
        let mut phrases = Vec::with_capacity(topic.rules.len());
        for rule in &topic.rules {
            let mut of_rule = Vec::with_capacity(rule.except.len());
            for (phrase, text) in rule.except.iter().enumerate() {
                let pattern = self.add(topic, text, Use::Except { topic: index })?;
                of_rule.push(Phrase {
                    pattern,
                    index: phrase,
                });
            }
            phrases.push(of_rule);
        }
        Ok(phrases)
    }

    /// Adds a user of a text, and returns the text's number.
    fn add(&mut self, topic: &Topic, written: &str, user: Use) -> Result<usize, MatcherError> {
        let table = FoldUnits::get();
        self.units.clear();
        for c in written.chars() {
            table.fold(c, |unit| self.units.push(unit));
        }
        if self.units.is_empty() {
            let (topic, keyword) = (topic.id.clone(), written.to_owned());
            return Err(MatcherError::NothingLeft { topic, keyword });
        }
        let next = self.known.len();
        let at = match self.known.get(self.units.as_slice()) {
            Some(&known) => known,
            None => {
                self.known.insert(self.units.as_slice().into(), next);
                next
            }
        };
        self.uses.push((at, user));
        Ok(at)
    }

    /// The texts by their numbers, and the users of each in the order in which they came.
    fn made(mut self) -> (Vec<Box<[u16]>>, Uses) {
        let mut folded = vec![Box::default(); self.known.len()];
        for (units, at) in self.known {
            folded[at] = units;
        }
        self.uses.sort_by_key(|&(at, _)| at);
        // Several rules of a topic except one phrase.
        self.uses.dedup();
        let mut ends = vec![0; folded.len()];
        for (end, (at, _)) in (1..).zip(&self.uses) {
            ends[*at] = end;
        }
        let all = self.uses.into_iter().map(|(_, user)| user).collect();
        (folded, Uses { ends, all })
    }
}

impl TopicProgram {
    fn new(topic: &Topic, phrases: Vec<Vec<Phrase>>, segmenter: &Segmenter) -> Self {
        let positives: Vec<_> = topic.rules.iter().map(positives).collect();
        let candidates = candidates(topic, &positives);
        let mut subjects_of_key: BTreeMap<KeyId, Vec<(usize, Option<usize>)>> = BTreeMap::new();
        for (list, subjects) in topic.subjects.iter().enumerate() {
            let members = subjects.members.iter().enumerate();
            let named =
                members.flat_map(|(at, of)| of.keys.iter().map(move |&key| (key, Some(at))));
            let strangers = subjects.strangers.iter().map(|&key| (key, None));
            for (key, member) in named.chain(strangers) {
                subjects_of_key.entry(key).or_default().push((list, member));
            }
        }
        let vocabulary = segmenter.vocabulary(&topic.words);
        let separators: Vec<u8> = topic.rules.iter().map(|rule| rule.separators).collect();
        Self {
            vocabulary,
            candidates,
            positives,
            phrases,
            most_separators: separators.iter().copied().max().unwrap_or_default(),
            separators,
            subjects_of_key,
        }
    }
}

/// The rules of a topic that are tried where a key occurs, by key.
fn candidates(topic: &Topic, positives: &[Vec<Positive>]) -> Vec<Vec<usize>> {
    let mut rules_of_key = vec![0_u64; topic.keys.len()];
    for asked in positives {
        for key in keys_of(asked) {
            rules_of_key[index(key)] += 1;
        }
    }
    let mut candidates = vec![Vec::new(); topic.keys.len()];
    for (rule, asked) in positives.iter().enumerate() {
        let condition = &topic.rules[rule].condition;
        let required = required(condition, &|key| rules_of_key[index(key)]);
        // A checked rule requires something. Another is tried wherever a keyword of it occurs.
        for key in required.unwrap_or_else(|| keys_of(asked).collect()) {
            candidates[index(key)].push(rule);
        }
    }
    candidates
}

/// The keys that a rule asks for outside NOT, each once.
fn keys_of(asked: &[Positive]) -> impl Iterator<Item = KeyId> {
    let same = asked.chunk_by(|a, b| a.key == b.key);
    same.map(|same| same[0].key)
}

/// The place of a key in its topic's list.
pub(crate) fn index(key: KeyId) -> usize {
    #[allow(
        clippy::expect_used,
        reason = "targets have pointers of 32 bits or more"
    )]
    usize::try_from(key.0).expect("an index of 32 bits")
}

fn positives(rule: &Rule) -> Vec<Positive> {
    let mut found = Vec::new();
    collect(&rule.condition, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

fn collect(condition: &Condition, found: &mut Vec<Positive>) {
    let mut keys = |keys: &Keys| {
        let title_only = keys.title_only;
        let asked = keys.keys.iter();
        found.extend(asked.map(|&(key, reading)| Positive {
            key,
            reading,
            title_only,
        }));
    };
    match condition {
        Condition::Keys(leaf) => keys(leaf),
        Condition::Near { left, right, .. } => {
            keys(left);
            keys(right);
        }
        Condition::Any(of) | Condition::All(of) | Condition::AtLeast { of, .. } => {
            of.iter().for_each(|part| collect(part, found));
        }
        Condition::Not(_) => {}
    }
}
