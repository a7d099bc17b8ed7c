//! The broker that the tests run on, if there is one.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
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
    killed: Cell<bool>,
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
                killed: Cell::new(false),
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

    fn node_file(&self, name: &str) -> PathBuf {
        PathBuf::from(self.fact("folder")).join("node-1").join(name)
    }

    /// As a lost machine: no farewell, no flush.
    pub(crate) fn kill(&self) {
        let pid = std::fs::read_to_string(self.node_file("pid")).unwrap();
        let status = Command::new("kill")
            .args(["-9", pid.trim()])
            .status()
            .unwrap();
        assert!(status.success());
        self.killed.set(true);
    }

    /// Starts it again; it answers some seconds later.
    pub(crate) fn start(&self) {
        // By way of a shell that ends at once: the node is no child of this test.
        let status = Command::new("sh")
            .args(["-c", "sh \"$0\" > /dev/null 2>&1 &"])
            .arg(self.node_file("start"))
            .stdin(Stdio::null())
            .process_group(0)
            .status()
            .unwrap();
        assert!(status.success());
        self.killed.set(false);
    }
}

/// A test that fails must not take the broker from those after it.
impl Drop for Broker {
    fn drop(&mut self) {
        if self.killed.get() {
            self.start();
        }
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
