//! The posts of these measurements and the keywords that are looked for in them.

use std::path::Path;

use fengbiao_log::{Destination, NewRecord, Topic};
use fengbiao_model::{Post, PostId, PostIdentity, PostRecord, ServiceId, Timestamp, Voice};

use crate::matcher::posts::post;
use crate::matcher::scan::dictionaries::{self, Kind};
use crate::matcher::scan::texts;
use crate::posts::Numbers;

/// Bytes of all texts; more posts than they make repeat them under ids of their own.
const BYTES: usize = 40_000_000;
/// Accounts that write the posts.
const VOICES: u64 = 200_000;

/// Texts, and keywords of which some three in a hundred of them have one.
pub(super) struct Texts {
    pub(super) posts: Vec<&'static str>,
    pub(super) keywords: Vec<String>,
}

impl Texts {
    /// Generated ones; those of the corpora where they are asked for.
    pub(super) fn draw(corpora: Option<&Path>, keywords: usize) -> anyhow::Result<Self> {
        let words = texts::words()?;
        let posts = texts::posts(corpora, &words, BYTES)?;
        let keywords = dictionaries::keywords(Kind::Realistic, keywords, &words, &posts)?;
        Ok(Self { posts, keywords })
    }

    pub(super) fn mean_bytes(&self) -> usize {
        self.posts.iter().map(|post| post.len()).sum::<usize>() / self.posts.len().max(1)
    }

    /// The record of a post as a crawler writes it.
    pub(super) fn record(&self, number: usize, found_at: Timestamp) -> anyhow::Result<NewRecord> {
        record(number, self.posts[number % self.posts.len()], found_at)
    }
}

/// The record of a post with this text.
pub(super) fn record(number: usize, text: &str, found_at: Timestamp) -> anyhow::Result<NewRecord> {
    let native = number.to_string();
    let service = ServiceId::new("example")?;
    let id = PostId::of(&service, &PostIdentity::Native(&native));
    let mut voice = [0; 16];
    voice[..8].copy_from_slice(&Numbers(number as u64).below(VOICES).to_le_bytes());
    let record = PostRecord::Post(Post {
        id,
        native_id: Some(native.into()),
        voice: Some(Voice::from_bytes(voice)),
        published_at: Some(found_at),
        found_at,
        ..post(text)?
    });
    Ok(NewRecord {
        topic: Topic::Posts,
        to: Destination::Key(id.as_bytes().to_vec()),
        payload: fengbiao_wire::encode_post_record(&record),
    })
}
