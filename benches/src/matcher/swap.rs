//! A change of lexicon under load: records of posts and of control in one order, a new lexicon every so
//! often, made on another thread as the daemon does, and each post decided by the version that its
//! place asks for.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
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
use crate::figures::{quantile, say};

/// Records that wait between whoever writes and whoever matches.
const QUEUE_RECORDS: usize = 1_000;
/// A post that every version hits stands at each so many places, so that its version is seen.
const SEEN_EVERY: u64 = 10;
/// What such a post says: a keyword of every version.
const SEEN: &str = "每个版本都有的词";

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How long
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
    Control(LexiconNumber),
}

/// What is matched, and which version ought to decide from which place on.
type Changes = Mutex<Vec<(u64, LexiconNumber)>>;
type Ready = Mutex<Vec<Arc<Matcher>>>;

/// What the matching thread saw.
struct Seen {
    posts: u64,
    hits: Vec<(u64, LexiconNumber)>,
    /// Nanoseconds from one decided post to the next, waiting for records left out, in order of size.
    pauses: Vec<f64>,
    longest_at_change: Duration,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let words = texts::words()?;
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(std::path::PathBuf::from);
    let texts = texts::posts(corpora.as_deref(), &words, 5_000_000)?;
    let mut dictionary = keywords(Kind::Realistic, arguments.keywords, &words, &texts)?;
    dictionary.insert(0, SEEN.to_owned());
    let segmenter = Segmenter::load()?;
    let lexicon = of_rules(100, &dictionary)?;
    let (ready, changes) = (Ready::default(), Changes::default());
    let (to, from) = sync_channel(QUEUE_RECORDS);
    let (written, seen) = std::thread::scope(|scope| {
        let (texts, ready, changes) = (&texts, &ready, &changes);
        let matching = scope.spawn(move || matching(&from, texts, ready));
        let (lexicon, segmenter) = (&lexicon, &segmenter);
        let writing = scope.spawn(move || {
            writing(
                arguments,
                &to,
                texts,
                (lexicon, segmenter),
                (ready, changes),
            )
        });
        let written = writing
            .join()
            .map_err(|_| anyhow::anyhow!("the writer failed"))?;
        let seen = matching
            .join()
            .map_err(|_| anyhow::anyhow!("the matcher failed"))?;
        anyhow::Ok((written?, seen?))
    })?;
    report(
        written,
        &seen,
        &changes.into_inner().unwrap_or_else(PoisonError::into_inner),
    )
}

/// Writes posts as fast as they are taken, and a change every so often. Gives the number of records.
fn writing(
    arguments: &Arguments,
    to: &SyncSender<(u64, Record)>,
    texts: &[String],
    (lexicon, segmenter): (&Arc<Lexicon>, &Segmenter),
    (ready, changes): (&Ready, &Changes),
) -> anyhow::Result<u64> {
    let (mut place, mut posts, mut number) = (0, 0, 0);
    let began = Instant::now();
    let (made, next) = sync_channel::<Matcher>(1);
    std::thread::scope(|scope| {
        // As the daemon's publisher: it makes a matcher, and only then is the change written.
        scope.spawn(move || -> anyhow::Result<()> {
            for number in 1.. {
                let mut lexicon = Lexicon::clone(lexicon);
                // A change of what the rules say, not only of the number.
                if let Some(rule) = lexicon
                    .topics
                    .first_mut()
                    .and_then(|topic| topic.rules.first_mut())
                    && let Condition::All(of) = &mut rule.condition
                {
                    of.reverse();
                }
                let matcher = Matcher::new(Arc::new(lexicon), LexiconNumber(number), segmenter)?;
                if made.send(matcher).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let every = Duration::from_millis(arguments.every_millis);
        let mut due = began;
        while began.elapsed() < Duration::from_secs(arguments.seconds) {
            if Instant::now() >= due
                && let Ok(matcher) = next.try_recv()
            {
                due += every;
                number = matcher.number().0;
                let mut all = ready.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(Arc::new(matcher));
                let surplus = all.len().saturating_sub(3);
                let old: Vec<_> = all.drain(..surplus).collect();
                drop(all);
                drop(old);
                changes
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((place, LexiconNumber(number)));
                to.send((place, Record::Control(LexiconNumber(number))))?;
                place += 1;
            }
            if number == 0 {
                continue;
            }
            let text = if place % SEEN_EVERY == 0 {
                texts.len()
            } else {
                posts % texts.len()
            };
            to.send((place, Record::Post(text)))?;
            posts += 1;
            place += 1;
        }
        drop(next);
        Ok(place)
    })
}

/// Takes records in order, as the daemon's matcher does.
fn matching(
    from: &Receiver<(u64, Record)>,
    texts: &[String],
    ready: &Ready,
) -> anyhow::Result<Seen> {
    let mut seen = Seen {
        posts: 0,
        hits: Vec::new(),
        pauses: Vec::new(),
        longest_at_change: Duration::ZERO,
    };
    let mut scratch = Scratch::default();
    let mut in_force: Option<Arc<Matcher>> = None;
    let (mut expected, mut changing) = (0, Duration::ZERO);
    while let Ok((place, record)) = from.recv() {
        ensure!(
            place == expected,
            "place {place} comes where {expected} is expected"
        );
        expected += 1;
        let began = Instant::now();
        match record {
            Record::Control(number) => {
                let all = ready.lock().unwrap_or_else(PoisonError::into_inner);
                let next = all.iter().find(|matcher| matcher.number() == number);
                in_force = Some(Arc::clone(next.context("a matcher that is not ready")?));
                drop(all);
                changing = began.elapsed();
                seen.longest_at_change = seen.longest_at_change.max(changing);
            }
            Record::Post(text) => {
                let matcher = in_force.as_ref().context("a post before any lexicon")?;
                let origin = Position {
                    partition: Partition(0),
                    offset: Offset(place),
                };
                let text = texts.get(text).map_or(SEEN, String::as_str);
                for hit in matcher.matches(&post(text)?, origin, &mut scratch) {
                    seen.hits.push((hit.origin.offset.0, hit.version));
                }
                seen.posts += 1;
                let took = began.elapsed() + std::mem::take(&mut changing);
                seen.pauses.push(took.as_secs_f64() * 1e9);
            }
        }
    }
    seen.pauses.sort_unstable_by(f64::total_cmp);
    Ok(seen)
}

/// Every place once, each hit by the version in force there.
fn report(written: u64, seen: &Seen, changes: &[(u64, LexiconNumber)]) -> anyhow::Result<()> {
    let posts = written - changes.len() as u64;
    ensure!(
        seen.posts == posts,
        "{} posts decided of {posts}",
        seen.posts
    );
    let mut last = None;
    let mut places = 0;
    for &(place, version) in &seen.hits {
        let at = changes.partition_point(|&(from, _)| from < place);
        let asked = at
            .checked_sub(1)
            .and_then(|at| changes.get(at))
            .map(|&(_, number)| number);
        ensure!(
            asked == Some(version),
            "place {place} was decided by {version}, not {asked:?}"
        );
        ensure!(last.is_none_or(|last| last <= place), "places out of order");
        places += u64::from(last != Some(place));
        last = Some(place);
    }
    ensure!(
        places >= posts / (2 * SEEN_EVERY),
        "too few hits to see the versions by"
    );
    say(format_args!(
        "{posts} posts, {} changes of lexicon, {places} posts hit: none missed, none twice, each by the \
         version of its place",
        changes.len()
    ));
    say(format_args!(
        "from one post to the next, by the clock: median {:.1} µs, p99.9 {:.1} µs, longest {:.3} ms; \
         longest change itself {:.3} ms",
        quantile(&seen.pauses, 0.5) / 1e3,
        quantile(&seen.pauses, 0.999) / 1e3,
        quantile(&seen.pauses, 1.0) / 1e6,
        seen.longest_at_change.as_secs_f64() * 1e3,
    ));
    Ok(())
}
