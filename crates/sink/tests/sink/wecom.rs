//! The WeCom bot, played by a server that speaks its protocol.

use std::time::Duration;

use fengbiao_model::{Notice, Tier};
use fengbiao_sink::text::{Card, Language};
use fengbiao_sink::{Mention, Secret, SetupError, Sink, SinkError, WecomOptions, WecomSink};

use crate::sample::{NOW, SetClock, long_notice, notice, outgoing, phrasing};
use crate::server::{Answer, Server, nobody};

const KEY: &str = "0000aaaa-11bb-22cc";
const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

fn options(url: &str) -> WecomOptions {
    let mut options = WecomOptions::new(Secret::new(KEY), phrasing(Language::Zh));
    options.base_url = url.to_owned();
    options.timeout = Duration::from_secs(5);
    options
}

fn sink(options: WecomOptions) -> WecomSink {
    WecomSink::new(options, SetClock::at(NOW)).unwrap()
}

fn contents(server: &Server) -> Vec<String> {
    let content = |request: &crate::server::Received| {
        request.json()["markdown"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    server.received().iter().map(content).collect()
}

#[tokio::test]
async fn a_notice_is_one_markdown_message() {
    let server = Server::start(vec![], Answer::json(OK)).await;
    sink(options(&server.url))
        .send(&outgoing(notice()))
        .await
        .unwrap();
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        received[0].uri.to_string(),
        format!("/cgi-bin/webhook/send?key={KEY}")
    );
    assert_eq!(received[0].json()["msgtype"], "markdown");
    insta::assert_snapshot!(contents(&server)[0]);
}

/// HTTP 200 is not success: the code in the body decides.
#[tokio::test]
async fn codes_and_what_they_mean() {
    let code = |code: i64| Answer::json(&format!(r#"{{"errcode":{code},"errmsg":"key {KEY}"}}"#));
    let later = |after_millis| Some(after_millis);
    let never = None;
    let table = [
        (code(45009), later(Some(60_000))),
        (code(-1), later(None)),
        (code(12345), later(None)),
        (code(40058), never),
        (code(93000), never),
        (Answer::json("<html>"), later(None)),
        (Answer::json(r#"{"errmsg":"ok"}"#), later(None)),
        (Answer::status(502), later(None)),
        (Answer::status(403), never),
    ];
    for (answer, expected) in table {
        let shown = format!("{answer:?}");
        let server = Server::start(vec![answer], Answer::json(OK)).await;
        let error = sink(options(&server.url))
            .send(&outgoing(notice()))
            .await
            .unwrap_err();
        assert!(!format!("{error:?}").contains(KEY), "{error}");
        match (error, expected) {
            (SinkError::Retry { after_millis, .. }, Some(expected)) => {
                assert_eq!(after_millis, expected, "{shown}");
            }
            (SinkError::Final { .. }, None) => {}
            (error, _) => panic!("{shown}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn the_key_is_in_no_error() {
    let error = sink(options(&nobody()))
        .send(&outgoing(notice()))
        .await
        .unwrap_err();
    assert!(matches!(error, SinkError::Retry { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
    assert!(!format!("{:?}", options("https://a.example")).contains(KEY));
    let empty = WecomOptions::new(Secret::new(" "), phrasing(Language::Zh));
    assert!(matches!(
        WecomSink::new(empty, SetClock::at(NOW)),
        Err(SetupError::NoKey)
    ));
}

#[tokio::test]
async fn a_long_notice_is_told_whole_in_numbered_parts() {
    let server = Server::start(vec![], Answer::json(OK)).await;
    sink(options(&server.url))
        .send(&outgoing(long_notice()))
        .await
        .unwrap();
    let parts = contents(&server);
    assert!((3..=8).contains(&parts.len()), "{} parts", parts.len());
    let mut all = String::new();
    for (index, part) in parts.iter().enumerate() {
        assert!(part.len() <= 4_096, "{} bytes", part.len());
        let header = format!("({}/{}) #2026-12\n", index + 1, parts.len());
        all.push_str(part.strip_prefix(&header).unwrap());
        all.push('\n');
    }
    let rows: Vec<&str> = all.lines().collect();
    let card = Card::new(&outgoing(long_notice()), &phrasing(Language::Zh));
    for line in card.lines {
        let words: Vec<&str> = line
            .runs
            .iter()
            .map(fengbiao_sink::text::Run::text)
            .collect();
        let url = line.text().replace('(', "%28").replace(')', "%29");
        let told = |row: &&str| words.iter().all(|word| row.contains(word)) || row.contains(&url);
        assert!(rows.iter().any(told), "lost: {words:?}");
    }
}

#[tokio::test]
async fn a_line_longer_than_a_message_is_told_whole() {
    let server = Server::start(vec![], Answer::json(OK)).await;
    let mut notice = notice();
    notice.quotes.truncate(1);
    notice.quotes[0].text = "停水三天<b>了。".repeat(800);
    notice.quotes[0].spans.clear();
    sink(options(&server.url))
        .send(&outgoing(notice))
        .await
        .unwrap();
    let parts = contents(&server);
    assert!(parts.len() > 4 && parts.iter().all(|part| part.len() <= 4_096));
    let rows = parts.iter().flat_map(|part| part.lines());
    let quoted: String = rows.filter_map(|row| row.strip_prefix("> ")).collect();
    assert!(quoted.contains(&"停水三天＜b>了。".repeat(800)), "{quoted}");
}

#[tokio::test]
async fn a_retry_goes_on_with_the_part_that_failed() {
    let busy = Answer::json(r#"{"errcode":-1,"errmsg":"system busy"}"#);
    let answers = vec![Answer::json(OK), busy.clone(), busy];
    let server = Server::start(answers, Answer::json(OK)).await;
    let sink = sink(options(&server.url));
    let long = outgoing(long_notice());
    assert!(sink.send(&long).await.is_err());
    assert!(sink.send(&long).await.is_err());
    sink.send(&long).await.unwrap();
    let parts = contents(&server);
    let heads: Vec<&str> = parts.iter().map(|part| &part[..3]).collect();
    assert_eq!(heads[..5], ["(1/", "(2/", "(2/", "(2/", "(3/"], "{heads:?}");
    assert_eq!(parts[1], parts[2]);
}

#[tokio::test]
async fn persons_on_duty_are_called_by_a_text_message() {
    let server = Server::start(vec![], Answer::json(OK)).await;
    let mut options = options(&server.url);
    let mobiles = vec!["13800000000".to_owned()];
    options.mention = Some(Mention {
        from_tier: Tier::II,
        all: true,
        mobiles,
    });
    let sink = sink(options);
    sink.send(&outgoing(notice())).await.unwrap();
    assert_eq!(server.received().len(), 1, "tier III calls nobody");
    sink.send(&outgoing(Notice {
        tier: Tier::II,
        ..notice()
    }))
    .await
    .unwrap();
    let received = server.received();
    assert_eq!(received.len(), 3);
    let call = received[2].json();
    assert_eq!(call["msgtype"], "text");
    assert_eq!(call["text"]["mentioned_list"], serde_json::json!(["@all"]));
    assert_eq!(
        call["text"]["mentioned_mobile_list"],
        serde_json::json!(["13800000000"])
    );
    let content = call["text"]["content"].as_str().unwrap();
    let expected = "Ⅱ级 重大 橙 · 食品安全 · 青山区 · 升级 Ⅳ→Ⅱ\n\
                    事件 #2026-12 · 负责 food-desk\n\
                    接手 https://desk.example.org/a/signed-token\n\
                    通知 3fa94c1e.7.2.0.duty.0 · 2026-11-23 14:53";
    assert_eq!(content, expected);
}
