//! Rules that meet: each pair that has no script where one of the two is at home.

use crate::script::check;

#[test]
fn inhibition_and_escalation() {
    // While another incident speaks for it nobody is asked; the step's time runs from the telling.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" topics=power inhibit=power>food chain="duty/lead" within="III 10m" calm=24h
        00:00 hit topic=power place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:01 ack 1
        00:02 hit place=甲县
        00:02 expect withheld inhibited desk
        00:02 expect withheld inhibited duty
        02:00 close 1
        02:00 expect withheld lowered duty
        02:00 expect closed #1 III 甲县 to desk
        02:00 expect opened #2 III 甲县 to desk
        02:00 expect opened #2 III 甲县 to duty
        02:10 ack 2
        02:10 expect escalated #2 III 甲县 to lead after duty
        03:00 tick
        "#,
    );
}

#[test]
fn storm_and_escalation() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=1/10m chain="duty/lead" within="III 10m" calm=24h
        00:00 hit place=甲县
        00:00 hit place=乙县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:00:30 expect opened #2 III 乙县 to desk
        00:00:30 expect opened #2 III 乙县 to duty
        00:10 expect escalated #1 III 甲县 to lead after duty
        00:11 expect escalated #2 III 乙县 to lead after duty
        00:20 expect unanswered #1 III 甲县 to all after duty,lead
        00:21:30 expect unanswered #2 III 乙县 to all after duty,lead
        00:30 ack 1
        00:30 ack 2
        01:00 tick
        "#,
    );
}

#[test]
fn catch_up_and_escalation() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" calm=24h
        03:00 byhand
        03:00 mark found=03:00
        04:00 mark found=03:01
        04:00 hit place=甲县 found=03:01
        04:03 mark end
        04:03 byitself
        04:03 expect opened #1 III 甲县 to desk late
        04:03 expect opened #1 III 甲县 to duty late
        04:13 expect escalated #1 III 甲县 to lead after duty
        04:14 ack 1
        "#,
    );
}

#[test]
fn expiry_and_silence() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" valid="III 1h" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        00:30 silence 1 for=2h
        02:30 expect lapsed #1 III 甲县 to desk
        02:30 expect lapsed #1 III 甲县 to duty
        02:40 expect escalated #1 III 甲县 to lead after duty
        02:50 ack 1
        02:50 expect unanswered #1 III 甲县 to all after duty,lead
        03:00 tick
        "#,
    );
}

#[test]
fn expiry_and_quiet_hours() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 02:00-07:00" valid="III 4h" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:05 ack 1
        04:05 expect lapsed #1 III 甲县 to desk
        07:00 expect lapsed #1 III 甲县 to pager
        08:00 ack 1
        08:01 tick
        "#,
    );
}

#[test]
fn deadline_and_quiet_hours() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" pager=III quiet="Mon-Sun 02:00-07:00" deadline="answer III 4h 0s" calm=24h
        00:00 hit place=甲县
        00:00 hit place=乙县 times=3
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:00 expect opened #2 III 乙县 to desk
        00:00 expect opened #2 III 乙县 to pager
        00:00 expect raised #2 II 乙县 to desk
        00:00 expect raised #2 II 乙县 to pager
        04:00 expect deadline_missed #1 III 甲县 to desk
        04:00 expect deadline_missed #2 II 乙县 to desk
        04:00 expect deadline_missed #2 II 乙县 to pager
        07:00 expect deadline_missed #1 III 甲县 to pager
        08:00 tick
        "#,
    );
}

#[test]
fn deadline_and_inhibition() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" topics=power inhibit=power>food deadline="answer III 4h 0s" calm=24h
        00:00 hit topic=power place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:01 hit place=甲县
        04:00 expect deadline_missed #1 III 甲县 to desk
        04:01 expect deadline_missed #2 III 甲县 to desk merged 1
        05:00 tick
        "#,
    );
}

#[test]
fn deadline_and_storm() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=2/10m deadline="answer III 4h 0s" calm=24h
        00:00 hit place=甲县
        00:00 hit place=乙县
        00:00 hit place=丙县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #2 III 乙县 to desk
        00:00:30 expect opened #3 III 丙县 to desk
        04:00 expect deadline_missed #1 III 甲县 to desk
        04:00 expect deadline_missed #2 III 乙县 to desk
        04:00:30 expect deadline_missed #3 III 丙县 to desk
        05:00 tick
        "#,
    );
}

#[test]
fn deadline_and_merge() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="answer III 4h 0s" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        01:00 hit place=乙县
        01:00 expect opened #2 III 乙县 to desk
        02:00 merge 1 2
        04:00 expect deadline_missed #2 III 乙县 to desk
        06:00 tick
        "#,
    );
}

#[test]
fn what_is_late_and_merge() {
    // The pager sleeps when the end passes, and is told of it where it is owed from then on.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 02:00-07:00" deadline="answer III 3h 0s" calm=48h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        01:00 hit place=乙县
        01:00 expect opened #2 III 乙县 to desk
        01:00 expect opened #2 III 乙县 to pager
        03:00 expect deadline_missed #1 III 甲县 to desk
        03:30 merge 1 2
        07:00 expect deadline_missed #2 III 乙县 to pager
        20:00 tick
        "#,
    );
}

#[test]
fn grade_and_merge() {
    // Only a part of the matter was looked at.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" deadline="verify III 4h 0s" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        01:00 hit place=乙县
        01:00 expect opened #2 III 乙县 to desk
        01:30 grade 1 III
        02:00 merge 1 2
        04:00 expect deadline_missed #2 III 乙县 to desk
        20:00 tick
        "#,
    );
}

#[test]
fn silence_and_grouping() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" wait=5m calm=24h
        00:00 silence food for=2m
        00:01 hit place=甲县
        00:03 silence food from=00:05 for=10m
        00:15 expect opened #1 III 甲县 to desk
        01:00 tick
        "#,
    );
}

#[test]
fn silence_and_merge() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" chain="duty/lead" within="III 10m" calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:01 silence 1 for=1h
        00:10 hit place=乙县 times=3
        00:10 expect opened #2 IV 乙县 to desk
        00:10 expect raised #2 III 乙县 to desk
        00:10 expect opened #2 III 乙县 to duty
        00:15 merge 2 1
        01:01 expect raised #1 III 甲县 to desk
        01:01 expect opened #1 III 甲县 to duty
        01:11 expect escalated #1 III 甲县 to lead after duty
        01:21 expect unanswered #1 III 甲县 to all after duty,lead
        01:30 ack 1
        "#,
    );
}

#[test]
fn silence_and_raise() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" pager=III calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to pager
        00:01 silence 1 for=1h
        00:10 hit place=甲县 times=2
        01:01 expect raised #1 II 甲县 to desk
        01:01 expect raised #1 II 甲县 to pager
        01:30 tick
        "#,
    );
}

#[test]
fn quiet_hours_and_calm() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 01:00-07:00" calm=2h
        00:30 hit place=甲县
        00:30 expect opened #1 III 甲县 to desk
        00:30 expect opened #1 III 甲县 to pager
        01:30 hit place=乙县
        01:30 expect opened #2 III 乙县 to desk
        02:31 expect closed #1 III 甲县 to desk
        03:31 expect closed #2 III 乙县 to desk
        08:00 tick
        "#,
    );
}

#[test]
fn quiet_hours_and_storm() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 01:00-07:00" storm=2/10m calm=24h
        02:00 hit place=甲县
        02:00 expect opened #1 III 甲县 to desk
        02:20 hit place=乙县
        02:20 expect opened #2 III 乙县 to desk
        02:40 hit place=丙县
        02:40 expect opened #3 III 丙县 to desk
        03:00 hit place=丁县
        03:00 expect opened #4 III 丁县 to desk
        07:00 expect opened #1 III 甲县 to pager
        07:00 expect opened #2 III 乙县 to pager
        07:00:30 expect opened #3 III 丙县 to pager and #4 III
        08:00 tick
        "#,
    );
}

#[test]
fn repeat_and_quiet_hours() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 01:00-07:00" repeat=2h calm=24h
        00:30 hit place=甲县
        00:30 expect opened #1 III 甲县 to desk
        00:30 expect opened #1 III 甲县 to pager
        02:30 expect repeated #1 III 甲县 to desk
        04:30 expect repeated #1 III 甲县 to desk
        06:30 expect repeated #1 III 甲县 to desk
        07:00 expect repeated #1 III 甲县 to pager
        08:30 expect repeated #1 III 甲县 to desk
        09:00 expect repeated #1 III 甲县 to pager
        09:30 ack 1
        "#,
    );
}

#[test]
fn repeat_and_silence() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" repeat=1h calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:30 silence 1 for=2h
        03:00 expect repeated #1 III 甲县 to desk
        03:30 ack 1
        04:30 tick
        "#,
    );
}

#[test]
fn repeat_and_raise() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" repeat=1h calm=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:50 hit place=甲县 times=2
        00:50 expect raised #1 II 甲县 to desk
        01:50 expect repeated #1 II 甲县 to desk
        01:55 ack 1
        04:30 tick
        "#,
    );
}

#[test]
fn split_and_escalation() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" calm=24h
        00:00 hit id=a place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:01 hit id=b place=甲县
        00:02 ack 1
        00:05 split 1 b
        00:30 tick
        "#,
    );
}

#[test]
fn return_and_acknowledgement() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" chain="duty/lead" within="III 10m" calm=2h reopen=24h
        00:00 hit place=甲县
        00:00 expect opened #1 III 甲县 to desk
        00:00 expect opened #1 III 甲县 to duty
        00:05 ack 1
        02:01 expect closed #1 III 甲县 to desk
        04:00 hit place=甲县
        04:00 expect reopened #1 III 甲县 to desk
        04:00 expect reopened #1 III 甲县 to duty
        04:10 expect escalated #1 III 甲县 to lead after duty
        04:11 ack 1
        06:01 expect closed #1 III 甲县 to desk
        08:00 tick
        "#,
    );
}

#[test]
fn catch_up_and_silence() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" calm=24h
        03:00 byhand
        03:00 mark found=03:00
        03:59 silence food for=2m
        04:00 mark found=03:01
        04:00 hit place=甲县 found=03:01
        04:03 mark end
        04:03 byitself
        04:03 expect opened #1 III 甲县 to desk late
        04:30 tick
        "#,
    );
}

#[test]
fn catch_up_and_storm() {
    // What a storm holds does not go when the pipeline has caught up, but when it was said to.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=1/10m calm=24h
        03:00 byhand
        03:00 mark found=03:00
        04:00 mark found=03:01
        04:00 hit place=甲县 found=03:01
        04:00 hit place=乙县 found=03:01
        04:05 expect opened #1 III 甲县 to desk late
        04:05:10 mark end
        04:05:10 byitself
        04:05:30 expect opened #2 III 乙县 to desk late
        04:30 tick
        "#,
    );
}

#[test]
fn quiet_hours_and_the_change_of_the_clocks() {
    // 2026-03-29, Berlin: 07:00 there is 05:00 UTC, a day before it was 06:00. 2088 hours after
    // the first midnight of the year is that day's midnight in UTC.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 22:00-07:00" zone=Europe/Berlin calm=2h
        00:00 asleep 2068:00
        2068:00 hit place=甲县
        2068:00 expect opened #1 III 甲县 to desk
        2070:00 expect opened #1 III 甲县 to pager
        2070:01 expect closed #1 III 甲县 to desk
        2071:00 close 1
        2092:00 hit place=乙县
        2092:00 expect opened #2 III 乙县 to desk
        2093:00 expect opened #2 III 乙县 to pager
        2094:00 close 2
        2094:00 expect closed #2 III 乙县 to desk
        "#,
    );
}

#[test]
fn storm_and_acknowledgement() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=1/10m repeat=1h calm=24h
        00:00 hit place=甲县
        00:00 hit place=乙县
        00:00 hit place=丙县
        00:00 expect opened #1 III 甲县 to desk
        00:00:10 ack 2
        00:00:30 expect opened #3 III 丙县 to desk
        00:01 ack 1
        00:01 ack 3
        03:00 tick
        "#,
    );
}

#[test]
fn inhibition_and_downtime() {
    // What was about to be held when we stopped is held when another process finds it overdue, and
    // told when what mutes it is over.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" topics=power inhibit=power>food calm=24h wait=30s
        00:00 hit topic=power place=甲县
        00:00:30 expect opened #1 III 甲县 to desk
        00:02 hit place=甲县
        00:02 byhand
        00:02 process
        00:02 asleep 05:30
        05:30 expect withheld inhibited desk
        05:30 restart
        05:30 byitself
        06:00 process
        06:01 tick
        07:00 close 1
        07:00 expect closed #1 III 甲县 to desk
        07:00 expect opened #2 III 甲县 to desk
        "#,
    );
}

#[test]
fn inhibition_that_ends_in_a_downtime() {
    // While we did not run the muting one became calm: both speak once we know.
    check(
        r#"
        00:00 policy III="posts_1h >= 1" topics=power inhibit=power>food calm=4h wait=30s
        00:00 hit topic=power place=甲县
        00:00:30 expect opened #1 III 甲县 to desk
        01:00 hit place=甲县
        01:00:30 expect withheld inhibited desk
        01:10 byhand
        01:10 process
        01:10 asleep 04:30
        04:30 byitself
        04:30 expect closed #1 III 甲县 to desk
        04:30 expect opened #2 III 甲县 to desk
        "#,
    );
}

#[test]
fn outage_and_backlog() {
    // We did not run for three hours and read what came meanwhile for more than five minutes: what
    // was waiting is told at once, news five minutes after at the earliest, later news by its own
    // wait, all marked late.
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" II="posts_1h >= 5" calm=24h wait=30s
        00:00 hit place=丙县
        00:00 byhand
        00:00 process
        00:00 asleep 03:00
        03:00 expect opened #1 IV 丙县 to desk
        03:00 mark found=00:02 next=1
        03:00 hit place=甲县 found=00:03
        03:03 mark found=00:04 next=1
        03:03 hit place=甲县 found=00:04 times=2
        03:05 expect opened #2 III 甲县 to desk late merged 1
        03:06 mark found=00:05 next=1
        03:07 hit place=甲县 found=00:06 times=2
        03:07 expect raised #2 II 甲县 to desk late
        03:08 hit place=乙县 found=00:07
        03:08:10 hit place=乙县 found=00:07 times=2
        03:08:25 hit place=乙县 found=00:07 times=2
        03:08:30 expect opened #3 II 乙县 to desk late merged 2
        03:10 byitself
        03:11 hit place=丁县
        03:11:30 expect opened #4 IV 丁县 to desk
        "#,
    );
}
