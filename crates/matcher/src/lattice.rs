//! All words over a block of text, and how much more likely one way of reading it is than another.

use std::ops::Range;

/// What counts in a reading beside the frequencies of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Nats by which a word of one character is less likely than its frequency says: dictionaries
    /// count such characters too often, and 自/行车 is no near rival of 自行车.
    pub lone_character_nats: f64,
    /// The least frequency of the keyword itself, among the dictionary's 60 million words. Whoever
    /// lists 断供 means a word, though the dictionary has none.
    pub keyword_frequency: f64,
}

impl Costs {
    /// Words by their frequencies and nothing else, as in jieba.
    pub const FREQUENCIES: Self = Self {
        lone_character_nats: 0.0,
        keyword_frequency: 0.0,
    };

    /// What the matcher decides by. Chosen on one half of labelled text: "Word boundaries" in
    /// `benches/README.md`.
    pub const CHOSEN: Self = Self {
        lone_character_nats: 2.5,
        keyword_frequency: 50.0,
    };
}

/// One word over a block: from a place to `end`, with ln of its probability.
#[derive(Clone, Copy, Debug)]
struct Edge {
    end: usize,
    log_probability: f64,
}

/// All words over a block.
#[derive(Debug)]
pub(crate) struct Lattice {
    /// The words that begin at each place.
    edges: Vec<Vec<Edge>>,
    /// Best log-probability from the start to each place.
    forward: Vec<f64>,
    /// Best log-probability from each place to the end.
    backward: Vec<f64>,
    longest_chars: usize,
    /// The least log-probability of the keyword as a word.
    keyword: f64,
}

impl Lattice {
    /// Over a block of `count` characters. `words` tells where each word begins, how long it is, and ln of
    /// its frequency; `log_total` is ln of the sum of the frequencies of all words. A character that is
    /// no word is one of frequency 1, as in jieba.
    pub(crate) fn new(
        count: usize,
        longest_chars: usize,
        costs: &Costs,
        log_total: f64,
        words: impl FnOnce(&mut dyn FnMut(usize, usize, f64)),
    ) -> Self {
        let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); count];
        words(&mut |start, chars, log_frequency| {
            let lone = if chars == 1 {
                costs.lone_character_nats
            } else {
                0.0
            };
            edges[start].push(Edge {
                end: start + chars,
                log_probability: log_frequency - log_total - lone,
            });
        });
        for (start, here) in edges.iter_mut().enumerate() {
            if here.iter().all(|edge| edge.end != start + 1) {
                here.push(Edge {
                    end: start + 1,
                    log_probability: -log_total - costs.lone_character_nats,
                });
            }
        }
        let mut forward = vec![f64::NEG_INFINITY; count + 1];
        forward[0] = 0.0;
        for start in 0..count {
            for edge in &edges[start] {
                forward[edge.end] = forward[edge.end].max(forward[start] + edge.log_probability);
            }
        }
        let mut backward = vec![f64::NEG_INFINITY; count + 1];
        backward[count] = 0.0;
        for start in (0..count).rev() {
            for edge in &edges[start] {
                backward[start] = backward[start].max(edge.log_probability + backward[edge.end]);
            }
        }
        Self {
            edges,
            forward,
            backward,
            longest_chars,
            keyword: costs.keyword_frequency.ln() - log_total,
        }
    }

    /// The reading margin of `span` in nats, never negative: ln of the probability of the best
    /// segmentation in which no token properly contains `span`, less that of the best one with a
    /// border at both of its edges. With `keyword` the whole of `span` is a word of at least the
    /// frequency that every keyword has.
    pub(crate) fn margin(&self, span: &Range<usize>, keyword: bool) -> f64 {
        let own = if keyword {
            self.keyword
        } else {
            f64::NEG_INFINITY
        };
        let within = self.within(span).max(own);
        let bordered = self.forward[span.start] + within + self.backward[span.end];
        let free = self.free(span);
        (free - bordered).max(0.0)
    }

    /// Best log-probability of the characters of `span` alone.
    fn within(&self, span: &Range<usize>) -> f64 {
        let mut best = vec![f64::NEG_INFINITY; span.len() + 1];
        best[0] = 0.0;
        for start in span.clone() {
            for edge in self.edges[start].iter().filter(|edge| edge.end <= span.end) {
                let way = best[start - span.start] + edge.log_probability;
                let place = &mut best[edge.end - span.start];
                *place = place.max(way);
            }
        }
        best[span.len()]
    }

    /// Best log-probability of a segmentation in which no token properly contains `span`.
    fn free(&self, span: &Range<usize>) -> f64 {
        // Ways to each place of the span that use no such token; up to its start all ways do.
        let mut best = vec![f64::NEG_INFINITY; span.len() + 1];
        best[0] = self.forward[span.start];
        let mut whole = f64::NEG_INFINITY;
        for start in span.start.saturating_sub(self.longest_chars)..span.end {
            for edge in self.edges[start]
                .iter()
                .filter(|edge| edge.end > span.start)
            {
                let contains = start <= span.start && edge.end >= span.end;
                if contains && (start..edge.end) != *span {
                    continue;
                }
                let before = match start.checked_sub(span.start) {
                    Some(at) => best[at],
                    None => self.forward[start],
                };
                let way = before + edge.log_probability;
                if edge.end > span.end {
                    whole = whole.max(way + self.backward[edge.end]);
                } else {
                    let place = &mut best[edge.end - span.start];
                    *place = place.max(way);
                }
            }
        }
        whole.max(best[span.len()] + self.backward[span.end])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dictionary::log;
    use crate::segment::Segmenter;

    /// Log-probability of a token, by the list of all words.
    fn token(words: &[(String, u64)], costs: &Costs, token: &[char]) -> f64 {
        let word: String = token.iter().collect();
        let known = words
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, n)| *n);
        let frequency = known.or((token.len() == 1).then_some(1));
        let lone = if token.len() == 1 {
            costs.lone_character_nats
        } else {
            0.0
        };
        frequency.map_or(f64::NEG_INFINITY, |n| log(n) - log_total(words) - lone)
    }

    fn log_total(words: &[(String, u64)]) -> f64 {
        log(words.iter().map(|(_, n)| n).sum())
    }

    /// The margin by trying every segmentation of a block, one after another.
    fn by_trying_all(
        words: &[(String, u64)],
        costs: &Costs,
        block: &[char],
        span: &Range<usize>,
    ) -> f64 {
        let keyword = costs.keyword_frequency.ln() - log_total(words);
        let (mut free, mut bordered) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for cuts in 0..1_u32 << (block.len() - 1) {
            let mut borders = vec![0];
            borders.extend((1..block.len()).filter(|at| cuts >> (at - 1) & 1 == 1));
            borders.push(block.len());
            let (mut way, mut contained) = (0.0, false);
            for ends in borders.windows(2) {
                let own = (ends[0]..ends[1]) == *span;
                let plain = token(words, costs, &block[ends[0]..ends[1]]);
                way += if own { plain.max(keyword) } else { plain };
                contained |= ends[0] <= span.start && ends[1] >= span.end && !own;
            }
            if !contained {
                free = free.max(way);
            }
            if borders.contains(&span.start) && borders.contains(&span.end) {
                bordered = bordered.max(way);
            }
        }
        free - bordered
    }

    proptest! {
        #[test]
        fn the_margin_is_that_of_trying_all_segmentations(
            words in proptest::collection::btree_map("[甲乙丙]{1,4}", 1_u64..1000, 1..14),
            block in "[甲乙丙]{1,9}",
            ends in (0_usize..9, 0_usize..9),
            costs in (0.0..3.0, 0.0..100.0),
        ) {
            let words: Vec<_> = words.into_iter().collect();
            let block: Vec<char> = block.chars().collect();
            let start = ends.0 % block.len();
            let span = start..start + 1 + ends.1 % (block.len() - start);
            let costs = Costs { lone_character_nats: costs.0, keyword_frequency: costs.1 };
            let segmenter = Segmenter::from_words(&words).unwrap();
            let found = segmenter.plain.lattice(&block, &costs).margin(&span, true);
            let expected = by_trying_all(&words, &costs, &block, &span);
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn the_best_way_through_the_lattice_is_jiebas() {
        let segmenter = Segmenter::load().unwrap();
        for block in [
            "今天上午小区突然停电了",
            "学校食堂午饭后十几个学生呕吐",
            "自来水发黄有异味",
        ] {
            let letters: Vec<char> = block.chars().collect();
            let lattice = segmenter.plain.lattice(&letters, &Costs::FREQUENCIES);
            let (mut start, mut way) = (0, 0.0);
            for end in segmenter.plain.best(block) {
                let here = &lattice.edges[start];
                way += here
                    .iter()
                    .find(|edge| edge.end == end)
                    .unwrap()
                    .log_probability;
                start = end;
            }
            assert!((way - lattice.backward[0]).abs() < 1e-9, "{block}");
        }
    }

    #[test]
    fn the_margins_of_the_shipped_dictionary() {
        let segmenter = Segmenter::load().unwrap();
        for (block, keyword, low, high) in [
            ("产品和服务", "和服", 1.5, 30.0),
            ("新型冠状病毒", "病毒", 0.0, 0.0),
            ("断网了", "断网", 0.0, 1.5),
            ("慢性病", "性病", 1.5, 30.0),
            ("病毒性", "毒性", 1.4, 1.5),
            ("食物中毒", "中毒", 0.0, 0.0),
            ("大学校长", "学校", 1.5, 30.0),
            ("武汉人", "汉人", 1.5, 30.0),
            // jieba reads 多/地震/感.
            ("多地震感明显", "震感", 0.0, 1.5),
        ] {
            let at = block[..block.find(keyword).unwrap()].chars().count();
            let letters: Vec<char> = block.chars().collect();
            let lattice = segmenter.plain.lattice(&letters, &Costs::CHOSEN);
            let found = lattice.margin(&(at..at + keyword.chars().count()), true);
            assert!(
                (low..=high).contains(&found),
                "{keyword} in {block}: {found}"
            );
        }
    }
}
