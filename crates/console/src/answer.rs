//! The shapes of the API's answers. Who spoke is in none of them: the numbers of voices are.

use fengbiao_ledger::{AuditLine, Delivery, IncidentDetail, StoryDetail, StoryPost};
use fengbiao_model::{Incident, IncidentNumber, LedgerId, NoticeId, PostId, Timestamp};
use fengbiao_wire::{
    DeadlineJson, DeedJson, EventJson, IncidentJson, NoticeJson, QuestionJson, QuoteJson, Str, Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of incidents, latest number first.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "IncidentList")]
pub(crate) struct IncidentListJson<'a> {
    /// The incidents.
    incidents: Vec<IncidentJson<'a>>,
    /// Give it as `before` for the next page; not there on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Text<IncidentNumber>>,
    /// How many more fit, which the pages behind this one have.
    left_out: u64,
}

impl<'a> IncidentListJson<'a> {
    /// A page, and how many fit that are behind it.
    pub(crate) fn new(page: &'a [Incident], left_out: u64) -> Self {
        let last = page.last().filter(|_| left_out > 0);
        Self {
            incidents: page.iter().map(Into::into).collect(),
            next: last.and_then(|incident| incident.number).map(Text),
            left_out,
        }
    }
}

/// A notice and what became of it.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Delivery")]
pub(crate) struct DeliveryJson<'a> {
    /// What its receiver sees as its id.
    id: String,
    /// The notice as it was made.
    notice: NoticeJson<'a>,
    /// `waiting`, `delivered` or `dead`.
    state: &'static str,
    /// Attempts so far.
    attempts: u32,
    /// When it is tried next; only while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Text<Timestamp>>,
    /// Why the last attempt that failed did so.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'a str>,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Text<Timestamp>>,
    /// The id of the notice that it stands in for.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_for: Option<String>,
}

impl<'a> DeliveryJson<'a> {
    fn new(delivery: &'a Delivery, ledger: LedgerId) -> Self {
        let key = delivery.notice.key.clone();
        let fallback_for = delivery.fallback_for.as_ref();
        Self {
            id: NoticeId { ledger, key }.to_string(),
            notice: (&delivery.notice).into(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(Text),
            last_error: delivery.last_error.as_deref(),
            finished_at: delivery.finished_at.map(Text),
            fallback_for: fallback_for.map(|key| format!("{ledger}.{key}")),
        }
    }
}

/// One line of the audit trail.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "AuditLine")]
pub(crate) struct AuditLineJson<'a> {
    /// Its running number.
    number: u64,
    /// When (wall clock).
    at: Text<Timestamp>,
    /// Who.
    by: &'a str,
    /// What, such as `incident.viewed`.
    what: &'a str,
    /// On what.
    on: &'a str,
    /// Anything else.
    note: &'a str,
}

impl<'a> From<&'a AuditLine> for AuditLineJson<'a> {
    fn from(line: &'a AuditLine) -> Self {
        Self {
            number: line.number,
            at: Text(line.at),
            by: &line.by,
            what: &line.what,
            on: &line.on,
            note: &line.note,
        }
    }
}

/// All there is to show of an incident.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "IncidentDetail")]
pub(crate) struct IncidentDetailJson<'a> {
    /// The incident.
    incident: IncidentJson<'a>,
    /// The posts it quotes, in the order in which they came.
    quotes: Vec<QuoteJson<'a>>,
    /// The stories that most of its posts tell, those told most often first, with the links of
    /// their posts.
    stories: Vec<StoryJson<'a>>,
    /// Its notices, latest first.
    deliveries: Vec<DeliveryJson<'a>>,
    /// How many older notices there are, which are not shown.
    older_deliveries: u64,
    /// What the audit trail says of it, latest first.
    audit: Vec<AuditLineJson<'a>>,
    /// How many posts belong to it.
    members: u64,
    /// Its record, in order: what people did and what the machine decided.
    events: Vec<EventJson<'a>>,
    /// What is owed of it, and until when, in the order of the duties.
    deadlines: Vec<DeadlineJson>,
    /// The questions of its contact sheet that wait for an answer, in the order of their numbers.
    asked: Vec<QuestionJson<'a>>,
    /// Until when its acknowledgement is good (wall clock); not there: without end, or there is
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_until: Option<Text<Timestamp>>,
    /// Minutes (since 1970) in which posts of it were found, each with how many; in order.
    posts_by_minute: &'a [(i64, u64)],
}

impl<'a> IncidentDetailJson<'a> {
    /// An incident of a ledger.
    pub(crate) fn new(detail: &'a IncidentDetail, ledger: LedgerId) -> Self {
        let deadlines = detail.duties.deadlines.values().copied();
        let delivery = |delivery| DeliveryJson::new(delivery, ledger);
        Self {
            incident: (&detail.incident).into(),
            quotes: detail.quotes.iter().map(Into::into).collect(),
            stories: detail.stories.iter().map(Into::into).collect(),
            deliveries: detail.deliveries.iter().map(delivery).collect(),
            older_deliveries: detail.older_deliveries,
            audit: detail.audit.iter().map(Into::into).collect(),
            members: detail.members,
            events: detail.events.iter().map(Into::into).collect(),
            deadlines: deadlines.map(Into::into).collect(),
            asked: detail.duties.asked.values().map(Into::into).collect(),
            acknowledged_until: detail.duties.acknowledged_until.map(Text),
            posts_by_minute: &detail.posts_by_minute,
        }
    }
}

/// Posts of an incident that say the same.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Story")]
pub(crate) struct StoryJson<'a> {
    /// How many posts tell it.
    posts: u64,
    /// Where they can be read, as far as it is known, the widest reach first. The incident keeps
    /// the links of the posts it quotes; the others are counted.
    links: Vec<StoryPostJson<'a>>,
}

/// One of the posts that say the same.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "StoryPost")]
pub(crate) struct StoryPostJson<'a> {
    /// The post.
    post: Text<PostId>,
    /// Where it was found.
    source: &'a str,
    /// Where it can be read; not there: it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// When it was published; not there: it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<Text<Timestamp>>,
    /// When it was found.
    found_at: Text<Timestamp>,
    /// How far it reaches: reposts, comments and likes together.
    reach: u64,
}

impl<'a> From<&'a StoryDetail> for StoryJson<'a> {
    fn from(story: &'a StoryDetail) -> Self {
        let link = |post: &'a StoryPost| StoryPostJson {
            post: Text(post.post),
            source: post.source.as_str(),
            url: post.url.as_deref(),
            published_at: post.published_at.map(Text),
            found_at: Text(post.found_at),
            reach: post.reach,
        };
        Self {
            posts: story.posts,
            links: story.links.iter().map(link).collect(),
        }
    }
}

/// A command was stored.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Accepted")]
pub(crate) struct AcceptedJson {
    /// The command's number.
    pub(crate) command: u64,
    /// Whether it is done; if not, the alerter takes it next and may still refuse it.
    pub(crate) done: bool,
    /// The number of what was made by it, by which it is replied to or ended: the item of a contact
    /// sheet, the silence, the stand-in. Not there: it made none, or is not done yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u64>,
}

/// Who takes an incident on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Acknowledge")]
pub(crate) struct AcknowledgeJson {
    /// A name for the audit trail, 1 to 128 bytes.
    pub(crate) by: String,
}

/// Who closes an incident, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Close")]
pub(crate) struct CloseJson {
    /// A name for the audit trail, 1 to 128 bytes.
    pub(crate) by: String,
    /// Why, in a sentence; at most 4096 bytes.
    pub(crate) note: String,
}

/// What is asked of an incident, and by whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "DeedRequest")]
pub(crate) struct DeedRequestJson<'a> {
    /// A name for the audit trail, 1 to 128 bytes.
    #[serde(borrow)]
    pub(crate) by: Str<'a>,
    /// What is asked.
    #[serde(borrow)]
    pub(crate) deed: DeedJson<'a>,
}

/// Who ends something that was asked for a while.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "End")]
pub(crate) struct EndJson {
    /// A name for the audit trail, 1 to 128 bytes.
    pub(crate) by: String,
}
