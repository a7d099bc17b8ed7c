//! The memory in which a post is read: what the scan finds in it, handed out to those that use it.

use std::ops::Range;

use fengbiao_lexicon::compiled::{KeyId, Topic};
use fengbiao_model::Field;

use crate::fold::Folded;
use crate::joined::{Joined, Parted, may_join};
use crate::program::{Program, TopicProgram, Use, index};
use crate::reading::Words;
use crate::scan::{PatternId, Scan};
use crate::shields::FoundPhrase;
use crate::view::View;

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
    phrases: Vec<FoundPhrase>,
    words: Words,
}

impl Scratch {
    /// Scans a post, and folds it where a keyword occurs that some rule [requires](crate::required), or
    /// may where separators are looked through; `looking` everywhere, where any does.
    pub(crate) fn read(
        &mut self,
        program: &Program,
        title: Option<&str>,
        text: &str,
        looking: Looking,
    ) {
        let joins = self.scan(program, title, text, looking);
        if joins || looking == Looking::Everywhere || self.may_hold(program) {
            self.place(program, (title, text), (looking, joins));
        }
    }

    /// Scans a post, and tells whether keywords may also stand in it parted by separators.
    pub(crate) fn scan(
        &mut self,
        program: &Program,
        title: Option<&str>,
        text: &str,
        looking: Looking,
    ) -> bool {
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
        joins
    }

    /// Folds the post that was scanned, and gives what was found its place.
    pub(crate) fn place(
        &mut self,
        program: &Program,
        (title, text): (Option<&str>, &str),
        (looking, joins): (Looking, bool),
    ) {
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

    /// Whether a keyword occurs that some rule requires: else none can hold, and nothing need be known of
    /// the post. Lists of places have a keyword in every other post.
    fn may_hold(&self, program: &Program) -> bool {
        let required = |user: &Use| match *user {
            Use::Key { topic, key } => !program.topics[topic].candidates[index(key)].is_empty(),
            Use::Except { .. } => false,
        };
        let mut patterns = self.spans.iter().map(|&(_, pattern, _)| pattern);
        patterns.any(|pattern| program.uses.of(pattern).iter().any(required))
    }

    fn clear(&mut self) {
        self.title.clear();
        self.text.clear();
        self.joined_title.clear();
        self.joined_text.clear();
        self.spans.clear();
        self.joined_spans.clear();
        self.found.clear();
        self.phrases.clear();
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
        self.found.sort_unstable();
        self.phrases.sort_unstable();
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
        for user in program.uses.of(pattern) {
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
                Use::Except { topic } => {
                    if parts <= program.topics[topic].most_separators {
                        self.phrases.push(FoundPhrase {
                            topic,
                            pattern,
                            field,
                            start,
                            end,
                            most: parts,
                        });
                    }
                }
            }
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
        let first = self.phrases.partition_point(|found| found.topic < index);
        let last = self.phrases.partition_point(|found| found.topic <= index);
        View {
            topic,
            program,
            fields: (&self.title, &self.text),
            joined: (&self.joined_title, &self.joined_text),
            found,
            keys: by_key(found),
            phrases: &self.phrases[first..last],
            words: &mut self.words,
            facts: vec![None; found.len()],
            tokens: vec![None; found.len()],
        }
    }
}

/// The keys of a topic's occurrences, ascending, and the places of each.
fn by_key(found: &[Found]) -> Vec<(KeyId, Range<usize>)> {
    let mut next = 0;
    let same = found.chunk_by(|a, b| a.key == b.key);
    same.map(|same| {
        let first = next;
        next += same.len();
        (same[0].key, first..next)
    })
    .collect()
}
