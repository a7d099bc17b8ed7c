//! The crawler's own memory: places in files, ETags, entries seen. Small JSON files whose loss
//! costs duplicates only, so that a broken one is dropped with a warning.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A folder of such files.
#[derive(Clone, Debug)]
pub struct LocalState {
    folder: PathBuf,
}

impl LocalState {
    /// Uses the folder, which is made where it is missing.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// The file of a name; names may have any characters, so they are hashed.
    fn path(&self, kind: &str, name: &str) -> PathBuf {
        let hash = blake3::hash(name.as_bytes()).to_hex();
        self.folder.join(format!("{kind}-{}.json", &hash[..16]))
    }

    /// What was kept under a name.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: &str, name: &str) -> Option<T> {
        let path = self.path(kind, name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "begins anew without its memory");
                return None;
            }
        };
        match serde_json::from_slice(&bytes) {
            Ok(kept) => Some(kept),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "begins anew without its memory");
                None
            }
        }
    }

    /// Keeps something under a name: either wholly or not at all, also when the machine stops.
    pub(crate) fn write<T: Serialize>(&self, kind: &str, name: &str, kept: &T) -> io::Result<()> {
        let path = self.path(kind, name);
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)
    }
}
