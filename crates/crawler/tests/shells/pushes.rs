//! `POST /v1/posts` over HTTP.

use std::io::Write;
use std::sync::Arc;

use fengbiao_crawler::{Outlet, OutletError, PulseBook, PushOptions, push_router};
use reqwest::{Client, RequestBuilder};

use crate::support::{FastClock, Memory, metrics, preparer, serve};

struct Push {
    memory: Arc<Memory>,
    link: String,
    client: Client,
}

impl Push {
    async fn start() -> Self {
        let memory = Arc::new(Memory::default());
        let outlet: Arc<dyn Outlet> = Arc::<Memory>::clone(&memory);
        let options = PushOptions {
            max_body_bytes: 4_096,
            max_decoded_bytes: 8_192,
            max_lines: 10,
            ..PushOptions::default()
        };
        let preparer = preparer("push", FastClock::new(1));
        let router = push_router(preparer, outlet, PulseBook::default(), metrics(), options);
        Self {
            memory,
            link: serve(router).await + "/v1/posts",
            client: Client::new(),
        }
    }

    fn post(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(&self.link).body(body)
    }
}

/// Sends it: the status and the codes or outcomes of the answer, one a line.
async fn check(request: RequestBuilder, status: u16, expected: &str) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status);
    let text = answer.text().await.unwrap();
    let lines = text.lines().map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = value["line"]
            .as_u64()
            .map(|n| format!("{n} "))
            .unwrap_or_default();
        let said = value["code"]
            .as_str()
            .or(value["outcome"].as_str())
            .unwrap()
            .to_owned();
        assert_eq!(value["outcome"] == "accepted", value["post_id"].is_string());
        number + &said
    });
    assert_eq!(lines.collect::<Vec<_>>().join(", "), expected);
}

#[tokio::test]
async fn every_line_has_its_outcome() {
    let push = Push::start().await;
    let body =
        "{\"text\":\"停电\"}\n\n{\"title\":\"a\"}\nx\n{\"text\":\"停水\",\"author\":\"甲\"}\n";
    check(
        push.post(body),
        200,
        "1 accepted, 3 missing_field, 4 invalid_json, 5 accepted",
    )
    .await;
    assert_eq!(push.memory.texts(), ["停电", "停水"]);
    check(push.post(""), 200, "").await;
    check(push.post("{\"kind\":\"control\"}"), 200, "1 forbidden_kind").await;
    let canary = "{\"text\":\"停电\",\"source\":\"fengbiao-canary\"}";
    check(push.post(canary), 200, "1 reserved_source").await;
    let named = push.post("{\"text\":\"停电\"}");
    let named = named.header("x-fengbiao-source", "fengbiao-canary");
    check(named, 400, "invalid_source").await;
    let pretty = push
        .post("{\n \"text\": \"起火\"\n}")
        .header("content-type", "application/json; charset=utf-8");
    check(pretty, 200, "1 accepted").await;
    let long = format!("{{\"text\":\"a\",\"pad\":\"{}\"}}", "x".repeat(100));
    check(push.post(long), 200, "1 accepted").await;
}

#[tokio::test]
async fn a_source_is_named_once_and_deletes_for_itself() {
    let push = Push::start().await;
    let body = "{\"kind\":\"delete\",\"id\":\"1\"}\n{\"text\":\"a\",\"source\":\"other\"}";
    let named = push.post(body).header("x-fengbiao-source", "partner");
    check(named, 200, "1 accepted, 2 other_source").await;
    assert_eq!(push.memory.texts(), ["delete by partner"]);
    let twice = push
        .client
        .post(push.link.clone() + "?source=a")
        .header("x-fengbiao-source", "b");
    check(twice, 400, "invalid_source").await;
}

#[tokio::test]
async fn compressed_bodies_are_read_within_bounds() {
    let push = Push::start().await;
    let gzip = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let line = b"{\"text\":\"\xe5\x81\x9c\xe7\x94\xb5\"}";
    let zstd = zstd::encode_all(&line[..], 0).unwrap();
    check(
        push.post(gzip(line)).header("content-encoding", "gzip"),
        200,
        "1 accepted",
    )
    .await;
    check(
        push.post(zstd).header("content-encoding", "zstd"),
        200,
        "1 accepted",
    )
    .await;
    let bomb = gzip(&[b' '; 100_000]);
    check(
        push.post(bomb).header("content-encoding", "gzip"),
        413,
        "body_too_large",
    )
    .await;
    check(
        push.post("x").header("content-encoding", "gzip"),
        400,
        "invalid_compression",
    )
    .await;
    check(
        push.post("x").header("content-encoding", "br"),
        415,
        "content_encoding",
    )
    .await;
}

#[tokio::test]
async fn what_is_too_much_or_not_for_us_is_turned_away_whole() {
    let push = Push::start().await;
    check(
        push.post("{\"text\":\"a\"}\n".repeat(11)),
        413,
        "too_many_lines",
    )
    .await;
    check(push.post(" ".repeat(4_097)), 413, "body_too_large").await;
    check(
        push.post("a").header("content-type", "text/plain"),
        415,
        "content_type",
    )
    .await;
    check(
        push.post("{\"text\":\"a\"}")
            .header("origin", "https://page.example"),
        403,
        "browser_origin",
    )
    .await;
    *push.memory.refuses.lock().unwrap() = Some(OutletError::Busy {
        retry_after_secs: 7,
    });
    let answer = push.post("{\"text\":\"a\"}").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    *push.memory.refuses.lock().unwrap() = Some(OutletError::Failed("disk full".to_owned()));
    check(push.post("{\"text\":\"a\"}"), 503, "log_failed").await;
    assert!(push.memory.texts().is_empty());
}
