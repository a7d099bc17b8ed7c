//! The record of an incident, as people write it by the command line beside a running daemon, and
//! as it is read at a review.

use std::fs;

use serde_json::Value;

use super::{accepted, config, illness, incidents};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

/// Does something with an incident; it must be done.
fn done(config: &Config, args: &[&str]) {
    let output = config.run(&[&["incidents"], args, &["--by", "夜班"]].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
}

/// Does something that must be refused, with these words.
fn refused(config: &Config, args: &[&str], status: i32, says: &str) {
    let output = config.run(&[&["incidents"], args, &["--by", "夜班"]].concat());
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    assert!(
        stderr(&output).contains(says),
        "{args:?}: {}",
        stderr(&output)
    );
}

fn shown(config: &Config, number: &str) -> Value {
    let output = config.run(&["--format", "json", "incidents", "show", number]);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

#[test]
fn a_review_reads_all_that_was_done() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1), illness("青禾县", 2)]);
    accepted(&daemon, &[illness("临溪县", 3)]);
    eventually("both incidents", || {
        (incidents(&daemon).len() == 2).then_some(())
    });
    let post = shown(&config, "1")["quotes"][0]["post"].clone();
    let post = post.as_str().unwrap();

    done(
        &config,
        &["stage", "1", "verifying", "--note", "已派人到校"],
    );
    done(
        &config,
        &[
            "ask",
            "1",
            "--of",
            "教育局",
            "几人就医",
            "--by-when",
            "2099-01-02 17:00",
        ],
    );
    // Until the deed is done there is nothing to reply to.
    daemon.until("the question", || {
        let asked = shown(&config, "1")["asked"].as_array()?.len();
        (asked == 1).then_some(())
    });
    done(&config, &["reply", "1", "1", "十一人，均已返家"]);
    done(
        &config,
        &[
            "assess",
            "1",
            "--owner",
            "卫健委",
            "--grade",
            "IV",
            "症状轻微",
        ],
    );
    done(&config, &["grade", "1", "IV"]);
    done(&config, &["classify", "1", "complaint"]);
    done(&config, &["label", "1", "district", "东区"]);
    done(&config, &["note", "1", "家长群已说明"]);
    done(
        &config,
        &[
            "answer",
            "1",
            "食堂已停用",
            "--link",
            "https://county.example/7",
        ],
    );
    done(&config, &["outcome", "1", post, "已回复"]);
    done(
        &config,
        &["merge", "2", "--into", "1", "--note", "同一供餐公司"],
    );
    daemon.until("the merge", || {
        let merged = shown(&config, "2");
        merged["incident"]["merged_into"].is_string().then_some(())
    });
    done(&config, &["split", "1", post, "--note", "另一所学校"]);
    // Until the deed is done there is no such incident.
    daemon.until("the split", || {
        let output = config.run(&["--format", "json", "incidents", "show", "3"]);
        let split: Value = serde_json::from_str(&stdout(&output)).ok()?;
        split["incident"]["split_from"].is_string().then_some(())
    });
    done(&config, &["close", "1", "--note", "已平息"]);
    daemon.until("the close", || {
        (shown(&config, "1")["incident"]["stage"] == "closed").then_some(())
    });
    done(&config, &["stage", "1", "reviewed"]);

    refused(
        &config,
        &["close", "1", "--note", "再来"],
        1,
        "is closed, expected an open one",
    );
    refused(&config, &["grade", "1", "V"], 2, "`IV`, `III`, `II` or `I`");
    refused(&config, &["reply", "1", "7", "无"], 1, "expected 1 to 1");
    refused(
        &config,
        &["merge", "3", "--into", "2"],
        1,
        "was merged into",
    );
    refused(
        &config,
        &["ask", "1", "--of", "局", "何", "--by-when", "晚上"],
        2,
        "--by-when",
    );

    daemon.until("the review", || {
        (shown(&config, "1")["incident"]["stage"] == "reviewed").then_some(())
    });
    let plot = config.file("plot.svg");
    let read = config.run(&["incidents", "show", "1", "--plot", plot.to_str().unwrap()]);
    let text = stdout(&read);
    let mut rest = text.as_str();
    for told in [
        "已复盘",
        "3 帖",
        "定性 投诉",
        "定级 Ⅳ级（一般）",
        "district = 东区",
        "https://county.example/7",
        "开启",
        "1 小时内帖数 1（阈值 ≥ 1）",
        "接手",
        "夜班",
        "核实中",
        "已派人到校",
        "教育局（限 01-02 17:00）",
        "十一人，均已返家",
        "卫健委 Ⅳ级（一般）",
        "家长群已说明",
        "食堂已停用",
        "并来",
        "同一供餐公司",
        "拆出",
        "另一所学校",
        "已平息",
        "联络单",
        "帖数",
        "各则内容的首帖",
        post,
        "已回复",
        "审计",
    ] {
        let Some(at) = rest.find(told) else {
            panic!("`{told}` is not told, or not in order:\n{text}");
        };
        rest = &rest[at..];
    }
    let drawn = fs::read_to_string(&plot).unwrap();
    assert!(
        drawn.starts_with("<svg")
            && drawn.contains("posts_1h ≥ 1")
            && drawn.contains("1 小时内帖数 1（阈值 ≥ 1）"),
        "{drawn}"
    );
    assert!(daemon.stop().0.success());

    // The same from the files, without a daemon.
    done(&config, &["note", "3", "移交教育局"]);
    let third = stdout(&config.run(&["incidents", "show", "3"]));
    assert!(
        third.contains("移交教育局") && third.contains("拆自"),
        "{third}"
    );
}
