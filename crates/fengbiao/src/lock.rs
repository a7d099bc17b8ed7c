//! One process at a time uses a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, bail};

/// The lock of a data directory; it is given back when this is dropped, or when the process dies.
pub(crate) struct DataLock {
    _file: File,
}

/// Makes the directory where it is missing, and takes the lock of its ledger. In the same process as
/// a crawler that is not enough: see [`take_for_crawler`].
pub(crate) fn take(data_dir: &Path) -> anyhow::Result<DataLock> {
    take_file(data_dir, "lock", "fengbiao")
}

/// The same for the state of sources, which a crawler may keep beside a ledger that is another
/// process's. Whoever has both takes both locks, the ledger's first.
pub(crate) fn take_for_crawler(data_dir: &Path) -> anyhow::Result<DataLock> {
    take_file(data_dir, "crawler.lock", "crawler")
}

fn take_file(data_dir: &Path, name: &str, who: &str) -> anyhow::Result<DataLock> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("making the data directory `{}`", data_dir.display()))?;
    let path = data_dir.join(name);
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("opening `{}`", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "the data directory `{}` is in use by another {who}\n\
             hint: stop it, or give this one another `data_dir`",
            data_dir.display()
        ),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("locking `{}`", path.display()));
        }
    }
    // The number is for whoever looks into the directory; the lock itself does not need it.
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .ok();
    Ok(DataLock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let error = take(folder.path()).err().unwrap().to_string();
        assert!(error.contains("in use by another fengbiao"), "{error}");
        // The ledger and the state of sources may be those of two processes.
        let crawler = take_for_crawler(folder.path()).unwrap();
        let error = take_for_crawler(folder.path()).err().unwrap().to_string();
        assert!(error.contains("in use by another crawler"), "{error}");
        drop((first, crawler));
        take(folder.path()).unwrap();
    }
}
