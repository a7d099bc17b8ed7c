//! Who may ask: whoever has the token; without one, programs and pages of this machine.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::config::Http;

/// Lets through what may come, and nothing else.
pub(super) fn guarded(router: Router, token: Option<String>, http: &Http) -> Router {
    if let Some(token) = token {
        let token = Arc::<str>::from(token);
        return router.layer(middleware::from_fn_with_state(token, authenticate));
    }
    let public = http.public_url.as_deref();
    let public = public.and_then(|text| url::Url::parse(text).ok());
    router.layer(middleware::from_fn_with_state(
        Arc::new(public),
        refuse_strangers,
    ))
}

/// A signed link carries its own right.
fn by_link(request: &Request) -> bool {
    request.uri().path().starts_with("/a/")
}

fn text_of(request: &Request, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

/// A signed link is enough; everything else needs the token.
async fn authenticate(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    let given = text_of(&request, header::AUTHORIZATION);
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    // Hashes are compared, in constant time, so that the time says nothing about the token.
    if by_link(&request) || blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes()) {
        return next.run(request).await;
    }
    let text = "a token is needed\nhint: send `Authorization: Bearer …` with the token of `http.token_file`\n";
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, "Bearer")],
        text,
    )
        .into_response()
}

/// Without a token only loopback can reach us; but a web page open in a browser on this machine
/// can, too. Browsers name in `Origin` the page that sends something. They name none for what a page
/// reads from its own site, and a page may let the name of its site lead to this machine: so the name
/// by which we are asked must be one that nobody else can give away.
async fn refuse_strangers(
    State(public): State<Arc<Option<url::Url>>>,
    request: Request,
    next: Next,
) -> Response {
    if by_link(&request) {
        return next.run(request).await;
    }
    let host = text_of(&request, header::HOST).unwrap_or_default();
    if !is_ours(host, public.as_ref().as_ref()) {
        return forbidden(&format!(
            "asked as `{}`, expected an address of loopback, `localhost`, or the host of `http.public_url`\n\
             hint: ask by that name, or set `http.token_file`\n",
            host.escape_debug()
        ));
    }
    let own = text_of(&request, header::ORIGIN).is_none_or(|origin| {
        origin == format!("http://{host}") || origin == format!("https://{host}")
    });
    if own || request.method().is_safe() {
        return next.run(request).await;
    }
    forbidden(
        "a page of another site may not do this\nhint: ask from a program, or set `http.token_file`\n",
    )
}

/// Whether a `Host` names this machine, or us as people reach us from outside.
fn is_ours(host: &str, public: Option<&url::Url>) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let loopback = |address: IpAddr| address.to_canonical().is_loopback();
    address.parse().is_ok_and(loopback)
        || name.eq_ignore_ascii_case("localhost")
        || public
            .and_then(url::Url::host_str)
            .is_some_and(|host| name.eq_ignore_ascii_case(host))
}

fn forbidden(text: &str) -> Response {
    (StatusCode::FORBIDDEN, text.to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_can_give_away_is_not_ours() {
        let public = url::Url::parse("https://fengbiao.example.org/alerts").unwrap();
        let check = |host: &str, expected: bool| {
            assert_eq!(is_ours(host, Some(&public)), expected, "{host}");
        };
        for host in [
            "127.0.0.1:7311",
            "127.8.0.1",
            "[::1]:7311",
            "[::ffff:127.0.0.1]",
            "LocalHost:7311",
            "Fengbiao.Example.org",
            "fengbiao.example.org:443",
        ] {
            check(host, true);
        }
        for host in [
            "",
            "evil.example:7311",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "192.0.2.1:7311",
            "[fe80::1]",
            "evil.example@127.0.0.1.evil.example",
            "a b",
        ] {
            check(host, false);
        }
        assert!(!is_ours("fengbiao.example.org", None));
    }
}
