//! The engine for crowded dictionaries: an Aho-Corasick automaton stepped over the folded units. Its
//! cost does not depend on how many keywords share their parts.

use std::collections::BTreeMap;

use daachorse::CharwiseDoubleArrayAhoCorasick;

use super::ScanError;
use super::slots::Verified;

/// An automaton over letters, each of which stands for a unit.
pub(super) struct Automaton {
    /// Values are indexes in `alike`.
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// Keywords of the same units, with how many those are.
    alike: Vec<(usize, Vec<u32>)>,
}

impl Automaton {
    /// From folded keywords, none of them empty.
    pub(super) fn new(keywords: &[Box<[u16]>]) -> Result<Self, ScanError> {
        let mut by_units: BTreeMap<&[u16], Vec<u32>> = BTreeMap::new();
        for (number, units) in (0..).zip(keywords) {
            by_units.entry(units).or_default().push(number);
        }
        let texts = by_units
            .keys()
            .map(|units| units.iter().map(|&unit| letter(unit)));
        let texts: Vec<String> = texts.map(Iterator::collect).collect();
        let automaton = CharwiseDoubleArrayAhoCorasick::with_values(texts.iter().zip(0..))
            .map_err(ScanError::automaton)?;
        let alike = by_units
            .into_iter()
            .map(|(units, numbers)| (units.len(), numbers))
            .collect();
        Ok(Self { automaton, alike })
    }

    /// Calls `found` with each keyword of the text and the units it stands over.
    pub(super) fn scan(&self, units: &[u16], mut found: impl FnMut(Verified)) {
        let mut stepper = self.automaton.find_overlapping_stepper();
        for (at, &unit) in units.iter().enumerate() {
            stepper.consume(letter(unit));
            for hit in stepper.matches() {
                let (length, numbers) = &self.alike[hit.value() as usize];
                for &keyword in numbers {
                    found(Verified {
                        keyword,
                        start: at + 1 - length,
                        end: at + 1,
                    });
                }
            }
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let numbers: usize = self.alike.iter().map(|(_, numbers)| numbers.len()).sum();
        self.automaton.heap_bytes()
            + size_of_val(self.alike.as_slice())
            + numbers * size_of::<u32>()
    }
}

/// A letter for each unit: halves of surrogate pairs, which are no letters, lie in the first plane
/// beyond.
fn letter(unit: u16) -> char {
    let code = u32::from(unit);
    char::from_u32(code)
        .or_else(|| char::from_u32(0x1_0000 + code))
        .unwrap_or_default()
}
