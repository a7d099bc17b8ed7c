//! Windows that are full: a topic whose tiers look back as far as windows reach.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use fengbiao_model::{Action, Command, Tier, TimeSpan};

use super::hits::{Hits, Mix};
use super::session::Session;
use crate::figures::{per_item, rate, resident_bytes, say};
use crate::setting;

/// Hits in one step.
const STEP: usize = 1_000;

/// What to measure. One setting a run, so that memory is told from a fresh process.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Days of hits that lie in the windows
    #[arg(long, default_value_t = 60)]
    days: i64,
    /// Hits an hour
    #[arg(long, default_value_t = 100)]
    per_hour: i64,
    /// Rules that the hits name, one each
    #[arg(long, default_value_t = 1)]
    rules: u64,
    /// Hits that are measured, after the windows are full
    #[arg(long, default_value_t = 10_000)]
    hits: usize,
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut session = Session::new(folder.path(), policy()?)?;
    let per_hour = arguments.per_hour.clamp(1, 3_600_000);
    let mut hits = Hits::new(
        Mix::Subjects,
        TimeSpan::from_millis(3_600_000 / per_hour),
        arguments.rules,
    )?;
    let before = resident_bytes()?;
    let fill = usize::try_from(arguments.days * 24 * per_hour)?;
    let mut filled = 0;
    while filled < fill {
        session.take(hits.take(STEP.min(fill - filled))?)?;
        filled += STEP;
    }
    let memory = resident_bytes()?.saturating_sub(before);
    let (mut step, mut commit, mut taken) = (Duration::ZERO, Duration::ZERO, 0);
    while taken < arguments.hits {
        let stored = session.take(hits.take(STEP)?)?;
        step += stored.step;
        commit += stored.commit;
        taken += STEP;
    }
    let file = session.file_bytes()?;
    let (_session, restart) = session.restart()?;
    say(
        "| days | hits an hour | rules | hits in the windows | hits/s, alerter | hits/s, whole | memory, \
         MiB | bytes a hit | file, MiB | restart, s |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|");
    say(format_args!(
        "| {} | {per_hour} | {} | {fill} | {:.0} | {:.0} | {} | {} | {} | {:.2} |",
        arguments.days,
        arguments.rules,
        rate(taken, step),
        rate(taken, step + commit),
        memory >> 20,
        per_item(memory, fill),
        file >> 20,
        restart.whole().as_secs_f64(),
    ));
    Ok(())
}

/// Tiers over windows of 60 days, for the subjects and for `*`.
fn policy() -> anyhow::Result<Command> {
    let mut command = setting::policy(setting::lexicon()?.as_ref(), Tier::III)?;
    let Action::Policy(policy) = &mut command.action else {
        bail!("the command brings no policy");
    };
    for topic in policy.topics.values_mut() {
        let conditions = [
            (Tier::IV, "voices_60d >= 3 && posts_7d >= 1"),
            (Tier::III, "voices_60d >= 1000000 || stories_30d >= 1000000"),
        ];
        let conditions = conditions.map(|(tier, text)| (tier, text.to_owned()));
        // The shipped holds belong to tiers that are not asked for here.
        topic.tiers.holds.clear();
        topic.tiers_all.holds.clear();
        topic.tiers.conditions = conditions.clone().into();
        topic.tiers_all.conditions = conditions.into();
    }
    Ok(command)
}
