//! What rules cost: the same keywords and the same posts, shared out to ever more rules, which have
//! nothing in common or ask for one of the same places, all of them.

use clap::Args;
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{LexiconNumber, Position, Post};

use super::lexicons::of_rules;
use super::posts::post;
use super::scan::dictionaries::{Kind, keywords};
use super::scan::texts;
use crate::figures::{Spread, percent, processor_time, rate, say};

/// Places that all rules share, where they do.
const PLACES: [&str; 12] = [
    "医院", "学校", "小区", "公司", "超市", "酒店", "机场", "车站", "北京", "上海", "广州", "武汉",
];

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Numbers of rules
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10,100,1000,5000,10000,100000"
    )]
    rules: Vec<usize>,
    /// Keywords that they share
    #[arg(long, default_value_t = 200_000)]
    keywords: usize,
    /// Text of the posts, at most, in millions of bytes
    #[arg(long, default_value_t = 20)]
    megabytes: usize,
    /// Times that all posts are matched
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpora = std::env::var_os("FENGBIAO_CORPORA").map(std::path::PathBuf::from);
    let words = texts::words()?;
    let texts = texts::posts(corpora.as_deref(), &words, arguments.megabytes * 1_000_000)?;
    let dictionary = keywords(Kind::Realistic, arguments.keywords, &words, &texts)?;
    let segmenter = Segmenter::load()?;
    let posts = posts_of(&texts, |_| true)?;
    say(format_args!(
        "{} keywords, shared out to the rules of a row; by the time of the processor\n\n\
         rules with nothing in common, {} posts\n",
        dictionary.len(),
        posts.len(),
    ));
    table(arguments, &[], (&dictionary, &segmenter), &posts)?;
    // Of the others no rule of these could say anything.
    let posts = posts_of(&texts, |text| {
        PLACES.iter().any(|place| text.contains(place))
    })?;
    say(format_args!(
        "\nrules `@place NEAR/20 @own` with one list of {} places, the {} posts with a place\n",
        PLACES.len(),
        posts.len(),
    ));
    table(arguments, &PLACES, (&dictionary, &segmenter), &posts)
}

fn posts_of(
    texts: &[&'static str],
    taken: impl Fn(&str) -> bool,
) -> anyhow::Result<Vec<Post<'static>>> {
    let taken = texts.iter().filter(|text| taken(text));
    taken.map(|text| post(text)).collect()
}

/// A row for each number of rules.
fn table(
    arguments: &Arguments,
    shared: &[&str],
    (dictionary, segmenter): (&[String], &Segmenter),
    posts: &[Post<'_>],
) -> anyhow::Result<()> {
    say(
        "| rules | compile ms | from the stored form ms | stored MB | posts hit | rule hits | posts/s |",
    );
    say("|---|---|---|---|---|---|---|");
    for &rules in &arguments.rules {
        let lexicon = of_rules(rules, shared, dictionary)?;
        let before = processor_time();
        let matcher = Matcher::new(lexicon.clone(), LexiconNumber(1), segmenter)?;
        let compiled = processor_time().saturating_sub(before);
        let stored = matcher.to_stored().unwrap_or_default();
        let before = processor_time();
        let again = Matcher::with_stored(lexicon, LexiconNumber(1), segmenter, &stored)?;
        let loaded = processor_time().saturating_sub(before);
        anyhow::ensure!(again.1.is_ok(), "the stored form does not fit");
        drop(again);
        let mut scratch = Scratch::default();
        let (mut took, mut with, mut hits) = (Vec::new(), 0, 0);
        for _ in 0..arguments.repetitions.max(1) {
            (with, hits) = (0, 0);
            let before = processor_time();
            for post in posts {
                let found = matcher.matches(post, Position::default(), &mut scratch);
                with += usize::from(!found.is_empty());
                hits += found.iter().map(|hit| hit.rules.len()).sum::<usize>();
            }
            took.push(processor_time().saturating_sub(before));
        }
        #[allow(clippy::cast_precision_loss, reason = "megabytes for people")]
        let megabytes = stored.len() as f64 / 1e6;
        say(format_args!(
            "| {rules} | {:.0} | {:.0} | {megabytes:.1} | {:.1} % | {hits} | {:.0} |",
            compiled.as_secs_f64() * 1e3,
            loaded.as_secs_f64() * 1e3,
            percent(with, posts.len()),
            Spread::of(took.iter().map(|&took| rate(posts.len(), took))),
        ));
    }
    Ok(())
}
