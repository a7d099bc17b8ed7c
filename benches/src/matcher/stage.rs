//! The stage from a post's JSON to its hits, part after part, beside what users would build from
//! jieba and an automaton, in one run.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use fengbiao_matcher::fold::fold_char;
use fengbiao_matcher::scan::{Rarity, Scan, Scanner};
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{HitRecord, LexiconNumber, Position, Post, PostId, PostRecord};
use fengbiao_wire::{PostJson, PostReader, encode_hit_record, encode_post_record};
use jieba_rs::Jieba;

use super::lexicons::of_rules;
use super::posts;
use super::scan::dictionaries::realistic;
use super::scan::engines::{Daachorse, ours};
use super::scan::texts;
use crate::figures::{Spread, percent, processor_time, rate, say};

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Keywords of the lexicon
    #[arg(long, default_value_t = 100_000)]
    keywords: usize,
    /// Posts that have a keyword, at most, of a thousand; of these a rule matches about half
    #[arg(long, default_value_t = 60)]
    per_mille: usize,
    /// Rules that they are shared out to
    #[arg(long, default_value_t = 1_000)]
    rules: usize,
    /// Text of the posts, at most, in millions of bytes
    #[arg(long, default_value_t = 40)]
    megabytes: usize,
    /// Bytes to which short texts are joined to a post
    #[arg(long, default_value_t = 277)]
    post_bytes: usize,
    /// Times that all posts are taken
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
}

/// Takes all records, and says how many of them it is about (the scan: how many occurrences).
type Run<'a> = Box<dyn FnMut(&[&[u8]]) -> anyhow::Result<usize> + 'a>;

/// One way of doing a part, what it found, and how long it took each time.
struct Row<'a> {
    name: &'static str,
    run: Run<'a>,
    took: Vec<Duration>,
    found: usize,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, run: impl FnMut(&[&[u8]]) -> anyhow::Result<usize> + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
            took: Vec::new(),
            found: 0,
        }
    }

    fn time(&mut self, records: &[&[u8]]) -> anyhow::Result<()> {
        let before = processor_time();
        self.found = std::hint::black_box((self.run)(records)?);
        self.took.push(processor_time().saturating_sub(before));
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(std::path::PathBuf::from);
    let words = texts::words()?;
    let texts = texts::posts_of(
        arguments.post_bytes,
        corpora.as_deref(),
        &words,
        arguments.megabytes * 1_000_000,
    )?;
    let dictionary = realistic(arguments.per_mille, arguments.keywords, &words, &texts)?;
    let segmenter = Segmenter::load()?;
    let lexicon = of_rules(arguments.rules, &[], &dictionary)?;
    let before = processor_time();
    let matcher = Matcher::new(lexicon, LexiconNumber(1), &segmenter)?;
    let built = processor_time().saturating_sub(before);
    let mut batch = Vec::new();
    let records = records(&texts, &mut batch)?;
    say(format_args!(
        "{} posts of {} bytes of text on average, {} of JSON; {} keywords in {} rules, compiled in \
         {:.0} ms; one thread, by the time of the processor",
        texts.len(),
        texts.iter().map(|text| text.len()).sum::<usize>() / texts.len().max(1),
        records.iter().map(|record| record.len()).sum::<usize>() / texts.len().max(1),
        dictionary.len(),
        arguments.rules,
        built.as_secs_f64() * 1e3,
    ));
    let scanner = Scanner::new(&dictionary, &Rarity::of_words(frequencies(&words)))?;
    let automaton = Daachorse::new(&dictionary)?;
    let jieba = jieba(&words)?;
    let mut rows = vec![
        parsed_by_serde_json(),
        parsed_by_sonic_rs(),
        parsed_by_simd_json(),
        read(),
        scanned(&scanner, &texts),
        stage(&matcher, false),
        stage(&matcher, true),
        usual_chain(&automaton, &jieba),
    ];
    for _ in 0..arguments.repetitions.max(1) {
        for row in &mut rows {
            row.time(&records)?;
        }
    }
    for row in &rows[..4] {
        ensure!(row.found == records.len(), "`{}` left posts out", row.name);
    }
    table(&rows, records.len());
    shares(&rows[3..7]);
    Ok(())
}

fn frequencies(words: &[(String, u64)]) -> impl Iterator<Item = (&str, u64)> {
    words
        .iter()
        .map(|(word, frequency)| (word.as_str(), *frequency))
}

/// The records of posts, which lie one behind another in `batch`, as they do in a batch of the log.
fn records<'a>(texts: &[&str], batch: &'a mut Vec<u8>) -> anyhow::Result<Vec<&'a [u8]>> {
    let mut ends = vec![0];
    for (number, text) in (0..).zip(texts) {
        batch.extend(record(number, text)?);
        ends.push(batch.len());
    }
    Ok(ends
        .windows(2)
        .map(|ends| &batch[ends[0]..ends[1]])
        .collect())
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
    for (word, frequency) in frequencies(words) {
        lines.push_str(&format!("{word} {frequency}\n"));
    }
    Jieba::with_dict(&mut lines.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))
}

fn parsed_by_serde_json() -> Row<'static> {
    Row::new(
        "parse: serde_json, borrowed, into the wire's struct",
        |records| {
            let parsed = |record: &&&[u8]| serde_json::from_slice::<PostJson<'_>>(record).is_ok();
            Ok(records.iter().filter(parsed).count())
        },
    )
}

fn parsed_by_sonic_rs() -> Row<'static> {
    Row::new("parse: sonic-rs, into the same", |records| {
        let parsed = |record: &&&[u8]| sonic_rs::from_slice::<PostJson<'_>>(record).is_ok();
        Ok(records.iter().filter(parsed).count())
    })
}

fn parsed_by_simd_json() -> Row<'static> {
    let name = "parse: simd-json, into the same (a copy included)";
    Row::new(name, |records| {
        let mut copy = Vec::new();
        let mut buffers = simd_json::Buffers::default();
        let mut parsed = 0;
        for record in records {
            copy.clear();
            copy.extend_from_slice(record);
            let post =
                simd_json::serde::from_slice_with_buffers::<PostJson<'_>>(&mut copy, &mut buffers);
            parsed += usize::from(post.is_ok());
        }
        Ok(parsed)
    })
}

fn read() -> Row<'static> {
    let mut reader = PostReader::default();
    Row::new(
        "read: parsed and checked, as the matcher does",
        move |records| {
            let mut count = 0;
            for record in records {
                count += usize::from(std::hint::black_box(reader.read(record)).is_ok());
            }
            Ok(count)
        },
    )
}

fn scanned<'a>(scanner: &'a Scanner, texts: &'a [&str]) -> Row<'a> {
    let mut scan = Scan::default();
    Row::new(
        "scan: the texts alone, each occurrence of a keyword",
        move |_| Ok(ours(texts, scanner, &mut scan)),
    )
}

/// From a record to its hits, and on to their bytes if asked for.
fn stage(matcher: &Matcher, encoded: bool) -> Row<'_> {
    let mut scratch = Scratch::default();
    let mut reader = PostReader::default();
    let name = if encoded {
        "the stage, hits encoded"
    } else {
        "**the stage: read, scan, rules, hits**"
    };
    Row::new(name, move |records| {
        let mut hits = 0;
        for record in records {
            let record = reader.read(record)?;
            let found = matcher.matches(post(&record)?, Position::default(), &mut scratch);
            hits += usize::from(!found.is_empty());
            if encoded {
                for hit in found {
                    std::hint::black_box(encode_hit_record(&HitRecord::Hit(hit)));
                }
            }
        }
        Ok(hits)
    })
}

/// What users build of an automaton and jieba, with our reading of the records before it.
fn usual_chain<'a>(automaton: &'a Daachorse, jieba: &'a Jieba) -> Row<'a> {
    let mut folded = String::new();
    let mut reader = PostReader::default();
    let name = "read → fold → String → daachorse → jieba on posts that hit";
    Row::new(name, move |records| {
        let mut hits = 0;
        for record in records {
            let record = reader.read(record)?;
            folded.clear();
            folded.extend(post(&record)?.text.as_str().chars().filter_map(fold_char));
            if automaton.occurs(&folded) {
                hits += usize::from(!jieba.cut(&folded, false).is_empty());
            }
        }
        Ok(hits)
    })
}

fn post<'r, 'a>(record: &'r PostRecord<'a>) -> anyhow::Result<&'r Post<'a>> {
    match record {
        PostRecord::Post(post) => Ok(post),
        _ => Err(anyhow::anyhow!("no post")).context("a record that was made here"),
    }
}

fn table(rows: &[Row<'_>], posts: usize) {
    say("\n| | posts/s | µs a post | found, % of posts |\n|---|---|---|---|");
    for row in rows {
        let per_second = Spread::of(row.took.iter().map(|&took| rate(posts, took)));
        say(format_args!(
            "| {} | {per_second:.0} | {:.2} | {:.1} |",
            row.name,
            1e6 / per_second.median,
            percent(row.found, posts),
        ));
    }
}

/// What each part takes of the stage with its hits encoded, by the medians of reading, scanning, and
/// the stage without and with that.
fn shares(rows: &[Row<'_>]) {
    let seconds = |row: &Row<'_>| Spread::of(row.took.iter().map(Duration::as_secs_f64)).median;
    let [read, scan, stage, encoded] = [0, 1, 2, 3].map(|at| seconds(&rows[at]));
    let share = |of: f64| 100.0 * of / encoded;
    say(format_args!(
        "\nof the stage: read {:.0} %, scan {:.0} %, rules and hits {:.0} %, encode {:.0} %",
        share(read),
        share(scan),
        share(stage - read - scan),
        share(encoded - stage),
    ));
}
