//! Anything that can happen, and the steps that it makes.

use std::collections::BTreeMap;

use fengbiao_alerter::Step;
use fengbiao_model::*;
use proptest::prelude::*;

use crate::script::{Draft, MIDNIGHT, canary, hit, policy, pulse};

/// The sum in IV is never so high, but a reason shows each of its measures.
pub(super) const POLICY: &str = r#"
    dead=5m silent=20m topicquiet=12h canary=1m canary_within=1m parts=2 sources="source 0,source 1"
    IV="posts_1h >= 2 || c1_voices_10m + c2_20m + c3_10m + cusum_10m + burst_10m + growth_30m + ears_stories_1h_same_hour + cusum_1h_same_hour + c2_1h_same_weekday + burst_6h >= 9000"
    III="voices_30m >= 3 || ears_10m >= 5" II="weight_2h >= 14 && sources_1h >= 2 && growth_10m + cusum_5m > -1"
    I="stories_10m >= 6 || cusum_20m >= 4 || rank_best_30m <= 2 || list_hours_10m >= 1 && lists_1h >= 1 || reach_30m >= 4000"
    all.III="subjects_1h >= 3 && growth_20m + cusum_10m > -1 || c3_voices_20m >= 3"
    all.II="burst_20m > 0.5 || growth_1h > 4" all.I="ears_4h >= 3 && voices_4h >= 5 || growth_10m >= 3"
    hold.II="voices_2h >= 2" hold.III="posts_1h >= 1 && c1_10m > -9" hold.I="stories_1h >= 2"
    all.hold.III="subjects_2h >= 2" all.hold.I="growth_1h >= 1"
    min_posts=2 calm=2h reopen=6h wait=30s repeat=1h interval=5m pager=III
    topics=power inhibit=power>food
    quiet="Mon-Sun 22:00-02:00" chain="duty/@a+b/boss" within="II 5m; III 20m" valid="II 1h; III 2h"
    deadline="report III 40m 5m; answer III 3h 30m; follow_up III 1h 0s" storm=6/10m
"#;

/// One thing that happens; small numbers, so that things meet.
#[derive(Clone, Debug)]
pub(super) enum Event {
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
    /// Alone the wall clock goes back.
    SetBack(i64),
    ConfirmClock,
}

pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
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
        1 => (1..40_000_i64).prop_map(Event::SetBack),
        1 => Just(Event::ConfirmClock),
        14 => pass.prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..120)
}

pub(super) fn deeds() -> impl Strategy<Value = Deed> {
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
        14 => proptest::option::weighted(0.9, 25..32_i64).prop_map(move |hours| Deed::Ask {
            of: note(),
            what: note(),
            by_when: hours.map(|hours| MIDNIGHT + TimeSpan::from_hours(hours)),
        }),
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
pub(super) fn about(deed: Deed, pushed: &[String], back: usize) -> Deed {
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

pub(super) fn draft(event: &Event, now: Timestamp, offset: u64) -> Option<Draft> {
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
        url: None,
        topic: match post % 5 {
            4 => TopicId::new("power").unwrap(),
            _ => crate::script::topic(),
        },
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
pub(super) fn telling(event: &Event, mut hit: Hit) -> Hit {
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
pub(super) fn steps(events: &[Event]) -> Vec<Step> {
    let mut now = MIDNIGHT + TimeSpan::from_hours(24);
    let mut passed = TimeSpan::from_hours(24);
    let mut process = 1;
    let mut offsets = BTreeMap::<u32, u64>::new();
    let mut number = 0;
    let mut step = Step {
        wall: now,
        monotonic: passed,
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
                    since: (back % 2 == 0).then(|| now - TimeSpan::from_hours(1)),
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
            Event::ConfirmClock => command(&mut step, Action::ConfirmClock),
            Event::Process | Event::Pass(_) | Event::SetBack(_) => {
                match event {
                    Event::Pass(secs) => {
                        now = now + TimeSpan::from_secs(*secs);
                        passed = TimeSpan::from_millis(passed.as_millis() + secs * 1_000);
                    }
                    Event::SetBack(secs) => now = now - TimeSpan::from_secs(*secs),
                    _ => process += 1,
                }
                let next = Step {
                    wall: now,
                    monotonic: passed,
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
pub(super) fn cut(step: &Step) -> Vec<Step> {
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
