//! A notice as an event after CloudEvents 1.0 (structured mode, JSON format).

use fengbiao_wire::NoticeJson;
use serde::Serialize;

use crate::Outgoing;

/// The media type of one event.
pub(crate) const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// What stands in every event beside the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventOptions {
    /// Who speaks, a URI reference: the same for all events of one installation.
    pub source: String,
    /// Where the JSON Schema of the data is to be found, an absolute URI; none leaves it out.
    pub data_schema: Option<String>,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self {
            source: "urn:fengbiao".to_owned(),
            data_schema: None,
        }
    }
}

/// The attributes in the order in which the specification names them; extensions before the data.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    r#type: &'static str,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataschema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgeurl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<usize>,
    data: NoticeJson<'a>,
}

/// The event of a notice, one line of JSON without a line end.
///
/// `id` is that of the notice ([`Outgoing::id`]), the same on every attempt; `subject` is `topic/subject`; `time` is when
/// the notice was made; `data` is the notice as `fengbiao-wire` writes it. The link that
/// acknowledges it is the extension attribute `acknowledgeurl`, since it is no part of the notice.
#[must_use]
pub fn cloud_event(outgoing: &Outgoing, options: &EventOptions) -> Vec<u8> {
    event_part(outgoing, options, None)
}

/// The same as one of several: its number from 1 and how many there are, as the extension
/// attributes `part` and `parts`.
pub(crate) fn event_part(
    outgoing: &Outgoing,
    options: &EventOptions,
    part: Option<(usize, usize)>,
) -> Vec<u8> {
    let notice = &outgoing.notice;
    let event = Event {
        specversion: "1.0",
        id: outgoing.id().to_string(),
        source: &options.source,
        r#type: "fengbiao.notice.v1",
        subject: format!("{}/{}", notice.topic, notice.subject),
        time: fengbiao_wire::format_utc(notice.made_at),
        datacontenttype: "application/json",
        dataschema: options.data_schema.as_deref(),
        acknowledgeurl: outgoing.acknowledge_url.as_deref(),
        part: part.map(|(part, _)| part),
        parts: part.map(|(_, parts)| parts),
        data: NoticeJson::from(notice),
    };
    #[allow(
        clippy::expect_used,
        reason = "strings, numbers and string keys always serialise"
    )]
    serde_json::to_vec(&event).expect("an event is plain data")
}
