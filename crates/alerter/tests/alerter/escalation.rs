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
        00:00 policy IV="posts_1h >= 1" chain="duty/boss" from=IV
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
fn an_acknowledgement_expires_at_whatever_stage_where_nothing_follows_it() {
    // Raised while it was being verified: who takes the raised one on must do something as well.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" chain="duty/lead" within="III 10m" valid="II 1h; III 4h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        00:10 stage 1 verifying
        00:20 hit place=甲县
        00:20 expect raised #1 II 甲县 to desk
        00:20 expect raised #1 II 甲县 to duty
        00:25 ack 1
        01:25 expect lapsed #1 II 甲县 to desk
        01:25 expect lapsed #1 II 甲县 to duty
        01:35 expect escalated #1 II 甲县 to lead after duty
        01:40 close 1
        01:40 expect closed #1 II 甲县 to desk
        02:00 reopen 1
        03:00 expect lapsed #1 II 甲县 to desk
        03:00 expect lapsed #1 II 甲县 to duty
        "#,
    );
}

#[test]
fn what_is_written_renews_an_acknowledgement() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" valid="III 4h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        03:00 note 1 text=已到现场
        06:30 ask 1 of=市监局 what=封存了吗
        09:00 stage 1 verifying
        12:30 grade 1 III
        16:30 expect lapsed #1 III 甲县 to desk
        16:30 expect lapsed #1 III 甲县 to duty
        16:35 close 1
        16:35 expect closed #1 III 甲县 to desk
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
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" quiet="Mon-Sun 22:00-07:00"
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

#[test]
fn whoever_a_route_tells_before_the_chain_does_starts_its_time() {
    // `pager` hears by a route of its own and is the first step as well.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III chain="pager/lead" within="III 10m"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 expect escalated #1 III 甲县 to lead after pager
        00:20 expect unanswered #1 III 甲县 to all after pager,lead
        01:00 tick
        "#,
    );
}

#[test]
fn a_first_step_that_asks_nobody_is_passed_at_once() {
    // Nobody is on call on the day before the rotation starts.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" rota=2026-01-02 within="III 10m"
        00:00 hit place=甲县
        00:00 expect escalated #1 III 甲县 to boss
        00:00 expect opened #1 III 甲县 to desk
        00:10 expect unanswered #1 III 甲县 to all after boss
        "#,
    );
}

#[test]
fn who_reopens_an_incident_has_taken_it_on_and_no_chain_begins() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 close 1
        00:05 expect closed #1 III 甲县 to desk
        00:06 reopen 1
        12:00 tick
        "#,
    );
}

#[test]
fn a_silence_that_begins_while_another_changes_is_not_lost() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m"
        00:00 silence power from=00:01 for=4m
        00:00 silence food from=00:05 for=1h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:01 byhand
        00:01 asleep 00:06
        01:08:59 tick
        01:09 expect escalated #1 III 甲县 to lead after duty
        "#,
    );
}

#[test]
fn an_incident_that_calms_out_of_a_silence_escalates_again() {
    // The silence covers the second tier only: two minutes of the step are left when it calms.
    check(
        r#"
        00:00 policy III="posts_3h >= 1" II="posts_10m >= 2" chain="duty/lead" within="II 10m; III 10m" calm=1h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:00 expect raised #1 II 甲县 to desk
        00:00 expect raised #1 II 甲县 to duty
        00:08 silence from:II for=8h
        00:30 hit place=甲县
        01:01 expect calmed #1 III 甲县 to desk
        01:03 expect escalated #1 III 甲县 to lead after duty
        01:13 expect unanswered #1 III 甲县 to all after duty,lead
        01:20 ack 1
        "#,
    );
}

#[test]
fn a_label_brings_an_incident_under_a_silence_and_out_of_it() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m"
        00:00 silence label:region:east for=8h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:04 label 1 region value=east
        01:00 label 1 region value=west
        01:06 expect escalated #1 III 甲县 to lead after duty
        01:16 expect unanswered #1 III 甲县 to all after duty,lead
        "#,
    );
}

#[test]
fn a_chain_that_the_policy_has_no_more_stops_alone_and_a_removed_receiver_holds_none_up() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" quiet="Mon-Sun 22:00-07:00"
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect withheld quiet_hours duty
        00:30 policy III="posts_1h >= 1" chain="other/lead" within="III 10m"
        00:30 expect withheld not_routed duty
        00:40 expect escalated #1 III 甲县 to lead
        00:45 policy III="posts_1h >= 1"
        10:00 tick
        "#,
    );
}

#[test]
fn whoever_stands_in_and_is_no_receiver_any_more_is_asked_no_more() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" within="III 10m"
        00:00 standin duty boss to=04:00
        00:30 policy III="posts_1h >= 1" chain="@a+b/chief" within="III 10m"
        00:40 hit place=甲县
        00:40 expect opened #1 III 甲县 to a
        00:40 expect opened #1 III 甲县 to desk
        00:41 ack 1
        00:42 nostandin 1
        00:42 expect refused nobody stands in under the number `1`
        "#,
    );
}
