//! What `*` of a topic tells in place of its subjects, and what it does not.

use fengbiao_model::{Notice, Tier};

use crate::script::{Player, check};

/// The subjects that a notice names with their posts, and the tier of those that stand by themselves.
fn named(notice: &Notice) -> Vec<String> {
    let shares = notice.subjects.iter();
    let tier = |tier: Option<Tier>| tier.map_or(String::new(), |tier| format!(" {tier}"));
    shares
        .map(|share| format!("{} {}{}", share.subject, share.posts, tier(share.tier)))
        .collect()
}

fn texts(player: &Player, of: usize) -> Vec<&str> {
    let quotes = player.notices[of].quotes.iter();
    quotes.map(|quote| quote.text.as_str()).collect()
}

#[test]
fn a_place_that_reaches_a_tier_by_itself_later_is_told_by_itself() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" all.III="subjects_1h >= 3" calm=12h
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=乙县
        00:01 expect opened #2 IV 乙县 to desk
        00:02 hit place=丙县
        00:02 expect opened #3 III * to desk
        06:00 hit place=丁县 times=2
        06:10 hit place=丁县
        06:10 expect opened #5 III 丁县 to desk merged 1
        "#,
    );
    assert_eq!(named(&player.notices[2]), ["甲县 2", "丙县 1", "乙县 1"]);
    assert!(player.notices[3].subjects.is_empty(), "it is of one place");
}

#[test]
fn a_place_that_a_notice_of_the_star_names_at_its_tier_is_not_told_again() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" all.III="subjects_1h >= 3" all.II="subjects_1h >= 5" calm=12h repeat=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:00 hit place=丙县
        00:00 expect opened #3 III * to desk
        00:00 expect withheld gathered desk
        00:05 hit place=丁县
        00:05 expect opened #5 III 丁县 to desk
        00:10 hit place=戊县
        00:10 expect raised #3 II * to desk
        00:10 expect withheld gathered desk
        00:11 ack 3
        01:00 hit place=戊县
        02:00 expect withheld gathered desk
        02:00 expect withheld gathered desk
        02:05 expect withheld gathered desk
        03:00 tick
        "#,
    );
    let last = player.notices.last().unwrap();
    assert_eq!(
        named(last),
        [
            "丁县 1 III",
            "丙县 1 III",
            "乙县 1 III",
            "戊县 1 III",
            "甲县 1 III"
        ]
    );
}

#[test]
fn at_the_same_moment_what_comes_after_the_notice_of_the_star_is_told() {
    check(
        r#"
        00:00 policy III="posts_1h >= 2" all.III="subjects_1h >= 2" calm=12h
        00:00 hit place=甲县
        00:00 hit place=乙县
        00:00 expect opened #1 III * to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        "#,
    );
}

#[test]
fn what_waits_when_the_star_is_about_to_be_told_waits_for_it() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 2" all.III="subjects_1h >= 3" calm=12h wait=30s
        00:00 hit place=甲县 times=2
        00:00:10 hit place=乙县
        00:00:20 hit place=丙县
        00:00:50 expect opened #2 III * to desk
        00:00:50 expect withheld gathered desk
        00:10 tick
        "#,
    );
    assert_eq!(
        named(&player.notices[0]),
        ["甲县 2 III", "丙县 1", "乙县 1"]
    );
}

#[test]
fn where_the_star_is_taken_on_before_it_is_told_the_place_is_told_after_all() {
    check(
        r#"
        00:00 policy III="posts_1h >= 2" all.III="subjects_1h >= 3" calm=12h wait=30s
        00:00 hit place=甲县 times=2
        00:00:10 hit place=乙县
        00:00:20 hit place=丙县
        00:00:40 ack 2
        00:00:40 expect withheld acknowledged desk
        00:00:50 expect opened #1 III 甲县 to desk
        00:10 tick
        "#,
    );
}

#[test]
fn a_star_that_has_only_come_down_still_speaks_for_what_it_named() {
    check(
        r#"
        00:00 policy III="posts_3h >= 1" all.III="posts_3h >= 3" all.II="posts_10m >= 4" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 hit place=乙县
        00:00 expect opened #2 III 乙县 to desk
        00:00 hit place=丙县 times=2
        00:00 expect opened #3 III * to desk
        00:00 expect raised #3 II * to desk
        01:30 hit place=丙县
        02:01 expect calmed #3 III * to desk
        02:01 expect closed #1 III 甲县 to desk
        02:01 expect closed #2 III 乙县 to desk
        03:00 tick
        "#,
    );
}

#[test]
fn a_notice_of_the_star_quotes_each_place_before_more_of_one() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" all.III="subjects_1h >= 3" calm=12h
        00:00 hit place=甲县 text=一 id=a
        00:00 expect opened #1 IV 甲县 to desk
        00:00 hit place=甲县 text=二 reach=900
        00:00 hit place=甲县 text=三 reach=800
        00:00 hit place=甲县 text=四 reach=700
        00:01 hit place=乙县 text=乙
        00:01 expect opened #2 IV 乙县 to desk
        00:01 hit place=甲县 text=五
        00:02 hit place=丙县 text=丙
        00:02 expect opened #3 III * to desk
        "#,
    );
    assert_eq!(texts(&player, 2), ["一", "丙", "乙", "二", "五"]);
}
