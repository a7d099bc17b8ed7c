//! The story of an incident: all that the record holds of it, in order of time, so that the person
//! at night sees where it stands and a review needs nothing else.

mod course;
mod plot;
mod sheets;
mod stories;
mod svg;
mod text;
mod words;

use anyhow::Context as _;
use fengbiao_model::{Deadline, Event, Incident, Notice, Quote, Timestamp};
use fengbiao_wire::{
    DeadlineJson, decode_event, decode_incident, decode_notice, decode_quote, parse_time,
};
use jiff::tz::TimeZone;
use serde_json::Value;

/// A notice, and what became of it.
pub(crate) struct Told {
    notice: Notice,
    /// `waiting`, `delivered` or `dead`.
    state: String,
    attempts: u64,
    finished_at: Option<Timestamp>,
    last_error: Option<String>,
}

/// A line of the audit trail.
struct Trail {
    at: Timestamp,
    /// Who, what and anything else.
    words: String,
}

/// All that is known of an incident.
pub(crate) struct Story {
    /// Latest first.
    audit: Vec<Trail>,
    incident: Incident,
    /// In the order in which they were found.
    quotes: Vec<Quote>,
    /// What most of its posts say, the most often told first.
    stories: Vec<stories::Leading>,
    told: Vec<Told>,
    /// How many notices there are that are older than these.
    older_notices: u64,
    /// What is owed.
    deadlines: Vec<Deadline>,
    acknowledged_until: Option<Timestamp>,
    events: Vec<Event>,
    /// Minutes since 1970 in which posts were found, each with how many.
    posts_by_minute: Vec<(i64, u64)>,
}

impl Story {
    /// The name of its topic, for people.
    fn topic_name(&self) -> &str {
        let notice = self.told.first().map(|told| &told.notice);
        notice.map_or(self.incident.topic.as_str(), |notice| &notice.topic_name)
    }

    /// The incident, and the posts that it quotes in the order in which they were found.
    pub(crate) fn quoted(&self) -> (&Incident, &[Quote]) {
        (&self.incident, &self.quotes)
    }

    /// From an answer of the API.
    pub(crate) fn read(answer: &Value) -> anyhow::Result<Self> {
        let wrong = "the answer is not of this version";
        let each = |name: &str| {
            answer[name]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
        };
        let bytes = |value: &Value| value.to_string().into_bytes();
        let mut quotes = Vec::new();
        for quote in each("quotes") {
            quotes.push(decode_quote(&bytes(quote)).context(wrong)?);
        }
        quotes.sort_by_key(|quote| (quote.found_at, quote.post));
        let mut events = Vec::new();
        for event in each("events") {
            events.push(decode_event(&bytes(event)).context(wrong)?);
        }
        let mut told = Vec::new();
        for delivery in each("deliveries") {
            let text = |name: &str| delivery[name].as_str();
            told.push(Told {
                notice: decode_notice(&bytes(&delivery["notice"])).context(wrong)?,
                state: text("state").unwrap_or_default().to_owned(),
                attempts: delivery["attempts"].as_u64().unwrap_or_default(),
                finished_at: text("finished_at")
                    .and_then(|text| parse_time(text, &TimeZone::UTC).ok()),
                last_error: text("last_error").map(str::to_owned),
            });
        }
        told.reverse();
        let mut deadlines = Vec::new();
        for deadline in each("deadlines") {
            let deadline: DeadlineJson = serde_json::from_value(deadline.clone()).context(wrong)?;
            deadlines.push(deadline.into());
        }
        let until = answer["acknowledged_until"].as_str();
        let audit = each("audit").iter().filter_map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default();
            let words = format!("{}  {}  {}", text("by"), text("what"), text("note"));
            Some(Trail {
                at: parse_time(text("at"), &TimeZone::UTC).ok()?,
                words,
            })
        });
        let pair = |pair: &Value| Some((pair[0].as_i64()?, pair[1].as_u64()?));
        Ok(Self {
            audit: audit.collect(),
            incident: decode_incident(&bytes(&answer["incident"])).context(wrong)?,
            quotes,
            stories: each("stories").iter().map(stories::Leading::read).collect(),
            told,
            older_notices: answer["older_deliveries"].as_u64().unwrap_or_default(),
            deadlines,
            acknowledged_until: until.and_then(|text| parse_time(text, &TimeZone::UTC).ok()),
            events,
            posts_by_minute: each("posts_by_minute").iter().filter_map(pair).collect(),
        })
    }
}

/// Times as they are shown.
pub(super) struct Hours<'a>(&'a TimeZone);

impl Hours<'_> {
    fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.as_millis());
        self.0.to_datetime(at.unwrap_or(jiff::Timestamp::MAX))
    }

    /// `+08:00`
    fn offset(&self, at: Timestamp) -> String {
        let at = jiff::Timestamp::from_millisecond(at.as_millis());
        let at = at.unwrap_or(jiff::Timestamp::MAX);
        let zoned = at.to_zoned_datetime(self.0.clone());
        zoned.strftime("%:z").to_string()
    }

    /// `2026-11-23 14:06`
    fn minute(&self, at: Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// `11-23 14:06`
    fn short(&self, at: Timestamp) -> String {
        self.local(at).strftime("%m-%d %H:%M").to_string()
    }

    /// `2026-11-23`
    fn day(&self, at: Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%d").to_string()
    }

    /// `14:06:03`
    fn clock(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M:%S").to_string()
    }
}
