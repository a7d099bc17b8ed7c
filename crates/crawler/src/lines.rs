//! Lines of a file, plain, gzip or zstd, within bounds; and the plain iterator of prepared posts
//! for the command line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use crate::limits::{MAX_LETTER_BYTES, MAX_LINE_BYTES, READ_BUFFER_BYTES};
use crate::prepare::{Prepared, Preparer, Refusal};

/// One line as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The place after it, in bytes (decompressed) from where the reader began.
    pub(crate) end: u64,
    /// Its bytes without the line's end; of a longer line than is allowed, only the beginning.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is longer than [`MAX_LINE_BYTES`].
    pub(crate) too_long: bool,
}

/// Cuts a stream into lines. A line that is too long is read past, never held.
pub(crate) struct LineReader<R> {
    input: BufReader<R>,
    line: Line,
}

impl<R: Read> LineReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self::resumed(input, 1, 0)
    }

    /// Of a stream that begins at a line's beginning further on.
    pub(crate) fn resumed(input: R, number: u64, end: u64) -> Self {
        let line = Line {
            number,
            end,
            bytes: Vec::new(),
            too_long: false,
        };
        Self {
            input: BufReader::with_capacity(READ_BUFFER_BYTES, input),
            line,
        }
    }

    /// The next whole line, or none at the end of what is there now. What a line had so far is
    /// kept, so that a file that grows can be read on.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                return Ok(None);
            }
            let newline = buffer.iter().position(|&byte| byte == b'\n');
            let part = &buffer[..newline.unwrap_or(buffer.len())];
            if self.line.bytes.len() + part.len() > MAX_LINE_BYTES {
                self.line.too_long = true;
            }
            let room = if self.line.too_long {
                MAX_LETTER_BYTES
            } else {
                MAX_LINE_BYTES
            };
            let taken = part.len().min(room.saturating_sub(self.line.bytes.len()));
            self.line.bytes.extend_from_slice(&part[..taken]);
            let used = part.len() + usize::from(newline.is_some());
            self.input.consume(used);
            self.line.end += used as u64;
            if newline.is_some() {
                return Ok(Some(self.take()));
            }
        }
    }

    /// What stands after the last line's end.
    pub(crate) fn rest(&mut self) -> Option<Line> {
        (!self.line.bytes.is_empty()).then(|| self.take())
    }

    /// Drops the beginning of a line whose end will not come.
    pub(crate) fn forget(&mut self) {
        self.line.bytes.clear();
        self.line.too_long = false;
    }

    fn take(&mut self) -> Line {
        let (number, end) = (self.line.number + 1, self.line.end);
        let next = Line {
            number,
            end,
            bytes: Vec::new(),
            too_long: false,
        };
        let mut line = std::mem::replace(&mut self.line, next);
        if line.too_long {
            line.bytes.truncate(MAX_LETTER_BYTES);
        }
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        if line.number == 1 && line.bytes.starts_with(b"\xef\xbb\xbf") {
            line.bytes.drain(..3);
        }
        line
    }

    /// The place up to which the stream was read, the beginning of a line included that has not
    /// ended yet.
    pub(crate) const fn consumed(&self) -> u64 {
        self.line.end
    }

    /// Whether the next line may have to be waited for.
    pub(crate) fn would_read(&self) -> bool {
        !self.input.buffer().contains(&b'\n')
    }
}

impl Line {
    /// Whether nothing stands on it.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// A stream by what its first bytes say it is.
pub(crate) enum Input<R: Read> {
    Plain(Peeked<R>),
    Gzip(Box<flate2::read::MultiGzDecoder<Peeked<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<Peeked<R>>>>),
}

impl<R: Read> Input<R> {
    /// Looks at the first bytes: `1F 8B` is gzip (RFC 1952), `28 B5 2F FD` zstd (RFC 8878).
    pub(crate) fn new(mut input: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(4);
        input.by_ref().take(4).read_to_end(&mut head)?;
        let kind = head.clone();
        let whole = Cursor::new(head).chain(input);
        Ok(match kind.as_slice() {
            [0x1f, 0x8b, ..] => Self::Gzip(Box::new(flate2::read::MultiGzDecoder::new(whole))),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                Self::Zstd(Box::new(zstd::stream::read::Decoder::new(whole)?))
            }
            _ => Self::Plain(whole),
        })
    }

    /// A stream that is known not to be compressed.
    pub(crate) fn plain(input: R) -> Self {
        Self::Plain(Cursor::new(Vec::new()).chain(input))
    }

    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(input) => input.read(buffer),
            Self::Zstd(input) => input.read(buffer),
        }
    }
}

/// Where lines come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Place {
    /// A path, `-` for standard input.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        if path == Path::new("-") {
            Self::Stdin
        } else {
            Self::File(path.to_owned())
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// A prepared line.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedLine {
    /// The number of the line, from 1.
    pub line: u64,
    /// What it became.
    pub post: Prepared,
}

/// Why an iterator of lines gives an error.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// One line is refused; the next ones go on.
    #[error("{place}, line {line}: {refusal}")]
    Refused {
        /// The file.
        place: Place,
        /// The number of the line, from 1.
        line: u64,
        /// Why.
        refusal: Refusal,
    },
    /// The file cannot be read on: the last item.
    #[error("cannot read {place}: {error}")]
    Read {
        /// The file.
        place: Place,
        /// What the system says.
        error: io::Error,
    },
}

/// The posts of a file or of standard input, one after the other, on this thread.
pub struct Lines {
    place: Place,
    reader: LineReader<Input<Box<dyn Read + Send>>>,
    preparer: Preparer,
    ended: bool,
}

impl Lines {
    /// Opens the place. Compressed files are found out by their first bytes.
    pub fn open(place: Place, preparer: Preparer) -> Result<Self, LineError> {
        let opened: io::Result<Box<dyn Read + Send>> = match &place {
            Place::File(path) => File::open(path).map(|file| Box::new(file) as _),
            Place::Stdin => Ok(Box::new(io::stdin())),
        };
        match opened.and_then(Input::new) {
            Ok(input) => Ok(Self {
                place,
                reader: LineReader::new(input),
                preparer,
                ended: false,
            }),
            Err(error) => Err(LineError::Read { place, error }),
        }
    }
}

impl Iterator for Lines {
    type Item = Result<PreparedLine, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let line = match self.reader.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.ended = true;
                    self.reader.rest()?
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(LineError::Read {
                        place: self.place.clone(),
                        error,
                    }));
                }
            };
            if line.is_blank() {
                continue;
            }
            let number = line.number;
            return Some(match prepare(&self.preparer, &line) {
                Ok(post) => Ok(PreparedLine { line: number, post }),
                Err(refusal) => Err(LineError::Refused {
                    place: self.place.clone(),
                    line: number,
                    refusal,
                }),
            });
        }
        None
    }
}

pub(crate) fn prepare(preparer: &Preparer, line: &Line) -> Result<Prepared, Refusal> {
    if line.too_long {
        return Err(Refusal::LineTooLong {
            limit: MAX_LINE_BYTES,
        });
    }
    preparer.line(&line.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: &[&str]) {
        let mut reader = LineReader::new(input);
        let mut lines = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            lines.push(line);
        }
        lines.extend(reader.rest());
        let texts: Vec<_> = lines
            .iter()
            .map(|l| String::from_utf8_lossy(&l.bytes))
            .collect();
        assert_eq!(texts, expected);
        if let Some(last) = lines.last() {
            assert_eq!(last.end, input.len() as u64);
        }
    }

    #[test]
    fn streams_are_cut_into_lines() {
        check(b"", &[]);
        check(b"a\nb\r\n\nc", &["a", "b", "", "c"]);
        check(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", &["a", "\u{feff}b"]);
        check(&[0; 3], &["\0\0\0"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_read_past() {
        let mut input = vec![b'x'; 10 * MAX_LINE_BYTES];
        input.extend_from_slice(b"\nnext\n");
        let mut reader = LineReader::new(input.as_slice());
        let line = reader.next_line().unwrap().unwrap();
        assert!(line.too_long && line.bytes.len() == MAX_LETTER_BYTES);
        assert!(reader.line.bytes.capacity() <= MAX_LINE_BYTES);
        let next = reader.next_line().unwrap().unwrap();
        assert_eq!(
            (next.number, next.bytes.as_slice(), next.too_long),
            (2, &b"next"[..], false)
        );
        let mut exact = vec![b'x'; MAX_LINE_BYTES];
        exact.push(b'\n');
        assert!(
            !LineReader::new(exact.as_slice())
                .next_line()
                .unwrap()
                .unwrap()
                .too_long
        );
    }
}
