//! What was asked, and what is said while no answer has come.

use fengbiao_model::DeadlineState;

use crate::script::{check, incident};

#[test]
fn a_reminder_before_the_answer_is_due_and_a_word_when_it_has_not_come() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect event 1.1 fengbiao opened III count
        00:00 expect opened #1 III 甲县 to desk
        00:10 ack 1
        00:10 expect event 1.2 duty acknowledged
        00:20 ask 1 of=教育局 what=经过 due=06:00
        00:20 expect event 1.3 duty asked 1 教育局 经过 06:00
        05:00 expect event 1.4 fengbiao reply_near 1 教育局 06:00
        05:00 expect reply_near #1 III 甲县 to desk
        06:00 expect event 1.5 fengbiao reply_missed 1 教育局 06:00
        06:00 expect reply_missed #1 III 甲县 to desk
        40:00 tick
        "#,
    );
    let states: Vec<Vec<DeadlineState>> = player
        .notices
        .iter()
        .map(|notice| notice.asked.iter().map(|asked| asked.state).collect())
        .collect();
    let (warned, missed) = (DeadlineState::Warned, DeadlineState::Missed);
    assert_eq!(states, [vec![], vec![warned], vec![missed]]);
    assert_eq!(player.notices[1].asked[0].of, "教育局");
}

#[test]
fn an_answer_ends_it() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        00:10 ask 1 of=学校 what=名单 due=07:00
        05:00 expect reply_near #1 III 甲县 to desk
        05:30 reply 1 1 answer=已核实
        05:40 reply 1 2 answer=见附件
        40:00 tick
        "#,
    );
}

#[test]
fn where_nothing_is_said_the_answer_is_due_after_a_day() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        01:00 ask 1 of=教育局 what=经过
        24:00 expect reply_near #1 III 甲县 to desk
        25:00 expect reply_missed #1 III 甲县 to desk
        40:00 tick
        "#,
    );
}

#[test]
fn whoever_asks_for_an_answer_within_the_hour_is_not_reminded() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:30 ask 1 of=教育局 what=经过 due=01:15
        01:15 expect reply_missed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn two_that_are_due_at_once_are_one_notice() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        00:10 ask 1 of=学校 what=名单 due=06:00
        05:00 expect reply_near #1 III 甲县 to desk
        06:00 expect reply_missed #1 III 甲县 to desk
        "#,
    );
    assert_eq!(player.notices[2].asked.len(), 2);
}

#[test]
fn of_many_questions_a_notice_shows_those_it_came_for() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=一局 what=经过 due=20:00
        00:10 ask 1 of=二局 what=经过 due=21:00
        00:10 ask 1 of=三局 what=经过 due=22:00
        00:10 ask 1 of=四局 what=经过 due=23:00
        00:10 ask 1 of=五局 what=经过 due=24:00
        00:10 ask 1 of=六局 what=经过 due=06:00
        00:10 ask 1 of=七局 what=经过 due=40:00
        05:00 expect reply_near #1 III 甲县 to desk
        06:00 expect reply_missed #1 III 甲县 to desk
        07:00 tick
        "#,
    );
    let items = |nth: usize| -> Vec<u32> {
        let asked = player.notices[nth].asked.iter();
        asked.map(|question| question.item).collect()
    };
    assert_eq!(items(2), [6, 1, 2, 3, 4]);
}

#[test]
fn it_goes_to_those_whom_the_notices_of_its_tier_go_to() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" pager=III calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        05:00 expect reply_near #1 IV 甲县 to desk
        05:30 hit place=甲县
        05:31 hit place=甲县
        05:31 expect raised #1 III 甲县 to desk
        05:31 expect opened #1 III 甲县 to pager
        06:00 expect reply_missed #1 III 甲县 to desk
        06:00 expect reply_missed #1 III 甲县 to pager
        "#,
    );
}

#[test]
fn a_silence_never_holds_it() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:05 silence 1 for=10h
        00:10 ask 1 of=教育局 what=经过 due=06:00
        05:00 expect reply_near #1 III 甲县 to desk
        06:00 expect reply_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn an_answer_that_comes_in_quiet_hours_leaves_nothing_to_tell_after_them() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 02:00-07:00" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 ask 1 of=教育局 what=经过 due=04:00
        03:00 expect reply_near #1 III 甲县 to desk
        04:00 expect reply_missed #1 III 甲县 to desk
        06:00 reply 1 1 answer=已核实
        20:00 tick
        "#,
    );
}

#[test]
fn in_quiet_hours_reminder_and_end_wait_as_one() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 02:00-07:00" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 ask 1 of=教育局 what=经过 due=04:00
        03:00 expect reply_near #1 III 甲县 to desk
        04:00 expect reply_missed #1 III 甲县 to desk
        07:00 expect reply_missed #1 III 甲县 to pager merged 1
        "#,
    );
}

#[test]
fn a_deadline_and_an_answer_that_are_due_at_once_are_one_notice() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="answer III 6h 0s" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        05:00 expect reply_near #1 III 甲县 to desk
        06:00 expect reply_missed #1 III 甲县 to desk merged 1
        "#,
    );
}

#[test]
fn no_question_is_lost_by_a_merge_that_has_no_room_for_it() {
    let mut script = String::from(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        "#,
    );
    for _ in 0..99 {
        script.push_str("00:10 ask 1 of=教育局 what=经过 due=20:00\n");
    }
    let rest = r#"
        00:20 ask 2 of=学校 what=名单 due=20:00
        00:20 ask 2 of=医院 what=人数 due=20:00
        00:30 merge 1 2
        00:30 expect refused 101 items of incident `2026-1` and `2026-2` together wait for an answer, expected at most 100; hint: write down the answers that came first
        00:40 reply 2 1 answer=见附件
        00:50 merge 1 2
        "#;
    script.push_str(rest);
    let player = check(&script);
    assert_eq!(incident(&player, "2").asked.len(), 100);
}

#[test]
fn what_is_merged_takes_its_questions_along_under_new_numbers() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect event 1.1 fengbiao opened III count
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect event 2.1 fengbiao opened III count
        00:00 expect opened #2 III 乙县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        00:10 expect event 1.2 duty asked 1 教育局 经过 06:00
        00:20 ask 2 of=学校 what=名单 due=08:00
        00:20 expect event 2.2 duty asked 1 学校 名单 08:00
        05:00 expect event 1.3 fengbiao reply_near 1 教育局 06:00
        05:00 expect reply_near #1 III 甲县 to desk
        05:10 merge 1 2 note=同一件事
        05:10 expect event 2.3 duty absorbed #1 同一件事
        05:10 expect event 2.4 duty asked 2 教育局 经过 06:00
        05:10 expect event 1.4 duty merged_into #2 同一件事
        05:20 reply 1 1 answer=已核实
        05:20 expect refused incident `2026-1` was merged into `2026-2`, and what was asked about it with it; hint: reply to the item of `2026-2`
        06:00 expect event 2.5 fengbiao reply_missed 2 教育局 06:00
        06:00 expect reply_missed #2 III 乙县 to desk
        06:10 reply 2 2 answer=已核实
        06:10 expect event 2.6 duty replied 2 已核实
        07:00 expect event 2.7 fengbiao reply_near 1 学校 08:00
        07:00 expect reply_near #2 III 乙县 to desk
        07:10 reply 2 1 answer=见附件
        07:10 expect event 2.8 duty replied 1 见附件
        20:00 tick
        "#,
    );
}

#[test]
fn closing_ends_it() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        02:00 close 1
        02:00 expect closed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn reopened_it_waits_for_what_is_not_due_yet_and_for_nothing_else() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        00:10 ask 1 of=学校 what=名单 due=12:00
        02:00 close 1
        02:00 expect closed #1 III 甲县 to desk
        08:00 reopen 1 note=又有新帖
        11:00 expect reply_near #1 III 甲县 to desk
        12:00 expect reply_missed #1 III 甲县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn after_a_downtime_it_speaks_once() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        00:10 ask 1 of=学校 what=名单 due=05:00
        00:20 byhand
        00:21 process
        00:21 asleep 09:00
        09:00 expect reply_missed #1 III 甲县 to desk
        10:00 tick
        "#,
    );
}

#[test]
fn calm_of_the_incident_ends_it_and_what_was_asked_after_it_is_told_to_nobody() {
    check(
        r#"
        00:00 policy III="posts_10m >= 1" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:10 ask 1 of=教育局 what=经过 due=06:00
        02:01 expect closed #1 III 甲县 to desk
        03:00 ask 1 of=学校 what=名单 due=05:00
        20:00 tick
        "#,
    );
}

#[test]
fn an_answer_takes_nothing_else_from_a_notice_that_waited() {
    // The pager has not heard of the incident at all: the question alone is settled.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 02:00-07:00" calm=48h
        02:30 hit place=甲县
        02:30 expect opened #1 III 甲县 to desk
        02:40 ask 1 of=教育局 what=经过 due=04:00
        03:00 expect reply_near #1 III 甲县 to desk
        04:00 expect reply_missed #1 III 甲县 to desk
        06:00 reply 1 1 answer=已核实
        07:00 expect opened #1 III 甲县 to pager merged 2
        20:00 tick
        "#,
    );
}
