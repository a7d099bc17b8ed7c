//! Generated hits: the matcher makes the first, the others are told apart by number.

use anyhow::bail;
use clap::ValueEnum;
use fengbiao_matcher::Scratch;
use fengbiao_model::{
    Counts, Hit, Offset, Partition, Position, Post, PostId, PostText, RuleId, ServiceId, SourceId,
    StoryId, Subject, TimeSpan, Timestamp, Voice,
};

use crate::clock::BEGINNING;
use crate::posts::{Numbers, text};
use crate::setting;

/// Subjects of the mix of many subjects.
const SUBJECTS: u64 = 1_000;
/// Sources that the posts come from.
const SOURCES: u64 = 5;

/// How hits spread. Each has its own post and voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mix {
    /// One subject, each hit a story of its own.
    Hot,
    /// One subject, one story.
    Copies,
    /// A thousand subjects in turn, each hit a story of its own.
    Subjects,
    /// Each hit names a subject of its own.
    Own,
}

impl Mix {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hot => "one hot subject",
            Self::Copies => "copies of one story",
            Self::Subjects => "1,000 subjects",
            Self::Own => "each its own subject",
        }
    }
}

/// Makes hits in the order of their times, one after another.
pub(crate) struct Hits {
    model: Hit,
    mix: Mix,
    /// How many rules the hits name, one each.
    rules: u64,
    between: TimeSpan,
    next: u64,
    /// When the next one will be found.
    now: Timestamp,
    numbers: Numbers,
    sources: Vec<SourceId>,
}

impl Hits {
    /// Hits that lie so far apart by their own times.
    pub(crate) fn new(mix: Mix, between: TimeSpan, rules: u64) -> anyhow::Result<Self> {
        let sources = (0..SOURCES).map(|n| SourceId::new(format!("bench-{n}")));
        Ok(Self {
            model: model()?,
            mix,
            rules,
            between,
            next: 0,
            now: BEGINNING,
            numbers: Numbers(11),
            sources: sources.collect::<Result<_, _>>()?,
        })
    }

    /// The next hits.
    pub(crate) fn take(&mut self, count: usize) -> anyhow::Result<Vec<Hit>> {
        (0..count).map(|_| self.one()).collect()
    }

    /// When the next hit will be found.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// From here on hits lie so far apart.
    pub(crate) const fn pace(&mut self, between: TimeSpan) {
        self.between = between;
    }

    /// The next hit, whose subject is the one of this number.
    pub(crate) fn of_subject(&mut self, subject: u64) -> anyhow::Result<Hit> {
        let mut hit = self.one()?;
        hit.subjects = vec![place(subject)];
        Ok(hit)
    }

    fn one(&mut self) -> anyhow::Result<Hit> {
        let number = self.next;
        let mut hit = self.model.clone();
        hit.origin.offset = Offset(number);
        hit.post.found_at = self.now();
        hit.post.id = PostId::from_bytes(self.distinct());
        hit.post.voice = Some(Voice::from_bytes(self.distinct()));
        if let Some(source) = self.sources.get(usize::try_from(number % SOURCES)?) {
            hit.post.source = source.clone();
        }
        if self.mix != Mix::Copies {
            hit.signature.story = StoryId(self.numbers.next());
            for four in hit.signature.sketch.least.chunks_mut(4) {
                let bytes = self.numbers.next().to_le_bytes();
                let (pairs, _) = bytes.as_chunks::<2>();
                for (least, pair) in four.iter_mut().zip(pairs) {
                    *least = u16::from_le_bytes(*pair).max(1);
                }
            }
        }
        hit.subjects = vec![place(match self.mix {
            Mix::Hot | Mix::Copies => 0,
            Mix::Subjects => number % SUBJECTS,
            Mix::Own => number,
        })];
        if self.rules > 1
            && let Some(first) = hit.rules.first_mut()
        {
            first.rule = RuleId::new(format!("rule-{}", number % self.rules))?;
            hit.rules.truncate(1);
        }
        self.next += 1;
        self.now = self.now + self.between;
        Ok(hit)
    }

    fn distinct(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.numbers.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.numbers.next().to_le_bytes());
        bytes
    }
}

fn place(number: u64) -> Subject {
    Subject {
        kind: "place".to_owned(),
        name: format!("县{number:06}"),
    }
}

/// The hit of the first generated incident that is one of the topic `food-safety`.
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
        if let Some(hit) = hits
            .into_iter()
            .find(|hit| hit.topic.as_str() == "food-safety")
        {
            return Ok(hit);
        }
    }
    bail!("no generated incident is a hit of the shipped lexicon")
}
