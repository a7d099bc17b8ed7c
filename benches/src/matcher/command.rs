//! `fengbiao scan` as a whole process beside `rg -F -f`, over every text of the corpora with the
//! keywords of the shipped lexicon.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;

use super::scan::texts;
use crate::figures::{Spread, rate, say};
use crate::setting;

/// Ticks of a second in which Linux counts the time of processes.
const TICKS: u64 = 100;
/// Where the times of ended children stand in `/proc/self/stat`, behind the name of the program.
const CHILDREN: std::ops::Range<usize> = 13..15;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The program to measure
    #[arg(long, default_value = "target/release/fengbiao")]
    program: PathBuf,
    /// Times that each reads all posts
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
}

/// One program, and how long it took each time.
struct Row {
    name: &'static str,
    command: Command,
    lines: usize,
    wall: Vec<Duration>,
    processor: Vec<Duration>,
}

impl Row {
    fn new(name: &'static str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stderr(Stdio::null());
        Self {
            name,
            command,
            lines: 0,
            wall: Vec::new(),
            processor: Vec::new(),
        }
    }

    /// Runs it to its end. Neither program fails where it finds something.
    fn time(&mut self) -> anyhow::Result<()> {
        let (before, began) = (children()?, Instant::now());
        let output = self.command.output().context(self.name)?;
        self.wall.push(began.elapsed());
        self.processor.push(children()?.saturating_sub(before));
        ensure!(
            output.status.success(),
            "`{}` ended with {}",
            self.name,
            output.status
        );
        self.lines = output.stdout.iter().filter(|&&byte| byte == b'\n').count();
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(PathBuf::from);
    let corpora = corpora.context("FENGBIAO_CORPORA is not set: there is nothing to read")?;
    let program = arguments.program.canonicalize();
    let program = program.with_context(|| {
        let path = arguments.program.display();
        format!("`{path}` is not there\nhint: cargo build --release -p fengbiao")
    })?;
    let folder = tempfile::tempdir()?;
    let posts = folder.path().join("posts.ndjson");
    let keywords = folder.path().join("keywords.txt");
    let (count, bytes) = write_posts(&corpora, &posts)?;
    let known = write_keywords(&keywords)?;
    say(format_args!(
        "{count} posts, {bytes} bytes of JSON lines; {known} keywords of the shipped lexicon; each a \
         process of its own that reads the one file, medians of {}",
        arguments.repetitions
    ));
    let mut rows = vec![scan(&program, folder.path(), &posts)];
    let ripgrep = Command::new("rg").arg("--version").output();
    if ripgrep.is_ok_and(|output| output.status.success()) {
        rows.push(ripgrep_of(&keywords, &posts));
    } else {
        say("not measured: `rg`, which is not installed");
    }
    for _ in 0..arguments.repetitions.max(1) {
        rows.iter_mut().try_for_each(Row::time)?;
    }
    table(&rows, count);
    Ok(())
}

fn scan(program: &Path, folder: &Path, posts: &Path) -> Row {
    let mut command = Command::new(program);
    let lexicon = setting::SHIPPED;
    command.args(["scan", "--format", "json", "--lexicon", lexicon]);
    // Where there is no configuration, so that the defaults hold.
    command.arg(posts).current_dir(folder);
    Row::new("`fengbiao scan`", command)
}

/// Literals, whole lines out, no configuration of whoever runs it.
fn ripgrep_of(keywords: &Path, posts: &Path) -> Row {
    let mut command = Command::new("rg");
    command.args(["--no-config", "--no-line-number", "-F", "-f"]);
    command.arg(keywords).arg(posts);
    Row::new("`rg -F -f`", command)
}

/// Every text of the corpora as a post of its own; how many, and their bytes.
fn write_posts(corpora: &Path, path: &Path) -> anyhow::Result<(usize, u64)> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    let mut count = 0;
    for (number, text) in texts::every(corpora)?.iter().enumerate() {
        writeln!(out, "{}", json!({ "id": number, "text": text }))?;
        count = number + 1;
    }
    out.flush()?;
    Ok((count, std::fs::metadata(path)?.len()))
}

/// Each keyword of each topic once, as written.
fn write_keywords(path: &Path) -> anyhow::Result<usize> {
    let lexicon = setting::lexicon()?;
    let keys: BTreeSet<&str> = lexicon
        .topics
        .iter()
        .flat_map(|topic| topic.keys.iter().map(String::as_str))
        .collect();
    let mut lines = String::new();
    for key in &keys {
        writeln!(lines, "{key}")?;
    }
    std::fs::write(path, lines)?;
    Ok(keys.len())
}

/// What ended children have taken of the processors, as Linux tells it, in ticks.
fn children() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat
        .rsplit_once(')')
        .context("a line of `/proc/self/stat`")?;
    let ticks = fields
        .split_whitespace()
        .skip(CHILDREN.start)
        .take(CHILDREN.len());
    let ticks: Vec<u64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_millis(
        ticks.iter().sum::<u64>() * 1_000 / TICKS,
    ))
}

fn table(rows: &[Row], posts: usize) {
    say("\n| | posts/s | wall, s | processor, s | lines out |\n|---|---|---|---|---|");
    let seconds = |of: &[Duration]| Spread::of(of.iter().map(Duration::as_secs_f64));
    for row in rows {
        let per_second = Spread::of(row.wall.iter().map(|&took| rate(posts, took)));
        say(format_args!(
            "| {} | {per_second:.0} | {:.2} | {:.2} | {} |",
            row.name,
            seconds(&row.wall),
            seconds(&row.processor),
            row.lines,
        ));
    }
    if let [ours, rival] = rows {
        say(format_args!(
            "\n{} takes {:.2} times the time of {}, {:.2} times that of the processor",
            ours.name,
            seconds(&ours.wall).median / seconds(&rival.wall).median,
            rival.name,
            seconds(&ours.processor).median / seconds(&rival.processor).median.max(0.01),
        ));
    }
}
