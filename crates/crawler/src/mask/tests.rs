use proptest::prelude::*;

use super::mask;

fn check(text: &str, expected: &str) {
    let masked = mask(text);
    assert_eq!(masked, expected, "{text}");
    assert_eq!(masked.len(), text.len(), "bytes: {text}");
    assert_eq!(
        masked.chars().count(),
        text.chars().count(),
        "characters: {text}"
    );
    assert_eq!(mask(&masked), masked, "twice: {text}");
}

fn stays(text: &str) {
    check(text, text);
}

#[test]
fn telephone_numbers_are_masked() {
    check("电话13812345678。", "电话***********。");
    check("138-1234-5678", "***-****-****");
    check("138 1234 5678", "*** **** ****");
    check("138.1234.5678", "***.****.****");
    check("138-12345678", "***-********");
    check("+8613812345678", "+*************");
    check("+86 138 1234 5678", "+** *** **** ****");
    check("0086-13812345678", "****-***********");
    check("+86138 1234 5678", "+***** **** ****");
    check("１３８１２３４５６７８", "＊＊＊＊＊＊＊＊＊＊＊");
    check("微信wx13812345678", "微信wx***********");
    check("13812345678/13912345678", "***********/***********");
    check("010-62345678", "***-********");
    check("（0571）8765 4321", "（****）**** ****");
    check("01062345678", "***********");
    check("0371-6543210转8", "****-*******转8");
    check("+86 10 6234 5678", "+** ** **** ****");
}

#[test]
fn identity_card_numbers_are_masked() {
    check("身份证110101199003077715", "身份证******************");
    check("11010119900307771X", "******************");
    check("11010119900307771ｘ", "*****************＊");
    check("110101 19900307 7715", "****** ******** ****");
    // No sound date, but the check digit fits (GB 11643).
    check("110105194912310021", "******************");
    check("110101900307771", "***************");
}

#[test]
fn addresses_and_handles_are_masked() {
    check("写信到abc.d@example.org。", "写信到*****@***********。");
    check("ａｂ＠example.org", "＊＊＠***********");
    check("@张三 停水了", "@＊＊ 停水了");
    check("//@somebody_1:停水了", "//@**********:停水了");
    check("＠食客甲，停电", "＠＊＊＊，停电");
    check(
        "@someone@social.example 停电",
        "@*******@************** 停电",
    );
    check("回复@a.b-c: 好", "回复@*****: 好");
    check("@é停", "@×＊");
    check("@𠮷", "@\u{1F7B6}");
    let long = format!("@{}", "停".repeat(40));
    check(&long, &format!("@{}{}", "＊".repeat(30), "停".repeat(10)));
}

#[test]
fn accounts_in_links_are_masked() {
    check(
        "见https://weibo.com/1234567890/NxAb",
        "见https://weibo.com/**********/NxAb",
    );
    check("weibo.com/u/1234567890 停电", "weibo.com/u/********** 停电");
    check(
        "https://m.weibo.cn/detail/4871234567890123",
        "https://m.weibo.cn/detail/4871234567890123",
    );
    check("https://weibo.com/n/张三", "https://weibo.com/n/＊＊");
    check(
        "https://x.com/somebody/status/12",
        "https://x.com/********/status/12",
    );
    check(
        "https://a.example/@name/1?uid=77&p=2",
        "https://a.example/@****/1?uid=**&p=2"
            .replace("/@****", "/*****")
            .as_str(),
    );
    check("https://user:pw@a.example/x", "https://*******@*********/x");
    check("http://a.example/u/123，好", "http://a.example/u/***，好");
    check(
        "https://a.example/user/profile/5f00/64ab",
        "https://a.example/user/profile/****/64ab",
    );
}

#[test]
fn what_names_nobody_stays() {
    for text in [
        "",
        "停电",
        "#三中食堂#",
        "拨打110、119、120、122",
        "12315和12345",
        "客服95588、96110",
        "400-820-8820",
        "4008208820",
        "800-820-8820",
        "+86 400-820-8820",
        "10086",
        "12306",
        "π=3.14159",
        "2020-2023",
        "2026年11月23日 14:05",
        "20261123",
        "2026-11-23 14:05:09",
        "13800元",
        "13812345678元",
        "订单913812345678",
        "单号1381234567890123",
        "12812345678",
        "6222021001138123456",
        "4871234567890123",
        "192.168.1.1",
        "1-381-234-5678",
        "¥199.00",
        "9:30-11:30",
        "第1380期",
        "https://news.example/a/2026-11-23/5.html",
        "a@b",
        "@",
        "@ 张三",
        "3@ 5",
        "021-12345",
        "0571-12345",
    ] {
        if text == "a@b" {
            check(text, "a@*");
        } else {
            stays(text);
        }
    }
}

/// Whoever can send a post must not be able to keep the crawler busy: all of this takes a time
/// that grows with the length alone (a square of it would be minutes).
#[test]
fn the_longest_texts_are_no_burden() {
    for unit in [
        "a",
        "1",
        "@",
        "停",
        "/",
        ".",
        "weibo.com/",
        "http://",
        "1-",
        "@a",
        "a@",
        "&uid=",
    ] {
        let text = unit.repeat(fengbiao_model::MAX_TEXT_BYTES / unit.len());
        let masked = mask(&text);
        assert_eq!(masked.len(), text.len());
        let mentions = super::mask_mentions(&text, unit, masked);
        assert_eq!(mentions.len(), text.len());
    }
}

proptest! {
    #[test]
    fn a_mask_keeps_every_offset(text in "[@＠0-9０-９a-z停电.:/＊* \\-+()xX?=&#é𠮷\u{0}]{0,80}") {
        let masked = mask(&text);
        prop_assert_eq!(masked.len(), text.len());
        let offsets = |text: &str| text.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
        prop_assert_eq!(offsets(&masked), offsets(&text));
        prop_assert_eq!(mask(&masked), masked.as_ref());
    }

    #[test]
    fn any_text_is_masked_without_a_panic(text in "\\PC{0,60}|https?://\\PC{0,60}") {
        prop_assert_eq!(mask(&text).len(), text.len());
    }
}
