//! What was found in one post, and what one topic sees of it.

use std::ops::Range;

use fengbiao_lexicon::compiled::{KeyId, Reading, Topic};
use fengbiao_model::{Field, Span};

use crate::fold::Folded;
use crate::joined::{Joined, Parted, may_join};
use crate::program::{Program, TopicProgram, Use};
use crate::reading::{Facts, NotAWord, Source, Words, containing_token, judge};
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
    /// How separators part it, if they do.
    pub(crate) parted: Option<Parted>,
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

/// How far separators are looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looking {
    /// As far as rules ask.
    AsRules,
    /// Even where no rule does: an explanation says so.
    Everywhere,
}

/// The memory in which posts are read, one after another. It says nothing about a post once the
/// next one is read; make one for each thread.
#[derive(Default)]
pub struct Scratch {
    scan: Scan,
    /// What the scan found: field, pattern, bytes of the field.
    spans: Vec<(Field, usize, Range<usize>)>,
    /// What the scan found of the joined texts.
    joined_spans: Vec<(Field, usize, Range<usize>)>,
    title: Folded,
    text: Folded,
    joined_title: Joined,
    joined_text: Joined,
    found: Vec<Found>,
    shields: Vec<Shield>,
    /// For each shield, the one that reaches furthest of it and those before it with the same
    /// topic, rule and field.
    furthest: Vec<usize>,
    words: Words,
}

impl Scratch {
    /// Scans a post, and folds it where a keyword occurs.
    pub(crate) fn read(
        &mut self,
        program: &Program,
        title: Option<&str>,
        text: &str,
        looking: Looking,
    ) {
        self.clear();
        let looks_through = program.looks_through || looking == Looking::Everywhere;
        let mut joins = false;
        let spans = &mut self.spans;
        for (field, of) in [(Field::Title, title), (Field::Text, Some(text))] {
            if let Some(of) = of {
                let told = |PatternId(pattern), bytes| spans.push((field, pattern, bytes));
                program.scanner.scan(of, &mut self.scan, told);
                joins |= looks_through && may_join(self.scan.units());
            }
        }
        if joins || !self.spans.is_empty() {
            self.title.refill(title.unwrap_or_default());
            self.text.refill(text);
        }
        if joins {
            self.join(program);
        }
        if !self.spans.is_empty() || !self.joined_spans.is_empty() {
            self.hand_out(program, looking);
        }
    }

    fn clear(&mut self) {
        self.title.clear();
        self.text.clear();
        self.joined_title.clear();
        self.joined_text.clear();
        self.spans.clear();
        self.joined_spans.clear();
        self.found.clear();
        self.shields.clear();
        self.furthest.clear();
        self.words.clear();
    }

    /// Scans the texts again without the separators between their Han characters.
    fn join(&mut self, program: &Program) {
        let spans = &mut self.joined_spans;
        for (field, joined, whole) in [
            (Field::Title, &mut self.joined_title, &self.title),
            (Field::Text, &mut self.joined_text, &self.text),
        ] {
            joined.refill(whole);
            let told = |PatternId(pattern), bytes| spans.push((field, pattern, bytes));
            program.scanner.scan(joined.text(), &mut self.scan, told);
        }
    }

    /// Gives the patterns found to those that use them.
    fn hand_out(&mut self, program: &Program, looking: Looking) {
        for at in 0..self.spans.len() {
            let (field, pattern, ref bytes) = self.spans[at];
            let (start, end) = match field {
                Field::Title => self.title.chars_in(bytes),
                Field::Text => self.text.chars_in(bytes),
            };
            self.give(program, (field, pattern), (start, end, None), u8::MAX);
        }
        for at in 0..self.joined_spans.len() {
            let (field, pattern, ref bytes) = self.joined_spans[at];
            let place = match field {
                Field::Title => self.joined_title.place(bytes),
                Field::Text => self.joined_text.place(bytes),
            };
            if let Some((start, end, parted)) = place {
                let most = match looking {
                    Looking::AsRules => 0,
                    Looking::Everywhere => u8::MAX,
                };
                self.give(program, (field, pattern), (start, end, Some(parted)), most);
            }
        }
        self.order();
    }

    /// Gives one occurrence to the keys and `except` phrases that it is of: a parted one to those
    /// that look through so many separators, or are looked at through `most`.
    fn give(
        &mut self,
        program: &Program,
        (field, pattern): (Field, usize),
        (start, end, parted): (usize, usize, Option<Parted>),
        most: u8,
    ) {
        let parts = parted.map_or(0, |parted| parted.most);
        for user in &program.uses[pattern] {
            match *user {
                Use::Key { topic, key } => {
                    if parts <= program.topics[topic].most_separators.max(most) {
                        self.found.push(Found {
                            topic,
                            key,
                            field,
                            start,
                            end,
                            pattern,
                            parted,
                        });
                    }
                }
                Use::Except {
                    topic,
                    rule,
                    phrase,
                } => {
                    if parts <= program.topics[topic].separators[rule] {
                        self.shields.push(Shield {
                            topic,
                            rule,
                            field,
                            start,
                            end,
                            phrase,
                        });
                    }
                }
            }
        }
    }

    /// Orders what was given, so that it can be looked up.
    fn order(&mut self) {
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
            joined: (&self.joined_title, &self.joined_text),
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
    joined: (&'a Joined, &'a Joined),
    /// Its occurrences, by key, field and place; named by their index here.
    pub(crate) found: &'a [Found],
    shields: &'a [Shield],
    furthest: &'a [usize],
    words: &'a mut Words,
    facts: Vec<Option<Facts>>,
    tokens: Vec<Option<Option<Range<usize>>>>,
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
        let (source, folded, span) = self.context(at);
        let vocabulary = (self.index, &*self.program.vocabulary);
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
        let (_, folded, span) = self.context(at);
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
