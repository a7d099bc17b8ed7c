//! The program's own log, on standard error, and what is said beside it to whoever started us.

use std::io::{self, IsTerminal as _, Write};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};
use crate::terminal;

/// Starts it. The demonstration keeps it quiet beside the cards.
pub(crate) fn start(logging: &Logging, demo: bool) -> anyhow::Result<()> {
    let filter = if demo {
        EnvFilter::try_new("error").context("the filter of the demonstration")?
    } else {
        logging.filter()?
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    match logging.format {
        LogFormat::Text => builder
            .with_ansi(io::stderr().is_terminal())
            .with_writer(|| OneLine(io::stderr()))
            .init(),
        LogFormat::Json => builder.json().with_writer(io::stderr).init(),
    }
    Ok(())
}

/// Says something to whoever started us, or logs it where only machines read.
pub(crate) fn say(format: LogFormat, text: &str) {
    match format {
        LogFormat::Text => terminal::remark(text),
        LogFormat::Json => tracing::info!("{text}"),
    }
}

/// Writes each event as one line, so that whoever searches for an error finds its hint beside it. An
/// event comes in one piece, with its line end.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.trim_end_matches('\n').replace('\n', "; ");
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_and_its_hint_are_one_line() {
        let mut written = OneLine(Vec::new());
        written
            .write_all(b"ERROR a: the disk is full\nhint: free space\n")
            .unwrap();
        written.write_all(b"INFO b\n").unwrap();
        let text = String::from_utf8(written.0).unwrap();
        assert_eq!(
            text,
            "ERROR a: the disk is full; hint: free space\nINFO b\n"
        );
    }
}
