//! What the app knows about the terminal it talks to.

use std::io::IsTerminal as _;

use fengbiao_sink::text::visible;
use jiff::tz::TimeZone;

use crate::cli::Colour;
use crate::limits::USUAL_COLUMNS;

/// Whether results on standard output are coloured. `NO_COLOR` is a convention of many programs.
pub(crate) fn coloured(choice: Colour) -> bool {
    match choice {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// How wide results may be.
pub(crate) fn width(terminal: bool) -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    told.filter(|_| terminal)
        .filter(|&columns: &usize| columns >= 40)
        .unwrap_or(USUAL_COLUMNS)
}

/// Writes a result. A reader that has gone away, as `head` does, ends the program quietly.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

/// Writes a remark for people beside the results.
#[allow(
    clippy::print_stderr,
    reason = "the one place that talks beside the results"
)]
pub(crate) fn remark(text: &str) {
    eprintln!("{text}");
}

/// Text of others as one line of a terminal, which it cannot steer or turn.
pub(crate) fn harmless(text: &str) -> String {
    let line = text.replace("\r\n", " ").replace('\n', " ");
    visible(&line).into_owned()
}

/// A time as JSON carries it, as people read it; a dash where there is none.
pub(crate) fn local_text(text: Option<&str>, zone: &TimeZone) -> String {
    let time = text.and_then(|text| fengbiao_wire::parse_time(text, zone).ok());
    time.map_or_else(
        || "–".to_owned(),
        |time| fengbiao_wire::format_minute(time, zone),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_on_its_line_and_turns_nothing() {
        let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected);
        check("停业\r\n整顿\n\t三天", "停业 整顿  三天");
        check("\u{202e}gpj.exe\u{2066}", "\\u{202e}gpj.exe\\u{2066}");
        check("a\u{1b}[2J", "a\\u{1b}[2J");
    }
}
