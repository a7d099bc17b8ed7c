//! The ladders of the configuration, which hold where a topic leaves something open.

use std::collections::BTreeMap;

use anyhow::ensure;
use fengbiao_alerter::{fault_of_reopen_within, faults_of_ladder, warnings_of_ladder};
use fengbiao_lexicon::compiled::{LadderText, Lexicon, Topic};
use fengbiao_model::{Floors, Ladder, Tier, TimeSpan};

use super::faults::hinted;
use crate::config::{Config, Hold, Tiers, TiersAll};
use crate::lexicons;

/// Fails where a topic could not go by what the configuration has for it, also while no topic
/// does: the next one may.
pub(super) fn check_defaults(config: &Config) -> anyhow::Result<()> {
    let mut faults = faults_of_ladder(&defaults(&config.tiers), false);
    faults.extend(faults_of_ladder(&defaults_all(&config.tiers_all), true));
    faults.extend(fault_of_reopen_within(config.reopen_within.0));
    let said = faults.iter().map(|fault| hinted(fault, fault.hint.clone()));
    ensure!(faults.is_empty(), "{}", said.collect::<Vec<_>>().join("\n"));
    Ok(())
}

/// What whoever wrote the ladders of the configuration should look at.
pub(super) fn warnings(config: &Config, lexicon: &Lexicon) -> Vec<String> {
    let mut said = idle(config, lexicon);
    let mut found = warnings_of_ladder(&defaults(&config.tiers), false);
    found.extend(warnings_of_ladder(&defaults_all(&config.tiers_all), true));
    said.extend(found.iter().map(|one| hinted(one, one.hint.clone())));
    said
}

/// What was written for topics and reaches none: whoever wrote it believes that it holds.
fn idle(config: &Config, lexicon: &Lexicon) -> Vec<String> {
    let each = (defaults(&config.tiers), defaults(&Tiers::default()));
    let all = (
        defaults_all(&config.tiers_all),
        defaults_all(&TiersAll::default()),
    );
    let of_each: fn(&Topic) -> &Option<LadderText> = |topic| &topic.tiers.tiers;
    let of_all: fn(&Topic) -> &Option<LadderText> = |topic| &topic.tiers.tiers_all;
    let ladders = [("tiers", each, of_each), ("tiers_all", all, of_all)];
    let idle = ladders.into_iter().filter(|(_, (written, usual), of)| {
        let reaches = |topic: &Topic| {
            let own = of(topic).as_ref();
            own.is_none_or(|own| lexicons::ladder(own, written) != lexicons::ladder(own, usual))
        };
        written != usual && !lexicon.topics.iter().any(reaches)
    });
    let say = |(key, ..): (&str, _, _)| {
        format!(
            "`[{key}]` of the configuration holds for no topic: each has its own\n\
             hint: change `[{key}]` in the files of the topics; `fengbiao init` writes those that are \
             shipped"
        )
    };
    idle.map(say).collect()
}

/// `[tiers]` of the configuration.
pub(super) fn defaults(tiers: &Tiers) -> Ladder {
    ladder(
        [&tiers.IV, &tiers.III, &tiers.II, &tiers.I],
        tiers.hold.as_ref(),
        tiers.calm_after.0,
        Floors {
            min_sigma: tiers.min_sigma,
            min_posts: tiers.min_posts,
            min_sources: tiers.min_sources,
            min_before: tiers.min_before,
        },
    )
}

/// `[tiers_all]` of the configuration.
pub(super) fn defaults_all(tiers: &TiersAll) -> Ladder {
    ladder(
        [&tiers.IV, &tiers.III, &tiers.II, &tiers.I],
        tiers.hold.as_ref(),
        tiers.calm_after.0,
        Floors {
            min_sigma: tiers.min_sigma,
            min_posts: tiers.min_posts,
            min_sources: tiers.min_sources,
            min_before: tiers.min_before,
        },
    )
}

/// Conditions from IV to I; an empty one never fires, and an empty hold holds nothing.
fn ladder(
    conditions: [&String; 4],
    hold: Option<&Hold>,
    calm_after: TimeSpan,
    floors: Floors,
) -> Ladder {
    Ladder {
        conditions: written(conditions),
        holds: hold.map_or_else(BTreeMap::new, |hold| {
            written([&hold.IV, &hold.III, &hold.II, &hold.I])
        }),
        calm_after,
        floors,
    }
}

fn written(conditions: [&String; 4]) -> BTreeMap<Tier, String> {
    let each = Tier::ALL.into_iter().zip(conditions);
    each.filter(|(_, text)| !text.trim().is_empty())
        .map(|(tier, text)| (tier, text.clone()))
        .collect()
}
