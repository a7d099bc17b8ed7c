//! Lines of a card.

use super::visible::visible;

/// How a run of characters is to stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Not at all.
    Plain,
    /// It is the main thing.
    Strong,
    /// It carries the colour of the tier.
    Badge,
    /// A keyword of a rule, inside a quote.
    Keyword,
    /// Beside the main thing.
    Faint,
    /// A condition or an identifier, verbatim.
    Code,
    /// A link that can be followed.
    Link,
}

/// Characters of one style. No control character is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The style.
    pub style: Style,
    text: String,
}

impl Run {
    /// A run of any text, foreign text included: control characters become visible.
    #[must_use]
    pub fn new(style: Style, text: &str) -> Self {
        Self {
            style,
            text: visible(text).into_owned(),
        }
    }

    /// The characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first line: tier, topic, subject, change.
    Headline,
    /// A fact; the label names it, or it continues the fact above.
    Detail,
    /// A post's own words.
    Quote,
    /// Where the words above come from.
    Origin,
    /// One link, whole; the label names it.
    Link,
    /// Nothing: it sets groups of lines apart.
    Gap,
}

/// One line of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub role: Role,
    /// The name of the fact or link.
    pub label: Option<&'static str>,
    /// What it says.
    pub runs: Vec<Run>,
}

impl Line {
    pub(super) fn new(role: Role, label: Option<&'static str>, runs: Vec<Run>) -> Self {
        Self { role, label, runs }
    }

    pub(super) fn gap() -> Self {
        Self::new(Role::Gap, None, Vec::new())
    }

    /// What it says, without label and style.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(Run::text).collect()
    }

    /// The number of characters in it, the label not counted.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.runs.iter().map(|run| run.text.chars().count()).sum()
    }

    /// Its first `chars` characters, and the rest as a line of the same role without the label.
    #[must_use]
    pub fn split_at(&self, chars: usize) -> (Self, Self) {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut left = chars;
        for run in &self.runs {
            let at = run
                .text
                .char_indices()
                .nth(left)
                .map_or(run.text.len(), |(at, _)| at);
            let (before, after) = run.text.split_at(at);
            left -= before.chars().count();
            for (text, side) in [(before, &mut head), (after, &mut tail)] {
                if !text.is_empty() {
                    side.push(Run {
                        style: run.style,
                        text: text.to_owned(),
                    });
                }
            }
        }
        (
            Self::new(self.role, self.label, head),
            Self::new(self.role, None, tail),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_splits_between_characters_and_keeps_its_styles() {
        let runs = vec![
            Run::new(Style::Plain, "食堂"),
            Run::new(Style::Keyword, "停业了"),
        ];
        let line = Line::new(Role::Quote, Some("x"), runs);
        for at in 0..=6 {
            let (head, tail) = line.split_at(at);
            assert_eq!(head.chars(), at.min(5));
            assert_eq!(format!("{}{}", head.text(), tail.text()), "食堂停业了");
        }
        let (head, tail) = line.split_at(3);
        assert_eq!(head.runs[1], Run::new(Style::Keyword, "停"));
        assert_eq!(tail.runs, [Run::new(Style::Keyword, "业了")]);
        assert_eq!((head.label, tail.label), (Some("x"), None));
    }
}
