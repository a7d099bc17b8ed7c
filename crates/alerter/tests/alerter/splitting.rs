//! Posts that turn out to be another matter.

use fengbiao_alerter::Change;
use fengbiao_model::Tier;

use crate::script::{check, incident, number, post_id};

#[test]
fn they_become_an_incident_of_their_own_and_stay_in_the_old() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 id=a text=食堂 source=x
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水 source=x
        00:02 hit place=甲县 id=c text=停水 source=y
        00:10 split 1 b c note=另一件事
        00:10 expect event 2.1 fengbiao opened IV split
        00:10 expect event 1.2 duty split_off #2 2 另一件事
        00:10 expect event 2.2 duty split_from #1 2 另一件事
        00:10 expect event 2.3 duty acknowledged
        00:20 hit place=甲县 id=d text=停水
        00:30 hit place=甲县 id=e text=食堂又有人
        02:21 expect event 2.4 fengbiao closed calm
        02:31 expect event 1.3 fengbiao closed calm
        02:31 expect closed #1 IV 甲县 to desk
        "#,
    );
    let (one, two) = (incident(&player, "1"), incident(&player, "2"));
    assert_eq!(one.totals.posts, 4, "a, b, c and e");
    let totals = (two.totals.posts, two.totals.stories, two.totals.sources);
    assert_eq!(totals, (3, 1, 3), "b, c and the later copy d");
    assert_eq!(two.split_from, Some(number("1")));
    assert_eq!(two.acknowledged.unwrap().by.as_str(), "duty");
    for post in ["b", "c", "d"] {
        let member = |change: &Change| matches!(change, Change::Member(id, of, _) if *id == two.id && *of == post_id(post));
        assert!(player.changes.iter().any(member), "{post}");
    }
}

#[test]
fn a_raise_of_the_new_one_is_told_as_ever() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" calm=2h pager=III
        00:00 hit place=甲县 id=a text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水
        00:10 split 1 b
        00:15 hit place=甲县 text=停水
        00:20 hit place=甲县 text=停水
        00:20 expect opened #2 III 甲县 to desk
        00:20 expect opened #2 III 甲县 to pager
        "#,
    );
}

#[test]
fn the_new_one_stands_where_its_own_posts_put_it_and_counts_no_others() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="stories_1h >= 2" I="voices_1h >= 9" calm=3h valid="I 30m"
        00:00 hit place=甲县 id=a text=食堂 source=x
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水 source=x
        00:01 expect raised #1 III 甲县 to desk
        00:02 hit place=甲县 id=c text=停气 source=x
        00:03 hit place=甲县 text=食堂 times=7 source=x
        00:03 expect raised #1 I 甲县 to desk
        00:04 ack 1
        00:10 split 1 b
        00:11 split 1 a c
        00:20 hit place=甲县 text=停水
        00:41 expect lapsed #1 I 甲县 to desk
        "#,
    );
    let tier = |number| incident(&player, number).tier;
    assert_eq!((tier("2"), tier("3")), (Some(Tier::IV), Some(Tier::III)));
}

#[test]
fn split_off_and_merged_back_each_post_counts_once() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 id=a text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水
        00:10 split 1 b
        00:12 hit place=甲县 text=停水
        00:20 merge 2 1
        00:30 hit place=甲县 text=停水
        02:31 expect closed #1 IV 甲县 to desk
        "#,
    );
    assert_eq!(incident(&player, "1").totals.posts, 4);
}

#[test]
fn what_the_old_one_was_merged_into_takes_all_that_came_to_it() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 id=a text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水
        00:10 split 1 b
        00:20 merge 1 2
        00:30 hit place=甲县 text=又一件事
        00:40 hit place=甲县 text=食堂
        02:41 tick
        "#,
    );
    assert_eq!(incident(&player, "2").totals.posts, 4);
}

#[test]
fn another_subject_that_is_merged_into_one_that_was_split_off_goes_there() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 id=a text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水
        00:02 hit place=乙县 text=停电
        00:02 expect opened #2 IV 乙县 to desk
        00:10 split 1 b
        00:20 merge 2 3
        00:30 hit place=乙县 text=又一件事
        00:40 hit place=甲县 text=再一件事
        02:41 expect closed #1 IV 甲县 to desk
        "#,
    );
    assert_eq!(
        incident(&player, "1").totals.posts,
        3,
        "a, b and what is new in 甲县"
    );
    assert_eq!(incident(&player, "3").totals.posts, 3, "b and both of 乙县");
}

#[test]
fn merged_into_another_subject_what_was_split_off_still_takes_copies_only() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 id=a text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=甲县 id=b text=停水
        00:02 hit place=乙县 text=停电
        00:02 expect opened #2 IV 乙县 to desk
        00:10 split 1 b
        00:20 merge 3 2
        00:30 hit place=甲县 text=停水
        00:35 hit place=乙县 text=停电
        00:40 hit place=甲县 text=又一件事
        02:36 expect closed #2 IV 乙县 to desk
        02:41 expect closed #1 IV 甲县 to desk
        "#,
    );
    assert_eq!(
        incident(&player, "1").totals.posts,
        3,
        "a, b and what is new"
    );
    assert_eq!(
        incident(&player, "2").totals.posts,
        4,
        "b, its copy and both of 乙县"
    );
}

#[test]
fn only_posts_that_are_shown_can_be_split_off() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" all.III="posts_1h >= 2" calm=2h
        00:00 hit place=甲县 id=a
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=乙县 id=b
        00:01 expect opened #2 III * to desk
        00:02 split 1 b
        00:02 expect refused incident `2026-1` does not quote the post `B`, expected posts that it shows
        00:03 split 2 a
        00:03 expect refused incident `2026-2` is that of all subjects of its topic and has their posts already, expected one of a single subject
        "#
        .replace("`B`", &format!("`{}`", post_id("b")))
        .as_str(),
    );
}
