//! Conditions as text, for explanations. What is printed can be read again, to the same condition.

use std::fmt::{self, Write};

use super::default_reading;
use super::token::{TokenKind, tokens};
use crate::compiled::{Condition, KeyId, Keys, Reading};

impl Condition {
    /// The condition as text; `keys` are those of its topic. Lists appear as their keywords.
    #[must_use]
    pub fn display<'a>(&'a self, keys: &'a [String]) -> DisplayCondition<'a> {
        DisplayCondition {
            condition: self,
            keys,
            most: usize::MAX,
        }
    }
}

impl Keys {
    /// The keywords as text; `keys` are those of the topic.
    #[must_use]
    pub fn display<'a>(&'a self, keys: &'a [String]) -> DisplayKeys<'a> {
        DisplayKeys {
            set: self,
            keys,
            most: usize::MAX,
        }
    }
}

/// Shows a [`Condition`]. Without [`at_most`](Self::at_most), what it shows can be read again.
#[derive(Clone, Copy, Debug)]
pub struct DisplayCondition<'a> {
    condition: &'a Condition,
    keys: &'a [String],
    most: usize,
}

/// Shows a set of [`Keys`].
#[derive(Clone, Copy, Debug)]
pub struct DisplayKeys<'a> {
    set: &'a Keys,
    keys: &'a [String],
    most: usize,
}

impl DisplayCondition<'_> {
    /// Shows no more than `most` keywords of each set, and the number of the others.
    #[must_use]
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl DisplayKeys<'_> {
    /// Shows no more than `most` keywords, and the number of the others.
    #[must_use]
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl fmt::Display for DisplayCondition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printer {
            f,
            keys: self.keys,
            most: self.most,
        }
        .condition(self.condition, Around::Nothing)
    }
}

impl fmt::Display for DisplayKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printer {
            f,
            keys: self.keys,
            most: self.most,
        }
        .set(self.set, Around::Nothing)
    }
}

/// What an expression stands in; it decides about parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    /// Nothing, or the commas of `n OF`.
    Nothing,
    Or,
    And,
    /// NOT, a side of NEAR.
    Tight,
}

struct Printer<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    keys: &'a [String],
    most: usize,
}

impl Printer<'_, '_> {
    fn condition(&mut self, condition: &Condition, around: Around) -> fmt::Result {
        match condition {
            Condition::Any(parts) => {
                let bare = matches!(around, Around::Nothing | Around::Or);
                self.wrapped(!bare, |p| p.joined(parts, " OR ", Around::Or))
            }
            Condition::All(parts) => {
                let bare = matches!(around, Around::Nothing | Around::And);
                self.wrapped(!bare, |p| p.joined(parts, " AND ", Around::And))
            }
            Condition::Not(inner) => self.wrapped(around == Around::Tight, |p| {
                p.f.write_str("NOT ")?;
                p.condition(inner, Around::Tight)
            }),
            Condition::Keys(set) => self.set(set, around),
            &Condition::Near {
                ref left,
                ref right,
                distance,
                ordered,
            } => {
                let title_only = left.title_only || right.title_only;
                if title_only {
                    self.f.write_str("title:")?;
                }
                self.wrapped(title_only || around == Around::Tight, |p| {
                    p.words(left, Around::Tight)?;
                    write!(p.f, " {}NEAR/{distance} ", if ordered { "O" } else { "" })?;
                    p.words(right, Around::Tight)
                })
            }
            Condition::AtLeast { count, of } => {
                write!(self.f, "{count} OF (")?;
                for (i, part) in of.iter().enumerate() {
                    self.f.write_str(if i == 0 { "" } else { ", " })?;
                    match part {
                        Condition::Keys(set) if set.list => self.members(set)?,
                        other => self.condition(other, Around::Nothing)?,
                    }
                }
                self.f.write_char(')')
            }
        }
    }

    fn wrapped(
        &mut self,
        parentheses: bool,
        inner: impl FnOnce(&mut Self) -> fmt::Result,
    ) -> fmt::Result {
        if !parentheses {
            return inner(self);
        }
        self.f.write_char('(')?;
        inner(self)?;
        self.f.write_char(')')
    }

    fn joined(&mut self, parts: &[Condition], operator: &str, around: Around) -> fmt::Result {
        for (i, part) in parts.iter().enumerate() {
            self.f.write_str(if i == 0 { "" } else { operator })?;
            self.condition(part, around)?;
        }
        Ok(())
    }

    fn set(&mut self, set: &Keys, around: Around) -> fmt::Result {
        if set.title_only {
            self.f.write_str("title:")?;
            return self.words(set, Around::Tight);
        }
        self.words(set, around)
    }

    /// The keywords of a set joined by OR, without its `title:`.
    fn words(&mut self, set: &Keys, around: Around) -> fmt::Result {
        let bare = set.keys.len() == 1 || matches!(around, Around::Nothing | Around::Or);
        self.wrapped(!bare, |p| p.listed(set, " OR ", ""))
    }

    /// The keywords of a list as operands of `n OF`.
    fn members(&mut self, set: &Keys) -> fmt::Result {
        self.listed(set, ", ", if set.title_only { "title:" } else { "" })
    }

    fn listed(&mut self, set: &Keys, separator: &str, prefix: &str) -> fmt::Result {
        for (i, &(id, reading)) in set.keys.iter().take(self.most).enumerate() {
            self.f.write_str(if i == 0 { "" } else { separator })?;
            self.f.write_str(prefix)?;
            self.key(id, reading)?;
        }
        match set.keys.len().saturating_sub(self.most) {
            0 => Ok(()),
            hidden => write!(self.f, "{separator}… (+{hidden})"),
        }
    }

    fn key(&mut self, id: KeyId, reading: Reading) -> fmt::Result {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        let Some(key) = self.keys.get(index) else {
            return write!(self.f, "#{}", id.0);
        };
        if reading != default_reading(key) {
            self.f.write_str(match reading {
                Reading::Word => "word:",
                Reading::Substring => "substring:",
                Reading::Margin => "",
            })?;
        }
        if stands_bare(key) {
            self.f.write_str(key)
        } else {
            write!(self.f, "\"{key}\"")
        }
    }
}

/// Whether a keyword is read as itself, without a warning, when it stands without quotes.
fn stands_bare(key: &str) -> bool {
    let mut faults = Vec::new();
    let tokens = tokens(key, &mut faults);
    let itself = |kind: &TokenKind| matches!(kind, TokenKind::Key { text, .. } if text == key);
    faults.is_empty() && matches!(tokens.as_slice(), [token] if itself(&token.kind))
}
