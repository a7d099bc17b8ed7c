//! A place in a file, and how the file is known again.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::{Deserialize, Serialize};

use crate::limits::FINGERPRINT_BYTES;

/// How far a file has been read. The file is known by its first bytes, because a rotated file has
/// a new name and a new file may get an old number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlaceMark {
    /// Bytes (decompressed) that are done.
    pub(super) offset: u64,
    /// The number of the next line, from 1.
    pub(super) line: u64,
    /// How many of the file's first bytes the fingerprint covers.
    covered: usize,
    /// BLAKE3 of these bytes, in hexadecimal digits.
    fingerprint: String,
}

impl PlaceMark {
    /// The place before line `line`, at `offset`. Of a plain file only bytes that were read are
    /// covered: what follows may still be written.
    pub(super) fn new(file: &File, plain: bool, offset: u64, line: u64) -> io::Result<Self> {
        let end = if plain {
            offset
        } else {
            file.metadata()?.len()
        };
        let covered = usize::try_from(end)
            .unwrap_or(usize::MAX)
            .min(FINGERPRINT_BYTES);
        Ok(Self {
            offset,
            line,
            covered,
            fingerprint: fingerprint(file, covered)?,
        })
    }

    /// Whether the place is one in this file.
    pub(super) fn is_in(&self, file: &File, plain: bool) -> io::Result<bool> {
        let length = file.metadata()?.len();
        let covered = self.covered.min(FINGERPRINT_BYTES);
        Ok(length >= covered as u64
            && (!plain || length >= self.offset)
            && fingerprint(file, covered)? == self.fingerprint)
    }
}

fn fingerprint(file: &File, covered: usize) -> io::Result<String> {
    let mut bytes = vec![0; covered];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

/// The number of a file on its file system.
pub(super) fn number(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}
