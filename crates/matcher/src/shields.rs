//! The places of a post in which a rule's `except` phrases hide its keywords.

use fengbiao_model::Field;

use crate::scratch::Found;

/// Where a phrase occurs that some rule of a topic excepts. `start` and `end` are folded characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundPhrase {
    pub(crate) topic: usize,
    pub(crate) pattern: usize,
    pub(crate) field: Field,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Most separators between two of its characters.
    pub(crate) most: u8,
}

/// An `except` phrase of a rule: its pattern, and its index in the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Phrase {
    pub(crate) pattern: usize,
    pub(crate) index: usize,
}

/// Where an `except` phrase of a rule occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shield {
    pub(crate) field: Field,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Its index in the rule.
    pub(crate) phrase: usize,
}

/// All places of a rule's `except` phrases. They are made for the rules that are tried: those of a
/// topic may except one phrase all together, and a text say it ten thousand times.
#[derive(Default)]
pub(crate) struct Shields {
    /// By field and place.
    all: Vec<Shield>,
    /// For each of them, the one that reaches furthest of it and those before it in its field.
    furthest: Vec<usize>,
}

impl Shields {
    /// Those of a rule with these phrases, which looks through so many separators, among all that
    /// its topic found.
    pub(crate) fn of(phrases: &[Phrase], separators: u8, found: &[FoundPhrase]) -> Self {
        let mut shields = Self::default();
        if found.is_empty() {
            return shields;
        }
        for &Phrase { pattern, index } in phrases {
            let first = found.partition_point(|found| found.pattern < pattern);
            let same = found[first..]
                .iter()
                .take_while(|found| found.pattern == pattern)
                .filter(|found| found.most <= separators);
            shields.all.extend(same.map(|found| Shield {
                field: found.field,
                start: found.start,
                end: found.end,
                phrase: index,
            }));
        }
        shields.all.sort_unstable();
        for (at, shield) in shields.all.iter().enumerate() {
            let before = shields.furthest.last().copied().filter(|&before| {
                let before: &Shield = &shields.all[before];
                before.field == shield.field && before.end >= shield.end
            });
            shields.furthest.push(before.unwrap_or(at));
        }
        shields
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Shield] {
        &self.all
    }

    /// One in which an occurrence lies wholly.
    pub(crate) fn over(&self, found: &Found) -> Option<&Shield> {
        let place = (found.field, found.start);
        let next = self
            .all
            .partition_point(|shield| (shield.field, shield.start) <= place);
        let shield = &self.all[self.furthest[next.checked_sub(1)?]];
        (shield.field == found.field && shield.end >= found.end).then_some(shield)
    }
}
