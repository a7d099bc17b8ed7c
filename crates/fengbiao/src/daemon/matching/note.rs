//! What the matcher's cursor carries.

use fengbiao_model::{LexiconNumber, Timestamp};

/// What the cursor carries beside the place: the lexicon in force and the watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) number: Option<LexiconNumber>,
    pub(super) found_at: Timestamp,
}

/// `lexicon=3 found_at=1700000000000`; `lexicon=0` where none is in force.
impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.number.map_or(0, |number| number.0);
        write!(f, "lexicon={number} found_at={}", self.found_at.as_millis())
    }
}

impl Note {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, found_at) = text.split_once(' ')?;
        let number = number.strip_prefix("lexicon=")?.parse().ok()?;
        let found_at = found_at.strip_prefix("found_at=")?.parse().ok()?;
        Some(Self {
            number: Some(LexiconNumber(number)).filter(|number| number.0 > 0),
            found_at: Timestamp::from_millis(found_at),
        })
    }
}
