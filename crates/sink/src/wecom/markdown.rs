//! Lines in the marks that a WeCom group bot knows (doc 99110): headings, bold, links, quotes,
//! inline code and three colours.

use fengbiao_model::Tier;

use crate::text::{Line, Role, Run, Style};

/// One line as markdown.
pub(super) fn dressed(line: &Line, tier: Tier) -> String {
    let runs: String = line
        .runs
        .iter()
        .enumerate()
        .map(|(index, run)| run_dressed(run, tier, index == 0 && line.label.is_none()))
        .collect();
    let label = line.label.map(|label| colored("comment", label));
    match line.role {
        Role::Gap => String::new(),
        Role::Headline => runs,
        Role::Quote | Role::Origin => format!("> {runs}"),
        Role::Detail => label.map_or(runs.clone(), |label| format!("{label} {runs}")),
        Role::Link => format!("[{}]({})", line.label.unwrap_or("↗"), link(&line.text())),
    }
}

fn run_dressed(run: &Run, tier: Tier, is_first: bool) -> String {
    let text = inert(run.text(), is_first);
    match run.style {
        Style::Plain | Style::Link => text,
        Style::Strong => format!("**{text}**"),
        Style::Badge => colored(hue(tier), &format!("**{text}**")),
        Style::Keyword => colored("warning", &text),
        Style::Faint => colored("comment", &text),
        Style::Code => format!("`{text}`"),
    }
}

/// The bot's colours are green (`info`), grey (`comment`) and orange-red (`warning`).
const fn hue(tier: Tier) -> &'static str {
    match tier {
        Tier::I | Tier::II | Tier::III => "warning",
        Tier::IV => "info",
    }
}

fn colored(color: &str, text: &str) -> String {
    format!("<font color=\"{color}\">{text}</font>")
}

/// Foreign text that no longer means anything to the bot. Its markdown knows no escape, so what
/// could open a mark, a link or a mention (`<@user>`), or a heading at the beginning of a line, is
/// shown in its full-width form.
fn inert(text: &str, begins_line: bool) -> String {
    let mut at_start = begins_line;
    let full_width = |c: char| match c {
        '<' => '＜',
        '[' => '［',
        ']' => '］',
        '`' => '｀',
        '*' => '＊',
        '#' if at_start => '＃',
        c => {
            at_start &= c == ' ';
            c
        }
    };
    text.chars().map(full_width).collect()
}

/// A link in which nothing ends the bot's link early.
fn link(url: &str) -> String {
    let mut safe = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '(' => safe.push_str("%28"),
            ')' => safe.push_str("%29"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            ' ' => safe.push_str("%20"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(role: Role, label: Option<&'static str>, style: Style, text: &str) -> String {
        dressed(
            &Line {
                role,
                label,
                runs: vec![Run::new(style, text)],
            },
            Tier::II,
        )
    }

    #[test]
    fn each_role_and_what_foreign_text_cannot_do() {
        let check = |role, label, style, text: &str, expected: &str| {
            assert_eq!(line(role, label, style, text), expected);
        };
        let badge = "<font color=\"warning\">**Ⅱ级 重大 橙**</font>";
        check(Role::Headline, None, Style::Badge, "Ⅱ级 重大 橙", badge);
        let labelled = "<font color=\"comment\">规模</font> 3 帖";
        check(Role::Detail, Some("规模"), Style::Plain, "3 帖", labelled);
        check(Role::Detail, None, Style::Code, "a >= 1", "`a >= 1`");
        check(
            Role::Quote,
            None,
            Style::Plain,
            "<@all> [x](y)",
            "> ＜@all> ［x］(y)",
        );
        check(
            Role::Quote,
            None,
            Style::Plain,
            "## **a** `b` #1",
            "> ＃＃ ＊＊a＊＊ ｀b｀ #1",
        );
        let url = "https://example.org/a_(b)";
        let shown = "[原文](https://example.org/a_%28b%29)";
        check(Role::Link, Some("原文"), Style::Link, url, shown);
        check(Role::Gap, None, Style::Plain, "", "");
    }
}
