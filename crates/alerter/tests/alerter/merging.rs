//! Two incidents that are one matter.

use fengbiao_alerter::Change;
use fengbiao_model::*;

use crate::script::{check, incident, number, post_id};

#[test]
fn one_takes_the_other_in_and_its_later_posts() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县 voice=a source=x
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        00:10 hit place=乙县 voice=b source=x
        00:10 expect event 2.1 fengbiao opened IV count
        00:10 expect opened #2 IV 乙县 to desk
        00:20 hit place=乙县 voice=a source=y
        00:30 merge 2 1 note=同一食堂
        00:30 expect event 1.2 duty absorbed #2 同一食堂
        00:30 expect event 2.2 duty merged_into #1 同一食堂
        02:00 hit place=乙县 voice=c source=y
        02:05 ack 2
        02:05 expect refused incident `2026-2` was merged into `2026-1`, expected an open one; hint: do it on `2026-1`
        02:06 reopen 2
        02:06 expect refused incident `2026-2` was merged into `2026-1` and stays so; hint: split posts off from `2026-1`
        02:07 note 2 text=附记
        02:07 expect event 2.3 duty noted 附记
        04:01 expect event 1.3 fengbiao closed calm
        04:01 expect closed #1 IV 甲县 to desk
        "#,
    );
    let one = incident(&player, "1");
    let totals = (one.totals.posts, one.totals.voices, one.totals.sources);
    assert_eq!(totals, (4, 3, 2), "what both had, each once");
    let two = incident(&player, "2");
    assert_eq!(two.merged_into, Some(number("1")));
    assert_eq!((two.totals.posts, two.stage), (2, Stage::Closed));
    let (into, from) = (one.id, two.id);
    assert!(player.changes.contains(&Change::Absorbed(into, from)));
}

#[test]
fn a_post_of_both_counts_once() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h
        00:00 hit place=甲县,乙县 text=同文
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect opened #2 IV 乙县 to desk
        00:01 hit place=乙县 text=同文
        00:10 merge 1 2
        00:20 hit place=甲县,乙县 id=p text=同文
        "#,
    );
    let two = incident(&player, "2");
    assert_eq!(two.totals.posts, 3);
    let copies = player
        .alerter
        .records()
        .into_iter()
        .find_map(|record| match record {
            Change::Story(id, _, copies) if id == two.id => Some(copies),
            _ => None,
        });
    assert_eq!(copies, Some(3));
    let members = player.changes.iter().filter(|change| {
        matches!(change, Change::Member(id, post, _) if *id == two.id && *post == post_id("p"))
    });
    assert_eq!(members.count(), 1);
}

#[test]
fn the_targets_acknowledgement_stays_though_its_tier_goes_up() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" repeat=10m pager=III
        00:00 hit place=甲县
        00:00 expect withheld not_routed pager
        00:00 expect opened #1 IV 甲县 to desk
        00:05 ack 1
        00:06 hit place=乙县 times=3
        00:06 expect withheld not_routed pager
        00:06 expect opened #2 IV 乙县 to desk
        00:06 expect raised #2 III 乙县 to desk
        00:06 expect opened #2 III 乙县 to pager
        00:10 merge 2 1
        00:10 expect withheld acknowledged desk
        00:10 expect withheld acknowledged pager
        03:00 tick
        "#,
    );
}

#[test]
fn an_acknowledgement_does_not_go_over() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" repeat=60m pager=III
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:10 hit place=乙县
        00:10 expect opened #2 III 乙县 to desk
        00:10 expect opened #2 III 乙县 to pager
        00:20 ack 2
        00:30 merge 2 1
        01:00 expect repeated #1 III 甲县 to desk
        01:00 expect repeated #1 III 甲县 to pager
        01:10 tick
        "#,
    );
}

#[test]
fn what_waits_of_the_absorbed_one_is_not_told_and_a_raise_is() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" wait=60s
        00:00 hit place=甲县
        00:01 expect opened #1 IV 甲县 to desk
        00:10 hit place=乙县 times=3
        00:10:10 merge 2 1
        00:10:10 expect withheld superseded desk
        00:10:10 expect raised #1 III 甲县 to desk
        00:20 tick
        "#,
    );
}

#[test]
fn only_what_is_one_matter_is_merged() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" all.III="posts_1h >= 2" calm=2h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=乙县
        00:01 expect opened #2 III * to desk
        00:02 merge 1 1
        00:02 expect refused incident `2026-1` cannot be merged into itself, expected another one
        00:03 merge 1 2
        00:03 expect refused incident `2026-2` is that of all subjects of its topic and has their posts already, expected one of a single subject
        00:04 merge 1 9
        00:04 expect refused there is no incident `2026-9` whose last post was found within 60d
        00:05 close 1
        00:05 expect closed #1 IV 甲县 to desk
        00:06 merge 3 1
        00:06 expect refused incident `2026-1` is closed, expected an open one; hint: reopen it first
        "#,
    );
}

#[test]
fn merged_twice_it_still_takes_the_posts_of_all() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h reopen=24h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 hit place=乙县
        00:01 expect opened #2 IV 乙县 to desk
        00:02 hit place=丙县
        00:02 expect opened #3 IV 丙县 to desk
        00:03 merge 1 2
        00:04 merge 2 3
        00:10 hit place=甲县
        00:11 hit place=乙县
        02:12 expect closed #3 IV 丙县 to desk
        20:00 hit place=甲县
        20:00 expect opened #3 IV 丙县 to desk
        22:01 expect closed #3 IV 丙县 to desk
        200:00 hit place=甲县
        200:00 expect opened #4 IV 甲县 to desk
        "#,
    );
    assert_eq!(incident(&player, "3").totals.posts, 6);
    assert_eq!(incident(&player, "4").follows, Some(number("3")));
}

#[test]
fn a_raise_by_merging_begins_no_chain_where_somebody_has_taken_the_target_on() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" chain="duty/lead" within="III 10m"
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:05 ack 1
        00:06 hit place=乙县 times=3
        00:06 expect opened #2 IV 乙县 to desk
        00:06 expect raised #2 III 乙县 to desk
        00:06 expect opened #2 III 乙县 to duty
        00:10 merge 2 1
        03:00 tick
        "#,
    );
}

#[test]
fn a_post_that_both_quote_is_one_copy_of_the_story_of_both() {
    // The story of the shared post, and one that only the target has: it loses none.
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1"
        00:00 hit place=甲县,乙县 text=x
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect opened #2 IV 乙县 to desk
        00:01 hit place=甲县 text=x
        00:02 hit place=乙县 text=x
        00:03 merge 2 1
        "#,
    );
    let one = incident(&player, "1");
    let records = player.alerter.records().into_iter();
    let copies: Vec<u64> = records
        .filter_map(|record| match record {
            Change::Story(id, _, copies) if id == one.id => Some(copies),
            _ => None,
        })
        .collect();
    assert_eq!((one.totals.posts, copies), (3, vec![3]));
}
