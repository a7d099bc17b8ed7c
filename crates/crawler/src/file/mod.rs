//! Files and standard input as sources.
//!
//! A thread reads and prepares, because reading a pipe blocks; it hands over chunks through a
//! bounded channel. The place in a file is remembered only once its posts are durable.

mod place;
mod reader;

use std::time::Duration;

use fengbiao_model::SourceId;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::limits::{MAX_WAITING_CHUNKS, PLACE_EVERY_MILLIS, REFUSALS_SAID_EVERY_SECS};
use crate::lines::Place;
use crate::local_state::LocalState;
use crate::prepare::Preparer;
use crate::source::{Context, Running, Source, SourceError};
use crate::told::Told;

use place::PlaceMark;
use reader::{Chunk, FileReader};

const STATE_KIND: &str = "place";

/// A file, read once or followed, or standard input.
pub struct FileSource {
    /// What is read.
    pub place: Place,
    /// How its lines become posts, and the name of the source.
    pub preparer: Preparer,
    /// Whether to wait for more at its end, through rotation and truncation. Compressed files and
    /// standard input are read to their end either way. What was written to a file after the
    /// crawler stopped and before the file was rotated away is read only if that file is named as
    /// a source of its own.
    pub follow: bool,
    /// Where the place in the file is remembered; without it, it begins at the beginning.
    pub state: Option<LocalState>,
}

impl Source for FileSource {
    fn id(&self) -> &SourceId {
        &self.preparer.intake().source
    }

    fn run<'a>(&'a mut self, context: &'a Context) -> Running<'a> {
        Box::pin(self.read(context))
    }
}

impl FileSource {
    async fn read(&self, context: &Context) -> Result<(), SourceError> {
        let (sender, mut chunks) = mpsc::channel(MAX_WAITING_CHUNKS);
        let reader = FileReader {
            place: self.place.clone(),
            preparer: self.preparer.clone(),
            follow: self.follow,
            from: self.remembered(),
            tally: context.tally.clone(),
            chunks: sender,
        };
        // Not a thread of tokio's pool: standard input may block it beyond the end of all else.
        std::thread::Builder::new()
            .name("crawler-file".to_owned())
            .spawn(move || reader.run())
            .map_err(|error| SourceError::Read {
                place: self.place.to_string(),
                error,
            })?;
        let mut unsaved = None;
        let mut saved_at = Instant::now();
        let refused = Told::new(Duration::from_secs(REFUSALS_SAID_EVERY_SECS));
        loop {
            let due = refused.due();
            let chunk = tokio::select! {
                chunk = chunks.recv() => chunk,
                () = context.stopped() => None,
                () = tokio::time::sleep_until(due.unwrap_or(saved_at)), if due.is_some() => {
                    self.say_refused(refused.happened(0), None);
                    continue;
                }
            };
            let Some(chunk) = chunk else { break };
            let mark = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    self.remember(unsaved.as_ref());
                    return Err(SourceError::Read {
                        place: self.place.to_string(),
                        error,
                    });
                }
            };
            let lines = mark.letters.len() as u64;
            let last = mark.letters.last().map(|(_, code)| *code);
            let Some(mark) = store(context, mark).await else {
                break;
            };
            self.say_refused(refused.happened(lines), last);
            unsaved = mark.or(unsaved);
            if saved_at.elapsed() >= Duration::from_millis(PLACE_EVERY_MILLIS) {
                self.remember(unsaved.take().as_ref());
                saved_at = Instant::now();
            }
        }
        self.remember(unsaved.as_ref());
        self.say_refused(refused.over().filter(|lines| *lines > 0), None);
        Ok(())
    }

    /// What is wrong with each stands in its dead letter.
    fn say_refused(&self, lines: Option<u64>, last: Option<&str>) {
        if let Some(lines) = lines {
            tracing::warn!(
                source = %self.id(), place = %self.place, lines, last,
                "lines are refused; `fengbiao dead-letters list` shows them"
            );
        }
    }

    fn remembered(&self) -> Option<PlaceMark> {
        self.state
            .as_ref()
            .and_then(|state| state.read(STATE_KIND, &self.place.to_string()))
    }

    fn remember(&self, mark: Option<&PlaceMark>) {
        let (Some(state), Some(mark)) = (&self.state, mark) else {
            return;
        };
        if let Err(error) = state.write(STATE_KIND, &self.place.to_string(), mark) {
            tracing::warn!(place = %self.place, %error, "the place in the file is not remembered");
        }
    }
}

/// Makes a chunk durable: the place after it, none when all is to stop.
async fn store(context: &Context, chunk: Chunk) -> Option<Option<PlaceMark>> {
    if !context.accept(chunk.posts).await {
        return None;
    }
    for (letter, code) in chunk.letters {
        if !context.dead_letter(letter, code).await {
            return None;
        }
    }
    Some(chunk.mark)
}
