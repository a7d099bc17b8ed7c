//! The thread that reads a file: lines to chunks of prepared posts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::PostRecord;
use tokio::sync::mpsc::Sender;

use super::place::{PlaceMark, number};
use crate::limits::{FOLLOW_POLL_MILLIS, MAX_CHUNK_BYTES, MAX_CHUNK_LINES};
use crate::lines::{Input, Line, LineReader, Place, prepare};
use crate::outlet::DeadLetter;
use crate::prepare::Preparer;
use crate::pulses::Tally;

/// Lines that were read together.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) posts: Vec<PostRecord<'static>>,
    /// Refused lines with the codes of their reasons.
    pub(super) letters: Vec<(DeadLetter, &'static str)>,
    /// The place after them.
    pub(super) mark: Option<PlaceMark>,
    bytes: usize,
}

impl Chunk {
    const fn is_empty(&self) -> bool {
        self.posts.is_empty() && self.letters.is_empty()
    }

    const fn is_full(&self) -> bool {
        self.posts.len() + self.letters.len() >= MAX_CHUNK_LINES || self.bytes >= MAX_CHUNK_BYTES
    }
}

/// Why the thread ends.
enum End {
    /// Nobody takes chunks any more.
    Unwanted,
    Failed(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

pub(super) struct FileReader {
    pub(super) place: Place,
    pub(super) preparer: Preparer,
    pub(super) follow: bool,
    pub(super) from: Option<PlaceMark>,
    pub(super) tally: Arc<Tally>,
    pub(super) chunks: Sender<Result<Chunk, io::Error>>,
}

impl FileReader {
    pub(super) fn run(mut self) {
        let ended = match self.place.clone() {
            Place::File(path) => self.files(&path),
            Place::Stdin => self.stdin(),
        };
        if let Err(End::Failed(error)) = ended {
            // Whoever left does not care why we end.
            let _ = self.chunks.blocking_send(Err(error));
        }
    }

    fn stdin(&self) -> Result<(), End> {
        self.tally.poll();
        let mut lines = LineReader::new(Input::new(io::stdin())?);
        self.drain(&mut lines, None)?;
        self.last_line(&mut lines, None)
    }

    /// A file, and those that follow it under the same name.
    fn files(&mut self, path: &Path) -> Result<(), End> {
        loop {
            let file = match File::open(path) {
                Err(error) if self.follow && error.kind() == io::ErrorKind::NotFound => {
                    self.pause()?;
                    continue;
                }
                opened => opened?,
            };
            self.tally.poll();
            self.tally.works();
            let plain = Input::new(file.try_clone()?)?.is_plain();
            let from = self.from.take();
            let from = match from {
                Some(mark) if mark.is_in(&file, plain)? => Some(mark),
                Some(_) => {
                    tracing::warn!(
                        place = %self.place,
                        "another file than the one read before: it is read from its beginning"
                    );
                    None
                }
                None => None,
            };
            let mut lines = open(file.try_clone()?, plain, from.as_ref())?;
            let at = Some((&file, plain));
            self.drain(&mut lines, at)?;
            if self.follow && plain {
                self.until_replaced(path, &file, &mut lines)?;
            }
            self.last_line(&mut lines, at)?;
            if !(self.follow && plain) {
                return Ok(());
            }
        }
    }

    /// Reads on until another file has the name, or this one has been cut.
    fn until_replaced<R: Read>(
        &self,
        path: &Path,
        file: &File,
        lines: &mut LineReader<R>,
    ) -> Result<(), End> {
        let mine = number(file)?;
        loop {
            self.pause()?;
            // First who has the name, then the rest: what was written before the change is read.
            let replaced = match File::open(path) {
                Ok(other) => number(&other)? != mine,
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(error) => return Err(error.into()),
            };
            if file.metadata()?.len() < lines.consumed() {
                tracing::warn!(
                    place = %self.place, read = lines.consumed(),
                    "the file was cut below what was read of it: it is read from its beginning"
                );
                // What a cut line had so far is gone with its end.
                lines.forget();
                return Ok(());
            }
            self.drain(lines, Some((file, true)))?;
            if replaced {
                return Ok(());
            }
        }
    }

    fn pause(&self) -> Result<(), End> {
        self.tally.poll();
        std::thread::sleep(Duration::from_millis(FOLLOW_POLL_MILLIS));
        if self.chunks.is_closed() {
            Err(End::Unwanted)
        } else {
            Ok(())
        }
    }

    /// All whole lines that are there now.
    fn drain<R: Read>(
        &self,
        lines: &mut LineReader<R>,
        at: Option<(&File, bool)>,
    ) -> Result<(), End> {
        let mut chunk = Chunk::default();
        while let Some(line) = lines.next_line()? {
            let after = (line.end, line.number + 1);
            self.add(&mut chunk, &line);
            if chunk.is_full() || lines.would_read() {
                self.hand_over(std::mem::take(&mut chunk), at, after)?;
            }
        }
        Ok(())
    }

    /// The line that the end of the file ends.
    fn last_line<R: Read>(
        &self,
        lines: &mut LineReader<R>,
        at: Option<(&File, bool)>,
    ) -> Result<(), End> {
        let Some(line) = lines.rest() else {
            return Ok(());
        };
        let mut chunk = Chunk::default();
        self.add(&mut chunk, &line);
        self.hand_over(chunk, at, (line.end, line.number + 1))
    }

    fn add(&self, chunk: &mut Chunk, line: &Line) {
        if line.is_blank() {
            return;
        }
        chunk.bytes += line.bytes.len();
        match prepare(&self.preparer, line) {
            Ok(prepared) => chunk.posts.push(prepared.record),
            Err(refusal) => {
                let origin = format!(
                    "{}: {}, line {}",
                    self.tally.source(),
                    self.place,
                    line.number
                );
                let letter = self.preparer.letter(origin, &line.bytes, &refusal);
                chunk.letters.push((letter, refusal.code()));
            }
        }
    }

    fn hand_over(
        &self,
        mut chunk: Chunk,
        at: Option<(&File, bool)>,
        (offset, line): (u64, u64),
    ) -> Result<(), End> {
        if chunk.is_empty() {
            return Ok(());
        }
        if let Some((file, plain)) = at {
            chunk.mark = PlaceMark::new(file, plain, offset, line).ok();
        }
        self.chunks
            .blocking_send(Ok(chunk))
            .map_err(|_| End::Unwanted)
    }
}

/// The lines of a file from a place on. (Marks read at given places and do not move the file.)
fn open(
    mut file: File,
    plain: bool,
    from: Option<&PlaceMark>,
) -> io::Result<LineReader<Input<File>>> {
    let (offset, line) = from.map_or((0, 1), |mark| (mark.offset, mark.line));
    let input = if plain {
        file.seek(SeekFrom::Start(offset))?;
        Input::plain(file)
    } else {
        file.rewind()?;
        let mut input = Input::new(file)?;
        io::copy(&mut input.by_ref().take(offset), &mut io::sink())?;
        input
    };
    Ok(LineReader::resumed(input, line, offset))
}
