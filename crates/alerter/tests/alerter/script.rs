//! Time as a script: what is pushed at which minute, what must be told at which, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::{Alerter, Change, Effects, Step};
use fengbiao_model::*;

/// 00:00 of every script: some midnight.
pub(crate) const MIDNIGHT: Timestamp = Timestamp::from_millis(1_767_225_600_000);

pub(crate) fn topic() -> TopicId {
    TopicId::new("food").unwrap()
}

/// `HH:MM`, `HH:MM:SS`; hours may go beyond 24.
pub(crate) fn time(text: &str) -> Timestamp {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    let seconds = parts.get(2).copied().unwrap_or(0);
    MIDNIGHT + TimeSpan::from_secs(parts[0] * 3_600 + parts[1] * 60 + seconds)
}

/// `30s`, `5m`, `2h`.
pub(crate) fn span(text: &str) -> TimeSpan {
    let (count, unit) = text.split_at(text.len() - 1);
    let count: i64 = count.parse().unwrap();
    match unit {
        "s" => TimeSpan::from_secs(count),
        "m" => TimeSpan::from_minutes(count),
        "h" => TimeSpan::from_hours(count),
        _ => panic!("no unit in {text}"),
    }
}

fn shown(at: Timestamp) -> String {
    let seconds = at.since(MIDNIGHT).as_millis() / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{hours:02}:{minutes:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }
}

/// Words, and `key=value` pairs whose value may stand in quotes.
struct Line {
    words: Vec<String>,
    pairs: BTreeMap<String, String>,
}

impl Line {
    fn read(text: &str) -> Self {
        let (mut words, mut pairs) = (Vec::new(), BTreeMap::new());
        let mut rest = text.trim();
        while !rest.is_empty() {
            let quoted = rest.find('"').filter(|at| !rest[..*at].contains(' '));
            let end = match quoted {
                Some(at) => at + 1 + rest[at + 1..].find('"').unwrap() + 1,
                None => rest.find(' ').unwrap_or(rest.len()),
            };
            let word = &rest[..end];
            match word.split_once('=') {
                Some((key, value)) => {
                    pairs.insert(key.to_owned(), value.trim_matches('"').to_owned());
                }
                None => words.push(word.to_owned()),
            }
            rest = rest[end..].trim_start();
        }
        Self { words, pairs }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.pairs.get(key).map(String::as_str)
    }
}

/// One post as a test wants it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) places: Vec<String>,
    pub(crate) voice: Option<String>,
    pub(crate) source: String,
    pub(crate) text: String,
    pub(crate) weight: u8,
    pub(crate) reposts: u64,
    pub(crate) found_at: Timestamp,
    pub(crate) published_at: Option<Timestamp>,
    pub(crate) origin: Position,
}

pub(crate) fn post_id(id: &str) -> PostId {
    PostId::from_digest(blake3::hash(id.as_bytes()))
}

pub(crate) fn hit(draft: &Draft) -> Hit {
    let voice = draft
        .voice
        .as_ref()
        .map(|voice| Voice::from_digest(blake3::hash(voice.as_bytes())));
    let story = *blake3::hash(draft.text.as_bytes())
        .as_bytes()
        .first_chunk::<8>()
        .unwrap();
    Hit {
        topic: topic(),
        version: LexiconNumber(1),
        origin: draft.origin,
        rules: vec![RuleHit {
            rule: RuleId::new("r").unwrap(),
            weight: draft.weight,
            spans: Vec::new(),
        }],
        subjects: draft
            .places
            .iter()
            .map(|name| Subject {
                kind: "place".to_owned(),
                name: name.clone(),
            })
            .collect(),
        signature: Signature {
            story: StoryId(u64::from_le_bytes(story)),
            simhash: 0,
        },
        post: Post {
            id: post_id(&draft.id),
            native_id: None,
            service: ServiceId::new(draft.source.clone()).unwrap(),
            source: SourceId::new(draft.source.clone()).unwrap(),
            url: None,
            title: None,
            text: PostText::new(draft.text.clone()).unwrap(),
            voice,
            published_at: draft.published_at,
            found_at: draft.found_at,
            counts: Counts {
                reposts: Some(draft.reposts),
                ..Counts::default()
            },
            repost_of: None,
        },
    }
}

/// A policy of one topic from `IV="…" all.III="…" calm= wait= repeat= pager=III`.
pub(crate) fn policy(line: &str) -> Policy {
    let line = Line::read(line);
    let calm_after = span(line.get("calm").unwrap_or("24h"));
    let ladder = |prefix: &str| Ladder {
        conditions: Tier::ALL
            .into_iter()
            .filter_map(|tier| Some((tier, line.get(&format!("{prefix}{tier}"))?.to_owned())))
            .collect(),
        calm_after,
    };
    let receiver = |id: &str, from_tier, pages| Receiver {
        id: ReceiverId::new(id).unwrap(),
        from_tier,
        topics: None,
        group_wait: span(line.get("wait").unwrap_or("0s")),
        repeat_interval: span(line.get("repeat").unwrap_or("0s")),
        pages,
    };
    let mut receivers = vec![receiver("desk", Tier::IV, false)];
    if let Some(from) = line.get("pager") {
        receivers.push(receiver("pager", from.parse().unwrap(), true));
    }
    let topic = TopicPolicy {
        id: topic(),
        name: "食品安全".to_owned(),
        owner: "desk".to_owned(),
        tiers: ladder(""),
        tiers_all: ladder("all."),
    };
    let watchdog = watchdog(&line);
    let pipeline = watchdog.is_some().then(|| TopicPolicy {
        id: TopicId::pipeline(),
        name: "采集与处理".to_owned(),
        owner: "operations".to_owned(),
        tiers: Ladder::default(),
        tiers_all: Ladder::default(),
    });
    let topics = [topic].into_iter().chain(pipeline);
    Policy {
        topics: topics.map(|topic| (topic.id.clone(), topic)).collect(),
        receivers: receivers.into_iter().map(|r| (r.id.clone(), r)).collect(),
        watchdog,
    }
}

/// A watchdog from `dead=15m quiet=3h sources=a,b topicquiet=48h canary=1m within=1m`; none where
/// the line has none of them.
fn watchdog(line: &Line) -> Option<Watchdog> {
    let asked = ["dead", "quiet", "sources", "topicquiet", "canary"];
    asked.iter().find(|key| line.get(key).is_some())?;
    let length = |key| line.get(key).map_or(TimeSpan::ZERO, span);
    let watch = SourceWatch {
        dead_after: length("dead"),
        quiet_after: length("quiet"),
    };
    let sources = line.get("sources").into_iter().flat_map(|s| s.split(','));
    Some(Watchdog {
        dead_after: watch.dead_after,
        quiet_after: watch.quiet_after,
        sources: sources
            .map(|source| (SourceId::new(source).unwrap(), watch))
            .collect(),
        topic_quiet_after: length("topicquiet"),
        canary: line.get("canary").map(|interval| CanaryWatch {
            interval: span(interval),
            within: span(line.get("within").unwrap_or("1m")),
            partitions: line.get("parts").map_or(1, |parts| parts.parse().unwrap()),
        }),
        tiers: WatchTiers::default(),
    })
}

/// The pulse of a source of the minute that ends now.
pub(crate) fn pulse(source: &str, now: Timestamp, posts: u32, errors: u32, ended: bool) -> Pulse {
    Pulse {
        source: SourceId::new(source).unwrap(),
        minute: now - TimeSpan::from_minutes(1),
        polls: 1,
        posts,
        refused: 0,
        errors,
        ended,
    }
}

/// A canary as the matcher finds it.
pub(crate) fn canary(partition: u32, offset: u64, put_at: Timestamp) -> Hit {
    let mut hit = hit(&Draft {
        id: format!("canary {partition} {offset}"),
        places: Vec::new(),
        voice: None,
        source: SourceId::canary().as_str().to_owned(),
        text: "金丝雀".to_owned(),
        weight: 1,
        reposts: 0,
        found_at: put_at,
        published_at: None,
        origin: Position {
            partition: Partition(partition),
            offset: Offset(offset),
        },
    });
    hit.topic = TopicId::pipeline();
    hit.rules[0].rule = RuleId::canary();
    hit
}

/// Runs lines, keeps what came of them.
pub(crate) struct Player {
    pub(crate) alerter: Alerter,
    pub(crate) told: Vec<String>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) changes: Vec<Change>,
    pub(crate) refused: usize,
    /// How long each canary was under way when it was told to `null`, in milliseconds.
    pub(crate) canaries: Vec<i64>,
    /// Posts and errors in each minute, by source.
    beats: BTreeMap<String, (u32, u32)>,
    /// The partitions into which a canary is put every minute.
    perches: BTreeSet<u32>,
    now: Timestamp,
    skew: i64,
    process: u64,
    marks_by_hand: bool,
    offsets: BTreeMap<Partition, u64>,
    commands: u64,
    withheld: BTreeSet<String>,
    wants: BTreeSet<&'static str>,
}

impl Player {
    pub(crate) fn new(script: &str) -> Self {
        let wants = ["withheld", "remark"]
            .into_iter()
            .filter(|kind| script.contains(kind));
        Self {
            alerter: Alerter::new(),
            told: Vec::new(),
            notices: Vec::new(),
            changes: Vec::new(),
            refused: 0,
            canaries: Vec::new(),
            beats: BTreeMap::new(),
            perches: BTreeSet::new(),
            now: MIDNIGHT,
            skew: 0,
            process: 1,
            marks_by_hand: false,
            offsets: BTreeMap::new(),
            commands: 0,
            withheld: BTreeSet::new(),
            wants: wants.collect(),
        }
    }

    /// One step at the present time.
    pub(crate) fn step(
        &mut self,
        commands: Vec<Command>,
        hits: Vec<(Position, HitRecord)>,
    ) -> Effects {
        self.step_with(commands, Vec::new(), hits)
    }

    fn step_with(
        &mut self,
        commands: Vec<Command>,
        pulses: Vec<Pulse>,
        hits: Vec<(Position, HitRecord)>,
    ) -> Effects {
        let given = hits.len();
        let passed = self.now.since(MIDNIGHT).as_millis() + self.skew;
        let effects = self.alerter.step(&Step {
            wall: self.now,
            monotonic: TimeSpan::from_millis(passed),
            process: self.process,
            commands,
            pulses,
            hits,
        });
        self.refused += given - effects.taken;
        self.write_down(&effects);
        effects
    }

    fn write_down(&mut self, effects: &Effects) {
        let at = shown(self.now);
        for change in &effects.changes {
            match change {
                Change::Notice(notice) if notice.key.receiver == ReceiverId::null() => {
                    let under_way = notice.made_at.since(notice.first_found_at);
                    self.canaries.push(under_way.as_millis());
                }
                Change::Notice(notice) => {
                    self.notices.push((**notice).clone());
                    let mut line = format!(
                        "{at} {} #{} {} {} to {}",
                        notice.kind.as_str(),
                        notice.number,
                        notice.tier,
                        notice.subject,
                        notice.key.receiver
                    );
                    if notice.late {
                        line.push_str(" late");
                    }
                    if notice.merged > 0 {
                        line.push_str(&format!(" merged {}", notice.merged));
                    }
                    self.told.push(line);
                }
                Change::Withheld(key, why) if self.wants.contains("withheld") => {
                    let line = format!("{at} withheld {} {}", why.as_str(), key.receiver);
                    if self.withheld.insert(format!("{line} {key}")) {
                        self.told.push(line);
                    }
                }
                _ => {}
            }
        }
        for remark in effects
            .remarks
            .iter()
            .filter(|_| self.wants.contains("remark"))
        {
            let text = format!("{remark:?}");
            let name = text.split([' ', '(']).next().unwrap();
            self.told.push(format!("{at} remark {name}"));
        }
        self.changes.extend(effects.changes.iter().cloned());
    }

    fn mark(&self, partition: u32, found_at: Timestamp, at_end: bool, next: u64) -> HitRecord {
        let partition = Partition(partition);
        let next = Offset(next);
        HitRecord::Marks(Marks(vec![PartitionMark {
            partition,
            next,
            found_at,
            at_end,
        }]))
    }

    /// Lets time pass, with marks every minute, stopping wherever the alerter says that something is due.
    fn pass(&mut self, until: Timestamp) {
        loop {
            let minute = self.now + TimeSpan::from_minutes(1);
            let marked = Some(minute).filter(|_| !self.marks_by_hand);
            let alive = !(self.beats.is_empty() && self.perches.is_empty());
            let beat = alive.then(|| Timestamp::of_minute(self.now.minute() + 1));
            let due = [self.alerter.next_due(), marked, beat]
                .into_iter()
                .flatten()
                .min();
            let Some(due) = due.filter(|due| *due <= until) else {
                break;
            };
            assert!(due >= self.now, "due in the past: {}", shown(due));
            self.now = due;
            self.keep_up();
            if beat == Some(due) {
                self.beat();
            }
        }
        self.now = until;
        self.keep_up();
    }

    /// The pulses and canaries of a minute.
    fn beat(&mut self) {
        let now = self.now;
        let pulses = self.beats.iter();
        let pulses =
            pulses.map(|(source, (posts, errors))| pulse(source, now, *posts, *errors, false));
        self.step_with(Vec::new(), pulses.collect(), Vec::new());
        for partition in self.perches.clone() {
            self.put_canary(partition, now);
        }
    }

    fn put_canary(&mut self, partition: u32, put_at: Timestamp) {
        let next = self.offsets.get(&Partition(partition));
        let offset = next.map_or(0, |offset| offset + 1);
        self.offsets.insert(Partition(partition), offset);
        let hit = canary(partition, offset, put_at);
        self.step(Vec::new(), vec![(Position::default(), HitRecord::Hit(hit))]);
    }

    fn keep_up(&mut self) {
        self.step(Vec::new(), Vec::new());
        if !self.marks_by_hand {
            let next = self
                .offsets
                .get(&Partition(0))
                .map_or(0, |offset| offset + 1);
            let mark = self.mark(0, self.now, true, next);
            self.step(Vec::new(), vec![(Position::default(), mark)]);
        }
    }

    fn command(&mut self, action: Action) {
        self.commands += 1;
        let by = Actor::new("duty").unwrap();
        let command = Command {
            number: self.commands,
            at: self.now,
            by,
            action,
        };
        self.step(vec![command], Vec::new());
    }

    fn push(&mut self, line: &Line) {
        let partition = Partition(line.get("part").map_or(0, |part| part.parse().unwrap()));
        let offset = match line.get("offset") {
            Some(offset) => offset.parse().unwrap(),
            None => self.offsets.get(&partition).map_or(0, |offset| offset + 1),
        };
        self.offsets.insert(partition, offset);
        let nth = self.changes.len();
        let draft = Draft {
            id: line
                .get("id")
                .map_or_else(|| format!("post {nth}"), str::to_owned),
            places: line
                .get("place")
                .into_iter()
                .flat_map(|p| p.split(','))
                .map(str::to_owned)
                .collect(),
            voice: Some(
                line.get("voice")
                    .map_or_else(|| format!("voice {nth}"), str::to_owned),
            ),
            source: line.get("source").unwrap_or("forum").to_owned(),
            text: line
                .get("text")
                .map_or_else(|| format!("食堂午饭后有人不舒服 {nth}"), str::to_owned),
            weight: line
                .get("weight")
                .map_or(1, |weight| weight.parse().unwrap()),
            reposts: line.get("reach").map_or(0, |reach| reach.parse().unwrap()),
            found_at: line.get("found").map_or(self.now, time),
            published_at: line.get("published").map(|ago| self.now - span(ago)),
            origin: Position {
                partition,
                offset: Offset(offset),
            },
        };
        self.step(
            Vec::new(),
            vec![(Position::default(), HitRecord::Hit(hit(&draft)))],
        );
    }

    /// The text of a post has changed.
    pub(crate) fn update(&mut self, id: &str, text: &str) {
        let post = hit(&Draft {
            id: id.to_owned(),
            places: Vec::new(),
            voice: None,
            source: "forum".to_owned(),
            text: text.to_owned(),
            weight: 1,
            reposts: 0,
            found_at: self.now,
            published_at: None,
            origin: Position::default(),
        })
        .post;
        let record = HitRecord::Update {
            post,
            origin: Position::default(),
        };
        self.step(Vec::new(), vec![(Position::default(), record)]);
    }

    pub(crate) fn play(&mut self, line: &str) {
        let (at, rest) = line.split_once(' ').unwrap();
        self.pass(time(at));
        let line = Line::read(rest);
        let number = || IncidentNumber(line.words[1].parse().unwrap());
        match line.words[0].as_str() {
            "policy" => self.command(Action::Policy(Box::new(policy(rest)))),
            "hit" => {
                let times = line.get("times").map_or(1, |times| times.parse().unwrap());
                (0..times).for_each(|_| self.push(&line));
            }
            "ack" => self.command(Action::Acknowledge { incident: number() }),
            "close" => self.command(Action::Close {
                incident: number(),
                note: "查清".to_owned(),
            }),
            "purge" => self.command(Action::Purge {
                post: post_id(&line.words[1]),
            }),
            "confirm" => self.command(Action::ConfirmClock),
            "generation" => self.command(Action::NewGeneration),
            "delete" => {
                let source = line.get("source").unwrap_or("forum");
                let deletion = Deletion {
                    id: post_id(&line.words[1]),
                    service: ServiceId::new(source).unwrap(),
                    source: SourceId::new(source).unwrap(),
                    found_at: self.now,
                };
                let record = HitRecord::Delete {
                    deletion,
                    origin: Position::default(),
                };
                self.step(Vec::new(), vec![(Position::default(), record)]);
            }
            "beat" => {
                let number = |key| line.get(key).map_or(0, |n| n.parse().unwrap());
                for source in line.words[1].split(',') {
                    let beat = (number("posts"), number("errors"));
                    self.beats.insert(source.to_owned(), beat);
                }
            }
            "mute" => drop(self.beats.remove(&line.words[1])),
            "end" => {
                self.beats.remove(&line.words[1]);
                let last = pulse(&line.words[1], self.now, 0, 0, true);
                self.step_with(Vec::new(), vec![last], Vec::new());
            }
            "canaries" => {
                let parts = line.words[1].split(',');
                self.perches = parts.filter_map(|part| part.parse().ok()).collect();
            }
            "canary" => {
                let put_at = line.get("put").map_or(self.now, time);
                self.put_canary(0, put_at);
            }
            "byhand" => self.marks_by_hand = true,
            "byitself" => {
                self.marks_by_hand = false;
                self.keep_up();
            }
            "mark" => {
                let part = line.get("part").map_or(0, |part| part.parse().unwrap());
                let found_at = line.get("found").map_or(self.now, time);
                let next = line.get("next").map_or(1_000, |next| next.parse().unwrap());
                let mark = self.mark(part, found_at, line.words.len() > 1, next);
                self.step(Vec::new(), vec![(Position::default(), mark)]);
            }
            "process" => self.process += 1,
            "skew" => self.skew += span(&line.words[1]).as_millis(),
            "unskew" => self.skew = 0,
            "tick" => {}
            "asleep" => {
                // Nothing ran since: the next step finds all that is overdue.
                self.now = time(&line.words[1]);
                self.step(Vec::new(), Vec::new());
            }
            other => panic!("no such word: {other}"),
        }
    }
}

/// Plays a script. Lines with `expect` say all that is told, in order, and nothing else is.
pub(crate) fn check(script: &str) -> Player {
    let mut player = Player::new(script);
    let mut expected = Vec::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        match line.split_once(" expect ") {
            Some((at, what)) => {
                if time(at) >= player.now {
                    player.pass(time(at));
                }
                expected.push(format!("{at} {what}"));
            }
            None => player.play(line),
        }
    }
    assert_eq!(player.told, expected, "in the script{script}");
    player
}
