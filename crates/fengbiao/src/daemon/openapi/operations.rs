//! What is said of the app's own routes.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

use super::{leave_open, text};
use crate::daemon::confirm::Confirm;
use crate::daemon::control::{Backup, Lexicon};
use crate::daemon::dead_letters::Resubmit;
use crate::daemon::purge::Purge;
use crate::limits::{MAX_LISTED_DEAD_LETTERS, USUAL_DEAD_LETTERS};

pub(in crate::daemon) fn publish(schemas: &mut SchemaGenerator) -> Value {
    let done = object(&json!({
        "number": { "type": "integer", "description": "The version that is in force now" },
        "new": { "type": "boolean", "description": "Whether it was not in force before" },
    }));
    change::<Lexicon>(
        schemas,
        (
            "publishLexicon",
            "Check a lexicon and give it to the matchers",
        ),
        &answer("The lexicon is published", &done),
        &[],
    )
}

pub(in crate::daemon) fn purge(schemas: &mut SchemaGenerator) -> Value {
    let done = object(&json!({
        "posts": { "type": "array", "items": { "type": "string" }, "description": "Ids of posts" },
        "records": { "type": "integer", "description": "Records whose text went from the log" },
        "brokers_keep_it_for": {
            "type": ["string", "null"],
            "description": "How long Kafka's brokers keep the records, which cannot be changed there",
        },
        "files": {
            "type": "array",
            "description": "Files of receivers, which may still have lines of it: nothing is erased there",
            "items": object(&json!({
                "receiver": { "type": "string" },
                "path": { "type": "string" },
            })),
        },
    }));
    let summary = "Forget a post at once";
    change::<Purge>(
        schemas,
        ("purge", summary),
        &answer("What was found", &done),
        &[],
    )
}

pub(in crate::daemon) fn backup(schemas: &mut SchemaGenerator) -> Value {
    let done = object(&json!({
        "folder": { "type": "string" },
        "log": { "type": "boolean", "description": "Whether the log is in it; brokers keep theirs" },
    }));
    let summary = "Copy log and ledger, at one point, into a new folder of the daemon's machine";
    change::<Backup>(
        schemas,
        ("backup", summary),
        &answer("It is done", &done),
        &[],
    )
}

pub(in crate::daemon) fn confirm(schemas: &mut SchemaGenerator) -> Value {
    let mut done = object(&json!({
        "command": {
            "type": "integer",
            "description": "The number of the command; a ledger made anew needs none",
        },
        "done": {
            "type": "boolean",
            "description": "Whether it is done; if not, the alerter takes it next and may still refuse it",
        },
    }));
    done["required"] = json!(["done"]);
    let summary = "Say that the clock is right, or that log or ledger was made anew";
    let mut said = change::<Confirm>(
        schemas,
        ("confirm", summary),
        &answer("It is done", &done),
        &[],
    );
    let responses = &mut said["responses"];
    responses["202"] = answer("It is stored, and the alerter takes it next", &done);
    responses["409"] = answer("The alerter has refused it", &problem());
    said
}

pub(in crate::daemon) fn dead_letters(_: &mut SchemaGenerator) -> Value {
    let letters = json!({ "type": "array", "items": letter_schema() });
    let all = object(&json!({ "dead_letters": letters }));
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": MAX_LISTED_DEAD_LETTERS,
        "default": USUAL_DEAD_LETTERS,
    });
    let summary = "What could not be read or delivered, the latest first";
    let mut said = operation(("listDeadLetters", summary), &answer("The letters", &all));
    said["parameters"] = json!([{
        "name": "limit", "in": "query", "description": "Most letters in the answer", "schema": limit,
    }]);
    said
}

pub(in crate::daemon) fn dead_letter(_: &mut SchemaGenerator) -> Value {
    let done = answer("The letter", &letter_schema());
    let mut said = operation(("showDeadLetter", "One dead letter"), &done);
    said["parameters"] = json!([letter_id()]);
    said
}

pub(in crate::daemon) fn resubmit(schemas: &mut SchemaGenerator) -> Value {
    let done = object(&json!({
        "post": { "type": "string", "description": "The post's id" },
        "partition": { "type": ["integer", "null"] },
        "offset": { "type": ["integer", "null"] },
    }));
    let summary = "Put a dead letter back among the posts, as it came or mended";
    change::<Resubmit>(
        schemas,
        ("resubmitDeadLetter", summary),
        &answer("The post is in the log", &done),
        &[letter_id()],
    )
}

pub(in crate::daemon) fn document(_: &mut SchemaGenerator) -> Value {
    json!({
        "operationId": "openapi",
        "summary": "This document",
        "responses": { "200": answer("The document", &json!({ "type": "object" })) },
    })
}

pub(in crate::daemon) fn healthz(_: &mut SchemaGenerator) -> Value {
    open(
        (
            "healthz",
            "Whether the process lives and its roles are not stuck",
        ),
        &[("200", "It lives"), ("503", "A role is stuck: which")],
    )
}

pub(in crate::daemon) fn readyz(_: &mut SchemaGenerator) -> Value {
    open(
        (
            "readyz",
            "Whether posts that come now are matched and graded now",
        ),
        &[("200", "They are"), ("503", "They are not: why")],
    )
}

pub(in crate::daemon) fn metrics(_: &mut SchemaGenerator) -> Value {
    open(
        ("metrics", "Metrics, as Prometheus reads them"),
        &[("200", "The metrics"), ("500", "They could not be written")],
    )
}

fn open((id, summary): (&str, &str), answers: &[(&str, &str)]) -> Value {
    let mut said = json!({ "operationId": id, "summary": summary, "responses": {} });
    for (status, description) in answers {
        said["responses"][status] = text(description);
    }
    leave_open(&mut said);
    said
}

/// What the command line asks for: done, or why not.
fn operation((id, summary): (&str, &str), done: &Value) -> Value {
    let problem = problem();
    json!({
        "operationId": id,
        "summary": summary,
        "responses": {
            "200": done,
            "400": text("A parameter or the body cannot be read"),
            "422": answer("It cannot be done", &problem),
            "500": answer("A fault in the program", &problem),
        },
    })
}

fn problem() -> Value {
    object(&json!({
        "title": { "type": "string" },
        "status": { "type": "integer" },
        "detail": { "type": "string", "description": "What was wrong, and what could help" },
    }))
}

fn change<B: JsonSchema>(
    schemas: &mut SchemaGenerator,
    about: (&str, &str),
    done: &Value,
    parameters: &[Value],
) -> Value {
    let body = schemas.subschema_for::<B>();
    let mut said = operation(about, done);
    said["responses"]["413"] = text("The body is too long");
    said["responses"]["415"] = text("The body is not called `application/json`");
    if !parameters.is_empty() {
        said["parameters"] = json!(parameters);
    }
    said["requestBody"] = json!({
        "required": true,
        "content": { "application/json": { "schema": body } },
    });
    said
}

fn answer(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

/// An object that has all of these properties.
fn object(properties: &Value) -> Value {
    let names = properties
        .as_object()
        .into_iter()
        .flat_map(|all| all.keys());
    let names: Vec<_> = names.collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

fn letter_id() -> Value {
    json!({
        "name": "id", "in": "path", "required": true,
        "description": "Its id, as the list has it",
        "schema": { "type": "string", "pattern": "^[0-9]+-[0-9]+$" },
    })
}

fn letter_schema() -> Value {
    json!({ "$ref": "#/components/schemas/DeadLetter" })
}

/// What could not be read, or a notice that was given up: that one has neither id nor place.
pub(super) fn letter() -> Value {
    json!({
        "type": "object",
        "required": ["v", "at", "origin", "reason", "payload"],
        "properties": {
            "v": { "const": 1 },
            "id": { "type": "string" },
            "at": { "type": "string", "format": "date-time" },
            "origin": { "type": "string", "description": "Where it came from" },
            "topic": { "type": ["string", "null"], "description": "Of the record that it stands for" },
            "partition": { "type": ["integer", "null"] },
            "offset": { "type": ["integer", "null"] },
            "reason": { "type": "string" },
            "payload": { "type": "string", "description": "What came, masked" },
        },
    })
}
