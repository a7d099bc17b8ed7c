//! `scan`: keywords found, beside what users would pick, fed by the same folding, and beside the
//! bare limits, in one run.

pub(crate) mod dictionaries;
pub(super) mod engines;
pub(crate) mod texts;
mod vectorscan;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use fengbiao_matcher::scan::{Engine, InstructionSet, Rarity, Scan, Scanner};

use crate::figures::{Spread, percent, processor_time, rate, say};
use dictionaries::Kind;
use vectorscan::Vectorscan;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Sizes of the dictionaries
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1000,10000,100000,500000,1000000"
    )]
    keywords: Vec<usize>,
    /// Kinds of dictionaries
    #[arg(long, value_delimiter = ',', default_value = "realistic,dense")]
    kinds: Vec<Kind>,
    /// Times that each engine scans all posts
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
    /// Text to scan, at most, in millions of bytes
    #[arg(long, default_value_t = 40)]
    megabytes: usize,
    /// Leave out the engines that are slow to build (aho-corasick, vectorscan)
    #[arg(long)]
    quick: bool,
    /// Keywords for which vectorscan is built at most: beyond them it takes minutes
    #[arg(long, default_value_t = 100_000)]
    vectorscan_keywords: usize,
}

/// Scans all posts, and says what it found.
type Run<'a> = Box<dyn FnMut(&[&str]) -> usize + 'a>;

/// One line of the table: a name, what it found in each run, how long it took.
struct Row<'a> {
    name: String,
    run: Run<'a>,
    took: Vec<Duration>,
    found: Option<usize>,
}

impl<'a> Row<'a> {
    fn new(name: impl Into<String>, run: impl FnMut(&[&str]) -> usize + 'a) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
            took: Vec::new(),
            found: None,
        }
    }

    fn time(&mut self, posts: &[&str]) {
        let before = processor_time();
        self.found = Some(std::hint::black_box((self.run)(posts)));
        self.took.push(processor_time().saturating_sub(before));
    }

    fn per_second(&self, count: usize) -> Spread {
        Spread::of(self.took.iter().map(|&took| rate(count, took)))
    }
}

/// Prints all tables.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(PathBuf::from);
    let words = texts::words()?;
    let posts = texts::posts(corpora.as_deref(), &words, arguments.megabytes * 1_000_000)?;
    let bytes: usize = posts.iter().map(|post| post.len()).sum();
    let of = if corpora.is_some() {
        "posts of the corpora"
    } else {
        "generated posts"
    };
    say(format_args!(
        "{} {of}, {bytes} bytes, mean {}; one thread, one call a post; by the time of the processor",
        posts.len(),
        bytes / posts.len().max(1),
    ));
    let before = processor_time();
    let rarity = Rarity::of_words(words.iter().map(|(word, n)| (word.as_str(), *n)));
    say(format_args!(
        "frequencies of pairs from the dictionary: {:.0} ms",
        milliseconds(processor_time().saturating_sub(before))
    ));
    for &kind in &arguments.kinds {
        for &count in &arguments.keywords {
            let keywords = dictionaries::keywords(kind, count, &words, &posts)?;
            dictionary(arguments, (kind, &keywords), &posts, &rarity)?;
        }
    }
    if let Err(error) = vectorscan::installed() {
        say(format_args!("not measured: vectorscan: {error}"));
    }
    Ok(())
}

/// One dictionary: builds every engine, then lets them take turns.
fn dictionary(
    arguments: &Arguments,
    (kind, keywords): (Kind, &[String]),
    posts: &[&str],
    rarity: &Rarity,
) -> anyhow::Result<()> {
    say(format_args!("\n## {} keywords, {kind:?}\n", keywords.len()));
    say("| built | ms | bytes a keyword |\n|---|---|---|");
    let aho = if arguments.quick {
        None
    } else {
        Some(built(
            "aho-corasick",
            keywords.len(),
            engines::Aho::memory_bytes,
            || engines::Aho::new(keywords),
        )?)
    };
    let daachorse = built(
        "daachorse",
        keywords.len(),
        engines::Daachorse::memory_bytes,
        || engines::Daachorse::new(keywords),
    )?;
    let vectorscan = vectorscan::installed().ok();
    let mut vectorscan = vectorscan
        .filter(|_| !arguments.quick && keywords.len() <= arguments.vectorscan_keywords)
        .map(|library| {
            let make = || Vectorscan::new(library, keywords);
            built("vectorscan", keywords.len(), Vectorscan::memory_bytes, make)
        })
        .transpose()?;
    let ours = built("ours", keywords.len(), Scanner::memory_bytes, || {
        Ok(Scanner::new(keywords, rarity)?)
    })?;
    if let Some(stored) = ours.to_stored() {
        let bytes = stored.len() / keywords.len().max(1);
        say(format_args!("| ours, stored | – | {bytes} |"));
    }
    say(format_args!("\nengine chosen: {}", ours.engine()));
    let mut scanners = Vec::new();
    for set in InstructionSet::available() {
        for engine in [Engine::Filter, Engine::Automaton] {
            match Scanner::with_engine(engine, keywords, rarity) {
                Ok(scanner) => scanners.push(scanner.with_instructions(set)),
                Err(error) => say(format_args!("{engine}, {set}: {error}")),
            }
            if engine == Engine::Filter && set == InstructionSet::PORTABLE {
                break;
            }
        }
    }
    let (with, occurrences) = hit(&ours, posts);
    say(format_args!(
        "{:.1} % of posts hit, {occurrences} occurrences\n",
        percent(with, posts.len())
    ));

    let mut rows = vec![Row::new("UTF-8 validation (std)", engines::validate)];
    for set in InstructionSet::available() {
        let mut scan = Scan::default();
        let run = move |posts: &[&str]| engines::fold_only(posts, set, &mut scan);
        rows.push(Row::new(format!("decode + fold, {set}"), run));
    }
    let bare = rows.len();
    if let Some(aho) = &aho {
        rows.push(Row::new("fold → String → aho-corasick", |posts| {
            aho.scan(posts)
        }));
    }
    if let Some(vectorscan) = &mut vectorscan {
        rows.push(Row::new("fold → String → vectorscan", |posts| {
            vectorscan.scan(posts)
        }));
    }
    rows.push(Row::new("fold → daachorse charwise", |posts| {
        daachorse.scan(posts)
    }));
    for scanner in &scanners {
        let mut scan = Scan::default();
        let name = format!("ours, {}, {}", scanner.engine(), scanner.instructions());
        rows.push(Row::new(name, move |posts| {
            engines::ours(posts, scanner, &mut scan)
        }));
    }
    for _ in 0..arguments.repetitions {
        for row in &mut rows {
            row.time(posts);
        }
    }
    for row in &rows[bare..] {
        ensure!(
            row.found == Some(occurrences),
            "`{}` found {:?} occurrences, expected {occurrences}",
            row.name,
            row.found
        );
    }
    table(&rows, posts);
    Ok(())
}

/// Posts with a keyword, and occurrences in all.
fn hit(scanner: &Scanner, posts: &[&str]) -> (usize, usize) {
    let mut scan = Scan::default();
    let (mut with, mut all) = (0, 0);
    for post in posts {
        let before = all;
        scanner.scan(post, &mut scan, |_, _| all += 1);
        with += usize::from(all > before);
    }
    (with, all)
}

/// Builds something, and says how long it took and how large it is.
fn built<T>(
    name: &str,
    keywords: usize,
    memory_bytes: impl Fn(&T) -> usize,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let before = processor_time();
    let made = make()?;
    let took = milliseconds(processor_time().saturating_sub(before));
    let bytes = memory_bytes(&made) / keywords.max(1);
    say(format_args!("| {name} | {took:.1} | {bytes} |"));
    Ok(made)
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

/// MB/s and posts/s with spread, and the ratios to daachorse and to decoding and folding with the
/// same instructions.
fn table(rows: &[Row<'_>], posts: &[&str]) {
    let bytes = posts.iter().map(|post| post.len()).sum();
    let speed = |name: &str| {
        let row = rows.iter().find(|row| row.name == name);
        row.map_or(f64::NAN, |row| row.per_second(bytes).median)
    };
    say("| | MB/s | posts/s | × daachorse | × decode + fold |\n|---|---|---|---|---|");
    for row in rows {
        let per_second = row.per_second(bytes);
        let limit = row.name.rsplit(", ").next().unwrap_or_default();
        let limit = speed(&format!("decode + fold, {limit}"));
        say(format_args!(
            "| {} | {:.0} | {:.0} | {:.2} | {:.2} |",
            row.name,
            Spread {
                median: per_second.median / 1e6,
                least: per_second.least / 1e6,
                greatest: per_second.greatest / 1e6,
            },
            row.per_second(posts.len()).median,
            per_second.median / speed("fold → daachorse charwise"),
            per_second.median / limit,
        ));
    }
}
