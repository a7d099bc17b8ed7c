//! `cargo xtask kafka`: a real Apache Kafka on loopback, without containers.
//!
//! Maven brings the broker's jars, Java runs them in KRaft mode. Everything lies below
//! `target/kafka`: the jars are kept, a run is made anew at each start. Tests find the brokers
//! through the address file; each node has a script that starts it again after a test has killed
//! it.

mod address;
mod certificate;
mod for_tests;
mod jars;
mod node;
mod tools;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use self::address::Address;
use self::node::{Cluster, Node};
use self::tools::Tools;
use crate::{report, root};

pub(crate) use self::for_tests::ForTests;

/// How long a start may take until every node answers; three nodes on two busy cores need half a
/// minute.
const START_TIMEOUT: Duration = Duration::from_secs(180);

/// `target/kafka`, with what is kept between runs.
fn home() -> anyhow::Result<PathBuf> {
    Ok(root()?.join("target/kafka"))
}

/// `target/kafka/run`, with the nodes of this run.
fn run_folder() -> anyhow::Result<PathBuf> {
    Ok(home()?.join("run"))
}

/// Starts `nodes` brokers and waits until each of them sees all the others.
pub(crate) fn up(nodes: u32) -> anyhow::Result<bool> {
    if !matches!(nodes, 1 | 3) {
        bail!("`--nodes {nodes}` is not possible, expected 1 or 3");
    }
    if running()? {
        bail!(
            "brokers of this checkout are running already\nhint: `cargo xtask kafka down` stops them"
        );
    }
    let tools = Tools::find()?;
    let jars = jars::resolve(&tools, &home()?)?;
    let folder = run_folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("removing the last run, {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let cluster = Cluster::new(tools, jars, folder, nodes)?;
    let started = start_all(&cluster);
    if started.is_err() {
        stop(&cluster.nodes)?;
    }
    started?;
    report(&format!(
        "{nodes} node(s) of Kafka {} answer at {}\nwrote {}",
        jars::VERSION,
        cluster.plaintext(),
        address::file(&cluster.folder).display()
    ));
    Ok(true)
}

fn start_all(cluster: &Cluster) -> anyhow::Result<()> {
    cluster.prepare()?;
    for node in &cluster.nodes {
        node.start()?;
    }
    for node in &cluster.nodes {
        node.wait_until_it_answers(cluster.nodes.len(), START_TIMEOUT)?;
    }
    Address::of(cluster).write()
}

/// Stops the nodes that `up` started, and no other process.
pub(crate) fn down() -> anyhow::Result<bool> {
    let nodes = Node::all_in(&run_folder()?)?;
    let stopped = stop(&nodes)?;
    let file = address::file(&run_folder()?);
    if file.exists() {
        fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
    }
    report(&format!("stopped {stopped} node(s)"));
    Ok(true)
}

/// Kills one node as a lost machine would: no farewell, no flush.
pub(crate) fn kill(number: u32) -> anyhow::Result<bool> {
    let node = Node::in_run(&run_folder()?, number)?;
    if !node.kill()? {
        bail!("node {number} is not running");
    }
    Ok(true)
}

/// Starts a node again after it was killed, with what it had stored.
pub(crate) fn start(number: u32) -> anyhow::Result<bool> {
    let folder = run_folder()?;
    let node = Node::in_run(&folder, number)?;
    if node.is_running()? {
        bail!("node {number} is running");
    }
    node.start()?;
    node.wait_until_it_answers(1, START_TIMEOUT)?;
    Ok(true)
}

/// Whether any node of the last `up` runs.
pub(crate) fn running() -> anyhow::Result<bool> {
    for node in Node::all_in(&run_folder()?)? {
        if node.is_running()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether tests can find the brokers: without the address file they are skipped.
fn can_be_found() -> anyhow::Result<bool> {
    Ok(address::file(&run_folder()?).exists())
}

/// How many were running.
fn stop(nodes: &[Node]) -> anyhow::Result<usize> {
    let mut stopped = 0;
    for node in nodes {
        // Three controllers that stop one after another wait for each other; nothing of a test
        // broker is worth that wait.
        stopped += usize::from(node.kill()?);
    }
    Ok(stopped)
}
