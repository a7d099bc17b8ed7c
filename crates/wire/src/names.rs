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

/// A place below [`REMEMBERED_NAMES`], by the length, the first and the last bytes: names that agree
/// in all of them are few, and share a place. (Multiplied by the fraction of the golden ratio.)
fn place(text: &str) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let bytes = text.as_bytes();
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => [*first, *last],
        _ => {
            let mut short = [0; 8];
            short[..bytes.len()].copy_from_slice(bytes);
            [short, [0; 8]]
        }
    };
    let [first, last] = ends.map(u64::from_le_bytes);
    let hash = (first ^ last.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(FACTOR);
    // The high bits are the best mixed ones.
    usize::from((hash >> 48) as u16) % REMEMBERED_NAMES
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
    fn a_name_that_is_known_is_not_made_again() {
        let mut names = Names::default();
        let [first, again] = [(); 2].map(|()| names.source("weibo-hot").unwrap());
        assert_eq!(first.as_str().as_ptr(), again.as_str().as_ptr());
    }
}
