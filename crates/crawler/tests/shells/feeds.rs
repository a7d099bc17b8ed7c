//! Feeds from a server on loopback that has its moods.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use fengbiao_crawler::{FeedSource, FetchOptions, Fetcher, LocalState};
use fengbiao_model::TimeSpan;

use crate::support::{FastClock, Memory, Running, preparer, serve, until};

/// What the server says, and what it was asked.
#[derive(Clone)]
struct Site {
    robots: (u16, &'static str),
    asked: Arc<Mutex<Vec<String>>>,
    feed: Arc<Mutex<(u16, String)>>,
}

impl Site {
    fn new(robots: (u16, &'static str), feed: &str) -> Self {
        let feed = Arc::new(Mutex::new((200, feed.to_owned())));
        Self {
            robots,
            asked: Arc::default(),
            feed,
        }
    }

    fn count(&self, what: &str) -> usize {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| *asked == what)
            .count()
    }
}

async fn answer(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    let (status, text) = site.feed.lock().unwrap().clone();
    let etag = format!("\"{}\"", text.len());
    let fresh = headers
        .get("if-none-match")
        .is_some_and(|sent| *sent == etag);
    assert!(
        headers["user-agent"]
            .to_str()
            .unwrap()
            .ends_with("(+https://owner.example)")
    );
    assert!(!headers.contains_key("cookie"));
    let mark = if fresh { " fresh" } else { "" };
    site.asked
        .lock()
        .unwrap()
        .push(format!("{}{mark}", uri.path()));
    match uri.path() {
        "/robots.txt" => {
            (StatusCode::from_u16(site.robots.0).unwrap(), site.robots.1).into_response()
        }
        "/moved" => Redirect::temporary("/feed").into_response(),
        "/circle" => Redirect::temporary("/circle").into_response(),
        _ if fresh => StatusCode::NOT_MODIFIED.into_response(),
        _ => {
            let status = StatusCode::from_u16(status).unwrap();
            let headers = [
                ("etag", etag.as_str()),
                ("retry-after", "3600"),
                ("set-cookie", "a=b"),
            ];
            (status, headers, text).into_response()
        }
    }
}

async fn start(
    site: &Site,
    path: &str,
    memory: &Arc<Memory>,
    state: Option<LocalState>,
) -> Running {
    let router = Router::new().fallback(answer).with_state(site.clone());
    ask(router, path, memory, state, QUICK).await
}

/// As fast as the world so many times: a minute is a tenth of a second.
const QUICK: u32 = 600;

/// Asks whoever answers, on a clock that runs so many times as fast as the world.
async fn ask(
    router: Router,
    path: &str,
    memory: &Arc<Memory>,
    state: Option<LocalState>,
    times: u32,
) -> Running {
    let link = serve(router).await;
    let clock = FastClock::new(times);
    let options = FetchOptions {
        contact: "https://owner.example".to_owned(),
        host_pause: Duration::from_millis(5),
    };
    let fetcher = Arc::new(Fetcher::new(options, FastClock::new(times)).unwrap());
    let feed = FeedSource {
        url: link + path,
        interval: TimeSpan::from_minutes(1),
        preparer: preparer("news", FastClock::new(times)),
        fetcher,
        state,
    };
    Running::start(memory, clock, vec![Box::new(feed)])
}

fn rss(items: &[(&str, &str)]) -> String {
    let items = items.iter().map(|(id, text)| {
        format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><title>通报</title><author>甲</author>\
             <link>https://news.example/{id}?utm_source=rss</link>\
             <description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        )
    });
    let items: String = items.collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>n</title>{items}</channel></rss>"
    )
}

#[tokio::test]
async fn entries_come_once_and_again_when_they_change() {
    let site = Site::new((404, ""), &rss(&[("2", "停水"), ("1", "停电")]));
    let memory = Arc::new(Memory::default());
    let running = start(&site, "/moved", &memory, None).await;
    until(|| site.count("/feed fresh") >= 2).await;
    assert_eq!(memory.texts(), ["停电", "停水"]);
    site.feed.lock().unwrap().1 = rss(&[("3", "起火"), ("2", "停水"), ("1", "已经来电")]);
    memory.await_posts(4).await;
    running.stop().await;
    assert_eq!(memory.texts()[2..], ["update: 已经来电", "起火"]);
    assert_eq!(site.count("/robots.txt"), 1);
    let posts = memory.posts.lock().unwrap();
    let fengbiao_model::PostRecord::Post(post) = &posts[0] else {
        panic!()
    };
    assert_eq!(
        post.url.as_ref().unwrap().as_str(),
        "https://news.example/1"
    );
    assert!(post.voice.is_some());
}

#[tokio::test]
async fn atom_and_json_feeds_are_read() {
    let atom = "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title>\
         <entry><id>1</id><title>停电</title><updated>2026-11-01T00:00:00Z</updated></entry></feed>";
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"1","content_text":"停水"}]}"#;
    for (feed, expected) in [(atom, "停电"), (json, "停水")] {
        let (site, memory) = (Site::new((404, ""), feed), Arc::new(Memory::default()));
        let running = start(&site, "/feed", &memory, None).await;
        memory.await_posts(1).await;
        running.stop().await;
        assert_eq!(memory.texts(), [expected]);
    }
}

#[tokio::test]
async fn what_was_seen_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let state = || LocalState::open(folder.path().to_owned()).unwrap();
    let site = Site::new((404, ""), &rss(&[("1", "停电")]));
    let memory = Arc::new(Memory::default());
    let link = serve(Router::new().fallback(answer).with_state(site.clone())).await;
    for _ in 0..2 {
        let options = FetchOptions {
            contact: "https://owner.example".to_owned(),
            host_pause: Duration::ZERO,
        };
        let fetcher = Arc::new(Fetcher::new(options, FastClock::new(1)).unwrap());
        let feed = FeedSource {
            url: link.clone() + "/feed",
            interval: TimeSpan::from_minutes(1),
            preparer: preparer("news", FastClock::new(1)),
            fetcher,
            state: Some(state()),
        };
        let asked = site.asked.lock().unwrap().len();
        let running = Running::start(&memory, FastClock::new(1), vec![Box::new(feed)]);
        until(|| site.asked.lock().unwrap().len() >= asked + 2).await;
        memory.await_posts(1).await;
        until(|| std::fs::read_dir(folder.path()).unwrap().count() > 0).await;
        running.stop().await;
    }
    assert_eq!(memory.texts(), ["停电"]);
    assert_eq!((site.count("/feed"), site.count("/feed fresh")), (1, 1));
}

/// Runs until the first error was told, and some minutes of the clock longer: how often the feed was
/// asked for, and how many errors the pulses told.
async fn attempts(site: &Site, path: &str, times: u32) -> (usize, usize) {
    let memory = Arc::new(Memory::default());
    let router = Router::new().fallback(answer).with_state(site.clone());
    let running = ask(router, path, &memory, None, times).await;
    let errors = || {
        let pulses = memory.pulses.lock().unwrap();
        pulses.iter().map(|pulse| pulse.errors as usize).sum()
    };
    until(|| errors() >= 1).await;
    let told = memory.pulses.lock().unwrap().len();
    until(|| memory.pulses.lock().unwrap().len() >= told + 3).await;
    running.stop().await;
    assert!(memory.texts().is_empty());
    (site.count(path), errors())
}

#[tokio::test]
async fn a_site_that_does_not_want_it_is_left_alone() {
    let no = Site::new(
        (200, "User-agent: *\nDisallow: /feed\n"),
        &rss(&[("1", "停电")]),
    );
    let (asked, errors) = attempts(&no, "/feed", QUICK).await;
    assert!(asked == 0 && errors > 0, "{asked} {errors}");
    let broken = Site::new((500, ""), &rss(&[("1", "停电")]));
    assert_eq!(attempts(&broken, "/feed", QUICK).await.0, 0);
    let later = Site::new((429, ""), &rss(&[("1", "停电")]));
    assert_eq!(attempts(&later, "/feed", QUICK).await.0, 0);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_gets_it() {
    let busy = Site::new((404, ""), "");
    busy.feed.lock().unwrap().0 = 503;
    // What follows lasts minutes of the clock, and an hour was asked for: two minutes of the world.
    assert_eq!(attempts(&busy, "/feed", 30).await, (1, 1));
    let rubbish = Site::new((404, ""), "no feed at all");
    let (asked, errors) = attempts(&rubbish, "/feed", QUICK).await;
    assert!(asked >= 1 && errors >= 1);
    let circle = Site::new((404, ""), "");
    // Each attempt follows five redirects and then gives up; the last may have been stopped midway.
    let (asked, errors) = attempts(&circle, "/circle", QUICK).await;
    assert!(
        asked >= 6 * errors && asked <= 6 * (errors + 1),
        "{asked} {errors}"
    );
}

/// A server that refuses costs no time, and an interval of nothing must not become a loop.
#[tokio::test]
async fn a_failure_is_waited_after_whatever_the_interval() {
    let site = Site::new((404, ""), "no feed at all");
    let link = serve(Router::new().fallback(answer).with_state(site.clone())).await;
    let options = FetchOptions {
        contact: "https://owner.example".to_owned(),
        host_pause: Duration::ZERO,
    };
    let feed = FeedSource {
        url: link + "/feed",
        interval: TimeSpan::ZERO,
        preparer: preparer("news", FastClock::new(1)),
        fetcher: Arc::new(Fetcher::new(options, FastClock::new(1)).unwrap()),
        state: None,
    };
    let memory = Arc::new(Memory::default());
    let running = Running::start(&memory, FastClock::new(1), vec![Box::new(feed)]);
    until(|| site.count("/feed") >= 1).await;
    // Without the wait it is asked again at once, again and again.
    tokio::time::sleep(Duration::from_millis(500)).await;
    running.stop().await;
    assert_eq!(site.count("/feed"), 1);
}

/// What makes a source dead is that no poll worked, and a poll is counted with its outcome: neither
/// a failure that takes longer than the minute nor one that the end of the process cuts off leaves a
/// poll without error behind.
#[tokio::test]
async fn a_poll_is_counted_when_its_outcome_is_known() {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let slow = move |uri: Uri| async move {
        if uri.path() == "/robots.txt" {
            return StatusCode::NOT_FOUND;
        }
        let number = {
            let mut count = count.lock().unwrap();
            *count += 1;
            *count
        };
        if number == 3 {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let memory = Arc::new(Memory::default());
    let router = Router::new().fallback(slow);
    let running = ask(router, "/feed", &memory, None, QUICK).await;
    until(|| *asked.lock().unwrap() == 3).await;
    until(|| memory.pulses.lock().unwrap().len() >= 5).await;
    running.stop().await;
    let pulses = memory.pulses.lock().unwrap();
    assert!(pulses.len() >= 5, "{pulses:?}");
    assert!(pulses.iter().all(|p| p.polls == p.errors), "{pulses:?}");
    let polls: u32 = pulses.iter().map(|pulse| pulse.polls).sum();
    assert!(polls >= 2, "{pulses:?}");
    assert!(polls < *asked.lock().unwrap(), "the last was cut off");
}
