//! From what came to what is stored. The only place where an author's name, a telephone number or
//! a link to a person is handled; nothing behind it ever sees one.

mod letter;
mod pseudonym;
mod refusal;

use std::borrow::Cow;
use std::sync::Arc;

use fengbiao_model::{
    Clock, Counts, Deletion, Link, Post, PostId, PostIdentity, PostRecord, PostText, ServiceId,
    SourceId, TimeSpan, Timestamp, Title, Voice,
};
use fengbiao_wire::{Author, IncomingKind, IncomingPost, NativeId, decode_incoming};
use jiff::tz::TimeZone;

use crate::encoding::Encoding;
use crate::field_map::FieldMap;
use crate::limits::MAX_PUBLISHED_AHEAD_HOURS;
use crate::links::canonical;
use crate::mask::{mask, mask_mentions};
use crate::metrics::Metrics;

pub use letter::shown_of_record;
pub use pseudonym::PseudonymKeys;
pub use refusal::Refusal;

/// Where a missing `found_at` comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Posts come as they are found: it is now.
    #[default]
    Live,
    /// An archive: it is `published_at`, and now only where that is missing too.
    Archive,
}

/// How the posts of a source are read.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The source, where a post does not name another.
    pub source: SourceId,
    /// The service the posts were made on; none means that it is called as the source.
    pub service: Option<ServiceId>,
    /// Whether a post that names another source is refused.
    pub one_source: bool,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// Where the fields of a foreign shape are found.
    pub map: FieldMap,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// Where a missing `found_at` comes from.
    pub times: Times,
}

impl Intake {
    /// Posts of a source in Fengbiao's own shape, in UTF-8, with times in UTC.
    #[must_use]
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            service: None,
            one_source: false,
            zone: TimeZone::UTC,
            map: FieldMap::default(),
            encoding: Encoding::default(),
            times: Times::default(),
        }
    }
}

/// A record that is ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The record: masked, pseudonymous, identified.
    pub record: PostRecord<'static>,
    /// The id exactly as it was given. For the answer to whoever gave it; it is not stored.
    pub given_id: Option<NativeId<'static>>,
}

impl Prepared {
    /// What the post is known by.
    #[must_use]
    pub fn post_id(&self) -> Option<PostId> {
        match &self.record {
            PostRecord::Post(post) | PostRecord::Update(post) => Some(post.id),
            PostRecord::Delete(deletion) => Some(deletion.id),
            PostRecord::Control(_) => None,
        }
    }

    /// The source it was collected from.
    #[must_use]
    pub const fn source(&self) -> Option<&SourceId> {
        match &self.record {
            PostRecord::Post(post) | PostRecord::Update(post) => Some(&post.source),
            PostRecord::Delete(deletion) => Some(&deletion.source),
            PostRecord::Control(_) => None,
        }
    }
}

/// What came, whatever its shape was.
#[derive(Clone, Default)]
pub(crate) struct Raw<'a> {
    pub(crate) kind: IncomingKind,
    pub(crate) id: Option<&'a str>,
    pub(crate) service: Option<&'a ServiceId>,
    pub(crate) source: Option<&'a SourceId>,
    pub(crate) url: Option<&'a str>,
    pub(crate) title: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) author: Option<&'a str>,
    pub(crate) voice: Option<Voice>,
    pub(crate) published_at: Option<Timestamp>,
    pub(crate) found_at: Option<Timestamp>,
    pub(crate) counts: Counts,
    pub(crate) repost_of: Option<&'a str>,
}

impl<'a> Raw<'a> {
    fn of(post: &'a IncomingPost<'_>) -> Self {
        Self {
            kind: post.kind,
            id: post.id.as_ref().map(NativeId::as_str),
            service: post.service.as_ref(),
            source: post.source.as_ref(),
            url: post.url.as_ref().map(Link::as_str),
            title: post.title.as_ref().map(Title::as_str),
            text: post.text.as_ref().map_or("", PostText::as_str),
            author: post.author.as_ref().map(Author::reveal),
            voice: post.voice,
            published_at: post.published_at,
            found_at: post.found_at,
            counts: post.counts,
            repost_of: post.repost_of.as_ref().map(NativeId::as_str),
        }
    }
}

/// Makes posts of what one source brings.
#[derive(Clone)]
pub struct Preparer {
    intake: Intake,
    keys: PseudonymKeys,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
}

impl Preparer {
    /// For the posts of one source.
    #[must_use]
    pub const fn new(
        intake: Intake,
        keys: PseudonymKeys,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        Self {
            intake,
            keys,
            clock,
            metrics,
        }
    }

    /// How the posts are read.
    #[must_use]
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The same for another source.
    #[must_use]
    pub fn for_source(&self, source: SourceId, one_source: bool) -> Self {
        let intake = Intake {
            source,
            one_source,
            ..self.intake.clone()
        };
        Self {
            intake,
            ..self.clone()
        }
    }

    /// One line of JSON to one record.
    pub fn line(&self, bytes: &[u8]) -> Result<Prepared, Refusal> {
        let text = self.intake.encoding.decode(bytes)?;
        let text = self.intake.map.apply(text)?;
        let post = decode_incoming(text.as_bytes(), &self.intake.zone)?;
        let prepared = self.raw(&Raw::of(&post))?;
        let given_id = post.id.map(NativeId::into_owned);
        Ok(Prepared {
            given_id,
            ..prepared
        })
    }

    /// What came, in whatever shape, to one record.
    pub(crate) fn raw(&self, raw: &Raw<'_>) -> Result<Prepared, Refusal> {
        let source = match raw.source {
            Some(found) if self.intake.one_source && *found != self.intake.source => {
                let expected = self.intake.source.clone();
                return Err(Refusal::OtherSource {
                    found: found.clone(),
                    expected,
                });
            }
            Some(found) => found.clone(),
            None => self.intake.source.clone(),
        };
        if source.is_canary() {
            return Err(Refusal::ReservedSource);
        }
        let service = self.service(raw, &source)?;
        let record = if raw.kind == IncomingKind::Delete {
            self.deletion(raw, source, service)
                .map(PostRecord::Delete)?
        } else {
            let update = raw.kind == IncomingKind::Update;
            let post = self.post(raw, source, service)?;
            if update {
                PostRecord::Update(post)
            } else {
                PostRecord::Post(post)
            }
        };
        Ok(Prepared {
            record,
            given_id: None,
        })
    }

    fn service(&self, raw: &Raw<'_>, source: &SourceId) -> Result<ServiceId, Refusal> {
        match raw.service.or(self.intake.service.as_ref()) {
            Some(service) => Ok(service.clone()),
            None => {
                let name = ServiceId::new(source.as_str());
                name.map_err(|error| Refusal::Post(format!("`service` {error}")))
            }
        }
    }

    fn deletion(
        &self,
        raw: &Raw<'_>,
        source: SourceId,
        service: ServiceId,
    ) -> Result<Deletion, Refusal> {
        let id = match (raw.id, raw.url) {
            (Some(id), _) => by_id(&service, id),
            (None, Some(url)) => {
                let link = canonical(url).ok_or(Refusal::NothingToDelete)?;
                PostId::of(&service, &PostIdentity::Link(&link))
            }
            (None, None) => return Err(Refusal::NothingToDelete),
        };
        let found_at = self.found_at(raw.found_at, None);
        Ok(Deletion {
            id,
            service,
            source,
            found_at,
        })
    }

    fn post(
        &self,
        raw: &Raw<'_>,
        source: SourceId,
        service: ServiceId,
    ) -> Result<Post<'static>, Refusal> {
        let author = raw
            .author
            .map(str::trim)
            .filter(|author| !author.is_empty());
        let published_at = self.published_at(raw.published_at);
        let found_at = self.found_at(raw.found_at, published_at);
        let of_author = |author| self.keys.voice(&service, author, found_at);
        let voice = raw.voice.or_else(|| author.map(of_author));
        let title = raw.title.filter(|title| !title.trim().is_empty());
        let title = title.map(|title| self.masked(title, author));
        let text = self.masked(raw.text, author);
        let url = self.link(raw.url, raw.id);
        let id = match (raw.id, &url) {
            (Some(id), _) => by_id(&service, id),
            (None, Some(url)) => PostId::of(&service, &PostIdentity::Link(url.as_str())),
            (None, None) => {
                let (source, title) = (&source, title.as_deref());
                PostId::of(
                    &service,
                    &PostIdentity::Content {
                        source,
                        title,
                        text: &text,
                    },
                )
            }
        };
        let native_id = raw.id.filter(|id| names_nobody(id, author));
        let repost_of = raw.repost_of.map(|id| by_id(&service, id));
        Ok(Post {
            id,
            native_id: native_id.map(|id| Cow::Owned(id.to_owned())),
            service,
            source,
            url,
            title: title.map(Title::new).transpose()?,
            text: PostText::new(text)?,
            voice,
            published_at,
            found_at,
            counts: raw.counts,
            repost_of,
        })
    }

    fn masked(&self, text: &str, author: Option<&str>) -> String {
        let shown = mask(text);
        let shown = match author {
            Some(author) => mask_mentions(text, author, shown),
            None => shown,
        };
        if let Cow::Owned(_) = shown {
            self.metrics.masked.inc();
        }
        shown.into_owned()
    }

    /// The canonical link; without a link, an id that is one. What cannot be a link is left out
    /// and counted: the post is worth more than its link.
    fn link(&self, url: Option<&str>, id: Option<&str>) -> Option<Link<'static>> {
        let given = url.or(id.filter(|id| is_link(id)))?;
        let link = canonical(given).and_then(|link| Link::new(link).ok());
        if link.is_none() {
            self.metrics.links_dropped.inc();
        }
        link
    }

    /// None when it lies too far in the future to be true.
    fn published_at(&self, given: Option<Timestamp>) -> Option<Timestamp> {
        let latest = self.clock.wall() + TimeSpan::from_hours(MAX_PUBLISHED_AHEAD_HOURS);
        if given.is_some_and(|given| given > latest) {
            self.metrics.published_dropped.inc();
            return None;
        }
        given
    }

    /// Never later than now.
    fn found_at(&self, given: Option<Timestamp>, published_at: Option<Timestamp>) -> Timestamp {
        let now = self.clock.wall();
        let archive = published_at.filter(|_| self.intake.times == Times::Archive);
        let Some(given) = given.or(archive) else {
            return now;
        };
        if given > now {
            self.metrics.found_clamped.inc();
        }
        given.min(now)
    }
}

fn is_link(id: &str) -> bool {
    id.starts_with("http://") || id.starts_with("https://")
}

/// The identity of a post by its id. An id that is a link (feeds have such) is known by its
/// canonical form, so that another source that gives it as a link finds the same post.
fn by_id(service: &ServiceId, id: &str) -> PostId {
    match canonical(id).filter(|_| is_link(id)) {
        Some(link) => PostId::of(service, &PostIdentity::Link(&link)),
        None => PostId::of(service, &PostIdentity::Native(id)),
    }
}

/// Whether an id can be stored: no link, no address, no number of a person, not the author's name.
fn names_nobody(id: &str, author: Option<&str>) -> bool {
    !is_link(id)
        && !id.contains('@')
        && matches!(mask(id), Cow::Borrowed(_))
        && !author.is_some_and(|author| id.contains(author))
}

#[cfg(test)]
mod tests;
