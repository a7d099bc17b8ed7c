//! What an incident quotes.

use std::collections::BTreeSet;

use fengbiao_alerter::{Alerter, Change};
use fengbiao_model::*;

use crate::script::{check, post_id};

#[test]
fn quotes_show_the_first_the_widest_and_the_latest_stories_once_each() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 8"
        00:00 hit place=甲县 id=first text="食堂午饭后学生呕吐"
        00:01 hit place=甲县 id=copy text="食堂午饭后学生呕吐" reach=9
        00:02 hit place=甲县 id=wide text="外卖里吃出异物" reach=5
        00:03 hit place=甲县 id=b text="二班也有人肚子疼"
        00:04 hit place=甲县 id=c text="校医室排队"
        00:05 hit place=甲县 id=d text="自来水有味道"
        00:06 hit place=甲县 id=gone text="撤回的消息"
        00:07 hit place=甲县 id=purged text="误收的消息"
        00:07 expect opened #1 III 甲县 to desk
        "#,
    );
    let shown: Vec<_> = player.notices[0]
        .quotes
        .iter()
        .map(|q| (q.post, q.copies))
        .collect();
    let want = [("first", 2), ("purged", 1), ("gone", 1), ("d", 1), ("c", 1)];
    assert_eq!(shown, want.map(|(id, copies)| (post_id(id), copies)));
}

#[test]
fn what_is_deleted_or_purged_is_quoted_no_more_and_stays_counted() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 3" wait=60s
        00:00 hit place=甲县 id=kept source=forum
        00:00 hit place=甲县 id=gone source=forum
        00:00 hit place=甲县 id=purged source=forum
        00:00:10 delete kept source=elsewhere
        00:00:10 delete gone source=forum
        00:00:20 purge purged
        00:01 expect opened #1 IV 甲县 to desk
        "#,
    );
    let notice = &player.notices[0];
    let shown: Vec<_> = notice.quotes.iter().map(|quote| quote.post).collect();
    assert_eq!((shown, notice.totals.posts), (vec![post_id("kept")], 3));
}

/// The ledger may keep what has left memory, so it hears of every deletion; a purge puts deletions
/// into the log in place of what stood there, and those must do nothing.
#[test]
fn the_word_of_a_source_is_passed_on_unless_the_post_was_purged() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 3"
        00:00 purge purged
        00:01 delete purged source=forum
        00:02 delete never-seen source=forum
        00:03 purge purged
        "#,
    );
    let words = player.changes.iter().filter_map(|change| match change {
        Change::TakenBack(deletion) => Some(("taken back", deletion.id)),
        Change::Purged(post) => Some(("purged", *post)),
        _ => None,
    });
    let purged = ("purged", post_id("purged"));
    let taken_back = ("taken back", post_id("never-seen"));
    assert_eq!(words.collect::<Vec<_>>(), [purged, taken_back, purged]);
}

fn quotes(alerter: &Alerter) -> Vec<Quote> {
    let quote = |change| match change {
        Change::Quote(_, quote) => Some(quote),
        _ => None,
    };
    alerter.records().into_iter().filter_map(quote).collect()
}

#[test]
fn the_first_hundred_and_the_widest_hundred_are_kept() {
    let mut script = "00:00 policy IV=\"posts_1h >= 1000\"\n".to_owned();
    for n in 0..300 {
        // The reach grows and falls again: the widest stand at 150 to 249.
        let reach = if n < 250 { n } else { 0 };
        script.push_str(&format!(
            "00:{:02}:{:02} hit place=甲县 id={n} reach={reach}\n",
            n / 60,
            n % 60
        ));
    }
    let player = check(&script);
    let kept: BTreeSet<_> = quotes(&player.alerter)
        .iter()
        .map(|quote| quote.post)
        .collect();
    let want = (0..100)
        .chain(150..250)
        .map(|n: u32| post_id(&n.to_string()))
        .collect();
    assert_eq!(kept, want);
}

#[test]
fn an_update_replaces_the_text_and_keeps_spans_that_still_show_the_same() {
    let mut player = check(
        r#"
        00:00 policy IV="posts_1h >= 10"
        00:00 hit place=甲县 id=a text="食堂有人呕吐"
        "#,
    );
    let span = |start, end| KeywordSpan {
        keyword: "呕吐".to_owned(),
        span: Span {
            field: Field::Text,
            start,
            end,
            char_start: start / 3,
            char_end: end / 3,
        },
        margin: None,
    };
    let mut records = player.alerter.records();
    for change in &mut records {
        if let Change::Quote(_, quote) = change {
            quote.spans = vec![span(12, 18)];
        }
    }
    player.alerter = Alerter::restore(records).unwrap();
    for (text, spans) in [
        ("食堂有人呕吐，已送医", vec![span(12, 18)]),
        ("消息有误", vec![]),
    ] {
        player.update("a", text);
        let found = quotes(&player.alerter);
        assert_eq!((found[0].text.as_str(), &found[0].spans), (text, &spans));
    }
}
