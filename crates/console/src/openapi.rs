//! The OpenAPI 3.1 document of the routes, its schemas from the very structs that are written.

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Value, json};

use crate::answer::{
    AcceptedJson, AcknowledgeJson, CloseJson, DeedRequestJson, EndJson, IncidentDetailJson,
    IncidentListJson,
};
use crate::limits::{DEFAULT_PAGE_INCIDENTS, MAX_PAGE_INCIDENTS};
use crate::problem::Problem;
use crate::silences::{SilenceListJson, SilenceRequestJson};
use crate::stand_ins::{StandInListJson, StandInRequestJson};

/// The document of these routes; the app adds its own, and serves it.
#[must_use]
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let paths = json!({
        "/v1/incidents": { "get": list(&mut schemas) },
        "/v1/incidents/{number}": { "get": show(&mut schemas) },
        "/v1/incidents/{number}/acknowledge": {
            "post": command::<AcknowledgeJson>(&mut schemas, "acknowledge", "Take an incident on"),
        },
        "/v1/incidents/{number}/close": {
            "post": command::<CloseJson>(&mut schemas, "close", "Close an incident"),
        },
        "/v1/incidents/{number}/deeds": {
            "post": command::<DeedRequestJson<'_>>(
                &mut schemas,
                "doTo",
                "Anything that people do with an incident",
            ),
        },
        "/v1/silences": {
            "get": list_all::<SilenceListJson<'_>>(
                &mut schemas,
                "listSilences",
                "The silences that have not ended; the view is audited",
            ),
            "post": add::<SilenceRequestJson<'_>>(
                &mut schemas,
                "addSilence",
                "For a while some incidents shall not be told",
                "The incident that it names is not there",
            ),
        },
        "/v1/silences/{number}/end": {
            "post": end(&mut schemas, "endSilence", "A silence ends now"),
        },
        "/v1/stand-ins": {
            "get": list_all::<StandInListJson<'_>>(
                &mut schemas,
                "listStandIns",
                "Who stands in for those on call, or will; the view is audited",
            ),
            "post": add::<StandInRequestJson<'_>>(
                &mut schemas,
                "addStandIn",
                "Somebody stands in for whoever is on call",
                "",
            ),
        },
        "/v1/stand-ins/{number}/end": {
            "post": end(&mut schemas, "endStandIn", "Somebody stands in no longer"),
        },
        "/a/{token}": { "get": page("showNotice", "The page of a signed link; changes nothing"),
                        "post": acknowledge_page() },
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fengbiao",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Incidents as the ledger holds them, and the commands of people.",
        },
        "paths": paths,
        "components": { "schemas": schemas.take_definitions(true) },
    })
}

fn answer<T: JsonSchema>(schemas: &mut SchemaGenerator, description: &str, kind: &str) -> Value {
    let schema = schemas.subschema_for::<T>();
    json!({ "description": description, "content": { kind: { "schema": schema } } })
}

fn ok<T: JsonSchema>(schemas: &mut SchemaGenerator, description: &str) -> Value {
    answer::<T>(schemas, description, "application/json")
}

fn problem(schemas: &mut SchemaGenerator, description: &str) -> Value {
    answer::<Problem>(schemas, description, "application/problem+json")
}

fn number() -> Value {
    json!({
        "name": "number", "in": "path", "required": true,
        "description": "The incident's number, such as `2026-17`; `17` is the latest 17",
        "schema": { "type": "string", "pattern": "^([1-9][0-9]{3}-)?[1-9][0-9]{0,8}$" },
    })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn list(schemas: &mut SchemaGenerator) -> Value {
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": MAX_PAGE_INCIDENTS,
        "default": DEFAULT_PAGE_INCIDENTS,
    });
    json!({
        "operationId": "listIncidents",
        "summary": "Incidents, latest number first",
        "parameters": [
            query("open", "Only those open, or only those closed", &json!({ "type": "boolean" })),
            query("topic", "Only of this topic", &json!({ "type": "string" })),
            query("tier", "Only those that have reached this tier",
                  &json!({ "type": "string", "enum": ["IV", "III", "II", "I"] })),
            query("limit", "Most incidents in the answer", &limit),
            query("before", "Only lower numbers: `next` of the page before",
                  &json!({ "type": "string", "pattern": "^[1-9][0-9]{3}-[1-9][0-9]{0,8}$" })),
        ],
        "responses": {
            "200": ok::<IncidentListJson<'_>>(schemas, "A page of incidents"),
            "400": problem(schemas, "A parameter is wrong"),
        },
    })
}

fn show(schemas: &mut SchemaGenerator) -> Value {
    json!({
        "operationId": "showIncident",
        "summary": "All there is to show of an incident; the view is audited",
        "parameters": [number()],
        "responses": {
            "200": ok::<IncidentDetailJson<'_>>(schemas, "The incident"),
            "400": problem(schemas, "The path holds no number"),
            "404": problem(schemas, "There is no such incident"),
            "507": problem(schemas, "The disk is full, and the view cannot be audited"),
        },
    })
}

/// What changes something: 200 or 202, or why not. `more` are refusals of its own.
fn change<T: JsonSchema>(
    schemas: &mut SchemaGenerator,
    (id, summary): (&str, &str),
    parameters: &[Value],
    more: &[(&str, &str)],
) -> Value {
    let body = schemas.subschema_for::<T>();
    let mut responses = json!({
        "200": ok::<AcceptedJson>(schemas, "It is done"),
        "202": ok::<AcceptedJson>(
            schemas,
            "The command is stored and is taken next; the alerter may still refuse it",
        ),
        "400": problem(schemas, "The body is not JSON, or the path holds no number"),
        "413": problem(schemas, "The body is too long"),
        "422": problem(schemas, "The body does not fit"),
        "503": problem(schemas, "The daemon is stopping"),
        "507": problem(schemas, "The disk is full"),
    });
    for (status, description) in more {
        responses[status] = problem(schemas, description);
    }
    json!({
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": body } },
        },
        "responses": responses,
    })
}

fn command<T: JsonSchema>(schemas: &mut SchemaGenerator, id: &str, summary: &str) -> Value {
    let id = format!("{id}Incident");
    let refused = "It cannot be done as the incident stands; the answer says what can";
    let more = [("404", "There is no such incident"), ("409", refused)];
    change::<T>(schemas, (&id, summary), &[number()], &more)
}

fn list_all<T: JsonSchema>(schemas: &mut SchemaGenerator, id: &str, summary: &str) -> Value {
    json!({
        "operationId": id,
        "summary": summary,
        "responses": {
            "200": ok::<T>(schemas, "All of them"),
            "507": problem(schemas, "The disk is full, and the view cannot be audited"),
        },
    })
}

fn add<T: JsonSchema>(
    schemas: &mut SchemaGenerator,
    id: &str,
    summary: &str,
    missing: &str,
) -> Value {
    let conflict = "There are too many already, or what it names has ended";
    let more = [("409", conflict), ("404", missing)];
    let more = if missing.is_empty() {
        &more[..1]
    } else {
        &more
    };
    change::<T>(schemas, (id, summary), &[], more)
}

fn end(schemas: &mut SchemaGenerator, id: &str, summary: &str) -> Value {
    let number = json!({
        "name": "number", "in": "path", "required": true,
        "description": "Its number, as the list has it",
        "schema": { "type": "integer", "minimum": 1 },
    });
    let more = [
        ("404", "There is none that has not ended"),
        ("409", "It has ended meanwhile"),
    ];
    change::<EndJson>(schemas, (id, summary), &[number], &more)
}

fn page(id: &str, summary: &str) -> Value {
    let html = |description: &str| {
        json!({ "description": description,
                "content": { "text/html": { "schema": { "type": "string" } } } })
    };
    json!({
        "operationId": id,
        "summary": summary,
        "parameters": [{
            "name": "token", "in": "path", "required": true,
            "description": "The signed part of the link in a notice",
            "schema": { "type": "string" },
        }],
        "responses": {
            "200": html("The page"),
            "403": html("The link is not valid"),
            "404": html("What the link speaks of is no longer kept"),
            "410": html("The link has expired"),
        },
    })
}

fn acknowledge_page() -> Value {
    let mut page = page("acknowledgeNotice", "Take the incident of a signed link on");
    page["requestBody"] = json!({
        "required": true,
        "content": { "application/x-www-form-urlencoded": { "schema": {
            "type": "object",
            "required": ["by"],
            "properties": { "by": { "type": "string", "maxLength": 128 } },
        } } },
    });
    page["description"] = json!(
        "Where the name fits, the cookie `fengbiao_by` lets the browser fill it in next time."
    );
    let responses = &mut page["responses"];
    for (status, description) in [
        (
            "202",
            "The command is stored; who has the incident is not known yet",
        ),
        ("409", "The incident is acknowledged or closed already"),
        ("413", "The body is too long"),
        ("422", "The name is missing or does not fit"),
        ("503", "The daemon is stopping"),
    ] {
        responses[status] = json!({ "description": description,
            "content": { "text/html": { "schema": { "type": "string" } } } });
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes::routes;

    #[test]
    fn every_route_is_in_the_document_and_the_other_way_round() {
        let served: BTreeSet<(String, String)> = routes()
            .iter()
            .flat_map(|route| {
                route
                    .methods
                    .iter()
                    .map(|m| (route.path.into(), (*m).into()))
            })
            .collect();
        let document = openapi();
        let told: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(|m| (path.clone(), m.clone()))
            })
            .collect();
        assert_eq!(served, told);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = openapi();
        let text = document.to_string();
        let references: Vec<&str> = text
            .split("\"$ref\":\"#")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert!(!references.is_empty());
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn no_schema_names_who_spoke() {
        let text = openapi().to_string();
        for name in ["\"author\"", "\"voice\"", "\"pseudonym\""] {
            assert!(!text.contains(name), "{name}");
        }
    }
}
