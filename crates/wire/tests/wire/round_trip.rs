//! What is written is what is read, for any value.

use std::borrow::Cow;

use fengbiao_model::{
    Class, Control, Counts, Deletion, Field, Hit, HitRecord, KeywordSpan, LexiconHash,
    LexiconNumber, Link, Marks, Offset, Partition, PartitionMark, Position, Post, PostId,
    PostRecord, PostText, RuleHit, RuleId, ServiceId, Signature, Sketch, SourceId, Span, StoryId,
    Subject, Timestamp, Title, TopicId, Voice,
};
use fengbiao_wire::{
    decode_hit_record, decode_notice, decode_post_record, decode_quote, encode_hit_record,
    encode_notice, encode_post_record, encode_quote,
};
use proptest::option::of;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest,
};

use crate::samples;

/// Texts with what JSON must escape, and with what needs four bytes.
fn text() -> impl Strategy<Value = String> {
    "[\\PC\n\t\"\\\\\u{0}\u{7f}\u{2028}呕吐😀/]{0,40}"
}

fn times() -> impl Strategy<Value = Timestamp> {
    // To the end of 9999-12-30T21:59: beyond it jiff holds no time.
    (0..=253_402_207_200_000_i64).prop_map(Timestamp::from_millis)
}

fn posts() -> impl Strategy<Value = Post<'static>> {
    let names = (text(), "[a-z]{1,8}", "[^\\p{Cc}]{1,20}");
    let shown = (of("[a-z/?=&]{1,20}"), of(text()), text());
    let known = (
        any::<[u8; 16]>(),
        of(any::<[u8; 16]>()),
        of(any::<[u8; 16]>()),
    );
    let counts = (of(any::<u64>()), of(any::<u64>()), of(any::<u32>()));
    (names, shown, known, of(times()), times(), counts).prop_map(
        |(names, shown, known, published_at, found_at, (reposts, likes, rank))| Post {
            id: PostId::from_bytes(known.0),
            native_id: Some(Cow::Owned(names.0)),
            service: ServiceId::new(names.1).unwrap(),
            source: SourceId::new(names.2).unwrap(),
            url: shown
                .0
                .map(|path| Link::new(format!("https://example.org/{path}")).unwrap()),
            title: shown
                .1
                .map(|title| Title::new(format!("题{title}")).unwrap()),
            text: PostText::new(format!("文{}", shown.2)).unwrap(),
            voice: known.1.map(Voice::from_bytes),
            published_at,
            found_at,
            counts: Counts {
                reposts,
                likes,
                rank,
                ..Counts::default()
            },
            repost_of: known.2.map(PostId::from_bytes),
        },
    )
}

fn deletions() -> impl Strategy<Value = Deletion> {
    posts().prop_map(
        |Post {
             id,
             service,
             source,
             found_at,
             ..
         }| Deletion {
            id,
            service,
            source,
            found_at,
        },
    )
}

fn post_records() -> impl Strategy<Value = PostRecord<'static>> {
    prop_oneof![
        posts().prop_map(PostRecord::Post),
        posts().prop_map(PostRecord::Update),
        deletions().prop_map(PostRecord::Delete),
        (any::<u64>(), any::<[u8; 16]>()).prop_map(|(number, hash)| {
            let hash = LexiconHash::from_bytes(hash);
            PostRecord::Control(Control {
                number: LexiconNumber(number),
                hash,
            })
        }),
    ]
}

fn positions() -> impl Strategy<Value = Position> {
    (any::<u32>(), any::<u64>()).prop_map(|(p, o)| samples::position(p, o))
}

/// Any margin but NaN, which equals nothing, itself included.
fn margins() -> impl Strategy<Value = Option<f64>> {
    of(any::<f64>().prop_filter("NaN", |margin| !margin.is_nan()))
}

fn keywords() -> impl Strategy<Value = KeywordSpan> {
    let fields = prop_oneof![Just(Field::Title), Just(Field::Text)];
    (text(), fields, any::<[usize; 4]>(), margins()).prop_map(|(keyword, field, ends, margin)| {
        let [start, end, char_start, char_end] = ends;
        KeywordSpan {
            keyword,
            span: Span {
                field,
                start,
                end,
                char_start,
                char_end,
            },
            margin,
        }
    })
}

fn rules() -> impl Strategy<Value = RuleHit> {
    (
        "[a-z0-9_]{1,10}",
        1..=10_u8,
        proptest::sample::select(&Class::ALL[..]),
        proptest::collection::vec(keywords(), 0..3),
    )
        .prop_map(|(rule, weight, class, spans)| RuleHit {
            rule: RuleId::new(rule).unwrap(),
            weight,
            class,
            spans,
        })
}

fn hits() -> impl Strategy<Value = Hit> {
    let subjects = (text(), text()).prop_map(|(kind, name)| Subject { kind, name });
    (
        ("[a-z]{1,10}", any::<u64>(), positions()),
        proptest::collection::vec(rules(), 1..3),
        proptest::collection::vec(subjects, 0..3),
        (any::<u64>(), any::<u64>(), any::<[u16; 32]>()),
        posts(),
    )
        .prop_map(
            |((topic, version, origin), rules, subjects, (story, numbers, least), post)| Hit {
                topic: TopicId::new(topic).unwrap(),
                version: LexiconNumber(version),
                origin,
                rules,
                subjects,
                signature: Signature {
                    story: StoryId(story),
                    sketch: Sketch {
                        runs: u32::from(least[0]),
                        numbers,
                        least,
                    },
                },
                post,
            },
        )
}

fn hit_records() -> impl Strategy<Value = HitRecord> {
    let marks = (
        any::<u32>(),
        any::<u64>(),
        times(),
        any::<bool>(),
        of(times()),
    );
    let marks = marks.prop_map(|mark| {
        let (partition, next, found_at, at_end, since) = mark;
        PartitionMark {
            partition: Partition(partition),
            next: Offset(next),
            found_at,
            at_end,
            since,
        }
    });
    prop_oneof![
        4 => hits().prop_map(HitRecord::Hit),
        1 => (hits(), any::<usize>()).prop_map(|(hit, bytes)| HitRecord::Stub {
            topic: hit.topic,
            post: hit.post.id,
            origin: hit.origin,
            found_at: hit.post.found_at,
            bytes,
        }),
        1 => (posts(), positions()).prop_map(|(post, origin)| HitRecord::Update { post, origin }),
        1 => (deletions(), positions())
            .prop_map(|(deletion, origin)| HitRecord::Delete { deletion, origin }),
        1 => proptest::collection::vec(marks, 0..4)
            .prop_map(|marks| HitRecord::Marks(Marks(marks))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn post_records_come_back(record in post_records()) {
        let bytes = encode_post_record(&record);
        prop_assert_eq!(decode_post_record(&bytes), Ok(record));
    }

    #[test]
    fn hit_records_come_back_and_are_canonical(record in hit_records()) {
        let bytes = encode_hit_record(&record);
        let decoded = decode_hit_record(&bytes);
        prop_assert_eq!(decoded.as_ref(), Ok(&record));
        // Also tells -0.0 from 0.0, which are equal.
        prop_assert_eq!(encode_hit_record(&decoded.unwrap()), bytes);
    }

    #[test]
    fn any_double_comes_back_bit_for_bit(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        let mut notice = samples::notice();
        notice.reason.measures[0].value = value;
        let back = decode_notice(&encode_notice(&notice)).unwrap().reason.measures[0].value;
        prop_assert_eq!(back.is_nan(), value.is_nan());
        if !value.is_nan() {
            prop_assert_eq!(back.to_bits(), value.to_bits());
        }
    }
}

#[test]
fn parts_of_records_come_back() {
    for quote in samples::notice().quotes {
        assert_eq!(decode_quote(&encode_quote(&quote)), Ok(quote));
    }
}
