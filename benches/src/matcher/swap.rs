//! A change of lexicon under load: records of posts and of control in one order, a new lexicon every so
//! often, made on another thread as the daemon does, and each post decided by the version that its
//! place asks for. Beside it, in the same run, the same loop without changes and with nobody who
//! makes matchers; and of each pause how much of it the matching thread ran itself, which tells what
//! the matcher does from the waiting for a processor.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use fengbiao_lexicon::compiled::{Condition, Lexicon};
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{LexiconNumber, Offset, Partition, Position};

use super::lexicons::of_rules;
use super::posts::post;
use super::scan::dictionaries::{Kind, keywords};
use super::scan::texts;
use crate::figures::{processor_time, quantile, say};

/// Records that wait between whoever writes and whoever matches.
const QUEUE_RECORDS: usize = 1_000;
/// A post with the keyword that only the version in force has stands at each so many places, and half
/// way between one with the keyword of the version before, so that the version is seen.
const SEEN_EVERY: u64 = 10;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How long, once with changes and once without
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Milliseconds from one change to the next
    #[arg(long, default_value_t = 100)]
    every_millis: u64,
    /// Keywords of each lexicon
    #[arg(long, default_value_t = 10_000)]
    keywords: usize,
}

enum Record {
    /// A text by its index.
    Post(usize),
    /// A post that says the keyword of a version.
    Word(LexiconNumber),
    Control(LexiconNumber),
}

/// What was written: how many posts, where each version begins, and the places that ought to hit, of
/// those with a version's keyword and of the others.
#[derive(Default)]
struct Written {
    posts: u64,
    changes: Vec<(u64, LexiconNumber)>,
    expected: Vec<u64>,
    with_word: u64,
}

type Ready = Mutex<Vec<Arc<Matcher>>>;

/// What the matching thread saw.
#[derive(Default)]
struct Seen {
    posts: u64,
    hits: Vec<(u64, LexiconNumber)>,
    /// From one decided post to the next, waiting for records left out.
    pauses: Vec<Pause>,
    longest_at_change: Pause,
}

/// Nanoseconds by the clock, and those of them that the thread ran on a processor, its page faults
/// included.
#[derive(Clone, Copy, Default)]
struct Pause {
    passed: u32,
    ran: u32,
}

impl Pause {
    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed.saturating_add(other.passed),
            ran: self.ran.saturating_add(other.ran),
        }
    }

    /// Whether it is the longer one by the clock.
    fn longer(self, other: Self) -> Self {
        if self.passed > other.passed {
            self
        } else {
            other
        }
    }
}

/// Both clocks of this thread.
struct Clocks {
    wall: Instant,
    own: Duration,
}

impl Clocks {
    fn now() -> Self {
        Self {
            wall: Instant::now(),
            own: processor_time(),
        }
    }

    /// Since then.
    fn pause(&self) -> Pause {
        let now = Self::now();
        let nanos = |of: Duration| u32::try_from(of.as_nanos()).unwrap_or(u32::MAX);
        Pause {
            passed: nanos(now.wall.saturating_duration_since(self.wall)),
            ran: nanos(now.own.saturating_sub(self.own)),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let words = texts::words()?;
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(std::path::PathBuf::from);
    let texts = texts::posts(corpora.as_deref(), &words, 5_000_000)?;
    let mut dictionary = keywords(Kind::Realistic, arguments.keywords, &words, &texts)?;
    // The first keyword: each version puts its own in its place.
    dictionary.insert(0, word(LexiconNumber(0)));
    let segmenter = Segmenter::load()?;
    let lexicon = of_rules(100, &[], &dictionary)?;
    let hits = hits(&version(&lexicon, LexiconNumber(0), &segmenter)?, &texts)?;
    for (name, changes) in [("with changes", true), ("without, as a control", false)] {
        let (written, seen) = both(arguments, (&texts, &hits), (&lexicon, &segmenter), changes)?;
        check(&written, &seen)?;
        report(name, &written, &seen);
    }
    Ok(())
}

/// Writer and matcher, each on a thread of its own, until the time is over.
fn both(
    arguments: &Arguments,
    (texts, hits): (&[&str], &[bool]),
    maker: (&Lexicon, &Segmenter),
    changes: bool,
) -> anyhow::Result<(Written, Seen)> {
    let ready = Ready::default();
    let (to, from) = sync_channel(QUEUE_RECORDS);
    std::thread::scope(|scope| {
        let ready = &ready;
        let matching = scope.spawn(move || matching(&from, texts, ready));
        let writing = scope.spawn(move || writing((arguments, changes), &to, hits, maker, ready));
        let written = joined(writing, "the writer");
        // Where the matcher failed, the writer's error is only that nobody takes records.
        let seen = joined(matching, "the matcher")?;
        Ok((written?, seen))
    })
}

/// What a thread gives.
fn joined<T>(thread: ScopedJoinHandle<'_, anyhow::Result<T>>, name: &str) -> anyhow::Result<T> {
    let ended = thread.join();
    ended.map_err(|_| anyhow::anyhow!("{name} panicked"))?
}

/// A keyword of one version and of no other: its digits as characters that no word of the dictionary
/// has, so that no other keyword occurs in them.
fn word(number: LexiconNumber) -> String {
    const DIGITS: [char; 10] = ['㐀', '㐁', '㐂', '㐃', '㐄', '㐅', '㐆', '㐇', '㐈', '㐉'];
    let digits = format!("{:08}", number.0);
    let digits = digits.chars().filter_map(|digit| digit.to_digit(10));
    digits.map(|digit| DIGITS[digit as usize]).collect()
}

/// The matcher of one version: its own keyword, and another order of what the first rule says.
fn version(
    lexicon: &Lexicon,
    number: LexiconNumber,
    segmenter: &Segmenter,
) -> anyhow::Result<Matcher> {
    let mut lexicon = Lexicon::clone(lexicon);
    let topic = lexicon.topics.first_mut().context("a topic")?;
    let placeholder = word(LexiconNumber(0));
    let own = topic.keys.iter_mut().find(|key| **key == placeholder);
    *own.context("the key that each version has for itself")? = word(number);
    if let Some(rule) = topic.rules.first_mut()
        && let Condition::All(of) = &mut rule.condition
        && number.0 % 2 == 1
    {
        of.reverse();
    }
    Ok(Matcher::new(Arc::new(lexicon), number, segmenter)?)
}

/// Whether each text hits, as it does in every version.
fn hits(matcher: &Matcher, texts: &[&str]) -> anyhow::Result<Vec<bool>> {
    let mut scratch = Scratch::default();
    let mut hits = |text: &&str| {
        let hits = matcher.matches(&post(text)?, Position::default(), &mut scratch);
        Ok(!hits.is_empty())
    };
    texts.iter().map(&mut hits).collect()
}

/// Writes posts as fast as they are taken, and a change every so often. Of each text it is known
/// whether it hits.
fn writing(
    (arguments, changes): (&Arguments, bool),
    to: &SyncSender<(u64, Record)>,
    hits: &[bool],
    (lexicon, segmenter): (&Lexicon, &Segmenter),
    ready: &Ready,
) -> anyhow::Result<Written> {
    let (made, next) = sync_channel::<Matcher>(1);
    std::thread::scope(|scope| {
        // As the daemon's publisher: it makes a matcher, and only then is the change written.
        let making = scope.spawn(move || -> anyhow::Result<()> {
            // The control has one version, and nobody who makes another.
            let versions = if changes { u64::MAX } else { 1 };
            for number in (1..=versions).map(LexiconNumber) {
                if made.send(version(lexicon, number, segmenter)?).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let written = write((arguments, changes), to, hits, &next, ready);
        drop(next);
        joined(making, "who makes the matchers")?;
        written
    })
}

/// The same with matchers as they are made, until the time is over or there are no more.
fn write(
    (arguments, changes): (&Arguments, bool),
    to: &SyncSender<(u64, Record)>,
    hits: &[bool],
    next: &Receiver<Matcher>,
    ready: &Ready,
) -> anyhow::Result<Written> {
    let began = Instant::now();
    let every = Duration::from_millis(arguments.every_millis);
    let mut due = began;
    let mut written = Written::default();
    let mut number = LexiconNumber(0);
    let (mut place, mut texts) = (0, 0);
    while began.elapsed() < Duration::from_secs(arguments.seconds) {
        if (changes || number.0 == 0) && Instant::now() >= due {
            match next.try_recv() {
                Ok(matcher) => {
                    due += every;
                    number = matcher.number();
                    keep(ready, matcher);
                    written.changes.push((place, number));
                    to.send((place, Record::Control(number)))?;
                    place += 1;
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => break,
            }
        }
        if number.0 == 0 {
            continue;
        }
        let record = match place % SEEN_EVERY {
            0 => {
                written.with_word += 1;
                written.expected.push(place);
                Record::Word(number)
            }
            of if of == SEEN_EVERY / 2 => Record::Word(LexiconNumber(number.0 - 1)),
            _ => {
                let text = texts % hits.len();
                texts += 1;
                if hits[text] {
                    written.expected.push(place);
                }
                Record::Post(text)
            }
        };
        to.send((place, record))?;
        written.posts += 1;
        place += 1;
    }
    Ok(written)
}

/// Keeps the last three matchers: the one in force may be two behind.
fn keep(ready: &Ready, matcher: Matcher) {
    let mut all = ready.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(Arc::new(matcher));
    let surplus = all.len().saturating_sub(3);
    let old: Vec<_> = all.drain(..surplus).collect();
    drop(all);
    drop(old);
}

/// Takes records in order, as the daemon's matcher does.
fn matching(from: &Receiver<(u64, Record)>, texts: &[&str], ready: &Ready) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut scratch = Scratch::default();
    let mut in_force: Option<Arc<Matcher>> = None;
    let (mut expected, mut changing) = (0, Pause::default());
    while let Ok((place, record)) = from.recv() {
        ensure!(
            place == expected,
            "place {place} comes where {expected} is expected"
        );
        expected += 1;
        let own;
        let text = match record {
            Record::Control(number) => {
                let began = Clocks::now();
                let all = ready.lock().unwrap_or_else(PoisonError::into_inner);
                let next = all.iter().find(|matcher| matcher.number() == number);
                in_force = Some(Arc::clone(next.context("a matcher that is not ready")?));
                drop(all);
                changing = began.pause();
                seen.longest_at_change = seen.longest_at_change.longer(changing);
                continue;
            }
            Record::Post(text) => *texts.get(text).context("a text of this index")?,
            Record::Word(of) => {
                own = word(of);
                &own
            }
        };
        let began = Clocks::now();
        let matcher = in_force.as_ref().context("a post before any lexicon")?;
        let origin = Position {
            partition: Partition(0),
            offset: Offset(place),
        };
        let hits = matcher.matches(&post(text)?, origin, &mut scratch);
        seen.pauses
            .push(began.pause().add(std::mem::take(&mut changing)));
        seen.posts += 1;
        let places = hits.iter().map(|hit| (hit.origin.offset.0, hit.version));
        seen.hits.extend(places);
    }
    Ok(seen)
}

/// Every place that ought to hit once and no other, each by the version in force there.
fn check(written: &Written, seen: &Seen) -> anyhow::Result<()> {
    let (posts, changes) = (written.posts, &written.changes);
    ensure!(
        seen.posts == posts,
        "{} posts decided of {posts}",
        seen.posts
    );
    let places = seen.hits.iter().map(|&(place, _)| place);
    ensure!(
        places.clone().is_sorted_by(|before, place| before < place),
        "a post was decided twice, or out of order"
    );
    if let Some((found, expected)) = places
        .zip(&written.expected)
        .find(|(found, expected)| found != *expected)
    {
        anyhow::bail!("place {found} hit where {expected} ought to have been next");
    }
    ensure!(
        seen.hits.len() == written.expected.len(),
        "{} posts hit, {} ought to",
        seen.hits.len(),
        written.expected.len()
    );
    for &(place, version) in &seen.hits {
        let at = changes.partition_point(|&(from, _)| from < place);
        let asked = at.checked_sub(1).and_then(|at| changes.get(at));
        let asked = asked.map(|&(_, number)| number);
        ensure!(
            asked == Some(version),
            "place {place} was decided by {version}, not {asked:?}"
        );
    }
    Ok(())
}

fn report(name: &str, written: &Written, seen: &Seen) {
    say(format_args!(
        "\n{name}: {} posts, {} lexicons, {} posts hit, {} of them with a keyword of their version \
         alone: none missed, none twice, each by the version of its place",
        written.posts,
        written.changes.len(),
        seen.hits.len(),
        written.with_word,
    ));
    let longest = seen
        .pauses
        .iter()
        .copied()
        .fold(Pause::default(), Pause::longer);
    let of = |which: fn(&Pause) -> u32| {
        let mut nanos: Vec<f64> = seen.pauses.iter().map(which).map(f64::from).collect();
        nanos.sort_unstable_by(f64::total_cmp);
        let [median, rare, most] = [0.5, 0.999, 1.0].map(|share| quantile(&nanos, share) / 1e3);
        format!(
            "median {median:.1} µs, p99.9 {rare:.1} µs, longest {:.3} ms",
            most / 1e3
        )
    };
    let millis = |nanos: u32| f64::from(nanos) / 1e6;
    say(format_args!(
        "- from one post to the next, by the clock: {}",
        of(|pause| pause.passed)
    ));
    say(format_args!(
        "- the same, as the matching thread ran itself: {}; of the longest by the clock it ran {:.3} ms",
        of(|pause| pause.ran),
        millis(longest.ran),
    ));
    say(format_args!(
        "- longest change itself {:.3} ms by the clock, of which it ran {:.3} ms",
        millis(seen.longest_at_change.passed),
        millis(seen.longest_at_change.ran),
    ));
}
