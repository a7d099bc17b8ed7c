//! What must hold for any steps.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::{Alerter, Change, Effects, Step};
use fengbiao_model::*;
use proptest::prelude::*;

use crate::script::{Draft, MIDNIGHT, canary, hit, policy, pulse};

const POLICY: &str = r#"
    dead=5m quiet=20m topicquiet=12h canary=1m within=1m parts=2 sources="source 0,source 1"
    IV="posts_1h >= 2" III="voices_30m >= 3" II="weight_2h >= 14 && sources_1h >= 2"
    I="stories_10m >= 6" all.III="subjects_1h >= 3" calm=2h wait=30s repeat=1h pager=III
"#;

/// One thing that happens; small numbers, so that things meet.
#[derive(Clone, Debug)]
enum Event {
    Hit {
        part: u32,
        place: u8,
        voice: u8,
        source: u8,
        story: u8,
        post: u16,
        back: i64,
        weight: u8,
    },
    Mark {
        part: u32,
        back: i64,
        end: bool,
    },
    Acknowledge(u64),
    Close(u64),
    Purge(u16),
    Delete(u16),
    Policy(bool),
    Pulse {
        source: u8,
        posts: u32,
        errors: u32,
        ended: bool,
    },
    Canary {
        part: u32,
        back: i64,
    },
    Process,
    Pass(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let a_hit = (
        0..2_u32,
        0..4_u8,
        0..6_u8,
        0..3_u8,
        0..9_u8,
        0..400_u16,
        0..9_000_i64,
        1..=5_u8,
    );
    let a_hit = a_hit.prop_map(|(part, place, voice, source, story, post, back, weight)| {
        let back = if back < 8_000 { back / 40 } else { back };
        Event::Hit {
            part,
            place,
            voice,
            source,
            story,
            post,
            back,
            weight,
        }
    });
    let a_pulse = (0..3_u8, 0..90_u32, 0..2_u32, any::<u8>());
    let a_pulse = a_pulse.prop_map(|(source, posts, errors, end)| Event::Pulse {
        source,
        posts: posts.saturating_sub(60),
        errors,
        ended: end < 8,
    });
    let a_mark = (0..2_u32, 0..600_i64, any::<bool>());
    let pass = prop_oneof![
        6 => 1..120_i64,
        4 => 60..4_000_i64,
        1 => 4_000..40_000_i64,
        1 => 100_000..2_000_000_i64,
    ];
    let event = prop_oneof![
        40 => a_hit,
        8 => a_mark.prop_map(|(part, back, end)| Event::Mark { part, back, end }),
        2 => (1..5_u64).prop_map(Event::Acknowledge),
        1 => (1..5_u64).prop_map(Event::Close),
        1 => (0..400_u16).prop_map(Event::Purge),
        1 => (0..400_u16).prop_map(Event::Delete),
        1 => any::<bool>().prop_map(Event::Policy),
        5 => a_pulse,
        2 => (0..2_u32, 0..90_i64).prop_map(|(part, back)| Event::Canary { part, back }),
        1 => Just(Event::Process),
        14 => pass.prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..120)
}

fn draft(event: &Event, now: Timestamp, offset: u64) -> Option<Draft> {
    let Event::Hit {
        part,
        place,
        voice,
        source,
        story,
        post,
        back,
        weight,
    } = event
    else {
        return None;
    };
    let place = (*place > 0).then(|| format!("{place}县"));
    Some(Draft {
        id: format!("{post}"),
        places: place.into_iter().collect(),
        voice: (*voice > 0).then(|| format!("voice {voice}")),
        source: format!("source {source}"),
        text: format!("第{story}种说法"),
        weight: *weight,
        reposts: u64::from(*post),
        found_at: now - TimeSpan::from_secs(*back),
        published_at: (*post % 17 == 0).then(|| now - TimeSpan::from_hours(40)),
        origin: Position {
            partition: Partition(*part),
            offset: Offset(offset),
        },
    })
}

/// Packs events into steps: time passes between them.
fn steps(events: &[Event]) -> Vec<Step> {
    let mut now = MIDNIGHT + TimeSpan::from_hours(24);
    let mut process = 1;
    let mut offsets = BTreeMap::<u32, u64>::new();
    let mut number = 0;
    let mut step = Step {
        wall: now,
        process,
        ..Step::default()
    };
    let mut all = Vec::new();
    let mut command = |step: &mut Step, action| {
        number += 1;
        let by = Actor::new("duty").unwrap();
        step.commands.push(Command {
            number,
            at: step.wall,
            by,
            action,
        });
    };
    command(&mut step, Action::Policy(Box::new(policy(POLICY))));
    for event in events {
        let mut push = |record| step.hits.push((Position::default(), record));
        match event {
            Event::Hit { part, .. } => {
                let offset = offsets.entry(*part).or_default();
                *offset += 1;
                push(HitRecord::Hit(hit(&draft(event, now, *offset).unwrap())));
            }
            Event::Pulse {
                source,
                posts,
                errors,
                ended,
            } => {
                let source = format!("source {source}");
                let pulse = pulse(&source, now, *posts, *errors, *ended);
                step.pulses.push(pulse);
            }
            Event::Canary { part, back } => {
                let offset = offsets.entry(*part).or_default();
                *offset += 1;
                let put_at = now - TimeSpan::from_secs(*back);
                push(HitRecord::Hit(canary(*part, *offset, put_at)));
            }
            Event::Mark { part, back, end } => {
                let next = Offset(offsets.get(part).copied().unwrap_or_default() + 1);
                push(HitRecord::Marks(Marks(vec![PartitionMark {
                    partition: Partition(*part),
                    next,
                    found_at: now - TimeSpan::from_secs(*back),
                    at_end: *end,
                }])));
            }
            Event::Delete(post) => push(HitRecord::Delete {
                deletion: Deletion {
                    id: crate::script::post_id(&post.to_string()),
                    service: ServiceId::new("source 1").unwrap(),
                    source: SourceId::new("source 1").unwrap(),
                    found_at: now,
                },
                origin: Position::default(),
            }),
            Event::Acknowledge(n) => {
                command(
                    &mut step,
                    Action::Acknowledge {
                        incident: IncidentNumber(*n),
                    },
                );
            }
            Event::Close(n) => {
                let incident = IncidentNumber(*n);
                command(
                    &mut step,
                    Action::Close {
                        incident,
                        note: "查清".to_owned(),
                    },
                );
            }
            Event::Purge(post) => {
                let post = crate::script::post_id(&post.to_string());
                command(&mut step, Action::Purge { post });
            }
            Event::Policy(short) => {
                let other = POLICY
                    .replace("calm=2h", "calm=20m")
                    .replace("source 0,source 1", "source 1,source 2")
                    .replace("dead=5m", "dead=8m")
                    .replace("pager=III", "");
                let text = if *short { other } else { POLICY.to_owned() };
                command(&mut step, Action::Policy(Box::new(policy(&text))));
            }
            Event::Process | Event::Pass(_) => {
                if let Event::Pass(secs) = event {
                    now = now + TimeSpan::from_secs(*secs);
                } else {
                    process += 1;
                }
                let monotonic = now.since(MIDNIGHT);
                let next = Step {
                    wall: now,
                    monotonic,
                    process,
                    ..Step::default()
                };
                all.push(std::mem::replace(&mut step, next));
            }
        }
    }
    all.push(step);
    all
}

/// Each input in a step of its own, under the same reading.
fn cut(step: &Step) -> Vec<Step> {
    let empty = Step {
        commands: Vec::new(),
        pulses: Vec::new(),
        hits: Vec::new(),
        ..step.clone()
    };
    let commands = step.commands.iter().map(|command| Step {
        commands: vec![command.clone()],
        ..empty.clone()
    });
    let pulses = step.pulses.iter().map(|pulse| Step {
        pulses: vec![pulse.clone()],
        ..empty.clone()
    });
    let hits = step.hits.iter().map(|hit| Step {
        hits: vec![hit.clone()],
        ..empty.clone()
    });
    [empty.clone()]
        .into_iter()
        .chain(commands)
        .chain(pulses)
        .chain(hits)
        .chain([empty.clone()])
        .collect()
}

/// What the ledger does with changes: it keeps the latest under each key.
#[derive(Default)]
struct Store(BTreeMap<String, Change>);

impl Store {
    fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let kept = &mut self.0;
            match change {
                Change::Forget(topic, post) => drop(kept.remove(&format!("memory {topic} {post}"))),
                Change::ForgetSeen(topic, part) => {
                    kept.remove(&format!("seen {topic} {part:?}"));
                }
                Change::DropBucket(key) => drop(kept.remove(&format!("bucket {key:?}"))),
                Change::DropIncident(id) => {
                    let of = [format!("{id:?}"), format!("hangs {id:?}")];
                    kept.retain(|key, _| *key != of[0] && !key.starts_with(&of[1]));
                }
                Change::DropQuote(id, post) => drop(kept.remove(&format!("hangs {id:?} q {post}"))),
                Change::DropPending(id, to) => drop(kept.remove(&format!("hangs {id:?} p {to}"))),
                Change::DropSource(id) => drop(kept.remove(&format!("source {id}"))),
                Change::Notice(_) | Change::Withheld(..) | Change::Audit { .. } => {}
                record => drop(kept.insert(key(record), record.clone())),
            }
        }
    }

    fn restore(&self) -> Alerter {
        Alerter::restore(self.0.values().cloned()).unwrap()
    }
}

fn key(record: &Change) -> String {
    match record {
        Change::Clocks(_) => "clocks".to_owned(),
        Change::Policy(_) => "policy".to_owned(),
        Change::Watermark(key, _) => format!("{key:?}"),
        Change::Seen(topic, at) => format!("seen {topic} {:?}", at.partition),
        Change::Remember(topic, post, _) => format!("memory {topic} {post}"),
        Change::Bucket(key, _) => format!("bucket {key:?}"),
        Change::Incident(incident) => format!("{:?}", incident.id),
        Change::Member(id, post) => format!("hangs {id:?} m {post}"),
        Change::Lifetime(id, _) => format!("hangs {id:?} l"),
        Change::Story(id, story, _) => format!("hangs {id:?} s {story:?}"),
        Change::Quote(id, quote) => format!("hangs {id:?} q {}", quote.post),
        Change::Pending(id, to, _) => format!("hangs {id:?} p {to}"),
        Change::Purged(post) => format!("purged {post}"),
        Change::Source(source, _) => format!("source {source}"),
        Change::Canary(partition, _) => format!("canary {partition:?}"),
        other => panic!("no record: {other:?}"),
    }
}

/// What happened, without the records: it has an order.
fn happened(effects: &Effects) -> Vec<&Change> {
    let happens = |change: &&Change| {
        matches!(
            change,
            Change::Notice(_)
                | Change::Withheld(..)
                | Change::Audit { .. }
                | Change::Member(..)
                | Change::Purged(_)
                | Change::Policy(_)
        )
    };
    effects.changes.iter().filter(happens).collect()
}

fn run(alerter: &mut Alerter, steps: &[Step]) -> Effects {
    let mut all = Effects::default();
    for step in steps {
        let effects = alerter.step(step);
        all.changes.extend(effects.changes);
        all.remarks.extend(effects.remarks);
        all.taken += effects.taken;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn cutting_a_step_changes_nothing(events in events()) {
        let (mut whole, mut pieces) = (Alerter::new(), Alerter::new());
        let mut before = Store::default();
        for step in steps(&events) {
            let one = whole.step(&step);
            let many = run(&mut pieces, &cut(&step));
            prop_assert_eq!(happened(&one), happened(&many));
            prop_assert_eq!((one.taken, &one.remarks), (many.taken, &many.remarks));
            let (mut from_one, mut from_many) = (Store(before.0.clone()), before);
            from_one.apply(&one.changes);
            from_many.apply(&many.changes);
            prop_assert_eq!(&from_one.0, &from_many.0);
            before = from_one;
        }
        prop_assert_eq!(whole.records(), pieces.records());
    }

    #[test]
    fn what_was_stored_is_what_is_in_memory(events in events()) {
        let mut live = Alerter::new();
        let mut store = Store::default();
        for step in steps(&events) {
            let mut restored = store.restore();
            let effects = live.step(&step);
            prop_assert_eq!(&effects, &restored.step(&step), "the same from either");
            store.apply(&effects.changes);
            let restored = store.restore();
            prop_assert_eq!(live.records(), restored.records());
            prop_assert_eq!(live.next_due(), restored.next_due());
            let again = Alerter::restore(live.records()).unwrap();
            prop_assert_eq!(live.records(), again.records());
        }
    }

    #[test]
    fn one_change_gives_one_receiver_one_key(events in events()) {
        let effects = run(&mut Alerter::new(), &steps(&events));
        let mut keys = BTreeSet::new();
        let mut told = BTreeSet::new();
        for change in &effects.changes {
            let Change::Notice(notice) = change else { continue };
            let key = notice.key.clone();
            prop_assert!(keys.insert(key.clone()), "twice: {}", key);
            let repeat = notice.kind == NoticeKind::Repeated;
            prop_assert_eq!(repeat, key.rung > 0);
            if !repeat {
                prop_assert!(told.insert((key.incident, key.change, key.receiver)));
            }
        }
    }

    #[test]
    fn the_order_between_partitions_changes_no_highest_tier(
        hits in prop::collection::vec((0..3_u32, 0..4_u8, 0..8_u8, 0..9_u8, 0..7_200_i64, 1..=5_u8), 1..60),
        picks in prop::collection::vec(0..3_usize, 60),
    ) {
        let mut lanes: [Vec<Hit>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for (nth, &(part, place, voice, story, back, weight)) in hits.iter().enumerate() {
            let lane = &mut lanes[part as usize];
            let event = Event::Hit {
                part, place, voice, story, back, weight, source: voice % 3, post: 0,
            };
            let now = MIDNIGHT + TimeSpan::from_hours(24);
            let mut draft = draft(&event, now, lane.len() as u64).unwrap();
            (draft.id, draft.published_at) = (nth.to_string(), None);
            lane.push(hit(&draft));
        }
        let in_lanes: Vec<Hit> = lanes.iter().flatten().cloned().collect();
        let mut waiting = lanes.map(std::collections::VecDeque::from);
        let mut mixed: Vec<Hit> = Vec::new();
        for pick in picks {
            mixed.extend(waiting[pick].pop_front());
        }
        mixed.extend(waiting.into_iter().flatten());
        prop_assert_eq!(highest(in_lanes), highest(mixed));
    }
}

/// The highest tier of each subject after these hits, in this order, all within calm.
fn highest(hits: Vec<Hit>) -> BTreeMap<SubjectKey, Tier> {
    let mut alerter = Alerter::new();
    let mut steps = steps(&[]);
    steps[0].hits = hits
        .into_iter()
        .map(|hit| (Position::default(), HitRecord::Hit(hit)))
        .collect();
    run(&mut alerter, &steps);
    let mut highest = BTreeMap::new();
    for record in alerter.records() {
        let Change::Incident(incident) = record else {
            continue;
        };
        let Some(tier) = incident.highest_tier else {
            continue;
        };
        let known = highest.entry(incident.subject).or_insert(tier);
        *known = tier.max(*known);
    }
    highest
}

#[test]
fn a_step_gives_out_a_record_once() {
    let mut steps = steps(&[]);
    for nth in 0..20 {
        let event = Event::Hit {
            part: 0,
            place: 1,
            voice: nth,
            source: 1,
            story: nth,
            post: 0,
            back: 0,
            weight: 1,
        };
        let mut draft = draft(&event, MIDNIGHT + TimeSpan::from_hours(24), u64::from(nth)).unwrap();
        (draft.id, draft.published_at) = (nth.to_string(), None);
        steps[0]
            .hits
            .push((Position::default(), HitRecord::Hit(hit(&draft))));
    }
    let effects = run(&mut Alerter::new(), &steps);
    let mut keys = BTreeSet::new();
    let records = effects.changes.iter().filter(|change| {
        !matches!(
            change,
            Change::Notice(_) | Change::Withheld(..) | Change::Audit { .. }
        )
    });
    for record in records {
        assert!(keys.insert(key(record)), "twice: {record:?}");
    }
    assert!(keys.len() > 60, "{}", keys.len());
}

#[test]
fn the_generator_reaches_what_it_is_for() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..150 {
        let events = events().new_tree(&mut runner).unwrap().current();
        for change in run(&mut Alerter::new(), &steps(&events)).changes {
            match change {
                Change::Notice(notice) if notice.key.receiver == ReceiverId::null() => {
                    seen.insert("canary");
                }
                Change::Notice(notice) if notice.topic.is_pipeline() => {
                    seen.insert(match notice.kind {
                        NoticeKind::Closed => "alarm over",
                        _ => "alarm",
                    });
                }
                Change::Notice(notice) => drop(seen.insert(notice.kind.as_str())),
                Change::Withheld(_, why) => drop(seen.insert(why.as_str())),
                Change::DropIncident(_) => drop(seen.insert("dropped")),
                Change::DropBucket(_) => drop(seen.insert("expired")),
                Change::DropQuote(..) => drop(seen.insert("unquoted")),
                _ => {}
            }
        }
    }
    let all = [
        "opened",
        "raised",
        "repeated",
        "calmed",
        "closed",
        "not_routed",
        "superseded",
        "acknowledged",
        "gathered",
        "stale",
        "lowered",
        "dropped",
        "expired",
        "unquoted",
        "canary",
        "alarm",
        "alarm over",
    ];
    let missing: Vec<_> = all
        .into_iter()
        .filter(|what| !seen.contains(what))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
