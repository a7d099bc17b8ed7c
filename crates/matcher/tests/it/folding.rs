//! What folding makes equal and what it must leave apart, as tables that read like a
//! specification. A keyword is looked for as `substring:` would be, without word boundaries.

use fengbiao_matcher::scan::{Rarity, Scan, Scanner};

/// What is said of the rows below it, then keyword and text.
type Table = [(&'static str, &'static [(&'static str, &'static str)])];

const MATCH: &Table = &[
    (
        "traditional and simplified, in the keyword as in the text",
        &[
            ("食物中毒", "學校食堂發生食物中毒"),
            ("發燒嘔吐", "孩子发烧呕吐"),
            ("台风", "颱風來了"),
            ("里面有虫", "裏面有蟲，裡面有蟲"),
            ("面条", "麵條發霉"),
            ("头发", "飯裡有頭髮"),
            ("干净", "乾淨"),
        ],
    ),
    (
        "regional and old forms",
        &[
            ("卫生", "衞生署"),
            ("众人", "眾人"),
            ("着火", "倉庫著火"),
            ("群众", "羣眾"),
            ("床", "牀"),
            ("选举", "選擧"),
            ("采矿", "採鑛"),
            ("麻痹", "麻痺"),
        ],
    ),
    (
        "Japanese forms",
        &[
            ("检查", "検査"),
            ("铁路", "鉄道と鉄路"),
            ("发热", "発熱"),
            ("盐", "塩"),
            ("选举", "選挙"),
            ("采矿", "採鉱"),
            ("战斗", "戦闘"),
            ("故乡", "故郷"),
            ("涩谷", "渋谷"),
            ("门户", "門戸"),
            ("价值", "価値"),
        ],
    ),
    (
        "compatibility ideographs and radicals",
        &[
            ("不明", "\u{F967}明"),
            ("一", "\u{2F00}"),
            ("金", "\u{F90A}"),
        ],
    ),
    (
        "full-width, half-width, small and mathematical forms",
        &[
            ("ABC123", "ＡＢＣ１２３"),
            ("カ", "ｶ"),
            ("50%", "50％，50﹪"),
            ("vpn", "𝐕𝐏𝐍"),
            ("110", "𝟏𝟏𝟎"),
        ],
    ),
    (
        "case, beyond ASCII",
        &[
            ("iphone", "IPHONE"),
            ("москва", "МОСКВА"),
            ("σας", "ΣΑΣ"),
            ("kg", "\u{212A}G"),
        ],
    ),
    (
        "letters with marks, precomposed or not",
        &[
            ("cafe", "café"),
            ("cafe", "cafe\u{301}"),
            ("Škoda", "skoda"),
        ],
    ),
    (
        "invisible characters inside a word (a complaint about other matchers)",
        &[
            ("断网", "断\u{200b}网"),
            ("断网", "断\u{2060}网\u{feff}"),
            ("停电", "停\u{ad}电"),
            ("停电", "停\u{fe0f}电"),
            ("停电", "\u{202e}停\u{202c}电"),
            ("停电", "停\u{e0100}电"),
            ("停电", "停\u{20dd}电"),
        ],
    ),
    (
        "characters beyond the Basic Multilingual Plane",
        &[
            ("𠮷野家", "在𠮷野家吃坏肚子"),
            ("🤮", "吃完🤮🤮"),
            ("👨‍👩‍👧", "👨‍👩‍👧"),
        ],
    ),
];

const APART: &Table = &[
    (
        "words with a simplified character that is none of the other's",
        &[
            ("吃饭", "口乞饭"),
            ("么", "幺"),
            ("芸", "艺"),
            ("予以", "豫以"),
            ("欠费", "缺费"),
            ("弁", "辩"),
            ("瓶", "缾子"),
        ],
    ),
    (
        "numerals of other kinds, and numbers in frames (other matchers make 64 of 六四 and ⑥④)",
        &[
            ("64", "六四"),
            ("64", "⑥④"),
            ("12", "¹²"),
            ("1", "①"),
            ("一", "壹"),
            ("0", "〇"),
            ("1", "一"),
            ("5", "Ⅴ"),
        ],
    ),
    (
        "letters that only look or sound alike",
        &[
            ("o", "0"),
            ("l", "1"),
            ("a", "а"),
            ("p", "р"),
            ("微信", "威信"),
            ("死", "4"),
        ],
    ),
    (
        "signs and what they stand for",
        &[
            ("km", "㎞"),
            ("平方", "㎡"),
            ("电话", "☎"),
            ("不等", "≠"),
            ("株式会社", "㍿"),
        ],
    ),
    (
        "forms of two characters",
        &[
            ("ss", "ß"),
            ("ff", "ﬀ"),
            ("ガ", "カ"),
            ("ハ", "バ"),
            ("oe", "œ"),
        ],
    ),
    (
        "what visible characters part",
        &[
            ("停电", "停 电"),
            ("停电", "停。电"),
            ("停电", "停-电"),
            ("停电", "停\n电"),
            ("停电", "停\u{3000}电"),
            ("停电", "停\u{a0}电"),
        ],
    ),
    (
        "vowel signs, which are letters of their script",
        &[("क", "खि"), ("กำ", "กา")],
    ),
    (
        "punctuation of another kind",
        &[
            ("、", ","),
            ("。", "."),
            ("“", "\""),
            ("《", "<"),
            ("·", "."),
        ],
    ),
];

fn occurs(keyword: &str, text: &str) -> bool {
    let scanner = Scanner::new(&[keyword], &Rarity::unknown()).unwrap();
    let mut found = false;
    scanner.scan(text, &mut Scan::default(), |_, _| found = true);
    found
}

#[test]
fn texts_that_must_match() {
    for (rule, rows) in MATCH {
        for (keyword, text) in *rows {
            assert!(occurs(keyword, text), "{rule}: `{keyword}` in `{text}`");
        }
    }
}

#[test]
fn texts_that_must_not_match() {
    for (rule, rows) in APART {
        for (keyword, text) in *rows {
            assert!(!occurs(keyword, text), "{rule}: `{keyword}` in `{text}`");
        }
    }
}
