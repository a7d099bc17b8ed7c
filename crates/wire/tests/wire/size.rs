//! A hit fits a record, however often its keywords occur.

use fengbiao_model::{
    Field, Hit, HitRecord, KeywordSpan, MAX_SPANS_PER_RULE_HIT, MAX_TEXT_BYTES, MAX_TITLE_BYTES,
    PostText, RuleHit, RuleId, Span, Title,
};
use fengbiao_wire::{decode_hit_record, encode_hit_record};

use crate::samples;

/// Longest record of the log.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// The last occurrence that the longest text has room for, as long as it is written.
fn span(keyword: &str) -> KeywordSpan {
    let end = MAX_TEXT_BYTES;
    KeywordSpan {
        keyword: keyword.to_owned(),
        span: Span {
            field: Field::Title,
            start: end - 1,
            end,
            char_start: end - 1,
            char_end: end,
        },
        margin: Some(-1.234_567_890_123_456_7e-300),
    }
}

fn rule(number: usize, weight: u8, keyword: &str, spans: usize) -> RuleHit {
    RuleHit {
        rule: RuleId::new(format!("rule-{number:04}")).unwrap(),
        weight,
        spans: vec![span(keyword); spans],
        ..samples::hit().rules[0].clone()
    }
}

/// A hit of the longest post there is, each byte written as six.
fn hit(rules: Vec<RuleHit>) -> Hit {
    let mut hit = samples::hit();
    hit.rules = rules;
    let nothing = |bytes| "\u{1}".repeat(bytes);
    hit.post.title = Some(Title::new(nothing(MAX_TITLE_BYTES)).unwrap());
    hit.post.text = PostText::new(nothing(MAX_TEXT_BYTES)).unwrap();
    hit
}

#[test]
fn no_number_of_occurrences_makes_a_hit_too_long_for_a_record() {
    let longest = "\u{1}".repeat(256);
    for rules in [
        vec![rule(0, 1, "停电", 9_000)],
        vec![rule(0, 1, &longest, 9_000)],
        (0..400).map(|number| rule(number, 1, "停电", 90)).collect(),
        (0..400)
            .map(|number| rule(number, 1, &longest, 1))
            .collect(),
    ] {
        let mut hit = hit(rules);
        let count = |hit: &Hit| hit.rules.iter().map(|rule| rule.spans.len()).sum::<usize>();
        let before = count(&hit);
        let left_out = hit.bound_spans();
        assert!(left_out > 0 && left_out + count(&hit) == before);
        let bytes = encode_hit_record(&HitRecord::Hit(hit.clone()));
        assert!(bytes.len() <= MAX_RECORD_BYTES, "{} bytes", bytes.len());
        assert_eq!(decode_hit_record(&bytes).unwrap(), HitRecord::Hit(hit));
    }
}

#[test]
fn every_rule_keeps_its_first_occurrences_and_heavy_ones_keep_theirs_before_light_ones() {
    let mut few = hit(vec![rule(0, 1, "停电", 3), rule(1, 5, "停水", 200)]);
    let as_it_was = few.clone();
    assert_eq!(few.bound_spans(), 0);
    assert_eq!(few, as_it_was);

    let mut alone = hit(vec![rule(0, 1, "停电", 9_000)]);
    let mut first = span("停电");
    (first.span.start, first.span.char_start) = (0, 0);
    alone.rules[0].spans[0] = first.clone();
    assert_eq!(alone.bound_spans(), 9_000 - MAX_SPANS_PER_RULE_HIT);
    assert_eq!(alone.rules[0].spans[0], first);

    let mut many: Vec<_> = (0..2_000)
        .map(|number| rule(number, 1, "停电", 2))
        .collect();
    many[1_999].weight = 9;
    let mut many = hit(many);
    many.bound_spans();
    let kept: Vec<_> = many.rules.iter().map(|rule| rule.spans.len()).collect();
    assert_eq!((kept[0], kept[1_998], kept[1_999]), (1, 0, 1));
}
