//! A post is forgotten at once, in the log and in the ledger.

use std::collections::BTreeSet;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use fengbiao_ledger::Ledger;
use fengbiao_log::{Record, Topic};
use fengbiao_model::{
    Action, Actor, Deletion, HitRecord, Link, Position, Post, PostId, PostRecord,
};
use fengbiao_wire::{decode_hit_record, decode_post_record, encode_hit_record, encode_post_record};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Control, Reply, blocking, person};
use crate::config::{Receiver, ReceiverKind};

/// What is to be forgotten.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Purge {
    /// The post's link or id.
    post: String,
    /// Who.
    by: String,
}

pub(super) async fn purge(State(control): State<Control>, Json(body): Json<Purge>) -> Reply {
    blocking(move || control.purge(&body.post, &person(&body.by)?)).await
}

impl Control {
    /// Forgets the posts that a link or an id names: in the ledger by a command, in the log now. The
    /// commands go first: a crash after them leaves what the log has to be found by the link again.
    fn purge(&self, name: &str, by: &Actor) -> anyhow::Result<Value> {
        let wanted = Wanted::parse(name)?;
        // What is quoted is kept for longer than the log keeps its records.
        let mut found = BTreeSet::new();
        self.forget(wanted.known(&self.ledger)?, by, &mut found)?;
        let mut erased = 0;
        let log = &self.pipeline.log;
        // Brokers keep what they have until its time is over. There the hits are looked through, which
        // alone can be in the record: every post there ever was may be too many.
        let topics = match log.embedded() {
            Some(_) => &[Topic::Posts, Topic::Hits][..],
            None if wanted.id.is_none() => &[Topic::Hits],
            None => &[],
        };
        for &topic in topics {
            let (posts, blanks) = self.redactions(&wanted, topic)?;
            self.forget(posts, by, &mut found)?;
            if let Some(log) = log.embedded() {
                erased += blanks.len();
                log.redact(topic, blanks)?;
            }
        }
        let posts: Vec<_> = found.iter().map(ToString::to_string).collect();
        let kept = log
            .embedded()
            .is_none()
            .then(|| self.pipeline.config.privacy.text_retention.0.to_string());
        Ok(json!({
            "posts": posts,
            "records": erased,
            "brokers_keep_it_for": kept,
            "files": self.files_of_receivers(),
        }))
    }

    /// The files of receivers. They belong to whoever reads them, who may be reading now: nothing is
    /// taken out of them.
    fn files_of_receivers(&self) -> Vec<Value> {
        let receivers = self.pipeline.config.receiver.iter();
        let files = receivers.filter(|one| one.kind == ReceiverKind::File);
        let file = |one: &Receiver| Some(json!({ "receiver": one.id, "path": one.path.as_ref()? }));
        files.filter_map(file).collect()
    }

    /// Tells the alerter to forget posts that it was not told of yet.
    fn forget(
        &self,
        posts: Vec<PostId>,
        by: &Actor,
        told: &mut BTreeSet<PostId>,
    ) -> anyhow::Result<()> {
        for post in posts {
            if told.insert(post) {
                let now = self.pipeline.clock.wall();
                self.ledger
                    .push_command(by.clone(), Action::Purge { post }, now)?;
            }
        }
        Ok(())
    }

    /// The posts that records of a topic name, and what is to stand in place of those records.
    fn redactions(&self, wanted: &Wanted, topic: Topic) -> anyhow::Result<Redactions> {
        let (mut posts, mut blanks) = (Vec::new(), Vec::new());
        for record in self.pipeline.log.scan_topic(topic)? {
            let record = record?;
            if let Some((post, payload)) = wanted.redacted(topic, &record) {
                posts.push(post);
                blanks.push((record.position, payload));
            }
        }
        Ok((posts, blanks))
    }
}

/// Posts, and the places of records with what is to stand there.
type Redactions = (Vec<PostId>, Vec<(Position, Vec<u8>)>);

/// The posts that are to be forgotten.
struct Wanted {
    id: Option<PostId>,
    link: Option<String>,
}

impl Wanted {
    fn parse(name: &str) -> anyhow::Result<Self> {
        if let Ok(id) = name.parse() {
            return Ok(Self {
                id: Some(id),
                link: None,
            });
        }
        let link = fengbiao_crawler::canonical(name);
        let link = link.context("expected a link, or the 32 hexadecimal digits of a post's id")?;
        Ok(Self {
            id: None,
            link: Some(link),
        })
    }

    /// The posts that are known before the log is looked through.
    fn known(&self, ledger: &Ledger) -> anyhow::Result<Vec<PostId>> {
        Ok(match &self.link {
            Some(link) => ledger.posts_with_link(link)?,
            None => self.id.into_iter().collect(),
        })
    }

    fn names(&self, post: &Post<'_>) -> bool {
        self.id == Some(post.id)
            || self.link.is_some() && self.link.as_deref() == post.url.as_ref().map(Link::as_str)
    }

    /// What stands in place of a record that names the post: its place stays, its text goes.
    fn redacted(&self, topic: Topic, record: &Record) -> Option<(PostId, Vec<u8>)> {
        if topic == Topic::Posts {
            let record = decode_post_record(&record.payload).ok()?;
            let (PostRecord::Post(post) | PostRecord::Update(post)) = record else {
                return None;
            };
            let gone = self.names(&post).then(|| gone(&post))?;
            return Some((post.id, encode_post_record(&PostRecord::Delete(gone))));
        }
        match decode_hit_record(&record.payload).ok()? {
            HitRecord::Hit(hit) if self.names(&hit.post) => {
                let (post, found_at) = (hit.post.id, hit.post.found_at);
                let stub = HitRecord::Stub {
                    topic: hit.topic,
                    post,
                    origin: hit.origin,
                    found_at,
                    bytes: 0,
                };
                Some((post, encode_hit_record(&stub)))
            }
            HitRecord::Update { post, origin } if self.names(&post) => {
                let deletion = gone(&post);
                Some((
                    post.id,
                    encode_hit_record(&HitRecord::Delete { deletion, origin }),
                ))
            }
            _ => None,
        }
    }
}

fn gone(post: &Post<'_>) -> Deletion {
    Deletion {
        id: post.id,
        service: post.service.clone(),
        source: post.source.clone(),
        found_at: post.found_at,
    }
}

#[cfg(test)]
mod tests;
