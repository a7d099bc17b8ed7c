//! Stories: edited copies ring once, different events stay apart, reposts join their original.

use fengbiao_alerter::Change;
use fengbiao_model::StoryId;

use crate::script::{Player, check};

/// The post that the scripts begin with.
const BULLETIN: &str = "某县第三中学食堂午饭后有23名学生陆续呕吐腹泻，已经全部送到县人民医院检查，\
                        目前情况稳定，县市场监管局已经封存当天的食材并取样送检，结果预计3天后公布";

/// How many stories the incident with most posts has, and how many posts.
fn counts(player: &Player) -> (u64, u64) {
    let incidents = player.changes.iter().filter_map(|change| match change {
        Change::Incident(incident) => Some((incident.totals.posts, incident.totals.stories)),
        _ => None,
    });
    let (posts, stories) = incidents.max().unwrap();
    (stories, posts)
}

fn stories_after(lines: &[String]) -> (u64, u64) {
    let mut player = Player::new("");
    player.play(r#"00:00 policy IV="posts_1h >= 1""#);
    lines.iter().for_each(|line| player.play(line));
    counts(&player)
}

fn hits(texts: &[&str]) -> Vec<String> {
    let hit = |(minute, text)| format!("00:{minute:02} hit tell=\"{text}\"");
    (1..).zip(texts).map(hit).collect()
}

#[test]
fn copies_are_one_story_and_others_are_not() {
    let prefixed = format!("转发//【紧急扩散】{BULLETIN}");
    let cut: String = BULLETIN.chars().take(45).collect::<String>() + "...展开全文";
    let advertised = format!("{BULLETIN}加微信领取优惠券，名额有限先到先得！");
    let traditional = BULLETIN
        .replace('县', "縣")
        .replace('学', "學")
        .replace('检', "檢");
    let bare = BULLETIN.replace(['，', '、'], " ");
    let ending = format!(
        "{}希望学校给家长一个说法",
        BULLETIN.chars().take(70).collect::<String>()
    );
    let other_numbers = BULLETIN.replace("23", "41").replace("3天", "5天");
    let other_event = "城东小区从昨晚十点开始停电，到今天早上还没有恢复，物业说是电缆被挖断，\
                       抢修人员还没有到，电梯里困了两个人刚救出来";
    // Name, the second post, stories of the two.
    let cases = [
        ("equal", BULLETIN, 1),
        ("prefixed", &prefixed, 1),
        ("cut", &cut, 1),
        ("advertisement", &advertised, 1),
        ("script", &traditional, 1),
        ("punctuation", &bare, 1),
        ("ending", &ending, 1),
        ("other numbers", &other_numbers, 2),
        ("another event", other_event, 2),
    ];
    for (name, second, stories) in cases {
        assert_eq!(
            stories_after(&hits(&[BULLETIN, second])),
            (stories, 2),
            "{name}"
        );
        assert_eq!(
            stories_after(&hits(&[second, BULLETIN])),
            (stories, 2),
            "{name}, turned"
        );
    }
}

#[test]
fn short_texts_have_to_be_nearly_equal() {
    let cases = [
        ("某县食堂学生呕吐", "某县食堂学生呕吐！！", 1),
        ("某县食堂学生呕吐", "邻县食堂学生呕吐", 2),
        ("某市新增5例", "某市新增7例", 2),
        ("停电", "停水", 2),
    ];
    for (one, other, stories) in cases {
        assert_eq!(
            stories_after(&hits(&[one, other])),
            (stories, 2),
            "{one} {other}"
        );
    }
}

#[test]
fn edited_copies_ring_once() {
    check(&format!(
        r#"
        00:00 policy IV="stories_1h >= 1" III="stories_1h >= 2" calm=24h
        00:01 hit place=甲县 tell="{BULLETIN}"
        00:01 expect opened #1 IV 甲县 to desk
        00:02 hit place=甲县 tell="转发//{BULLETIN}"
        00:03 hit place=甲县 tell="{BULLETIN}更多精彩内容请下载客户端"
        00:04 hit place=甲县 tell="城东小区从昨晚十点开始停电，到今天早上还没有恢复"
        00:04 expect raised #1 III 甲县 to desk
        "#
    ));
}

#[test]
fn copies_join_after_a_restart_too() {
    check(&format!(
        r#"
        00:00 policy IV="stories_1h >= 1" III="stories_1h >= 2" calm=24h
        00:01 hit place=甲县 tell="{BULLETIN}"
        00:01 expect opened #1 IV 甲县 to desk
        00:02 restart
        00:03 hit place=甲县 tell="转发//{BULLETIN}"
        00:04 restart
        00:05 hit place=甲县 tell="城东小区从昨晚十点开始停电，到今天早上还没有恢复"
        00:05 expect raised #1 III 甲县 to desk
        "#
    ));
}

#[test]
fn a_repost_joins_its_original_where_that_is_remembered() {
    let original = format!("00:01 hit id=1 tell=\"{BULLETIN}\"");
    let repost = |minute, id, of| {
        format!("00:{minute:02} hit id={id} repost={of} tell=\"太吓人了，孩子们没事吧\"")
    };
    let lines = [original.clone(), repost(2, 2, 1), repost(3, 3, 2)];
    assert_eq!(stories_after(&lines), (1, 3), "also the repost of a repost");
    let lines = [original.clone(), repost(2, 2, 99)];
    assert_eq!(stories_after(&lines), (2, 2), "the original is not known");
    let lines = [original, "00:02 restart".to_owned(), repost(3, 2, 1)];
    assert_eq!(stories_after(&lines), (1, 2), "after a restart");
}

#[test]
fn reach_is_the_sum_over_posts_and_what_a_post_gains_counts_where_it_was_first_found() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="reach_10m >= 100" II="reach_10m >= 200" calm=24h
        00:01 hit id=1 place=甲县 reach=30
        00:01 expect opened #1 IV 甲县 to desk
        00:02 hit id=2 place=甲县 reach=60
        00:03 hit id=1 place=甲县 reach=20
        00:04 hit id=1 place=甲县 reach=30
        00:05 hit id=1 place=甲县 reach=40
        00:05 expect raised #1 III 甲县 to desk
        00:06 restart
        00:30 hit id=2 place=甲县 reach=159
        00:31 hit id=2 place=甲县 reach=160
        00:31 expect raised #1 II 甲县 to desk
        "#,
    );
}

/// A delivery that comes late says that the post was there before, not that it was counted there.
#[test]
fn what_a_post_gains_counts_where_it_was_counted_though_it_was_found_before() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="reach_10m >= 100" calm=24h
        02:00 hit id=1 place=甲县 reach=30
        02:00 expect opened #1 IV 甲县 to desk
        02:01 hit id=1 place=甲县 reach=30 found=00:30
        02:02 hit id=1 place=甲县 reach=120
        02:02 expect raised #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn calm_counts_copies_as_one_story_beside_another_while_both_are_in_the_window() {
    // The copy at 02:00 stands beside what was told at 00:30; the one at 03:00 stands alone.
    check(
        r#"
        00:00 policy IV="stories_1h >= 1" III="stories_2h >= 2" calm=2h
        00:00 hit place=甲县 text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:20 hit place=甲县 text=食堂
        00:30 hit place=甲县 text=停水
        00:30 expect raised #1 III 甲县 to desk
        02:00 hit place=甲县 text=食堂
        03:00 hit place=甲县 text=食堂
        04:01 expect calmed #1 IV 甲县 to desk
        05:01 expect closed #1 IV 甲县 to desk
        "#,
    );
}

#[test]
fn a_new_story_beside_a_copy_puts_calm_off() {
    check(
        r#"
        00:00 policy IV="stories_1h >= 1" III="stories_2h >= 2" calm=2h
        00:00 hit place=甲县 text=食堂
        00:00 expect opened #1 IV 甲县 to desk
        00:30 hit place=甲县 text=停水
        00:30 expect raised #1 III 甲县 to desk
        02:00 hit place=甲县 text=食堂
        03:30 hit place=甲县 text=停电
        05:31 expect closed #1 III 甲县 to desk
        "#,
    );
}

#[test]
fn what_a_post_gains_counts_in_no_window_where_the_post_did_not() {
    check(
        r#"
        00:00 policy IV="posts_1h >= 1" III="reach_10m >= 100" calm=24h
        00:01 hit id=1 place=甲县 reach=10
        00:01 expect opened #1 IV 甲县 to desk
        00:01 hit id=2 place=甲县 reach=10 published=30h
        00:02 hit id=2 place=甲县 reach=500 published=30h
        00:03 hit id=3 place=乙县 reach=500
        00:03 expect opened #2 III 乙县 to desk
        "#,
    );
}

#[test]
fn a_story_is_remembered_as_long_as_a_window_counts_it() {
    let mut player = Player::new("");
    player.play(r#"00:00 policy IV="posts_1h >= 1""#);
    player.play(&format!("00:01 hit tell=\"{BULLETIN}\""));
    player.play("00:01 byhand");
    let told = |player: &Player| -> Vec<StoryId> {
        let records = player.alerter.records().into_iter();
        let told = records.filter_map(|record| match record {
            Change::Told(_, story, _) => Some(story),
            _ => None,
        });
        told.collect()
    };
    assert_eq!(told(&player).len(), 1);
    player.play("1439:00 mark end");
    assert_eq!(told(&player).len(), 1);
    player.play("1440:01 mark end");
    assert_eq!(told(&player).len(), 0);
    let forgets = |change: &Change| matches!(change, Change::ForgetTold(..));
    assert_eq!(
        player
            .changes
            .iter()
            .filter(|change| forgets(change))
            .count(),
        1
    );
}

/// The links beside the quotes of the latest notice: the post quoted, its copies, and where the
/// widest of the others can be read.
fn links(player: &Player) -> Vec<(u64, Option<(String, u64)>)> {
    let quotes = player.notices.last().unwrap().quotes.iter();
    let link = |quote: &fengbiao_model::Quote| {
        let copy = quote.widest_copy.as_ref();
        let copy = copy.map(|copy| (copy.url.clone(), copy.reach));
        (quote.copies, copy)
    };
    quotes.map(link).collect()
}

#[test]
fn a_quote_with_copies_leads_to_the_widest_other_one_whose_link_is_known() {
    let mut player = Player::new("");
    for line in [
        r#"00:00 policy IV="posts_1h >= 6""#,
        "00:00 hit text=一 id=a url=https://a.example.org/1 reach=3",
        "00:01 hit text=一 id=b url=https://b.example.org/2 reach=7",
        "00:02 hit text=一 id=c reach=90",
        "00:03 hit text=一 id=d url=https://d.example.org/4 reach=7",
        "00:04 hit text=二 id=e url=https://e.example.org/5 reach=500",
        "00:05 hit text=三 id=f reach=2",
        "00:06 tick",
    ] {
        player.play(line);
    }
    // The first of the first story; the second story has one post, the third too.
    let widest = Some(("https://b.example.org/2".to_owned(), 7));
    assert_eq!(links(&player), [(4, widest), (1, None), (1, None)]);
}

#[test]
fn a_purged_copy_is_linked_to_by_no_later_notice() {
    let mut player = Player::new("");
    for line in [
        r#"00:00 policy IV="posts_1h >= 2" III="posts_1h >= 3""#,
        "00:00 hit text=一 id=a url=https://a.example.org/1",
        "00:01 hit text=一 id=b url=https://b.example.org/2",
        "00:02 purge b",
        "00:03 hit text=二 id=c",
        "00:04 tick",
    ] {
        player.play(line);
    }
    assert_eq!(links(&player), [(2, None), (1, None)]);
}
