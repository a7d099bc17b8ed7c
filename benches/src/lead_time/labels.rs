//! The label file, and which titles of the corpus belong to a labelled incident.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use fengbiao_model::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// `benches/labels/lead_time.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    /// The file with the titles, below the folder of corpora.
    pub(crate) corpus: String,
    /// The file with the given incidents, below the folder of corpora.
    pub(crate) incidents: String,
    /// Keys that may stand in no list and no rule while it is measured.
    pub(crate) held_out: Vec<String>,
    /// The incidents, covered or not.
    pub(crate) incident: Vec<Labelled>,
    /// Notices of II or above that were read, one entry a topic.
    #[serde(default)]
    pub(crate) judged: Vec<Judged>,
}

/// One incident.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labelled {
    pub(crate) id: String,
    /// Its place in the file of given incidents, from 1; none where it was added.
    pub(crate) given: Option<usize>,
    /// The shipped topics that cover it.
    pub(crate) topics: Vec<String>,
    /// The first title that states harm or failure.
    pub(crate) first: Option<Title>,
    /// The second one.
    pub(crate) second: Option<Title>,
}

/// A title of the corpus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Title {
    /// The line of the file, from 1.
    pub(crate) record: u64,
    /// Its `ts`: the corpus is checked against it.
    pub(crate) at: String,
}

/// What reading the notices of II or above has shown, by the record that brought each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judged {
    pub(crate) topic: String,
    pub(crate) worth: BTreeSet<u64>,
    pub(crate) not_worth: BTreeSet<u64>,
}

impl Labels {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("labels/lead_time.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading `{}`", path.display()))?;
        toml::from_str(&text).with_context(|| format!("reading `{}`", path.display()))
    }

    /// Whether a notice of II or above was worth waking for; none where nobody has read it.
    pub(crate) fn worth(&self, topic: &str, record: u64) -> Option<bool> {
        let judged = self.judged.iter().find(|judged| judged.topic == topic)?;
        match judged.worth.contains(&record) {
            true => Some(true),
            false => judged.not_worth.contains(&record).then_some(false),
        }
    }
}

/// A given incident, as its file tells it.
#[derive(Deserialize)]
struct Given {
    topics: Vec<GivenTitle>,
}

#[derive(Deserialize)]
struct GivenTitle {
    ts: String,
    title: String,
}

/// The records of every labelled incident, in the order of the labels: the two labelled titles,
/// and for a given incident all titles that its file lists.
pub(crate) fn records(
    labels: &Labels,
    folder: &Path,
    titles: &[super::titles::Title],
) -> anyhow::Result<Vec<BTreeSet<u64>>> {
    let path = folder.join(&labels.incidents);
    let file =
        std::fs::File::open(&path).with_context(|| format!("opening `{}`", path.display()))?;
    let given: Vec<Given> = serde_json::from_reader(std::io::BufReader::new(file))
        .with_context(|| format!("reading `{}`", path.display()))?;
    let by_text: BTreeMap<(Timestamp, &str), u64> = titles
        .iter()
        .map(|title| ((title.found_at, title.text.as_str()), title.record))
        .collect();
    let found = |title: &GivenTitle| {
        let at = fengbiao_wire::parse_time(&title.ts, &TimeZone::UTC).ok()?;
        by_text.get(&(at, title.title.as_str())).copied()
    };
    labels
        .incident
        .iter()
        .map(|incident| {
            let mut all = BTreeSet::new();
            for title in [&incident.first, &incident.second].into_iter().flatten() {
                check(title, titles)?;
                all.insert(title.record);
            }
            if let Some(place) = incident.given {
                let Some(given) = place.checked_sub(1).and_then(|index| given.get(index)) else {
                    bail!(
                        "`{}` is given as number {place}, which is not there",
                        incident.id
                    );
                };
                all.extend(given.topics.iter().filter_map(found));
            }
            Ok(all)
        })
        .collect()
}

fn check(title: &Title, titles: &[super::titles::Title]) -> anyhow::Result<()> {
    let index = usize::try_from(title.record)?.checked_sub(1);
    let found = index.and_then(|index| titles.get(index));
    let at = fengbiao_wire::parse_time(&title.at, &TimeZone::UTC)?;
    ensure!(
        found.is_some_and(|found| found.found_at == at),
        "record {} is not of `{}`: the labels belong to another corpus",
        title.record,
        title.at
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_are_sound() {
        let labels = Labels::read().unwrap();
        for incident in &labels.incident {
            let covered = !incident.topics.is_empty();
            let (first, second) = (&incident.first, &incident.second);
            assert_eq!(covered, first.is_some(), "{}", incident.id);
            assert_eq!(covered, second.is_some(), "{}", incident.id);
            let record = |title: &Option<Title>| title.as_ref().map(|title| title.record);
            assert!(
                record(first) < record(second) || !covered,
                "{}",
                incident.id
            );
        }
        let given: Vec<_> = labels.incident.iter().filter_map(|i| i.given).collect();
        assert_eq!(given, (1..=10).collect::<Vec<_>>());
        for judged in &labels.judged {
            let both = judged.worth.intersection(&judged.not_worth);
            assert_eq!(both.count(), 0, "{}", judged.topic);
        }
    }

    /// What is measured knows no labelled company: the lists without their names, and no rule.
    #[test]
    fn no_rule_names_what_is_held_out() {
        let labels = Labels::read().unwrap();
        super::super::titles::held_out(&labels.held_out).unwrap();
        let one_word = ["停电".to_owned()];
        let refused = super::super::titles::held_out(&one_word).unwrap_err();
        assert!(refused.to_string().contains("held out"), "{refused}");
    }
}
