//! The year of an incident's number, in the time zone of the policy.

use fengbiao_model::{Timestamp, Zone};

use crate::calendar::LocalClock;

/// The clock by which years begin; that of UTC where nothing else is said.
#[derive(Clone, Debug)]
pub(crate) struct YearZone(LocalClock);

impl Default for YearZone {
    fn default() -> Self {
        Self(LocalClock::utc())
    }
}

impl YearZone {
    /// By its name; none where there is no such zone.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::default());
        }
        let clock = LocalClock::new(&Zone::new(name).ok()?);
        clock.ok().map(Self)
    }

    /// The year that a calendar on the wall shows.
    pub(crate) fn year(&self, at: Timestamp) -> u16 {
        u16::try_from(self.0.shows(at).year()).unwrap_or(9_999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_begins_where_people_are() {
        // 2026-12-31T16:00:00Z
        let midnight = Timestamp::from_millis(1_798_732_800_000);
        let before = midnight - fengbiao_model::TimeSpan::from_millis(1);
        let years = |name: &str| {
            let zone = YearZone::named(name).unwrap();
            (zone.year(before), zone.year(midnight))
        };
        assert_eq!(years("Asia/Shanghai"), (2026, 2027));
        assert_eq!(years("UTC"), (2026, 2026));
        assert_eq!(years(""), (2026, 2026));
        assert!(YearZone::named("Asia/Nowhere").is_none());
        assert!(YearZone::named("Etc/Unknown").is_none());
    }
}
