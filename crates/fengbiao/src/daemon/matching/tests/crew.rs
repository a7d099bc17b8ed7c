//! Threads share a batch, and what they make of it is what one would.

use fengbiao_wire::encode_post_record;

use super::*;

/// A record for each of some payloads, in their order.
fn records(payloads: Vec<Vec<u8>>) -> Vec<Record> {
    let position = |offset| Position {
        partition: Partition(0),
        offset: Offset(offset),
    };
    let records = (0..).zip(payloads);
    records
        .map(|(offset, payload)| Record {
            position: position(offset),
            payload,
        })
        .collect()
}

#[test]
fn many_threads_take_a_batch_as_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path(), 1);
    let publications = publications(folder.path(), &log);
    publish(&publications, &lexicon());
    let matcher = publications.matcher(LexiconNumber(1)).unwrap();
    let payload = |number: usize| match number % 7 {
        0 => b"no record".to_vec(),
        1 => post(&format!(
            r#"{{"kind":"update","id":"{number}","text":"停电了"}}"#
        )),
        2 | 3 => post(&format!(
            r#"{{"id":"{number}","text":"小区停电 {number}"}}"#
        )),
        _ => post(&format!(r#"{{"id":"{number}","text":"来电了 {number}"}}"#)),
    };
    // More than any share, and not the same number for each.
    let records = records((0..7 * CREW_RECORDS + 5).map(payload).collect());
    let taken = |threads, matcher| {
        let mut crew = Crew::new(threads);
        let taken = crew.take(matcher, &records);
        let shown = taken
            .iter()
            .map(|one| format!("{:?} {:?}", one.read, one.hits));
        shown.collect::<Vec<_>>()
    };
    let alone = taken(1, Some(&*matcher));
    assert_eq!(alone.len(), records.len());
    assert!(
        alone[2].contains("Made") && !alone[4].contains("Made"),
        "{alone:?}"
    );
    for threads in [0, 2, 3, 64] {
        assert!(taken(threads, Some(&*matcher)) == alone, "{threads}");
    }
    assert!(taken(3, None).iter().all(|one| one.ends_with(" []")));
    assert!(Crew::new(3).take(None, &[]).is_empty());
}

#[test]
fn a_portion_is_what_memory_has_room_for_and_never_nothing() {
    let sizes = [CREW_BYTES + 1, CREW_BYTES / 2, CREW_BYTES / 2, 1];
    let records = records(sizes.map(|bytes| vec![0; bytes]).to_vec());
    assert_eq!(Crew::fitting(&records), 1);
    assert_eq!(Crew::fitting(&records[1..]), 2);
    assert_eq!(Crew::fitting(&records[3..]), 1);
    assert_eq!(Crew::fitting(&[]), 0);
}

/// The control record stands where another thread has already matched by the lexicon before it.
#[test]
fn what_was_matched_behind_a_change_of_the_lexicon_is_matched_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path(), 1);
    let publications = publications(folder.path(), &log);
    let first = lexicon();
    let mut second = first.clone();
    for text in second.files.values_mut() {
        *text = text.replace("停电", "停水").replace("来电了", "来水了");
    }
    // The second one is known and not yet in force: its control record comes in the midst of the batch.
    publish(&publications, &first);
    publish(&publications, &second);
    let control = encode_post_record(&PostRecord::Control(Control {
        number: LexiconNumber(2),
        hash: second.hash(),
    }));
    let posts = 2 * CREW_RECORDS;
    let both = |number: usize| post(&format!(r#"{{"id":"{number}","text":"停电又停水"}}"#));
    let mut payloads: Vec<_> = (0..posts).map(both).collect();
    payloads.insert(posts / 4, control);
    let script = Script::default();
    let cursor = Cursor {
        next: Offset(0),
        note: "lexicon=1 found_at=0".to_owned(),
    };
    script.events.lock().unwrap().extend([
        vec![Event::Assigned(vec![(Partition(0), Some(cursor))])],
        vec![Event::Records(Partition(0), records(payloads))],
    ]);
    let mut matching = role(Box::new(script.clone()), publications, &log);
    matching.round().unwrap();
    matching.round().unwrap();
    let expected: Vec<(u64, u64)> = (0..=posts as u64)
        .filter(|offset| *offset != posts as u64 / 4)
        .map(|offset| (offset, if offset < posts as u64 / 4 { 1 } else { 2 }))
        .collect();
    assert_eq!(*script.written.lock().unwrap(), expected);
}
