//! The routes, listed once.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, any, get, post};

use crate::limits::MAX_BODY_BYTES;
use crate::problem::Problem;
use crate::state::Console;
use crate::{api, page, silences, stand_ins};

/// One path and what answers there, by method.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the document is compared with it")
    )]
    pub(crate) methods: &'static [&'static str],
    handlers: MethodRouter<Console>,
}

/// All routes; the document lists the same.
pub(crate) fn routes() -> Vec<Route> {
    let route = |path, methods, handlers| Route {
        path,
        methods,
        handlers,
    };
    vec![
        route("/v1/incidents", &["get"], get(api::list)),
        route("/v1/incidents/{number}", &["get"], get(api::show)),
        route(
            "/v1/incidents/{number}/acknowledge",
            &["post"],
            post(api::acknowledge),
        ),
        route("/v1/incidents/{number}/close", &["post"], post(api::close)),
        route("/v1/incidents/{number}/deeds", &["post"], post(api::deeds)),
        route(
            "/v1/silences",
            &["get", "post"],
            get(silences::list).post(silences::add),
        ),
        route("/v1/silences/{number}/end", &["post"], post(silences::end)),
        route(
            "/v1/stand-ins",
            &["get", "post"],
            get(stand_ins::list).post(stand_ins::add),
        ),
        route(
            "/v1/stand-ins/{number}/end",
            &["post"],
            post(stand_ins::end),
        ),
        route(
            "/a/{token}",
            &["get", "post"],
            get(page::show).post(page::acknowledge),
        ),
    ]
}

/// The routes of the console. Other paths are left to the app.
pub fn router(console: Console) -> Router {
    let not_allowed = async || {
        let detail = "the path does not take this method";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    };
    routes()
        .into_iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, route.handlers)
        })
        // No part of the API: a link that was cut or lengthened on its way says so to people.
        .route("/a/", any(page::not_a_link))
        .route("/a/{token}/{*rest}", any(page::not_a_link))
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(console)
}
