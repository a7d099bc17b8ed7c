//! Events over HTTP.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fengbiao_model::{Notice, TimeSpan};
use fengbiao_sink::{
    EventOptions, Secret, SetupError, Sink, SinkError, WebhookOptions, WebhookSink, cloud_event,
};
use sha2::{Digest, Sha256};

use crate::sample::{NOW, SetClock, long_notice, notice, outgoing};
use crate::server::{Answer, Server, nobody};

const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "whsec_Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

fn options(url: &str) -> WebhookOptions {
    WebhookOptions::new(Secret::new(format!("{url}/hooks/token-in-the-link")))
}

fn sink(options: WebhookOptions) -> WebhookSink {
    WebhookSink::new(options, SetClock::at(NOW)).unwrap()
}

/// HMAC-SHA256 written out after RFC 2104, without the crate that the sink uses.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ with)
            .collect()
    };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

#[tokio::test]
async fn an_event_is_posted_and_signed_with_every_secret() {
    let server = Server::start(vec![], Answer::status(204)).await;
    let mut options = options(&server.url);
    options.secrets = vec![Secret::new(NEW), Secret::new(OLD)];
    options.headers = vec![("authorization".to_owned(), Secret::new("Bearer t"))];
    sink(options).send(&outgoing(notice())).await.unwrap();

    let received = server.received();
    let [request] = received.as_slice() else {
        panic!("{received:?}")
    };
    assert_eq!(request.uri.path(), "/hooks/token-in-the-link");
    let media_type = "application/cloudevents+json; charset=utf-8";
    assert_eq!(request.header("content-type"), media_type);
    assert_eq!(request.header("authorization"), "Bearer t");
    assert_eq!(request.header("webhook-id"), "3fa94c1e.7.2.0.duty.0");
    assert_eq!(request.header("webhook-timestamp"), "1795416790");
    let expected = cloud_event(&outgoing(notice()), &EventOptions::default());
    assert_eq!(request.body, expected);

    let signed = [b"3fa94c1e.7.2.0.duty.0.1795416790.", request.body.as_ref()].concat();
    let by = |secret: &str| {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &signed)))
    };
    assert_eq!(
        request.header("webhook-signature"),
        format!("{} {}", by(NEW), by(OLD))
    );
}

#[tokio::test]
async fn without_secrets_there_is_no_signature() {
    let server = Server::start(vec![], Answer::status(200)).await;
    sink(options(&server.url))
        .send(&outgoing(notice()))
        .await
        .unwrap();
    assert!(
        !server.received()[0]
            .headers
            .contains_key("webhook-signature")
    );
}

/// What each answer means, and that nothing secret is in the reason.
#[tokio::test]
async fn answers_and_what_they_mean() {
    let later = |after_millis| Some(after_millis);
    let never = None;
    let at_noon = "Mon, 23 Nov 2026 06:55:10 GMT";
    let table = [
        (Answer::status(408), later(None)),
        (
            Answer::status(429).with("retry-after", "7"),
            later(Some(7_000)),
        ),
        (Answer::status(429), later(None)),
        (Answer::status(500), later(None)),
        (
            Answer::status(503).with("retry-after", at_noon),
            later(Some(120_000)),
        ),
        (Answer::status(302).with("location", "/elsewhere"), never),
        (Answer::status(400), never),
        (Answer::status(401), never),
        (Answer::status(404), never),
        (Answer::status(410), never),
    ];
    for (answer, expected) in table {
        let shown = format!("{answer:?}");
        let server = Server::start(vec![answer], Answer::status(200)).await;
        let error = sink(options(&server.url))
            .send(&outgoing(notice()))
            .await
            .unwrap_err();
        assert!(!error.to_string().contains("token-in-the-link"), "{error}");
        match (error, expected) {
            (SinkError::Retry { after_millis, .. }, Some(expected)) => {
                assert_eq!(after_millis, expected, "{shown}");
            }
            (SinkError::Final { .. }, None) => {}
            (error, _) => panic!("{shown}: {error:?}"),
        }
        assert_eq!(
            server.received().len(),
            1,
            "a redirect was followed: {shown}"
        );
    }
}

#[tokio::test]
async fn silence_and_absence_are_tried_again() {
    let slow = Answer::status(200).after(Duration::from_secs(20));
    let server = Server::start(vec![slow], Answer::status(200)).await;
    let mut options_slow = options(&server.url);
    options_slow.timeout = Duration::from_millis(150);
    let check = async |options: WebhookOptions, expected: &str| {
        let error = sink(options).send(&outgoing(notice())).await.unwrap_err();
        assert!(
            matches!(
                error,
                SinkError::Retry {
                    after_millis: None,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!error.to_string().contains("token-in-the-link"), "{error}");
    };
    check(options_slow, "the receiver did not answer in time").await;
    check(options(&nobody()), "cannot connect to the receiver: ").await;
}

#[tokio::test]
async fn a_large_notice_is_several_events_and_a_retry_goes_on_where_it_failed() {
    let answers = vec![Answer::status(200), Answer::status(503)];
    let server = Server::start(answers, Answer::status(200)).await;
    let mut options = options(&server.url);
    options.max_body_bytes = 12_000;
    let sink = sink(options);
    let long = outgoing(long_notice());
    assert!(matches!(
        sink.send(&long).await,
        Err(SinkError::Retry { .. })
    ));
    assert_eq!(server.received().len(), 2);
    sink.send(&long).await.unwrap();

    let received = server.received();
    let ids: Vec<&str> = received
        .iter()
        .map(|request| request.header("webhook-id"))
        .collect();
    let id = |part: usize| format!("3fa94c1e.7.2.0.duty.{part}");
    let parts = received.len() - 1;
    assert!(parts >= 2, "{ids:?}");
    // The second part failed and came again under the same id; the first came once.
    let expected: Vec<String> = [0, 1].into_iter().chain(1..parts).map(id).collect();
    assert_eq!(ids, expected);
    let mut quotes = Vec::new();
    for (index, request) in received.iter().enumerate().filter(|(index, _)| *index != 1) {
        assert!(request.body.len() <= 12_000);
        let event = request.json();
        assert_eq!(event["part"], if index == 0 { 1 } else { index });
        assert_eq!(event["parts"], parts);
        let data = serde_json::to_vec(&event["data"]).unwrap();
        let notice = fengbiao_wire::decode_notice(&data).unwrap();
        assert_eq!(format!("3fa94c1e.{}", notice.key), event["id"]);
        quotes.extend(notice.quotes);
    }
    assert_eq!(quotes, long_notice().quotes);
}

#[tokio::test]
async fn a_notice_that_was_purged_in_between_is_sent_anew() {
    let answers = vec![Answer::status(200), Answer::status(503)];
    let server = Server::start(answers, Answer::status(200)).await;
    let mut options = options(&server.url);
    options.max_body_bytes = 12_000;
    let sink = sink(options);
    assert!(sink.send(&outgoing(long_notice())).await.is_err());
    let mut purged = long_notice();
    purged.quotes.truncate(1);
    sink.send(&outgoing(purged.clone())).await.unwrap();
    let last = server.received().pop().unwrap();
    assert_eq!(
        last.body,
        cloud_event(&outgoing(purged), &EventOptions::default())
    );
}

#[test]
fn options_that_cannot_be_used_are_named() {
    let check = |change: fn(&mut WebhookOptions), expected: &str| {
        let mut options = options("https://desk.example.org");
        change(&mut options);
        let Err(error) = WebhookSink::new(options, SetClock::at(NOW)) else {
            panic!("accepted, expected: {expected}")
        };
        let error: SetupError = error;
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    check(
        |o| o.url = Secret::new("desk"),
        "the link is not an absolute",
    );
    check(
        |o| o.url = Secret::new("ftp://desk.example.org"),
        "the link is not an absolute `http` or `https` link: its scheme is `ftp`",
    );
    check(
        |o| o.secrets = vec![Secret::new(OLD), Secret::new("x")],
        "signing secret number 2",
    );
    let header = |name: &str, value: &str| vec![(name.to_owned(), Secret::new(value))];
    check(
        |o| o.headers = vec![("a b".to_owned(), Secret::new("x"))],
        "the header `a b` cannot",
    );
    assert!(
        WebhookSink::new(
            WebhookOptions {
                headers: header("x-desk", "a\nb"),
                ..options("https://a.example")
            },
            SetClock::at(NOW)
        )
        .is_err()
    );
    check(
        |o| o.headers = vec![("Webhook-Id".to_owned(), Secret::new("1"))],
        "the header `Webhook-Id` cannot be added: it is set by the webhook itself",
    );
    let shown = format!("{:?}", options("https://desk.example.org"));
    assert!(!shown.contains("token-in-the-link"), "{shown}");
}

#[tokio::test]
async fn the_timestamp_is_that_of_the_attempt() {
    let answers = vec![Answer::status(500)];
    let server = Server::start(answers, Answer::status(200)).await;
    let clock = SetClock::at(NOW);
    let sink = WebhookSink::new(options(&server.url), clock.clone()).unwrap();
    let notice = outgoing(Notice {
        merged: 1,
        ..notice()
    });
    assert!(sink.send(&notice).await.is_err());
    clock.advance(TimeSpan::from_secs(5));
    sink.send(&notice).await.unwrap();
    let received = server.received();
    let stamps = received
        .iter()
        .map(|r| r.header("webhook-timestamp"))
        .collect::<Vec<_>>();
    assert_eq!(stamps, ["1795416790", "1795416795"]);
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_eq!(received[0].body, received[1].body);
}
