//! What users would pick instead: built from `peers/` into `target/peers`, run as processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// Their sources.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// One that is built.
pub(super) enum Peer {
    /// Kafka Streams with a double-array trie; the folder with its classes and jars.
    Streams(PathBuf),
    /// Python; its interpreter.
    Python(PathBuf),
}

/// What a run of one reads and writes.
pub(super) struct Run<'a> {
    pub(super) brokers: &'a str,
    /// A group that nobody else has.
    pub(super) group: String,
    pub(super) posts: String,
    pub(super) hits: String,
    pub(super) keywords: &'a Path,
    pub(super) records: u64,
}

impl Peer {
    /// Built by Maven, which fetches what it needs.
    pub(super) fn streams() -> anyhow::Result<Self> {
        let to = folder("kafka-streams")?;
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "-f"]).arg(pom());
        maven
            .arg(format!("-Dto={}", to.display()))
            .arg("process-classes");
        complete(&mut maven, "build the peer on Kafka Streams")?;
        Ok(Self::Streams(to))
    }

    /// In a virtual environment, into which pip fetches what it needs.
    pub(super) fn python() -> anyhow::Result<Self> {
        let environment = folder("python")?;
        let mut venv = Command::new("python3");
        complete(
            venv.args(["-m", "venv"]).arg(&environment),
            "make a virtual environment",
        )?;
        let interpreter = environment.join("bin/python");
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check"]);
        pip.args(["-r", &format!("{SOURCES}/python/requirements.txt")]);
        complete(&mut pip, "fetch what the peer in Python needs")?;
        Ok(Self::Python(interpreter))
    }

    pub(super) fn command(&self, run: &Run<'_>) -> Command {
        let mut command = match self {
            Self::Streams(folder) => {
                let mut java = Command::new("java");
                java.arg("-Xmx1g").arg("-cp");
                java.arg(format!("{0}/classes:{0}/lib/*", folder.display()));
                java.arg("Peer");
                java
            }
            Self::Python(interpreter) => {
                let mut python = Command::new(interpreter);
                python.arg(format!("{SOURCES}/python/peer.py"));
                python
            }
        };
        command.args([run.brokers, &run.group, &run.posts, &run.hits]);
        command.arg(run.keywords).arg(run.records.to_string());
        if let Self::Streams(folder) = self {
            command.arg(folder.join("state"));
        }
        command
    }
}

fn pom() -> String {
    format!("{SOURCES}/kafka-streams/pom.xml")
}

/// Where a peer is built: beside this program's profile, in `target`.
fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .nth(2)
        .context("a program in `target`")?;
    let folder = target.join("peers").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs a command to its end, and fails with what it printed.
fn complete(command: &mut Command, doing: &str) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("`{program}` does not run here"))?;
    if !output.status.success() {
        let printed = [output.stdout, output.stderr].concat();
        bail!("could not {doing}: {}", String::from_utf8_lossy(&printed));
    }
    Ok(())
}
