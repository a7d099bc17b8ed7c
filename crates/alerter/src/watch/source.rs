//! Sources: dead where they are not polled with success, quiet where they bring nothing though
//! they usually do.

use fengbiao_model::{
    Pulse, SourceId, SourceWatch, SubjectKey, TimeSpan, Timestamp, WatchKind, Watchdog,
};

use super::{Sign, Silence, subject};
use crate::alerter::Alerter;
use crate::limits::{MAX_WATCHED_SOURCES, MIN_EXPECTED_POSTS, PULSES_MISSED_AFTER, SOURCE_KEPT};
use crate::outcome::Outcome;
use crate::record::SourceLife;
use crate::step::Remark;

impl Alerter {
    /// Hears one pulse of a source's life.
    pub(crate) fn hear(&mut self, pulse: &Pulse, out: &mut Outcome) {
        if pulse.source.is_canary() || self.policy.watchdog.is_none() {
            return;
        }
        let wall = self.clocks.wall;
        if !self.lives.contains_key(&pulse.source) && self.lives.len() >= MAX_WATCHED_SOURCES {
            return out.remark(Remark::SourceUnwatched(pulse.source.clone()));
        }
        let silent = self.is_silent(&pulse.source);
        let life = self.lives.entry(pulse.source.clone());
        let life = life.or_insert_with(|| SourceLife::known_since(wall));
        life.take(pulse, wall, silent);
        out.touched.lives.insert(pulse.source.clone());
        self.judge_source(&pulse.source, out);
    }

    fn is_silent(&self, source: &SourceId) -> bool {
        let Some(life) = self.lives.get(source) else {
            return false;
        };
        matches!(self.sign_of_source(source, life), Sign::Silent(_))
    }

    /// The configured sources are missed from now on.
    pub(super) fn list_sources(&mut self, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let listed = self
            .policy
            .watchdog
            .iter()
            .flat_map(|dog| dog.sources.keys());
        for source in listed {
            self.lives.entry(source.clone()).or_insert_with(|| {
                out.touched.lives.insert(source.clone());
                SourceLife::known_since(wall)
            });
        }
    }

    /// Lets go of sources that are not configured and have not been heard of for long.
    pub(super) fn forget_sources(&mut self, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let listed = self.policy.watchdog.as_ref().map(|dog| &dog.sources);
        let gone = self.lives.extract_if(.., |source, life| {
            !listed.is_some_and(|listed| listed.contains_key(source))
                && life.heard_at() + SOURCE_KEPT <= wall
        });
        out.touched.lives.extend(gone.map(|(source, _)| source));
    }

    pub(super) fn judge_sources(&mut self, out: &mut Outcome) -> Vec<SubjectKey> {
        let sources: Vec<SourceId> = self.lives.keys().cloned().collect();
        sources
            .iter()
            .filter_map(|source| self.judge_source(source, out))
            .collect()
    }

    fn judge_source(&mut self, source: &SourceId, out: &mut Outcome) -> Option<SubjectKey> {
        let sign = self.sign_of_source(source, self.lives.get(source)?);
        Some(self.act(subject(WatchKind::Source, source.as_str()), sign, out))
    }

    fn sign_of_source(&self, source: &SourceId, life: &SourceLife) -> Sign {
        let Some(dog) = &self.policy.watchdog else {
            return Sign::Unsure;
        };
        if life.ended {
            return Sign::Alive;
        }
        let (wall, watched) = (self.clocks.wall, self.clocks.watched_since);
        let listed = dog.sources.get(source).copied();
        let bounds = listed.unwrap_or(SourceWatch {
            dead_after: dog.dead_after,
            quiet_after: dog.quiet_after,
        });
        match dead(
            life,
            bounds.dead_after,
            listed.is_some(),
            wall,
            watched,
            dog,
        ) {
            Sign::Alive => quiet(life, bounds.quiet_after, wall, watched, dog),
            sign => sign,
        }
    }

    /// `*` of the pipeline: it opens when every source that should speak is silent, and closes when
    /// half of them speak again: feeds that have failed for long come back one by one.
    pub(super) fn judge_all_sources(&mut self, out: &mut Outcome) -> SubjectKey {
        let sign = self.sign_of_all_sources();
        self.act(SubjectKey::All, sign, out)
    }

    fn sign_of_all_sources(&self) -> Sign {
        let Some(dog) = &self.policy.watchdog else {
            return Sign::Unsure;
        };
        let wall = self.clocks.wall;
        let (mut silent, mut alive, mut unsure) = (0_u32, 0_u32, 0_u32);
        let mut since = Timestamp::EPOCH;
        for (source, life) in self.lives.iter().filter(|(_, life)| !life.ended) {
            match self.sign_of_source(source, life) {
                Sign::Silent(silence) => {
                    silent += 1;
                    since = since.max(silence.since);
                }
                Sign::Unsure => unsure += 1,
                // A push that comes once in a while says nothing of today.
                Sign::Alive => {
                    let listed = dog.sources.contains_key(source);
                    let posted = life.posted_at.is_some_and(|at| at + dog.quiet_after > wall);
                    alive += u32::from(listed || posted);
                }
            }
        }
        match (silent, alive, unsure) {
            (1.., 0, 0) => Sign::Silent(
                Silence {
                    tier: dog.tiers.all_sources,
                    since,
                    last_sign: since,
                    condition: "all_sources".to_owned(),
                    measures: Vec::new(),
                }
                .measure("sources", f64::from(silent)),
            ),
            _ if alive >= silent + unsure => Sign::Alive,
            _ => Sign::Unsure,
        }
    }
}

/// Whether it is polled with success. A source that is not configured may stop without a word:
/// whoever pushes is not asked, so only errors make it dead.
fn dead(
    life: &SourceLife,
    bound: TimeSpan,
    listed: bool,
    wall: Timestamp,
    watched: Timestamp,
    dog: &Watchdog,
) -> Sign {
    let success = life.succeeded_at.unwrap_or(life.known_since);
    let pulses = life
        .pulsed_at
        .is_some_and(|at| at + PULSES_MISSED_AFTER > wall);
    let failing = pulses && life.errors > 0;
    if bound == TimeSpan::ZERO || success + bound > wall || !(listed || failing) {
        return Sign::Alive;
    }
    if success.max(watched) + bound > wall {
        return Sign::Unsure;
    }
    let silence = Silence {
        tier: dog.tiers.source,
        since: success,
        last_sign: success,
        condition: format!("dead_after = {bound}"),
        measures: Vec::new(),
    };
    let silence = silence.moment("last_success_at", life.succeeded_at);
    Sign::Silent(if pulses {
        silence.measure("errors", f64::from(life.errors))
    } else {
        silence.moment("last_pulse_at", life.pulsed_at)
    })
}

/// Whether it brings what it usually does. It is quiet only once it should have brought
/// [`MIN_EXPECTED_POSTS`] in the meantime, so that rare sources and nights are none.
fn quiet(
    life: &SourceLife,
    bound: TimeSpan,
    wall: Timestamp,
    watched: Timestamp,
    dog: &Watchdog,
) -> Sign {
    let (Some(posted), true) = (life.posted_at, bound > TimeSpan::ZERO) else {
        return Sign::Alive;
    };
    let enough = MIN_EXPECTED_POSTS * 1_000;
    if posted + bound > wall || life.usual.expected(posted, wall) < enough {
        return Sign::Alive;
    }
    let from = posted.max(watched);
    let expected = life.usual.expected(from, wall);
    if from + bound > wall || expected < enough {
        return Sign::Unsure;
    }
    let silence = Silence {
        tier: dog.tiers.source,
        since: posted,
        last_sign: posted,
        condition: format!("quiet_after = {bound}"),
        measures: Vec::new(),
    };
    let silence = silence
        .moment("last_post_at", Some(posted))
        .moment("last_success_at", life.succeeded_at);
    #[allow(clippy::cast_precision_loss, reason = "posts stay far below 2^53")]
    let posts = (expected / 1_000) as f64;
    Sign::Silent(
        silence
            .measure("expected_posts", posts)
            .measure("usual_posts_an_hour", per_hour(expected, wall.since(from))),
    )
}

/// Posts an hour, to one digit.
#[allow(clippy::cast_precision_loss, reason = "posts stay far below 2^53")]
fn per_hour(milliposts: u64, over: TimeSpan) -> f64 {
    let hours = over.as_millis().max(1) as f64 / 3_600_000.0;
    (milliposts as f64 / 100.0 / hours).round() / 10.0
}

impl SourceLife {
    /// A source that is waited for from now on.
    #[must_use]
    pub(crate) fn known_since(wall: Timestamp) -> Self {
        Self {
            known_since: wall,
            ..Self::default()
        }
    }

    /// When it last gave any sign.
    fn heard_at(&self) -> Timestamp {
        self.pulsed_at.unwrap_or(self.known_since)
    }

    fn take(&mut self, pulse: &Pulse, wall: Timestamp, silent: bool) {
        // The crawler's clock is another one: nothing has happened later than now.
        let at = (pulse.minute + TimeSpan::from_minutes(1)).min(wall);
        let later = |known: &mut Option<Timestamp>| *known = (*known).max(Some(at));
        later(&mut self.pulsed_at);
        self.ended = pulse.ended;
        if pulse.posts > 0 || pulse.polls > pulse.errors {
            later(&mut self.succeeded_at);
            self.errors = 0;
            if silent && pulse.posts == 0 {
                self.usual.leave_out();
            } else {
                self.usual.count(pulse.minute.min(wall), pulse.posts);
            }
        } else {
            self.errors = self.errors.saturating_add(pulse.errors);
        }
        if pulse.posts > 0 {
            later(&mut self.posted_at);
        }
    }
}
