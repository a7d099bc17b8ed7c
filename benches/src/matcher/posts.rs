//! Posts of the model around texts.

use fengbiao_model::{Counts, Post, PostId, PostText, ServiceId, SourceId};

use crate::clock::BEGINNING;

/// A post with nothing but a text.
pub(crate) fn post(text: &str) -> anyhow::Result<Post<'_>> {
    Ok(Post {
        id: PostId::from_bytes([0; 16]),
        native_id: None,
        service: ServiceId::new("example")?,
        source: SourceId::new("example-search")?,
        url: None,
        title: None,
        text: PostText::new(text)?,
        voice: None,
        published_at: Some(BEGINNING),
        found_at: BEGINNING,
        counts: Counts::default(),
        repost_of: None,
    })
}
