//! Pairs of texts that are copies, and pairs that are alike and are not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::edits::Edit;
use super::methods::Read;
use crate::posts::Numbers;

/// Texts that copies are made of, from each corpus.
const ORIGINALS_PER_CORPUS: usize = 1_500;
/// Different posts within so many hours may speak of one event.
const EVENT_HOURS: i64 = 72;
/// Different posts count as hard from this Jaccard likeness on (trigrams).
const HARD: f64 = 0.15;
/// Base 62 as one service writes its numbers in links.
const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Two texts.
pub(crate) struct Pair {
    pub(crate) kind: String,
    pub(crate) copies: bool,
    pub(crate) one: usize,
    pub(crate) other: usize,
}

/// All texts, read once, and the pairs among them.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) texts: Vec<Read>,
    pub(crate) written: Vec<String>,
    pub(crate) pairs: Vec<Pair>,
}

/// A record of a corpus.
struct Record {
    /// Hours since the epoch.
    hour: i64,
    text: String,
    title: String,
    publisher: String,
    province: String,
    url: String,
    index: usize,
}

impl Pairs {
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Self> {
        let mut pairs = Self::default();
        let news = pairs.read(folder, "news_posts_2020", 1, &["text"])?;
        let health = pairs.read(folder, "health_news_2020", 1, &["title", "summary"])?;
        let replies = pairs.read(folder, "factcheck_replies_zh_tw", 4, &["text"])?;
        let titles = pairs.read(folder, "hot_titles_weibo_2020_2023", 12, &["title"])?;
        let mut numbers = Numbers(11);
        for corpus in [&news, &health, &replies, &titles] {
            pairs.copies(corpus, &mut numbers);
        }
        pairs.reprints(&news, &health);
        pairs.different("different: bulletins of two provinces", &health, |a, b| {
            let named = |r: &Record| !r.province.is_empty() && r.province != "全国";
            named(a) && named(b) && a.province != b.province
        });
        pairs.different("different: one publisher, another day", &health, |a, b| {
            a.publisher == b.publisher && (a.hour - b.hour).abs() >= 20
        });
        pairs.different("different: one account's posts", &news, |a, b| {
            a.url != b.url
        });
        pairs.different("different: titles of one event", &titles, |_, _| true);
        pairs.at_random(&mut numbers);
        Ok(pairs)
    }

    fn push(&mut self, text: &str) -> usize {
        self.texts.push(Read::of(text));
        self.written.push(text.to_owned());
        self.texts.len() - 1
    }

    /// Every `nth` record of a corpus with something to say.
    fn read(
        &mut self,
        folder: &Path,
        name: &str,
        nth: usize,
        keys: &[&str],
    ) -> anyhow::Result<Vec<Record>> {
        let path = folder.join(format!("{name}.jsonl.zst"));
        let file =
            std::fs::File::open(&path).with_context(|| format!("opening `{}`", path.display()))?;
        let mut records = Vec::new();
        for line in BufReader::new(zstd::Decoder::new(file)?)
            .lines()
            .step_by(nth)
        {
            let value: Value = serde_json::from_str(&line?)?;
            let get = |key: &str| {
                let text = value.get(key).and_then(Value::as_str);
                text.unwrap_or_default().trim().to_owned()
            };
            let texts: Vec<String> = keys.iter().map(|key| get(key)).collect();
            let text = texts.join("\n");
            let found_at = fengbiao_wire::parse_time(&get("ts"), &jiff::tz::TimeZone::UTC);
            // Where a record says no time, its order stands in for one: only copies are made of it.
            let found_at = found_at.unwrap_or_default();
            let index = self.push(&text);
            if self.texts[index].letters >= 5 {
                records.push(Record {
                    hour: found_at.as_millis() / 3_600_000,
                    title: get("title"),
                    publisher: get("source"),
                    province: get("province"),
                    url: get("url"),
                    text,
                    index,
                });
            }
        }
        Ok(records)
    }

    fn pair(&mut self, kind: impl Into<String>, copies: bool, one: usize, other: usize) {
        self.pairs.push(Pair {
            kind: kind.into(),
            copies,
            one,
            other,
        });
    }

    fn copies(&mut self, corpus: &[Record], numbers: &mut Numbers) {
        let step = corpus.len().div_ceil(ORIGINALS_PER_CORPUS).max(1);
        for (at, record) in corpus.iter().enumerate().step_by(step) {
            let other = &corpus[(at + corpus.len() / 2) % corpus.len()];
            for edit in Edit::ALL {
                if let Some(copy) = edit.copy(&record.text, &other.text, numbers) {
                    let copy = self.push(&copy);
                    self.pair(edit.name(), true, record.index, copy);
                }
            }
        }
    }

    /// The same post in two collections: as its account published it, and as an editor took it
    /// over, with a title and shortened. The links name the same number.
    fn reprints(&mut self, news: &[Record], health: &[Record]) {
        let last = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let published: BTreeMap<String, usize> =
            news.iter().map(|r| (last(&r.url), r.index)).collect();
        for record in health.iter().filter(|r| r.url.contains("m.weibo.cn/")) {
            if let Some(&original) = published.get(&base_62(&last(&record.url))) {
                self.pair("reprint, edited by hand", true, original, record.index);
            }
        }
    }

    /// Alike, near in time, and by what is known of them not copies.
    fn different(
        &mut self,
        kind: &str,
        corpus: &[Record],
        which: impl Fn(&Record, &Record) -> bool,
    ) {
        let sets: Vec<Vec<u64>> = corpus
            .iter()
            .map(|r| self.texts[r.index].shingles(3))
            .collect();
        let mut order: Vec<usize> = (0..corpus.len()).collect();
        order.sort_by_key(|&at| (corpus[at].hour, corpus[at].index));
        let mut known = BTreeSet::new();
        for (place, &one) in order.iter().enumerate() {
            let near = order[place + 1..].iter();
            let near =
                near.take_while(|&&other| corpus[other].hour - corpus[one].hour <= EVENT_HOURS);
            for &other in near {
                let (a, b) = (&corpus[one], &corpus[other]);
                let same = a.text == b.text || (!a.title.is_empty() && a.title == b.title);
                if !same
                    && which(a, b)
                    && jaccard(&sets[one], &sets[other]) >= HARD
                    && known.insert((a.index, b.index))
                {
                    self.pair(kind, false, a.index, b.index);
                }
            }
        }
    }

    fn at_random(&mut self, numbers: &mut Numbers) {
        let all = self.texts.len() as u64;
        for _ in 0..20_000 {
            let [one, other] = [numbers.next() % all, numbers.next() % all]
                .map(|at| usize::try_from(at).unwrap_or(0));
            let (a, b) = (&self.texts[one], &self.texts[other]);
            if jaccard(&a.shingles(3), &b.shingles(3)) < HARD {
                self.pair("different: at random", false, one, other);
            }
        }
    }
}

/// The likeness of two sets in order.
pub(crate) fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        i += usize::from(x <= y);
        j += usize::from(y <= x);
        both += usize::from(x == y);
    }
    super::share(both, a.len() + b.len() - both)
}

/// A number, in groups of seven digits from its end, each as four digits of base 62.
fn base_62(number: &str) -> String {
    let mut end = number.len();
    let mut groups = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(7);
        let Ok(mut value) = number.get(start..end).unwrap_or_default().parse::<usize>() else {
            return String::new();
        };
        let mut digits = Vec::new();
        while value > 0 || (start > 0 && digits.len() < 4) {
            digits.push(char::from(DIGITS[value % 62]));
            value /= 62;
        }
        groups.push(digits.into_iter().rev().collect::<String>());
        end = start;
    }
    groups.into_iter().rev().collect()
}
