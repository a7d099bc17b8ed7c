//! What holds of each receiver, and of all of them together.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use fengbiao_model::{NULL_RECEIVER, ReceiverId};

use super::{Receiver, ReceiverKind};

/// What is wrong, with its remedy.
pub(super) fn check(receivers: &[Receiver]) -> anyhow::Result<()> {
    let mut paths = BTreeSet::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let id = &receiver.id;
        named(id)?;
        if receivers[..index].iter().any(|other| other.id == *id) {
            bail!("two receivers have the id `{id}`\nhint: give one of them another");
        }
        stand_ins(receiver, receivers)?;
        keys_of(receiver)?;
        if let Some(url) = &receiver.url {
            fengbiao_sink::check_link(url)
                .with_context(|| format!("receiver `{id}`: `url` is no address to post to"))?;
        }
        if let Some(path) = &receiver.path
            && !paths.insert(path)
        {
            bail!(
                "receiver `{id}`: another writes to `{}`, too, and their lines would run into each other\n\
                 hint: give one of the two a file of its own",
                path.display()
            );
        }
    }
    Ok(())
}

fn named(id: &str) -> anyhow::Result<()> {
    ReceiverId::new(id).map_err(|why| {
        anyhow::anyhow!("receiver `{id}`: `id` {why}\nhint: such as `night-shift`")
    })?;
    if id == NULL_RECEIVER {
        bail!(
            "a receiver has the id `{id}`, which Fengbiao keeps for its canaries\nhint: give it another"
        );
    }
    Ok(())
}

/// Whoever stands in is there, and the way from stand-in to stand-in ends.
fn stand_ins(receiver: &Receiver, receivers: &[Receiver]) -> anyhow::Result<()> {
    let id = &receiver.id;
    let find = |id: &String| receivers.iter().find(|other| other.id == *id);
    if let Some(fallback) = &receiver.fallback
        && (fallback == id || find(fallback).is_none())
    {
        bail!("receiver `{id}`: `fallback` is `{fallback}`, expected the id of another receiver");
    }
    let mut way = vec![id];
    while let Some(next) = find(way[way.len() - 1]).and_then(|one| one.fallback.as_ref()) {
        if next == id {
            way.push(next);
            let way: Vec<_> = way.iter().map(|id| format!("`{id}`")).collect();
            bail!(
                "receiver `{id}`: each stands in for another in a circle: {}\n\
                 hint: one of them needs no `fallback`, such as a file on this machine",
                way.join(" → ")
            );
        }
        // A circle further on is that of the receivers in it.
        if way.contains(&next) {
            break;
        }
        way.push(next);
    }
    Ok(())
}

/// Each kind has its own keys: one that is missing, and one that belongs to another kind, is said.
fn keys_of(receiver: &Receiver) -> anyhow::Result<()> {
    use ReceiverKind::{File, Webhook, Wecom};
    let keys = [
        ("path", File, receiver.path.is_some(), true),
        ("url", Webhook, receiver.url.is_some(), true),
        ("secret_file", Webhook, receiver.secret_file.is_some(), true),
        ("url_file", Wecom, receiver.url_file.is_some(), true),
        ("mention_all", Wecom, receiver.mention_all.is_some(), false),
    ];
    let (id, kind) = (&receiver.id, receiver.kind.as_str());
    for (key, of, given, needed) in keys {
        if of == receiver.kind && needed && !given {
            bail!("receiver `{id}`: a `{kind}` needs `{key}`");
        }
        if of != receiver.kind && given {
            bail!(
                "receiver `{id}`: `{key}` belongs to `{}`, this is a `{kind}`",
                of.as_str()
            );
        }
    }
    Ok(())
}
