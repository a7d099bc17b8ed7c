//! The matcher itself.

use std::fmt;
use std::sync::Arc;

use fengbiao_lexicon::compiled::{Lexicon, Topic};
use fengbiao_model::{Hit, LexiconNumber, Position, Post, RuleId, Timestamp, TopicId};

use crate::canary;
use crate::decide::rule_hits;
use crate::dictionary::DictionaryError;
use crate::explain::{Explanation, explain};
use crate::program::Program;
use crate::scan::{Engine, Misfit, ScanError};
use crate::scratch::{Looking, Scratch};
use crate::segment::Segmenter;
use crate::signature::signature;
use crate::subject::subjects;

/// Why a lexicon cannot be matched with, or a rule not explained.
#[derive(Debug, thiserror::Error)]
pub enum MatcherError {
    /// A keyword or an `except` phrase folds to nothing.
    #[error(
        "topic `{topic}`: `{}` has no character that the fold keeps\nhint: it consists of \
         invisible characters; write it again", keyword.escape_unicode()
    )]
    NothingLeft {
        /// The topic.
        topic: TopicId,
        /// The keyword.
        keyword: String,
    },
    /// The scanner cannot be built.
    #[error(transparent)]
    Scanner(ScanError),
    /// The dictionary cannot be read.
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
    /// There is no such rule.
    #[error("topic `{topic}` has no rule `{rule}`, or there is no such topic")]
    NoSuchRule {
        /// The topic asked for.
        topic: TopicId,
        /// The rule asked for.
        rule: RuleId,
    },
}

/// Matches posts with one version of a lexicon. It keeps nothing between posts.
pub struct Matcher {
    lexicon: Arc<Lexicon>,
    number: LexiconNumber,
    /// The pipeline's own topic: its index follows those of the lexicon.
    canary: Topic,
    program: Program,
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What of a post is searched, and when it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    pub(crate) title: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) found_at: Timestamp,
}

impl<'a> Document<'a> {
    fn of(post: &'a Post<'_>) -> Self {
        let title = post.title.as_ref().map(fengbiao_model::Title::as_str);
        Self {
            title,
            text: post.text.as_str(),
            found_at: post.found_at,
        }
    }
}

impl Matcher {
    /// Makes a lexicon ready.
    ///
    /// # Errors
    /// [`MatcherError`] where a keyword folds to nothing or there are too many.
    pub fn new(
        lexicon: Arc<Lexicon>,
        number: LexiconNumber,
        segmenter: &Segmenter,
    ) -> Result<Self, MatcherError> {
        let (matcher, _nothing_stored) = Self::with_stored(lexicon, number, segmenter, &[])?;
        Ok(matcher)
    }

    /// The same with the scanner that [`Matcher::to_stored`] gave, if it fits; else it is compiled
    /// anew, and the reason told. It spares a part of the scanner's work only: see "Rules" in
    /// `benches/README.md`.
    ///
    /// # Errors
    /// See [`Matcher::new`].
    pub fn with_stored(
        lexicon: Arc<Lexicon>,
        number: LexiconNumber,
        segmenter: &Segmenter,
        stored: &[u8],
    ) -> Result<(Self, Result<(), Misfit>), MatcherError> {
        let canary = canary::topic();
        let (program, fits) = Program::new(&lexicon, &canary, segmenter, stored)?;
        let matcher = Self {
            canary,
            lexicon,
            number,
            program,
        };
        Ok((matcher, fits))
    }

    /// The compiled form of its scanner, to be stored; none where an automaton scans.
    #[must_use]
    pub fn to_stored(&self) -> Option<Vec<u8>> {
        self.program.scanner.to_stored()
    }

    /// The lexicon in force.
    #[must_use]
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> LexiconNumber {
        self.number
    }

    /// The same under the number that its lexicon gets once it is published.
    #[must_use]
    pub fn numbered(self, number: LexiconNumber) -> Self {
        Self { number, ..self }
    }

    /// What finds its keywords: chosen by how crowded they are.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.program.scanner.engine()
    }

    /// The hits of a post: one for each topic of which a rule matches, in the order of the topics.
    /// A canary is a hit of the pipeline's own topic only, and no other post is one of it.
    #[must_use]
    pub fn matches(&self, post: &Post<'_>, origin: Position, scratch: &mut Scratch) -> Vec<Hit> {
        let document = Document::of(post);
        scratch.read(
            &self.program,
            document.title,
            document.text,
            Looking::AsRules,
        );
        let mut hits = Vec::new();
        let mut signed = None;
        for index in scratch.topics() {
            let topic = self.lexicon.topics.get(index).unwrap_or(&self.canary);
            if topic.id.is_pipeline() != post.source.is_canary() {
                continue;
            }
            let mut view = scratch.view(index, topic, &self.program.topics[index]);
            let rules = rule_hits(&mut view, document.found_at);
            if rules.is_empty() {
                continue;
            }
            let subjects = subjects(&mut view);
            let (title, text) = scratch.folded();
            let signature = signed.get_or_insert_with(|| signature(title, text));
            hits.push(Hit {
                topic: topic.id.clone(),
                version: self.number,
                origin,
                rules,
                subjects,
                signature: *signature,
                post: post.clone().into_owned(),
            });
        }
        hits.sort_by(|a, b| a.topic.cmp(&b.topic));
        hits
    }

    /// Why each rule matches a post or does not: of one rule, or of every rule of which a keyword
    /// outside NOT occurs.
    ///
    /// # Errors
    /// [`MatcherError::NoSuchRule`] where the lexicon has no such rule.
    pub fn explain(
        &self,
        post: &Post<'_>,
        rule: Option<(&TopicId, &RuleId)>,
    ) -> Result<Explanation, MatcherError> {
        let only = match rule {
            None => None,
            Some((topic, rule)) => Some(self.find(topic, rule)?),
        };
        Ok(self.explain_document(Document::of(post), only))
    }

    fn find(&self, topic: &TopicId, rule: &RuleId) -> Result<(usize, usize), MatcherError> {
        let found = self
            .lexicon
            .topics
            .iter()
            .position(|known| known.id == *topic);
        let found = found.and_then(|index| {
            let rules = &self.lexicon.topics[index].rules;
            Some((index, rules.iter().position(|known| known.id == *rule)?))
        });
        found.ok_or_else(|| MatcherError::NoSuchRule {
            topic: topic.clone(),
            rule: rule.clone(),
        })
    }

    /// Topic and rule are named by their indexes.
    pub(crate) fn explain_document(
        &self,
        document: Document<'_>,
        only: Option<(usize, usize)>,
    ) -> Explanation {
        let mut scratch = Scratch::default();
        scratch.read(
            &self.program,
            document.title,
            document.text,
            Looking::Everywhere,
        );
        let topics = match only {
            Some((topic, rule)) => vec![(topic, Some(rule))],
            None => scratch
                .topics()
                .into_iter()
                .filter(|topic| *topic < self.lexicon.topics.len())
                .map(|topic| (topic, None))
                .collect(),
        };
        let mut explained = Vec::new();
        for (index, rule) in topics {
            let topic = &self.lexicon.topics[index];
            let mut view = scratch.view(index, topic, &self.program.topics[index]);
            explained.push(explain(&mut view, document, rule));
        }
        explained.retain(|topic| !topic.rules.is_empty());
        Explanation {
            version: self.number,
            title: document.title.map(str::to_owned),
            text: document.text.to_owned(),
            topics: explained,
        }
    }
}
