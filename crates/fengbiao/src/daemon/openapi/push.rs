//! What is said of `POST /v1/posts`.

use fengbiao_crawler::PUSH_STATUSES;
use fengbiao_crawler::limits::{
    MAX_LINE_BYTES, MAX_PUSH_BODY_BYTES, MAX_PUSH_DECODED_BYTES, MAX_PUSH_LINES,
    MAX_PUSHES_IN_FLIGHT,
};
use fengbiao_model::MAX_NAME_BYTES;
use fengbiao_wire::PublicPost;
use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

const NDJSON: &str = "application/x-ndjson";

pub(super) fn posts(schemas: &mut SchemaGenerator) -> Value {
    let post = schemas.subschema_for::<PublicPost<'_>>();
    let lines = json!({
        "type": "string",
        "description": "One post a line, each as under `application/json`",
    });
    json!({
        "operationId": "pushPosts",
        "summary": "Posts that others have collected",
        "description": description(),
        "parameters": [
            source("source", "query", "The source of all these posts; no line may name another"),
            source("X-Fengbiao-Source", "header", "The same, where the link cannot be changed"),
            {
                "name": "Content-Encoding", "in": "header",
                "description": "How the body is packed",
                "schema": { "type": "string", "enum": ["identity", "gzip", "zstd"] },
            },
        ],
        "requestBody": {
            "required": true,
            "content": {
                NDJSON: { "schema": lines },
                "application/json": { "schema": post },
            },
        },
        "responses": responses(),
    })
}

fn description() -> String {
    const MIB: usize = 1 << 20;
    format!(
        "One post a line, or one JSON object. Every line is answered by its own outcome, in the same \
         order, once all that are accepted are durable.\n\nA body may have {} MiB as sent, {} MiB \
         unpacked and {} lines, a line {} MiB; {MAX_PUSHES_IN_FLIGHT} pushes are worked on at once.",
        MAX_PUSH_BODY_BYTES / MIB,
        MAX_PUSH_DECODED_BYTES / MIB,
        grouped(MAX_PUSH_LINES),
        MAX_LINE_BYTES / MIB,
    )
}

/// Thousands apart: `20,000`.
fn grouped(number: usize) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

fn source(name: &str, place: &str, description: &str) -> Value {
    json!({
        "name": name, "in": place, "description": description,
        "schema": { "type": "string", "maxLength": MAX_NAME_BYTES },
    })
}

fn responses() -> Value {
    let mut responses = json!({});
    for (status, meaning) in PUSH_STATUSES {
        let status = status.to_string();
        responses[&status] = if status == "200" {
            let lines = json!({
                "type": "string",
                "description": "One `PushOutcome` a line",
                "contentMediaType": NDJSON,
                "contentSchema": { "$ref": "#/components/schemas/PushOutcome" },
            });
            json!({ "description": meaning, "content": { NDJSON: { "schema": lines } } })
        } else {
            json!({
                "description": meaning,
                "content": { "application/json": { "schema": turned_away() } },
            })
        };
    }
    responses["429"]["headers"] = json!({ "Retry-After": {
        "description": "Seconds after which to come again",
        "schema": { "type": "integer", "minimum": 0 },
    } });
    responses
}

fn turned_away() -> Value {
    json!({
        "type": "object",
        "required": ["code", "error"],
        "properties": {
            "code": { "type": "string", "description": "A word for programs" },
            "error": { "type": "string", "description": "What was wrong, and what was expected" },
        },
    })
}

/// What became of one line.
pub(super) fn outcome() -> Value {
    json!({
        "type": "object",
        "required": ["line", "outcome"],
        "properties": {
            "line": { "type": "integer", "minimum": 1 },
            "outcome": { "type": "string", "enum": ["accepted", "refused"] },
            "post_id": { "type": "string", "description": "The post's id, where it was accepted" },
            "code": { "type": "string", "description": "A word for programs, where it was refused" },
            "error": { "type": "string", "description": "What was wrong with it" },
        },
    })
}
