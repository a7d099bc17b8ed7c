//! The address file: all that a test must know of the brokers, one `name=value` a line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::node::{Cluster, STRANGER, USER};

/// Where it lies in a run.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("address")
}

/// What is written.
pub(super) struct Address {
    file: PathBuf,
    lines: Vec<(&'static str, String)>,
}

impl Address {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let lines = vec![
            ("plaintext", cluster.plaintext()),
            ("tls", cluster.tls()),
            ("expired", cluster.expired()),
            ("login", cluster.login()),
            (
                "authority",
                cluster.certificate.authority.display().to_string(),
            ),
            (
                "expired_authority",
                cluster.expired.authority.display().to_string(),
            ),
            ("user", USER.to_owned()),
            ("password", cluster.password.clone()),
            ("stranger", STRANGER.to_owned()),
            ("nodes", cluster.nodes.len().to_string()),
            ("folder", cluster.folder.display().to_string()),
        ];
        Self {
            file: file(&cluster.folder),
            lines,
        }
    }

    pub(super) fn write(&self) -> anyhow::Result<()> {
        let text: String = self
            .lines
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        fs::write(&self.file, text).with_context(|| format!("writing {}", self.file.display()))
    }
}
