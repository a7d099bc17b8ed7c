//! The computed warning level.

use std::fmt;
use std::str::FromStr;

/// How loud a warning is; ordered from quiet to loud. It is computed; the *grade* of an event is
/// given by people and is another thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// IV 一般, blue: recorded, pages nobody.
    IV,
    /// III 较大, yellow.
    III,
    /// II 重大, orange.
    II,
    /// I 特别重大, red.
    I,
}

impl Tier {
    /// All tiers, from quiet to loud.
    pub const ALL: [Self; 4] = [Self::IV, Self::III, Self::II, Self::I];

    /// The Roman numeral.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IV => "IV",
            Self::III => "III",
            Self::II => "II",
            Self::I => "I",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of `I`, `II`, `III`, `IV`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotATier;

impl fmt::Display for NotATier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a tier: `I`, `II`, `III` or `IV`")
    }
}

impl std::error::Error for NotATier {}

impl FromStr for Tier {
    type Err = NotATier;
    fn from_str(text: &str) -> Result<Self, NotATier> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or(NotATier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn louder_is_greater() {
        assert!(Tier::I > Tier::II && Tier::II > Tier::III && Tier::III > Tier::IV);
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse::<Tier>(), Ok(tier));
        }
        assert_eq!("V".parse::<Tier>(), Err(NotATier));
    }
}
