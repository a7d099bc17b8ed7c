//! What a run says of each labelled incident.

use std::collections::BTreeSet;

use fengbiao_model::{Tier, TimeSpan, Timestamp};
use jiff::tz::TimeZone;

use super::labels::{Labelled, Labels};
use super::titles::Title;
use super::trial::{Told, Trial};

/// The aim: III or above so soon after the second labelled title.
const SOON: TimeSpan = TimeSpan::from_hours(1);
/// The aim speaks of incidents whose second title follows the first within so long.
const FOLLOWS: TimeSpan = TimeSpan::from_hours(24);

/// One covered incident.
pub(crate) struct Case<'a> {
    pub(crate) label: &'a Labelled,
    /// Its records.
    pub(crate) records: BTreeSet<u64>,
    pub(crate) first: (u64, Timestamp),
    pub(crate) second: (u64, Timestamp),
}

impl Case<'_> {
    /// Whether the aim speaks of it.
    pub(crate) fn aimed_at(&self) -> bool {
        self.second.1.since(self.first.1) <= FOLLOWS
    }

    /// Whether the matcher knows a title of it at all: how many, and of the two labelled ones.
    pub(crate) fn hits(&self, titles: &[Title]) -> (usize, usize) {
        let hit = |record: &u64| {
            let index = usize::try_from(*record).ok().and_then(|r| r.checked_sub(1));
            let title = index.and_then(|index| titles.get(index));
            title.is_some_and(|title| {
                let mut topics = title.hits.iter().map(|hit| hit.topic.as_str());
                topics.any(|topic| self.label.topics.iter().any(|known| known == topic))
            })
        };
        let labelled = [self.first.0, self.second.0];
        (
            self.records.iter().filter(|record| hit(record)).count(),
            labelled.iter().filter(|record| hit(record)).count(),
        )
    }
}

/// The covered incidents, in the order of their first titles.
pub(crate) fn cases<'a>(
    labels: &'a Labels,
    records: Vec<BTreeSet<u64>>,
) -> anyhow::Result<Vec<Case<'a>>> {
    let mut cases = Vec::new();
    for (label, records) in labels.incident.iter().zip(records) {
        let (Some(first), Some(second)) = (&label.first, &label.second) else {
            continue;
        };
        let at = |text: &str| fengbiao_wire::parse_time(text, &TimeZone::UTC);
        cases.push(Case {
            label,
            records,
            first: (first.record, at(&first.at)?),
            second: (second.record, at(&second.at)?),
        });
    }
    cases.sort_by_key(|case| case.first);
    Ok(cases)
}

/// What became of a case in a run.
pub(crate) struct Verdict<'a> {
    /// The first notice of an incident that holds a title of the case, and its tier.
    pub(crate) first: Option<&'a Told>,
    /// The first page at III or above.
    pub(crate) page: Option<&'a Told>,
    /// Whether an incident stood at III already when it took the second title, because of other
    /// titles: nobody was told anew.
    pub(crate) stood_already: bool,
}

impl Verdict<'_> {
    /// From the second labelled title to the first page; zero where the page came before it.
    pub(crate) fn delay(&self, case: &Case<'_>) -> Option<TimeSpan> {
        self.page.map(|told| told.at.since(case.second.1))
    }

    /// Whether the aim was met.
    pub(crate) fn met(&self, case: &Case<'_>) -> bool {
        self.delay(case).is_some_and(|delay| delay <= SOON)
    }
}

/// Looks a case up in a run.
pub(crate) fn judge<'a>(trial: &'a Trial, case: &Case<'_>) -> Verdict<'a> {
    let of_case = |told: &&Told| {
        told.at >= case.first.1
            && case.label.topics.contains(&told.topic)
            && trial.holds(told.incident, told.record, &case.records)
    };
    let first = trial.told.iter().filter(|told| !told.page).find(of_case);
    let page = trial.told.iter().filter(|told| told.page).find(of_case);
    let standing = |members: &Vec<(u64, Option<Tier>)>| {
        let taken = members.iter().find(|(record, _)| *record == case.second.0);
        taken.is_some_and(|(_, tier)| *tier >= Some(Tier::III))
    };
    Verdict {
        first,
        page,
        stood_already: page.is_none() && trial.members.values().any(standing),
    }
}
