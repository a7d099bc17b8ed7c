//! `explain`: why a text matches, or does not.

use super::check;
use crate::support::{run, stdout};

#[test]
fn explain_gives_the_reason() {
    let distance = "食堂里有十个字的间隔啊啊学生呕吐";
    let cases: [(&[&str], i32, &[&str]); 12] = [
        // A key across two words, inside a longer word, with an ending.
        (
            &["产品和服务", "--match", "和服"],
            1,
            &["✗ match", "产品/和/服务", "> 1.50"],
        ),
        (
            &["新型冠状病毒", "--match", "病毒"],
            0,
            &["✓ match", "新型冠状【病毒】", "≤ 1.50"],
        ),
        (
            &["断网了", "--match", "断网"],
            0,
            &["✓ match", "【断网】了"],
        ),
        (
            &["产品和服务", "--match", "substring:和服"],
            0,
            &["✓ match", "产品【和服】务"],
        ),
        // An exception phrase names itself.
        (
            &[
                "三中食堂举行食物中毒应急演练",
                "--rule",
                "food-safety/canteen-illness",
            ],
            1,
            &["✗ canteen-illness", "例外短语", "食物中毒应急演练"],
        ),
        // Traditional and full-width forms.
        (&["小區斷網了", "--match", "断网"], 0, &["小區【斷網】了"]),
        (&["ＷＩＦＩ坏了", "--match", "WiFi"], 0, &["【ＷＩＦＩ】"]),
        // A distance that is just right, and one that is a character too far.
        (
            &[distance, "--match", "食堂 NEAR/10 学生"],
            0,
            &["✓ NEAR/10", "相距 10 个字，至多 10 个"],
        ),
        (
            &[distance, "--match", "食堂 NEAR/9 学生"],
            1,
            &["✗ NEAR/9", "相距 10 个字，至多 9 个"],
        ),
        // Without a title nothing under `title:` holds.
        (&["断网了", "--match", "title:断网"], 1, &["✗"]),
        (
            &["无事", "--title", "断网了", "--match", "title:断网"],
            0,
            &["✓", "【断网】了"],
        ),
        // The shipped rules that speak of the text, and those that do not.
        (&["今天天气好"], 1, &["未命中"]),
    ];
    for (args, status, said) in cases {
        let output = run(&[&["explain"], args].concat());
        check(&output, status, said);
    }
}

#[test]
fn explain_in_json_says_the_same() {
    let output = run(&[
        "explain",
        "产品和服务",
        "--match",
        "和服",
        "--format",
        "json",
    ]);
    check(&output, 1, &[]);
    let line: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(line["matched"], false);
    let occurrence = &line["rules"][0]["condition"]["occurrences"][0];
    assert_eq!(occurrence["segmentation"], "产品/和/服务");
    assert_eq!(
        (&occurrence["start"], &occurrence["end"]),
        (&6.into(), &12.into())
    );
    assert_eq!(
        (&occurrence["char_start"], &occurrence["char_end"]),
        (&2.into(), &4.into())
    );
    assert_eq!(occurrence["counts"], false);
    assert!(occurrence["margin"].as_f64().unwrap() > occurrence["margin_limit"].as_f64().unwrap());
}
