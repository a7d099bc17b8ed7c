//! What holds a notice back, and what lets it go: silences, other incidents, quiet hours, storms.

use crate::script::{check, post_id};

#[test]
fn what_a_silence_held_is_told_at_its_end_as_things_stand_then() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" calm=24h
        00:00 silence all for=2h
        00:30 hit place=甲县
        00:30 expect withheld silenced desk
        00:40 hit place=甲县 times=2
        00:40 expect withheld silenced desk
        02:00 expect opened #1 III 甲县 to desk merged 1
        03:00 tick
        "#,
    );
}

#[test]
fn what_ended_under_a_silence_is_not_told() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" calm=30m
        00:00 silence food for=2h
        00:10 hit place=甲县
        03:00 tick
        "#,
    );
}

#[test]
fn an_end_is_told_under_a_silence_to_those_who_heard_the_beginning() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" calm=30m repeat=10m
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:05 silence 1 for=2h
        00:31 expect closed #1 III 甲县 to desk
        03:00 tick
        "#,
    );
}

#[test]
fn a_silence_in_the_future_holds_from_its_beginning_and_a_lifted_one_no_more() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=24h
        00:00 silence all from=01:00 for=5h
        00:30 hit place=甲县
        00:30 expect opened #1 III 甲县 to desk
        01:30 hit place=乙县
        02:00 unsilence 1
        02:00 expect opened #2 III 乙县 to desk
        "#,
    );
}

#[test]
fn a_silence_that_cannot_be_is_refused() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=24h
        00:00 silence all for=0s
        00:00 expect remark Refused
        00:01 silence all for=721h
        00:01 expect remark Refused
        00:02 silence 7 for=1h
        00:02 expect remark Refused
        00:03 unsilence 7
        00:03 expect remark Refused
        00:04 standin duty nobody to=08:00
        00:04 expect remark Refused
        "#,
    );
}

#[test]
fn an_incident_mutes_those_of_another_topic_until_it_calms() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" topics=power inhibit=power>food calm=2h
        00:00 hit topic=power place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 hit place=甲县
        00:10 expect withheld inhibited desk
        00:11 hit place=乙县
        00:11 expect opened #3 III 乙县 to desk
        01:30 hit place=甲县
        02:00 close 1
        02:00 expect closed #1 III 甲县 to desk
        02:00 expect opened #2 III 甲县 to desk
        "#,
    );
}

#[test]
fn what_is_louder_is_not_muted() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" topics=power inhibit=power>food calm=2h
        00:00 hit topic=power place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 hit place=甲县
        00:10 expect withheld inhibited desk
        00:20 hit place=甲县 times=2
        00:20 expect opened #2 II 甲县 to desk merged 1
        "#,
    );
}

#[test]
fn what_the_star_named_is_told_when_it_calms() {
    check(
        r#"
        00:00 policy III="posts_3h >= 1" all.III="subjects_10m >= 3" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:00 hit place=丙县
        00:00 expect opened #3 III * to desk
        01:00 hit place=丙县
        02:01 expect closed #3 III * to desk
        02:01 expect closed #1 III 甲县 to desk
        02:01 expect closed #2 III 乙县 to desk
        02:01 expect opened #4 III 丙县 to desk
        03:01 expect closed #4 III 丙县 to desk
        "#,
    );
}

#[test]
fn quiet_hours_hold_the_lower_tiers_and_let_a_raise_through() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" pager=III quiet="Mon-Sun 22:00-07:00" calm=24h
        01:00 hit place=甲县
        01:00 expect opened #1 III 甲县 to desk
        02:00 hit place=乙县
        02:00 expect opened #2 III 乙县 to desk
        02:30 hit place=甲县
        02:40 hit place=甲县
        02:40 expect raised #1 II 甲县 to desk
        02:40 expect opened #1 II 甲县 to pager merged 1
        07:00 expect opened #2 III 乙县 to pager
        22:30 hit place=丙县
        22:30 expect opened #3 III 丙县 to desk
        23:00 ack 3
        26:01 expect closed #2 III 乙县 to desk
        26:41 expect closed #1 II 甲县 to desk
        31:00 tick
        "#,
    );
}

#[test]
fn above_the_bound_the_rest_become_one() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" I="posts_1h >= 3" storm=3/10m calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:00 hit place=丙县
        00:00 expect opened #3 III 丙县 to desk
        00:01 hit place=丁县
        00:01 expect withheld storm desk
        00:01:10 hit place=戊县
        00:01:10 expect withheld storm desk
        00:01:20 hit place=己县 times=3
        00:01:20 expect withheld storm desk
        00:01:20 expect opened #6 I 己县 to desk merged 1
        00:01:30 expect opened #4 III 丁县 to desk and #5 III
        00:02 hit place=庚县
        00:02 expect withheld storm desk
        00:11:30 expect opened #7 III 庚县 to desk
        00:20 tick
        "#,
    );
}

/// A headline that names no post could not be taken back.
#[test]
fn a_headline_names_the_post_that_it_is_of() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=1/10m calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:01 hit place=乙县
        00:01 hit place=丙县 id=said source=forum
        00:01 expect withheld storm desk
        00:01 expect withheld storm desk
        00:01:30 expect opened #2 III 乙县 to desk and #3 III
        "#,
    );
    let other = &player.notices.last().unwrap().others[0];
    let of = other.headline_of.as_ref().unwrap();
    assert_eq!((of.post, of.source.as_str()), (post_id("said"), "forum"));
}

#[test]
fn what_was_told_in_one_is_told_for_good() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" II="posts_1h >= 2" storm=1/10m repeat=1h calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:01 hit place=乙县
        00:01 hit place=丙县
        00:01:30 expect opened #2 III 乙县 to desk and #3 III
        00:05 ack 1
        00:06 ack 2
        00:20 hit place=丙县
        00:20 expect raised #3 II 丙县 to desk
        01:20 expect repeated #3 II 丙县 to desk
        01:21 ack 3
        20:00 tick
        "#,
    );
}

#[test]
fn a_storm_whose_rest_came_to_nothing_leaves_no_time_behind() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=2/10m calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:01 hit place=丙县
        00:01 expect withheld storm desk
        00:01:10 ack 3
        00:01:10 expect withheld acknowledged desk
        00:05 hit place=丁县
        00:05 expect withheld storm desk
        00:05:10 hit place=戊县
        00:05:10 expect withheld storm desk
        00:05:30 expect opened #4 III 丁县 to desk and #5 III
        "#,
    );
}
