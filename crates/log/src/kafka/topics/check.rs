//! A topic as it is, held against the topic as it should be.

use std::collections::BTreeMap;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::MetadataTopic;

use super::super::client::max_message_bytes;
use super::super::options::Options;
use crate::{Topic, TopicFault};

/// A topic as it should be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) partitions: u32,
    pub(super) replication: u32,
    retention_millis: i64,
    retention_bytes: i64,
}

/// A topic as it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// For each partition, in order, how many brokers hold it, and whether one of them leads.
    partitions: Vec<(u32, bool)>,
    /// Its settings by name, or why they cannot be read.
    pub(super) settings: Result<BTreeMap<String, String>, String>,
}

impl Wanted {
    pub(super) fn of(options: &Options, topic: Topic) -> Self {
        let set_up = options.topic(topic);
        let forever = topic.is_kept_forever();
        let age = set_up.max_age.filter(|_| !forever);
        let bytes = set_up.max_partition_bytes.filter(|_| !forever);
        Self {
            name: options.name_of(topic),
            partitions: set_up.partitions,
            replication: set_up.replication,
            retention_millis: age.map_or(-1, |age| age.as_millis()),
            retention_bytes: bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        }
    }

    /// With three copies one broker may be lost and a record still counts as written only where
    /// another one has it.
    const fn min_in_sync(&self) -> u32 {
        if self.replication > 2 {
            self.replication - 1
        } else {
            1
        }
    }

    /// What a topic is created with.
    pub(super) fn settings(&self) -> [(&'static str, String); 6] {
        [
            ("cleanup.policy", "delete".to_owned()),
            ("retention.ms", self.retention_millis.to_string()),
            ("retention.bytes", self.retention_bytes.to_string()),
            ("max.message.bytes", max_message_bytes().to_string()),
            ("min.insync.replicas", self.min_in_sync().to_string()),
            ("unclean.leader.election.enable", "false".to_owned()),
        ]
    }

    /// The topic is missing, and the brokers refused to create it.
    pub(super) fn not_created(&self, code: RDKafkaErrorCode) -> TopicFault {
        self.fault(
            format!("it is not there, or may not be seen, and could not be created: {code}"),
            "a topic that may be read and written",
            format!(
                "allow this user to create and describe it, or {}",
                self.creation()
            ),
        )
    }

    fn missing(&self) -> TopicFault {
        self.fault(
            "it is not there, or may not be seen",
            "a topic that may be read and written",
            format!("allow this user to describe it, or {}", self.creation()),
        )
    }

    fn creation(&self) -> String {
        let settings: Vec<String> = self
            .settings()
            .iter()
            .map(|(name, value)| format!("--config {name}={value}"))
            .collect();
        format!(
            "create it: kafka-topics --create --topic {} --partitions {} --replication-factor {} {}",
            self.name,
            self.partitions,
            self.replication,
            settings.join(" ")
        )
    }

    fn fault(
        &self,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> TopicFault {
        TopicFault {
            name: self.name.clone(),
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    /// Whether a setting's value will do, and what is expected where it will not.
    fn judge(&self, name: &str, expected: &str, found: &str) -> Option<String> {
        let number = |text: &str| text.parse::<i64>().ok();
        let (least, most) = match name {
            "max.message.bytes" => (number(expected)?, i64::MAX),
            // More than there are copies, and nothing could be written.
            "min.insync.replicas" => (number(expected)?, i64::from(self.replication)),
            _ if found == expected => return None,
            _ => return Some(expected.to_owned()),
        };
        match number(found) {
            Some(value) if (least..=most).contains(&value) => None,
            _ if most == i64::MAX => Some(format!("{least} or more")),
            _ => Some(format!("{least} to {most}")),
        }
    }
}

impl Found {
    pub(super) fn of(topic: &MetadataTopic) -> Self {
        let mut partitions: Vec<_> = topic.partitions().iter().collect();
        partitions.sort_unstable_by_key(|partition| partition.id());
        let partitions = partitions.into_iter();
        Self {
            partitions: partitions
                .map(|partition| {
                    let copies = u32::try_from(partition.replicas().len()).unwrap_or(u32::MAX);
                    (copies, partition.leader() >= 0)
                })
                .collect(),
            settings: Ok(BTreeMap::new()),
        }
    }

    /// What the brokers say of a topic that is not there.
    pub(super) const fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    pub(super) fn lacks_a_leader(&self) -> bool {
        self.partitions.is_empty() || self.leaderless().next().is_some()
    }

    fn leaderless(&self) -> impl Iterator<Item = usize> {
        let partitions = self.partitions.iter().enumerate();
        partitions.filter_map(|(number, (_, led))| (!led).then_some(number))
    }
}

/// All that is wrong with a topic.
pub(super) fn faults(wanted: &Wanted, found: Option<&Found>) -> Vec<TopicFault> {
    let Some(found) = found else {
        return vec![wanted.missing()];
    };
    let mut faults = layout(wanted, found);
    match &found.settings {
        Ok(settings) => faults.extend(differing(wanted, settings)),
        Err(cause) => faults.push(wanted.fault(
            format!("its configuration cannot be read: {cause}"),
            "the right to describe it",
            format!(
                "kafka-acls --add --topic {} --operation DescribeConfigs --allow-principal User:…",
                wanted.name
            ),
        )),
    }
    faults
}

/// What can be seen at a glance: the topic is there, whole, and led.
pub(super) fn standing(wanted: &Wanted, found: Option<&Found>) -> Vec<TopicFault> {
    match found {
        Some(found) => layout(wanted, found),
        None => vec![wanted.missing()],
    }
}

fn layout(wanted: &Wanted, found: &Found) -> Vec<TopicFault> {
    let mut faults = Vec::new();
    let count = found.partitions.len();
    if u32::try_from(count) != Ok(wanted.partitions) {
        faults.push(wanted.fault(
            format!("{count} partitions"),
            wanted.partitions.to_string(),
            format!(
                "the number never changes in place, or equal keys would part: set it to {count} \
                 in the configuration, or move to new topics under another prefix"
            ),
        ));
    }
    let fewest = found.partitions.iter().map(|(copies, _)| *copies).min();
    if let Some(fewest) = fewest.filter(|&fewest| fewest < wanted.replication) {
        faults.push(wanted.fault(
            format!("a partition with {fewest} copies"),
            format!("{} or more", wanted.replication),
            "move its partitions with kafka-reassign-partitions, or ask for fewer copies",
        ));
    }
    let leaderless: Vec<String> = found
        .leaderless()
        .map(|number| number.to_string())
        .collect();
    if !leaderless.is_empty() {
        faults.push(wanted.fault(
            format!("no broker leads partition {}", leaderless.join(", ")),
            "a leader for each",
            "bring back the brokers that hold it, or look at their disks; with more copies one broker could go",
        ));
    }
    faults
}

fn differing(wanted: &Wanted, settings: &BTreeMap<String, String>) -> Vec<TopicFault> {
    let mut faults = Vec::new();
    for (name, expected) in wanted.settings() {
        let found = settings.get(name).map_or("nothing", String::as_str);
        if let Some(expectation) = wanted.judge(name, &expected, found) {
            faults.push(wanted.fault(
                format!("`{name}` is `{found}`"),
                expectation,
                format!(
                    "kafka-configs --alter --entity-type topics --entity-name {} --add-config {name}={expected}",
                    wanted.name
                ),
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        let mut options = Options::new("");
        options.topic_mut(Topic::Hits).partitions = 2;
        options.topic_mut(Topic::Hits).replication = 3;
        Wanted::of(&options, Topic::Hits)
    }

    /// As wanted, but for one setting.
    fn found(change: Option<(&str, &str)>) -> Found {
        let mut settings: BTreeMap<String, String> = wanted()
            .settings()
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        if let Some((name, value)) = change {
            settings.insert(name.to_owned(), value.to_owned());
        }
        Found {
            partitions: vec![(3, true); 2],
            settings: Ok(settings),
        }
    }

    #[test]
    fn a_topic_as_wanted_has_no_fault() {
        assert_eq!(faults(&wanted(), Some(&found(None))), []);
        for change in [
            ("max.message.bytes", "9000000"),
            ("min.insync.replicas", "3"),
        ] {
            assert_eq!(faults(&wanted(), Some(&found(Some(change)))), []);
        }
    }

    #[test]
    fn each_wrong_setting_is_one_fault_that_names_it_and_its_remedy() {
        for (name, value) in [
            ("cleanup.policy", "compact"),
            ("cleanup.policy", "compact,delete"),
            ("retention.ms", "1000"),
            ("retention.ms", "-1"),
            ("retention.bytes", "1000"),
            ("max.message.bytes", "1000"),
            ("min.insync.replicas", "1"),
            ("min.insync.replicas", "4"),
            ("unclean.leader.election.enable", "true"),
        ] {
            let faults = faults(&wanted(), Some(&found(Some((name, value)))));
            let [fault] = &faults[..] else {
                panic!("{name}={value}: {faults:?}");
            };
            assert_eq!(fault.found, format!("`{name}` is `{value}`"));
            assert!(fault.remedy.contains(&format!("{name}=")), "{fault}");
        }
    }

    #[test]
    fn the_layout_is_held_against_what_was_asked_for() {
        for (partitions, says) in [
            (vec![(3, true); 3], "3 partitions"),
            (vec![(3, true), (2, true)], "2 copies"),
            (vec![(3, true), (3, false)], "no broker leads partition 1"),
        ] {
            let found = Found {
                partitions,
                ..found(None)
            };
            let faults = faults(&wanted(), Some(&found));
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].found.contains(says), "{faults:?}");
        }
    }

    #[test]
    fn lexicons_are_never_deleted() {
        let mut options = Options::new("");
        options.topic_mut(Topic::Lexicons).max_age = Some(fengbiao_model::TimeSpan::from_hours(1));
        let settings = Wanted::of(&options, Topic::Lexicons).settings();
        assert!(settings.contains(&("retention.ms", "-1".to_owned())));
    }
}
