//! The broker that the tests run on, if there is one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Tests share the broker; one that kills it, or measures memory, has it alone.
static USERS: RwLock<()> = RwLock::new(());

/// A share of the broker, or all of it.
enum Turn {
    Shared {
        _guard: RwLockReadGuard<'static, ()>,
    },
    Alone {
        _guard: RwLockWriteGuard<'static, ()>,
    },
}

/// The broker that the tests run on.
pub(crate) struct Broker {
    facts: BTreeMap<String, String>,
    killed: RefCell<Vec<u32>>,
    _turn: Turn,
}

impl Broker {
    /// The broker named by `FENGBIAO_KAFKA`, or the one that `cargo xtask kafka up` started; without
    /// one the test says that it is skipped.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let guard = USERS.read().unwrap_or_else(PoisonError::into_inner);
        Self::with(test, "plaintext", Turn::Shared { _guard: guard })
    }

    /// The same, for a test that needs what only the project's own broker has.
    pub(crate) fn own(test: &str) -> Option<Self> {
        let guard = USERS.read().unwrap_or_else(PoisonError::into_inner);
        Self::with(test, "folder", Turn::Shared { _guard: guard })
    }

    /// The project's own broker, while no other test uses it.
    pub(crate) fn own_alone(test: &str) -> Option<Self> {
        let guard = USERS.write().unwrap_or_else(PoisonError::into_inner);
        Self::with(test, "folder", Turn::Alone { _guard: guard })
    }

    #[allow(clippy::print_stderr, reason = "the runner of the tests reads it")]
    fn with(test: &str, needed: &str, turn: Turn) -> Option<Self> {
        let facts = facts();
        if facts.contains_key(needed) {
            return Some(Self {
                facts,
                killed: RefCell::default(),
                _turn: turn,
            });
        }
        let cause = if facts.is_empty() {
            "no Kafka: `cargo xtask kafka up` starts one"
        } else {
            "the Kafka that FENGBIAO_KAFKA names is not ours to stop or to log in to"
        };
        eprintln!("skipped: {test}: {cause}");
        None
    }

    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts.get(name).unwrap()
    }

    /// How many nodes the project's own broker has; a named one counts as a single node.
    pub(crate) fn nodes(&self) -> u32 {
        let nodes = self.facts.get("nodes").map(|nodes| nodes.parse().unwrap());
        nodes.unwrap_or(1)
    }

    fn node_file(&self, node: u32, name: &str) -> PathBuf {
        let node = format!("node-{node}");
        PathBuf::from(self.fact("folder")).join(node).join(name)
    }

    /// One node, as a lost machine: no farewell, no flush. One that has ended by itself counts as
    /// killed.
    pub(crate) fn kill(&self, node: u32) {
        let pid = std::fs::read_to_string(self.node_file(node, "pid")).unwrap();
        let pid = pid.trim();
        let has_proc = Path::new("/proc/self").exists();
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !has_proc || String::from_utf8_lossy(&line).contains("kafka.Kafka") {
            let kill = format!("kill -9 {pid}");
            let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
            assert!(status.success());
        }
        self.killed.borrow_mut().push(node);
    }

    /// All of them.
    pub(crate) fn kill_all(&self) {
        (1..=self.nodes()).for_each(|node| self.kill(node));
    }

    /// Starts again what was killed; it answers some seconds later.
    pub(crate) fn start(&self) {
        for node in self.killed.take() {
            // By way of a shell that ends at once: the node is no child of this test.
            let status = Command::new("sh")
                .args(["-c", "sh \"$0\" > /dev/null 2>&1 &"])
                .arg(self.node_file(node, "start"))
                .stdin(Stdio::null())
                .process_group(0)
                .status()
                .unwrap();
            assert!(status.success());
        }
    }
}

/// A test that fails must not take the broker from those after it.
impl Drop for Broker {
    fn drop(&mut self) {
        self.start();
    }
}

fn facts() -> BTreeMap<String, String> {
    if let Ok(addresses) = std::env::var("FENGBIAO_KAFKA") {
        return BTreeMap::from([("plaintext".to_owned(), addresses)]);
    }
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/kafka/run/address"
    );
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
