//! What a notice says of its own way and of whoever has taken the incident on.

use fengbiao_model::{AcknowledgementEnd, HeldBack, Notice};

use crate::script::{Player, check, shown};

/// Who took the incident on and when, until when that holds, and why it does no longer.
fn taken(notice: &Notice) -> Option<String> {
    let taken = notice.taken_on.as_ref()?;
    let (by, at) = (&taken.acknowledgement.by, taken.acknowledgement.at);
    let until = taken.until.map(|until| format!(" until {}", shown(until)));
    let ended = taken.ended.map(|ended| format!(" {}", ended.as_str()));
    let after = until.or(ended).unwrap_or_default();
    Some(format!("{by} {}{after}", shown(at)))
}

fn all_taken(player: &Player) -> Vec<Option<String>> {
    player.notices.iter().map(taken).collect()
}

#[test]
fn a_notice_says_who_has_taken_it_on_and_why_that_holds_no_longer() {
    let player = check(
        r#"
        00:00 policy IV="posts_9h >= 1" III="posts_1h >= 2" II="posts_1h >= 4" deadline="verify III 30m 0s" valid="III 2h; II 2h" calm=6h
        00:00 hit place=甲县
        00:00 expect opened #1 IV 甲县 to desk
        00:00 hit place=甲县
        00:00 expect raised #1 III 甲县 to desk
        00:10 ack 1
        00:30 expect deadline_missed #1 III 甲县 to desk
        00:40 hit place=甲县 times=2
        00:40 expect raised #1 II 甲县 to desk
        00:50 ack 1
        02:50 expect lapsed #1 II 甲县 to desk
        03:00 close 1
        03:00 expect closed #1 II 甲县 to desk
        04:00 hit place=甲县
        04:00 expect reopened #1 IV 甲县 to desk
        "#,
    );
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        all_taken(&player),
        [
            None,
            None,
            said("duty 00:10 until 02:10"),
            said("duty 00:10 raised"),
            said("duty 00:50 expired"),
            said("duty 00:50 expired"),
            None,
        ]
    );
    let lapsed = player.notices[4].taken_on.as_ref().unwrap();
    assert_eq!(lapsed.ended, Some(AcknowledgementEnd::Expired));
}

#[test]
fn after_a_silence_a_notice_says_that_there_was_one_and_why() {
    let player = check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="posts_1h >= 3" calm=24h
        00:00 silence all for=2h
        00:10 hit place=甲县 times=3
        00:20 hit place=乙县
        02:00 expect opened #1 III 甲县 to desk merged 1
        02:00 expect opened #2 IV 乙县 to desk
        02:10 silence all for=2h
        02:20 hit place=丙县
        02:30 unsilence 2
        02:30 expect opened #3 IV 丙县 to desk
        02:40 hit place=丁县
        02:40 expect opened #4 IV 丁县 to desk
        "#,
    );
    let held = player.notices.iter().map(|notice| match &notice.held_back {
        Some(HeldBack::Silence { until, reason }) => format!("{} {reason}", shown(*until)),
        other => format!("{other:?}"),
    });
    assert_eq!(
        held.collect::<Vec<_>>(),
        ["02:00 检修", "02:00 检修", "02:30 检修", "None"]
    );
}

#[test]
fn after_quiet_hours_a_notice_says_so() {
    let player = check(
        r#"
        00:00 policy III="posts_1h >= 1" pager=III quiet="Mon-Sun 22:00-07:00" calm=24h
        01:00 hit place=甲县
        01:00 expect opened #1 III 甲县 to desk
        07:00 expect opened #1 III 甲县 to pager
        "#,
    );
    let held = player.notices.iter().map(|notice| notice.held_back.clone());
    assert_eq!(held.collect::<Vec<_>>(), [None, Some(HeldBack::QuietHours)]);
}

#[test]
fn what_is_told_in_the_notice_of_another_is_in_its_own_record() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" storm=1/10m calm=24h
        00:00 hit place=甲县
        00:00 expect event 1.1 fengbiao opened III count
        00:00 expect opened #1 III 甲县 to desk
        00:01 hit place=乙县
        00:01 expect event 2.1 fengbiao opened III count
        00:01:10 hit place=丙县
        00:01:10 expect event 3.1 fengbiao opened III count
        00:01:30 expect event 3.2 fengbiao told_with #2 desk
        00:01:30 expect opened #2 III 乙县 to desk and #3 III
        "#,
    );
}
