//! The posts that `scan` reads, and where each stands: in files, or in the log of the daemon.

use anyhow::Context as _;
use fengbiao_log::Topic;
use fengbiao_model::{Clock as _, Offset, Partition, Position, Post, PostRecord, Timestamp};
use fengbiao_wire::{NativeId, decode_post_record, parse_span};

use super::typed::time;
use crate::app::App;
use crate::cli::{self, Input};
use crate::clock::SystemClock;
use crate::log::{Kept, Log};
use crate::posts::Posts;

/// A post with what is said of it beside its text.
pub(crate) struct Scanned {
    pub(crate) post: Post<'static>,
    /// Its id as it was given.
    pub(crate) id: Option<NativeId<'static>>,
    /// The file and the line in which it stands.
    pub(crate) place: Option<(String, u64)>,
    pub(crate) origin: Position,
}

impl Scanned {
    /// The file and the line, where it comes from a file.
    pub(crate) fn place(&self) -> Option<(&str, u64)> {
        self.place
            .as_ref()
            .map(|(file, line)| (file.as_str(), *line))
    }
}

/// Where they come from.
pub(crate) enum Source {
    Files(Box<Posts>),
    /// What the daemon has kept of those found at this time or later, and how many were given.
    Log(Kept, Timestamp, u64),
}

impl Source {
    /// The files, or the log where a time is named.
    pub(crate) fn open(app: &App, asked: &cli::Scan) -> anyhow::Result<Self> {
        match &asked.since {
            Some(since) => Self::log(app, since),
            None => Self::files(app, &asked.input),
        }
    }

    fn files(app: &App, input: &Input) -> anyhow::Result<Self> {
        Ok(Self::Files(Box::new(Posts::open(app, input)?)))
    }

    fn log(app: &App, since: &str) -> anyhow::Result<Self> {
        let from = match parse_span(since) {
            Ok(length) => SystemClock::new().wall() - length,
            Err(_) => time(app, "--since", since)
                .context("`--since` is a length such as `14d`, or a time")?,
        };
        let config = &app.loaded.config;
        let kept = Log::kept(config, Topic::Posts).with_context(|| {
            format!("reading the posts kept in `{}`", config.data_dir.display())
        })?;
        Ok(Self::Log(kept, from, 0))
    }

    /// The next post, new or changed; an error where it cannot be read on.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Scanned>> {
        match self {
            Self::Files(posts) => next_line(posts),
            Self::Log(kept, from, given) => {
                let next = next_record(kept, *from)?;
                *given += u64::from(next.is_some());
                Ok(next)
            }
        }
    }

    /// How many posts were read; of files the lines that were taken.
    pub(crate) fn taken(&self) -> u64 {
        match self {
            Self::Files(posts) => posts.taken,
            Self::Log(_, _, given) => *given,
        }
    }

    /// How many lines were refused.
    pub(crate) fn refused(&self) -> u64 {
        match self {
            Self::Files(posts) => posts.refused,
            Self::Log(..) => 0,
        }
    }

    /// Says what is to be said at the end.
    pub(crate) fn close(&self) {
        if let Self::Files(posts) = self {
            posts.close();
        }
    }
}

fn next_line(posts: &mut Posts) -> anyhow::Result<Option<Scanned>> {
    while let Some((line, prepared)) = posts.next_line()? {
        let (PostRecord::Post(post) | PostRecord::Update(post)) = prepared.record else {
            continue;
        };
        return Ok(Some(Scanned {
            post,
            id: prepared.given_id,
            place: Some((posts.file.clone(), line)),
            origin: Position {
                partition: Partition(0),
                offset: Offset(posts.taken - 1),
            },
        }));
    }
    Ok(None)
}

fn next_record(kept: &mut Kept, from: Timestamp) -> anyhow::Result<Option<Scanned>> {
    for record in kept {
        let record = record?;
        let Ok(PostRecord::Post(post) | PostRecord::Update(post)) =
            decode_post_record(&record.payload)
        else {
            continue;
        };
        // Canaries are no posts of anybody.
        if post.found_at >= from && !post.source.is_canary() {
            return Ok(Some(Scanned {
                id: None,
                post: post.into_owned(),
                place: None,
                origin: record.position,
            }));
        }
    }
    Ok(None)
}
