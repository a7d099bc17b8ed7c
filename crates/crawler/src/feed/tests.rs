//! Where the fetcher goes, and where it lets nobody send it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use fengbiao_model::{Clock, TimeSpan, Timestamp};
use reqwest::header::HeaderMap;

use super::fetch::{FetchError, FetchOptions, Fetcher};

struct Stood;

impl Clock for Stood {
    fn wall(&self) -> Timestamp {
        Timestamp::EPOCH
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::ZERO
    }
}

/// Stands for an address on the internet; the others of loopback are those of a network of our own.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn fetcher() -> Fetcher {
    let options = FetchOptions {
        contact: "https://owner.example".to_owned(),
        host_pause: Duration::ZERO,
    };
    Fetcher::telling(|address| address == OUTSIDE, options, Arc::new(Stood)).unwrap()
}

/// A server that sends `/moved` to a link and answers everything else.
#[derive(Clone, Default)]
struct Site {
    leads: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Its link.
    async fn start(&self, at: IpAddr) -> String {
        let listener = tokio::net::TcpListener::bind((at, 0)).await.unwrap();
        let link = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        link
    }

    fn leads(&self, to: &str) {
        to.clone_into(&mut self.leads.lock().unwrap());
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

async fn answer(State(site): State<Site>, uri: Uri) -> Response {
    site.asked.lock().unwrap().push(uri.path().to_owned());
    match uri.path() {
        "/moved" => Redirect::temporary(&site.leads.lock().unwrap()).into_response(),
        _ => "found".into_response(),
    }
}

async fn get(link: &str) -> Result<Vec<u8>, FetchError> {
    let page = fetcher().get(link, &HeaderMap::new(), 1_000).await;
    page.map(|page| page.body)
}

#[tokio::test]
async fn the_internet_sends_nobody_into_our_network() {
    let (outside, inside) = (Site::default(), Site::default());
    let (from, to) = (outside.start(OUTSIDE).await, inside.start(INSIDE).await);
    let moved = format!("{from}/moved");
    let by_name = to.replace("127.0.0.1", "localhost");
    for target in [
        &to,
        &by_name,
        "http://169.254.169.254/latest",
        "http://[::1]/",
    ] {
        outside.leads(target);
        let error = get(&moved).await.unwrap_err();
        let by_name = matches!(&error, FetchError::NoRobots { .. });
        let astray = matches!(&error, FetchError::Astray { .. });
        assert!(
            if target.contains("localhost") {
                by_name
            } else {
                astray
            },
            "{target}: {error}"
        );
    }
    // Nor over a host in between.
    let between = Site::default();
    let over = between.start(OUTSIDE).await;
    between.leads(&to);
    outside.leads(&format!("{over}/moved"));
    assert!(matches!(get(&moved).await, Err(FetchError::Astray { .. })));
    assert_eq!(inside.asked(), 0);
    outside.leads(&over);
    assert_eq!(get(&moved).await.unwrap(), b"found");
}

#[tokio::test]
async fn within_our_network_redirects_are_followed() {
    let (first, second) = (Site::default(), Site::default());
    let (from, to) = (first.start(INSIDE).await, second.start(INSIDE).await);
    first.leads(&to.replace("127.0.0.1", "localhost"));
    assert_eq!(get(&format!("{from}/moved")).await.unwrap(), b"found");
    let outside = Site::default();
    first.leads(&outside.start(OUTSIDE).await);
    assert_eq!(get(&format!("{from}/moved")).await.unwrap(), b"found");
}

#[tokio::test]
async fn what_was_asked_for_in_secret_stays_so() {
    let fetcher = fetcher();
    let from = |link: &str| super::fetch::Way::begin(link.parse().unwrap());
    let target = "http://127.0.0.2/feed".parse().unwrap();
    let error = fetcher.follow(&from("https://127.0.0.2/"), target).await;
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("from https to http") && error.contains("hint: "),
        "{error}"
    );
    let target = "https://127.0.0.2/feed".parse().unwrap();
    assert!(
        fetcher
            .follow(&from("http://127.0.0.2/"), target)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_secret_in_a_link_is_in_no_error() {
    for link in [
        "http://127.0.0.1:1/f?token=abc",
        "ftp://127.0.0.1/f?token=abc",
    ] {
        let error = get(link).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("abc"), "{error:?}");
    }
    let site = Site::default();
    let from = site.start(INSIDE).await;
    site.leads("http://127.0.0.1:1/f?token=abc");
    let error = get(&format!("{from}/moved")).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("abc"), "{error:?}");
}
