//! `cargo xtask test`: one command that says whether the tree may land.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::kafka::ForTests;
use crate::{cargo, generate, report, root};

/// Runs every check, also after one has failed; true when all passed.
pub(crate) fn run(short: bool, need_kafka: bool) -> anyhow::Result<bool> {
    let mut verdict = Verdict::default();
    verdict.step("format", status(cargo().args(["fmt", "--all", "--check"]))?);
    let lints = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    verdict.step("lints", status(cargo().args(lints))?);
    verdict.step("generated files", generate::run(true)?);
    licences(&mut verdict)?;
    let broker = broker(need_kafka, &mut verdict);
    tests(short, &mut verdict)?;
    drop(broker);
    if need_kafka {
        verdict.need_kafka();
    }
    verdict.close();
    Ok(verdict.failed.is_empty())
}

#[derive(Default)]
struct Verdict {
    passed: Vec<&'static str>,
    failed: Vec<&'static str>,
    skipped: BTreeSet<String>,
    counts: [u64; 3],
}

impl Verdict {
    fn step(&mut self, name: &'static str, passed: bool) {
        if passed {
            &mut self.passed
        } else {
            &mut self.failed
        }
        .push(name);
    }

    /// Tests on Kafka that were skipped, by whatever cause, are a failure.
    fn need_kafka(&mut self) {
        if self.skipped.iter().any(|line| is_about_kafka(line)) {
            self.step("kafka: tests were skipped", false);
        }
    }

    fn close(&self) {
        for line in &self.skipped {
            report(line);
        }
        for name in &self.failed {
            report(&format!("failed: {name}"));
        }
        report(&format!("checks passed: {}", self.passed.join(", ")));
        let [passed, failed, ignored] = self.counts;
        let skipped = ignored + self.skipped.len() as u64;
        // The plain closing line that every runner of tests can read.
        report(&format!(
            "{passed} passed, {failed} failed, {skipped} skipped"
        ));
    }
}

fn status(command: &mut Command) -> anyhow::Result<bool> {
    let root = root()?;
    Ok(command
        .current_dir(root)
        .status()
        .with_context(|| format!("running {command:?}"))?
        .success())
}

/// `cargo deny`, where it is installed: it is a large tool and needs no network for these checks.
fn licences(verdict: &mut Verdict) -> anyhow::Result<()> {
    let installed = cargo()
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if installed {
        let check = ["deny", "--offline", "check", "bans", "licenses", "sources"];
        verdict.step("licences", status(cargo().args(check))?);
    } else {
        verdict
            .skipped
            .insert("skipped: licences: `cargo deny` is not installed".to_owned());
    }
    Ok(())
}

/// The broker that the tests of Kafka find; without one they are skipped by name.
fn broker(need_kafka: bool, verdict: &mut Verdict) -> Option<ForTests> {
    let broker = ForTests::prepare();
    let absent = match &broker {
        Ok(ForTests::None(what)) => Some(what.clone()),
        Ok(ForTests::Borrowed | ForTests::Own) => None,
        Err(error) => Some(format!("{error:#}")),
    };
    if let Some(what) = absent {
        report(&format!("no Kafka for the tests: {what}"));
        // A machine without Java or Maven is none of the project's faults; a broker that does not start is.
        if need_kafka || broker.is_err() {
            verdict.step("kafka", false);
        } else {
            let first = what.lines().next().unwrap_or_default();
            verdict
                .skipped
                .insert(format!("skipped: the tests on Kafka did not run: {first}"));
        }
    }
    broker.ok()
}

fn tests(short: bool, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut command = cargo();
    command
        .args([
            "test",
            "--workspace",
            "--no-fail-fast",
            "--",
            "--show-output",
        ])
        .current_dir(root()?)
        .stdout(Stdio::piped());
    if short {
        command.env("FENGBIAO_TEST_SHORT", "1");
    }
    let mut child = command.spawn().context("running `cargo test`")?;
    let output = child.stdout.take().context("the output of `cargo test`")?;
    for line in BufReader::new(output).lines() {
        let line = line.context("reading the output of `cargo test`")?;
        note(&line, verdict);
        report(&line);
    }
    verdict.step("tests", child.wait()?.success());
    Ok(())
}

/// Whether the tests of the log say so where they find no broker, or one that is not enough.
fn is_about_kafka(skipped: &str) -> bool {
    skipped.contains("Kafka")
}

/// Keeps what the summary needs of a line: skipped tests and the counts of each test binary.
fn note(line: &str, verdict: &mut Verdict) {
    if line.starts_with("skipped: ") {
        verdict.skipped.insert(line.to_owned());
    }
    if let Some(counts) = line.strip_prefix("test result: ") {
        let of = |what: &str| {
            counts
                .split([';', '.'])
                .filter_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok())
                .sum::<u64>()
        };
        for (sum, what) in verdict
            .counts
            .iter_mut()
            .zip(["passed", "failed", "ignored"])
        {
            *sum += of(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on a run that printed these lines.
    fn failed(lines: &[&str]) -> Vec<&'static str> {
        let mut verdict = Verdict::default();
        lines.iter().for_each(|line| note(line, &mut verdict));
        verdict.need_kafka();
        verdict.failed
    }

    #[test]
    fn a_skipped_test_on_kafka_fails_where_kafka_is_needed() {
        let corpora = "skipped: a_corpus_is_read_whole: FENGBIAO_CORPORA is not set";
        assert!(failed(&[corpora, "test result: ok. 1 passed"]).is_empty());
        for cause in [
            "no Kafka: `cargo xtask kafka up` starts one",
            "the Kafka that FENGBIAO_KAFKA names is not ours to stop or to log in to",
        ] {
            let line = format!("skipped: with_tls_alone_all_works: {cause}");
            assert_eq!(failed(&[corpora, &line]).len(), 1, "{line}");
        }
    }
}
