//! What was decided when a notice began to wait is asked again when it goes: whom routes and schedules
//! lead to by then, what still holds it, and whether what it speaks of is still so.

use crate::script::check;

#[test]
fn repeats_go_to_whoever_is_on_call_by_then() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" within="III 48h" repeat=2h calm=48h
        07:00 hit place=甲县
        07:00 expect opened #1 III 甲县 to a
        07:00 expect opened #1 III 甲县 to desk
        09:00 expect withheld not_routed a
        09:00 expect opened #1 III 甲县 to b
        09:00 expect repeated #1 III 甲县 to desk
        11:00 expect withheld not_routed a
        11:00 expect repeated #1 III 甲县 to b
        11:00 expect repeated #1 III 甲县 to desk
        12:00 ack 1
        20:00 tick
        "#,
    );
}

#[test]
fn what_was_held_over_a_hand_over_goes_to_whoever_came() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="@a+b/boss" within="III 1h" calm=48h
        07:00 silence all for=2h
        07:10 hit place=甲县
        07:10 expect withheld silenced a
        07:10 expect withheld silenced desk
        09:00 expect withheld not_routed a
        09:00 expect opened #1 III 甲县 to desk
        09:00 expect opened #1 III 甲县 to b
        10:00 expect escalated #1 III 甲县 to boss after b
        10:30 ack 1
        20:00 tick
        "#,
    );
}

#[test]
fn a_receiver_to_which_no_route_leads_any_more_is_not_told() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" labels=region:east only=label:region:east wait=10m repeat=1h calm=48h
        00:00 hit place=甲县
        00:05 label 1 region value=west
        00:10 expect opened #1 III 甲县 to desk
        00:10 expect withheld not_routed east
        01:10 expect repeated #1 III 甲县 to desk
        01:30 ack 1
        "#,
    );
}

#[test]
fn a_label_that_takes_it_out_of_a_silence_lets_its_notices_go() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" labels=region:east chain="duty/boss" within="III 10m"
        00:00 silence label:region:east for=8h
        00:00 hit place=甲县
        00:00 expect withheld silenced desk
        00:00 expect withheld silenced duty
        01:00 note 1 text=looked
        02:00 label 1 region value=west
        02:00 expect opened #1 III 甲县 to desk
        02:00 expect opened #1 III 甲县 to duty
        02:10 expect escalated #1 III 甲县 to boss after duty
        02:15 ack 1
        20:00 tick
        "#,
    );
}

#[test]
fn what_calms_out_of_a_silence_of_the_louder_tiers_is_told_as_it_is() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" II="posts_10m >= 3" pager=III calm=1h
        00:00 silence from:II for=20h
        00:00 hit place=甲县 times=3
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:00 expect withheld silenced desk
        00:00 expect withheld silenced pager
        00:30 hit place=甲县
        01:01 expect withheld lowered pager
        01:01 expect withheld superseded desk
        01:01 expect withheld superseded pager
        01:05 ack 1
        "#,
    );
    check(
        r#"
        00:00 policy III="posts_10m >= 1" II="weight_max_10m >= 5" pager=III calm=1h
        00:00 silence from:II for=20h
        00:00 hit place=甲县 weight=5
        00:00 expect withheld silenced desk
        00:00 expect withheld silenced pager
        00:30 hit place=甲县
        01:01 expect withheld lowered pager
        01:01 expect opened #1 III 甲县 to desk merged 1
        01:01 expect opened #1 III 甲县 to pager merged 1
        01:05 ack 1
        "#,
    );
}

#[test]
fn an_incident_that_is_relabelled_mutes_no_longer() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" topics=power inhibit=label:region:east>food labels=region:east
        00:00 hit topic=power place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:05 hit place=甲县
        00:05 expect withheld inhibited desk
        00:30 label 1 region value=west
        00:30 expect opened #2 III 甲县 to desk
        "#,
    );
}

#[test]
fn who_has_answered_is_not_said_to_be_missing_when_the_night_is_over() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=IV quiet="Mon-Sun 22:00-07:00" chain="desk" last=pager within="III 10m" calm=48h
        03:00 hit place=甲县
        03:00 expect opened #1 III 甲县 to desk
        03:00 expect withheld quiet_hours pager
        03:10 expect withheld quiet_hours pager
        03:20 ack 1
        07:00 expect withheld acknowledged pager
        20:00 tick
        "#,
    );
}

#[test]
fn what_has_been_done_is_not_said_to_be_due_when_the_night_is_over() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 22:00-07:00" deadline="verify III 2h 1h" calm=48h
        01:00 hit place=甲县
        01:00 expect opened #1 III 甲县 to desk
        01:00 expect withheld quiet_hours pager
        02:00 expect deadline_near #1 III 甲县 to desk
        02:00 expect withheld quiet_hours pager
        02:30 grade 1 IV
        07:00 expect opened #1 III 甲县 to pager merged 1
        08:00 ack 1
        "#,
    );
}

#[test]
fn what_came_too_late_takes_no_acknowledgement_away() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" chain="duty" within="III 10m" deadline="verify II 1h 0s" repeat=1h calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        01:30 hit place=甲县
        03:00 hit place=甲县
        03:30 hit place=甲县 found=00:10 times=2
        03:30 expect withheld acknowledged desk
        03:30 expect withheld acknowledged duty
        03:30 expect withheld lowered duty
        03:30 expect withheld superseded desk
        04:55 ack 1
        04:55 expect refused incident `2026-1` is acknowledged already, by `duty`
        "#,
    );
}

#[test]
fn a_receiver_that_was_gone_for_a_while_is_told_under_another_key() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III chain="duty/pager" within="III 10m" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:00 expect opened #1 III 甲县 to pager
        00:02 policy III="posts_1h >= 1" chain="duty/boss" within="III 10m" calm=48h
        00:04 policy III="posts_1h >= 1" pager=III chain="duty/pager" within="III 10m" calm=48h
        00:10 expect escalated #1 III 甲县 to pager after duty
        00:15 ack 1
        "#,
    );
}
