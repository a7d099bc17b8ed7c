//! Each way of being wrong, with its code and its message.

use fengbiao_wire::{
    WireError, decode_command, decode_dead_letter, decode_hit_record, decode_incident,
    decode_incoming, decode_lexicon_record, decode_notice, decode_policy, decode_post_record,
    decode_pulse,
};
use jiff::tz::TimeZone;
use proptest::prelude::{ProptestConfig, any, proptest};

fn check(input: &[u8], error: &WireError, code: &str, message: &str) {
    let input = String::from_utf8_lossy(input);
    assert_eq!(error.to_string(), message, "{input}");
    assert_eq!(error.code(), code, "{input}");
}

fn incoming(input: &[u8], code: &str, message: &str) {
    let error = decode_incoming(input, &TimeZone::UTC).unwrap_err();
    check(input, &error, code, message);
}

#[test]
fn bytes_that_are_no_object() {
    incoming(
        b"{\"text\":\"\xb6\xcf\xcd\xf8\"}",
        "invalid_utf8",
        "byte 9 is not UTF-8, expected JSON in UTF-8; hint: convert other encodings, such as \
         GB18030, first",
    );
    for (input, message) in [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        ("停水", "not JSON: expected value at line 1 column 1"),
        (
            "{\"text\":\"停水\"",
            "not JSON: EOF while parsing an object at line 1 column 16",
        ),
        (
            "{\"text\":\"停水\"} x",
            "not JSON: trailing characters at line 1 column 19",
        ),
        (
            "{'text':1}",
            "not JSON: key must be a string at line 1 column 2",
        ),
        (
            "{\"text\":NaN}",
            "not JSON: expected value at line 1 column 9",
        ),
        (
            "{\n\"text\":\"a\u{0}b\"}",
            "not JSON: control character (\\u0000-\\u001F) found while parsing a string at line 2 column 10",
        ),
    ] {
        incoming(input.as_bytes(), "invalid_json", message);
    }
    for (input, found) in [
        ("null", "null"),
        ("true", "a boolean"),
        ("17", "a number"),
        ("\"停水\"", "a string"),
        ("[{\"text\":\"停水\"}]", "an array"),
    ] {
        let message = format!("found {found}, expected a JSON object such as `{{\"text\":\"…\"}}`");
        incoming(input.as_bytes(), "not_an_object", &message);
    }
}

#[test]
fn fields_of_another_type() {
    const ID: &str = "a string or a whole number";
    for (field, value, found, expected) in [
        ("v", "\"1\"", "a string", "the number `1`"),
        ("kind", "1", "a number", "a string"),
        ("id", "1.5", "a number", ID),
        ("id", "true", "a boolean", ID),
        ("service", "[]", "an array", "a string"),
        ("source", "{}", "an object", "a string"),
        ("url", "5", "a number", "a string"),
        ("title", "false", "a boolean", "a string"),
        ("text", "[\"停水\"]", "an array", "a string"),
        ("author", "{\"name\":\"n\"}", "an object", ID),
        ("voice", "7", "a number", "a string"),
        ("published_at", "true", "a boolean", "a string or a number"),
        ("found_at", "[]", "an array", "a string or a number"),
        ("counts", "3", "a number", "an object"),
        ("counts", "[1,2]", "an array", "an object"),
        ("repost_of", "[]", "an array", ID),
    ] {
        let rest = if field == "text" {
            ""
        } else {
            ",\"text\":\"停水\""
        };
        let input = format!("{{\"{field}\":{value}{rest}}}");
        let message = format!("`{field}` is {found}, expected {expected}");
        incoming(input.as_bytes(), "wrong_type", &message);
    }
    incoming(
        br#"{"text":"a","counts":{"likes":[]}}"#,
        "wrong_type",
        "`counts.likes` is an array, expected a number",
    );
}

#[test]
fn fields_of_another_value() {
    let long = "x".repeat(513);
    let times = "expected RFC 3339 such as `2026-11-23T14:05:09+08:00`, `2026-11-23 14:05:09`, or \
                 whole seconds or milliseconds since 1970";
    let whole = "expected a whole number, not negative";
    let empty = "is empty, expected a name; hint: leave it out where there is none";
    let cases = [
        (r#""kind":"gone""#, "unknown_kind", "`kind` is `gone`, expected `post`, `update` or `delete`".to_owned()),
        (r#""kind":"control""#, "forbidden_kind", "`kind` is `control`, expected `post`, `update` or `delete`; hint: a lexicon comes into force by `fengbiao lexicon publish`".to_owned()),
        (r#""v":2"#, "unsupported_version", "`v` is `2`, expected `1`; hint: it was written by another version of fengbiao".to_owned()),
        (r#""v":1.5"#, "unsupported_version", "`v` is `1.5`, expected `1`; hint: it was written by another version of fengbiao".to_owned()),
        (r#""id":"""#, "invalid_value", format!("`id` {empty}")),
        (&format!(r#""id":"{long}""#), "invalid_value", "`id` has 513 bytes, at most 512 are allowed".to_owned()),
        (r#""service":"""#, "invalid_value", format!("`service` {empty}")),
        (r#""source":"a\nb""#, "invalid_value", "`source` has the character `\\n` at byte 1".to_owned()),
        (r#""url":"ftp://example.org""#, "invalid_value", "`url` is not a link, expected one that begins with `http://` or `https://` and has no white space".to_owned()),
        (&format!(r#""author":"{long}""#), "invalid_value", "`author` has 513 bytes, at most 512 are allowed".to_owned()),
        (r#""voice":"ABC""#, "invalid_value", "`voice` is not 32 lower-case hexadecimal digits; hint: an author's identifier belongs into `author`".to_owned()),
        (r#""found_at":"yesterday""#, "invalid_time", format!("`found_at` is `yesterday`: {times}")),
        (r#""published_at":"""#, "invalid_time", format!("`published_at` is ``: {times}")),
        (r#""published_at":-1"#, "invalid_time", "`published_at` is `-1`: expected a time from 1970 to 9999-12-30".to_owned()),
        (r#""published_at":1e300"#, "invalid_time", "`published_at` is `1e300`: expected a time from 1970 to 9999-12-30".to_owned()),
        (r#""found_at":18446744073709551615"#, "invalid_time", "`found_at` is `18446744073709551615`: expected a time from 1970 to 9999-12-30".to_owned()),
        (r#""counts":{"likes":-3}"#, "invalid_value", format!("`counts.likes` is `-3`, {whole}")),
        (r#""counts":{"likes":2.5}"#, "invalid_value", format!("`counts.likes` is `2.5`, {whole}")),
        (r#""counts":{"views":"1.2万"}"#, "invalid_value", format!("`counts.views` is `1.2万`, {whole}")),
        (r#""counts":{"rank":0}"#, "invalid_value", "`counts.rank` is `0`, expected a place from 1 to 4294967295".to_owned()),
        (r#""id":1,"id":2"#, "duplicate_field", "duplicate field `id` at line 1 column 28, expected every field once".to_owned()),
    ];
    for (field, code, message) in cases {
        let input = format!("{{\"text\":\"停水\",{field}}}");
        incoming(input.as_bytes(), code, &message);
    }
}

#[test]
fn texts_that_are_none() {
    let missing =
        "`text` is missing; hint: a field of another name is mapped with `--map text=NAME`";
    incoming(b"{}", "missing_field", missing);
    incoming(br#"{"text":null,"content":"x"}"#, "missing_field", missing);
    let blank = "`text` is blank, expected some text";
    incoming(br#"{"text":""}"#, "invalid_value", blank);
    incoming(br#"{"text":" \n\u3000"}"#, "invalid_value", blank);
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(131_073));
    incoming(
        long.as_bytes(),
        "invalid_value",
        "`text` has 131073 bytes, at most 131072 are allowed",
    );
    let unnamed = "`id` is missing; hint: an update or delete names its post by `id` or `url`";
    incoming(br#"{"kind":"delete"}"#, "missing_field", unnamed);
    incoming(br#"{"kind":"update","text":"a"}"#, "missing_field", unnamed);
}

#[test]
fn a_wrong_value_is_shown_cut_and_harmless() {
    let input = format!(
        r#"{{"text":"a","found_at":"\u001b[31m{}"}}"#,
        "x".repeat(1_000_000)
    );
    let error = decode_incoming(input.as_bytes(), &TimeZone::UTC).unwrap_err();
    let start =
        "`found_at` is `\\u{1b}[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`: expected RFC 3339";
    assert!(error.to_string().starts_with(start), "{error}");
}

#[test]
fn deep_nesting_never_overflows_the_stack() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    // What is ignored or only named in an error is skipped without recursion.
    let ignored = format!(r#"{{"text":"a","x":{}}}"#, deep(1_000_000));
    assert!(decode_incoming(ignored.as_bytes(), &TimeZone::UTC).is_ok());
    let named = format!(r#"{{"text":"a","id":{}}}"#, deep(1_000_000));
    let message = "`id` is an array, expected a string or a whole number";
    incoming(named.as_bytes(), "wrong_type", message);
    // What must be held until its kind is known has a bound.
    let before = r#"{"v":1,"number":1,"at":"2026-11-23T10:00:00Z","by":"li","action":{"x":"#;
    let held = format!(r#"{before}{},"kind":"confirm_clock"}}}}"#, deep(1_000_000));
    let error = decode_command(held.as_bytes()).unwrap_err();
    let column = before.len() + 126;
    let message = format!("not JSON: recursion limit exceeded at line 1 column {column}");
    check(b"deep action", &error, "invalid_json", &message);
}

/// How an internal record may be wrong, whatever it is of.
fn internal<T: std::fmt::Debug>(decode: impl Fn(&'static [u8]) -> Result<T, WireError>) {
    let cases: [(&[u8], &str, &str); 6] = [
        (b"{}", "missing_field", "`v` is missing"),
        (
            b"{\"v\":2}",
            "unsupported_version",
            "`v` is `2`, expected `1`; hint: it was written by another version of fengbiao",
        ),
        (
            b"{\"v\":\"1\"}",
            "wrong_type",
            "`v` is a string, expected the number `1`",
        ),
        (
            b"[1]",
            "not_an_object",
            "found an array, expected a JSON object such as `{\"text\":\"…\"}`",
        ),
        (
            b"{\"v\":1",
            "invalid_json",
            "not JSON: EOF while parsing an object at line 1 column 6",
        ),
        (
            b"\xff",
            "invalid_utf8",
            "byte 0 is not UTF-8, expected JSON in UTF-8; hint: convert other encodings, such as GB18030, first",
        ),
    ];
    for (input, code, message) in cases {
        check(input, &decode(input).unwrap_err(), code, message);
    }
}

#[test]
fn internal_records() {
    internal(decode_post_record);
    internal(decode_hit_record);
    internal(decode_pulse);
    internal(decode_lexicon_record);
    internal(decode_dead_letter);
    internal(decode_notice);
    internal(decode_incident);
    internal(decode_command);
    internal(decode_policy);
}

#[test]
fn internal_records_have_known_kinds_and_known_fields_only() {
    let posts = |input: &'static str| decode_post_record(input.as_bytes()).unwrap_err();
    let hits = |input: &'static str| decode_hit_record(input.as_bytes()).unwrap_err();
    let lexicons = |input: &'static str| decode_lexicon_record(input.as_bytes()).unwrap_err();
    let hash = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
    assert_eq!(hash.len(), 32);
    for (error, code, message) in [
        (posts(r#"{"v":1}"#), "missing_field", "`kind` is missing"),
        (
            posts(r#"{"v":1,"kind":7}"#),
            "wrong_type",
            "`kind` is a number, expected a string",
        ),
        (
            posts(r#"{"v":1,"kind":"hit"}"#),
            "unknown_kind",
            "`kind` is `hit`, expected `post`, `update`, `delete` or `control`",
        ),
        (
            hits(r#"{"v":1,"kind":"control"}"#),
            "unknown_kind",
            "`kind` is `control`, expected `hit`, `stub`, `update`, `delete` or `marks`",
        ),
        (
            lexicons(r#"{"v":1,"kind":"file"}"#),
            "unknown_kind",
            "`kind` is `file`, expected `manifest`, `part` or `positions`",
        ),
        (
            posts(r#"{"v":1,"kind":"control","number":1}"#),
            "invalid_record",
            "not a post record: missing field `hash` at line 1 column 35",
        ),
        (
            posts(r#"{"v":1,"kind":"control","number":1,"hash":"5a5a"}"#),
            "invalid_record",
            "not a post record: invalid value: string \"5a5a\", expected 32 lower-case hexadecimal \
             digits at line 1 column 49",
        ),
        (
            posts(
                r#"{"v":1,"kind":"control","number":1,"hash":"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","more":1}"#,
            ),
            "invalid_record",
            "not a post record: unknown field `more`, expected one of `v`, `kind`, `number`, \
             `hash` at line 1 column 83",
        ),
        (
            hits(r#"{"v":1,"kind":"marks","partitions":[{"partition":-1}]}"#),
            "invalid_record",
            "not a hit record: invalid value: integer `-1`, expected u32 at line 1 column 51",
        ),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.code(), code, "{message}");
    }
}

#[test]
fn internal_records_hold_valid_values_only() {
    const BARE: &str = r#"{"v":1,"kind":"post","id":"00000000000000000000000000000000","service":"push","source":"push","text":"停水","found_at":"1970-01-01T00:00:00.000Z"}"#;
    assert!(decode_post_record(BARE.as_bytes()).is_ok());
    for (from, to, message) in [
        ("停水", " ", "`text` is blank, expected some text"),
        (
            r#""service":"push""#,
            r#""service":"""#,
            "`service` is empty, expected a name; hint: leave it out where there is none",
        ),
        (
            r#""text""#,
            r#""url":"x","text""#,
            "`url` is not a link, expected one that begins with `http://` or `https://` and has no white space",
        ),
        (
            r#""text""#,
            r#""title":" ","text""#,
            "`title` is blank, expected some text",
        ),
        (
            "1970-01-01T",
            "1970-01-01 at ",
            "not a post record: invalid value: string \"1970-01-01 at 00:00:00.000Z\", expected an RFC 3339 time from 1970 to 9999-12-30 at line 1 column 151",
        ),
    ] {
        let input = BARE.replace(from, to);
        assert_ne!(input, BARE);
        assert_eq!(
            decode_post_record(input.as_bytes())
                .unwrap_err()
                .to_string(),
            message
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Rubbish is refused with a code and never a crash.
    #[test]
    fn rubbish_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        assert!(decode_post_record(&bytes).is_err());
        assert!(decode_hit_record(&bytes).is_err());
        assert!(decode_incoming(&bytes, &TimeZone::UTC).is_err());
    }

    /// A record cut off, or with one byte changed, is refused or read; it never crashes.
    #[test]
    fn damage_never_crashes(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let whole = fengbiao_wire::encode_notice(&crate::samples::notice());
        let at = at.index(whole.len());
        assert!(decode_notice(&whole[..at]).is_err());
        let mut changed = whole;
        changed[at] = byte;
        if let Ok(notice) = decode_notice(&changed) {
            assert!(!fengbiao_wire::encode_notice(&notice).is_empty());
        }
    }
}
