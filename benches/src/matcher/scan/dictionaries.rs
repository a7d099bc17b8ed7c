//! Dictionaries to scan for: realistic ones, of which some three in a hundred posts have a keyword,
//! and dense ones of the commonest words.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use clap::ValueEnum;
use fengbiao_matcher::fold::fold_str;
use fengbiao_matcher::scan::{PatternId, Rarity, Scan, Scanner};

use super::texts::shuffle;
use crate::posts::Numbers;

/// Posts with a keyword of a realistic dictionary, at most, of a thousand.
const HITS_PER_MILLE: usize = 30;
/// Keywords longer than one word are two of these joined.
const JOINED_FROM: usize = 2_000;

/// What a dictionary is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Words and pairs of words in random order, few of which occur
    Realistic,
    /// The commonest words, then pairs of them
    Dense,
}

/// What fixed hashing makes of keywords: the same in every run.
type Known = HashSet<String, BuildHasherDefault<std::hash::DefaultHasher>>;

/// So many keywords, no two of which fold alike.
pub(crate) fn keywords(
    kind: Kind,
    count: usize,
    words: &[(String, u64)],
    posts: &[&str],
) -> anyhow::Result<Vec<String>> {
    match kind {
        Kind::Dense => {
            let words = commonest_first(words);
            Ok(distinct(words.iter().cloned().chain(joined(&words)), count))
        }
        Kind::Realistic => realistic(HITS_PER_MILLE, count, words, posts),
    }
}

/// Words of two characters and more.
fn commonest_first(words: &[(String, u64)]) -> Vec<String> {
    let mut words: Vec<(String, u64)> = words.to_vec();
    words.retain(|(word, _)| word.chars().count() > 1);
    words.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    words.into_iter().map(|(word, _)| word).collect()
}

/// Pairs of the commonest words.
fn joined(words: &[String]) -> impl Iterator<Item = String> {
    let common = &words[..JOINED_FROM.min(words.len())];
    let pair = move |first: &String, second: &String| format!("{first}{second}");
    (0..common.len()).flat_map(move |step| {
        (0..common.len()).map(move |at| pair(&common[at], &common[(at + step) % common.len()]))
    })
}

fn distinct(words: impl Iterator<Item = String>, count: usize) -> Vec<String> {
    let mut known = Known::default();
    words
        .filter(|word| known.insert(fold_str(word)))
        .take(count)
        .collect()
}

/// Twice as many words and pairs of any words in random order, of which those are taken that do not
/// occur, and others until so many posts of a thousand have one.
pub(crate) fn realistic(
    per_mille: usize,
    count: usize,
    words: &[(String, u64)],
    posts: &[&str],
) -> anyhow::Result<Vec<String>> {
    let words = commonest_first(words);
    let mut numbers = Numbers(3);
    let mut single = words.clone();
    shuffle(&mut single, &mut numbers);
    single.truncate(count);
    let mut other = words.clone();
    shuffle(&mut other, &mut numbers);
    let joined = (0..).map(|at| {
        let [first, second] = [at % words.len(), (at * 7 + at / words.len()) % words.len()];
        format!("{}{}", words[first], other[second])
    });
    let mut drawn = distinct(single.into_iter().chain(joined), count * 2);
    shuffle(&mut drawn, &mut numbers);
    let scanner = Scanner::new(&drawn, &Rarity::unknown())?;
    let mut scan = Scan::default();
    let mut posts_with = vec![0_usize; drawn.len()];
    // The number of the last post that had it, from 1: a post that says it twice is one post.
    let mut last_with = vec![0_usize; drawn.len()];
    for (number, post) in (1..).zip(posts) {
        scanner.scan(post, &mut scan, |PatternId(keyword), _| {
            if std::mem::replace(&mut last_with[keyword], number) != number {
                posts_with[keyword] += 1;
            }
        });
    }
    let mut left = posts.len() * per_mille / 1_000;
    let kept = drawn.into_iter().zip(posts_with).filter(|&(_, with)| {
        let kept = with <= left;
        if kept {
            left -= with;
        }
        kept
    });
    Ok(kept.map(|(keyword, _)| keyword).take(count).collect())
}
