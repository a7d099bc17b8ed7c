//! Notices as lines of a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{EventOptions, Outgoing, Sending, SetupError, Sink, SinkError, cloud_event};

/// Appends each notice as one line of JSON (a CloudEvents event) and says so only when it is on the
/// disk. The file is opened anew for each notice, so that it can be rotated away at any time. Its
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
    // What a crash or a full disk cut short keeps its own line; the notice is written whole again.
    if !is_new && !ends_a_line(&mut file)? {
        file.write_all(b"\n")?;
    }
    file.write_all(line)?;
    file.sync_data()?;
    if is_new {
        // The name of a new file is on the disk only with its folder.
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
