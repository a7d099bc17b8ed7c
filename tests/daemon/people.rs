//! Topics, never persons: who spoke is nowhere behind the crawler.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{config, counted};
use crate::support::http::{Server, reply};
use crate::support::{Daemon, eventually, files_below, stderr, stdout};

/// What must be nowhere. None of these belongs to anybody.
const PERSONAL: [&str; 7] = [
    "山间小路十九",
    "13800005678",
    "138 0000 5678",
    "xiao.lu19@mail.example",
    "爱散步的小路",
    "5566778899",
    "11010119900307007X",
];

const POSTS: [&str; 4] = [
    r#"{"text":"青禾县第一小学食堂午饭后十几个学生呕吐，请联系 13800005678 或 138 0000 5678","author":"山间小路十九","url":"https://weibo.com/5566778899/NxAbCdEfG"}"#,
    r#"{"text":"青禾县第二小学食堂午饭后十几个学生呕吐，写信给 xiao.lu19@mail.example，@爱散步的小路 也在","author":"山间小路十九"}"#,
    r#"{"title":"@爱散步的小路 说的","text":"青禾县第三小学食堂午饭后十几个学生呕吐，身份证 11010119900307007X","author":"5566778899","repost_of":"https://weibo.com/5566778899/NxAbCdEfH"}"#,
    r#"{"kind":"update","id":"7","text":"青禾县第四小学食堂午饭后十几个学生呕吐 13800005678","author":"山间小路十九"}"#,
];

/// Lines that cannot become posts.
const BROKEN: [&str; 3] = [
    r#"{"text":"青禾县食堂呕吐 13800005678 xiao.lu19@mail.example @爱散步的小路","author":"山间小路十九""#,
    r#"{"author":"山间小路十九","text":["青禾县食堂呕吐 13800005678"],"user":{"name":"山间小路十九","id":5566778899}}"#,
    r#"{"author":"山间小路十九","text":""}"#,
];

#[track_caller]
fn check(place: &str, bytes: &[u8]) {
    for personal in PERSONAL {
        let found = bytes
            .windows(personal.len())
            .any(|window| window == personal.as_bytes());
        assert!(!found, "`{personal}` in {place}");
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn who_spoke_is_in_no_file_answer_notice_or_metric() {
    let server = Server::start(|_| reply(200, ""));
    let config = config(&format!(
        "[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://{}/\"\n\
         secret_file = \"secret\"\ngroup_wait = \"0s\"\n\
         [[receiver]]\nid = \"screen\"\nkind = \"terminal\"\nfrom_tier = \"IV\"\n\
         [[receiver]]\nid = \"file\"\nkind = \"file\"\npath = \"data/notices.ndjson\"\nfrom_tier = \"IV\"\n\
         [[source]]\nkind = \"file\"\nname = \"foreign\"\npath = \"foreign.ndjson\"\n\
         map = \"text=body,author=user.name\"\n\
         [logging]\nlevel = \"debug\"\n",
        server.address
    ));
    config.write("secret", format!("whsec_{}", STANDARD.encode([7; 32])));
    let foreign = [
        r#"{"body":"青禾县第五小学食堂午饭后十几个学生呕吐","user":{"name":"山间小路十九"}}"#,
        r#"{"body":7,"user":{"name":"山间小路十九","phone":13800005678}}"#,
        r#"{"body":"青禾县食堂呕吐","user":{"name":"山间小路十九"}"#,
        "",
    ];
    config.write("foreign.ndjson", foreign.join("\n"));
    let mut daemon = Daemon::start(&config);
    let answer = daemon.push(&[&POSTS[..], &BROKEN[..]].concat().join("\n"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body.matches("accepted").count(), 4, "{answer:?}");
    check("the answer to a push", answer.body.as_bytes());

    // An update whose post was not known is a post that hits.
    eventually("the posts", || (counted(&daemon) == 5).then_some(()));
    let opened = daemon.until("webhook", || server.received().first().cloned());
    eventually("cards", || daemon.stdout.has("食堂").then_some(()));
    let event: serde_json::Value = serde_json::from_slice(&opened.body).unwrap();
    let link = event["acknowledgeurl"].as_str().unwrap();
    let page = link
        .split_once("/a/")
        .map(|(_, token)| format!("/a/{token}"))
        .unwrap();
    for path in [
        "/v1/incidents",
        "/v1/incidents/1",
        "/v1/dead-letters",
        "/v1/openapi.json",
        "/metrics",
        "/readyz",
        &page,
    ] {
        let answer = daemon.get(path);
        assert_eq!(answer.status, 200, "{path}");
        check(path, answer.body.as_bytes());
    }
    for args in [
        &["incidents", "list"][..],
        &["incidents", "show", "1"],
        &["--format", "json", "incidents", "show", "1"],
        &["dead-letters", "list"],
    ] {
        let output = config.run(args);
        check(&args.join(" "), &output.stdout);
        check(&args.join(" "), &output.stderr);
    }
    let scanned = config.run(&[
        "--format",
        "json",
        "scan",
        config
            .write("posts.ndjson", POSTS.join("\n"))
            .to_str()
            .unwrap(),
    ]);
    assert!(
        stdout(&scanned).contains("canteen-illness"),
        "{}",
        stderr(&scanned)
    );
    check("the output of scan", &scanned.stdout);
    assert!(daemon.stop().0.success());

    for received in server.received() {
        check("a notice", &received.body);
    }
    let cards = daemon.stdout.text();
    assert!(cards.contains("食堂"), "{cards}");
    check("the cards", cards.as_bytes());
    check("the daemon's own log", daemon.stderr.text().as_bytes());
    let mut with_text = 0;
    for path in files_below(&config.data()) {
        let bytes = fs::read(&path).unwrap();
        check(&path.display().to_string(), &bytes);
        with_text += usize::from(holds(&bytes, "小学食堂午饭后十几个学生呕吐"));
    }
    assert!(
        with_text >= 3,
        "log, ledger and notices hold the texts: {with_text}"
    );
}
