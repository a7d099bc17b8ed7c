//! JSON of what other rooms read too: by `fengbiao-wire`, as texts of SQLite.

use fengbiao_model::{Command, Event, Incident, Notice, Policy, Quote};
use fengbiao_wire::{
    WireError, decode_command, decode_event, decode_incident, decode_notice, decode_policy,
    decode_quote, encode_command, encode_event, encode_incident, encode_notice, encode_policy,
    encode_quote,
};

use crate::LedgerError;

#[allow(clippy::expect_used, reason = "JSON is UTF-8")]
fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("JSON is UTF-8")
}

fn read<T>(
    what: &'static str,
    body: &str,
    decode: impl Fn(&[u8]) -> Result<T, WireError>,
) -> Result<T, LedgerError> {
    decode(body.as_bytes()).map_err(|error| LedgerError::decode(what)(error.to_string()))
}

pub(crate) fn incident_json(incident: &Incident) -> String {
    text(encode_incident(incident))
}

pub(crate) fn incident_of(body: &str) -> Result<Incident, LedgerError> {
    read("incident", body, decode_incident)
}

pub(crate) fn event_json(event: &Event) -> String {
    text(encode_event(event))
}

pub(crate) fn event_of(body: &str) -> Result<Event, LedgerError> {
    read("event", body, decode_event)
}

pub(crate) fn notice_json(notice: &Notice) -> String {
    text(encode_notice(notice))
}

pub(crate) fn notice_of(body: &str) -> Result<Notice, LedgerError> {
    read("notice", body, decode_notice)
}

pub(crate) fn quote_json(quote: &Quote) -> String {
    text(encode_quote(quote))
}

pub(crate) fn quote_of(body: &str) -> Result<Quote, LedgerError> {
    read("quote", body, decode_quote)
}

pub(crate) fn policy_json(policy: &Policy) -> String {
    text(encode_policy(policy))
}

pub(crate) fn policy_of(body: &str) -> Result<Policy, LedgerError> {
    read("policy", body, decode_policy)
}

pub(crate) fn command_json(command: &Command) -> String {
    text(encode_command(command))
}

pub(crate) fn command_of(body: &str) -> Result<Command, LedgerError> {
    read("command", body, decode_command)
}
