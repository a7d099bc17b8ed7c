//! Every timing rule as a script.

use fengbiao_alerter::Change;
use fengbiao_model::{
    HitRecord, Marks, Offset, Partition, PartitionMark, Position, Tier, TimeSpan,
};

use crate::script::{Player, check, number, shown};

#[test]
fn opens_at_once_without_a_wait_and_closes_after_calm() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:10 hit place=甲县
        02:11 expect closed #1 IV 甲县 to desk
        04:00 tick
        "#,
    );
}

#[test]
fn a_first_notice_waits_and_tells_the_latest_state() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="voices_1h >= 3" calm=2h wait=30s
        00:00 hit place=甲县 voice=a
        00:00:10 hit place=甲县 voice=b
        00:00:20 hit place=甲县 voice=c
        00:00:30 expect opened #1 III 甲县 to desk merged 1
        "#,
    );
    let notice = &player.notices[0];
    assert_eq!(
        (notice.key.change, notice.totals.posts, notice.previous_tier),
        (2, 3, None)
    );
    assert_eq!(notice.reason.measures[0].value, 3.0);
    assert_eq!(notice.reason.condition, "voices_1h >= 3");
}

#[test]
fn a_raise_above_what_was_told_goes_at_once() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" wait=30s
        00:00 hit place=甲县
        00:00:30 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 times=2
        00:01 expect raised #1 III 甲县 to desk
        "#,
    );
    assert_eq!(player.notices[1].previous_tier, Some(Tier::IV));
}

#[test]
fn a_notice_knows_what_its_receiver_was_told_before_and_how_grave_it_was() {
    // The repeat at 01:05 falls into a silence: nobody was told then.
    let player = check(
        r#"
        00:00 policy IV="posts_6h >= 1" III="posts_10m >= 3" repeat=1h calm=1h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:05 hit place=甲县 times=2
        00:05 expect raised #1 III 甲县 to desk
        00:20 hit place=甲县 source=other
        01:00 silence 1 for=30m
        01:06 expect calmed #1 IV 甲县 to desk
        01:21 expect closed #1 IV 甲县 to desk
        "#,
    );
    let told = player.notices.iter().map(|notice| {
        let last = notice.last_told.map(|last| (shown(last.at), last.totals));
        let last = last.map(|(at, totals)| (at, totals.posts, totals.sources));
        (last, notice.totals.posts, notice.peak_tier)
    });
    let last = |at: &str, posts| Some((at.to_owned(), posts, 1));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (None, 1, None),
            (last("00:00", 1), 3, None),
            (last("00:05", 3), 4, Some(Tier::III)),
            (Some(("01:06".to_owned(), 4, 2)), 4, Some(Tier::III)),
        ]
    );
}

#[test]
fn goes_down_step_by_step_after_calm() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_10m >= 3" calm=2h
        00:00 hit place=甲县 times=3
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 III 甲县 to desk
        01:00 hit place=甲县
        02:01 expect calmed #1 IV 甲县 to desk
        03:01 expect closed #1 IV 甲县 to desk
        09:00 tick
        "#,
    );
}

#[test]
fn repeats_until_acknowledged_and_a_raise_clears_that() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" II="posts_1h >= 4" calm=24h repeat=1h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 III 甲县 to desk
        01:00 expect repeated #1 III 甲县 to desk
        02:00 expect repeated #1 III 甲县 to desk
        02:30 ack 1
        05:00 hit place=甲县 times=4
        05:00 expect raised #1 II 甲县 to desk
        06:00 expect repeated #1 II 甲县 to desk
        06:30 ack 1
        29:01 expect closed #1 II 甲县 to desk
        40:00 tick
        "#,
    );
}

#[test]
fn tier_four_is_never_repeated_and_pages_nobody() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" pager=IV repeat=1h calm=12h
        00:00 hit place=甲县
        00:00 expect withheld not_routed pager
        00:00 expect opened #1 IV 甲县 to desk
        12:01 expect closed #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn a_lower_tier_wakes_nobody() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" II="posts_1h >= 2" pager=III calm=2h
        00:00 hit place=甲县 times=2
        00:00 expect withheld not_routed pager
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 II 甲县 to desk
        00:00 expect opened #1 II 甲县 to pager
        01:30 hit place=甲县
        02:01 expect withheld lowered pager
        02:01 expect calmed #1 IV 甲县 to desk
        03:31 expect withheld lowered pager
        03:31 expect closed #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn who_was_not_told_of_the_calm_is_told_of_the_next_raise() {
    check(
        r#"
        00:00 policy IV="posts_3h >= 1" II="posts_10m >= 2" pager=II calm=2h wait=30s
        00:00 hit place=甲县 times=2
        00:00:30 expect opened #1 II 甲县 to desk merged 1
        00:00:30 expect opened #1 II 甲县 to pager
        01:30 hit place=甲县
        02:01 expect calmed #1 IV 甲县 to desk
        02:30 hit place=甲县 times=2
        02:30 expect raised #1 II 甲县 to desk
        02:30:30 expect raised #1 II 甲县 to pager
        03:00 tick
        "#,
    );
}

#[test]
fn an_acknowledgement_in_the_wait_silences_it() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" wait=60s calm=2h
        00:00 hit place=甲县
        00:00:10 ack 1
        00:00:10 expect withheld acknowledged desk
        02:01 expect withheld not_routed desk
        "#,
    );
}

#[test]
fn closed_before_anything_was_told_tells_nothing() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" wait=60s
        00:00 hit place=甲县
        00:00:10 close 1
        00:00:10 expect withheld superseded desk
        00:00:10 expect withheld superseded desk
        03:00 tick
        "#,
    );
}

#[test]
fn after_a_person_closed_it_only_new_posts_open_it_again() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:30 close 1
        00:30 expect closed #1 IV 甲县 to desk
        00:40 hit place=甲县 found=00:20
        00:50 hit place=甲县
        00:50 expect reopened #1 IV 甲县 to desk
        "#,
    );
    assert_eq!(player.notices[2].totals.posts, 3, "the late one joined");
}

#[test]
fn a_post_within_calm_opens_the_closed_one_again() {
    check(
        r#"
        00:00 policy IV="posts_10m >= 2" calm=2h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 IV 甲县 to desk
        01:50 hit place=甲县
        02:01 expect closed #1 IV 甲县 to desk
        03:00 hit place=甲县 times=2
        03:00 expect reopened #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn what_lies_further_back_than_calm_wakes_nobody() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        06:00 hit place=甲县 found=01:00
        06:00 expect withheld stale desk
        "#,
    );
    let last = player.alerter.clocks().last_number;
    assert_eq!(last, Some(number("1")), "it is recorded");
}

#[test]
fn latent_incidents_are_dropped_and_take_no_number() {
    let player = check(
        r#"
        00:00 policy IV="posts_10m >= 2" calm=1h
        00:00 hit place=甲县
        02:00 hit place=甲县 times=2
        02:00 expect opened #1 IV 甲县 to desk
        "#,
    );
    assert_eq!(player.alerter.clocks().last_incident, 2);
}

#[test]
fn the_star_gathers_its_subjects() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" all.III="subjects_1h >= 3" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=乙县
        00:01 expect opened #2 IV 乙县 to desk
        00:02 hit place=丙县
        00:02 expect opened #3 III * to desk
        00:02 expect withheld gathered desk
        00:03 hit place=丁县
        00:03 expect withheld gathered desk
        "#,
    );
}

#[test]
fn a_hit_without_subject_belongs_to_the_dash_and_two_subjects_count_twice() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 hit
        00:00 expect opened #1 IV - to desk
        00:01 hit place=甲县,乙县
        00:01 expect opened #2 IV 甲县 to desk
        00:01 expect opened #3 IV 乙县 to desk
        "#,
    );
}

#[test]
fn raises_wait_for_the_catch_up_and_go_as_one_marked_late() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" calm=24h
        03:00 byhand
        03:00 mark part=0 found=03:00
        04:00 mark part=0 found=03:01
        04:00 hit place=甲县 found=03:01 times=3
        04:01 mark end
        04:01 expect opened #1 III 甲县 to desk late merged 1
        04:05 tick
        "#,
    );
}

#[test]
fn they_wait_five_minutes_at_most() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=24h
        03:00 byhand
        03:00 mark part=0 found=03:00
        04:00 mark part=0 found=03:01
        04:00 hit place=甲县 found=03:01
        04:03 mark part=0 found=03:05
        04:05 expect opened #1 IV 甲县 to desk late
        "#,
    );
}

/// As what a crawler held while the brokers were away: the matcher has stood at the end before it came.
#[test]
fn a_post_held_up_on_its_way_is_told_late_though_nothing_is_behind() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=24h
        03:00 hit place=甲县 found=02:57
        03:00 expect opened #1 IV 甲县 to desk late
        03:05 hit place=乙县 found=03:03
        03:05 expect opened #2 IV 乙县 to desk
        "#,
    );
}

#[test]
fn the_end_of_a_catch_up_hurries_what_waited_for_it_alone() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=24h wait=10m
        03:00 byhand
        03:00 mark end
        03:00 hit place=甲县 found=02:57
        03:06 mark part=0 found=03:00
        03:07 mark end
        03:10 expect opened #1 IV 甲县 to desk late
        "#,
    );
}

/// The wait for the catch-up is over after five minutes: from then on a notice has its own wait,
/// and no further change puts it off.
#[test]
fn far_behind_a_notice_is_not_put_off_by_each_change() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" II="posts_1h >= 5" calm=24h wait=10m
        03:00 byhand
        03:00 mark part=0 found=03:00
        04:00 mark part=0 found=03:01
        04:04 mark part=0 found=03:02
        04:08 mark part=0 found=03:03
        04:10 hit place=甲县 found=03:04
        04:12 mark part=0 found=03:04
        04:15 hit place=甲县 found=03:05 times=2
        04:16 mark part=0 found=03:05
        04:18 hit place=甲县 found=03:06 times=2
        04:19 mark part=0 found=03:06
        04:20 expect opened #1 II 甲县 to desk late merged 2
        "#,
    );
}

#[test]
fn a_silent_partition_is_left_out_and_taken_in_again() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=1h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 mark part=7 found=00:01
        00:06 expect remark Unmarked
        01:01 expect closed #1 IV 甲县 to desk
        01:30 mark part=7 found=01:30
        01:30 expect remark MarkedAgain
        "#,
    );
}

#[test]
fn timers_hold_while_the_clocks_are_parted() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" wait=30s
        00:01 skew 20m
        00:01 hit place=甲县
        00:01 expect remark ClocksParted
        00:10 tick
        00:11 unskew
        00:11 tick
        00:11 expect opened #1 IV 甲县 to desk
        00:11 expect remark ClocksAgree
        "#,
    );
}

#[test]
fn the_operator_confirms_the_clock() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:01 skew 20m
        00:01 hit place=甲县
        00:01 expect remark ClocksParted
        00:12 confirm
        00:12 expect opened #1 IV 甲县 to desk
        00:12 expect remark ClocksAgree
        00:13 confirm
        00:13 expect remark Refused
        "#,
    );
}

/// The machine came up eight hours ahead and was set right. Our time cannot go back; it goes on at
/// half its pace once the operator has confirmed.
#[test]
fn timers_go_on_after_a_clock_that_was_ahead_is_set_right() {
    let player = check(
        r#"
        08:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" wait=30s calm=24h
        08:01 setback 8h
        08:02 hit place=甲县
        08:02 expect remark ClocksParted
        08:10 tick
        08:10 confirm
        08:10 expect remark ClocksAgree
        08:11 expect opened #1 III 甲县 to desk
        08:11 expect opened #1 III 甲县 to duty
        08:31 expect escalated #1 III 甲县 to lead after duty
        08:40 ack 1
        25:00 hit place=乙县
        25:00:30 expect opened #2 III 乙县 to desk
        25:00:30 expect opened #2 III 乙县 to duty
        25:05 ack 2
        "#,
    );
    let made: Vec<String> = player
        .notices
        .iter()
        .map(|one| shown(one.made_at))
        .collect();
    assert_eq!(
        made[0], "08:01:30",
        "half a minute of a time that goes by half"
    );
    assert_eq!(
        made[3], "17:00:30",
        "the clock has caught up: it reads eight hours less"
    );
}

#[test]
fn timers_go_on_after_a_restart_under_a_clock_that_was_set_back() {
    check(
        r#"
        08:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" wait=30s calm=24h
        08:01 setback 8h
        08:01 process
        08:02 hit place=甲县
        08:03 expect opened #1 III 甲县 to desk
        08:03 expect opened #1 III 甲县 to duty
        08:23 expect escalated #1 III 甲县 to lead after duty
        08:40 ack 1
        "#,
    );
}

/// Signs of life bear the time of the clock: against ours, which is ahead, all would seem silent.
#[test]
fn nobody_is_missed_while_our_time_is_ahead_of_the_clock() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" dead=5m canary=1m canary_within=1m sources=a
        00:00 beat a posts=1
        00:00 canaries 0
        00:20 setback 15m
        00:20 process
        01:20 canaries none
        01:22 expect opened #1 II canary-0 to desk
        01:22 mute a
        "#,
    );
}

/// What is found then is not older than calm for that.
#[test]
fn the_event_clock_stands_still_until_the_clock_has_caught_up() {
    let player = check(
        r#"
        08:00 policy III="posts_1h >= 1" calm=24h
        08:10 setback 8h
        08:10 process
        12:00 tick
        "#,
    );
    assert_eq!(shown(player.alerter.clocks().event), "08:10");
    assert_eq!(shown(player.alerter.clocks().wall), "10:04:30");
}

#[test]
fn after_a_downtime_what_is_overdue_speaks_once() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" repeat=1h calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 byhand
        00:10 process
        00:10 asleep 05:30
        05:30 expect repeated #1 III 甲县 to desk
        05:30 byitself
        06:30 expect repeated #1 III 甲县 to desk
        06:40 ack 1
        "#,
    );
}

#[test]
fn a_recreated_log_holds_the_intake_until_a_new_generation() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 hit place=甲县 offset=50
        00:00 expect opened #1 IV 甲县 to desk
        00:01 byhand
        00:01 mark end next=7
        00:01 expect remark LogRecreated
        00:02 hit place=乙县 offset=3
        00:03 generation
        00:03 hit place=丙县 offset=4
        00:03 expect opened #2 IV 丙县 to desk
        "#,
    );
    assert_eq!(player.refused, 1);
    assert_eq!(player.alerter.clocks().generation, 1);
}

/// Partitions of `hits` are not read in step: one of them may tell of an end that another one has
/// long left behind.
#[test]
fn an_old_end_from_another_partition_of_hits_is_no_recreated_log() {
    let mut player = check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 byhand
        00:00 mark end next=7
        00:01 hit place=甲县 offset=50
        00:01 expect opened #1 IV 甲县 to desk
        "#,
    );
    let other = Position {
        partition: Partition(1),
        offset: Offset(3),
    };
    let mark = |player: &Player, next| player.mark(0, player.now, true, next);
    let old = mark(&player, 9);
    player.step(Vec::new(), vec![(other, old)]);
    assert!(!player.alerter.clocks().recreated);
    // The very partition that said 9 says 8.
    let shorter = mark(&player, 8);
    player.step(Vec::new(), vec![(other, shorter)]);
    assert!(player.alerter.clocks().recreated);
}

/// A matcher that slept while another one took its partition writes once more what it knew.
#[test]
fn an_old_end_from_a_matcher_that_lost_the_partition_is_no_recreated_log() {
    let mut player = check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 byhand
        "#,
    );
    let before = |minutes| player.now - TimeSpan::from_minutes(minutes);
    let (earlier, later) = (before(10), before(1));
    let mut told = |next, at_end, since| {
        let mark = PartitionMark {
            partition: Partition(0),
            next: Offset(next),
            found_at: player.now,
            at_end,
            since,
        };
        let marks = HitRecord::Marks(Marks(vec![mark]));
        let effects = player.step(Vec::new(), vec![(Position::default(), marks)]);
        let remarks = format!("{:?}", effects.remarks);
        (player.alerter.clocks().recreated, remarks)
    };
    assert!(!told(100, true, Some(earlier)).0);
    assert!(!told(130, false, Some(later)).0);
    let (recreated, remarks) = told(110, true, Some(earlier));
    assert!(!recreated && remarks.contains("LateMark"), "{remarks}");
    assert!(!told(140, true, Some(later)).0);
    // Who has the partition knows where it ends.
    assert!(told(120, true, Some(later)).0);
}

#[test]
fn deliveries_again_posts_again_and_old_posts_count_nothing() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 2" calm=24h
        00:00 hit place=甲县 id=a offset=5
        00:01 hit place=甲县 id=b offset=5
        00:01 expect remark Redelivered
        00:02 hit place=甲县 id=a offset=6
        00:02 expect remark FoundAgain
        00:03 hit place=甲县 id=c offset=7 published=25h
        00:03 expect remark Old
        00:04 hit place=甲县 id=d offset=8
        00:04 expect opened #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn commands_that_fit_nothing_are_refused() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 ack 7
        00:00 expect remark Refused
        00:00 policy IV="posts_1w >= 1"
        00:00 expect remark Refused
        00:01 hit place=甲县
        00:01 expect opened #1 IV 甲县 to desk
        00:02 close 1
        00:02 expect closed #1 IV 甲县 to desk
        00:03 close 1
        00:03 expect remark Refused
        "#,
    );
}

#[test]
fn a_division_by_zero_is_false_and_counted() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h / (voices_1h - 1) > 1 || posts_1h >= 1"
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect remark DivisionByZero
        "#,
    );
}

#[test]
fn a_late_post_may_show_that_a_closed_incident_was_higher() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        02:01 expect closed #1 IV 甲县 to desk
        05:00 hit place=甲县 found=00:30
        05:00 expect withheld stale desk
        "#,
    );
    let highest = player.changes.iter().rev().find_map(|change| match change {
        Change::Incident(incident) => incident.highest_tier,
        _ => None,
    });
    assert_eq!(highest, Some(Tier::III));
}

#[test]
fn a_new_policy_lets_go_of_receivers_that_are_gone() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III wait=5m
        00:00 hit place=甲县
        00:01 policy III="posts_1h >= 1" wait=5m
        00:05 expect opened #1 III 甲县 to desk
        01:00 tick
        "#,
    );
}
