//! What is owed, and when it speaks.

use crate::script::{check, incident};

#[test]
fn a_warning_before_and_a_notice_at_the_breach() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 24h 1h; answer III 12h 1h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        11:00 expect deadline_near #1 III 甲县 to desk
        12:00 expect deadline_missed #1 III 甲县 to desk
        23:00 expect deadline_near #1 III 甲县 to desk
        24:00 expect deadline_missed #1 III 甲县 to desk
        40:00 tick
        "#,
    );
    let states: Vec<Vec<&str>> = player
        .notices
        .iter()
        .map(|notice| notice.deadlines.iter().map(|d| d.state.as_str()).collect())
        .collect();
    assert_eq!(states[0], ["running", "running"]);
    assert_eq!(states[2], ["running", "missed"]);
    assert_eq!(states[4], ["missed", "missed"]);
}

#[test]
fn an_acknowledgement_meets_the_report_and_silences_no_deadline() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="report III 30m 10m; verify III 2h 0s" repeat=20m calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:20 expect deadline_near #1 III 甲县 to desk
        00:25 ack 1
        02:00 expect deadline_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn a_silence_never_holds_a_deadline() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="answer III 2h 30m" chain="duty/boss" within="III 10m" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 silence 1 for=10h
        01:30 expect deadline_near #1 III 甲县 to desk
        01:30 expect deadline_near #1 III 甲县 to duty
        02:00 expect deadline_missed #1 III 甲县 to desk
        02:00 expect deadline_missed #1 III 甲县 to duty
        10:10 expect escalated #1 III 甲县 to boss after duty
        10:15 ack 1
        12:00 close 1
        12:00 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_raise_brings_the_deadline_of_its_tier_nearer() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 2" deadline="answer III 12h 0s; answer II 1h 0s" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:50 hit place=甲县
        00:50 expect raised #1 II 甲县 to desk
        01:50 expect deadline_missed #1 II 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn after_a_downtime_an_overdue_deadline_speaks_once() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 1h; answer III 3h 1h" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 byhand
        00:01 process
        00:01 asleep 09:00
        09:00 expect deadline_missed #1 III 甲县 to desk
        10:00 tick
        "#,
    );
}

#[test]
fn a_follow_up_is_owed_from_what_was_last_written() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="follow_up III 6h 0s" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        02:00 ack 1
        08:00 expect deadline_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn what_is_closed_owes_nothing_and_reopened_it_owes_anew() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" deadline="answer III 3h 0s" calm=2h reopen=72h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        02:01 expect closed #1 III 甲县 to desk
        03:30 hit place=乙县
        03:30 expect opened #2 III 乙县 to desk
        03:40 close 2
        03:40 expect closed #2 III 乙县 to desk
        12:00 hit place=甲县
        12:00 expect reopened #1 III 甲县 to desk
        13:30 hit place=甲县
        15:00 expect deadline_missed #1 III 甲县 to desk
        15:31 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn what_was_verified_in_an_earlier_life_is_owed_anew() {
    let player = check(
        r#"
        00:00 policy III="posts_10m >= 1" deadline="verify III 1h 0s" calm=2h reopen=72h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:30 grade 1 III
        02:01 expect closed #1 III 甲县 to desk
        05:00 hit place=甲县
        05:00 expect reopened #1 III 甲县 to desk
        06:00 expect deadline_missed #1 III 甲县 to desk
        06:10 close 1
        06:10 expect closed #1 III 甲县 to desk
        07:00 grade 1 II
        10:00 hit place=甲县
        10:00 expect reopened #1 III 甲县 to desk
        10:30 grade 1 III
        11:59 tick
        "#,
    );
    let grade = incident(&player, "1").grade;
    assert_eq!(
        grade,
        Some(fengbiao_model::Grade::III),
        "people see the last one"
    );
}

#[test]
fn a_grade_is_a_verification_and_no_answer() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 0s; answer III 6h 0s" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:30 grade 1 III
        06:00 expect deadline_missed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_grade_that_is_taken_back_is_no_verification_any_more() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 1h" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:30 grade 1 III
        00:30 grade 2 III
        01:00 grade 1
        03:00 expect deadline_near #1 III 甲县 to desk
        04:00 expect deadline_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn a_verification_that_is_taken_back_after_its_end_is_missed_at_once() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 1h" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:30 grade 1 III
        06:00 grade 1
        06:00 expect deadline_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

/// The scripts begin on a Thursday: 40:00 is Friday 16:00, 96:00 the midnight of Monday.
fn of_business(days: &str, due: &str) {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 1h" calendar="Mon-Fri 09:00-18:00" <days> calm=168h
        40:00 hit place=甲县
        40:00 expect opened #1 III 甲县 to desk
        <warned> expect deadline_near #1 III 甲县 to desk
        <due> expect deadline_missed #1 III 甲县 to desk
        "#
        .replace("<days>", days)
        .replace("<due>", &format!("{due}:00"))
        .replace("<warned>", &format!("{}:00", due.parse::<i64>().unwrap() - 1))
        .as_str(),
    );
}

#[test]
fn what_is_begun_on_friday_goes_on_on_monday() {
    of_business("", "107");
}

#[test]
fn a_holiday_is_passed_over() {
    of_business("holidays=2026-01-05", "131");
    of_business("holidays=2026-01-02,2026-01-05", "133");
}

#[test]
fn a_make_up_day_counts_whatever_its_weekday() {
    of_business("holidays=2026-01-05 makeup=2026-01-04", "83");
}

#[test]
fn hours_of_business_are_those_of_the_clock_on_the_wall_when_clocks_change() {
    // Summer time begins on Sunday, 29 March 2026: 09:00 is 08:00 UTC on Friday, 07:00 on Monday.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 1h" calendar="Mon-Fri 09:00-18:00" zone=Europe/Berlin
        00:00 byhand
        00:00 asleep 2055:00
        2055:00 hit place=甲县
        2055:00 expect opened #1 III 甲县 to desk
        2120:00 expect deadline_near #1 III 甲县 to desk
        2121:00 expect deadline_missed #1 III 甲县 to desk
        "#,
    );
}
