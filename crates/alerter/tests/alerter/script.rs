//! Time as a script: what is pushed at which minute, what must be told at which, and nothing else.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::{Alerter, Change, Effects, Remark, Step};

use fengbiao_model::*;

pub(crate) use crate::policies::policy;
use crate::story::deed;

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

pub(crate) fn shown(at: Timestamp) -> String {
    let seconds = at.since(MIDNIGHT).as_millis() / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{hours:02}:{minutes:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }
}

/// Words, and `key=value` pairs whose value may stand in quotes.
pub(crate) struct Line {
    pub(crate) words: Vec<String>,
    pairs: BTreeMap<String, String>,
    /// The keys that were looked for.
    asked: RefCell<BTreeSet<String>>,
}

impl Line {
    pub(crate) fn read(text: &str) -> Self {
        let (mut words, mut pairs) = (Vec::new(), BTreeMap::new());
        let mut rest = text.trim();
        while !rest.is_empty() {
            let quoted = rest
                .find('"')
                .filter(|at| !rest[..*at].contains(char::is_whitespace));
            let end = match quoted {
                Some(at) => at + 1 + rest[at + 1..].find('"').unwrap() + 1,
                None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
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
        let asked = RefCell::default();
        Self {
            words,
            pairs,
            asked,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.pairs.get(key).map(String::as_str)
    }

    /// A key that nobody has looked for has no effect, which whoever wrote it did not know.
    pub(crate) fn check_keys(&self) {
        let asked = self.asked.borrow();
        for key in self.pairs.keys() {
            assert!(asked.contains(key), "`{key}=` has no effect here");
        }
    }
}

/// One post as a test wants it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) topic: TopicId,
    pub(crate) id: String,
    pub(crate) places: Vec<String>,
    pub(crate) voice: Option<String>,
    pub(crate) source: String,
    pub(crate) text: String,
    pub(crate) weight: u8,
    pub(crate) class: Class,
    pub(crate) url: Option<String>,
    pub(crate) reposts: u64,
    pub(crate) rank: Option<u32>,
    pub(crate) days_on_list: Option<u32>,
    pub(crate) found_at: Timestamp,
    pub(crate) published_at: Option<Timestamp>,
    pub(crate) origin: Position,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            topic: topic(),
            id: String::new(),
            places: Vec::new(),
            voice: None,
            source: "forum".to_owned(),
            text: "食堂午饭后有人不舒服".to_owned(),
            weight: 1,
            class: Class::Incident,
            url: None,
            reposts: 0,
            rank: None,
            days_on_list: None,
            found_at: MIDNIGHT,
            published_at: None,
            origin: Position::default(),
        }
    }
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
        topic: draft.topic.clone(),
        version: LexiconNumber(1),
        origin: draft.origin,
        rules: vec![RuleHit {
            rule: RuleId::new("r").unwrap(),
            weight: draft.weight,
            class: draft.class,
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
            sketch: Sketch::default(),
        },
        post: Post {
            id: post_id(&draft.id),
            native_id: None,
            service: ServiceId::new(draft.source.clone()).unwrap(),
            source: SourceId::new(draft.source.clone()).unwrap(),
            url: draft.url.clone().map(|url| Link::new(url).unwrap()),
            title: None,
            text: PostText::new(draft.text.clone()).unwrap(),
            voice,
            published_at: draft.published_at,
            found_at: draft.found_at,
            counts: Counts {
                reposts: Some(draft.reposts),
                rank: draft.rank,
                days_on_list: draft.days_on_list,
                ..Counts::default()
            },
            repost_of: None,
        },
    }
}

/// A hit of now in one place.
pub(crate) fn hit_at(place: &str) -> Hit {
    hit(&Draft {
        id: place.to_owned(),
        places: vec![place.to_owned()],
        ..Draft::default()
    })
}

/// `7` is the seventh of the year of the scripts, `2027-1` what it says.
pub(crate) fn number(text: &str) -> IncidentNumber {
    match text.parse() {
        Ok(running) => IncidentNumber::new(2026, running).unwrap(),
        Err(_) => text.parse().unwrap(),
    }
}

/// A number as scripts write it.
pub(crate) fn called(number: IncidentNumber) -> String {
    match number.year() {
        2026 => format!("#{}", number.running()),
        _ => format!("#{number}"),
    }
}

/// The pulse of a source of a minute.
pub(crate) fn pulse(
    source: &str,
    minute: Timestamp,
    posts: u32,
    errors: u32,
    ended: bool,
) -> Pulse {
    Pulse {
        source: SourceId::new(source).unwrap(),
        minute,
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
        topic: TopicId::pipeline(),
        id: format!("canary {partition} {offset}"),
        source: SourceId::canary().as_str().to_owned(),
        text: "金丝雀".to_owned(),
        found_at: put_at,
        origin: Position {
            partition: Partition(partition),
            offset: Offset(offset),
        },
        ..Draft::default()
    });
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
    pub(crate) now: Timestamp,
    skew: i64,
    /// By how much the wall clock was set back since the beginning.
    set_back: TimeSpan,
    process: u64,
    marks_by_hand: bool,
    offsets: BTreeMap<Partition, u64>,
    commands: u64,
    withheld: BTreeSet<String>,
    wants: BTreeSet<&'static str>,
}

impl Player {
    pub(crate) fn new(script: &str) -> Self {
        let wants = ["withheld", "remark", "event", "refused"]
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
            set_back: TimeSpan::ZERO,
            process: 1,
            marks_by_hand: false,
            offsets: BTreeMap::new(),
            commands: 0,
            withheld: BTreeSet::new(),
            wants: wants.collect(),
        }
    }

    /// What the wall clock reads: the time of the script, where nobody has set it back.
    fn reading(&self) -> Timestamp {
        self.now - self.set_back
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
            wall: self.reading(),
            monotonic: TimeSpan::from_millis(passed),
            process: self.process,
            commands,
            pulses,
            hits,
        });
        self.refused += given - effects.taken;
        self.write_down(&effects);
        self.restart(&effects);
        effects
    }

    /// What goes on is always what was stored: a restart after every step.
    fn restart(&mut self, effects: &Effects) {
        let passing = |change: &Change| matches!(change, Change::Clocks(_) | Change::Watermark(..));
        if effects.changes.iter().all(passing) {
            return;
        }
        let records = self.alerter.records();
        let restored = Alerter::restore(records.clone()).unwrap();
        assert_eq!(records, restored.records());
        assert_eq!(self.alerter.next_due(), restored.next_due());
        self.alerter = restored;
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
                    assert!(is_of_a_new_change(notice), "{}", notice.key);
                    self.notices.push((**notice).clone());
                    let mut line = format!(
                        "{at} {} {} {} {} to {}",
                        notice.kind.as_str(),
                        called(notice.number),
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
                    if !notice.told_before.is_empty() {
                        let before = notice.told_before.iter().map(ReceiverId::as_str);
                        let before: Vec<&str> = before.collect();
                        line.push_str(&format!(" after {}", before.join(",")));
                    }
                    for other in &notice.others {
                        line.push_str(&format!(" and {} {}", called(other.number), other.tier));
                    }
                    self.told.push(line);
                }
                Change::Event(event) if self.wants.contains("event") => {
                    let line = format!("{at} event {}", crate::story::told(event));
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
        for remark in effects.remarks.iter() {
            if let Remark::Refused { why, .. } = remark
                && self.wants.contains("refused")
            {
                self.told.push(format!("{at} refused {why}"));
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

    pub(crate) fn mark(
        &self,
        partition: u32,
        found_at: Timestamp,
        at_end: bool,
        next: u64,
    ) -> HitRecord {
        let partition = Partition(partition);
        let next = Offset(next);
        HitRecord::Marks(Marks(vec![PartitionMark {
            partition,
            next,
            found_at,
            at_end,
            since: None,
        }]))
    }

    /// Lets time pass, with marks every minute, stopping wherever the alerter says that something is due.
    fn pass(&mut self, until: Timestamp) {
        loop {
            let minute = self.now + TimeSpan::from_minutes(1);
            let marked = Some(minute).filter(|_| !self.marks_by_hand);
            let alive = !(self.beats.is_empty() && self.perches.is_empty());
            let beat = alive.then(|| Timestamp::of_minute(self.now.minute() + 1));
            let due = self.alerter.next_due().map(|due| due + self.set_back);
            let due = [due, marked, beat].into_iter().flatten().min();
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
        let (now, ended) = (self.reading(), self.reading() - TimeSpan::from_minutes(1));
        let pulses = self.beats.iter();
        let pulses =
            pulses.map(|(source, (posts, errors))| pulse(source, ended, *posts, *errors, false));
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
            let mark = self.mark(0, self.reading(), true, next);
            self.step(Vec::new(), vec![(Position::default(), mark)]);
        }
    }

    fn command(&mut self, action: Action) {
        self.command_by("duty", action);
    }

    fn command_by(&mut self, by: &str, action: Action) {
        self.commands += 1;
        let by = Actor::new(by).unwrap();
        let command = Command {
            number: self.commands,
            at: self.reading(),
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
            topic: line
                .get("topic")
                .map_or_else(topic, |id| TopicId::new(id).unwrap()),
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
            class: line
                .get("class")
                .map_or(Class::Incident, |class| class.parse().unwrap()),
            url: line.get("url").map(str::to_owned),
            reposts: line.get("reach").map_or(0, |reach| reach.parse().unwrap()),
            rank: line.get("rank").map(|rank| rank.parse().unwrap()),
            days_on_list: line.get("days").map(|days| days.parse().unwrap()),
            found_at: line.get("found").map_or(self.reading(), time),
            published_at: line.get("published").map(|ago| self.reading() - span(ago)),
            origin: Position {
                partition,
                offset: Offset(offset),
            },
        };
        let mut hit = hit(&draft);
        if let Some(text) = line.get("tell") {
            let [title, text] = ["", text].map(fengbiao_matcher::fold::fold);
            hit.signature = fengbiao_matcher::signature(&title, &text);
        }
        hit.post.repost_of = line.get("repost").map(post_id);
        self.step(Vec::new(), vec![(Position::default(), HitRecord::Hit(hit))]);
    }

    /// The text of a post has changed.
    pub(crate) fn update(&mut self, id: &str, text: &str) {
        let post = hit(&Draft {
            id: id.to_owned(),
            text: text.to_owned(),
            found_at: self.now,
            ..Draft::default()
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
        match line.words[0].as_str() {
            "policy" => self.command(Action::Policy(Box::new(policy(rest)))),
            "hit" => {
                let times = line.get("times").map_or(1, |times| times.parse().unwrap());
                (0..times).for_each(|_| self.push(&line));
            }
            "ack" | "close" | "reopen" | "stage" | "grade" | "classify" | "label" | "note"
            | "ask" | "reply" | "assess" | "answer" | "outcome" | "merge" | "split" => {
                let incident = number(&line.words[1]);
                let deed = deed(&line);
                let by = line.get("by").unwrap_or("duty").to_owned();
                self.command_by(&by, Action::Incident { incident, deed });
            }
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
            "silence" => {
                let covers = match line.words[1].parse::<u32>() {
                    Ok(_) => Silenced::Incident(number(&line.words[1])),
                    Err(_) => Silenced::Filter(crate::policies::filter(&line.words[1])),
                };
                let from = line.get("from").map(time);
                let until = from.unwrap_or(self.now) + span(line.get("for").unwrap());
                self.command(Action::Silence {
                    covers,
                    from,
                    until,
                    reason: "检修".to_owned(),
                });
            }
            "unsilence" => self.command(Action::EndSilence {
                silence: SilenceNumber(line.words[1].parse().unwrap()),
            }),
            "standin" => self.command(Action::StandIn {
                schedule: ScheduleId::new(line.words[1].clone()).unwrap(),
                receiver: ReceiverId::new(line.words[2].clone()).unwrap(),
                from: line.get("from").map(time),
                to: time(line.get("to").unwrap()),
            }),
            "nostandin" => self.command(Action::EndStandIn {
                number: OverrideNumber(line.words[1].parse().unwrap()),
            }),
            "pulse" => {
                let minute = time(line.get("at").unwrap());
                let pulse = pulse(&line.words[1], minute, 0, 0, false);
                self.step_with(Vec::new(), vec![pulse], Vec::new());
            }
            "beat" => {
                let number = |key| line.get(key).map_or(0, |n| n.parse().unwrap());
                for source in line.words[1].split(',') {
                    let beat = (number("posts"), number("errors"));
                    self.beats.insert(source.to_owned(), beat);
                }
            }
            "mute" => self.beats.retain(|source, _| *source != line.words[1]),
            "end" => {
                self.beats.remove(&line.words[1]);
                let minute = self.now - TimeSpan::from_minutes(1);
                let last = pulse(&line.words[1], minute, 0, 0, true);
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
                let found_at = line.get("found").map_or(self.reading(), time);
                let next = line.get("next").map_or(1_000, |next| next.parse().unwrap());
                let mark = self.mark(part, found_at, line.words.len() > 1, next);
                self.step(Vec::new(), vec![(Position::default(), mark)]);
            }
            "process" => self.process += 1,
            "restart" => self.alerter = Alerter::restore(self.alerter.records()).unwrap(),
            "skew" => self.skew += span(&line.words[1]).as_millis(),
            "unskew" => self.skew = 0,
            // Alone the wall clock goes back: what follows bears the times that it reads.
            "setback" => self.set_back = span(&line.words[1]),
            "tick" => {}
            "asleep" => {
                // Nothing ran since: the next step finds all that is overdue.
                self.now = time(&line.words[1]);
                self.step(Vec::new(), Vec::new());
            }
            other => panic!("no such word: {other}"),
        }
        if line.words[0] != "policy" {
            line.check_keys();
        }
    }
}

/// A receiver is told of one change again only because nobody answers.
pub(crate) fn is_of_a_new_change(notice: &Notice) -> bool {
    let again = matches!(
        notice.kind,
        NoticeKind::Repeated | NoticeKind::Escalated | NoticeKind::Unanswered
    );
    again || notice.key.rung == 0
}

/// What a notice says that a measure came to, where it shows it.
pub(crate) fn measured(notice: &Notice, name: &str) -> Option<f64> {
    let mut shown = notice.reason.measures.iter();
    let found = shown.find(|measure| measure.name == name)?;
    Some(found.value)
}

/// The incident of a number as it stands at the end of a script.
pub(crate) fn incident(player: &Player, text: &str) -> Incident {
    let records = player.alerter.records().into_iter();
    let mut incidents = records.filter_map(|record| match record {
        Change::Incident(incident) => Some(incident),
        _ => None,
    });
    let wanted = Some(number(text));
    incidents.find(|one| one.number == wanted).unwrap()
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
