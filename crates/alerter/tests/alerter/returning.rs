//! A closed incident that returns: under its number within a set time, later as a new one with a
//! link to the old.

use crate::script::check;

#[test]
fn it_keeps_its_number_within_the_set_time() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h reopen=72h
        00:00 hit place=甲县
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        02:01 expect event 1.2 fengbiao closed calm
        02:01 expect closed #1 IV 甲县 to desk
        71:59 hit place=甲县
        71:59 expect event 1.3 fengbiao reopened
        71:59 expect event 1.4 fengbiao tier_changed - IV count
        71:59 expect reopened #1 IV 甲县 to desk
        74:00 expect event 1.5 fengbiao closed calm
        74:00 expect closed #1 IV 甲县 to desk
        146:00 hit place=甲县
        146:00 expect event 2.1 fengbiao opened IV count
        146:00 expect event 2.2 fengbiao follows_up #1
        146:00 expect opened #2 IV 甲县 to desk
        "#,
    );
}

#[test]
fn what_a_person_closed_returns_as_well() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h reopen=72h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:10 close 1
        00:10 expect closed #1 IV 甲县 to desk
        00:20 hit place=甲县 found=00:09
        20:00 hit place=甲县
        20:00 expect reopened #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn the_link_reaches_thirty_days_and_past_what_is_in_memory() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" calm=2h reopen=24h
        00:00 hit place=甲县
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        02:01 expect event 1.2 fengbiao closed calm
        02:01 expect closed #1 IV 甲县 to desk
        719:00 hit place=甲县
        719:00 expect event 2.1 fengbiao opened IV count
        719:00 expect event 2.2 fengbiao follows_up #1
        719:00 expect opened #2 IV 甲县 to desk
        721:01 expect event 2.3 fengbiao closed calm
        721:01 expect closed #2 IV 甲县 to desk
        1440:00 hit place=甲县
        1440:00 expect event 3.1 fengbiao opened IV count
        1440:00 expect opened #3 IV 甲县 to desk
        "#,
    );
}

#[test]
fn people_open_it_again_as_their_own() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" calm=2h pager=III wait=30s
        00:00 hit place=甲县 times=2
        00:00 expect withheld not_routed pager
        00:00:30 expect opened #1 III 甲县 to desk merged 1
        00:00:30 expect opened #1 III 甲县 to pager
        00:10 close 1
        00:10 expect withheld lowered pager
        00:10 expect closed #1 III 甲县 to desk
        00:20 reopen 1 note=并未处理完
        00:20 expect withheld acknowledged desk
        00:20 expect withheld acknowledged pager
        04:00 tick
        "#,
    );
}

#[test]
fn opened_again_it_stands_where_it_still_is_true() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 2" calm=2h
        00:00 hit place=甲县 times=2
        00:00 expect event 1.1 fengbiao opened IV count
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect event 1.2 fengbiao tier_changed IV III count
        00:00 expect raised #1 III 甲县 to desk
        00:10 close 1
        00:10 expect event 1.3 duty closed 查清
        00:10 expect closed #1 III 甲县 to desk
        00:20 reopen 1 note=并未处理完
        00:20 expect event 1.4 duty reopened 并未处理完
        00:20 expect event 1.5 duty acknowledged
        00:30 hit place=甲县
        02:31 expect event 1.6 fengbiao closed calm
        "#,
    );
}
