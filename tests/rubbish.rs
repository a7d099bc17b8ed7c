//! Rubbish in: each a clear error, none a crash, nothing lost.

mod full_disk;
mod setting;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{BINARY, Config, Daemon, eventually, http, stderr, stdout};

/// A line that is no post, and what is said of it on every way in.
struct Case {
    name: &'static str,
    line: Vec<u8>,
    code: &'static str,
    error: &'static str,
}

/// `{"text":"青禾县停电"}` in GB18030.
const GB18030: &[u8] = b"{\"text\":\"\xc7\xe0\xba\xcc\xcf\xd8\xcd\xa3\xb5\xe7\"}";
/// A post that the shipped lexicon hits.
const SOUND: &str = r#"{"text":"江夏区阳光小区停电了","url":"https://forum.example/sound"}"#;

fn cases() -> Vec<Case> {
    let case = |name, line: &[u8], code, error| Case {
        name,
        line: line.to_vec(),
        code,
        error,
    };
    let long = format!("{{\"text\":\"{}\"}}", "a".repeat(10_000_000));
    let wordy = format!("{{\"text\":\"{}\"}}", "停".repeat(50_000));
    let deep = format!("{{\"text\":\"停电\",\"more\":{}", "[".repeat(100_000));
    vec![
        case(
            "invalid JSON",
            b"{bad",
            "invalid_json",
            "not JSON: key must be a string at column 2",
        ),
        case(
            "half a line",
            b"{\"text\":\"a",
            "invalid_json",
            "EOF while parsing a string",
        ),
        case("nested deep", deep.as_bytes(), "invalid_json", "not JSON: "),
        case(
            "half a surrogate",
            br#"{"text":"\ud800"}"#,
            "invalid_json",
            "not JSON: ",
        ),
        case(
            "no object",
            b"[1]",
            "not_an_object",
            "found an array, expected a JSON object",
        ),
        case(
            "a number as text",
            br#"{"text":5}"#,
            "wrong_type",
            "`text` is a number, expected a string",
        ),
        case(
            "a list as counts",
            br#"{"text":"a","counts":[]}"#,
            "wrong_type",
            "`counts` is an array",
        ),
        case(
            "words as a count",
            br#"{"text":"a","counts":{"likes":"many"}}"#,
            "invalid_value",
            "`counts.likes` is `many`",
        ),
        case(
            "10 MB line",
            long.as_bytes(),
            "line_too_long",
            "the line is longer than 1048576 bytes",
        ),
        case(
            "long text",
            wordy.as_bytes(),
            "invalid_value",
            "`text` has 150000 bytes, at most 131072",
        ),
        case(
            "invalid UTF-8",
            b"{\"text\":\"\xff\xfe\"}",
            "invalid_encoding",
            "byte 9 is not UTF-8",
        ),
        case(
            "GB18030",
            GB18030,
            "invalid_encoding",
            "reads as GB18030; hint: set `encoding",
        ),
        case(
            "the last day of the year 9999",
            br#"{"text":"a","found_at":"9999-12-31T23:59:59Z"}"#,
            "invalid_time",
            "`found_at` is `9999-12-31T23:59:59Z`: expected a time from 1970 to 9999-12-30",
        ),
        case(
            "a time in words",
            br#"{"text":"a","found_at":"soon"}"#,
            "invalid_time",
            "`found_at` is `soon`",
        ),
        case(
            "empty text",
            br#"{"text":""}"#,
            "invalid_value",
            "`text` is blank, expected some text",
        ),
        case("no text", b"{}", "missing_field", "`text` is missing"),
        case(
            "a million NULs",
            &[0; 1_000_000],
            "invalid_json",
            "not JSON: ",
        ),
        case(
            "a control record",
            br#"{"kind":"control"}"#,
            "forbidden_kind",
            "`kind` is `control`",
        ),
    ]
}

/// All cases with a sound post before and behind them: line 1 and the last.
fn all_lines() -> Vec<u8> {
    let mut bytes = format!("{SOUND}\n").into_bytes();
    for case in cases() {
        bytes.extend_from_slice(&case.line);
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(SOUND.as_bytes());
    bytes
}

#[track_caller]
fn ready(daemon: &Daemon) {
    let answer = daemon.get("/readyz");
    assert_eq!(answer.status, 200, "{answer:?}\n{}", daemon.stderr.text());
    assert!(!daemon.stderr.has("panicked"), "{}", daemon.stderr.text());
}

#[test]
fn scan_refuses_each_line_by_its_number_and_goes_on() {
    let mut scan = Command::new(BINARY)
        .args(["scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = scan.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&all_lines()));
    let output = scan.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for (case, number) in cases().iter().zip(2..) {
        let line = format!("refused: standard input, line {number}: ");
        let told = said.lines().find_map(|told| told.strip_prefix(&line));
        let told = told.unwrap_or_else(|| panic!("nothing of {}:\n{said}", case.name));
        assert!(told.contains(case.error), "{}: {told}", case.name);
    }
    let refused = cases().len();
    assert!(said.contains("2 posts, 2 hits, "), "{said}");
    assert!(
        said.contains(&format!(", {refused} lines refused")),
        "{said}"
    );
    assert_eq!(stdout(&output).matches("power-cut").count(), 2);
}

#[test]
fn push_tells_each_line_and_takes_the_others() {
    let config = Config::new("");
    let daemon = Daemon::start(&config);
    for case in cases() {
        let body = [&case.line[..], b"\n", SOUND.as_bytes()].concat();
        // A body of 10 MB is too large as it is; compressed, its line is.
        let packed = zstd::encode_all(&body[..], 1).unwrap();
        let headers = [
            ("content-type", "application/x-ndjson"),
            ("content-encoding", "zstd"),
        ];
        let answer = http::ask(&daemon.address, "POST", "/v1/posts", &headers, &packed).unwrap();
        assert_eq!(answer.status, 200, "{}: {answer:?}", case.name);
        let outcomes: Vec<Value> = answer
            .body
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [refused, accepted] = &outcomes[..] else {
            panic!("{}: {answer:?}", case.name)
        };
        assert_eq!(refused["line"], 1, "{}", case.name);
        assert_eq!(refused["outcome"], "refused", "{}", case.name);
        assert_eq!(refused["code"], case.code, "{}: {refused}", case.name);
        let error = refused["error"].as_str().unwrap();
        assert!(error.contains(case.error), "{}: {error}", case.name);
        assert_eq!(accepted["outcome"], "accepted", "{}", case.name);
        ready(&daemon);
    }
    whole_bodies_are_turned_away(&daemon);
    // Far, but a time: it counts as found now.
    let far = daemon.push(r#"{"text":"a","found_at":"9999-06-01","published_at":"9999-06-01"}"#);
    assert_eq!(far.json()["outcome"], "accepted", "{far:?}");
    let nul = daemon.push(r#"{"text":"a\u0000b","title":"\u0000"}"#);
    assert_eq!(nul.json()["outcome"], "accepted", "{nul:?}");
    ready(&daemon);
}

/// What is wrong with all of a push: nothing of it is taken.
fn whole_bodies_are_turned_away(daemon: &Daemon) {
    type Headers = &'static [(&'static str, &'static str)];
    const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
    const ZSTD: (&str, &str) = ("content-encoding", "zstd");
    let large = vec![b'a'; 10_000_000];
    let many = "{}\n".repeat(20_001);
    let bomb = zstd::encode_all(&vec![b' '; 40_000_000][..], 1).unwrap();
    let table: [(&str, Headers, &[u8], u16, &str); 7] = [
        ("10 MB", &[NDJSON], &large, 413, "body_too_large"),
        (
            "too many lines",
            &[NDJSON],
            many.as_bytes(),
            413,
            "too_many_lines",
        ),
        (
            "grows when unpacked",
            &[NDJSON, ZSTD],
            &bomb,
            413,
            "body_too_large",
        ),
        (
            "not packed as it says",
            &[NDJSON, ZSTD],
            b"plain",
            400,
            "invalid_compression",
        ),
        (
            "unknown packing",
            &[NDJSON, ("content-encoding", "br")],
            b"",
            415,
            "content_encoding",
        ),
        (
            "a form",
            &[("content-type", "text/html")],
            b"<p>",
            415,
            "content_type",
        ),
        (
            "a bad source",
            &[NDJSON, ("x-fengbiao-source", " ")],
            b"{}",
            400,
            "invalid_source",
        ),
    ];
    for (name, headers, body, status, code) in table {
        let answer = http::ask(&daemon.address, "POST", "/v1/posts", headers, body)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        let said = answer.json();
        assert_eq!(said["code"], code, "{name}");
        assert!(!said["error"].as_str().unwrap().is_empty(), "{name}");
        ready(daemon);
    }
}

#[test]
fn a_file_leaves_what_cannot_be_read_as_dead_letters() {
    let source = "[[source]]\nkind = \"file\"\nname = \"rubbish\"\npath = \"rubbish.ndjson\"\n";
    let config = Config::new(source);
    config.write("rubbish.ndjson", all_lines());
    let daemon = Daemon::start(&config);
    let cases = cases();
    let letters = eventually("letters", || {
        let output = config.run(&["dead-letters", "list", "--limit", "100", "--format", "json"]);
        let letters: Vec<Value> = stdout(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (letters.len() >= cases.len()).then_some(letters)
    });
    assert_eq!(letters.len(), cases.len());
    for (case, number) in cases.iter().zip(2..) {
        let ending = format!("rubbish.ndjson, line {number}");
        let letter = letters
            .iter()
            .find(|letter| letter["origin"].as_str().unwrap().ends_with(&ending))
            .unwrap_or_else(|| panic!("no letter of {}", case.name));
        let reason = letter["reason"].as_str().unwrap();
        assert!(reason.contains(case.error), "{}: {reason}", case.name);
        assert!(
            letter["payload"].as_str().unwrap().len() <= 4 * 1024,
            "{}",
            case.name
        );
    }
    // The letter of a GB18030 line can be read.
    let readable = |letter: &Value| letter["payload"].as_str().unwrap().contains("青禾县停电");
    assert!(letters.iter().any(readable));
    let shown = stdout(&config.run(&["dead-letters", "list"]));
    assert!(
        shown.contains("`text` is blank") && !shown.contains('\0'),
        "{shown}"
    );
    // The posts before and behind the rubbish have come.
    eventually("incident", || {
        let output = config.run(&["incidents", "list", "--format", "json"]);
        stdout(&output).contains("江夏区").then_some(())
    });
    ready(&daemon);
}
