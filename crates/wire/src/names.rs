//! Names that were read before, so that the next record with the same ones copies nothing.

use std::str::FromStr;

use fengbiao_model::{ServiceId, SourceId};

use crate::limits::REMEMBERED_NAMES;

/// The names of services and sources that records had last. Records come from few of both.
#[derive(Debug, Default)]
pub(crate) struct Names {
    services: Known<ServiceId>,
    sources: Known<SourceId>,
}

impl Names {
    /// A service; none where the text is no name.
    pub(crate) fn service(&mut self, text: &str) -> Option<ServiceId> {
        self.services.get(text, ServiceId::as_str)
    }

    /// A source; none where the text is no name.
    pub(crate) fn source(&mut self, text: &str) -> Option<SourceId> {
        self.sources.get(text, SourceId::as_str)
    }
}

/// Names at places that their texts give: whichever came last at one stands there.
#[derive(Debug)]
struct Known<T>(Vec<Option<T>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone + FromStr> Known<T> {
    fn get(&mut self, text: &str, as_str: impl Fn(&T) -> &str) -> Option<T> {
        let at = place(text);
        if let Some(Some(known)) = self.0.get(at)
            && as_str(known) == text
        {
            return Some(known.clone());
        }
        let name: T = text.parse().ok()?;
        if self.0.is_empty() {
            self.0.resize(REMEMBERED_NAMES, None);
        }
        if let Some(slot) = self.0.get_mut(at) {
            *slot = Some(name.clone());
        }
        Some(name)
    }
}

/// A place below [`REMEMBERED_NAMES`]: eight bytes at a time multiplied by the fraction of the golden
/// ratio, whose high bits are the best mixed ones.
fn place(text: &str) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = text.as_bytes().as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mix = |hash: u64, word: &[u8; 8]| {
        let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
        mixed ^ mixed >> 32
    };
    let hash = words.iter().chain([&last]).fold(text.len() as u64, mix);
    (usize::from((hash >> 48) as u16) * REMEMBERED_NAMES) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_whatever_stood_at_their_places() {
        let mut names = Names::default();
        let all: Vec<String> = (0..4 * REMEMBERED_NAMES)
            .map(|n| format!("来源-{n}"))
            .collect();
        for text in all.iter().chain(all.iter().rev()) {
            assert_eq!(names.source(text).unwrap().as_str(), text);
            assert_eq!(names.service(text).unwrap().as_str(), text);
        }
        let long = "x".repeat(513);
        for none in ["", "a\u{7f}", &long] {
            assert_eq!(names.source(none), None);
            assert_eq!(names.service(none), None);
        }
    }

    #[test]
    fn names_that_differ_in_a_letter_have_places_of_their_own() {
        let families: [fn(usize) -> String; 4] = [
            |n| format!("channel{n:02}-headlines"),
            |n| format!("微博热搜-{n:03}号"),
            |n| format!("https://rss.example.org/{n:04}/feed.xml"),
            |n| n.to_string(),
        ];
        for name in families {
            let places: std::collections::BTreeSet<_> =
                (0..REMEMBERED_NAMES).map(|n| place(&name(n))).collect();
            // By chance some 81 of 128 would be told apart.
            assert!(places.len() > 60, "{}: {}", name(0), places.len());
        }
    }

    #[test]
    fn a_name_that_is_known_is_not_made_again() {
        let mut names = Names::default();
        let [first, again] = [(); 2].map(|()| names.source("weibo-hot").unwrap());
        assert_eq!(first.as_str().as_ptr(), again.as_str().as_ptr());
    }
}
