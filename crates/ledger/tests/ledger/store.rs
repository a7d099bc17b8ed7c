//! The ledger as a keyed store of changes, behind a fence.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::limits::{CLOSED_KEPT, REMEMBERED_FOR};
use fengbiao_alerter::record::*;
use fengbiao_alerter::{Change, Distinct, Effects};
use fengbiao_ledger::{LedgerError, Positions, canonical_bytes, digest};
use fengbiao_model::*;
use proptest::prelude::*;

use crate::values::*;

fn distinct(values: &[u64]) -> Distinct {
    let mut distinct = Distinct::default();
    for &value in values {
        distinct.insert(value);
    }
    distinct
}

fn bucket_key(n: u8) -> BucketKey {
    let subject = match n % 3 {
        0 => SubjectKey::All,
        1 => SubjectKey::Unnamed,
        _ => SubjectKey::Named(Subject {
            kind: "place".to_owned(),
            name: format!("县{n}"),
        }),
    };
    let width = if n.is_multiple_of(2) {
        BucketWidth::Minute
    } else {
        BucketWidth::Hour
    };
    BucketKey {
        topic: topic("food-safety"),
        subject,
        width,
        index: i64::from(n / 4),
    }
}

fn pending(n: u32) -> Pending {
    Pending {
        waiting: n.is_multiple_of(2).then(|| Waiting {
            due: at(n.into()),
            kind: NoticeKind::Raised,
            beside: None,
            change: n,
            merged: 1,
            late: true,
            held: [
                None,
                Some(Hold::QuietHours),
                Some(Hold::Silence(SilenceNumber(n.into()))),
                Some(Hold::Incident(IncidentId(n.into()))),
                Some(Hold::Storm),
            ][n as usize % 5],
        }),
        told_tier: (n > 2).then_some(Tier::II),
        loudest_told: (n > 1).then_some(Tier::I),
        told_change: n,
        told_at: Some(at(n.into())),
        last_told: (n > 2).then(|| LastTold {
            at: at(n.into()),
            totals: Totals {
                posts: n.into(),
                ..Totals::default()
            },
        }),
        rung: 2,
        group_interval: TimeSpan::from_minutes(n.into()),
        repeat_interval: TimeSpan::from_hours(n.into()),
        step: (n > 3).then(|| (ChainId::new("night").unwrap(), 2)),
    }
}

fn lifetime(n: u64) -> Lifetime {
    let reason = notice(key(1, 1, "desk"), Tier::I, at(1), Vec::new()).reason;
    Lifetime {
        voices: distinct(&[n, n + 1]),
        true_at: BTreeMap::from([(Tier::IV, at(1)), (Tier::I, at(2))]),
        held: BTreeMap::from([(Tier::III, reason.clone())]),
        stays: Some((Tier::III, at(3))),
        reason: Some(reason),
        shut_at: n.is_multiple_of(2).then(|| at(9)),
        absorbed: BTreeSet::from([
            SubjectKey::Unnamed,
            SubjectKey::Named(Subject {
                kind: "place".to_owned(),
                name: "乙县".to_owned(),
            }),
        ]),
        copies_only: BTreeSet::from([SubjectKey::Unnamed]),
        shared: distinct(&[n]),
        ..Lifetime::default()
    }
}

fn source(n: u8) -> SourceId {
    SourceId::new(format!("source {}", n % 3)).unwrap()
}

fn life(n: u32) -> SourceLife {
    let mut usual = UsualPosts {
        hour: 7,
        posts: n.into(),
        minutes: n,
        ..UsualPosts::default()
    };
    usual.milliposts[3] = Some(n);
    SourceLife {
        known_since: at(1),
        posted_at: (n > 2).then(|| at(n.into())),
        errors: n,
        ended: n.is_multiple_of(2),
        usual,
        ..SourceLife::default()
    }
}

/// One change of the state from three small numbers; few keys, so that they meet.
fn change(kind: u8, n: u8, value: u32) -> Change {
    let t = topic(if n.is_multiple_of(2) {
        "food-safety"
    } else {
        "service-outage"
    });
    let (id, to) = (
        IncidentId(u64::from(n % 3)),
        receiver(["desk", "duty"][usize::from(n % 2)]),
    );
    let v = u64::from(value);
    match kind {
        0 => Change::Clocks(Clocks {
            wall: at(value.into()),
            last_incident: v,
            watched_since: at(3),
            last_canary: value,
            ..Clocks::default()
        }),
        1 => Change::Watermark(
            WatermarkKey {
                hits: Partition(0),
                posts: Partition(u32::from(n % 4)),
            },
            Watermark {
                next: Offset(v),
                found_at: at(value.into()),
                at_end: value.is_multiple_of(2),
                since: value.is_multiple_of(3).then(|| at(4)),
                marked_at: at(5),
                left_out: false,
            },
        ),
        2 => Change::Seen(
            t,
            Position {
                partition: Partition(u32::from(n % 2)),
                offset: Offset(v),
            },
        ),
        3 => Change::ForgetSeen(t, Partition(u32::from(n % 2))),
        4 => Change::Remember(
            t,
            post(n),
            Memory {
                found_at: at(1),
                counted_at: at(2),
                delivered_at: at(value.into()),
                counts: Counts {
                    views: Some(v),
                    days_on_list: u32::try_from(v).ok(),
                    ..Counts::default()
                },
                story: StoryId(u64::MAX - v),
            },
        ),
        5 => Change::Forget(t, post(n)),
        6 => Change::Bucket(
            bucket_key(n),
            Bucket {
                posts: v,
                weight_max: 9,
                voices: distinct(&[1, v]),
                listed: Listed {
                    rank_best: u32::try_from(v % 3).ok(),
                    lists: distinct(&[v]),
                    minutes: v,
                },
                ..Bucket::default()
            },
        ),
        7 => Change::DropBucket(bucket_key(n)),
        8 => Change::Incident(incident(
            id.0,
            (value > 3).then_some(id.0 + 1),
            Some(Tier::III),
        )),
        9 => Change::DropIncident(id),
        10 => Change::Member(id, post(n), at(n.into())),
        11 => Change::Quote(id, quote(post(n), &format!("食堂 {value}"))),
        12 => Change::DropQuote(id, post(n)),
        13 => Change::Pending(id, to, pending(value)),
        14 => Change::DropPending(id, to),
        15 => Change::Lifetime(id, Box::new(lifetime(v))),
        16 => Change::Story(id, StoryId(u64::MAX - u64::from(n % 3)), v),
        17 => Change::Told(
            t,
            StoryId(u64::MAX - u64::from(n % 3)),
            Told {
                sketch: Sketch {
                    runs: value,
                    numbers: u64::MAX,
                    least: [u16::MAX - u16::from(n); Sketch::BINS],
                },
                last_found_at: at(value.into()),
            },
        ),
        18 => Change::ForgetTold(t, StoryId(u64::MAX - u64::from(n % 3))),
        19 => Change::Coverage(
            i64::from(n),
            Coverage {
                posts: v,
                minutes: 60,
                seen: distinct(&[v, 7]),
                polled: distinct(&[v]),
            },
        ),
        20 => Change::DropCoverage(i64::from(n)),
        21 => Change::Watched(t, at(value.into())),
        22 => Change::Unwatched(t),
        23 => Change::Duties(
            id,
            Box::new(Duties {
                reached: [(Tier::II, at(value.into()))].into(),
                chains: [(
                    ChainId::new("night").unwrap(),
                    Escalation {
                        step: 1,
                        round: 2,
                        state: EscalationState::Running {
                            due: at(value.into()),
                        },
                    },
                )]
                .into(),
                deadlines: [(
                    Duty::Verify,
                    Deadline {
                        duty: Duty::Verify,
                        due: at(value.into()),
                        warn_at: None,
                        state: DeadlineState::Warned,
                    },
                )]
                .into(),
                asked: [(
                    2,
                    Question {
                        item: 2,
                        of: "教育局".to_owned(),
                        what: "几人就医".to_owned(),
                        due: at(900),
                        warn_at: Some(at(600)),
                        state: DeadlineState::Warned,
                    },
                )]
                .into(),
                acknowledged_until: Some(at(value.into())),
                written_at: None,
                verified: true,
            }),
        ),
        24 => Change::Rate(
            receiver("desk"),
            Rate {
                told: vec![at(1), at(value.into())],
                rest_due: Some(at(value.into())),
                rest_told_at: None,
            },
        ),
        25 => Change::Silence(Silence {
            number: SilenceNumber(n.into()),
            covers: Silenced::Filter(Filter {
                from_tier: Some(Tier::III),
                ..Filter::default()
            }),
            from: at(1),
            until: at(value.into()),
            by: Actor::daemon(),
            reason: "检修".to_owned(),
        }),
        26 => Change::DropSilence(SilenceNumber(n.into())),
        27 => Change::StandIn(
            OverrideNumber(n.into()),
            Override {
                schedule: ScheduleId::new("duty").unwrap(),
                receiver: receiver("boss"),
                from: at(1),
                to: at(value.into()),
                by: Actor::daemon(),
            },
        ),
        28 => Change::DropStandIn(OverrideNumber(n.into())),
        29 => Change::Source(source(n), Box::new(life(value))),
        30 => Change::DropSource(source(n)),
        31 => Change::Canary(
            Partition(u32::from(n % 2)),
            Canary {
                put_at: at(value.into()),
                came_at: at(9),
            },
        ),
        _ => Change::Purged(post(n)),
    }
}

/// What the ledger must amount to, written as plainly as can be.
#[derive(Default)]
struct Naive {
    state: BTreeMap<String, Change>,
    members: BTreeMap<IncidentId, BTreeSet<PostId>>,
}

impl Naive {
    /// Without what hangs on incidents that there are not.
    fn known(&self) -> impl Iterator<Item = Change> {
        let there = |key: &str| match key.strip_prefix("of ").and_then(|of| of.split_once(" ")) {
            Some((id, _)) => self.state.contains_key(&format!("of {id} itself")),
            None => true,
        };
        let known = self.state.iter().filter(move |(key, _)| there(key));
        known.map(|(_, change)| change.clone())
    }

    fn apply(&mut self, change: &Change) {
        if let Change::Member(id, post, _) = change {
            self.members.entry(*id).or_default().insert(*post);
            return;
        }
        if let Change::Purged(post) = change {
            let quote = format!(" quote {post}");
            self.state.retain(|key, _| !key.ends_with(&quote));
        }
        let put = match change {
            Change::Clocks(_) => Some("clocks".to_owned()),
            Change::Watermark(key, _) => Some(format!("watermark {key:?}")),
            Change::Seen(topic, position) => Some(seen(topic, position.partition)),
            Change::Remember(topic, post, _) => Some(format!("memory {topic} {post}")),
            Change::Told(topic, story, _) => Some(format!("told {topic} {story:?}")),
            Change::Bucket(key, _) => Some(format!("bucket {key:?}")),
            Change::Incident(incident) => Some(format!("of {:?} itself", incident.id)),
            Change::Lifetime(id, _) => Some(format!("of {id:?} life")),
            Change::Story(id, story, _) => Some(format!("of {id:?} story {story:?}")),
            Change::Quote(id, quote) => Some(format!("of {id:?} quote {}", quote.post)),
            Change::Pending(id, to, _) => Some(format!("of {id:?} pending {to}")),
            Change::Purged(post) => Some(format!("purged {post}")),
            Change::Coverage(hour, _) => Some(format!("coverage {hour}")),
            Change::Watched(topic, _) => Some(format!("watched {topic}")),
            Change::Source(source, _) => Some(format!("source {source}")),
            Change::Canary(partition, _) => Some(format!("canary {partition:?}")),
            Change::Duties(id, _) => Some(format!("of {id:?} duties")),
            Change::Rate(to, _) => Some(format!("rate {to}")),
            Change::Silence(silence) => Some(format!("{:?}", silence.number)),
            Change::StandIn(number, _) => Some(format!("{number:?}")),
            _ => None,
        };
        if let Some(key) = put {
            self.state.insert(key, change.clone());
            return;
        }
        let gone = match change {
            Change::ForgetSeen(topic, partition) => seen(topic, *partition),
            Change::Forget(topic, post) => format!("memory {topic} {post}"),
            Change::ForgetTold(topic, story) => format!("told {topic} {story:?}"),
            Change::DropCoverage(hour) => format!("coverage {hour}"),
            Change::Unwatched(topic) => format!("watched {topic}"),
            Change::DropSource(source) => format!("source {source}"),
            Change::DropSilence(number) => format!("{number:?}"),
            Change::DropStandIn(number) => format!("{number:?}"),
            Change::DropBucket(key) => format!("bucket {key:?}"),
            Change::DropQuote(id, post) => format!("of {id:?} quote {post}"),
            Change::DropPending(id, to) => format!("of {id:?} pending {to}"),
            Change::DropIncident(id) => {
                self.members.remove(id);
                self.state
                    .retain(|key, _| !key.starts_with(&format!("of {id:?} ")));
                return;
            }
            other => panic!("not a change of the state: {other:?}"),
        };
        self.state.remove(&gone);
    }
}

/// What a restart does not need stays in the file, and is not read.
#[test]
fn what_has_left_memory_is_not_loaded() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let closed = Incident {
        stage: Stage::Closed,
        ..incident(1, Some(1), None)
    };
    let open = incident(2, Some(2), Some(Tier::III));
    let ids = [closed.id, open.id];
    let heads = [closed, open].map(Change::Incident);
    let hanging = |id| {
        [
            Change::Lifetime(id, Box::new(lifetime(1))),
            Change::Story(id, StoryId(1), 1),
            Change::Quote(id, quote(post(1), "停水")),
            Change::Pending(id, receiver("desk"), pending(1)),
        ]
    };
    let changes = heads
        .iter()
        .cloned()
        .chain(ids.into_iter().flat_map(hanging));
    commit(&ledger, epoch, changes.collect()).unwrap();
    let loaded_at = |event| {
        let clocks = Change::Clocks(Clocks {
            event,
            ..Clocks::default()
        });
        commit(&ledger, epoch, vec![clocks]).unwrap();
        sorted(ledger.load().unwrap().into_iter().skip(1))
    };
    let found_at = at(21);
    let left = found_at + CLOSED_KEPT;
    let forgotten = found_at + REMEMBERED_FOR;
    let instant = TimeSpan::from_millis(1);
    let all = sorted(
        heads
            .iter()
            .cloned()
            .chain(ids.into_iter().flat_map(hanging)),
    );
    let one = sorted(heads.iter().cloned().chain(hanging(ids[1])));
    let none = sorted(heads[1..].iter().cloned().chain(hanging(ids[1])));
    assert_eq!(loaded_at(left - instant), all);
    assert_eq!(loaded_at(left), one);
    assert_eq!(loaded_at(forgotten - instant), one);
    assert_eq!(loaded_at(forgotten), none);
    assert_eq!(
        ledger
            .incident_detail(nth(1))
            .unwrap()
            .unwrap()
            .quotes
            .len(),
        1
    );
}

fn seen(topic: &TopicId, partition: Partition) -> String {
    format!("seen {topic} {partition:?}")
}

fn sorted(changes: impl IntoIterator<Item = Change>) -> Vec<String> {
    let mut lines: Vec<String> = changes.into_iter().map(|c| format!("{c:?}")).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever changes come, however they are cut into steps: what is loaded, also after
    /// opening the file again and from a checkpoint, is what a plain map holds.
    #[test]
    fn the_state_is_a_keyed_store(
        steps in prop::collection::vec(
            prop::collection::vec((0_u8..33, 0_u8..8, 0_u32..6), 0..20), 1..6)
    ) {
        let (dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let mut naive = Naive::default();
        for step in &steps {
            let mut changes = Vec::new();
            for &(kind, n, value) in step {
                let change = change(kind, n, value);
                // A number belongs to one incident only, and to no dropped one; see `change`.
                naive.apply(&change);
                changes.push(change);
            }
            commit(&ledger, epoch, changes).unwrap();
            let loaded = ledger.load().unwrap();
            prop_assert_eq!(sorted(loaded), sorted(naive.known()));
            for id in (0..3).map(IncidentId) {
                let members: BTreeSet<_> = ledger.members(id).unwrap().into_iter().collect();
                let expected = naive.members.get(&id).cloned().unwrap_or_default();
                prop_assert_eq!(members, expected);
            }
        }
        let before = ledger.load().unwrap();
        let last = ledger.last_step().unwrap();
        ledger.store_checkpoint(last, &before).unwrap();
        prop_assert_eq!(&ledger.load_checkpoint(last).unwrap(), &before);
        drop(ledger);
        prop_assert_eq!(open(&dir.path().join("ledger.sqlite")).load().unwrap(), before);
    }
}

#[test]
fn the_policy_in_force_is_the_latest() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let policy = |wait| {
        let desk = Receiver {
            id: receiver("desk"),
            pages: true,
            quiet: None,
        };
        let receivers = BTreeMap::from([(desk.id.clone(), desk)]);
        Change::Policy(Box::new(Policy {
            receivers,
            route: Route {
                pace: Pace {
                    group_wait: Some(TimeSpan::from_secs(wait)),
                    ..Pace::default()
                },
                ..Route::default()
            },
            ..Policy::default()
        }))
    };
    commit(&ledger, epoch, vec![policy(1), policy(2)]).unwrap();
    assert_eq!(ledger.load().unwrap(), [policy(2)]);
}

#[test]
fn a_second_alerter_is_fenced() {
    let (dir, first) = fresh();
    let epoch = first.take_ownership().unwrap();
    commit(&first, epoch, vec![change(4, 1, 1)]).unwrap();
    let second = open(&dir.path().join("ledger.sqlite"));
    let next = second.take_ownership().unwrap();
    assert_eq!(next, epoch + 1);
    let error = commit(&first, epoch, vec![change(4, 2, 1)]).unwrap_err();
    assert!(
        matches!(error, LedgerError::Fenced { what: "epoch", .. }),
        "{error}"
    );
    commit(&second, next, vec![change(4, 3, 1)]).unwrap();
    assert_eq!(
        second.load().unwrap().len(),
        2,
        "nothing of the fenced step is there"
    );
}

#[test]
fn positions_and_numbers_of_steps_must_follow() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let start = ledger.positions().unwrap();
    assert_eq!(
        start,
        Positions {
            commands: 1,
            ..Positions::default()
        }
    );
    let moved = Positions {
        commands: 3,
        pulses: BTreeMap::from([(Partition(0), Offset(4))]),
        hits: BTreeMap::from([(Partition(0), Offset(7)), (Partition(1), Offset(2))]),
    };
    let one = step_record(1);
    commit_as(&ledger, epoch, &one, &start, &moved, Vec::new()).unwrap();
    assert_eq!(ledger.positions().unwrap(), moved);
    let fenced = |step: u64, before: &Positions| {
        let changes = vec![change(4, 1, 1)];
        match commit_as(&ledger, epoch, &step_record(step), before, before, changes) {
            Err(LedgerError::Fenced { what, .. }) => what,
            other => panic!("expected a fence, found {other:?}"),
        }
    };
    assert_eq!(fenced(1, &moved), "next step");
    assert_eq!(fenced(3, &moved), "next step");
    assert_eq!(fenced(2, &start), "position");
    assert!(ledger.load().unwrap().is_empty());
    let again = Positions {
        hits: BTreeMap::from([(Partition(1), Offset(0))]),
        ..moved.clone()
    };
    commit_as(&ledger, epoch, &step_record(2), &moved, &again, Vec::new()).unwrap();
    assert_eq!(
        ledger.positions().unwrap(),
        again,
        "a new generation begins lower"
    );
}

#[test]
fn steps_are_kept_with_the_digest_of_what_they_did() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let mut step = step_record(1);
    let range = |partition, from, to| fengbiao_ledger::PartitionRange {
        partition: Partition(partition),
        from: Offset(from),
        to: Offset(to),
    };
    step.commands = 1..4;
    step.pulses = vec![range(0, 1, 2)];
    step.hits = vec![range(1, 5, 9), range(0, 2, 3), range(1, 9, 10)];
    let start = ledger.positions().unwrap();
    let changes = vec![change(4, 1, 1), change(4, 1, 2)];
    commit_as(&ledger, epoch, &step, &start, &start, changes.clone()).unwrap();
    let stored = ledger.steps(1, 10).unwrap();
    let effects = Effects {
        changes,
        ..Effects::default()
    };
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].record, step);
    assert_eq!((stored[0].digest, stored[0].changes), (digest(&effects), 2));
    assert!(ledger.steps(2, 10).unwrap().is_empty());
}

#[test]
fn canonical_bytes_tell_every_change_in_order() {
    let changes = vec![
        Change::Member(IncidentId(3), post(1), at(1)),
        Change::ForgetSeen(topic("food-safety"), Partition(0)),
        Change::Audit {
            by: Actor::daemon(),
            what: "incident.opened",
            on: "incident 7".to_owned(),
            note: String::new(),
        },
        taken_back(post(1), "a forum"),
    ];
    let effects = Effects {
        changes,
        ..Effects::default()
    };
    let expected = "\
{\"change\":\"member\",\"key\":[3,\"01010101010101010101010101010101\"],\"value\":1000}
{\"change\":\"seen\",\"key\":[\"food-safety\",0],\"value\":null}
{\"change\":\"audit\",\"key\":[],\"value\":[\"fengbiao\",\"incident.opened\",\"incident 7\",\"\"]}
{\"change\":\"taken_back\",\"key\":[\"01010101010101010101010101010101\"],\"value\":[\"a forum\",\"a forum\",50000]}
";
    assert_eq!(
        String::from_utf8(canonical_bytes(&effects)).unwrap(),
        expected
    );
    let reversed = Effects {
        changes: effects.changes.iter().rev().cloned().collect(),
        ..effects.clone()
    };
    assert_ne!(digest(&effects), digest(&reversed));
    for kind in 0..18 {
        let effects = Effects {
            changes: vec![change(kind, 5, 4)],
            ..Effects::default()
        };
        let bytes = canonical_bytes(&effects);
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
    }
}

#[test]
fn a_full_disk_stores_nothing_and_ends() {
    let (dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    commit(&ledger, epoch, vec![change(4, 1, 1)]).unwrap();
    let before = ledger.load().unwrap();
    let huge = quote(post(9), &"满".repeat(80_000));
    ledger.set_max_pages(1).unwrap();
    let error = commit(
        &ledger,
        epoch,
        vec![Change::Quote(IncidentId(1), huge.clone())],
    );
    assert!(error.unwrap_err().is_disk_full());
    assert_eq!(ledger.load().unwrap(), before);
    assert_eq!(ledger.last_step().unwrap(), 1);
    ledger.set_max_pages(u32::MAX - 1).unwrap();
    commit(&ledger, epoch, vec![Change::Quote(IncidentId(1), huge)]).unwrap();
    assert_eq!(ledger.last_step().unwrap(), 2);
    drop(dir);
}
