//! What people do with one incident, and what its record says of it.

use fengbiao_model::*;

use crate::script::{Player, check, incident, time};

#[test]
fn the_record_tells_a_whole_life() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" calm=2h
        00:00 hit place=甲县 id=p
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        00:05 hit place=甲县 times=2
        00:05 expect event 1.2 fengbiao tier_changed IV III count
        00:05 expect raised #1 III 甲县 to desk
        00:06 ack 1 by=夜班
        00:06 expect event 1.3 夜班 acknowledged
        00:10 stage 1 verifying note=已派人
        00:10 expect event 1.4 duty staged verifying 已派人
        00:20 ask 1 of=学校 what=几人就医 due=00:50
        00:20 expect event 1.5 duty asked 1 学校 几人就医 00:50
        00:40 reply 1 1 answer=三人
        00:40 expect event 1.6 duty replied 1 三人
        00:45 assess 1 IV owner=卫健委 opinion=轻症
        00:45 expect event 1.7 duty assessed 卫健委 IV 轻症
        00:46 grade 1 IV note=会商
        00:46 expect event 1.8 duty graded IV 会商
        00:47 classify 1 complaint note=属投诉
        00:47 expect event 1.9 duty classified complaint 属投诉
        00:48 label 1 district value=东区
        00:48 expect event 1.10 duty labelled district 东区
        00:49 note 1 text=家长群已说明
        00:49 expect event 1.11 duty noted 家长群已说明
        00:50 answer 1 text=已查明 link=https://example.org/a
        00:50 expect event 1.12 duty answered 已查明 https://example.org/a
        00:51 outcome 1 p outcome=已回复
        00:51 expect event 1.13 duty outcome 已回复
        00:52 close 1 note=已平息
        00:52 expect event 1.14 duty closed 已平息
        00:52 expect closed #1 III 甲县 to desk
        01:00 stage 1 reviewed note=改进时限
        01:00 expect event 1.15 duty staged reviewed 改进时限
        "#,
    );
    let one = incident(&player, "1");
    assert_eq!((one.stage, one.events), (Stage::Reviewed, 15));
    assert_eq!((one.items, one.asked.len()), (1, 0));
    assert_eq!(one.grade, Some(Grade::IV));
    assert_eq!(one.class, Class::Complaint);
    let last = player.notices.last().unwrap();
    assert_eq!(last.answer.as_ref().unwrap().text, "已查明");
    assert_eq!(
        (last.grade, last.class),
        (Some(Grade::IV), Class::Complaint)
    );
}

#[test]
fn a_deed_that_cannot_be_done_says_what_could() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 ack 2
        00:01 expect refused there is no incident `2026-2` whose last post was found within 60d
        00:02 reply 1 1 answer=三人
        00:02 expect refused nobody was asked anything about incident `2026-1` yet; hint: `ask` first
        00:03 stage 1 following
        00:04 stage 1 verifying
        00:04 expect refused the stage is `following` and cannot become `verifying`, expected `closed`
        00:05 ack 1
        00:05 expect refused incident `2026-1` is acknowledged already, by `duty`
        00:06 label 1 district
        00:06 expect refused incident `2026-1` has no label `district`, it has none
        00:07 reopen 1
        00:07 expect refused incident `2026-1` is open already
        00:08 stage 1 reviewed
        00:08 expect refused the stage is `following` and cannot become `reviewed`, expected `closed`
        00:09 close 1
        00:09 expect closed #1 IV 甲县 to desk
        00:10 close 1
        00:10 expect refused incident `2026-1` is closed, expected an open one; hint: reopen it first
        00:11 stage 1 following
        00:11 expect refused the stage is `closed` and cannot become `following`, expected `reviewed`; hint: `reopen` opens it again
        00:12 note 1
        00:12 expect refused `text` is empty, expected a sentence
        00:13 ask 1 of=教育局 what=经过 due=00:13
        00:13 expect refused the answer is due in the past, expected a time after now
        "#,
    );
}

#[test]
fn whoever_works_on_an_incident_has_taken_it_on() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" repeat=10m pager=III
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 expect repeated #1 III 甲县 to desk
        00:10 expect repeated #1 III 甲县 to pager
        00:15 stage 1 verifying
        01:00 hit place=甲县 times=3
        01:00 expect raised #1 II 甲县 to desk
        01:00 expect raised #1 II 甲县 to pager
        01:05 answer 1 text=已查明
        02:00 tick
        "#,
    );
}

#[test]
fn the_contact_sheet_is_due_after_a_day_where_nothing_is_said() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        01:00 ask 1 of=学校 what=几人就医
        01:00 ask 1 of=医院 what=病因 due=03:00
        02:00 expect reply_near #1 IV 甲县 to desk
        02:00 reply 1 1 answer=三人
        02:30 reply 1 1 answer=更正：四人
        "#,
    );
    let one = incident(&player, "1");
    assert_eq!(one.asked, [(2, time("03:00"))].into());
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        01:00 ask 1 of=学校 what=几人就医
        "#,
    );
    let due = incident(&player, "1").asked[&1];
    assert_eq!(due, time("25:00"));
}

#[test]
fn the_class_is_that_of_the_heaviest_rules_until_people_speak() {
    let class = |script: &str| {
        let player = check(&format!(
            "00:00 policy IV=\"posts_1h >= 9\" III=\"posts_1h >= 1\" calm=48h
             {script}
             00:09 expect opened #1 III 甲县 to desk",
        ));
        incident(&player, "1").class
    };
    let light = "00:09 hit place=甲县 weight=2 class=rumour";
    let heavy = "00:09 hit place=甲县 weight=5 class=enquiry";
    let as_heavy = "00:09 hit place=甲县 weight=5 class=complaint";
    let several = |hits: &[&str]| {
        let mut player = Player::new("");
        player.play("00:00 policy III=\"posts_1h >= 1\" calm=48h");
        hits.iter().for_each(|hit| player.play(hit));
        incident(&player, "1").class
    };
    assert_eq!(class(light), Class::Rumour);
    assert_eq!(several(&[light, heavy]), Class::Enquiry, "heavier");
    assert_eq!(several(&[heavy, light]), Class::Enquiry, "in any order");
    assert_eq!(
        several(&[heavy, as_heavy]),
        Class::Complaint,
        "more serious"
    );
    assert_eq!(
        several(&[as_heavy, heavy]),
        Class::Complaint,
        "in any order"
    );
    let said = "00:09 classify 1 suggestion";
    assert_eq!(several(&[heavy, said, as_heavy]), Class::Suggestion);
}

#[test]
fn a_review_may_come_when_the_incident_has_left_memory() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        02:01 expect closed #1 IV 甲县 to desk
        480:00 stage 1 reviewed note=半月后复盘
        480:01 reopen 1
        480:01 expect refused the last post of incident `2026-1` was found more than 14d ago: its record can be added to, but it takes no posts any more
        1400:00 note 1 text=附件
        1500:00 note 1 text=太迟
        1500:00 expect refused there is no incident `2026-1` whose last post was found within 60d
        "#,
    );
    assert!(player.changes.iter().any(|change| matches!(
        change,
        fengbiao_alerter::Change::Event(Event {
            number: 4,
            what: Happening::Noted { .. },
            ..
        })
    )));
}

#[test]
fn numbers_begin_anew_with_the_year_of_the_time_zone() {
    // The script's midnight is that of 2026-01-01 in UTC; the year has 8760 hours.
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=1h zone=America/New_York
        00:00 hit place=甲县
        00:00 expect opened #2025-1 IV 甲县 to desk
        01:01 expect closed #2025-1 IV 甲县 to desk
        04:59:59 hit place=乙县
        04:59:59 expect opened #2025-2 IV 乙县 to desk
        05:00 hit place=丙县
        05:00 expect opened #1 IV 丙县 to desk
        06:00 expect closed #2025-2 IV 乙县 to desk
        06:01 expect closed #1 IV 丙县 to desk
        07:00 policy IV="posts_1h >= 1" calm=1h zone=Asia/Shanghai
        8751:59 hit place=丁县
        8751:59 expect opened #2 IV 丁县 to desk
        8752:00 hit place=戊县
        8752:00 expect opened #2027-1 IV 戊县 to desk
        8753:00 expect closed #2 IV 丁县 to desk
        8753:01 expect closed #2027-1 IV 戊县 to desk
        8754:00 policy IV="posts_1h >= 1" calm=1h zone=UTC
        8754:00 hit place=己县
        8754:00 expect opened #2027-2 IV 己县 to desk
        "#,
    );
}
