//! `cargo xtask gen`: files that are made from the code are made by the code.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{cargo, manual, report, root};

/// Writes, or with `check` compares, every generated file. False where one differs.
pub(crate) fn run(check: bool) -> anyhow::Result<bool> {
    let root = root()?;
    let scratch = root.join("target/generated");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("clearing target/generated")?;
    }
    let status = cargo()
        .args(["run", "--quiet", "--package", "fengbiao", "--", "generate"])
        .arg(&scratch)
        .current_dir(&root)
        .status()
        .context("running `fengbiao generate`")?;
    if !status.success() {
        bail!("`fengbiao generate` failed");
    }
    manual::write(&root, &scratch)?;
    let mut same = true;
    for path in files(&scratch)? {
        let name = path
            .strip_prefix(&scratch)
            .context("a generated file lies in its folder")?;
        same &= settle(&path, &root.join(name), name, check)?;
    }
    Ok(same || !check)
}

/// Compares one file with its place in the tree, and writes it unless `check`.
fn settle(made: &Path, kept: &Path, name: &Path, check: bool) -> anyhow::Result<bool> {
    let new = fs::read(made).with_context(|| format!("reading {}", made.display()))?;
    if fs::read(kept).is_ok_and(|old| old == new) {
        return Ok(true);
    }
    if check {
        report(&format!(
            "error: `{}` is not what the code says\nhint: run `cargo xtask gen` and commit the file",
            name.display()
        ));
    } else {
        if let Some(folder) = kept.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(kept, new).with_context(|| format!("writing {}", kept.display()))?;
        report(&format!("wrote {}", name.display()));
    }
    Ok(false)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
