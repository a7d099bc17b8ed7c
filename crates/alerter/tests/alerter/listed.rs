//! Ranking sources: places, time on a list, lists at once.

use fengbiao_alerter::{Alerter, Change};

use crate::script::{check, measured};

#[test]
fn the_best_place_counts_and_a_post_without_one_does_not() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="rank_best_1h <= 10"
        00:01 hit place=甲县
        00:01 expect opened #1 IV 甲县 to desk
        00:02 hit place=甲县 source=list rank=11
        00:03 hit place=甲县 source=list rank=10
        00:03 expect raised #1 III 甲县 to desk
        00:04 hit place=乙县 source=list days=1
        00:04 expect opened #2 IV 乙县 to desk
        "#,
    );
    assert_eq!(measured(&player.notices[1], "rank_best_1h"), Some(10.0));
}

#[test]
fn where_nothing_has_a_place_it_is_behind_every_list() {
    let player = check(
        r#"
        00:00 policy III="rank_best_1h > 50"
        00:01 hit place=甲县
        00:01 expect opened #1 III 甲县 to desk
        "#,
    );
    assert_eq!(
        measured(&player.notices[0], "rank_best_1h"),
        Some(1_000_000.0)
    );
}

#[test]
fn a_title_that_climbs_is_no_new_post_but_raises() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="rank_best_1h <= 3" II="posts_1h >= 2" calm=48h
        00:01 hit id=a place=甲县 source=list rank=40
        00:01 expect opened #1 IV 甲县 to desk
        05:00 hit id=a place=甲县 source=list rank=9
        06:00 hit id=a place=甲县 source=list rank=2
        06:00 expect raised #1 III 甲县 to desk
        "#,
    );
    assert_eq!(player.notices[1].totals.posts, 1);
}

#[test]
fn hours_are_counted_from_the_first_delivery() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="list_hours_1h >= 6" calm=48h
        00:01 hit id=a place=甲县 source=list rank=40
        00:01 expect opened #1 IV 甲县 to desk
        06:00 hit id=a place=甲县 source=list rank=44
        06:01 hit id=a place=甲县 source=list rank=45
        06:01 expect raised #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_list_that_says_its_days_need_not_have_been_read_before() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="list_hours_1h >= 24"
        00:01 hit place=甲县 source=list days=1
        00:01 expect opened #1 IV 甲县 to desk
        00:02 hit place=甲县 source=list days=2
        00:02 expect raised #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_post_found_again_elsewhere_is_on_no_list() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="list_hours_1h >= 1 || lists_1h >= 1"
        00:01 hit id=a place=甲县
        00:01 expect opened #1 IV 甲县 to desk
        03:00 hit id=a place=甲县
        "#,
    );
}

#[test]
fn lists_at_once() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="lists_1h >= 2"
        00:01 hit id=a place=甲县 source=list-a rank=7
        00:01 expect opened #1 IV 甲县 to desk
        00:02 hit place=甲县 source=forum
        00:03 hit place=甲县 source=list-a rank=8
        00:50 hit id=b place=甲县 source=list-b rank=30
        00:50 expect raised #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn it_does_not_calm_while_a_list_holds_it() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="lists_1h >= 1" calm=2h
        00:01 hit id=a place=甲县 source=list rank=7
        00:01 expect opened #1 III 甲县 to desk
        01:30 hit id=a place=甲县 source=list rank=7
        03:00 hit id=a place=甲县 source=list rank=9
        04:30 hit id=a place=甲县 source=list rank=20
        06:31 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn a_new_post_joins_what_a_list_keeps_open() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="lists_1h >= 1" calm=2h
        00:01 hit id=a place=甲县 source=list rank=7
        00:01 expect opened #1 III 甲县 to desk
        01:30 hit id=a place=甲县 source=list rank=7
        03:00 hit id=a place=甲县 source=list rank=9
        04:30 hit id=a place=甲县 source=list rank=20
        05:00 hit id=b place=甲县
        07:01 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn what_a_list_kept_open_returns_within_the_time_that_counts_from_there() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="lists_1h >= 1" calm=2h reopen=24h
        00:01 hit id=a place=甲县 source=list rank=7
        00:01 expect opened #1 III 甲县 to desk
        01:30 hit id=a place=甲县 source=list rank=7
        03:00 hit id=a place=甲县 source=list rank=9
        05:01 expect closed #1 III 甲县 to desk
        26:00 hit id=b place=甲县
        26:00 expect reopened #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn an_old_post_stays_uncounted_when_a_list_brings_it_again() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="lists_1h >= 1"
        30:00 hit id=a place=甲县 source=list rank=7 published=25h
        31:00 hit id=a place=甲县 source=list rank=7 published=26h
        "#,
    );
}

#[test]
fn deliveries_out_of_order_know_how_far_they_lie_apart() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="list_hours_1h >= 3" calm=24h
        05:00 hit id=a place=甲县 source=list rank=7
        05:00 expect opened #1 IV 甲县 to desk
        05:01 hit id=a place=甲县 source=list rank=9 found=02:00
        05:01 expect raised #1 III 甲县 to desk late
        "#,
    );
}

#[test]
fn what_lists_said_is_restored() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="list_hours_1h >= 24 && rank_best_1h <= 5 && lists_1h >= 2" calm=48h
        00:01 hit id=a place=甲县 source=list rank=7
        00:01 expect opened #1 IV 甲县 to desk
        00:40 hit id=a place=甲县 source=other rank=5 days=1
        "#,
    );
    let restored = Alerter::restore(player.alerter.records()).unwrap();
    assert_eq!(restored.records(), player.alerter.records());
    let mut listed = restored
        .records()
        .into_iter()
        .filter_map(|record| match record {
            Change::Bucket(_, bucket) => bucket.listed.rank_best,
            _ => None,
        });
    assert!(listed.any(|rank| rank == 5));
}
