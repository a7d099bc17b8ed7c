//! What an incident's posts say, each story with its count and the links to those that tell it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use fengbiao_model::{IncidentId, PostId, Quote, SourceId, StoryId, Timestamp};
use rusqlite::Connection;

use crate::LedgerError;
use crate::columns::uint;
use crate::commit::incident_int;
use crate::limits::{MAX_DETAIL_STORIES, MAX_STORY_LINKS};

/// Posts of an incident that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryDetail {
    /// The story, named by the first post of the topic that told it.
    pub story: StoryId,
    /// How many posts of the incident tell it.
    pub posts: u64,
    /// Those of them that the incident quotes, the widest reach first: the link of a post that is
    /// not quoted is not kept.
    pub links: Vec<StoryPost>,
}

/// One of the posts that say the same. Who spoke is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryPost {
    /// The post.
    pub post: PostId,
    /// Where it was found.
    pub source: SourceId,
    /// Where it can be read.
    pub url: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was found.
    pub found_at: Timestamp,
    /// How far it reaches: reposts, comments and likes together.
    pub reach: u64,
}

impl From<Quote> for StoryPost {
    fn from(quote: Quote) -> Self {
        Self {
            post: quote.post,
            source: quote.source,
            url: quote.url,
            published_at: quote.published_at,
            found_at: quote.found_at,
            reach: quote.counts.reach(),
        }
    }
}

/// The stories of an incident, with the links of its quotes, that are told most often; of those told as often, the one that
/// reaches widest first.
pub(crate) fn stories(
    db: &Connection,
    id: IncidentId,
    quotes: &[Quote],
) -> Result<Vec<StoryDetail>, LedgerError> {
    let mut links: BTreeMap<StoryId, Vec<StoryPost>> = BTreeMap::new();
    for quote in quotes {
        let post = StoryPost::from(quote.clone());
        links.entry(quote.story).or_default().push(post);
    }
    let mut statement =
        db.prepare_cached("SELECT story, posts FROM stories WHERE incident = ?1")?;
    let mut rows = statement.query([incident_int(id)?])?;
    let mut stories = Vec::new();
    while let Some(row) = rows.next()? {
        let story = StoryId(row.get::<_, i64>(0)?.cast_unsigned());
        let posts = uint("count of posts", row.get(1)?)?;
        let mut links = links.remove(&story).unwrap_or_default();
        links.sort_by_key(|link| (Reverse(link.reach), link.found_at, link.post));
        links.truncate(MAX_STORY_LINKS);
        stories.push(StoryDetail {
            story,
            posts,
            links,
        });
    }
    stories.sort_by_key(|story| {
        let widest = story.links.first().map(|link| link.reach);
        (Reverse(story.posts), Reverse(widest), story.story)
    });
    stories.truncate(MAX_DETAIL_STORIES);
    Ok(stories)
}
