//! What people say of an incident: its grade, its class, a factual answer.

use std::fmt;
use std::str::FromStr;

use crate::{Actor, Timestamp};

/// How grave an event is, as people grade it after verification; ordered from slight to grave.
/// It is not the [`crate::Tier`], which is computed and says how loud a warning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// IV 一般.
    IV,
    /// III 较大.
    III,
    /// II 重大.
    II,
    /// I 特别重大.
    I,
}

/// What kind of matter an incident is; ordered from the slightest to the most serious.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 建议: somebody proposes something.
    Suggestion,
    /// 咨询: somebody asks.
    Enquiry,
    /// 投诉: somebody complains.
    Complaint,
    /// 传言: something is said that may be false and needs a factual answer.
    Rumour,
    /// 事件: something has happened. What no rule says otherwise of.
    #[default]
    Incident,
}

impl Grade {
    /// All grades, from slight to grave.
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

impl Class {
    /// All classes, from the slightest to the most serious.
    pub const ALL: [Self; 5] = [
        Self::Suggestion,
        Self::Enquiry,
        Self::Complaint,
        Self::Rumour,
        Self::Incident,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suggestion => "suggestion",
            Self::Enquiry => "enquiry",
            Self::Complaint => "complaint",
            Self::Rumour => "rumour",
            Self::Incident => "incident",
        }
    }
}

/// A word is none of those that a judgement is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAWord(&'static str);

impl fmt::Display for NotAWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotAWord {}

macro_rules! words {
    ($($type:ident, $expected:literal;)*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = NotAWord;
            fn from_str(text: &str) -> Result<Self, NotAWord> {
                let found = Self::ALL.into_iter().find(|word| word.as_str() == text);
                found.ok_or(NotAWord($expected))
            }
        }
    )*};
}

words! {
    Grade, "expected a grade: `I`, `II`, `III` or `IV`";
    Class, "expected a class: `enquiry`, `complaint`, `rumour`, `suggestion` or `incident`";
}

/// A factual answer to the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is said.
    pub text: String,
    /// Where it was published.
    pub link: Option<String>,
    /// Who entered it.
    pub by: Actor,
    /// When (wall clock).
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_shown() {
        for grade in Grade::ALL {
            assert_eq!(grade.to_string().parse(), Ok(grade));
        }
        for class in Class::ALL {
            assert_eq!(class.to_string().parse(), Ok(class));
        }
        assert!("V".parse::<Grade>().is_err() && "Rumour".parse::<Class>().is_err());
        assert!(Grade::I > Grade::IV && Class::Incident > Class::Rumour);
    }
}
