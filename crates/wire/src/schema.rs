//! The JSON Schemas of all shapes, from the structs that are read and written.

use schemars::{Schema, schema_for};

use crate::command::CommandJson;
use crate::dead_letter::DeadLetterJson;
use crate::event::EventJson;
use crate::hit::HitRecordJson;
use crate::incident::IncidentJson;
use crate::lexicon_record::LexiconRecordJson;
use crate::notice::NoticeJson;
use crate::policy::PolicyJson;
use crate::post::PostRecordJson;
use crate::public_post::PublicPost;
use crate::pulse::PulseJson;
use crate::scan_line::ScanLine;

/// Every published shape: the name of its file and its JSON Schema (draft 2020-12).
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("post.json", schema_for!(PublicPost<'static>)),
        ("post-record.json", schema_for!(PostRecordJson<'static>)),
        ("hit-record.json", schema_for!(HitRecordJson<'static>)),
        ("pulse.json", schema_for!(PulseJson<'static>)),
        (
            "lexicon-record.json",
            schema_for!(LexiconRecordJson<'static>),
        ),
        ("dead-letter.json", schema_for!(DeadLetterJson<'static>)),
        ("notice.json", schema_for!(NoticeJson<'static>)),
        ("incident.json", schema_for!(IncidentJson<'static>)),
        ("event.json", schema_for!(EventJson<'static>)),
        ("command.json", schema_for!(CommandJson<'static>)),
        ("policy.json", schema_for!(PolicyJson<'static>)),
        ("scan-line.json", schema_for!(ScanLine<'static>)),
    ]
}
