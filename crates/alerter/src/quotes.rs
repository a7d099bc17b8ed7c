//! The posts that an incident quotes: the first ones, and those of widest reach.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Deref;

use fengbiao_model::{PostId, Quote, Timestamp};

use crate::limits::{MAX_FIRST_QUOTES, MAX_WIDE_QUOTES};

/// The first come first.
type ByTime = (Timestamp, PostId);
/// Those of widest reach come first.
type ByWidth = (Reverse<u64>, PostId);

/// The quotes of one incident, by post.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quotes {
    of: BTreeMap<PostId, Quote>,
    /// Derived, since most posts of a loud incident are not quoted and are told so at once: the
    /// last of the first and the last of the widest, where every quote is one or the other.
    /// Forgotten whenever a quote changes.
    edge: Option<(ByTime, ByWidth)>,
}

impl Deref for Quotes {
    type Target = BTreeMap<PostId, Quote>;

    fn deref(&self) -> &Self::Target {
        &self.of
    }
}

impl Quotes {
    /// Puts a quote, whatever its place.
    pub(crate) fn put(&mut self, quote: Quote) {
        self.edge = None;
        self.of.insert(quote.post, quote);
    }

    /// The quote of a post, to be changed.
    pub(crate) fn get_mut(&mut self, post: PostId) -> Option<&mut Quote> {
        self.edge = None;
        self.of.get_mut(&post)
    }

    /// Takes a quote out.
    pub(crate) fn remove(&mut self, post: PostId) {
        self.edge = None;
        self.of.remove(&post);
    }

    /// Keeps a quote if it is among the first or the widest; another one may have to go. Gives the
    /// post that is quoted no longer, or not at all.
    pub(crate) fn keep(&mut self, quote: Quote) -> Option<PostId> {
        self.put(quote);
        let gone = self.displaced()?;
        self.remove(gone);
        Some(gone)
    }

    /// Whether [`Self::keep`] would give a new post back at once.
    pub(crate) fn has_no_place_for(
        &mut self,
        post: PostId,
        found_at: Timestamp,
        reach: u64,
    ) -> bool {
        if !self.is_full() || self.of.contains_key(&post) {
            return false;
        }
        self.edge = self.edge.or_else(|| self.find_edge());
        self.edge.is_some_and(|(last_of_first, last_of_wide)| {
            (found_at, post) > last_of_first && (Reverse(reach), post) > last_of_wide
        })
    }

    fn is_full(&self) -> bool {
        self.of.len() >= MAX_FIRST_QUOTES.max(MAX_WIDE_QUOTES)
    }

    fn find_edge(&self) -> Option<(ByTime, ByWidth)> {
        let (last_of_first, last_of_wide) = self.lasts();
        let neither =
            |quote: &Quote| by_time(quote) > last_of_first && by_width(quote) > last_of_wide;
        let all_placed = !self.of.values().any(neither);
        all_placed.then_some((last_of_first, last_of_wide))
    }

    /// The last of the first and the last of the widest; there are at least so many.
    fn lasts(&self) -> (ByTime, ByWidth) {
        let mut times: Vec<_> = self.of.values().map(by_time).collect();
        let mut widths: Vec<_> = self.of.values().map(by_width).collect();
        let (_, last_of_first, _) = times.select_nth_unstable(MAX_FIRST_QUOTES - 1);
        let (_, last_of_wide, _) = widths.select_nth_unstable(MAX_WIDE_QUOTES - 1);
        (*last_of_first, *last_of_wide)
    }

    /// The quote that is neither among the first nor among the widest: at most one, since they are
    /// kept one by one.
    fn displaced(&self) -> Option<PostId> {
        if self.of.len() <= MAX_FIRST_QUOTES.max(MAX_WIDE_QUOTES) {
            return None;
        }
        let (last_of_first, last_of_wide) = self.lasts();
        let neither = self
            .of
            .values()
            .filter(|quote| by_time(quote) > last_of_first && by_width(quote) > last_of_wide);
        neither
            .min_by_key(|quote| by_width(quote))
            .map(|quote| quote.post)
    }
}

const fn by_time(quote: &Quote) -> ByTime {
    (quote.found_at, quote.post)
}

fn by_width(quote: &Quote) -> ByWidth {
    (Reverse(quote.counts.reach()), quote.post)
}

#[cfg(test)]
mod tests {
    use fengbiao_model::{Counts, RuleId, SourceId, StoryId};
    use proptest::prelude::*;

    use super::*;

    fn quote((number, minute, reposts): (u64, i64, u64)) -> Quote {
        Quote {
            post: PostId::from_bytes(u128::from(number).to_be_bytes()),
            story: StoryId(number),
            source: SourceId::new("a").unwrap(),
            url: None,
            title: None,
            text: String::new(),
            published_at: None,
            found_at: Timestamp::of_minute(minute),
            counts: Counts {
                reposts: Some(reposts),
                ..Counts::default()
            },
            rule: RuleId::new("b").unwrap(),
            spans: Vec::new(),
            copies: 1,
            widest_copy: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// A post is told at once that it has no place just when it would be given back.
        #[test]
        fn what_has_no_place_is_what_is_given_back(
            posts in prop::collection::vec((0..2_000_u64, 0..50_i64, 0..20_u64), 1..400),
            changes in prop::collection::vec((0..400_usize, 0..40_u64), 0..40),
        ) {
            let mut quotes = Quotes::default();
            for (at, post) in posts.iter().enumerate() {
                for (_, reposts) in changes.iter().filter(|(when, _)| *when == at) {
                    let some = quotes.keys().nth(at % 100).copied();
                    if let Some(known) = some.and_then(|some| quotes.get_mut(some)) {
                        known.counts.reposts = Some(*reposts);
                    }
                }
                let new = quote(*post);
                let (id, reach) = (new.post, new.counts.reach());
                let told = quotes.has_no_place_for(id, new.found_at, reach);
                let mut kept = quotes.clone();
                let gone = kept.keep(new);
                prop_assert!(!told || gone == Some(id));
                // One that is neither after a change goes first, and is looked for.
                let settled = quotes.edge.is_some() && !quotes.contains_key(&id);
                prop_assert!(!settled || told == (gone == Some(id)));
                quotes = kept;
            }
        }
    }
}
