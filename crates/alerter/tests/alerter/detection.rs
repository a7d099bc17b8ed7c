//! Detectors in ladders, as scripts: what fires, and above all what does not.

use fengbiao_model::{Notice, Usual};

use crate::script::check;

/// So many posts at a minute of each of these hours.
fn hourly(hours: std::ops::Range<u32>, minute: &str, times: u32) -> String {
    let lines = hours.map(|hour| format!("{hour:02}:{minute} hit times={times}\n"));
    lines.collect()
}

/// Like [`hourly`] on each of these days, at one time of the day.
fn daily(days: std::ops::Range<u32>, hour: u32, minute: &str, times: u32) -> String {
    let lines = days.map(|day| format!("{:02}:{minute} hit times={times}\n", day * 24 + hour));
    lines.collect()
}

fn usual(notice: &Notice, measure: &str) -> Option<Usual> {
    let measures = &notice.reason.measures;
    let found = measures.iter().find(|found| found.name == measure);
    found.unwrap().usual
}

#[test]
fn ears_fires_on_a_surge_and_says_why() {
    let player = check(&format!(
        r#"
        00:00 policy IV="ears_1h >= 3"
        {}
        08:10 hit times=2
        08:20 hit times=4
        08:20 expect opened #1 IV - to desk
        "#,
        hourly(0..8, "30", 3)
    ));
    let reason = &player.notices[0].reason;
    assert_eq!(
        (reason.method.as_str(), reason.condition.as_str()),
        ("ears", "ears_1h >= 3")
    );
    let expected = Usual {
        count: 6.0,
        baseline: 3.0,
        spread: 1.0,
        windows: 7,
    };
    assert_eq!(usual(&player.notices[0], "ears_1h"), Some(expected));
    assert_eq!(reason.measures[0].value, 3.0);
}

#[test]
fn a_method_is_named_beside_counts_too() {
    let player = check(&format!(
        r#"
        00:00 policy IV="voices_1h >= 5 && (c1_1h >= 3 || growth_1h >= 9)"
        {}
        08:20 hit times=6
        08:20 expect opened #1 IV - to desk
        "#,
        hourly(0..8, "30", 1)
    ));
    let reason = &player.notices[0].reason;
    assert_eq!(reason.method, "c1");
    assert_eq!(usual(&player.notices[0], "voices_1h"), None);
    assert_eq!(
        usual(&player.notices[0], "growth_1h").unwrap().baseline,
        1.0
    );
}

#[test]
fn one_post_after_silence_fires_nothing() {
    check(
        r#"
        00:00 policy IV="ears_1h >= 3 || c1_1h >= 3 || c2_1h >= 3 || c3_1h >= 2" III="cusum_1h >= 2.26 || burst_1h >= 3 || growth_1h >= 2" min_posts=1
        30:00 hit
        31:30 tick
        "#,
    );
}

#[test]
fn below_the_floors_a_detector_is_silent() {
    let silent = |floors: &str| {
        check(&format!(
            r#"
            00:00 policy IV="ears_1h >= 3" {floors}
            {}
            09:20 hit times=8
            "#,
            hourly(0..9, "30", 1)
        ))
    };
    silent("min_posts=20");
    silent("min_sources=2");
    silent("sigma=4");
    check(&format!(
        r#"
        00:00 policy IV="ears_1h >= 3" min_posts=4 min_sources=2
        {}
        09:20 hit times=8
        09:21 hit source=other
        09:21 expect opened #1 IV - to desk
        "#,
        hourly(0..9, "30", 1)
    ));
}

#[test]
fn cold_start_needs_four_windows() {
    check(
        r#"
        00:00 policy IV="ears_1h >= 3"
        04:58 hit times=9
        04:59 hit
        04:59 expect opened #1 IV - to desk
        "#,
    );
}

#[test]
fn a_topic_that_is_new_starts_cold_and_an_old_post_warms_it() {
    check(
        r#"
        20:00 policy IV="ears_1h >= 3" calm=48h
        20:30 hit times=9
        20:40 hit found=10:00
        20:41 hit
        20:41 expect opened #1 IV - to desk
        "#,
    );
}

#[test]
fn quiet_hours_are_zeros_but_those_of_a_dead_crawler_are_missing() {
    let script = |from_three: &str, end: &str| {
        format!(
            r#"
            00:00 policy IV="ears_1h >= 3"
            00:00 beat feed
            {}
            03:00 {from_three}
            09:00 beat feed
            09:30 hit times=9
            {end}
            "#,
            hourly(0..3, "30", 6)
        )
    };
    let quiet = check(&script("beat feed", "09:30 expect opened #1 IV - to desk"));
    assert_eq!(usual(&quiet.notices[0], "ears_1h").unwrap().windows, 7);
    check(&script("beat feed errors=1", ""));
    check(&script("mute feed", ""));
}

#[test]
fn what_is_missing_does_not_lower_the_baseline() {
    let baseline = |from_five: &str| {
        let player = check(&format!(
            r#"
            00:00 policy IV="posts_1h >= 20 && ears_1h > -9"
            00:00 beat feed
            {}
            05:00 {from_five}
            07:00 beat feed
            {}
            11:30 hit times=20
            11:30 expect opened #1 IV - to desk
            "#,
            hourly(0..5, "30", 6),
            hourly(7..11, "30", 6)
        ));
        let usual = usual(&player.notices[0], "ears_1h").unwrap();
        (usual.baseline, usual.windows)
    };
    assert_eq!(baseline("beat feed errors=1"), (6.0, 4));
    assert_eq!(baseline("mute feed"), (6.0, 4));
    let (quiet, windows) = baseline("beat feed");
    assert!(quiet < 6.0 && windows == 7, "{quiet} {windows}");
}

#[test]
fn half_of_the_sources_are_enough() {
    let windows = |failing: &str| {
        let player = check(&format!(
            r#"
            00:00 policy IV="posts_1h >= 10 && ears_1h > -9"
            00:00 beat a,b,c,d
            {}
            04:00 beat {failing} errors=1
            {}
            06:00 beat {failing}
            {}
            10:30 hit times=10
            10:30 expect opened #1 IV - to desk
            "#,
            hourly(0..4, "30", 6),
            hourly(4..6, "30", 6),
            hourly(6..10, "30", 6)
        ));
        usual(&player.notices[0], "ears_1h").unwrap().windows
    };
    assert_eq!((windows("a,b"), windows("a,b,c")), (7, 4));
}

#[test]
fn a_pulse_from_a_wrong_clock_is_not_believed() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        05:00 pulse feed at=06:01
        05:00 expect remark PulseAhead
        05:00 pulse feed at=06:00
        "#,
    );
}

/// Time passes in leaps: the event clock is told where it stands when something comes.
fn leaping(script: &str) -> String {
    let mark = |line: &str| {
        let at = line.trim().split(' ').next().unwrap().to_owned();
        format!("{at} mark end\n{line}\n")
    };
    let line = |line: &str| {
        if line.contains(" hit ") {
            mark(line)
        } else {
            format!("{line}\n")
        }
    };
    script.lines().map(line).collect()
}

#[test]
fn loud_every_noon_is_usual_at_noon_only() {
    let player = check(&leaping(&format!(
        r#"
        00:00 policy IV="ears_1h_same_hour >= 3" calm=2h
        00:00 byhand
        {}
        207:10 hit times=20
        207:10 expect opened #1 IV - to desk
        "#,
        daily(0..9, 12, "10", 20)
    )));
    let found = usual(&player.notices[0], "ears_1h_same_hour").unwrap();
    assert_eq!((found.count, found.baseline, found.windows), (3.0, 0.0, 7));
}

#[test]
fn a_loud_weekday_is_usual_on_that_weekday_only() {
    let script = |metric: &str, end: &str| {
        let weekly: String = (0..6)
            .map(|week| format!("{}:10 hit times=20\n", week * 168 + 12))
            .collect();
        check(&leaping(&format!(
            r#"
            00:00 policy IV="{metric} >= 3" calm=2h
            00:00 byhand
            {weekly}
            {}:10 hit times=20
            {end}
            "#,
            6 * 168 + 12
        )))
    };
    script("ears_1h_same_weekday", "");
    script("c1_2h_same_weekday", "");
    let wednesday = check(&leaping(
        r#"
        00:00 policy IV="ears_1h_same_weekday >= 3" calm=2h
        00:00 byhand
        12:10 hit times=20
        1044:10 hit times=20
        1044:10 expect opened #1 IV - to desk
        "#,
    ));
    let found = usual(&wednesday.notices[0], "ears_1h_same_weekday").unwrap();
    assert_eq!((found.baseline, found.windows), (0.0, 6));
}

#[test]
fn c3_sums_a_rise_of_three_windows_that_hides_itself_from_c1() {
    let script = |condition: &str, end: &str| {
        check(&format!(
            r#"
            00:00 policy IV="{condition}"
            {}
            12:30 hit times=5
            13:30 hit times=5
            {end}
            "#,
            hourly(0..12, "30", 3)
        ))
    };
    let player = script("c3_1h >= 2", "13:30 expect opened #1 IV - to desk");
    assert_eq!(usual(&player.notices[0], "c3_1h").unwrap().baseline, 3.0);
    script("c1_1h >= 3", "");
    script("c2_1h >= 3", "");
}

#[test]
fn cusum_fires_on_a_slow_rise() {
    let script = |condition: &str, end: &str| {
        check(&format!(
            r#"
            00:00 policy IV="{condition}"
            {}
            {}{}{}
            {end}
            "#,
            hourly(0..14, "30", 4),
            hourly(14..16, "30", 6),
            hourly(16..18, "30", 7),
            hourly(18..20, "30", 8),
        ))
    };
    script("cusum_1h >= 2.26", "19:30 expect opened #1 IV - to desk");
    script("ears_1h >= 3 || c1_1h >= 3", "");
    check(&format!(
        "00:00 policy IV=\"cusum_1h >= 2.26\"\n{}",
        hourly(0..30, "30", 4)
    ));
}

#[test]
fn growth_compares_with_the_window_before() {
    check(
        r#"
        00:00 policy IV="growth_30m >= 3" min_before=2
        00:10 hit times=9
        01:10 hit
        01:40 hit times=9
        02:20 hit times=2
        02:50 hit times=5
        02:50 hit
        02:50 expect opened #1 IV - to desk
        "#,
    );
}

#[test]
fn a_share_that_grows_is_a_burst_and_a_faster_crawl_is_none() {
    let script = |others: u32, ours: u32, end: &str| {
        check(&format!(
            r#"
            00:00 policy IV="burst_1h >= 3" calm=1h
            {}{}
            25:10 hit place=乙县 times={others}
            25:20 hit place=甲县 times={ours}
            {end}
            "#,
            hourly(0..25, "10", 20).replace("hit", "hit place=乙县"),
            hourly(0..25, "20", 1).replace("hit", "hit place=甲县"),
        ))
    };
    script(20, 8, "25:21 expect opened #1 IV 甲县 to desk");
    script(160, 8, "");
}

#[test]
fn the_pulses_tell_how_much_there_was_of_all_kinds() {
    let script = |posts: u32, end: &str| {
        check(&format!(
            r#"
            00:00 policy IV="burst_1h >= 3" all.IV="burst_1h >= 3" calm=1h
            00:00 beat feed posts=1
            {}
            24:30 beat feed posts={posts}
            25:50 hit place=甲县 times=8
            {end}
            "#,
            hourly(0..25, "20", 1).replace("hit", "hit place=甲县"),
        ))
    };
    script(1, "25:51 expect opened #1 IV * to desk");
    script(9, "");
}

/// Partition 1 lags behind: what it still has to give may be what is usual.
#[test]
fn while_a_partition_lags_nothing_is_compared() {
    let script = |lagging: u32, end: &str| {
        let hours = 1..8;
        let lagging: String = hours
            .map(|hour| format!("09:20 hit part=1 found={hour:02}:30 times={lagging}\n"))
            .collect();
        check(&format!(
            r#"
            00:00 policy IV="ears_1h >= 3"
            00:00 byhand
            09:10 mark part=1 found=00:30
            09:10 mark part=0 end
            09:10 hit part=0 found=08:40 times=9
            {lagging}
            09:20 mark part=1 end
            {end}
            09:21 mark part=0 end
            "#
        ))
    };
    script(8, "");
    script(1, "09:20 expect opened #1 IV - to desk");
}
