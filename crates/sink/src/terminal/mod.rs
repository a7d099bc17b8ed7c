//! Notices as cards on a terminal.

mod wrap;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use fengbiao_model::Tier;
use unicode_width::UnicodeWidthStr;

use crate::limits::{MAX_CARD_COLUMNS, MIN_CARD_COLUMNS};
use crate::text::{Card, Line, Phrasing, Role, Run, Style};
use crate::{Outgoing, Sending, Sink, SinkError};
use wrap::wrapped;

/// How cards look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Language and time zone.
    pub phrasing: Phrasing,
    /// Whether to write colours (ANSI, 256 of them). Without them keywords stand in 【】.
    pub color: bool,
    /// Columns of the terminal; cards stay between [`MIN_CARD_COLUMNS`] and [`MAX_CARD_COLUMNS`].
    pub width_columns: usize,
}

/// Writes a card for each notice, whole or not at all as far as the terminal lets it.
pub struct TerminalSink {
    options: TerminalOptions,
    out: Arc<Mutex<dyn Write + Send>>,
}

impl TerminalSink {
    /// A sink that writes to `out`, for instance standard output.
    #[must_use]
    pub fn new(options: TerminalOptions, out: impl Write + Send + 'static) -> Self {
        Self {
            options,
            out: Arc::new(Mutex::new(out)),
        }
    }
}

impl Sink for TerminalSink {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        let card = render(&Card::new(outgoing, &self.options.phrasing), &self.options);
        let out = Arc::clone(&self.out);
        Box::pin(async move {
            // A terminal can stand still (a pager, a stopped job): that must hold nobody else.
            let written = tokio::task::spawn_blocking(move || {
                // A card that a panic cut short is followed by a whole one.
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                out.write_all(card.as_bytes())?;
                out.flush()
            });
            match written.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(SinkError::later(format!(
                    "cannot write to the terminal: {error}"
                ))),
                Err(error) => Err(SinkError::later(format!("the writer stopped: {error}"))),
            }
        })
    }
}

/// A card as text for a terminal, with an empty line after it.
#[must_use]
pub fn render(card: &Card, options: &TerminalOptions) -> String {
    let columns = options
        .width_columns
        .clamp(MIN_CARD_COLUMNS, MAX_CARD_COLUMNS);
    let paint = Paint {
        color: options.color,
        tier: card.tier,
    };
    let labels = card.lines.iter().filter_map(|line| line.label);
    let label_columns = labels.map(UnicodeWidthStr::width).max().unwrap_or(0);
    let mut page = String::new();
    for line in &card.lines {
        let (first, rest) = indents(line, label_columns);
        let room = columns
            .saturating_sub(BAR.width() + 1 + rest.width())
            .max(1);
        // A link is left whole, so that it can be clicked and copied.
        let pieces = if line.role == Role::Link {
            vec![line.runs.clone()]
        } else {
            wrapped(&shown_runs(line, options.color), room)
        };
        for (index, runs) in pieces.iter().enumerate() {
            paint.bar(&mut page);
            if line.role != Role::Gap {
                page.push(' ');
            }
            let indent = if index == 0 { &first } else { &rest };
            if !runs.is_empty() {
                paint.run(&mut page, Style::Faint, indent);
            }
            for run in runs {
                paint.run(&mut page, run.style, run.text());
            }
            let end = page.trim_end_matches(' ').len();
            page.truncate(end);
            page.push('\n');
        }
    }
    page.push('\n');
    page
}

const BAR: &str = "┃";

/// What stands before the first row of a line and before its further ones, equally wide.
fn indents(line: &Line, label_columns: usize) -> (String, String) {
    let blank = |columns: usize| " ".repeat(columns);
    match line.role {
        Role::Headline | Role::Gap => (String::new(), String::new()),
        Role::Quote | Role::Origin => (blank(2), blank(2)),
        Role::Detail | Role::Link => {
            let label = line.label.unwrap_or_default();
            let pad = blank(label_columns - label.width() + 2);
            (format!("{label}{pad}"), blank(label_columns + 2))
        }
    }
}

/// The runs as they are measured: without colour a keyword has its brackets already.
fn shown_runs(line: &Line, color: bool) -> Vec<Run> {
    let bracketed = |run: &Run| match run.style {
        Style::Keyword if !color => Run::new(Style::Keyword, &format!("【{}】", run.text())),
        _ => run.clone(),
    };
    line.runs.iter().map(bracketed).collect()
}

struct Paint {
    color: bool,
    tier: Tier,
}

impl Paint {
    /// The colour of the tier among the 256 of a terminal: red, orange, yellow, blue.
    const fn hue(&self) -> u8 {
        match self.tier {
            Tier::I => 196,
            Tier::II => 208,
            Tier::III => 220,
            Tier::IV => 75,
        }
    }

    fn bar(&self, page: &mut String) {
        if self.color {
            page.push_str(&format!("\u{1b}[38;5;{}m{BAR}\u{1b}[0m", self.hue()));
        } else {
            page.push_str(BAR);
        }
    }

    fn run(&self, page: &mut String, style: Style, text: &str) {
        let hue = self.hue();
        let code = match style {
            _ if !self.color || text.trim().is_empty() => None,
            Style::Plain => None,
            Style::Strong => Some("1".to_owned()),
            Style::Badge => Some(format!("1;38;5;{hue}")),
            Style::Keyword => Some(format!("1;4;38;5;{hue}")),
            Style::Faint => Some("2".to_owned()),
            Style::Code => Some("36".to_owned()),
            Style::Link => Some("4".to_owned()),
        };
        match code {
            Some(code) => page.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m")),
            None => page.push_str(text),
        }
    }
}
