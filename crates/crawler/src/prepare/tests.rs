use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

struct Still;

impl Clock for Still {
    fn wall(&self) -> Timestamp {
        NOW
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _: TimeSpan) -> Duration {
        Duration::ZERO
    }
}

fn preparer_of(intake: Intake) -> Preparer {
    let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
    Preparer::new(
        intake,
        PseudonymKeys::new([7; 32], TimeSpan::from_hours(30 * 24)),
        Arc::new(Still),
        metrics,
    )
}

fn preparer() -> Preparer {
    preparer_of(Intake::new(SourceId::new("desk").unwrap()))
}

fn post(line: &str) -> Post<'static> {
    match preparer().line(line.as_bytes()).unwrap().record {
        PostRecord::Post(post) | PostRecord::Update(post) => post,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_post_needs_nothing_but_text() {
    let post = post(r#"{"text":"食堂停电"}"#);
    assert_eq!(
        (post.source.as_str(), post.service.as_str()),
        ("desk", "desk")
    );
    assert_eq!(
        (post.found_at, post.published_at, post.voice),
        (NOW, None, None)
    );
    let source = SourceId::new("desk").unwrap();
    let identity = PostIdentity::Content {
        source: &source,
        title: None,
        text: "食堂停电",
    };
    assert_eq!(post.id, PostId::of(&post.service, &identity));
}

#[test]
fn identity_is_the_id_then_the_link_then_what_is_stored() {
    assert_eq!(
        post(r#"{"text":"a","id":7}"#).id,
        post(r#"{"text":"b","id":"7"}"#).id
    );
    let by_link = post(r#"{"text":"a","url":"https://weibo.com/123/Ab?from=x"}"#);
    assert_eq!(
        by_link.url.as_ref().unwrap().as_str(),
        "https://m.weibo.cn/status/Ab"
    );
    assert_eq!(
        by_link.id,
        post(r#"{"text":"b","url":"https://m.weibo.cn/status/Ab"}"#).id
    );
    assert_eq!(
        by_link.id,
        post(r#"{"text":"c","id":"https://weibo.com/456/Ab"}"#).id
    );
    assert_eq!(
        post(r#"{"text":"拨13812345678"}"#).id,
        post(r#"{"text":"拨***********"}"#).id
    );
    let repost = post(r#"{"text":"a","repost_of":"7"}"#);
    assert_eq!(repost.repost_of, Some(post(r#"{"text":"a","id":7}"#).id));
}

#[test]
fn times_are_kept_within_reason() {
    let later = NOW.as_millis() + 3_600_000;
    let far = NOW.as_millis() + 90_000_000;
    let found = post(&format!(
        r#"{{"text":"a","found_at":{later},"published_at":{later}}}"#
    ));
    assert_eq!(found.found_at, NOW);
    assert_eq!(found.published_at, Some(Timestamp::from_millis(later)));
    assert_eq!(
        post(&format!(r#"{{"text":"a","published_at":{far}}}"#)).published_at,
        None
    );
    let source = SourceId::new("desk").unwrap();
    let archive = preparer_of(Intake {
        times: Times::Archive,
        ..Intake::new(source)
    });
    let line = br#"{"text":"a","published_at":"2020-11-24T16:26:17+08:00"}"#;
    let PostRecord::Post(old) = archive.line(line).unwrap().record else {
        panic!()
    };
    assert_eq!(Some(old.found_at), old.published_at);
}

#[test]
fn a_source_speaks_for_itself() {
    let pinned = preparer().for_source(SourceId::new("partner").unwrap(), true);
    let error = pinned.line(br#"{"text":"a","source":"desk"}"#).unwrap_err();
    assert_eq!(error.code(), "other_source");
    let deleted = pinned
        .line(br#"{"kind":"delete","id":"7","source":"partner"}"#)
        .unwrap()
        .record;
    let PostRecord::Delete(deletion) = deleted else {
        panic!("{deleted:?}")
    };
    assert_eq!(deletion.source.as_str(), "partner");
    assert_eq!(
        preparer()
            .line(br#"{"kind":"control","text":"a"}"#)
            .unwrap_err()
            .code(),
        "forbidden_kind"
    );
}

#[test]
fn rubbish_is_refused_by_name() {
    let (gb, _, _) = encoding_rs::GB18030.encode(r#"{"text":"停电"}"#);
    let nested = "[".repeat(100_000);
    for (line, code) in [
        (&b"{"[..], "invalid_json"),
        (b"7", "not_an_object"),
        (b"[]", "not_an_object"),
        (br#"{"text":7}"#, "wrong_type"),
        (br#"{}"#, "missing_field"),
        (br#"{"text":""}"#, "invalid_value"),
        (br#"{"text":"a","published_at":"soon"}"#, "invalid_time"),
        (
            br#"{"text":"a","published_at":"+012026-01-01T00:00:00Z"}"#,
            "invalid_time",
        ),
        (b"{\"text\":\"a\xff\"}", "invalid_encoding"),
        (&gb, "invalid_encoding"),
    ] {
        let found = preparer()
            .line(line)
            .map_err(|error| error.code().to_owned());
        assert_eq!(
            found.unwrap_err(),
            code,
            "{}",
            String::from_utf8_lossy(line)
        );
    }
    assert!(preparer().line(nested.as_bytes()).is_err());
    assert_eq!(
        post(r#"{"text":"a","published_at":"9999-06-01T00:00:00Z"}"#).published_at,
        None
    );
    assert_eq!(
        post(&format!(r#"{{"text":"a{}"}}"#, "\\u0000".repeat(9)))
            .text
            .as_str()
            .len(),
        10
    );
    assert!(preparer().line(&vec![0; 1_000_000]).is_err());
}

/// Everything that leaves the crawler because of a line.
fn traces(line: &str) -> String {
    let preparer = preparer();
    match preparer.line(line.as_bytes()) {
        Ok(prepared) => format!("{:?}", prepared.record),
        Err(refusal) => {
            let letter = preparer.letter("desk, line 1".to_owned(), line.as_bytes(), &refusal);
            format!("{letter:?} {refusal} {refusal:?}")
        }
    }
}

proptest! {
    #[test]
    fn no_author_survives(
        author in "Q[a-z甲乙丙 ._🍕\"\\\\]{3,20}Q",
        broken in 0..7_usize,
    ) {
        let text = format!("食堂停电 //@{author}:真的");
        let mut line = serde_json::json!({
            "text": text, "author": author, "id": format!("{author}-1"),
            "url": "https://weibo.com/123456/Ab",
        });
        match broken {
            1 => line["text"] = serde_json::json!(7),
            2 => line["published_at"] = serde_json::json!("soon"),
            3 => line["author"] = serde_json::json!([author]),
            4 => line["text"] = serde_json::json!(""),
            _ => {}
        }
        let mut line = line.to_string();
        match broken {
            5 => line.truncate(line.len() - 1),
            6 => line = line.replacen(':', ";", 1),
            _ => {}
        }
        let traces = traces(&line);
        let bare = author.trim_matches('Q');
        let shown = serde_json::to_string(bare).unwrap();
        prop_assert!(!traces.contains(&author), "{traces}");
        prop_assert!(!traces.contains(&format!("Q{}Q", shown.trim_matches('"'))), "{traces}");
    }
}

#[test]
fn a_dead_letter_keeps_what_names_nobody() {
    let line = r#"{"text":7,"title":"拨13812345678","author":"甲","user":{"name":"乙"},"counts":{"likes":3}}"#;
    let refusal = preparer().line(line.as_bytes()).unwrap_err();
    let letter = preparer().letter("desk, line 3".to_owned(), line.as_bytes(), &refusal);
    let payload: serde_json::Value = serde_json::from_str(&letter.payload).unwrap();
    let expected = serde_json::json!({
        "text": 7, "title": "拨***********", "counts": { "likes": 3 },
    });
    assert_eq!(payload, expected);
    assert_eq!((letter.origin.as_str(), letter.at), ("desk, line 3", NOW));
}

#[test]
fn nothing_from_outside_calls_itself_a_canary() {
    for line in [
        r#"{"text":"风标自检金丝雀","source":"fengbiao-canary"}"#,
        r#"{"kind":"delete","id":"1","source":"fengbiao-canary"}"#,
        r#"{"kind":"update","id":"1","text":"a","source":"fengbiao-canary"}"#,
    ] {
        let error = preparer().line(line.as_bytes()).unwrap_err();
        assert_eq!(error, Refusal::ReservedSource, "{line}");
        assert_eq!(error.code(), "reserved_source");
    }
}
