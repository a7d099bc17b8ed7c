//! What one topic sees of what was found in one post.

use std::ops::Range;

use fengbiao_lexicon::compiled::{KeyId, Reading, Topic};
use fengbiao_model::{Field, Span};

use crate::fold::Folded;
use crate::joined::Joined;
use crate::program::TopicProgram;
use crate::reading::{Facts, NotAWord, Source, Words, judge};
use crate::scratch::Found;
use crate::shields::{FoundPhrase, Shields};

/// One topic's occurrences in one post. What is found out about an occurrence is kept.
pub(crate) struct View<'a> {
    pub(crate) topic: &'a Topic,
    pub(crate) program: &'a TopicProgram,
    pub(crate) fields: (&'a Folded, &'a Folded),
    pub(crate) joined: (&'a Joined, &'a Joined),
    /// Its occurrences, by key, field and place; named by their index here.
    pub(crate) found: &'a [Found],
    /// The keys that occur, ascending, each with its occurrences.
    pub(crate) keys: Vec<(KeyId, Range<usize>)>,
    /// The `except` phrases of its rules that occur, by pattern.
    pub(crate) phrases: &'a [FoundPhrase],
    pub(crate) words: &'a mut Words,
    pub(crate) facts: Vec<Option<Facts>>,
    pub(crate) tokens: Vec<Option<Option<Range<usize>>>>,
}

impl<'a> View<'a> {
    /// The folded text of a field.
    pub(crate) fn folded(&self, field: Field) -> &Folded {
        match field {
            Field::Title => self.fields.0,
            Field::Text => self.fields.1,
        }
    }

    /// The text in which an occurrence is read, and its characters there: the joined one where
    /// separators part it.
    pub(crate) fn context(&self, at: usize) -> (Source, &'a Folded, Range<usize>) {
        let found = self.found[at];
        let (whole, joined) = match found.field {
            Field::Title => (self.fields.0, self.joined.0),
            Field::Text => (self.fields.1, self.joined.1),
        };
        match found.parted {
            None => ((found.field, false), whole, found.start..found.end),
            Some(parted) => (
                (found.field, true),
                joined.folded(),
                parted.start..parted.end,
            ),
        }
    }

    /// Most separators between two characters of an occurrence.
    pub(crate) fn separators(&self, at: usize) -> u8 {
        self.found[at].parted.map_or(0, |parted| parted.most)
    }

    /// Those of `asked`, ascending by key, whose key occurs, with its occurrences. It goes by the
    /// fewer: most lists are longer than what occurs in a post, and some posts are long.
    pub(crate) fn present<T: Copy>(
        &self,
        asked: &[T],
        key: impl Fn(&T) -> KeyId,
    ) -> Vec<(T, Range<usize>)> {
        let mut present = Vec::new();
        if asked.len() < self.keys.len() {
            for one in asked {
                if let Ok(at) = self.keys.binary_search_by_key(&key(one), |&(key, _)| key) {
                    present.push((*one, self.keys[at].1.clone()));
                }
            }
            return present;
        }
        for (occurring, places) in &self.keys {
            let first = asked.partition_point(|one| key(one) < *occurring);
            let same = asked[first..]
                .iter()
                .take_while(|one| key(one) == *occurring);
            present.extend(same.map(|one| (*one, places.clone())));
        }
        present
    }

    /// Edges and margin of an occurrence.
    pub(crate) fn facts(&mut self, at: usize) -> Facts {
        if let Some(facts) = self.facts[at] {
            return facts;
        }
        let (source, folded, span) = self.context(at);
        let vocabulary = &self.program.vocabulary;
        let facts = self.words.facts(vocabulary, (source, folded), &span);
        self.facts[at] = Some(facts);
        facts
    }

    /// Whether an occurrence is read as a reading asks, under a limit in nats.
    pub(crate) fn read(&mut self, at: usize, reading: Reading, limit: f64) -> Result<(), NotAWord> {
        if reading == Reading::Substring {
            return Ok(());
        }
        judge(self.facts(at), reading, limit)?;
        if reading == Reading::Word
            && let Some(token) = self.token(at)
        {
            let (_, folded, _) = self.context(at);
            let token = folded.chars()[token].iter().collect();
            return Err(NotAWord::InsideAToken { token });
        }
        Ok(())
    }

    /// The token that properly contains an occurrence.
    fn token(&mut self, at: usize) -> Option<Range<usize>> {
        if let Some(known) = &self.tokens[at] {
            return known.clone();
        }
        let (source, folded, span) = self.context(at);
        let vocabulary = &self.program.vocabulary;
        let token = self.words.token(vocabulary, (source, folded), &span);
        self.tokens[at] = Some(token.clone());
        token
    }

    /// The places of the `except` phrases of a rule.
    pub(crate) fn shields(&self, rule: usize) -> Shields {
        let (phrases, separators) = (&self.program.phrases[rule], self.program.separators[rule]);
        Shields::of(phrases, separators, self.phrases)
    }

    /// Where folded characters lie in the post.
    pub(crate) fn span(&self, field: Field, start: usize, end: usize) -> Span {
        let (bytes, chars) = self.folded(field).origin(start, end);
        Span {
            field,
            start: bytes.start,
            end: bytes.end,
            char_start: chars.start,
            char_end: chars.end,
        }
    }
}
