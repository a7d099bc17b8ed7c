//! Notices as lines of a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::LINK_ROOM_BYTES;
use crate::{EventOptions, Outgoing, Sending, SetupError, Sink, SinkError, cloud_event};

/// Appends each notice as one line of JSON (a CloudEvents event) and says so only when it is on the
/// disk. One that stands there already, because we died before it was recorded as told, is not
/// written again. The file is opened anew for each notice, so that it can be rotated away at any time. Its
/// folder must exist: a mistyped path is an error, not a new place.
pub struct FileSink {
    path: Arc<PathBuf>,
    options: EventOptions,
    /// Lines must not run into each other.
    writing: Arc<Mutex<()>>,
}

impl FileSink {
    /// A sink that appends to `path`; the file is made where it is not there.
    ///
    /// # Errors
    /// [`SetupError::File`] where that cannot be done now.
    pub fn new(path: impl Into<PathBuf>, options: EventOptions) -> Result<Self, SetupError> {
        let path = path.into();
        match open(&path) {
            Ok(_) => Ok(Self {
                path: Arc::new(path),
                options,
                writing: Arc::default(),
            }),
            Err(source) => Err(SetupError::File { path, source }),
        }
    }
}

/// Fails where notices could not be appended to a file, and makes none to find that out.
///
/// # Errors
/// [`SetupError::File`], which says what to do.
pub fn check_file(path: &Path) -> Result<(), SetupError> {
    let looked = if path.exists() {
        OpenOptions::new().append(true).open(path).map(drop)
    } else {
        folder_of(path).read_dir().map(drop)
    };
    let path = path.to_owned();
    looked.map_err(|source| SetupError::File { path, source })
}

impl Sink for FileSink {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        let mut line = cloud_event(outgoing, &self.options);
        line.push(b'\n');
        let (path, writing) = (Arc::clone(&self.path), Arc::clone(&self.writing));
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || {
                let _alone = writing.lock().unwrap_or_else(PoisonError::into_inner);
                append(&path, &line)
            });
            match written.await {
                Ok(Ok(())) => Ok(()),
                // A full disk or a missing folder is put right by somebody, not by giving up.
                Ok(Err(error)) => Err(SinkError::later(format!(
                    "cannot append to the file `{}`: {error}",
                    self.path.display()
                ))),
                Err(error) => Err(SinkError::later(format!("the writer stopped: {error}"))),
            }
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
}

fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    let is_new = file.metadata()?.len() == 0;
    // We may have died between the disk's answer and the outbox's commit: then it is there, whole.
    if repeats(&mut file, line)? {
        return Ok(());
    }
    // What a crash or a full disk cut short keeps its own line; the notice is written whole again.
    if !is_new && !ends_a_line(&mut file)? {
        file.write_all(b"\n")?;
    }
    file.write_all(line)?;
    file.sync_data()?;
    if is_new {
        // The name of a new file is on the disk only with its folder.
        File::open(folder_of(path))?.sync_all()?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    let parent = path.parent();
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Whether the notice of a line is told by the last one there: one at a time is written to a file.
/// All of an event is the same on every attempt but for the link, which goes by where we listen. Its
/// id alone would not do: a ledger put back from a copy counts on from there, and the file is still
/// there.
fn repeats(file: &mut File, line: &[u8]) -> io::Result<bool> {
    let last = last_line(file, line.len() + LINK_ROOM_BYTES)?;
    Ok(last
        .is_some_and(|last| last == line || facts(&last).is_some_and(|it| facts(line) == Some(it))))
}

/// The last line with its end, where it has one and is no longer than so many bytes.
fn last_line(file: &mut File, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(longest as u64 + 1);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(length - from).read_to_end(&mut bytes)?;
    let Some((b'\n', whole)) = bytes.split_last() else {
        return Ok(None);
    };
    let before = whole.iter().rposition(|byte| *byte == b'\n');
    Ok(match before {
        Some(at) => Some(bytes.split_off(at + 1)),
        None if from == 0 => Some(bytes),
        None => None,
    })
}

/// An event without its link.
fn facts(line: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut event: serde_json::Map<_, _> = serde_json::from_slice(line).ok()?;
    event.remove("acknowledgeurl");
    Some(event)
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
