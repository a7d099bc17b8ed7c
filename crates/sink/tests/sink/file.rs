//! Lines of a file.

use std::fs;
use std::io::Write;

use fengbiao_model::{Notice, TimeSpan};
use fengbiao_sink::{
    EventOptions, FileSink, Outgoing, SetupError, Sink, SinkError, check_file, cloud_event,
};

use crate::sample::{key, notice, outgoing};

#[tokio::test]
async fn each_notice_is_a_line_also_after_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    let sink = FileSink::new(&path, EventOptions::default()).unwrap();
    let first = outgoing(notice());
    let second = outgoing(Notice {
        key: key("duty", 3),
        ..notice()
    });
    sink.send(&first).await.unwrap();
    sink.send(&second).await.unwrap();
    let line =
        |outgoing| String::from_utf8(cloud_event(outgoing, &EventOptions::default())).unwrap();
    let expected = format!("{}\n{}\n", line(&first), line(&second));
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);

    fs::rename(&path, folder.path().join("notices.1.ndjson")).unwrap();
    sink.send(&second).await.unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{}\n", line(&second))
    );
}

/// We were killed after the line was on the disk and before the outbox knew.
#[tokio::test]
async fn a_notice_that_stands_there_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    let sink = || FileSink::new(&path, EventOptions::default()).unwrap();
    let lines = || fs::read_to_string(&path).unwrap().lines().count();
    let at = |port: u16| Outgoing {
        acknowledge_url: Some(format!("http://127.0.0.1:{port}/a/x")),
        ..outgoing(notice())
    };
    sink().send(&at(7311)).await.unwrap();
    sink().send(&at(7311)).await.unwrap();
    // It listens elsewhere since.
    sink().send(&at(53_201)).await.unwrap();
    assert_eq!(lines(), 1);
    let next = outgoing(Notice {
        key: key("duty", 3),
        ..notice()
    });
    sink().send(&next).await.unwrap();
    assert_eq!(lines(), 2);
    // Of another ledger, which counts from the beginning.
    let other = Outgoing {
        ledger: "3fa94c1f".parse().unwrap(),
        ..next.clone()
    };
    sink().send(&other).await.unwrap();
    assert_eq!(lines(), 3);
    sink().send(&next).await.unwrap();
    // Of one that was put back from a copy, and counts on from there: the same id, another notice.
    let later = outgoing(Notice {
        made_at: notice().made_at + TimeSpan::from_secs(1),
        ..next.notice
    });
    sink().send(&later).await.unwrap();
    assert_eq!(lines(), 5);
}

/// What is asked by who only looks.
#[test]
fn a_place_is_looked_at_without_making_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    check_file(&path).unwrap();
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    check_file(&path).unwrap();
    for wrong in [
        folder.path().to_owned(),
        path.join("a"),
        folder.path().join("b/c"),
    ] {
        let error = check_file(&wrong).unwrap_err().to_string();
        assert!(error.contains("hint: its folder must exist"), "{error}");
    }
}

#[tokio::test]
async fn a_line_that_was_cut_short_does_not_spoil_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.ndjson");
    let sink = FileSink::new(&path, EventOptions::default()).unwrap();
    fs::File::create(&path)
        .unwrap()
        .write_all(b"{\"specversion\":\"1.")
        .unwrap();
    sink.send(&outgoing(notice())).await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let event: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(event["id"], "3fa94c1e.7.2.0.duty.0");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("notices.ndjson");
    let Err(error) = FileSink::new(&path, EventOptions::default()) else {
        panic!("the folder does not exist")
    };
    assert!(matches!(&error, SetupError::File { path: named, .. } if *named == path));
    assert!(
        error.to_string().contains("hint: its folder must exist"),
        "{error}"
    );

    let full = FileSink::new("/dev/full", EventOptions::default()).unwrap();
    let error = full.send(&outgoing(notice())).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot append to the file `/dev/full`"),
        "{error}"
    );

    // What goes wrong later is a matter of time, not of the notice.
    let path = folder.path().join("notices.ndjson");
    let sink = FileSink::new(&path, EventOptions::default()).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = sink.send(&outgoing(notice())).await.unwrap_err();
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
}
