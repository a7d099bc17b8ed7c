//! Hysteresis: what raises a tier, what keeps it, and when it goes down.

use fengbiao_alerter::Change;
use fengbiao_model::Happening;

use crate::script::check;

#[test]
fn a_hold_keeps_what_was_raised_and_the_record_says_so_once() {
    let player = check(
        r#"
        00:00 policy III="posts_10m >= 3" hold.III="posts_10m >= 2" calm=1h
        00:00 hit place=甲县 times=3
        00:00 expect event 1.1 fengbiao opened III count
        00:00 expect opened #1 III 甲县 to desk
        00:40 hit place=甲县 times=2
        01:01 expect event 1.2 fengbiao tier_held III posts_10m >= 2
        01:20 hit place=甲县 times=2
        02:00 hit place=甲县
        02:21 expect event 1.3 fengbiao closed calm
        02:21 expect closed #1 III 甲县 to desk
        09:00 tick
        "#,
    );
    let closed = player.changes.iter().find_map(|change| match change {
        Change::Event(event) => match &event.what {
            Happening::Closed { reason, .. } => reason.clone(),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(
        closed.unwrap().condition,
        "calm_after = 1h, hold = posts_10m >= 2"
    );
    let held = player.changes.iter().find_map(|change| match change {
        Change::Event(event) => match &event.what {
            Happening::TierHeld { reason, .. } => Some(reason.measures[0].value),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(held, Some(2.0));
}

#[test]
fn a_hold_raises_nothing_and_brings_nothing_back() {
    check(
        r#"
        00:00 policy IV="posts_10m >= 1" II="posts_10m >= 4" hold.II="posts_10m >= 2" calm=1h
        00:00 hit place=甲县 times=3
        00:00 expect opened #1 IV 甲县 to desk
        00:30 hit place=甲县 times=4
        00:30 expect raised #1 II 甲县 to desk
        01:20 hit place=甲县
        01:31 expect calmed #1 IV 甲县 to desk
        01:40 hit place=甲县 times=3
        02:41 expect closed #1 IV 甲县 to desk
        09:00 tick
        "#,
    );
}

#[test]
fn a_condition_that_is_true_again_is_held_anew() {
    check(
        r#"
        00:00 policy III="posts_10m >= 3" hold.III="posts_10m >= 2" calm=1h
        00:00 hit place=甲县 times=3
        00:00 expect event 1.1 fengbiao opened III count
        00:00 expect opened #1 III 甲县 to desk
        00:30 hit place=甲县 times=2
        01:01 expect event 1.2 fengbiao tier_held III posts_10m >= 2
        01:10 hit place=甲县 times=3
        01:50 hit place=甲县 times=2
        02:11 expect event 1.3 fengbiao tier_held III posts_10m >= 2
        02:51 expect event 1.4 fengbiao closed calm
        02:51 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn who_goes_down_stops_at_the_first_tier_that_is_held() {
    // II alone was true; the hold of III catches it, though III never fired by itself.
    check(
        r#"
        00:00 policy IV="posts_3h >= 1" III="posts_10m >= 9" II="voices_10m >= 2" hold.III="posts_3h >= 3" calm=1h
        00:00 hit place=甲县 voice=a
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        00:00 hit place=甲县 voice=b
        00:00 expect event 1.2 fengbiao tier_changed IV II count
        00:00 expect raised #1 II 甲县 to desk
        00:50 hit place=甲县
        01:01 expect event 1.3 fengbiao tier_changed II III calm
        01:01 expect event 1.4 fengbiao tier_held III posts_3h >= 3
        01:01 expect calmed #1 III 甲县 to desk
        01:51 expect event 1.5 fengbiao closed calm
        01:51 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_hold_over_all_keeps_the_whole_topic() {
    check(
        r#"
        00:00 policy all.III="subjects_10m >= 3" all.hold.III="subjects_1h >= 2" calm=1h
        00:00 hit place=甲县
        00:01 hit place=乙县
        00:02 hit place=丙县
        00:02 expect opened #1 III * to desk
        00:50 hit place=甲县
        01:30 hit place=乙县
        02:31 expect closed #1 III * to desk
        "#,
    );
}

#[test]
fn a_held_tier_is_not_repeated_as_news_and_a_raise_above_it_is() {
    check(
        r#"
        00:00 policy III="posts_10m >= 2" II="posts_10m >= 5" hold.III="posts_10m >= 1" calm=1h pager=III repeat=12h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 ack 1
        00:50 hit place=甲县
        01:40 hit place=甲县 times=5
        01:40 expect raised #1 II 甲县 to desk
        01:40 expect raised #1 II 甲县 to pager
        02:41 expect withheld lowered pager
        02:41 expect closed #1 II 甲县 to desk
        "#,
    );
}

#[test]
fn a_hold_by_a_detector_waits_for_what_it_compares_with() {
    check(
        r#"
        00:00 policy III="posts_10m >= 4" hold.III="growth_10m >= 2 && posts_10m >= 2" calm=1h min_posts=1
        00:30 hit place=甲县 times=4
        00:30 expect opened #1 III 甲县 to desk
        01:15 hit place=甲县
        01:25 hit place=甲县 times=3
        02:26 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_raise_that_comes_late_stands_by_the_hold_that_came_before_it() {
    // Partition 1 lags: its posts show that III was reached three hours ago, and it has been held.
    check(
        r#"
        00:00 policy IV="posts_10m >= 1" III="posts_10m >= 4" hold.III="posts_10m >= 2" calm=1h
        00:00 hit place=甲县 times=3
        00:00 expect opened #1 IV 甲县 to desk
        00:50 hit place=甲县 times=2
        01:40 hit place=甲县 times=2
        02:00 hit place=甲县 found=00:01
        02:00 expect raised #1 III 甲县 to desk late
        02:41 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_policy_without_the_hold_lets_go_after_calm() {
    check(
        r#"
        00:00 policy IV="posts_10m >= 1" III="posts_10m >= 4" hold.III="posts_10m >= 2" calm=1h
        00:00 hit place=甲县 times=4
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 III 甲县 to desk
        00:50 hit place=甲县 times=2
        01:20 policy IV="posts_10m >= 1" III="posts_10m >= 4" calm=1h
        01:40 hit place=甲县 times=2
        01:51 expect calmed #1 IV 甲县 to desk
        02:41 expect closed #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn what_two_merged_incidents_were_held_by_counts_for_both() {
    check(
        r#"
        00:00 policy III="posts_10m >= 2" hold.III="posts_10m >= 1" calm=1h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 III 甲县 to desk
        00:05 hit place=乙县 times=2
        00:05 expect opened #2 III 乙县 to desk
        00:50 hit place=乙县
        00:55 merge 2 1
        01:51 expect closed #1 III 甲县 to desk
        "#,
    );
}
