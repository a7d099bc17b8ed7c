//! Matching goes on where `posts` or `lexicons` was deleted and made anew.

use super::*;

/// `posts` was made anew: no cursor, and the control records that are known of stood in the old one.
#[test]
fn posts_before_any_control_record_are_matched_with_the_lexicon_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path(), 1);
    let publications = publications(folder.path(), &log);
    publish(&publications, &lexicon());
    let old: Vec<_> = log.scan_topic(Topic::Lexicons).unwrap().collect();

    let folder = tempfile::tempdir().unwrap();
    let log = super::log(folder.path(), 1);
    let publications = super::publications(folder.path(), &log);
    let copies = old.into_iter().map(|record| NewRecord {
        topic: Topic::Lexicons,
        to: Destination::Partition(Partition(0)),
        payload: record.unwrap().payload,
    });
    log.append(copies.collect()).unwrap();
    append(&log, [post(r#"{"text":"停电了"}"#)]);
    let reader = log.consumer(GROUP, Topic::Posts).unwrap();
    let mut matching = role(reader, publications, &log);
    read_to_the_end(&mut matching, Offset(1)).unwrap();
    assert_eq!(written(&log)[&Partition(0)], ["hit 0"]);
}

/// `lexicons` was made anew: the cursor names a lexicon that is gone.
#[test]
fn a_lexicon_that_is_gone_gives_way_to_the_one_that_is_published_anew() {
    let assigned = |next, number| {
        let cursor = Cursor {
            next: Offset(next),
            note: format!("lexicon={number} found_at=0"),
        };
        vec![Event::Assigned(vec![(Partition(0), Some(cursor))])]
    };
    let control = |number| {
        let control = Control {
            number: LexiconNumber(number),
            hash: lexicon().hash(),
        };
        fengbiao_wire::encode_post_record(&PostRecord::Control(control))
    };
    let record = |offset, payload| {
        let position = Position {
            partition: Partition(0),
            offset: Offset(offset),
        };
        vec![Event::Records(
            Partition(0),
            vec![Record { position, payload }],
        )]
    };
    let script = Script::default();
    let folder = tempfile::tempdir().unwrap();
    let mut matching = matching(folder.path(), &script);
    let round = |matching: &mut Matching, events| {
        script.events.lock().unwrap().push_back(events);
        matching.round().unwrap();
        let matcher = matching.partitions[&Partition(0)].matcher.as_ref();
        matcher.map(|matcher| matcher.number().0)
    };
    // 40 is not there; 1 is, whose control record stands before.
    assert_eq!(round(&mut matching, assigned(5, 40)), Some(1));
    assert_eq!(round(&mut matching, record(5, control(1))), Some(1));
    // It was in force before it was gone, and numbers have begun again.
    let place = matching.partitions.get_mut(&Partition(0)).unwrap();
    let known = Arc::clone(place.matcher.as_ref().unwrap().lexicon());
    let segmenter = fengbiao_matcher::Segmenter::load().unwrap();
    let gone = Matcher::new(known, LexiconNumber(40), &segmenter).unwrap();
    place.matcher = Some(Arc::new(gone));
    assert_eq!(round(&mut matching, record(6, control(1))), Some(1));
}
