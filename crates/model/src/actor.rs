//! Who asks for something.

use std::fmt;

use crate::IdError;
use crate::limits::MAX_ACTOR_BYTES;

/// The name of the daemon itself.
const DAEMON: &str = "fengbiao";

/// Who asks: a name for the audit trail, of somebody who works with Fengbiao, never of an author.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor(String);

/// Why a name is not taken that a person gives for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonError {
    /// It is no name at all, or has a character that is not seen but changes what is.
    Name(IdError),
    /// None of its characters is seen.
    Invisible,
    /// It is the daemon's own.
    Daemon,
}

impl fmt::Display for PersonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Invisible => f.write_str("has no character that can be seen"),
            Self::Daemon => write!(f, "is `{DAEMON}`, the name of the daemon itself"),
        }
    }
}

impl std::error::Error for PersonError {}

impl Actor {
    /// The daemon itself.
    #[must_use]
    pub fn daemon() -> Self {
        Self(DAEMON.to_owned())
    }

    /// Whoever looks over the API, which asks nobody for a name.
    #[must_use]
    pub fn api() -> Self {
        Self("api".to_owned())
    }

    /// A name as the record has it, of 1 to 128 bytes without control characters. What a person
    /// gives for a name goes through [`Actor::person`], which asks for more: the record also has the
    /// daemon, and names of before.
    pub fn new(name: impl Into<String>) -> Result<Self, IdError> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(IdError::Empty);
        }
        if name.len() > MAX_ACTOR_BYTES {
            return Err(IdError::TooLong {
                bytes: name.len(),
                limit: MAX_ACTOR_BYTES,
            });
        }
        match name.char_indices().find(|(_, c)| c.is_control()) {
            Some((at, found)) => Err(IdError::Character { found, at }),
            None => Ok(Self(name)),
        }
    }

    /// The name that a person gives for themselves, without space around it. Others must be able to
    /// read who it was: it has a character that is seen, none that formats or turns what stands beside
    /// it, and is not the daemon's.
    pub fn person(name: &str) -> Result<Self, PersonError> {
        let name = Self::new(name.trim()).map_err(PersonError::Name)?;
        let mut characters = name.0.char_indices();
        if let Some((at, found)) = characters.find(|(_, c)| formats(*c)) {
            return Err(PersonError::Name(IdError::Character { found, at }));
        }
        if name.0.chars().all(is_blank) {
            return Err(PersonError::Invisible);
        }
        if name.0.to_lowercase() == DAEMON {
            return Err(PersonError::Daemon);
        }
        Ok(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters of the general categories Cf, Zl and Zp of Unicode 16.
const fn formats(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Characters that leave no mark by themselves: spaces, fillers, and what only changes its neighbour.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0100}'..='\u{e01ef}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_can_be_read() {
        for name in [
            "陈敏",
            " chen min ",
            "O’Brien",
            "值班一班",
            "👩",
            "葛\u{e0100}城",
        ] {
            let taken = Actor::person(name).map(|actor| actor.as_str().to_owned());
            assert_eq!(taken.as_deref(), Ok(name.trim()));
        }
    }

    #[test]
    fn names_that_hide_or_turn_something_are_refused() {
        let check = |name: &str, expected: &str| {
            let error = Actor::person(name).unwrap_err().to_string();
            assert_eq!(error, expected, "{}", name.escape_debug());
        };
        check("  ", "is empty");
        check("\u{200b}", "has the character `\\u{200b}` at byte 0");
        check("陈\u{202e}敏", "has the character `\\u{202e}` at byte 3");
        check("a\u{2067}b", "has the character `\\u{2067}` at byte 1");
        check("a\u{e0041}", "has the character `\\u{e0041}` at byte 1");
        check("a\nb", "has the character `\\n` at byte 1");
        check("\u{3164}\u{2800}", "has no character that can be seen");
        for name in ["fengbiao", " Fengbiao "] {
            check(name, "is `fengbiao`, the name of the daemon itself");
        }
    }

    #[test]
    fn the_record_keeps_the_names_it_has() {
        assert_eq!(Actor::new("fengbiao"), Ok(Actor::daemon()));
        assert!(Actor::new("\u{200b}").is_ok());
    }
}
