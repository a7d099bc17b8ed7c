//! The pipeline watches itself: what is dead, what is quiet, and what is only night.

use fengbiao_model::{NoticeKind, Stage, WATCHDOG_METHOD};

use crate::script::{Player, check, measured};

#[test]
fn a_source_that_fails_is_dead_and_lives_again() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=city,town
        00:00 beat city,town
        01:00 beat town errors=2
        01:15 expect opened #1 III town to desk
        02:00 beat town
        02:01 expect closed #1 III town to desk
        09:00 tick
        "#,
    );
    let [opened, closed] = &player.notices[..] else {
        panic!("{:?}", player.told);
    };
    assert_eq!(opened.topic_name, "采集与处理");
    assert_eq!(opened.owner, "operations");
    assert_eq!(opened.reason.method, WATCHDOG_METHOD);
    assert_eq!(opened.reason.condition, "dead_after = 15m");
    assert_eq!(
        measured(opened, "errors"),
        Some(28.0),
        "two in each of 14 minutes"
    );
    assert_eq!(measured(closed, "silent_minutes"), Some(61.0));
    assert_eq!(opened.totals.posts, 0);
}

#[test]
fn a_source_of_which_nothing_is_heard_is_dead_too() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=city,town
        00:00 beat city,town
        01:00 mute town
        01:15 expect opened #1 III town to desk
        01:30 beat town
        01:31 expect closed #1 III town to desk
        "#,
    );
    assert_eq!(measured(&player.notices[0], "errors"), None);
    assert!(measured(&player.notices[0], "last_pulse_at").is_some());
}

#[test]
fn a_configured_source_that_never_speaks_is_dead() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=city,town
        00:00 beat city
        00:15 expect opened #1 III town to desk
        "#,
    );
}

#[test]
fn who_pushes_may_stop_without_a_word_but_not_fail() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=city
        00:00 beat city,pushed
        01:00 mute pushed
        03:00 beat pushed errors=1
        03:01 expect opened #1 III pushed to desk
        03:10 beat pushed
        03:11 expect closed #1 III pushed to desk
        "#,
    );
}

#[test]
fn a_source_that_came_to_its_end_is_not_missed() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m silent=1h sources=city,archive
        00:00 beat city,archive posts=9
        06:00 end archive
        06:00 beat city posts=9
        12:00 tick
        "#,
    );
}

#[test]
fn quiet_is_told_from_dead_and_from_night() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m silent=3h sources=city,town
        00:00 beat city,town posts=1
        08:00 beat city,town
        24:00 beat city,town posts=1
        32:00 beat city,town
        48:00 beat city,town posts=1
        50:00 beat town
        53:00 expect opened #1 III town to desk
        53:30 beat town posts=1
        53:31 expect closed #1 III town to desk
        56:00 beat city,town
        71:59 tick
        "#,
    );
    let opened = &player.notices[0];
    assert_eq!(opened.reason.condition, "quiet_after = 3h");
    assert_eq!(
        measured(opened, "usual_posts_an_hour"),
        Some(50.0),
        "posts an hour, what is missing today included"
    );
    assert!(measured(opened, "last_success_at") > measured(opened, "last_post_at"));
}

#[test]
fn a_source_that_posts_rarely_is_not_quiet() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m silent=1h sources=city
        00:00 beat city
        05:30 beat city posts=1
        05:31 beat city
        60:00 tick
        "#,
    );
}

#[test]
fn from_quiet_to_dead_is_one_incident() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" dead=15m silent=1h sources=city,town repeat=4h
        00:00 beat city,town posts=1
        23:00 beat town
        24:00 tick
        24:20 expect opened #1 III town to desk
        24:30 beat town errors=1
        28:20 expect repeated #1 III town to desk
        30:00 beat town
        30:10 beat town posts=1
        30:11 expect closed #1 III town to desk
        "#,
    );
    assert_eq!(player.notices[1].reason.condition, "dead_after = 15m");
}

#[test]
fn all_sources_together_are_one_notice_at_a_higher_tier() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b,c wait=30s
        00:00 beat a,b,c
        01:00 beat a,b,c errors=1
        01:15:30 expect withheld gathered desk
        01:15:30 expect withheld gathered desk
        01:15:30 expect withheld gathered desk
        01:15:30 expect opened #4 II * to desk
        02:00 beat a
        02:01 expect withheld superseded desk
        02:01 expect withheld superseded desk
        02:30 beat b
        02:31 expect withheld superseded desk
        02:31 expect withheld superseded desk
        02:31:15 expect opened #3 III c to desk
        02:31:15 expect closed #4 II * to desk
        03:00 beat c
        03:01 expect closed #3 III c to desk
        "#,
    );
}

#[test]
fn an_acknowledged_alarm_is_told_again_only_by_its_end() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b repeat=1h
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        02:15 expect repeated #1 III b to desk
        02:20 ack 1
        09:00 beat b
        09:01 expect closed #1 III b to desk
        "#,
    );
}

#[test]
fn who_closes_an_alarm_knows_of_this_silence_but_not_of_the_next() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:20 close 1
        01:20 expect closed #1 III b to desk
        05:00 beat b
        06:00 beat b errors=1
        06:15 expect opened #2 III b to desk
        "#,
    );
}

#[test]
fn who_closes_an_alarm_that_came_back_knows_of_that_silence_too() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:30 beat b
        01:31 expect closed #1 III b to desk
        02:00 beat b errors=1
        02:15 expect opened #1 III b to desk
        02:20 close 1
        02:20 expect closed #1 III b to desk
        06:00 tick
        "#,
    );
}

#[test]
fn a_new_policy_while_the_clocks_are_parted_ends_no_alarm() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" canary=1m canary_within=30s
        00:00 canaries 0
        01:00 canaries -
        01:01:30 expect opened #1 II canary-0 to desk
        01:10 skew 20m
        01:10:15 expect remark ClocksParted
        01:20 policy IV="posts_1h >= 2" canary=1m canary_within=30s
        01:30 tick
        "#,
    );
}

#[test]
fn a_pulse_from_the_far_future_stops_no_learning() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m silent=3h sources=city,town
        00:00 pulse town at=9000:00
        00:00 expect remark PulseAhead
        00:00 beat city,town posts=1
        50:00 beat town
        53:00 expect opened #1 III town to desk
        "#,
    );
}

#[test]
fn what_returns_within_a_day_keeps_its_number() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:30 beat b
        01:31 expect closed #1 III b to desk
        02:00 beat b errors=1
        02:15 expect opened #1 III b to desk
        02:30 beat b
        02:31 expect closed #1 III b to desk
        40:00 beat b errors=1
        40:15 expect opened #2 III b to desk
        "#,
    );
    let changes: Vec<_> = player.notices.iter().map(|n| n.key.change).collect();
    assert_eq!(changes, [1, 2, 3, 4, 1]);
}

#[test]
fn an_alarm_has_a_record_like_any_incident() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect event 1.1 fengbiao opened III watchdog
        01:15 expect opened #1 III b to desk
        01:30 beat b
        01:31 expect event 1.2 fengbiao closed watchdog
        01:31 expect closed #1 III b to desk
        02:00 beat b errors=1
        02:15 expect event 1.3 fengbiao reopened
        02:15 expect event 1.4 fengbiao tier_changed - III watchdog
        02:15 expect opened #1 III b to desk
        40:00 beat b
        40:01 expect event 1.5 fengbiao closed watchdog
        40:01 expect closed #1 III b to desk
        90:00 beat b errors=1
        90:15 expect event 2.1 fengbiao opened III watchdog
        90:15 expect event 2.2 fengbiao follows_up #1
        90:15 expect opened #2 III b to desk
        "#,
    );
}

#[test]
fn alarms_are_not_merged() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b,c
        00:00 beat a,b,c
        01:00 beat a,b errors=1
        01:15 expect opened #1 III a to desk
        01:15 expect opened #2 III b to desk
        01:20 merge 1 2
        01:20 expect refused incident `2026-1` is an alarm of the pipeline about itself, which ends by a sign of life of its own, expected one about posts
        02:00 beat a
        02:01 expect closed #1 III a to desk
        "#,
    );
}

#[test]
fn an_alarm_climbs_a_chain_like_any_incident() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b chain="lead/boss" within="III 10m"
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:15 expect opened #1 III b to lead
        01:25 expect escalated #1 III b to boss after lead
        01:30 beat b
        01:31 expect closed #1 III b to desk
        "#,
    );
}

#[test]
fn a_restart_in_between_neither_ends_nor_repeats_an_alarm() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:20 process
        02:00 process
        02:10 beat b
        02:11 expect closed #1 III b to desk
        "#,
    );
}

#[test]
fn after_a_downtime_nobody_is_called_dead_for_it() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m silent=1h sources=a,b canary=1m
        00:00 beat a,b posts=1
        00:00 canaries 0
        25:00 mute a
        25:00 mute b
        25:00 canaries -
        25:00 process
        25:00 asleep 34:00
        34:00 canaries 0
        34:05 beat a posts=1
        34:15 expect opened #1 III b to desk
        "#,
    );
}

#[test]
fn a_process_that_was_held_up_excuses_the_others_as_well() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a
        00:00 beat a
        01:00 mute a
        01:00 asleep 02:00
        02:10 beat a
        03:00 mute a
        03:15 expect opened #2 II * to desk
        "#,
    );
}

#[test]
fn alarms_hold_while_the_clocks_are_parted() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b canary=1m
        00:00 beat a,b
        00:00 canaries 0
        01:00 mute b
        01:00 canaries -
        01:01 skew 20m
        01:01:15 expect remark ClocksParted
        01:50 unskew
        01:50 canaries 0
        01:50 expect remark ClocksAgree
        02:05 expect opened #1 III b to desk
        "#,
    );
}

#[test]
fn a_partition_without_marks_is_an_alarm() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m
        00:01 mark part=7 found=00:01
        00:06 expect opened #1 II posts-7 to desk
        01:30 mark part=7 found=01:30
        01:30:15 expect closed #1 II posts-7 to desk
        01:31 mark part=7 end
        01:34 tick
        "#,
    );
}

#[test]
fn a_topic_that_fell_silent_is_an_alarm_only_where_asked_for() {
    let script = r#"
        00:00 policy all.IV="posts_1h >= 1000000" dead=15m topicquiet=48h
        01:00 hit times=20
        25:00 hit times=20
        49:00 hit times=20
        73:00 hit times=20
        122:00 expect opened #1 III food to desk
        130:00 hit
        130:00:15 expect closed #1 III food to desk
        "#;
    let player = check(script);
    let usual = measured(&player.notices[0], "usual_posts_a_day");
    assert_eq!(usual, Some(26.3));
    let unasked = script.replace("topicquiet=48h", "");
    let unasked: Vec<_> = unasked.lines().filter(|l| !l.contains("expect")).collect();
    check(&unasked.join("\n"));
}

#[test]
fn a_canary_that_does_not_come_out_is_an_alarm() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" canary=1m canary_within=30s
        00:00 canaries 0
        01:00 canaries -
        01:01:30 expect opened #1 II canary-0 to desk
        01:20 canary put=01:00
        01:21 canary put=01:20:40
        01:21 expect closed #1 II canary-0 to desk
        01:21 canaries 0
        02:00 tick
        "#,
    );
    let opened = &player.notices[0];
    assert_eq!(opened.reason.condition, "canary_within = 30s");
    assert_eq!(measured(opened, "interval_secs"), Some(60.0));
    let late: Vec<_> = player.canaries.iter().filter(|ms| **ms > 0).collect();
    assert_eq!(late, [&1_200_000, &20_000], "the way of each is measured");
}

#[test]
fn a_lost_canary_is_told_also_while_all_sources_are_silent() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a canary=1m canary_within=30s
        00:00 beat a
        00:00 canaries 0
        01:00 mute a
        01:15 expect opened #2 II * to desk
        02:00 canaries -
        02:01:30 expect opened #3 II canary-0 to desk
        "#,
    );
}

#[test]
fn each_partition_has_a_canary_of_its_own() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" canary=1m canary_within=30s parts=2
        00:00 canaries 0,1
        01:00 canaries 0
        01:01:30 expect opened #1 II canary-1 to desk
        "#,
    );
}

#[test]
fn canaries_count_nowhere() {
    let with = r#"
        00:00 policy IV="posts_1h >= 1" all.IV="posts_1h >= 1" calm=24h canary=1m
        00:00 canaries 0
        05:00 hit place=甲县 id=a voice=a text=呕吐
        05:00 expect opened #1 IV * to desk
        05:00 expect withheld gathered desk
        "#;
    let player = check(with);
    assert_eq!(player.canaries.len(), 300);
    let plain = with
        .replace("canary=1m", "")
        .replace("00:00 canaries 0", "");
    let plain = check(&plain);
    let counted = |player: &Player| {
        use fengbiao_alerter::Change::*;
        let records = player.alerter.records().into_iter();
        records
            .filter(|record| {
                matches!(
                    record,
                    Remember(..) | Bucket(..) | Incident(_) | Lifetime(..) | Story(..) | Quote(..)
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(counted(&player), counted(&plain));
    assert_eq!(player.notices[0].totals, plain.notices[0].totals);
}

#[test]
fn without_a_watchdog_nothing_is_watched_and_alarms_end() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b
        00:00 beat a,b
        01:00 beat b errors=1
        01:15 expect opened #1 III b to desk
        01:20 policy IV="posts_1h >= 1"
        01:20 expect closed #1 III b to desk
        09:00 tick
        "#,
    );
    assert!(
        player
            .notices
            .iter()
            .all(|n| n.kind != NoticeKind::Repeated)
    );
    assert_eq!(player.alerter.pipeline_tier(), None);
    let closed = player.changes.iter().rev().find_map(|change| match change {
        fengbiao_alerter::Change::Incident(incident) => Some(incident.stage),
        _ => None,
    });
    assert_eq!(closed, Some(Stage::Closed));
}

#[test]
fn an_alarm_stays_open_however_long_the_silence_lasts() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" dead=15m sources=a,b calm=1h
        00:00 beat a,b
        01:00 mute b
        01:15 expect opened #1 III b to desk
        200:00 tick
        "#,
    );
    assert!(player.alerter.pipeline_tier().is_some());
}

#[test]
fn a_deadline_for_all_topics_asks_no_answer_of_a_dead_source() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" dead=15m sources=city,town deadline="answer III 2h 0s" calm=24h
        00:00 beat city,town
        01:00 mute city
        01:00 hit place=甲县
        01:00 expect opened #1 III 甲县 to desk
        01:15 expect opened #2 III city to desk
        03:00 expect deadline_missed #1 III 甲县 to desk
        06:00 tick
        "#,
    );
}
