//! Where a keyword is read as a word: measures against labelled places of the corpora.

mod draw;
mod labels;
mod measures;
mod texts;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use fengbiao_matcher::{Costs, Fit, Segmenter};

use crate::figures::say;
use labels::{Group, Half, Labels, Place};
use measures::{Measure, Sample};
use texts::Texts;

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each measure's cost is taken
    #[arg(long, default_value_t = 9)]
    repetitions: usize,
    /// Draw the places again first, and fail where the labels are not what is drawn
    #[arg(long)]
    draw: bool,
    /// Print F1 on what serves for choosing over costs and limits, and nothing of the other half
    #[arg(long)]
    grid: bool,
    /// List the places at which the matcher's own measure is mistaken, by number
    #[arg(long)]
    mistakes: bool,
}

/// The limits of the table, in nats.
const LIMITS: [f64; 6] = [0.5, 1.0, 1.25, 1.5, 2.0, 3.0];
/// The limit that rules have where they name none.
const LIMIT: f64 = 1.5;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = std::env::var_os("FENGBIAO_CORPORA").map(PathBuf::from);
    let folder = folder.context("`FENGBIAO_CORPORA` is not set, expected a folder")?;
    let labels = labels::labels()?;
    if arguments.draw {
        let whole = texts::read(&folder, &labels, |_, _| true)?;
        draw::check(&labels, &whole)?;
        say("the labelled places and the halves are those that the seed draws");
    }
    let wanted = wanted(&labels);
    let wanted = |part: &str, record| wanted.contains(&(part.to_owned(), record));
    let parts = texts::read(&folder, &labels, wanted)?;
    let sets = Sets::new(&labels, &parts)?;
    let segmenter = Segmenter::load()?;
    if arguments.grid {
        grid(&segmenter, &sets);
    } else {
        table(&segmenter, &sets, arguments.repetitions);
    }
    if arguments.mistakes {
        mistakes(&segmenter, &labels, &parts)?;
    }
    Ok(())
}

fn wanted(labels: &Labels) -> BTreeSet<(String, usize)> {
    let of = |places: &[Place]| {
        let known = places
            .iter()
            .map(|place| (place.part.clone(), place.record));
        known.collect::<Vec<_>>()
    };
    let drawn = labels
        .keyword
        .iter()
        .flat_map(|one| [&one.right, &one.wrong]);
    let doubtful = labels
        .doubtful
        .iter()
        .flat_map(|one| [&one.right, &one.wrong]);
    drawn
        .chain(doubtful)
        .flat_map(|places| of(places))
        .collect()
}

/// The labelled places by what they serve for.
struct Sets<'a> {
    choosing: Vec<Sample<'a>>,
    reporting: Vec<Sample<'a>>,
    /// Those of the reporting half whose characters often meet by accident.
    reporting_hard: Vec<Sample<'a>>,
    doubtful: Vec<Sample<'a>>,
}

impl<'a> Sets<'a> {
    fn new(labels: &Labels, parts: &'a [Texts]) -> anyhow::Result<Self> {
        let mut sets = Self {
            choosing: Vec::new(),
            reporting: Vec::new(),
            reporting_hard: Vec::new(),
            doubtful: Vec::new(),
        };
        for keyword in &labels.keyword {
            for (places, right) in [(&keyword.right, true), (&keyword.wrong, false)] {
                let samples = |into: &mut Vec<_>| add(into, parts, &keyword.key, places, right);
                match keyword.half {
                    Half::Choosing => samples(&mut sets.choosing)?,
                    Half::Reporting => samples(&mut sets.reporting)?,
                }
                if keyword.half == Half::Reporting && keyword.group == Group::Hard {
                    samples(&mut sets.reporting_hard)?;
                }
            }
        }
        for keyword in &labels.doubtful {
            add(
                &mut sets.doubtful,
                parts,
                &keyword.key,
                &keyword.right,
                true,
            )?;
            add(
                &mut sets.doubtful,
                parts,
                &keyword.key,
                &keyword.wrong,
                false,
            )?;
        }
        Ok(sets)
    }
}

fn add<'a>(
    into: &mut Vec<Sample<'a>>,
    parts: &'a [Texts],
    key: &str,
    places: &[Place],
    right: bool,
) -> anyhow::Result<()> {
    for place in places {
        let (text, start) = texts::find(parts, place)?;
        let span = start..start + key.chars().count();
        into.push(Sample { text, span, right });
    }
    Ok(())
}

/// Precision, recall and F1 of every measure on every set, and what one place costs.
fn table(segmenter: &Segmenter, sets: &Sets<'_>, repetitions: usize) {
    let single = Costs::FREQUENCIES;
    let chosen = Costs::CHOSEN;
    let lone = Costs {
        lone_character_nats: chosen.lone_character_nats,
        ..single
    };
    let keyword = Costs {
        keyword_frequency: chosen.keyword_frequency,
        ..single
    };
    let rows = [
        ("substring", Measure::Substring),
        ("one token of jieba", Measure::Tokens(&[Fit::Token])),
        (
            "one token, or inside one",
            Measure::Tokens(&[Fit::Token, Fit::Inside]),
        ),
        (
            "edges on tokens' edges, or inside one",
            Measure::Tokens(&[Fit::Token, Fit::Tokens, Fit::Inside]),
        ),
        (
            "margin of frequencies alone, 0",
            Measure::Margin(single, 1e-9),
        ),
        (
            "margin of frequencies alone, 1.5",
            Measure::Margin(single, LIMIT),
        ),
        (
            "margin of frequencies alone, 3",
            Measure::Margin(single, 3.0),
        ),
        (
            "1.5, lone characters cost more",
            Measure::Margin(lone, LIMIT),
        ),
        (
            "1.5, the keyword is a word",
            Measure::Margin(keyword, LIMIT),
        ),
        ("**1.5, both (chosen)**", Measure::Margin(chosen, LIMIT)),
    ];
    say(format_args!(
        "| measure | choosing, {} | reporting, {} | reporting, hard, {} | doubtful, {} | ns a place |",
        sets.choosing.len(),
        sets.reporting.len(),
        sets.reporting_hard.len(),
        sets.doubtful.len()
    ));
    say("|---|---|---|---|---|---|");
    for (name, measure) in rows {
        let figures = [
            &sets.choosing,
            &sets.reporting,
            &sets.reporting_hard,
            &sets.doubtful,
        ]
        .map(|samples| measure.figures(segmenter, samples).to_string());
        let cost = measure.cost(segmenter, &sets.reporting, repetitions);
        say(format_args!(
            "| {name} | {} | {cost:.0} |",
            figures.join(" | ")
        ));
    }
}

/// F1 on the choosing half and on the doubtful places, over costs and limits.
fn grid(segmenter: &Segmenter, sets: &Sets<'_>) {
    say(format_args!("limits {LIMITS:?}: F1 choosing; doubtful"));
    for lone_character_nats in [0.0, 1.0, 2.0, 2.5, 3.0, 4.0] {
        for keyword_frequency in [0.0, 10.0, 30.0, 50.0, 100.0, 300.0] {
            let costs = Costs {
                lone_character_nats,
                keyword_frequency,
            };
            let row = |samples: &[Sample<'_>]| {
                let figures = LIMITS.map(|limit| {
                    let measure = Measure::Margin(costs, limit);
                    format!("{:.3}", measure.figures(segmenter, samples).f1())
                });
                figures.join(" ")
            };
            say(format_args!(
                "lone {lone_character_nats}, keyword {keyword_frequency}: {}; {}",
                row(&sets.choosing),
                row(&sets.doubtful)
            ));
        }
    }
}

/// The places at which the chosen measure is mistaken.
fn mistakes(segmenter: &Segmenter, labels: &Labels, parts: &[Texts]) -> anyhow::Result<()> {
    for keyword in &labels.keyword {
        for (places, right) in [(&keyword.right, true), (&keyword.wrong, false)] {
            for place in places {
                let (text, start) = texts::find(parts, place)?;
                let span = start..start + keyword.key.chars().count();
                let margin = segmenter.margin(text, &span, &Costs::CHOSEN);
                let counts = margin.is_none_or(|margin| margin <= LIMIT);
                if counts != right {
                    let (key, half) = (&keyword.key, keyword.half);
                    let what = if right { "missed" } else { "wrongly found" };
                    let margin = margin.unwrap_or_default();
                    say(format_args!(
                        "{half:?} {key} {place}: {what}, margin {margin:.2}"
                    ));
                }
            }
        }
    }
    Ok(())
}
