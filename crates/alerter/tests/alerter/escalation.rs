//! Chains: who is asked next, what hastens, stops, pauses and renews them.

use crate::script::check;

#[test]
fn a_chain_climbs_step_by_step_and_ends_at_the_last_resort() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" chain="duty/lead,deputy/boss" within="III 10m"
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:10 expect escalated #1 III 甲县 to deputy after duty
        00:10 expect escalated #1 III 甲县 to lead after duty,deputy
        00:20 expect escalated #1 III 甲县 to boss after duty,deputy,lead
        00:30 expect unanswered #1 III 甲县 to all after duty,deputy,lead,boss
        20:00 tick
        "#,
    );
}

#[test]
fn tier_four_asks_nobody() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" chain="duty/boss" from=III
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        10:00 tick
        "#,
    );
}

#[test]
fn an_acknowledgement_stops_the_chain() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/boss" within="III 10m"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:09:59 ack 1
        10:00 tick
        "#,
    );
}

#[test]
fn a_raise_leaves_the_step_no_more_time_than_its_tier_has() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" chain="duty/lead/boss" within="II 5m; III 30m"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:10 hit place=甲县
        00:10 expect raised #1 II 甲县 to desk
        00:10 expect raised #1 II 甲县 to duty
        00:15 expect escalated #1 II 甲县 to lead after duty
        00:20 expect escalated #1 II 甲县 to boss after duty,lead
        00:25 expect unanswered #1 II 甲县 to all after duty,lead,boss
        10:00 tick
        "#,
    );
}

#[test]
fn a_raise_clears_the_acknowledgement_and_the_chain_begins_anew() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" chain="duty/lead" within="II 5m; III 10m"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:10 expect escalated #1 III 甲县 to lead after duty
        00:12 ack 1
        00:30 hit place=甲县
        00:30 expect raised #1 II 甲县 to desk
        00:30 expect raised #1 II 甲县 to duty
        00:35 expect escalated #1 II 甲县 to lead after duty
        00:40 expect unanswered #1 II 甲县 to all after duty,lead
        10:00 tick
        "#,
    );
}

#[test]
fn an_acknowledgement_expires_and_is_asked_for_again() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" valid="III 4h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        04:05 expect lapsed #1 III 甲县 to desk
        04:05 expect lapsed #1 III 甲县 to duty
        04:10 ack 1
        08:10 expect lapsed #1 III 甲县 to desk
        08:10 expect lapsed #1 III 甲县 to duty
        08:20 expect escalated #1 III 甲县 to lead after duty
        08:25 ack 1
        10:00 close 1
        10:00 expect closed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn a_raise_before_the_expiry_leaves_nothing_to_expire() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" chain="duty" within="III 10m" valid="II 1h; III 1h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        00:40 hit place=甲县
        00:40 expect raised #1 II 甲县 to desk
        00:40 expect raised #1 II 甲县 to duty
        00:45 ack 1
        01:45 expect lapsed #1 II 甲县 to desk
        01:45 expect lapsed #1 II 甲县 to duty
        01:50 ack 1
        02:00 close 1
        02:00 expect closed #1 II 甲县 to desk
        "#,
    );
}

#[test]
fn a_silence_pauses_the_chain_and_leaves_the_step_what_it_had() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead/boss" within="III 10m"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:04 silence 1 for=1h
        01:10 expect escalated #1 III 甲县 to lead after duty
        01:15 silence all for=2h
        01:30 silence food for=4h
        01:40 unsilence 3
        03:20 expect escalated #1 III 甲县 to boss after duty,lead
        03:25 silence 1 for=3h
        03:35 unsilence 4
        03:40 expect unanswered #1 III 甲县 to all after duty,lead,boss
        "#,
    );
}

#[test]
fn a_step_has_its_time_only_once_it_was_told() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" quiet="Mon-Sun 22:00-07:00" withheld=1
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect withheld quiet_hours duty
        07:00 expect opened #1 III 甲县 to duty
        07:10 expect escalated #1 III 甲县 to lead after duty
        07:20 expect unanswered #1 III 甲县 to all after duty,lead
        "#,
    );
}

#[test]
fn after_a_downtime_no_step_is_skipped_and_none_is_doubled() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead/boss" within="III 10m" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:00 byhand
        00:01 process
        00:01 asleep 08:00
        08:00 expect escalated #1 III 甲县 to lead after duty
        08:10 expect escalated #1 III 甲县 to boss after duty,lead
        08:20 expect unanswered #1 III 甲县 to all after duty,lead,boss
        08:30 tick
        "#,
    );
}

#[test]
fn duty_changes_hands_at_the_same_local_hour_when_the_clocks_change() {
    // 2026-03-29, the night in which Berlin's clocks go forward: 08:00 there is 06:00 UTC, a day
    // before it was 07:00.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" within="III 2h" zone=Europe/Berlin calm=2h
        00:00 asleep 2070:05
        2070:05 hit place=甲县
        2070:05 expect opened #1 III 甲县 to a
        2070:05 expect opened #1 III 甲县 to desk
        2070:06 ack 1
        2071:05 hit place=乙县
        2071:05 expect opened #2 III 乙县 to b
        2071:05 expect opened #2 III 乙县 to desk
        2071:06 ack 2
        2071:07 close 1
        2071:07 expect closed #1 III 甲县 to desk
        2071:07 close 2
        2071:07 expect closed #2 III 乙县 to desk
        2071:08 asleep 2093:55
        2093:55 hit place=丙县
        2093:55 expect opened #3 III 丙县 to b
        2093:55 expect opened #3 III 丙县 to desk
        2094:05 hit place=丁县
        2094:05 expect opened #4 III 丁县 to a
        2094:05 expect opened #4 III 丁县 to desk
        "#,
    );
}

#[test]
fn whoever_stands_in_is_asked_and_an_empty_step_is_passed() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" within="III 10m"
        00:00 standin duty boss from=01:00 to=02:00
        00:10 hit place=甲县
        00:10 expect opened #1 III 甲县 to a
        00:10 expect opened #1 III 甲县 to desk
        00:11 ack 1
        01:30 hit place=乙县
        01:30 expect opened #2 III 乙县 to boss
        01:30 expect opened #2 III 乙县 to desk
        01:40 expect escalated #2 III 乙县 to boss
        01:50 expect unanswered #2 III 乙县 to all after boss
        02:00 hit place=丙县
        02:00 expect opened #3 III 丙县 to a
        02:00 expect opened #3 III 丙县 to desk
        "#,
    );
}

#[test]
fn calm_and_close_end_the_chain() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" chain="duty/lead" within="III 3h" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        02:01 expect closed #1 III 甲县 to desk
        12:00 tick
        "#,
    );
}
