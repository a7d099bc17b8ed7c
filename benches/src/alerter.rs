//! The alerter alone: one hot topic, its windows full, step after step.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use fengbiao_alerter::{Alerter, Step};
use fengbiao_matcher::Scratch;
use fengbiao_model::{
    Counts, Hit, HitRecord, Marks, Offset, Partition, PartitionMark, Position, Post, PostId,
    PostText, ServiceId, SourceId, StoryId, TimeSpan, Timestamp, Voice,
};

use crate::clock::BEGINNING;
use crate::figures::{Spread, rate, say};
use crate::posts::{Numbers, text};
use crate::setting;

/// How long the windows fill before the measuring begins.
const FILL_MINUTES: i64 = 60;
/// Hits in one step.
const STEP_HITS: usize = 100;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Hits a minute, by their own times
    #[arg(long, default_value_t = 200)]
    per_minute: i64,
    /// Hits that are measured in each repetition, after an hour of them
    #[arg(long, default_value_t = 4_000)]
    hits: usize,
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (per_minute, hits) = (arguments.per_minute.max(1), arguments.hits);
    let fill = usize::try_from(per_minute * FILL_MINUTES)?;
    let all = hot_topic(per_minute, fill + hits)?;
    let (fill, measured) = all.split_at(fill);
    let mut rates = Vec::new();
    for _ in 0..arguments.repetitions.max(1) {
        let mut daemon = Stepper::new()?;
        daemon.take(fill);
        let took = daemon.take(measured);
        rates.push(rate(measured.len(), took));
    }
    say(format_args!(
        "one topic, {per_minute} hits a minute, an hour of them in the windows, steps of \
         {STEP_HITS}: {:.0} hits/s",
        Spread::of(rates)
    ));
    Ok(())
}

/// An alerter under the shipped policy.
struct Stepper {
    alerter: Alerter,
}

impl Stepper {
    fn new() -> anyhow::Result<Self> {
        let mut alerter = Alerter::new();
        let policy = setting::policy(setting::lexicon()?.as_ref())?;
        alerter.step(&Step {
            commands: vec![policy],
            ..reading(BEGINNING)
        });
        Ok(Self { alerter })
    }

    /// Takes hits as a daemon would that keeps up; gives the time that its steps took.
    fn take(&mut self, hits: &[Hit]) -> Duration {
        let mut took = Duration::ZERO;
        for hits in hits.chunks(STEP_HITS) {
            let Some(last) = hits.last() else { continue };
            let mark = PartitionMark {
                partition: Partition(0),
                next: Offset(last.origin.offset.0 + 1),
                found_at: last.post.found_at,
                at_end: true,
            };
            let records = hits.iter().cloned().map(HitRecord::Hit);
            let records = records.chain([HitRecord::Marks(Marks(vec![mark]))]);
            let step = Step {
                hits: records.map(|record| (last.origin, record)).collect(),
                ..reading(last.post.found_at)
            };
            let began = Instant::now();
            let effects = self.alerter.step(&step);
            took += began.elapsed();
            drop(effects);
        }
        took
    }
}

fn reading(wall: Timestamp) -> Step {
    Step {
        wall,
        monotonic: wall.since(BEGINNING),
        process: 1,
        ..Step::default()
    }
}

/// Hits of one topic at one place, each by a voice of its own with a text of its own: the matcher
/// makes the first, the others are told apart by number.
fn hot_topic(per_minute: i64, count: usize) -> anyhow::Result<Vec<Hit>> {
    let model = model()?;
    let mut numbers = Numbers(11);
    let mut hits = Vec::with_capacity(count);
    for number in (0_i64..).take(count) {
        let mut bytes = [0; 16];
        let mut distinct = || {
            bytes[..8].copy_from_slice(&numbers.next().to_le_bytes());
            bytes
        };
        let mut hit = model.clone();
        hit.origin.offset = Offset(number.cast_unsigned());
        hit.post.id = PostId::from_bytes(distinct());
        hit.post.voice = Some(Voice::from_bytes(distinct()));
        hit.post.found_at = BEGINNING + TimeSpan::from_millis(number * 60_000 / per_minute);
        hit.signature.story = StoryId(numbers.next());
        for bin in &mut hit.signature.sketch.least {
            let [low, high, ..] = numbers.next().to_le_bytes();
            *bin = u16::from_le_bytes([low, high]).max(1);
        }
        hits.push(hit);
    }
    Ok(hits)
}

/// The hit of the first generated incident that is one.
fn model() -> anyhow::Result<Hit> {
    let matcher = setting::matcher(&setting::lexicon()?)?;
    let origin = Position {
        partition: Partition(0),
        offset: Offset(0),
    };
    let mut numbers = Numbers(11);
    for _ in 0..100 {
        let post = Post {
            id: PostId::from_bytes([0; 16]),
            native_id: None,
            service: ServiceId::new("bench")?,
            source: SourceId::new("bench")?,
            url: None,
            title: None,
            text: PostText::new(text(&mut numbers, true))?,
            voice: None,
            published_at: None,
            found_at: BEGINNING,
            counts: Counts::default(),
            repost_of: None,
        };
        let hits = matcher.matches(&post, origin, &mut Scratch::default());
        if let Some(hit) = hits.into_iter().next() {
            return Ok(hit);
        }
    }
    bail!("no generated incident is a hit of the shipped lexicon")
}
