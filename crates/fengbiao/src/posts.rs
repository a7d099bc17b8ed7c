//! Posts from files and standard input, for the commands that read them without a daemon.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use fengbiao_crawler::{
    Encoding, FieldMap, Intake, LineError, Lines, Metrics, Place, Prepared, Preparer,
    PseudonymKeys, Times,
};
use fengbiao_model::{Clock, SourceId};
use prometheus::Registry;

use crate::app::App;
use crate::cli::Input;
use crate::clock::SystemClock;
use crate::limits::{PROGRESS_INTERVAL, SHOWN_REFUSALS};
use crate::terminal;

/// A preparer for an archive: a missing `found_at` is taken from `published_at`. Its pseudonyms
/// are made with a key of this run only, since nothing is stored.
fn preparer(app: &App, input: &Input) -> anyhow::Result<Preparer> {
    let source =
        SourceId::new(input.source.as_str()).map_err(|why| anyhow::anyhow!("`--source` {why}"))?;
    let mut intake = Intake::new(source);
    intake.zone = app.loaded.zone.clone();
    intake.times = Times::Archive;
    intake.encoding = encoding(&input.encoding)?;
    if let Some(map) = &input.map {
        intake.map = FieldMap::parse(map).context("`--map`")?;
    }
    let keys = PseudonymKeys::new(
        crate::secrets::random()?,
        app.loaded.config.privacy.pseudonym_rotation.0,
    );
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Ok(Preparer::new(
        intake,
        keys,
        clock,
        Metrics::register(&Registry::new())?,
    ))
}

/// The encoding of a name that people write.
pub(crate) fn encoding(name: &str) -> anyhow::Result<Encoding> {
    let known = Encoding::by_name(&name.to_ascii_lowercase());
    known.with_context(|| format!("the encoding is `{name}`, expected `utf-8` or `gb18030`"))
}

/// The lines of all inputs in turn. A line that is refused is said and counted; the rest goes on.
pub(crate) struct Posts {
    inputs: std::vec::IntoIter<Place>,
    current: Option<Lines>,
    /// The file that is read, as it was named.
    pub(crate) file: String,
    preparer: Preparer,
    said: Instant,
    /// Lines that became posts, updates or deletions.
    pub(crate) taken: u64,
    /// Lines that were refused.
    pub(crate) refused: u64,
}

impl Posts {
    pub(crate) fn open(app: &App, input: &Input) -> anyhow::Result<Self> {
        let preparer = preparer(app, input)?;
        let places: Vec<_> = input.inputs.iter().map(|path| Place::named(path)).collect();
        Ok(Self {
            inputs: places.into_iter(),
            current: None,
            file: String::new(),
            preparer,
            said: Instant::now(),
            taken: 0,
            refused: 0,
        })
    }

    /// The next post; an error where a file cannot be read.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Prepared>> {
        Ok(self.next_line()?.map(|(_, post)| post))
    }

    /// The next post with its line.
    pub(crate) fn next_line(&mut self) -> anyhow::Result<Option<(u64, Prepared)>> {
        self.say();
        loop {
            if self.current.is_none() {
                let Some(place) = self.inputs.next() else {
                    return Ok(None);
                };
                self.file = place.to_string();
                self.current = Some(Lines::open(place, self.preparer.clone())?);
            }
            match self.current.as_mut().and_then(Iterator::next) {
                Some(Ok(line)) => {
                    self.taken += 1;
                    return Ok(Some((line.line, line.post)));
                }
                Some(Err(refused @ LineError::Refused { .. })) => {
                    self.refused += 1;
                    if self.refused <= SHOWN_REFUSALS {
                        terminal::remark(&format!("refused: {refused}"));
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => self.current = None,
            }
        }
    }

    /// Long work says now and then how far it has come.
    fn say(&mut self) {
        if self.said.elapsed() > PROGRESS_INTERVAL {
            self.said = Instant::now();
            terminal::remark(&format!("{} posts read", self.taken));
        }
    }

    /// Says how many lines were refused beyond those that were shown.
    pub(crate) fn close(&self) {
        if self.refused > SHOWN_REFUSALS {
            terminal::remark(&format!("refused: {} lines in all", self.refused));
        }
    }
}
