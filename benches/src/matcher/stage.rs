//! The stage from a post's JSON to its hits, part after part, beside what users would build from
//! jieba and an automaton, in one run.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use fengbiao_matcher::fold::fold_char;
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{HitRecord, LexiconNumber, Position, Post, PostId, PostRecord};
use fengbiao_wire::{PostJson, decode_post_record, encode_hit_record, encode_post_record};
use jieba_rs::Jieba;

use super::lexicons::of_rules;
use super::posts;
use super::scan::dictionaries::{Kind, keywords};
use super::scan::engines::Daachorse;
use super::scan::texts;
use crate::figures::{Spread, percent, processor_time, rate, say};

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Keywords of the lexicon
    #[arg(long, default_value_t = 100_000)]
    keywords: usize,
    /// Rules that they are shared out to
    #[arg(long, default_value_t = 1_000)]
    rules: usize,
    /// Text of the posts, at most, in millions of bytes
    #[arg(long, default_value_t = 40)]
    megabytes: usize,
    /// Times that all posts are taken
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
}

/// Takes all records, and says how many of them it is about.
type Run<'a> = Box<dyn FnMut(&[Vec<u8>]) -> anyhow::Result<usize> + 'a>;

/// One way of doing a part, what it found, and how long it took each time.
struct Row<'a> {
    name: &'static str,
    run: Run<'a>,
    took: Vec<Duration>,
    found: usize,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, run: impl FnMut(&[Vec<u8>]) -> anyhow::Result<usize> + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
            took: Vec::new(),
            found: 0,
        }
    }

    fn time(&mut self, records: &[Vec<u8>]) -> anyhow::Result<()> {
        let before = processor_time();
        self.found = std::hint::black_box((self.run)(records)?);
        self.took.push(processor_time().saturating_sub(before));
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(std::path::PathBuf::from);
    let words = texts::words()?;
    let texts = texts::posts(corpora.as_deref(), &words, arguments.megabytes * 1_000_000)?;
    let dictionary = keywords(Kind::Realistic, arguments.keywords, &words, &texts)?;
    let segmenter = Segmenter::load()?;
    let lexicon = of_rules(arguments.rules, &dictionary)?;
    let before = processor_time();
    let matcher = Matcher::new(lexicon, LexiconNumber(1), &segmenter)?;
    let built = processor_time().saturating_sub(before);
    let records: Vec<Vec<u8>> = (0..)
        .zip(&texts)
        .map(|(n, text)| record(n, text))
        .collect::<anyhow::Result<_>>()?;
    say(format_args!(
        "{} posts of {} bytes of text on average, {} of JSON; {} keywords in {} rules, compiled in \
         {:.0} ms; one thread, by the time of the processor",
        texts.len(),
        texts.iter().map(String::len).sum::<usize>() / texts.len().max(1),
        records.iter().map(Vec::len).sum::<usize>() / texts.len().max(1),
        dictionary.len(),
        arguments.rules,
        built.as_secs_f64() * 1e3,
    ));
    let automaton = Daachorse::new(&dictionary)?;
    let jieba = jieba(&words)?;
    let mut rows = rows(&matcher, &automaton, &jieba);
    for _ in 0..arguments.repetitions.max(1) {
        for row in &mut rows {
            row.time(&records)?;
        }
    }
    for row in &rows[..4] {
        ensure!(row.found == records.len(), "`{}` left posts out", row.name);
    }
    table(&rows, records.len());
    Ok(())
}

/// The bytes of a post as they lie in the log.
fn record(number: u64, text: &str) -> anyhow::Result<Vec<u8>> {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    Ok(encode_post_record(&PostRecord::Post(Post {
        id: PostId::from_bytes(id),
        native_id: Some(number.to_string().into()),
        ..posts::post(text)?
    })))
}

/// jieba with the shipped dictionary.
fn jieba(words: &[(String, u64)]) -> anyhow::Result<Jieba> {
    let mut lines = String::new();
    for (word, frequency) in words {
        lines.push_str(&format!("{word} {frequency}\n"));
    }
    Jieba::with_dict(&mut lines.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))
}

fn rows<'a>(matcher: &'a Matcher, automaton: &'a Daachorse, jieba: &'a Jieba) -> Vec<Row<'a>> {
    vec![
        Row::new(
            "parse: serde_json, borrowed, into the wire's struct",
            |records| {
                let parsed =
                    |record: &Vec<u8>| serde_json::from_slice::<PostJson<'_>>(record).is_ok();
                Ok(records.iter().filter(|record| parsed(record)).count())
            },
        ),
        Row::new("parse: sonic-rs, into the same", |records| {
            let parsed = |record: &Vec<u8>| sonic_rs::from_slice::<PostJson<'_>>(record).is_ok();
            Ok(records.iter().filter(|record| parsed(record)).count())
        }),
        Row::new(
            "parse: simd-json, into the same (a copy included)",
            |records| {
                let mut copy = Vec::new();
                let mut buffers = simd_json::Buffers::default();
                let mut parsed = 0;
                for record in records {
                    copy.clear();
                    copy.extend_from_slice(record);
                    let post = simd_json::serde::from_slice_with_buffers::<PostJson<'_>>(
                        &mut copy,
                        &mut buffers,
                    );
                    parsed += usize::from(post.is_ok());
                }
                Ok(parsed)
            },
        ),
        Row::new(
            "decode: parsed and checked, as the matcher does",
            |records| {
                let decoded = |record: &Vec<u8>| decode_post_record(record).is_ok();
                Ok(records.iter().filter(|record| decoded(record)).count())
            },
        ),
        Row::new(
            "**the stage: decode, scan, rules, hits**",
            stage(matcher, false),
        ),
        Row::new("the stage, hits encoded", stage(matcher, true)),
        Row::new(
            "decode → fold → String → daachorse → jieba on posts that hit",
            {
                let mut folded = String::new();
                move |records| {
                    let mut hits = 0;
                    for record in records {
                        let post = post(record)?;
                        folded.clear();
                        folded.extend(post.text.as_str().chars().filter_map(fold_char));
                        if automaton.occurs(&folded) {
                            hits += usize::from(!jieba.cut(&folded, false).is_empty());
                        }
                    }
                    Ok(hits)
                }
            },
        ),
    ]
}

fn stage(matcher: &Matcher, encoded: bool) -> impl FnMut(&[Vec<u8>]) -> anyhow::Result<usize> {
    let mut scratch = Scratch::default();
    move |records| {
        let mut hits = 0;
        for record in records {
            let found = matcher.matches(&post(record)?, Position::default(), &mut scratch);
            hits += usize::from(!found.is_empty());
            if encoded {
                for hit in found {
                    std::hint::black_box(encode_hit_record(&HitRecord::Hit(hit)));
                }
            }
        }
        Ok(hits)
    }
}

fn post(record: &[u8]) -> anyhow::Result<Post<'_>> {
    match decode_post_record(record)? {
        PostRecord::Post(post) => Ok(post),
        _ => Err(anyhow::anyhow!("no post")).context("a record that was made here"),
    }
}

fn table(rows: &[Row<'_>], posts: usize) {
    say("\n| | posts/s | µs a post | hits |\n|---|---|---|---|");
    for row in rows {
        let per_second = Spread::of(row.took.iter().map(|&took| rate(posts, took)));
        say(format_args!(
            "| {} | {per_second:.0} | {:.2} | {:.1} % |",
            row.name,
            1e6 / per_second.median,
            percent(row.found, posts),
        ));
    }
}
