//! Labels that a topic gives its incidents.

use std::collections::BTreeMap;

use fengbiao_alerter::limits::MAX_LABELS;
use fengbiao_alerter::{Change, check_policy};
use fengbiao_model::{LabelKey, TopicPolicy};

use crate::script::{Player, check, policy};

/// What the latest notice shows, as `district=east`.
fn shown(player: &Player) -> Vec<String> {
    let labels = player.notices.last().unwrap().labels.iter();
    labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

#[test]
fn an_incident_bears_the_labels_of_its_topic_from_the_moment_it_opens() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 2" labels=district:east only=label:district:east calm=48h
        00:00 hit place=甲县
        00:01 hit place=甲县
        00:01 expect opened #1 III 甲县 to desk
        00:01 expect opened #1 III 甲县 to east
        "#,
    );
    assert_eq!(shown(&player), ["district=east"]);
    let stored = player.changes.iter().rev().find_map(|change| match change {
        Change::Incident(incident) => Some(incident.labels.clone()),
        _ => None,
    });
    let expected = [(LabelKey::new("district").unwrap(), "east".to_owned())];
    assert_eq!(stored.unwrap(), expected.into());
}

#[test]
fn a_deed_overrides_the_label_of_one_incident() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" labels=district:east only=label:district:east calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to east
        00:05 label 1 district value=west
        00:10 hit place=甲县
        00:10 expect raised #1 II 甲县 to desk
        00:20 hit place=乙县
        00:20 expect opened #2 III 乙县 to desk
        00:20 expect opened #2 III 乙县 to east
        00:30 label 2 district
        00:40 hit place=乙县
        00:40 expect raised #2 II 乙县 to desk
        "#,
    );
}

#[test]
fn another_version_changes_what_new_incidents_bear_and_open_ones_keep_theirs() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_2h >= 3" labels=district:east only=label:district:east calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to east
        00:10 policy III="posts_1h >= 1" II="posts_2h >= 3" labels=district:west only=label:district:east calm=48h
        00:20 hit place=乙县
        00:20 expect opened #2 III 乙县 to desk
        00:30 hit place=甲县 times=2
        00:30 expect raised #1 II 甲县 to desk
        00:30 expect raised #1 II 甲县 to east
        "#,
    );
    assert_eq!(shown(&player), ["district=east"]);
}

#[test]
fn what_had_not_opened_opens_with_the_labels_of_the_version_in_force() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 2" labels=district:east calm=48h
        00:00 hit place=甲县
        00:10 policy III="posts_1h >= 2" labels=district:west calm=48h
        00:20 hit place=甲县
        00:20 expect opened #1 III 甲县 to desk
        "#,
    );
    assert_eq!(shown(&player), ["district=west"]);
}

#[test]
fn a_closed_incident_that_returns_keeps_the_labels_it_had() {
    let player = check(
        r#"
        00:00 policy III="posts_10m >= 1" labels=district:east calm=1h reopen=10h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        01:01 expect closed #1 III 甲县 to desk
        01:30 policy III="posts_10m >= 1" labels=district:west calm=1h reopen=10h
        02:00 hit place=甲县
        02:00 expect opened #1 III 甲县 to desk
        02:30 tick
        "#,
    );
    assert_eq!(shown(&player), ["district=east"]);
}

#[test]
fn what_is_split_off_bears_the_labels_of_the_topic() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" labels=district:east calm=48h
        00:00 hit place=甲县 id=a
        00:00 expect opened #1 III 甲县 to desk
        00:05 hit place=甲县 id=b
        00:10 label 1 district value=west
        00:20 split 1 b
        00:20 label 2 drill value=yes
        00:30 close 2
        01:00 tick
        "#,
    );
    let labels = player.changes.iter().rev().find_map(|change| match change {
        Change::Incident(incident) if incident.split_from.is_some() => {
            Some(incident.labels.values().cloned().collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(labels.unwrap(), ["east", "yes"]);
}

#[test]
fn a_silence_and_an_inhibition_choose_by_the_labels_of_the_topic() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" labels=district:east calm=48h
        00:00 silence label:district:east for=2h
        00:10 hit place=甲县
        02:00 expect opened #1 III 甲县 to desk
        "#,
    );
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" labels=district:east inhibit=label:district:east>label:district:east topics=power calm=48h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect raised #1 II 甲县 to desk
        00:10 hit topic=power place=甲县
        01:00 tick
        "#,
    );
}

#[test]
fn too_many_labels_and_values_that_are_no_line_are_refused() {
    let with = |labels: BTreeMap<LabelKey, String>| {
        let mut policy = policy(r#"policy III="posts_1h >= 1""#);
        let topics = policy.topics.values_mut();
        topics.for_each(|topic: &mut TopicPolicy| topic.labels = labels.clone());
        check_policy(&policy).map_err(|errors| errors.to_string())
    };
    let key = |n: usize| LabelKey::new(format!("k{n}")).unwrap();
    let labels = |count: usize| (0..count).map(|n| (key(n), "是".to_owned())).collect();
    assert_eq!(with(labels(MAX_LABELS)), Ok(()));
    assert_eq!(
        with(labels(MAX_LABELS + 1)).unwrap_err(),
        "topic `food` has 33 labels, expected at most 32"
    );
    let lines = BTreeMap::from([(key(1), "东\n西".to_owned())]);
    assert_eq!(
        with(lines).unwrap_err(),
        "topic `food`, label `k1`: the value has more than one line, expected one"
    );
}
