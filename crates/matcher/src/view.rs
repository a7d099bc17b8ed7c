//! What was found in one post, and what one topic sees of it.

use std::ops::Range;

use fengbiao_lexicon::compiled::{KeyId, Reading, Topic};
use fengbiao_model::{Field, Span};

use crate::fold::Folded;
use crate::program::{Program, TopicProgram, Use};
use crate::reading::{Facts, NotAWord, Words, containing_token, judge};
use crate::scan::{PatternId, Scan};

/// Where a keyword of a topic occurs. `start` and `end` are folded characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) topic: usize,
    pub(crate) key: KeyId,
    pub(crate) field: Field,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) pattern: usize,
}

/// Where an `except` phrase of a rule occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shield {
    topic: usize,
    rule: usize,
    pub(crate) field: Field,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) phrase: usize,
}

/// The memory in which posts are read, one after another. It says nothing about a post once the
/// next one is read; make one for each thread.
#[derive(Default)]
pub struct Scratch {
    scan: Scan,
    /// What the scan found: field, pattern, bytes of the field.
    spans: Vec<(Field, usize, Range<usize>)>,
    title: Folded,
    text: Folded,
    found: Vec<Found>,
    shields: Vec<Shield>,
    /// For each shield, the one that reaches furthest of it and those before it with the same
    /// topic, rule and field.
    furthest: Vec<usize>,
    words: Words,
}

impl Scratch {
    /// Scans a post, and folds it where a keyword occurs.
    pub(crate) fn read(&mut self, program: &Program, title: Option<&str>, text: &str) {
        self.title.clear();
        self.text.clear();
        self.spans.clear();
        self.found.clear();
        self.shields.clear();
        self.furthest.clear();
        self.words.clear();
        let spans = &mut self.spans;
        for (field, of) in [(Field::Title, title), (Field::Text, Some(text))] {
            if let Some(of) = of {
                let told = |PatternId(pattern), bytes| spans.push((field, pattern, bytes));
                program.scanner.scan(of, &mut self.scan, told);
            }
        }
        if !self.spans.is_empty() {
            self.title.refill(title.unwrap_or_default());
            self.text.refill(text);
            self.hand_out(program);
        }
    }

    /// Gives the patterns found to those that use them.
    fn hand_out(&mut self, program: &Program) {
        for (field, pattern, bytes) in &self.spans {
            let (field, pattern) = (*field, *pattern);
            let folded = if field == Field::Title {
                &self.title
            } else {
                &self.text
            };
            let (start, end) = folded.chars_in(bytes);
            for user in &program.uses[pattern] {
                match *user {
                    Use::Key { topic, key } => self.found.push(Found {
                        topic,
                        key,
                        field,
                        start,
                        end,
                        pattern,
                    }),
                    Use::Except {
                        topic,
                        rule,
                        phrase,
                    } => self.shields.push(Shield {
                        topic,
                        rule,
                        field,
                        start,
                        end,
                        phrase,
                    }),
                }
            }
        }
        self.found.sort_unstable();
        self.shields.sort_unstable();
        for (at, shield) in self.shields.iter().enumerate() {
            let before = at
                .checked_sub(1)
                .map(|before| self.furthest[before])
                .filter(|&before| {
                    let before = &self.shields[before];
                    (before.topic, before.rule, before.field)
                        == (shield.topic, shield.rule, shield.field)
                        && before.end >= shield.end
                });
            self.furthest.push(before.unwrap_or(at));
        }
    }

    /// The topics of which a keyword occurs, ascending.
    pub(crate) fn topics(&self) -> Vec<usize> {
        let mut topics: Vec<usize> = self.found.iter().map(|found| found.topic).collect();
        topics.dedup();
        topics
    }

    /// The folded title (empty without one) and text.
    pub(crate) fn folded(&self) -> (&Folded, &Folded) {
        (&self.title, &self.text)
    }

    /// What a topic sees.
    pub(crate) fn view<'a>(
        &'a mut self,
        index: usize,
        topic: &'a Topic,
        program: &'a TopicProgram,
    ) -> View<'a> {
        let first = self.found.partition_point(|found| found.topic < index);
        let last = self.found.partition_point(|found| found.topic <= index);
        let found = &self.found[first..last];
        View {
            index,
            topic,
            program,
            fields: (&self.title, &self.text),
            found,
            shields: &self.shields,
            furthest: &self.furthest,
            words: &mut self.words,
            facts: vec![None; found.len()],
            tokens: vec![None; found.len()],
        }
    }
}

/// One topic's occurrences in one post. What is found out about an occurrence is kept.
pub(crate) struct View<'a> {
    index: usize,
    pub(crate) topic: &'a Topic,
    pub(crate) program: &'a TopicProgram,
    fields: (&'a Folded, &'a Folded),
    /// Its occurrences, by key, field and place; named by their index here.
    pub(crate) found: &'a [Found],
    shields: &'a [Shield],
    furthest: &'a [usize],
    words: &'a mut Words,
    facts: Vec<Option<Facts>>,
    tokens: Vec<Option<Option<Range<usize>>>>,
}

impl View<'_> {
    /// The folded text of a field.
    pub(crate) fn folded(&self, field: Field) -> &Folded {
        match field {
            Field::Title => self.fields.0,
            Field::Text => self.fields.1,
        }
    }

    /// The occurrences of a key.
    pub(crate) fn of_key(&self, key: KeyId) -> Range<usize> {
        self.found.partition_point(|found| found.key < key)
            ..self.found.partition_point(|found| found.key <= key)
    }

    /// Those of `asked`, ascending by key, whose key occurs. Lists are long and posts short, so
    /// it goes by what occurs.
    pub(crate) fn present<T: Copy>(&self, asked: &[T], key: impl Fn(&T) -> KeyId) -> Vec<T> {
        let mut present = Vec::new();
        let mut last = None;
        for found in self
            .found
            .iter()
            .filter(|found| last.replace(found.key) != Some(found.key))
        {
            let first = asked.partition_point(|one| key(one) < found.key);
            let same = asked[first..]
                .iter()
                .take_while(|one| key(one) == found.key);
            present.extend(same);
        }
        present
    }

    /// Edges and margin of an occurrence.
    pub(crate) fn facts(&mut self, at: usize) -> Facts {
        if let Some(facts) = self.facts[at] {
            return facts;
        }
        let found = self.found[at];
        let folded = if found.field == Field::Title {
            self.fields.0
        } else {
            self.fields.1
        };
        let vocabulary = (self.index, &*self.program.vocabulary);
        let facts = self
            .words
            .facts(vocabulary, (found.field, folded), &(found.start..found.end));
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
            let folded = self.folded(self.found[at].field);
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
        let found = self.found[at];
        let folded = self.folded(found.field);
        let span = found.start..found.end;
        let token = containing_token(&self.program.vocabulary, folded, &span);
        self.tokens[at] = Some(token.clone());
        token
    }

    /// An `except` phrase of a rule in which an occurrence lies wholly.
    pub(crate) fn shield(&self, rule: usize, at: usize) -> Option<&Shield> {
        let found = &self.found[at];
        let place = (self.index, rule, found.field, found.start);
        let next = self.shields.partition_point(|shield| {
            (shield.topic, shield.rule, shield.field, shield.start) <= place
        });
        let shield = &self.shields[self.furthest[next.checked_sub(1)?]];
        let same = (shield.topic, shield.rule, shield.field) == (self.index, rule, found.field);
        (same && shield.end >= found.end).then_some(shield)
    }

    /// All places of the `except` phrases of a rule.
    pub(crate) fn shields(&self, rule: usize) -> &[Shield] {
        let place = (self.index, rule);
        let first = self
            .shields
            .partition_point(|shield| (shield.topic, shield.rule) < place);
        let last = self
            .shields
            .partition_point(|shield| (shield.topic, shield.rule) <= place);
        &self.shields[first..last]
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
