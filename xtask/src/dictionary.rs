//! `cargo xtask data dictionary`: the word frequencies of `fengbiao-matcher`, taken from the source
//! of the crate `jieba-rs`.

use std::fs;

use anyhow::{Context, bail};

use crate::{report, root};

/// Writes `crates/matcher/data/dict.txt.zst`: `word frequency` lines in the order of the words.
pub(crate) fn run() -> anyhow::Result<bool> {
    let root = root()?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .exec()
        .context("running `cargo metadata`")?;
    let Some(jieba) = metadata
        .packages
        .iter()
        .find(|package| package.name == "jieba-rs")
    else {
        bail!("`jieba-rs` is not among the dependencies");
    };
    let Some(folder) = jieba.manifest_path.parent() else {
        bail!("`jieba-rs` has no folder")
    };
    let source = folder.join("src/data/dict.txt");
    let text = fs::read_to_string(&source).with_context(|| format!("reading {source}"))?;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut parts = line.split_ascii_whitespace();
        let (Some(word), Some(frequency)) = (parts.next(), parts.next()) else {
            bail!("`{line}` is not a word and its frequency");
        };
        lines.push(format!("{word} {frequency}\n"));
    }
    lines.sort_unstable();
    let path = root.join("crates/matcher/data/dict.txt.zst");
    let packed = zstd::encode_all(lines.concat().as_bytes(), 19)?;
    fs::write(&path, packed).with_context(|| format!("writing {}", path.display()))?;
    report(&format!(
        "wrote crates/matcher/data/dict.txt.zst ({} words)",
        lines.len()
    ));
    Ok(true)
}
