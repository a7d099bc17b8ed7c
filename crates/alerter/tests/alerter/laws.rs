//! What must hold for any steps.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::record::{Escalation, EscalationState};
use fengbiao_alerter::{Alerter, Change, Effects, Step};
use fengbiao_model::*;
use proptest::prelude::*;

use crate::script::{Draft, MIDNIGHT, canary, hit, policy, pulse};

/// The sum in IV is never so high, but a reason shows each of its measures.
const POLICY: &str = r#"
    dead=5m silent=20m topicquiet=12h canary=1m canary_within=1m parts=2 sources="source 0,source 1"
    IV="posts_1h >= 2 || c1_voices_10m + c2_20m + c3_10m + cusum_10m + burst_10m + growth_30m + ears_stories_1h_same_hour + cusum_1h_same_hour + c2_1h_same_weekday + burst_6h >= 9000"
    III="voices_30m >= 3 || ears_10m >= 5" II="weight_2h >= 14 && sources_1h >= 2 && growth_10m + cusum_5m > -1"
    I="stories_10m >= 6 || cusum_20m >= 4 || rank_best_30m <= 2 || list_hours_10m >= 1 && lists_1h >= 1 || reach_30m >= 4000"
    all.III="subjects_1h >= 3 && growth_20m + cusum_10m > -1 || c3_voices_20m >= 3"
    all.II="burst_20m > 0.5 || growth_1h > 4" all.I="ears_4h >= 3 && voices_4h >= 5 || growth_10m >= 3"
    min_posts=2 calm=2h reopen=6h wait=30s repeat=1h interval=5m pager=III
    quiet="Mon-Sun 22:00-02:00" chain="duty/@a+b/boss" within="II 5m; III 20m" valid="II 1h; III 2h"
    deadline="report III 40m 5m; answer III 3h 30m; follow_up III 1h 0s" storm=6/10m
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
        /// Names two places where it is a multiple of three.
        post: u16,
        back: i64,
        weight: u8,
    },
    Mark {
        part: u32,
        back: i64,
        end: bool,
    },
    Pulse {
        source: u8,
        /// Of which minute, counted back from now.
        back: i64,
        polled: bool,
        posts: u32,
        ended: bool,
    },
    Deed(u32, Deed),
    Silence {
        /// 0 for everything, else an incident.
        number: u64,
        secs: i64,
    },
    EndSilence(u64),
    StandIn(i64),
    Purge(u16),
    Delete(u16),
    Policy(bool),
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
    let a_mark = (0..2_u32, 0..600_i64, any::<bool>());
    let back = prop_oneof![Just(1_i64), -90..1_500_i64];
    let a_pulse = (0..4_u8, back, any::<bool>(), 0..90_u32, any::<u8>());
    let a_pulse = a_pulse.prop_map(|(source, back, polled, posts, end)| Event::Pulse {
        source,
        back,
        polled,
        posts: posts.saturating_sub(60),
        ended: end < 8,
    });
    let pass = prop_oneof![
        6 => 1..120_i64,
        4 => 60..4_000_i64,
        1 => 4_000..40_000_i64,
        1 => 100_000..2_000_000_i64,
    ];
    let event = prop_oneof![
        40 => a_hit,
        12 => a_pulse,
        8 => a_mark.prop_map(|(part, back, end)| Event::Mark { part, back, end }),
        9 => (1..5_u32, deeds()).prop_map(|(number, deed)| Event::Deed(number, deed)),
        2 => (0..4_u64, 600..20_000_i64).prop_map(|(number, secs)| Event::Silence { number, secs }),
        1 => (1..4_u64).prop_map(Event::EndSilence),
        1 => (600..90_000_i64).prop_map(Event::StandIn),
        1 => (0..400_u16).prop_map(Event::Purge),
        1 => (0..400_u16).prop_map(Event::Delete),
        1 => any::<bool>().prop_map(Event::Policy),
        2 => (0..2_u32, 0..90_i64).prop_map(|(part, back)| Event::Canary { part, back }),
        1 => Just(Event::Process),
        14 => pass.prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..120)
}

fn deeds() -> impl Strategy<Value = Deed> {
    let note = || "查清".to_owned();
    let stage = prop::sample::select(&Stage::ALL[..]);
    prop_oneof![
        8 => Just(Deed::Acknowledge),
        4 => Just(Deed::Close { note: note() }),
        4 => Just(Deed::Reopen { note: note() }),
        4 => stage.prop_map(move |stage| Deed::Stage { stage, note: note() }),
        1 => Just(Deed::Grade { grade: Some(Grade::II), note: note() }),
        1 => Just(Deed::Classify { class: Class::Rumour, note: note() }),
        2 => any::<bool>().prop_map(move |set| Deed::Label {
            key: LabelKey::new("k").unwrap(),
            value: set.then(note),
        }),
        1 => Just(Deed::Note { text: note() }),
        8 => Just(Deed::Ask { of: note(), what: note(), by_when: None }),
        8 => (0..3_u32).prop_map(move |item| Deed::Reply { item, answer: note() }),
        1 => Just(Deed::Assess { owner: note(), grade: None, opinion: note() }),
        1 => Just(Deed::Answer { text: note(), link: None }),
        4 => Just(Deed::Outcome { post: PostId::from_bytes([0; 16]), outcome: note() }),
        12 => (1..5_u32).prop_map(move |into| Deed::Merge {
            into: IncidentNumber::new(2026, into).unwrap(),
            note: note(),
        }),
        12 => Just(Deed::Split { posts: Vec::new(), note: note() }),
    ]
}

/// A deed about single posts, put to one of those that came last.
fn about(deed: Deed, pushed: &[String], back: usize) -> Deed {
    let Some(post) = pushed.iter().rev().nth(back % 4) else {
        return deed;
    };
    let post = crate::script::post_id(post);
    match deed {
        Deed::Split { note, .. } => Deed::Split {
            posts: vec![post],
            note,
        },
        Deed::Outcome { outcome, .. } => Deed::Outcome { post, outcome },
        other => other,
    }
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
    let second = (*post % 3 == 0).then_some(*place % 3 + 1);
    let place = (*place > 0).then_some([Some(*place), second.filter(|two| two != place)]);
    let place = place.into_iter().flatten().flatten();
    let place = place.map(|place| format!("{place}县"));
    Some(Draft {
        topic: crate::script::topic(),
        id: format!("{post}"),
        places: place.collect(),
        class: Class::ALL[usize::from(*voice) % 5],
        voice: (*voice > 0).then(|| format!("voice {voice}")),
        source: format!("source {source}"),
        text: format!("第{story}种说法"),
        weight: *weight,
        // Found again, a post has gained.
        reposts: u64::from(*post) + offset,
        // One source in three is a hot list.
        rank: (*source == 2).then_some(u32::from(*weight) * u32::from(*voice + 1)),
        days_on_list: (*source == 2 && *voice == 5).then_some(u32::from(*story) + 1),
        found_at: now - TimeSpan::from_secs(*back),
        published_at: (*post % 17 == 0).then(|| now - TimeSpan::from_hours(40)),
        origin: Position {
            partition: Partition(*part),
            offset: Offset(offset),
        },
    })
}

/// Story 0 and story 1 are copies of one another, of other text; all others are far apart. So being
/// a copy is an equivalence here, and the order of arrival does not tell how many there are.
fn telling(event: &Event, mut hit: Hit) -> Hit {
    if let Event::Hit { story, .. } = event {
        hit.signature.sketch = Sketch {
            runs: 60,
            numbers: 0,
            least: [1 + u16::from(*story.max(&1)); Sketch::BINS],
        };
    }
    hit
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
    let mut pushed = Vec::new();
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
                pushed.push(draft(event, now, *offset).unwrap().id);
                push(HitRecord::Hit(telling(
                    event,
                    hit(&draft(event, now, *offset).unwrap()),
                )));
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
            Event::Pulse {
                source,
                back,
                polled,
                posts,
                ended,
            } => {
                let minute = Timestamp::of_minute((now - TimeSpan::from_minutes(*back)).minute());
                let (source, errors) = (format!("source {source}"), u32::from(!polled));
                step.pulses
                    .push(pulse(&source, minute, *posts, errors, *ended));
            }
            Event::Deed(n, deed) => {
                let incident = IncidentNumber::new(2026, *n).unwrap();
                let deed = about(deed.clone(), &pushed, *n as usize);
                command(&mut step, Action::Incident { incident, deed });
            }
            Event::Silence { number, secs } => {
                let covers = match number {
                    0 => Silenced::Filter(Filter::default()),
                    number => Silenced::Incident(crate::script::number(&number.to_string())),
                };
                command(
                    &mut step,
                    Action::Silence {
                        covers,
                        from: (secs % 3 == 0).then(|| now + TimeSpan::from_secs(300)),
                        until: now + TimeSpan::from_secs(*secs),
                        reason: "检修".to_owned(),
                    },
                );
            }
            Event::EndSilence(number) => {
                let silence = SilenceNumber(*number);
                command(&mut step, Action::EndSilence { silence });
            }
            Event::StandIn(secs) => {
                command(
                    &mut step,
                    Action::StandIn {
                        schedule: ScheduleId::new("duty").unwrap(),
                        receiver: ReceiverId::new("boss").unwrap(),
                        from: None,
                        to: now + TimeSpan::from_secs(*secs),
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
                Change::ForgetTold(topic, story) => {
                    kept.remove(&format!("told {topic} {story:?}"));
                }
                Change::DropCoverage(hour) => drop(kept.remove(&format!("coverage {hour}"))),
                Change::Unwatched(topic) => drop(kept.remove(&format!("watched {topic}"))),
                Change::DropBucket(key) => drop(kept.remove(&format!("bucket {key:?}"))),
                Change::DropIncident(id) => {
                    let of = [format!("{id:?}"), format!("hangs {id:?}")];
                    kept.retain(|key, _| *key != of[0] && !key.starts_with(&of[1]));
                }
                Change::DropQuote(id, post) => drop(kept.remove(&format!("hangs {id:?} q {post}"))),
                Change::DropPending(id, to) => drop(kept.remove(&format!("hangs {id:?} p {to}"))),
                Change::DropSilence(number) => drop(kept.remove(&format!("{number:?}"))),
                Change::DropStandIn(number) => drop(kept.remove(&format!("{number:?}"))),
                Change::Absorbed(into, from) => {
                    let theirs = format!("hangs {from:?} m ");
                    let members: Vec<Change> = kept
                        .iter()
                        .filter(|(key, _)| key.starts_with(&theirs))
                        .map(|(_, member)| member.clone())
                        .collect();
                    for member in members {
                        let Change::Member(_, post, at) = member else {
                            continue;
                        };
                        let member = Change::Member(*into, post, at);
                        kept.insert(key(&member), member);
                    }
                }
                Change::Notice(_)
                | Change::Withheld(..)
                | Change::Audit { .. }
                | Change::Event(_) => {}
                Change::DropSource(id) => drop(kept.remove(&format!("source {id}"))),
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
        Change::Told(topic, story, _) => format!("told {topic} {story:?}"),
        Change::Bucket(key, _) => format!("bucket {key:?}"),
        Change::Coverage(hour, _) => format!("coverage {hour}"),
        Change::Watched(topic, _) => format!("watched {topic}"),
        Change::Incident(incident) => format!("{:?}", incident.id),
        Change::Member(id, post, _) => format!("hangs {id:?} m {post}"),
        Change::Lifetime(id, _) => format!("hangs {id:?} l"),
        Change::Story(id, story, _) => format!("hangs {id:?} s {story:?}"),
        Change::Quote(id, quote) => format!("hangs {id:?} q {}", quote.post),
        Change::Pending(id, to, _) => format!("hangs {id:?} p {to}"),
        Change::Duties(id, _) => format!("hangs {id:?} d"),
        Change::Rate(to, _) => format!("rate {to}"),
        Change::Silence(silence) => format!("{:?}", silence.number),
        Change::StandIn(number, _) => format!("{number:?}"),
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
                | Change::Event(_)
                | Change::Absorbed(..)
                | Change::Member(..)
                | Change::Purged(_)
                | Change::Policy(_)
        )
    };
    effects.changes.iter().filter(happens).collect()
}

/// Says only what differs: whole states are too long to read.
fn same(
    one: &BTreeMap<String, Change>,
    other: &BTreeMap<String, Change>,
) -> Result<(), TestCaseError> {
    for key in one.keys().chain(other.keys()) {
        prop_assert_eq!(one.get(key), other.get(key), "{}", key);
    }
    Ok(())
}

fn keyed(alerter: &Alerter) -> BTreeMap<String, Change> {
    let mut store = Store::default();
    store.apply(&alerter.records());
    store.0
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
            same(&from_one.0, &from_many.0)?;
            before = from_one;
        }
        same(&keyed(&whole), &keyed(&pieces))?;
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
            same(&keyed(&live), &keyed(&restored))?;
            prop_assert_eq!(live.next_due(), restored.next_due());
            let again = Alerter::restore(live.records()).unwrap();
            prop_assert_eq!(live.records(), again.records());
        }
    }

    #[test]
    fn one_change_gives_one_receiver_one_key(events in events()) {
        let effects = run(&mut Alerter::new(), &steps(&events));
        let mut keys = BTreeSet::new();
        for change in &effects.changes {
            let Change::Notice(notice) = change else { continue };
            let key = notice.key.clone();
            prop_assert!(keys.insert(key.clone()), "twice: {}", key);
            // A receiver is told of one change again only because nobody answers.
            let again = matches!(
                notice.kind,
                NoticeKind::Repeated | NoticeKind::Escalated | NoticeKind::Unanswered
            );
            prop_assert!(again || key.rung == 0, "{key} {:?}", notice.kind);
        }
    }

    #[test]
    fn who_has_taken_it_on_is_left_in_peace(events in events()) {
        let mut alerter = Alerter::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            let taken: BTreeSet<IncidentId> = alerter
                .records()
                .into_iter()
                .filter_map(|record| match record {
                    Change::Incident(incident) => incident.acknowledged.map(|_| incident.id),
                    _ => None,
                })
                .collect();
            for change in &effects.changes {
                let Change::Notice(notice) = change else { continue };
                let speaks = matches!(
                    notice.kind,
                    NoticeKind::Calmed
                        | NoticeKind::Closed
                        | NoticeKind::DeadlineNear
                        | NoticeKind::DeadlineMissed
                );
                prop_assert!(speaks || !taken.contains(&notice.key.incident), "{}", notice.key);
            }
        }
    }

    #[test]
    fn no_step_of_a_chain_is_skipped_or_doubled(events in events()) {
        let mut alerter = Alerter::new();
        let mut known: BTreeMap<IncidentId, Escalation> = BTreeMap::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            for change in &effects.changes {
                let Change::Duties(id, duties) = change else { continue };
                let Some(now) = duties.chains.values().next().copied() else {
                    known.remove(id);
                    continue;
                };
                let before = known.insert(*id, now);
                match before {
                    Some(before) if before.round == now.round => {
                        prop_assert!(now.step == before.step || now.step == before.step + 1);
                    }
                    Some(before) => {
                        prop_assert_eq!((now.round, now.step), (before.round + 1, 0));
                        prop_assert!(matches!(
                            before.state,
                            EscalationState::Stopped | EscalationState::Exhausted
                        ));
                    }
                    None => prop_assert_eq!((now.round, now.step), (1, 0)),
                }
            }
        }
    }

    #[test]
    fn the_counts_of_a_notice_are_those_of_its_posts(events in events()) {
        let mut members: BTreeMap<IncidentId, BTreeSet<PostId>> = BTreeMap::new();
        for change in &run(&mut Alerter::new(), &steps(&events)).changes {
            match change {
                // What the pipeline says of itself has no posts.
                Change::Notice(notice) if notice.topic.is_pipeline() => {
                    prop_assert_eq!((notice.totals, notice.quotes.len()), (Totals::default(), 0));
                }
                Change::Member(id, post, _) => {
                    prop_assert!(members.entry(*id).or_default().insert(*post));
                }
                Change::Absorbed(into, from) => {
                    let taken = members[from].clone();
                    members.entry(*into).or_default().extend(taken);
                }
                Change::Notice(notice) => {
                    let posts = members[&notice.key.incident].len() as u64;
                    prop_assert_eq!(notice.totals.posts, posts);
                    let shown = notice.quotes.iter().map(|quote| quote.post);
                    let mut known = shown.filter(|post| !members[&notice.key.incident].contains(post));
                    prop_assert_eq!(known.next(), None);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_silenced_incident_tells_only_what_is_owed_or_over(events in events()) {
        let mut alerter = Alerter::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            let wall = alerter.clocks().wall;
            let everything = alerter.records().into_iter().any(|record| {
                matches!(record, Change::Silence(silence)
                    if silence.holds(wall) && matches!(silence.covers, Silenced::Filter(_)))
            });
            // A silence that begins in this step begins after what was due before it.
            let begins = !step.commands.is_empty();
            for change in &effects.changes {
                let Change::Notice(notice) = change else { continue };
                // A canary's way is measured also in silence.
                if notice.key.receiver == ReceiverId::null() {
                    continue;
                }
                let news = matches!(
                    notice.kind,
                    NoticeKind::Opened
                        | NoticeKind::Raised
                        | NoticeKind::Repeated
                        | NoticeKind::Escalated
                        | NoticeKind::Lapsed
                );
                prop_assert!(begins || !everything || !news, "{} {:?}", notice.key, notice.kind);
            }
        }
    }

    #[test]
    fn an_incident_counts_each_of_its_posts_once(events in events()) {
        // Within a time in which no post is forgotten.
        let short = |event: &Event| !matches!(event, Event::Pass(secs) if *secs > 40_000);
        let events: Vec<Event> = events.into_iter().filter(short).collect();
        let mut store = Store::default();
        store.apply(&run(&mut Alerter::new(), &steps(&events)).changes);
        let mut members = BTreeMap::<IncidentId, u64>::new();
        for record in store.0.values() {
            if let Change::Member(id, ..) = record {
                *members.entry(*id).or_default() += 1;
            }
        }
        for record in store.0.values() {
            if let Change::Incident(incident) = record {
                let posts = members.get(&incident.id).copied();
                let alarm = incident.topic.is_pipeline().then_some(0);
                prop_assert_eq!(posts.or(alarm), Some(incident.totals.posts));
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
            lane.push(telling(&event, hit(&draft)));
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

/// The detectors of a catch-up: whatever lane is read first, the windows compared with are whole.
const COMPARING: &str = r#"
    IV="ears_10m >= 1.5" III="c2_10m >= 2 || c1_voices_10m >= 3" II="c3_5m >= 1 || cusum_5m >= 2"
    I="burst_10m > 0.4 || growth_10m >= 4" all.III="ears_1h >= 1" all.II="c3_stories_10m >= 2"
    min_posts=1 calm=24h
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_first_changes_no_verdict_of_a_detector(
        hits in prop::collection::vec((0..3_usize, 1..3_u8, 0..8_u8, 0..14_400_i64), 20..120),
        picks in prop::collection::vec(0..3_usize, 120),
        others in prop::collection::vec(0..3_usize, 120),
    ) {
        let mut hits = hits;
        hits.sort_by_key(|&(_, _, _, back)| std::cmp::Reverse(back));
        let now = MIDNIGHT + TimeSpan::from_hours(24);
        let mut lanes: [Vec<Hit>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for (nth, &(part, place, voice, back)) in hits.iter().enumerate() {
            let (story, weight, source, post) = (voice, 1, 1, 0);
            let event = Event::Hit {
                part: u32::try_from(part).unwrap(), place, voice, source, story, post, back, weight,
            };
            let mut draft = draft(&event, now, lanes[part].len() as u64).unwrap();
            (draft.id, draft.published_at) = (nth.to_string(), None);
            lanes[part].push(hit(&draft));
        }
        let (one, other) = (caught_up(&lanes, &picks), caught_up(&lanes, &others));
        prop_assert!(!one.is_empty());
        prop_assert_eq!(one, other);
    }
}

/// The highest tiers after a catch-up that reads the lanes in this order; each marks its place
/// after every hit, and all stand at their ends at last.
fn caught_up(lanes: &[Vec<Hit>; 3], picks: &[usize]) -> BTreeMap<SubjectKey, Tier> {
    let mark = |part: usize, found_at, at_end| {
        let partition = Partition(u32::try_from(part).unwrap());
        let mark = PartitionMark {
            partition,
            next: Offset(1_000),
            found_at,
            at_end,
        };
        (Position::default(), HitRecord::Marks(Marks(vec![mark])))
    };
    let mut waiting = lanes.clone().map(std::collections::VecDeque::from);
    let mut steps = steps(&[]);
    let action = Action::Policy(Box::new(policy(COMPARING)));
    steps[0].commands[0].action = action;
    let records = &mut steps[0].hits;
    records.extend((0..3).map(|part| mark(part, MIDNIGHT, false)));
    for part in picks
        .iter()
        .copied()
        .chain((0..3).flat_map(|part| [part; 120]))
    {
        if let Some(hit) = waiting[part].pop_front() {
            let found_at = hit.post.found_at;
            records.push((Position::default(), HitRecord::Hit(hit)));
            records.push(mark(part, found_at, false));
        }
    }
    records.extend((0..3).map(|part| mark(part, MIDNIGHT, true)));
    let mut alerter = Alerter::new();
    run(&mut alerter, &steps);
    highest_tiers(&alerter)
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
    highest_tiers(&alerter)
}

fn highest_tiers(alerter: &Alerter) -> BTreeMap<SubjectKey, Tier> {
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
            Change::Notice(_) | Change::Withheld(..) | Change::Audit { .. } | Change::Event(_)
        )
    });
    for record in records {
        assert!(keys.insert(key(record)), "twice: {record:?}");
    }
    assert!(keys.len() > 60, "{}", keys.len());
}

/// The detectors that random events make speak.
const METHODS: [&str; 7] = ["ears", "c1", "c2", "c3", "cusum", "burst", "growth"];

#[test]
fn the_generator_reaches_what_it_is_for() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..360 {
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
                Change::Notice(notice) => {
                    seen.insert(notice.kind.as_str());
                    let measures = notice.reason.measures.iter();
                    let judged = measures.filter(|m| m.usual.is_some() && m.value > 0.0);
                    seen.extend(judged.filter_map(|measure| {
                        let method = measure.name.split('_').next().unwrap();
                        METHODS.into_iter().find(|known| *known == method)
                    }));
                }
                Change::DropCoverage(_) => drop(seen.insert("uncovered")),
                Change::DropSource(_) => drop(seen.insert("source forgotten")),
                Change::Withheld(_, why) => drop(seen.insert(why.as_str())),
                Change::DropIncident(_) => drop(seen.insert("dropped")),
                Change::DropBucket(_) => drop(seen.insert("expired")),
                Change::DropQuote(..) => drop(seen.insert("unquoted")),
                Change::Event(event) => drop(seen.insert(event.what.kind())),
                _ => {}
            }
        }
    }
    let all = [
        "deadline_near",
        "deadline_missed",
        "escalated",
        "lapsed",
        "unanswered",
        "quiet_hours",
        "silenced",
        "storm",
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
        "tier_changed",
        "staged",
        "graded",
        "classified",
        "labelled",
        "noted",
        "asked",
        "replied",
        "assessed",
        "answered",
        "outcome",
        "reopened",
        "merged_into",
        "absorbed",
        "split_off",
        "split_from",
        "follows_up",
        "dropped",
        "expired",
        "unquoted",
        "canary",
        "alarm",
        "alarm over",
    ];
    let missing: Vec<_> = all
        .into_iter()
        .chain(METHODS)
        .filter(|what| !seen.contains(what))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
