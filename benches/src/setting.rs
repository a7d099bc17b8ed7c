//! What the daemon would set up: the lexicon as shipped, its matcher, the policy.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use fengbiao_lexicon::LexiconText;
use fengbiao_lexicon::compiled::{LadderText, Lexicon};
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::{
    Action, Actor, Command, Floors, Ladder, LexiconNumber, Policy, Receiver, ReceiverId, Target,
    Tier, TimeSpan, TopicPolicy,
};

/// The folder of the shipped lexicon.
pub(crate) const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/lexicon");

/// The lexicon of `config/lexicon`.
pub(crate) fn lexicon() -> anyhow::Result<Arc<Lexicon>> {
    compile(&texts()?)
}

/// The texts of `config/lexicon`.
pub(crate) fn texts() -> anyhow::Result<LexiconText> {
    let folder = Path::new(SHIPPED);
    let files = [
        "food-safety.toml",
        "public-safety.toml",
        "service-outage.toml",
        "lists/abroad.txt",
        "lists/places.txt",
    ]
    .map(|name| {
        let text = std::fs::read_to_string(folder.join(name));
        text.map(|text| (name.to_owned(), text))
            .with_context(|| format!("reading `{name}` in `{SHIPPED}`"))
    });
    let files = files.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(LexiconText { files })
}

/// A lexicon from texts without errors.
pub(crate) fn compile(texts: &LexiconText) -> anyhow::Result<Arc<Lexicon>> {
    let checked = fengbiao_lexicon::check(texts);
    match checked.lexicon {
        Some(lexicon) => Ok(Arc::new(lexicon)),
        None => bail!("the shipped lexicon has errors: `fengbiao lexicon check` shows them"),
    }
}

/// Its matcher.
pub(crate) fn matcher(lexicon: &Arc<Lexicon>) -> anyhow::Result<Matcher> {
    let segmenter = Segmenter::load()?;
    Ok(Matcher::new(
        Arc::clone(lexicon),
        LexiconNumber(1),
        segmenter.as_ref(),
    )?)
}

/// The command that puts the topics' own tiers into force, with one receiver that hears at once
/// of everything from a tier on.
pub(crate) fn policy(lexicon: &Lexicon, from_tier: Tier) -> anyhow::Result<Command> {
    let mut policy = topics(lexicon);
    let id = ReceiverId::new("bench")?;
    let receiver = Receiver {
        id: id.clone(),
        pages: false,
        quiet: None,
    };
    policy.route.takes.from_tier = Some(from_tier);
    policy.route.to.push(Target::Receiver(id.clone()));
    policy.storm.notices = 0;
    policy.receivers.insert(id, receiver);
    Ok(Command {
        number: 1,
        at: crate::clock::BEGINNING,
        by: Actor::daemon(),
        action: Action::Policy(Box::new(policy)),
    })
}

/// The topics with their own tiers, and nobody to hear of them.
pub(crate) fn topics(lexicon: &Lexicon) -> Policy {
    let mut policy = Policy::default();
    for topic in &lexicon.topics {
        let value = TopicPolicy {
            id: topic.id.clone(),
            name: topic.name.clone(),
            owner: topic.owner.clone(),
            tiers: ladder(topic.tiers.tiers.as_ref()),
            tiers_all: ladder(topic.tiers.tiers_all.as_ref()),
            reopen_within: topic.reopen_within.unwrap_or(TimeSpan::from_hours(72)),
            labels: topic.labels.clone(),
        };
        policy.topics.insert(topic.id.clone(), value);
    }
    policy
}

fn ladder(text: Option<&LadderText>) -> Ladder {
    let Some(text) = text else {
        return Ladder {
            calm_after: TimeSpan::from_hours(24),
            ..Ladder::default()
        };
    };
    let written = |conditions: &[(Tier, String, _)]| {
        let conditions = conditions.iter();
        let conditions = conditions.map(|(tier, condition, _)| (*tier, condition.clone()));
        conditions
            .filter(|(_, condition)| !condition.trim().is_empty())
            .collect()
    };
    let (usual, floors) = (Floors::default(), &text.floors);
    Ladder {
        conditions: written(&text.conditions),
        holds: written(&text.holds),
        calm_after: text.calm_after.unwrap_or(TimeSpan::from_hours(24)),
        floors: Floors {
            min_sigma: floors.min_sigma.unwrap_or(usual.min_sigma),
            min_posts: floors.min_posts.unwrap_or(usual.min_posts),
            min_sources: floors.min_sources.unwrap_or(usual.min_sources),
            min_before: floors.min_before.unwrap_or(usual.min_before),
        },
    }
}
