//! Parsing borrows.

use fengbiao_model::{PostRecord, Title};
use fengbiao_wire::{decode_incoming, decode_post_record, encode_post_record};
use jiff::tz::TimeZone;

use crate::samples;

fn lies_in(part: &str, input: &[u8]) -> bool {
    input.as_ptr_range().contains(&part.as_ptr())
}

#[test]
fn a_record_without_escapes_is_not_copied() {
    let mut post = samples::post();
    post.text = fengbiao_model::PostText::new("三中食堂午饭后十几个学生呕吐").unwrap();
    let bytes = encode_post_record(&PostRecord::Post(post));
    let Ok(PostRecord::Post(post)) = decode_post_record(&bytes) else {
        panic!("not a post")
    };
    let native_id = post.native_id.as_deref().unwrap();
    let url = post.url.as_ref().unwrap().as_str();
    let title = post.title.as_ref().map(Title::as_str).unwrap();
    for part in [native_id, url, title, post.text.as_str()] {
        assert!(lies_in(part, &bytes), "{part}");
    }
}

#[test]
fn a_text_with_escapes_is_unescaped_into_a_copy() {
    let bytes = encode_post_record(&PostRecord::Post(samples::post()));
    let Ok(PostRecord::Post(post)) = decode_post_record(&bytes) else {
        panic!("not a post")
    };
    assert_eq!(post.text, samples::post().text);
    assert!(!lies_in(post.text.as_str(), &bytes));
    assert!(lies_in(post.title.as_ref().unwrap().as_str(), &bytes));
}

#[test]
fn an_incoming_post_is_not_copied() {
    let bytes = r#"{"id":"a1","url":"https://example.org/1","title":"停水","text":"停水通知","author":"somebody"}"#;
    let post = decode_incoming(bytes.as_bytes(), &TimeZone::UTC).unwrap();
    let parts = [
        post.id.as_ref().unwrap().as_str(),
        post.url.as_ref().unwrap().as_str(),
        post.title.as_ref().unwrap().as_str(),
        post.text.as_ref().unwrap().as_str(),
        post.author.as_ref().unwrap().reveal(),
    ];
    for part in parts {
        assert!(lies_in(part, bytes.as_bytes()), "{part}");
    }
}
