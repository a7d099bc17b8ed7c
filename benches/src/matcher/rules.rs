//! What rules cost: the same keywords and the same posts, shared out to ever more rules.

use clap::Args;
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{LexiconNumber, Position};

use super::lexicons::of_rules;
use super::posts::post;
use super::scan::dictionaries::{Kind, keywords};
use super::scan::texts;
use crate::figures::{Spread, percent, processor_time, rate, say};

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Numbers of rules
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10,100,1000,10000,100000"
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
    let posts = texts
        .iter()
        .map(|text| post(text))
        .collect::<anyhow::Result<Vec<_>>>()?;
    say(format_args!(
        "{} posts; {} keywords, shared by all rules of a row; by the time of the processor\n",
        posts.len(),
        dictionary.len()
    ));
    say(
        "| rules | compile ms | from the stored form ms | stored MB | posts hit | rule hits | posts/s |",
    );
    say("|---|---|---|---|---|---|---|");
    for &rules in &arguments.rules {
        let lexicon = of_rules(rules, &dictionary)?;
        let before = processor_time();
        let matcher = Matcher::new(lexicon.clone(), LexiconNumber(1), &segmenter)?;
        let compiled = processor_time().saturating_sub(before);
        let stored = matcher.to_stored().unwrap_or_default();
        let before = processor_time();
        let again = Matcher::with_stored(lexicon, LexiconNumber(1), &segmenter, &stored)?;
        let loaded = processor_time().saturating_sub(before);
        anyhow::ensure!(again.1.is_ok(), "the stored form does not fit");
        drop(again);
        let mut scratch = Scratch::default();
        let (mut took, mut with, mut hits) = (Vec::new(), 0, 0);
        for _ in 0..arguments.repetitions.max(1) {
            (with, hits) = (0, 0);
            let before = processor_time();
            for post in &posts {
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
