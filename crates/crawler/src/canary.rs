//! Canaries: posts that Fengbiao puts in itself, to see that they come out.
//!
//! A canary takes the way of every post, from here to the log on; only its source is reserved, and
//! [`crate::Preparer`] refuses that name to everything that comes from outside. One is put into
//! each partition of `posts`: which one it is for stands in its id, and the outlet sends it there.

use std::borrow::Cow;

use fengbiao_model::{
    CANARY_TEXT, Counts, Partition, Post, PostError, PostId, PostIdentity, PostRecord, PostText,
    ServiceId, SourceId, TimeSpan, Timestamp,
};

use crate::source::{Context, Running, Source};

/// Puts in a canary for each partition, at once and then at an interval.
pub struct CanarySource {
    id: SourceId,
    interval: TimeSpan,
    partitions: u32,
}

impl CanarySource {
    /// Canaries for partitions 0 to `partitions` − 1 of `posts`; the interval is more than zero.
    #[must_use]
    pub fn new(interval: TimeSpan, partitions: u32) -> Self {
        Self {
            id: SourceId::canary(),
            interval,
            partitions,
        }
    }

    fn canaries(&self, now: Timestamp) -> Result<Vec<PostRecord<'static>>, PostError> {
        (0..self.partitions)
            .map(|partition| canary(Partition(partition), now).map(PostRecord::Post))
            .collect()
    }

    /// Errors are said once: the watchdog misses the canary, and says so for as long as it lasts.
    async fn put(&self, context: &Context, failing: &mut bool) {
        let put = match self.canaries(context.clock.wall()) {
            Ok(canaries) => context.outlet.accept(canaries).await,
            Err(error) => Err(crate::OutletError::Failed(error.to_string())),
        };
        match put {
            Ok(()) => *failing = false,
            Err(error) if *failing => tracing::debug!(%error, "a canary is not put in"),
            Err(error) => {
                *failing = true;
                tracing::warn!(%error, "canaries cannot be put in");
            }
        }
    }
}

impl Source for CanarySource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    /// They are missed when they do not come out; that they went in says nothing.
    fn has_pulses(&self) -> bool {
        false
    }

    fn run<'a>(&'a mut self, context: &'a Context) -> Running<'a> {
        Box::pin(async move {
            let mut failing = false;
            loop {
                let put = self.put(context, &mut failing);
                tokio::select! {
                    () = put => {}
                    () = context.stopped() => return Ok(()),
                }
                if !context.wait(self.interval).await {
                    return Ok(());
                }
            }
        })
    }
}

/// A canary for a partition. Its author is nobody.
fn canary(partition: Partition, now: Timestamp) -> Result<Post<'static>, PostError> {
    let native_id = format!("{}/{}", partition.0, now.as_millis());
    let service = ServiceId::canary();
    Ok(Post {
        id: PostId::of(&service, &PostIdentity::Native(&native_id)),
        native_id: Some(Cow::Owned(native_id)),
        service,
        source: SourceId::canary(),
        url: None,
        title: None,
        text: PostText::new(CANARY_TEXT)?,
        voice: None,
        published_at: None,
        found_at: now,
        counts: Counts::default(),
        repost_of: None,
    })
}

/// The partition that a canary is for; none for any other post.
#[must_use]
pub fn canary_partition(post: &Post<'_>) -> Option<Partition> {
    if !post.source.is_canary() {
        return None;
    }
    let (partition, _) = post.native_id.as_ref()?.split_once('/')?;
    partition.parse().ok().map(Partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_knows_its_partition_and_no_two_are_one_post() {
        let at = Timestamp::from_millis;
        let ids: std::collections::BTreeSet<_> = [(0, 1), (0, 2), (3, 1)]
            .map(|(partition, now)| {
                let post = canary(Partition(partition), at(now)).unwrap();
                assert_eq!(canary_partition(&post), Some(Partition(partition)));
                post.id
            })
            .into();
        assert_eq!(ids.len(), 3);
        let mut other = canary(Partition(0), at(1)).unwrap();
        other.source = SourceId::new("forum").unwrap();
        assert_eq!(canary_partition(&other), None);
    }
}
