//! The bytes of version 1, kept: old records must be read, and equal values must stay equal bytes.

use std::fmt::Debug;
use std::path::Path;

use fengbiao_model::{HitRecord, PostRecord, SubjectKey};
use fengbiao_wire::{
    DeadLetter, DeedJson, LexiconFile, LexiconManifest, LexiconPart, LexiconPositions,
    LexiconRecord, NativeId, ScanLine, WireError, decode_command, decode_dead_letter, decode_event,
    decode_hit_record, decode_incident, decode_lexicon_record, decode_notice, decode_policy,
    decode_post_record, decode_pulse, encode_command, encode_dead_letter, encode_event,
    encode_hit_record, encode_incident, encode_lexicon_record, encode_notice, encode_policy,
    encode_post_record, encode_pulse,
};

use crate::samples;

/// The golden file says `value`, and `value` says the golden file.
pub(crate) fn check<T: PartialEq + Debug>(
    file: &str,
    value: &T,
    encode: impl Fn(&T) -> Vec<u8>,
    decode: impl Fn(&'static [u8]) -> Result<T, WireError>,
) {
    let encoded = String::from_utf8(encode(value)).unwrap();
    let golden = read(file, &encoded);
    assert_eq!(
        decode(golden.trim_end().to_owned().leak().as_bytes()).as_ref(),
        Ok(value),
        "{file}"
    );
    assert_eq!(golden.trim_end(), encoded, "{file}");
}

fn read(file: &str, encoded: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/golden")
        .join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}: {encoded}"))
}

#[test]
fn post_records() {
    let records = [
        ("post.json", PostRecord::Post(samples::post())),
        ("post-bare.json", PostRecord::Post(samples::bare_post())),
        ("post-update.json", PostRecord::Update(samples::post())),
        ("post-delete.json", PostRecord::Delete(samples::deletion())),
        ("post-control.json", PostRecord::Control(samples::control())),
    ];
    for (file, record) in &records {
        check(file, record, encode_post_record, |bytes| {
            decode_post_record(bytes)
        });
    }
}

#[test]
fn hit_records() {
    let origin = samples::position(0, 9);
    let since = samples::at("2026-11-23T05:00:00Z");
    let records = [
        ("hit.json", HitRecord::Hit(samples::hit())),
        ("hit-stub.json", samples::stub()),
        (
            "hit-update.json",
            HitRecord::Update {
                post: samples::post(),
                origin,
            },
        ),
        (
            "hit-delete.json",
            HitRecord::Delete {
                deletion: samples::deletion(),
                origin,
            },
        ),
        // Older marks do not say since when the matcher has had the partition.
        ("hit-marks.json", HitRecord::Marks(samples::marks(None))),
        (
            "hit-marks-since.json",
            HitRecord::Marks(samples::marks(Some(since))),
        ),
    ];
    for (file, record) in &records {
        check(file, record, encode_hit_record, decode_hit_record);
    }
}

#[test]
fn pulses_and_dead_letters() {
    check("pulse.json", &samples::pulse(), encode_pulse, decode_pulse);
    let last = samples::last_pulse();
    check("pulse-last.json", &last, encode_pulse, decode_pulse);
    let letter = DeadLetter {
        at: samples::at("2026-11-23T06:06:00Z"),
        origin: "posts.jsonl:17".to_owned(),
        reason: "`text` is missing".to_owned(),
        payload: "{\"title\":\"停水通知\"}".to_owned(),
    };
    check(
        "dead-letter.json",
        &letter,
        encode_dead_letter,
        decode_dead_letter,
    );
}

#[test]
fn lexicon_records() {
    let control = samples::control();
    let (number, hash) = (control.number, control.hash);
    let file = LexiconFile {
        path: "lists/counties.txt".to_owned(),
        bytes: 13,
        hash,
    };
    let records = [
        (
            "lexicon-manifest.json",
            LexiconRecord::Manifest(LexiconManifest {
                number,
                hash,
                files: vec![file],
                parts: 1,
            }),
        ),
        (
            "lexicon-part.json",
            LexiconRecord::Part(LexiconPart {
                number,
                hash,
                index: 0,
                path: "lists/counties.txt".to_owned(),
                text: "安宁市\n".to_owned(),
            }),
        ),
        (
            "lexicon-positions.json",
            LexiconRecord::Positions(LexiconPositions {
                number,
                hash,
                positions: vec![samples::position(0, 3), samples::position(1, 0)],
            }),
        ),
    ];
    for (file, record) in &records {
        check(file, record, encode_lexicon_record, decode_lexicon_record);
    }
}

#[test]
fn incidents_and_notices() {
    let incidents = [
        ("incident.json", samples::incident()),
        ("incident-lapsed.json", samples::lapsed_incident()),
        ("incident-all.json", samples::bare_incident(SubjectKey::All)),
        (
            "incident-unnamed.json",
            samples::bare_incident(SubjectKey::Unnamed),
        ),
    ];
    for (file, incident) in &incidents {
        check(file, incident, encode_incident, decode_incident);
    }
    for (file, notice) in [
        ("notice.json", samples::notice()),
        ("notice-full.json", samples::full_notice()),
        ("notice-all.json", samples::notice_of_all()),
        ("notice-quiet.json", samples::notice_after_quiet_hours()),
    ] {
        check(file, &notice, encode_notice, decode_notice);
    }
}

#[test]
fn commands_and_policies() {
    check(
        "policy.json",
        &samples::policy(),
        encode_policy,
        decode_policy,
    );
    let watched = samples::watched_policy();
    check(
        "policy-watched.json",
        &watched,
        encode_policy,
        decode_policy,
    );
    for (name, action) in samples::actions() {
        let file = format!("command-{name}.json");
        check(
            &file,
            &samples::command(action),
            encode_command,
            decode_command,
        );
    }
}

/// One line for every kind there is.
#[test]
fn deeds_and_events() {
    let deeds = samples::deeds();
    let lines = read(
        "deeds.jsonl",
        &lines_of(&deeds, |deed| {
            serde_json::to_vec(&DeedJson::from(deed)).unwrap()
        }),
    );
    assert_eq!(lines.lines().count(), deeds.len());
    for (line, deed) in lines.lines().zip(&deeds) {
        let read: DeedJson<'_> = serde_json::from_str(line).unwrap();
        assert_eq!(read.into_model().as_ref(), Ok(deed), "{line}");
        let written = serde_json::to_string(&DeedJson::from(deed)).unwrap();
        assert_eq!(written, line);
    }
    let events = samples::events();
    let lines = read("events.jsonl", &lines_of(&events, encode_event));
    assert_eq!(lines.lines().count(), events.len());
    for (line, event) in lines.lines().zip(&events) {
        assert_eq!(decode_event(line.as_bytes()).as_ref(), Ok(event), "{line}");
        assert_eq!(encode_event(event), line.as_bytes());
    }
}

fn lines_of<T>(values: &[T], encode: impl Fn(&T) -> Vec<u8>) -> String {
    let lines = values.iter().map(encode).map(String::from_utf8);
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    lines.join("\n")
}

#[test]
fn scan_lines() {
    let hit = samples::hit();
    let place = Some(("posts.ndjson", 4));
    for (file, id, place) in [
        ("scan-line.json", Some(NativeId::from(-17_i64)), place),
        ("scan-line-without-id.json", None, place),
        (
            "scan-line-text-id.json",
            Some(NativeId::new("17").unwrap()),
            None,
        ),
    ] {
        let line = ScanLine::new(id, place, &hit, &hit.rules[0]).encode();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(read(file, &line).trim_end(), line, "{file}");
    }
}
