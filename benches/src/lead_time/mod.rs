//! Lead time on real streams: hot titles of 2020 to 2023 through matcher and alerter, against the
//! labels of `benches/labels/lead_time.toml`, with plain count thresholds beside it.

mod labels;
mod report;
mod span;
mod titles;
mod trial;
mod verdict;

use std::collections::BTreeMap;

use anyhow::Context as _;
use clap::Args;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{Floors, Ladder, Policy, Tier, TimeSpan};

use self::labels::Labels;
use self::report::Report;
use crate::setting;

/// The plain thresholds that stand beside the shipped ladders: III where an hour holds so many
/// posts, II where it holds three times as many.
const PLAIN: [u32; 4] = [1, 2, 3, 5];

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Leave the names of the labelled companies in the lists
    #[arg(long)]
    as_shipped: bool,
    /// Also list each notice from this tier on, by record number
    #[arg(long, value_name = "TIER")]
    list: Option<String>,
    /// Also list every notice about this labelled incident
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// Also list every hit by record number, topic, subjects and rules
    #[arg(long)]
    hits: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = std::env::var_os("FENGBIAO_CORPORA");
    let folder = std::path::PathBuf::from(
        folder.context("`FENGBIAO_CORPORA` is not set, expected a folder")?,
    );
    let labels = Labels::read()?;
    let names = match arguments.as_shipped {
        true => &[],
        false => labels.held_out.as_slice(),
    };
    let lexicon = titles::held_out(names)?;
    let titles = titles::read(&folder.join(&labels.corpus), &lexicon)?;
    let records = labels::records(&labels, &folder, &titles)?;
    let report = Report {
        cases: verdict::cases(&labels, records)?,
        zone: span::zone()?,
        halves: span::halves(&titles, &span::zone()?)?,
        labels: &labels,
        titles: &titles,
    };
    let by_post = titles::by_post(&titles);
    if arguments.hits {
        report.hits();
    }
    let shipped = trial::run(&titles, &by_post, setting::topics(&lexicon))?;
    report.incidents(&shipped);
    report.volume(&shipped);
    report.stories(&shipped);
    report.judged(&shipped);
    report.comparison_head();
    report.compare("shipped ladders", &shipped);
    for posts in PLAIN {
        let plain = trial::run(&titles, &by_post, plain(&lexicon, posts, false))?;
        report.compare(&format!("posts_1h >= {posts}, by subject"), &plain);
    }
    for posts in PLAIN {
        let plain = trial::run(&titles, &by_post, plain(&lexicon, posts, true))?;
        report.compare(&format!("posts_1h >= {posts}, over all"), &plain);
    }
    if let Some(tier) = &arguments.list {
        let tier = tier.parse::<Tier>();
        report.list(
            &shipped,
            tier.map_err(|why| anyhow::anyhow!("`--list` {why}"))?,
        );
    }
    if let Some(id) = &arguments.incident {
        report.sequence(&shipped, id)?;
    }
    Ok(())
}

/// Every topic under a threshold on posts an hour, for each subject or over all.
fn plain(lexicon: &Lexicon, posts: u32, over_all: bool) -> Policy {
    let mut policy = setting::topics(lexicon);
    let ladder = |conditions: &[(Tier, u32)]| Ladder {
        conditions: conditions
            .iter()
            .map(|(tier, posts)| (*tier, format!("posts_1h >= {posts}")))
            .collect(),
        holds: BTreeMap::new(),
        calm_after: TimeSpan::from_hours(24),
        floors: Floors::default(),
    };
    let loud = [(Tier::III, posts), (Tier::II, 3 * posts)];
    for topic in policy.topics.values_mut() {
        let quiet = [(Tier::IV, 1)];
        (topic.tiers, topic.tiers_all) = match over_all {
            true => (ladder(&quiet), ladder(&loud)),
            false => (ladder(&[&quiet[..], &loud].concat()), ladder(&[])),
        };
    }
    policy
}
