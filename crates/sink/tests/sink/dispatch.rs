//! The dispatcher: who is told when, and what becomes of what fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fengbiao_model::{Clock, Notice, Tier, TimeSpan};
use fengbiao_sink::{Outbox as _, Secret, SinkError, WebhookOptions, WebhookSink};

use crate::bench::*;
use crate::sample::{NOW, key};
use crate::server::{Answer, Server};

/// Longer than any test runs.
const FOR_EVER: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_slow_receiver_delays_no_other() {
    let bench = Bench::new(vec![to("slow", 1, Tier::I), to("quick", 1, Tier::IV)]);
    let stuck = Answer::status(200).after(FOR_EVER);
    let server = Server::start(vec![], stuck).await;
    let quick = Arc::new(Scripted::default());
    let mut options = WebhookOptions::new(Secret::new(&server.url));
    options.timeout = FOR_EVER;
    let slow = Arc::new(WebhookSink::new(options, bench.clock.clone()).unwrap());
    let running = bench.start(vec![route("slow", slow), route("quick", quick.clone())]);
    bench
        .until("quick", || bench.is(&key("quick", 1), &State::Delivered))
        .await;
    // What comes later goes to the quick one as well, while the slow one still waits.
    bench.outbox.put(to("quick", 2, Tier::II));
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("quick again", || {
            bench.is(&key("quick", 2), &State::Delivered)
        })
        .await;
    assert_eq!(
        bench.outbox.entry(&key("slow", 1)).state,
        State::Waiting(NOW)
    );
    // The attempt under way does not hold up the stop, and is due again afterwards.
    let outbox = bench.outbox.clone();
    bench.end(running).await;
    assert_eq!(outbox.entry(&key("slow", 1)).state, State::Waiting(NOW));
}

#[tokio::test]
async fn the_loudest_goes_first_then_the_oldest() {
    let old = Notice {
        made_at: NOW - TimeSpan::from_minutes(5),
        ..to("desk", 9, Tier::III)
    };
    let notices = vec![
        to("desk", 1, Tier::IV),
        to("desk", 2, Tier::III),
        to("desk", 3, Tier::I),
        old,
        to("desk", 4, Tier::II),
    ];
    let bench = Bench::new(notices);
    let sink = Arc::new(Scripted::default());
    let running = bench.start(vec![route("desk", sink.clone())]);
    bench
        .until("all", || sink.taken.lock().unwrap().len() == 5)
        .await;
    let changes: Vec<u32> = sink
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|key| key.change)
        .collect();
    assert_eq!(changes, [3, 4, 9, 2, 1]);
    bench.end(running).await;
}

#[tokio::test]
async fn a_loud_notice_overtakes_a_backlog() {
    let bench = Bench::new((1..=8).map(|change| to("desk", change, Tier::IV)).collect());
    // So that the loud one comes while most of the others still wait.
    let wait = Duration::from_millis(200);
    let sink = Arc::new(Scripted {
        wait,
        ..Scripted::default()
    });
    let running = bench.start(vec![route("desk", sink.clone())]);
    bench
        .until("the first", || !sink.taken.lock().unwrap().is_empty())
        .await;
    bench.outbox.put(to("desk", 100, Tier::I));
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("all", || sink.taken.lock().unwrap().len() == 9)
        .await;
    let place = sink
        .taken
        .lock()
        .unwrap()
        .iter()
        .position(|key| key.change == 100)
        .unwrap();
    assert!((1..7).contains(&place), "{place}");
    bench.end(running).await;
}

#[tokio::test]
async fn a_failure_is_tried_again_with_the_same_id() {
    let bench = Bench::new(vec![to("hook", 1, Tier::II)]);
    let server = Server::start(vec![Answer::status(503)], Answer::status(200)).await;
    let key = key("hook", 1);
    let mut route = route("hook", webhook(&server, &bench.clock));
    route.backoff.jitter_percent = 0;
    let running = bench.start(vec![route]);
    bench
        .until("the failure", || bench.outbox.entry(&key).attempts == 1)
        .await;
    let due = bench.clock.wall() + TimeSpan::from_secs(5);
    assert_eq!(bench.outbox.entry(&key).state, State::Waiting(due));
    assert_eq!(
        bench.outbox.entry(&key).error,
        "the receiver answered `503`"
    );
    // Not before it is due.
    bench.wake.send_modify(|count| *count += 1);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.received().len(), 1);
    bench.clock.advance(TimeSpan::from_secs(5));
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("the delivery", || bench.is(&key, &State::Delivered))
        .await;
    let received = server.received();
    let ids: Vec<&str> = received
        .iter()
        .map(|request| request.header("webhook-id"))
        .collect();
    assert_eq!(ids, ["3fa94c1e.7.1.0.hook.0"; 2]);

    let families = bench.registry.gather();
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&families)
        .unwrap();
    for line in [
        r#"fengbiao_sink_attempts_total{outcome="retry",receiver="hook"} 1"#,
        r#"fengbiao_sink_attempts_total{outcome="delivered",receiver="hook"} 1"#,
        r#"fengbiao_sink_delivery_seconds_sum{receiver="hook"} 7"#,
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    bench.end(running).await;
}

/// A service that was away for a moment keeps nobody waiting for the rest of a schedule.
#[tokio::test]
async fn what_failed_goes_at_once_when_the_receiver_answers_again() {
    let bench = Bench::new(vec![to("hook", 1, Tier::II)]);
    let server = Server::start(vec![Answer::status(503); 2], Answer::status(200)).await;
    let (first, second) = (key("hook", 1), key("hook", 2));
    let running = bench.start(vec![route("hook", webhook(&server, &bench.clock))]);
    for attempts in 1..=2 {
        bench
            .until("a failure", || {
                bench.outbox.entry(&first).attempts == attempts
            })
            .await;
        if attempts == 1 {
            bench.clock.advance(TimeSpan::from_secs(6));
            bench.wake.send_modify(|count| *count += 1);
        }
    }
    let why = "the receiver answered `503`".to_owned();
    assert_eq!(bench.failing.all(), [(receiver("hook"), why)]);
    // Its own time would be 15 s from now.
    bench.outbox.put(to("hook", 2, Tier::II));
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("both", || {
            bench.is(&first, &State::Delivered) && bench.is(&second, &State::Delivered)
        })
        .await;
    assert_eq!(bench.failing.all(), []);
    bench.end(running).await;
}

/// What failed before a restart need not wait either.
#[tokio::test]
async fn what_failed_before_the_start_goes_with_the_first_delivery() {
    let bench = Bench::new(vec![to("hook", 1, Tier::II), to("hook", 2, Tier::II)]);
    let (failed, new) = (key("hook", 1), key("hook", 2));
    let in_an_hour = bench.clock.wall() + TimeSpan::from_hours(1);
    let failure = "the receiver answered `503`";
    bench
        .outbox
        .retry(&failed, in_an_hour, failure, None)
        .unwrap();
    let server = Server::start(vec![], Answer::status(200)).await;
    let running = bench.start(vec![route("hook", webhook(&server, &bench.clock))]);
    bench
        .until("both", || {
            bench.is(&failed, &State::Delivered) && bench.is(&new, &State::Delivered)
        })
        .await;
    bench.end(running).await;
}

/// Whoever stands in hears of it by the tier, and the receiver itself is tried on.
#[tokio::test]
async fn the_fallback_hears_of_what_could_not_be_delivered_for_long() {
    let bench = Bench::new(vec![to("hook", 1, Tier::I), to("hook", 2, Tier::III)]);
    let down = Server::start(vec![], Answer::status(503)).await;
    let desk = Arc::new(Scripted::default());
    let mut routes = vec![
        route("hook", webhook(&down, &bench.clock)),
        route("desk", desk.clone()),
    ];
    routes[0].fallback = Some(receiver("desk"));
    let running = bench.start(routes);
    let attempts = |change| bench.outbox.entry(&key("hook", change)).attempts;
    bench
        .until("the first failures", || {
            attempts(1) == 1 && attempts(2) == 1
        })
        .await;
    assert!(desk.taken.lock().unwrap().is_empty(), "it was too early");
    bench.clock.advance(TimeSpan::from_secs(61));
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("the second failures", || {
            attempts(1) == 2 && attempts(2) == 2
        })
        .await;
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("the fallback", || desk.taken.lock().unwrap().len() == 1)
        .await;
    assert_eq!(*desk.taken.lock().unwrap(), [key("desk", 1)]);
    assert!(matches!(
        bench.outbox.entry(&key("hook", 1)).state,
        State::Waiting(_)
    ));
    // Once, however often it fails.
    bench.clock.advance(TimeSpan::from_secs(60));
    bench.wake.send_modify(|count| *count += 1);
    bench.until("a third failure", || attempts(1) == 3).await;
    assert_eq!(*desk.taken.lock().unwrap(), [key("desk", 1)]);
    bench.end(running).await;
}

/// The notice bears a time that the clock has not reached: nobody can tell its age by that.
#[tokio::test]
async fn the_fallback_hears_in_time_of_a_notice_from_before_the_clock_was_set_back() {
    let notice = Notice {
        made_at: NOW + TimeSpan::from_hours(8),
        ..to("hook", 1, Tier::I)
    };
    let bench = Bench::new(vec![notice]);
    let down = Server::start(vec![], Answer::status(503)).await;
    let desk = Arc::new(Scripted::default());
    let mut routes = vec![
        route("hook", webhook(&down, &bench.clock)),
        route("desk", desk.clone()),
    ];
    routes[0].fallback = Some(receiver("desk"));
    bench.outbox.change(&key("hook", 1), |entry| {
        entry.state = State::Waiting(bench.clock.wall());
    });
    let running = bench.start(routes);
    for attempts in 1..=4 {
        bench
            .until("a failure", || {
                bench.outbox.entry(&key("hook", 1)).attempts == attempts
            })
            .await;
        let stands_in = bench.outbox.has(&key("desk", 1));
        assert_eq!(stands_in, attempts == 4, "a minute of waits, at {attempts}");
        bench.clock.advance(TimeSpan::from_minutes(1));
        bench.wake.send_modify(|count| *count += 1);
    }
    bench.end(running).await;
}

#[tokio::test]
async fn what_is_given_up_goes_to_the_fallback() {
    let bench = Bench::new(vec![to("hook", 1, Tier::II), to("busy", 1, Tier::II)]);
    let gone = Server::start(vec![], Answer::status(410)).await;
    let busy = Server::start(vec![], Answer::status(500)).await;
    let desk = Arc::new(Scripted::default());
    let mut routes = vec![
        route("hook", webhook(&gone, &bench.clock)),
        route("busy", webhook(&busy, &bench.clock)),
        route("desk", desk.clone()),
    ];
    routes[0].fallback = Some(receiver("desk"));
    // Two attempts without a wait, then no more; nobody stands behind it.
    routes[1].backoff.waits = vec![TimeSpan::ZERO; 2];
    let running = bench.start(routes);
    // The app's outbox wakes the dispatcher when the fallback is queued.
    bench
        .until("the fallback is queued", || {
            bench.is(&key("hook", 1), &State::Dead)
        })
        .await;
    bench.wake.send_modify(|count| *count += 1);
    bench
        .until("the fallback", || desk.taken.lock().unwrap().len() == 1)
        .await;
    bench
        .until("the end of it", || bench.is(&key("busy", 1), &State::Dead))
        .await;
    assert_eq!(*desk.taken.lock().unwrap(), [key("desk", 1)]);
    assert_eq!((gone.received().len(), busy.received().len()), (1, 2));
    assert!(bench.outbox.entry(&key("hook", 1)).error.contains("`410`"));
    bench.end(running).await;
}

#[tokio::test]
async fn an_outbox_that_fails_does_not_make_a_second_message() {
    let bench = Bench::new(vec![to("desk", 1, Tier::II)]);
    bench.outbox.refusals.store(2, Ordering::SeqCst);
    let sink = Arc::new(Scripted::default());
    let running = bench.start(vec![route("desk", sink.clone())]);
    bench
        .until("the record", || {
            bench.is(&key("desk", 1), &State::Delivered)
        })
        .await;
    assert_eq!(sink.taken.lock().unwrap().len(), 1);
    bench.end(running).await;
}

#[tokio::test]
async fn a_notice_taken_away_in_between_holds_up_nothing() {
    let bench = Bench::new(vec![to("desk", 1, Tier::II), to("desk", 2, Tier::III)]);
    let wait = Duration::from_millis(100);
    let sink = Arc::new(Scripted {
        wait,
        ..Scripted::default()
    });
    let running = bench.start(vec![route("desk", sink)]);
    // While its attempt is under way, somebody gives it up.
    tokio::time::sleep(Duration::from_millis(30)).await;
    bench
        .outbox
        .dead(&key("desk", 1), "taken away", None)
        .unwrap();
    bench
        .until("the next", || bench.is(&key("desk", 2), &State::Delivered))
        .await;
    assert_eq!(bench.outbox.entry(&key("desk", 1)).state, State::Dead);
    bench.end(running).await;
}

#[tokio::test]
async fn a_panic_in_a_sink_costs_an_attempt_and_nothing_else() {
    let bench = Bench::new(vec![to("desk", 1, Tier::II)]);
    let sink = Arc::new(Scripted {
        panics: true,
        ..Scripted::default()
    });
    let running = bench.start(vec![route("desk", sink)]);
    bench
        .until("the attempt", || {
            bench.outbox.entry(&key("desk", 1)).attempts == 1
        })
        .await;
    let error = bench.outbox.entry(&key("desk", 1)).error;
    assert_eq!(
        error,
        SinkError::Retry {
            reason: error.clone(),
            after_millis: None
        }
        .to_string()
    );
    assert!(error.contains("panicked"), "{error}");
    bench.end(running).await;
}

/// It waits for what the clock of these tests never brings.
#[tokio::test]
async fn an_idle_dispatcher_stops() {
    let bench = Bench::new(Vec::new());
    let running = bench.start(vec![route("desk", Arc::new(Scripted::default()))]);
    tokio::time::sleep(Duration::from_millis(30)).await;
    bench.end(running).await;
}
