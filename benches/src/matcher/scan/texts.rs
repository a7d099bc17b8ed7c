//! Posts to scan: every text of the corpora, short titles joined; or generated from the
//! dictionary's words.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::posts::Numbers;

/// Bytes to which titles are joined and texts generated; with the longer texts of the corpora posts have
/// 305 on average.
const POST_BYTES: usize = 277;
/// A generated text has a comma or a full stop after so many words on average.
const WORDS_A_SENTENCE: u64 = 6;
/// The texts of the corpora: file, and the fields in which they lie.
const FILES: [(&str, &[&str]); 5] = [
    ("hot_titles_weibo_2020_2023.jsonl.zst", &["title"]),
    ("hot_titles_zhihu_2020_2023.jsonl.zst", &["title"]),
    ("news_posts_2020.jsonl.zst", &["text"]),
    ("health_news_2020.jsonl.zst", &["title", "summary"]),
    ("factcheck_replies_zh_tw.jsonl.zst", &["text"]),
];

/// The shipped dictionary: words of two characters and more with their frequencies.
pub(crate) fn words() -> anyhow::Result<Vec<(String, u64)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/matcher/data/dict.txt.zst");
    let file = std::fs::File::open(&path).with_context(|| format!("opening {}", path.display()))?;
    let text = zstd::decode_all(file)?;
    let mut words = Vec::new();
    for line in text.lines() {
        let line = line?;
        let (word, frequency) = line.split_once(' ').context("a word and its frequency")?;
        words.push((word.to_owned(), frequency.parse()?));
    }
    Ok(words)
}

/// Posts of at most so many bytes together, from the corpora where there are any. They lie one behind
/// another in memory, as those of a batch of the log do, and stay there.
pub(crate) fn posts(
    corpora: Option<&Path>,
    words: &[(String, u64)],
    most_bytes: usize,
) -> anyhow::Result<Vec<&'static str>> {
    posts_of(POST_BYTES, corpora, words, most_bytes)
}

/// The same with titles joined to `post_bytes`.
pub(crate) fn posts_of(
    post_bytes: usize,
    corpora: Option<&Path>,
    words: &[(String, u64)],
    most_bytes: usize,
) -> anyhow::Result<Vec<&'static str>> {
    let mut posts = match corpora {
        Some(folder) => from_corpora(folder, post_bytes)?,
        None => generated(words, post_bytes, most_bytes),
    };
    shuffle(&mut posts, &mut Numbers(1));
    let mut bytes = 0;
    posts.retain(|post| {
        bytes += post.len();
        bytes <= most_bytes
    });
    let mut rest: &str = posts.concat().leak();
    let mut next = |bytes| {
        let (post, behind) = rest.split_at(bytes);
        rest = behind;
        post
    };
    Ok(posts.iter().map(|post| next(post.len())).collect())
}

/// Every text of the corpora by itself.
pub(crate) fn every(corpora: &Path) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for file in FILES {
        read(corpora, file, |text| texts.push(text.to_owned()))?;
    }
    texts.retain(|text| !text.trim().is_empty());
    Ok(texts)
}

/// Gives the texts of one corpus.
fn read(
    folder: &Path,
    (name, fields): (&str, &[&str]),
    mut text: impl FnMut(&str),
) -> anyhow::Result<()> {
    let path = folder.join(name);
    let file = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
    for line in BufReader::new(zstd::Decoder::new(file)?).lines() {
        let record: Value = serde_json::from_str(&line?)?;
        fields
            .iter()
            .filter_map(|field| record[*field].as_str())
            .for_each(&mut text);
    }
    Ok(())
}

fn from_corpora(folder: &Path, post_bytes: usize) -> anyhow::Result<Vec<String>> {
    let mut posts = Vec::new();
    for file in FILES {
        let mut post = String::new();
        read(folder, file, |text| {
            if post.len() + text.len() / 2 > post_bytes {
                posts.push(std::mem::take(&mut post));
            }
            if !post.is_empty() {
                post.push('，');
            }
            post.push_str(text);
        })?;
        posts.push(post);
    }
    posts.retain(|post| !post.is_empty());
    Ok(posts)
}

/// Words by their frequencies, with punctuation between.
fn generated(words: &[(String, u64)], post_bytes: usize, most_bytes: usize) -> Vec<String> {
    let mut sums = Vec::with_capacity(words.len());
    let mut total = 0;
    for (_, frequency) in words {
        total += frequency;
        sums.push(total);
    }
    let mut numbers = Numbers(2);
    let mut posts = Vec::new();
    for _ in 0..most_bytes / post_bytes.max(1) {
        let mut post = String::new();
        while post.len() < post_bytes {
            let drawn = numbers.below(total.max(1));
            let at = sums.partition_point(|&sum| sum <= drawn);
            post.push_str(&words[at].0);
            if numbers.below(WORDS_A_SENTENCE) == 0 {
                post.push('，');
            }
        }
        posts.push(post);
    }
    posts
}

/// Puts things into an order that looks random (Fisher and Yates).
pub(crate) fn shuffle<T>(things: &mut [T], numbers: &mut Numbers) {
    for last in (1..things.len()).rev() {
        let other = usize::try_from(numbers.below(last as u64 + 1)).unwrap_or(last);
        things.swap(last, other);
    }
}
