//! The alerter and its ledger: what is loaded is what was in memory, at any step.

use fengbiao_alerter::{Alerter, Step};
use fengbiao_model::*;
use proptest::prelude::*;

use crate::values::*;

/// One step: how long after the one before, and what it brings.
#[derive(Clone, Debug)]
struct Turn {
    minutes: i64,
    hits: Vec<(u8, u8, u8, u8)>,
    marks: bool,
    action: u8,
    number: u32,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let hits = prop::collection::vec((0..3_u8, 0..60_u8, 0..8_u8, 1..=9_u8), 0..6);
    let minutes =
        prop_oneof![6 => 0..3_i64, 2 => 20..90_i64, 1 => 1_500..5_000_i64, 1 => 19_000..90_000_i64];
    let turn = (minutes, hits, prop::bool::weighted(0.8), 0..12_u8, 1..6_u32);
    let turn = turn.prop_map(|(minutes, hits, marks, action, number)| Turn {
        minutes,
        hits,
        marks,
        action,
        number,
    });
    prop::collection::vec(turn, 1..40)
}

fn policy() -> Policy {
    let ladder = |conditions: [(Tier, &str); 3]| Ladder {
        conditions: conditions
            .into_iter()
            .map(|(tier, text)| (tier, text.to_owned()))
            .collect(),
        holds: [].into(),
        calm_after: TimeSpan::from_hours(1),
        floors: Floors::default(),
    };
    let id = topic("food-safety");
    let topic = TopicPolicy {
        id: id.clone(),
        name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        tiers: ladder([
            (Tier::IV, "posts_1h >= 1"),
            (Tier::III, "voices_30m >= 3 || c1_30m + burst_20m >= 2"),
            (Tier::II, "weight_2h >= 25 || stories_24h >= 12"),
        ]),
        tiers_all: ladder([
            (Tier::IV, "subjects_1h >= 2"),
            (Tier::III, "subjects_1h >= 3"),
            (Tier::I, "posts_24h >= 30"),
        ]),
        reopen_within: TimeSpan::from_hours(3),
        labels: [(LabelKey::new("district").unwrap(), "东区".to_owned())].into(),
    };
    let to = |id: &str, pages| Receiver {
        id: receiver(id),
        pages,
        quiet: None,
    };
    let receivers = [
        to("desk", false),
        to("pager", true),
        to("duty", true),
        to("boss", true),
    ];
    let chain = Chain {
        id: ChainId::new("night").unwrap(),
        acknowledge_within: [(Tier::III, TimeSpan::from_minutes(15))].into(),
        steps: vec![vec![StepTarget::Receiver(receiver("duty"))]],
        last_resort: receiver("boss"),
    };
    let lead = |to, from_tier, wait| Route {
        takes: Filter {
            from_tier: Some(from_tier),
            ..Filter::default()
        },
        to: vec![to],
        pace: Pace {
            group_wait: Some(TimeSpan::from_secs(wait)),
            group_interval: Some(TimeSpan::from_minutes(2)),
            repeat_interval: Some(TimeSpan::from_minutes(40)),
        },
        goes_on: true,
        ..Route::default()
    };
    Policy {
        topics: [(id, topic)].into(),
        receivers: receivers.map(|r| (r.id.clone(), r)).into(),
        route: Route {
            routes: vec![
                lead(Target::Receiver(receiver("desk")), Tier::IV, 0),
                lead(Target::Receiver(receiver("pager")), Tier::III, 90),
                lead(Target::Chain(chain.id.clone()), Tier::III, 0),
            ],
            ..Route::default()
        },
        chains: [(chain.id.clone(), chain)].into(),
        deadlines: vec![DeadlineRule {
            duty: Duty::Answer,
            topics: None,
            from_tier: Tier::III,
            within: TimeSpan::from_hours(2),
            warn_before: TimeSpan::from_minutes(30),
            calendar: None,
        }],
        storm: Storm {
            notices: 4,
            within: TimeSpan::from_minutes(10),
        },
        time_zone: "Asia/Shanghai".to_owned(),
        watchdog: Some(watchdog()),
        ..Policy::default()
    }
}

fn watchdog() -> Watchdog {
    let watch = SourceWatch {
        dead_after: TimeSpan::from_minutes(10),
        quiet_after: TimeSpan::from_minutes(40),
    };
    Watchdog {
        dead_after: watch.dead_after,
        quiet_after: watch.quiet_after,
        sources: [(SourceId::new("source 0").unwrap(), watch)].into(),
        topic_quiet_after: TimeSpan::from_hours(12),
        canary: Some(CanaryWatch {
            interval: TimeSpan::from_minutes(1),
            within: TimeSpan::from_minutes(1),
            partitions: 1,
        }),
        tiers: WatchTiers::default(),
    }
}

fn hit(at: Timestamp, offset: u64, (place, story, voice, weight): (u8, u8, u8, u8)) -> HitRecord {
    let source = format!("source {}", voice % 3);
    HitRecord::Hit(Hit {
        topic: topic("food-safety"),
        version: LexiconNumber(1),
        origin: Position {
            partition: Partition(0),
            offset: Offset(offset),
        },
        rules: vec![RuleHit {
            rule: RuleId::new("canteen-illness").unwrap(),
            weight,
            class: Class::Incident,
            spans: Vec::new(),
        }],
        subjects: vec![Subject {
            kind: "place".to_owned(),
            name: format!("县{place}"),
        }],
        signature: Signature {
            story: StoryId((story / 2).into()),
            sketch: Sketch::default(),
        },
        post: Post {
            id: post(story),
            native_id: None,
            service: ServiceId::new(source.clone()).unwrap(),
            source: SourceId::new(source).unwrap(),
            url: None,
            title: None,
            text: PostText::new(format!("县{place}的食堂 {story}")).unwrap(),
            voice: Some(Voice::from_digest(blake3::hash(&[voice]))),
            published_at: None,
            found_at: at,
            counts: Counts {
                reposts: Some(offset % 7),
                ..Counts::default()
            },
            repost_of: None,
        },
    })
}

/// Makes steps of turns: offsets and commands run on, time never goes back.
struct Script {
    wall: Timestamp,
    monotonic: TimeSpan,
    next: u64,
    commands: u64,
}

impl Script {
    fn new() -> Self {
        Self {
            wall: at(1_767_225_600),
            monotonic: TimeSpan::ZERO,
            next: 0,
            commands: 0,
        }
    }

    fn command(&mut self, action: Action) -> Command {
        self.commands += 1;
        Command {
            number: self.commands,
            at: self.wall,
            by: Actor::new("duty").unwrap(),
            action,
        }
    }

    fn pulses(&self, turn: &Turn) -> Vec<Pulse> {
        let pulse = |&(_, story, source, posts): &(u8, u8, u8, u8)| Pulse {
            source: SourceId::new(format!("source {}", source % 3)).unwrap(),
            minute: Timestamp::of_minute(self.wall.minute() - i64::from(story)),
            polls: 1,
            posts: posts.into(),
            refused: 0,
            errors: u32::from(story % 3 == 0),
            ended: story % 16 == 7,
        };
        turn.hits.iter().map(pulse).collect()
    }

    fn step(&mut self, turn: &Turn) -> Step {
        let passed = TimeSpan::from_secs(turn.minutes * 60 + 7);
        self.wall = self.wall + passed;
        self.monotonic = TimeSpan::from_millis(self.monotonic.as_millis() + passed.as_millis());
        let incident = IncidentNumber::new(2026, turn.number).unwrap();
        let note = || "查清".to_owned();
        let deed = match turn.action {
            0 => Some(Deed::Acknowledge),
            1 => Some(Deed::Close { note: note() }),
            3 => Some(Deed::Merge {
                into: IncidentNumber::new(2026, turn.number % 4 + 1).unwrap(),
                note: note(),
            }),
            4 => Some(Deed::Split {
                posts: turn.hits.iter().take(1).map(|hit| post(hit.1)).collect(),
                note: note(),
            }),
            5 => Some(Deed::Ask {
                of: note(),
                what: note(),
                by_when: None,
            }),
            6 => Some(Deed::Answer {
                text: note(),
                link: None,
            }),
            _ => None,
        };
        let deed = deed.map(|deed| Action::Incident { incident, deed });
        let action = deed.or_else(|| match turn.action {
            2 => Some(Action::Purge {
                post: post(u8::try_from(turn.number).unwrap()),
            }),
            _ => None,
        });
        let first = (self.commands == 0).then(|| Action::Policy(Box::new(policy())));
        let commands = first.into_iter().chain(action);
        let commands = commands.map(|action| self.command(action)).collect();
        let mut hits = Vec::new();
        for &draft in &turn.hits {
            hits.push((Position::default(), hit(self.wall, self.next, draft)));
            self.next += 1;
        }
        if turn.action == 7 {
            let source = format!("source {}", turn.number % 3);
            let gone = HitRecord::Delete {
                deletion: Deletion {
                    id: post(u8::try_from(turn.number).unwrap()),
                    service: ServiceId::new(source.clone()).unwrap(),
                    source: SourceId::new(source).unwrap(),
                    found_at: self.wall,
                },
                origin: Position::default(),
            };
            let middle = hits.len() / 2;
            hits.insert(middle, (Position::default(), gone));
        }
        if turn.action == 3 {
            let HitRecord::Hit(mut canary) = hit(self.wall, self.next, (0, 0, 0, 1)) else {
                unreachable!("a hit is a hit")
            };
            (canary.topic, canary.post.source) = (TopicId::pipeline(), SourceId::canary());
            hits.push((Position::default(), HitRecord::Hit(canary)));
            self.next += 1;
        }
        if turn.marks {
            let mark = PartitionMark {
                partition: Partition(0),
                next: Offset(self.next),
                found_at: self.wall,
                at_end: true,
                since: None,
            };
            hits.push((Position::default(), HitRecord::Marks(Marks(vec![mark]))));
        }
        Step {
            wall: self.wall,
            monotonic: self.monotonic,
            process: 1,
            commands,
            pulses: self.pulses(turn),
            hits,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// State rebuilt from the ledger equals state in memory, at any step; and from there on both
    /// do the same.
    #[test]
    fn what_is_loaded_is_what_was_in_memory(turns in turns(), every in 1..9_usize) {
        let (_dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let mut script = Script::new();
        let (mut live, mut rebuilt) = (Alerter::new(), Alerter::new());
        let mut changes = 0;
        for (nth, turn) in turns.iter().enumerate() {
            let step = script.step(turn);
            let effects = live.step(&step);
            prop_assert_eq!(&effects, &rebuilt.step(&step), "step {}", nth);
            changes += effects.changes.len();
            commit(&ledger, epoch, effects.changes).unwrap();
            let loaded = Alerter::restore(ledger.load().unwrap()).unwrap();
            prop_assert_eq!(live.records(), loaded.records(), "step {}", nth);
            prop_assert_eq!(live.next_due(), loaded.next_due(), "step {}", nth);
            if nth % every == 0 {
                rebuilt = loaded;
            }
            if nth % 10 == 9 {
                ledger.store_checkpoint(ledger.last_step().unwrap(), &live.records()).unwrap();
                let checkpoint = ledger.load_checkpoint(ledger.last_step().unwrap()).unwrap();
                let checkpoint = Alerter::restore(checkpoint).unwrap();
                prop_assert_eq!(live.records(), checkpoint.records(), "checkpoint at {}", nth);
            }
        }
        prop_assert!(changes > 0);
    }
}
