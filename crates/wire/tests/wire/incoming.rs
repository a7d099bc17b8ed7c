//! What the public shape accepts.

use fengbiao_model::{Counts, Timestamp};
use fengbiao_wire::{IncomingKind, IncomingPost, decode_incoming};
use jiff::tz::TimeZone;

use crate::samples::at;

fn read(line: &str) -> IncomingPost<'_> {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    decode_incoming(line.as_bytes(), &zone).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn a_text_is_enough() {
    let post = read(" {\"text\":\"整个小区断网了\"}\r\n");
    assert_eq!(post.text.as_ref().unwrap().as_str(), "整个小区断网了");
    let IncomingPost {
        kind,
        id,
        service,
        source,
        url,
        title,
        author,
        voice,
        ..
    } = &post;
    assert_eq!(*kind, IncomingKind::Post);
    assert!(id.is_none() && service.is_none() && source.is_none() && url.is_none());
    assert!(title.is_none() && author.is_none() && voice.is_none());
    assert_eq!(
        (post.published_at, post.found_at, &post.repost_of),
        (None, None, &None)
    );
    assert_eq!(post.counts, Counts::default());
}

#[test]
fn null_is_as_good_as_absent_and_foreign_fields_do_not_matter() {
    let nulls = r#"{"v":null,"kind":null,"id":null,"service":null,"source":null,"url":null,
        "title":null,"author":null,"voice":null,"published_at":null,"found_at":null,
        "counts":null,"repost_of":null,"text":"停水","region":{"a":[1,{"b":2}]},"tags":[[]]}"#;
    assert_eq!(read(nulls), read(r#"{"text":"停水"}"#));
    assert_eq!(
        read(r#"{"text":"停水","url":"","title":" ","author":""}"#),
        read(r#"{"text":"停水"}"#)
    );
}

#[test]
fn all_fields_are_read() {
    let post = read(
        r#"{"v":1,"kind":"update","id":4611686018427387905,"service":"weibo","source":"热榜",
        "url":"https://example.org/1","title":"停水","text":"停水通知","author":77,
        "voice":"0123456789abcdef0123456789abcdef","repost_of":"x-1","counts":{"likes":2,"extra":{}}}"#,
    );
    assert_eq!(post.kind, IncomingKind::Update);
    assert_eq!(post.id.unwrap().as_str(), "4611686018427387905");
    assert_eq!(post.service.unwrap().as_str(), "weibo");
    assert_eq!(post.source.unwrap().as_str(), "热榜");
    assert_eq!(post.url.unwrap().as_str(), "https://example.org/1");
    assert_eq!(post.title.unwrap().as_str(), "停水");
    assert_eq!(post.author.unwrap().reveal(), "77");
    assert_eq!(
        post.voice.unwrap().to_string(),
        "0123456789abcdef0123456789abcdef"
    );
    assert_eq!(post.repost_of.unwrap().as_str(), "x-1");
    assert_eq!(post.counts.likes, Some(2));
}

#[test]
fn a_delete_needs_no_text() {
    let by_id = read(r#"{"kind":"delete","id":7}"#);
    assert!(by_id.kind == IncomingKind::Delete && by_id.text.is_none());
    assert!(
        read(r#"{"kind":"delete","url":"https://example.org/1"}"#)
            .id
            .is_none()
    );
}

#[test]
fn times_of_every_form() {
    let moment = at("2026-11-23T06:05:09Z");
    let millis = at("2026-11-23T06:05:09.123Z");
    let cases = [
        (r#""2026-11-23T14:05:09+08:00""#, moment),
        (r#""2026-11-23T06:05:09Z""#, moment),
        (r#""2026-11-23T06:05:09.123999Z""#, millis),
        (r#""2026-11-23 14:05:09""#, moment),
        (r#""2026-11-23T14:05:09.123""#, millis),
        (r#""2026-11-23""#, at("2026-11-22T16:00:00Z")),
        ("1795413909", moment),
        ("1795413909123", millis),
        ("1795413909.7", moment),
        (r#""1795413909""#, moment),
        (r#""1795413909123""#, millis),
        ("0", Timestamp::EPOCH),
        (
            r#""9999-12-30T12:00:00Z""#,
            Timestamp::from_millis(253_402_171_200_000),
        ),
    ];
    for (given, expected) in cases {
        let line = format!(r#"{{"text":"停水","found_at":{given},"published_at":{given}}}"#);
        let post = read(&line);
        assert_eq!(post.found_at, Some(expected), "{given}");
        assert_eq!(post.published_at, Some(expected), "{given}");
    }
}

#[test]
fn counts_of_every_form() {
    let post = read(
        r#"{"text":"停水","counts":{"reposts":"2903.0","comments":"17","likes":5.0,"views":"","rank":"1","days_on_list":"2"}}"#,
    );
    let expected = Counts {
        reposts: Some(2903),
        comments: Some(17),
        likes: Some(5),
        views: None,
        rank: Some(1),
        days_on_list: Some(2),
    };
    assert_eq!(post.counts, expected);
    let most = read(r#"{"text":"停水","counts":{"views":18446744073709551615}}"#);
    assert_eq!(most.counts.views, Some(u64::MAX));
}

#[test]
fn a_text_of_nuls_is_a_text() {
    let line = format!(r#"{{"text":"{}"}}"#, "\\u0000".repeat(1_000));
    assert_eq!(read(&line).text.unwrap().as_str().len(), 1_000);
}
