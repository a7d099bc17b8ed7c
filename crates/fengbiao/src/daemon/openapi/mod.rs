//! The OpenAPI document of the whole listener: what the console says of its routes, and what is
//! said here of all others. A route of the app is listed once, with what the document says of it,
//! so that what is served and what is told cannot part.

mod operations;
mod push;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::{confirm as confirming, control, dead_letters, http};
pub(super) use operations::{
    backup, confirm, dead_letter, dead_letters as list_dead_letters, document as document_itself,
    healthz, metrics, publish, purge, readyz, resubmit,
};

/// What the document says of one method of a path.
pub(super) type Operation = fn(&mut SchemaGenerator) -> Value;

/// One method of a path, with what the document says of it and what answers there.
pub(super) struct Route<S> {
    path: &'static str,
    method: &'static str,
    said: Operation,
    handlers: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    pub(super) fn get<T: 'static>(
        path: &'static str,
        said: Operation,
        handler: impl Handler<T, S>,
    ) -> Self {
        let (method, handlers) = ("get", get(handler));
        Self {
            path,
            method,
            said,
            handlers,
        }
    }

    pub(super) fn post<T: 'static>(
        path: &'static str,
        said: Operation,
        handler: impl Handler<T, S>,
    ) -> Self {
        let (method, handlers) = ("post", post(handler));
        Self {
            path,
            method,
            said,
            handlers,
        }
    }

    /// The same with another bound of its body than the usual one.
    pub(super) fn limited(mut self, bytes: usize) -> Self {
        self.handlers = self.handlers.layer(DefaultBodyLimit::max(bytes));
        self
    }
}

/// A router of these routes.
pub(super) fn router<S: Clone + Send + Sync + 'static>(routes: Vec<Route<S>>, state: S) -> Router {
    let router = routes.into_iter().fold(Router::new(), |router, route| {
        router.route(route.path, route.handlers)
    });
    router.with_state(state)
}

/// The document, served under `/v1/openapi.json`, whichever roles the process has.
pub(crate) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    add(&mut paths, "/v1/posts", "post", push::posts(&mut schemas));
    list(&mut paths, &control::routes(), &mut schemas);
    list(&mut paths, &confirming::routes(), &mut schemas);
    list(&mut paths, &dead_letters::routes(), &mut schemas);
    list(&mut paths, &http::guarded_routes(), &mut schemas);
    paths.values_mut().for_each(ask_for_token);
    list(&mut paths, &http::open_routes(), &mut schemas);
    let mut document = fengbiao_console::openapi();
    let of_console = document["paths"].as_object_mut().map(std::mem::take);
    for (path, mut item) in of_console.unwrap_or_default() {
        // A signed link carries its own right.
        if path.starts_with("/a/") {
            item.as_object_mut()
                .into_iter()
                .flat_map(Map::values_mut)
                .for_each(leave_open);
        } else {
            ask_for_token(&mut item);
        }
        paths.insert(path, item);
    }
    document["paths"] = Value::Object(paths);
    document["info"]["description"] = json!(
        "Posts in; incidents as the ledger holds them, with the commands of people; what only the \
         owner of log and ledger can do; health and metrics."
    );
    if let Some(known) = document["components"]["schemas"].as_object_mut() {
        known.extend(schemas.take_definitions(true));
        known.insert("PushOutcome".to_owned(), push::outcome());
        known.insert("DeadLetter".to_owned(), operations::letter());
    }
    document["components"]["securitySchemes"] = json!({ "bearerAuth": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token in the file that `http.token_file` names. Without one the listener \
                        can be reached from this machine alone and asks for none.",
    } });
    document["security"] = json!([{ "bearerAuth": [] }]);
    document
}

fn list<S>(paths: &mut Map<String, Value>, routes: &[Route<S>], schemas: &mut SchemaGenerator) {
    for route in routes {
        add(paths, route.path, route.method, (route.said)(schemas));
    }
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, said: Value) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    item[method] = said;
}

/// What every method of a guarded path may answer before its handler is asked.
fn ask_for_token(item: &mut Value) {
    let Some(item) = item.as_object_mut() else {
        return;
    };
    for (method, said) in item {
        said["responses"]["401"] = text("The token is missing or wrong");
        // A push names its own reason.
        if method == "post" && said["responses"].get("403").is_none() {
            said["responses"]["403"] = text("There is no token, and a page of another site asks");
        }
    }
}

/// Answered without a token.
fn leave_open(said: &mut Value) {
    said["security"] = json!([]);
}

/// An answer in words.
fn text(description: &str) -> Value {
    let schema = json!({ "type": "string" });
    json!({ "description": description, "content": { "text/plain": { "schema": schema } } })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn operations(document: &Value) -> Vec<(String, String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        let each = paths.iter().flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.map(move |(method, said)| (path.clone(), method.clone(), said))
        });
        each.collect()
    }

    #[test]
    fn every_route_of_every_role_is_told() {
        let document = document();
        let told: Vec<_> = operations(&document);
        let told: BTreeSet<_> = told
            .iter()
            .map(|(p, m, _)| (p.as_str(), m.as_str()))
            .collect();
        for route in [
            ("/v1/posts", "post"),
            ("/v1/lexicons", "post"),
            ("/v1/purge", "post"),
            ("/v1/backup", "post"),
            ("/v1/confirm", "post"),
            ("/v1/dead-letters", "get"),
            ("/v1/dead-letters/{id}", "get"),
            ("/v1/dead-letters/{id}/resubmit", "post"),
            ("/v1/openapi.json", "get"),
            ("/v1/incidents", "get"),
            ("/a/{token}", "post"),
            ("/healthz", "get"),
            ("/readyz", "get"),
            ("/metrics", "get"),
        ] {
            assert!(told.contains(&route), "{route:?}");
        }
    }

    #[test]
    fn only_health_metrics_and_signed_links_are_open() {
        let document = document();
        for (path, method, said) in operations(&document) {
            let guarded = path.starts_with("/v1/");
            assert_eq!(said.get("security").is_none(), guarded, "{method} {path}");
            let refuses = said["responses"].get("401").is_some();
            assert_eq!(refuses, guarded, "{method} {path}");
        }
    }

    #[test]
    fn every_name_is_given_once_and_every_reference_leads_somewhere() {
        let document = document();
        let mut ids = BTreeSet::new();
        for (path, method, said) in operations(&document) {
            let id = said["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{method} {path}: {id}");
        }
        let text = document.to_string();
        for rest in text.split("\"$ref\":\"#").skip(1) {
            let reference = rest.split('"').next().unwrap();
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_bounds_of_a_push_are_told() {
        let document = document();
        let said = document["paths"]["/v1/posts"]["post"]["description"]
            .as_str()
            .unwrap();
        for bound in ["8 MiB", "32 MiB", "20,000 lines", "1 MiB", "16 pushes"] {
            assert!(said.contains(bound), "no `{bound}` in {said}");
        }
    }
}
