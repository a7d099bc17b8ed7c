//! Buckets go in time, and what is kept for speed is bounded.

use super::*;
use crate::limits::RUNNING_WINDOWS_PER_WIDTH;

const MINUTES: i64 = MINUTES_KEPT - 60;

fn stream(n: usize) -> Stream {
    let topic = TopicId::new(format!("topic-{n}")).unwrap();
    (topic, SubjectKey::Unnamed)
}

fn posts_of_an_hour() -> Metric {
    Metric {
        quantity: Quantity::Posts,
        window: Window::Minutes(60),
        detector: None,
    }
}

fn counted() -> Counted {
    Counted {
        weight: 1,
        reach: 0,
        voice: 1,
        source: 1,
        story: StoryId(1),
        subjects: Vec::new(),
        sighting: None,
    }
}

/// One post a minute, and every window of an hour asked for.
fn fill(windows: &mut Windows, stream: &Stream) {
    let mut out = Outcome::default();
    for minute in 0..MINUTES {
        let at = Timestamp::of_minute(minute);
        windows.add(stream, at, at, &counted(), &mut out);
    }
    ask(windows, stream);
}

fn ask(windows: &mut Windows, stream: &Stream) {
    let mut series = windows.take(stream);
    for minute in (60..MINUTES).rev() {
        let posts = series.measure(posts_of_an_hour(), minute);
        assert!((posts - 60.0).abs() < f64::EPSILON, "{minute}: {posts}");
    }
    windows.give_back(stream, series);
}

#[test]
fn buckets_go_when_no_window_reaches_them_in_whatever_order_they_came() {
    let (mut windows, mut out) = (Windows::default(), Outcome::default());
    let minutes = |windows: &Windows| -> Vec<i64> {
        let all = windows.minutes_with_hits();
        all.map(|(_, minute)| minute).collect()
    };
    let epoch = Timestamp::EPOCH;
    for minute in [70, 5, 90] {
        let at = Timestamp::of_minute(minute);
        windows.add(&stream(0), at, epoch, &counted(), &mut out);
    }
    assert_eq!(windows.expiry.len(), 1, "one entry a stream");
    let instant = TimeSpan::from_millis(1);
    for (gone, left) in [(5, vec![70, 90]), (70, vec![90]), (90, vec![])] {
        let at = expires(BucketWidth::Minute, gone);
        windows.expire(at - instant, &mut out);
        assert!(minutes(&windows).contains(&gone));
        windows.expire(at, &mut out);
        assert_eq!(minutes(&windows), left);
    }
    let hours = |windows: &Windows| windows.hours(&stream(0)).map(BTreeMap::len);
    assert_eq!(hours(&windows), Some(2));
    windows.expire(expires(BucketWidth::Hour, 0), &mut out);
    assert_eq!(hours(&windows), Some(1));
    windows.expire(expires(BucketWidth::Hour, 1), &mut out);
    assert_eq!((hours(&windows), windows.expiry.len()), (None, 0));
}

#[test]
fn all_streams_together_keep_a_bounded_number_of_sums() {
    let mut windows = Windows::default();
    let kept = |windows: &Windows| -> Vec<usize> {
        let all = windows.series.values();
        all.map(|series| series.running.len()).collect()
    };
    let many = usize::try_from(MINUTES - 60).unwrap();
    fill(&mut windows, &stream(0));
    fill(&mut windows, &stream(1));
    assert_eq!(kept(&windows), [many, many]);
    fill(&mut windows, &stream(2));
    fill(&mut windows, &stream(3));
    assert_eq!(
        kept(&windows)[..3],
        [RUNNING_WINDOWS_PER_WIDTH; 3],
        "{:?}",
        windows.more_running
    );
    // What was cut is summed anew.
    ask(&mut windows, &stream(0));
    assert_eq!(kept(&windows)[0], many);
}
