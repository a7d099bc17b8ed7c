//! The detectors as conditions name them, and which windows each looks back at.

use crate::limits::{
    BASELINE_WINDOWS, BURST_WINDOWS, C2_GAP_WINDOWS, CUSUM_RUN_WINDOWS, MIN_BASELINE_WINDOWS,
};

/// A method of [`crate::detect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detector {
    C1,
    C2,
    C3,
    /// eEARS.
    Ears,
    Cusum,
    Burst,
    Growth,
}

/// Which earlier windows a detector compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Season {
    /// Those right before, end to end.
    Before,
    /// The same hours of the days before.
    SameHour,
    /// The same hours of the same weekday in the weeks before.
    SameWeekday,
}

impl Detector {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::C1,
        Self::C2,
        Self::C3,
        Self::Ears,
        Self::Cusum,
        Self::Burst,
        Self::Growth,
    ];

    /// As it is written in conditions, and as the method of a reason.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::C1 => "c1",
            Self::C2 => "c2",
            Self::C3 => "c3",
            Self::Ears => "ears",
            Self::Cusum => "cusum",
            Self::Burst => "burst",
            Self::Growth => "growth",
        }
    }

    /// How many windows before the current one it looks at.
    pub(crate) const fn windows(self) -> usize {
        match self {
            Self::C1 | Self::Ears => BASELINE_WINDOWS,
            Self::C2 => C2_GAP_WINDOWS + BASELINE_WINDOWS,
            Self::C3 => 2 * C2_GAP_WINDOWS + BASELINE_WINDOWS,
            Self::Cusum => CUSUM_RUN_WINDOWS - 1 + BASELINE_WINDOWS,
            Self::Burst => BURST_WINDOWS - 1,
            Self::Growth => 1,
        }
    }

    /// How many windows before the current one must be kept for it ever to say anything.
    pub(crate) const fn fewest_windows(self) -> usize {
        match self {
            Self::C1 | Self::Ears | Self::Burst => MIN_BASELINE_WINDOWS,
            Self::C2 | Self::C3 => C2_GAP_WINDOWS + MIN_BASELINE_WINDOWS,
            Self::Cusum => CUSUM_RUN_WINDOWS - 1 + MIN_BASELINE_WINDOWS,
            Self::Growth => 1,
        }
    }

    /// In how many of the latest windows one more post makes it say more rather than less, the
    /// current one included.
    pub(crate) const fn rising_windows(self) -> usize {
        match self {
            Self::C1 | Self::C2 | Self::Ears | Self::Growth => 1,
            Self::C3 => 1 + C2_GAP_WINDOWS,
            Self::Cusum => CUSUM_RUN_WINDOWS,
            Self::Burst => BURST_WINDOWS,
        }
    }
}

impl Season {
    /// The seasons that have a word of their own, with it.
    pub(crate) const WORDS: [(&'static str, Self); 2] = [
        ("_same_hour", Self::SameHour),
        ("_same_weekday", Self::SameWeekday),
    ];

    /// Minutes from a window of this length to the one it is compared with.
    pub(crate) const fn lag_minutes(self, length: i64) -> i64 {
        match self {
            Self::Before => length,
            Self::SameHour => 24 * 60,
            Self::SameWeekday => 7 * 24 * 60,
        }
    }
}
