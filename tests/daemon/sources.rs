//! Sources that the daemon reads by itself: feeds over real HTTP, and files.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;

use fengbiao_log::Topic;
use fengbiao_wire::decode_pulse;

use super::{config, counted, illness, incidents, records};
use crate::support::http::{Received, Reply, Server, reply};
use crate::support::{Config, Daemon, eventually};

const FEED: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>t</title><link>https://city.example/</link>
<item><guid>a-1</guid><title>青禾县一所小学多人不适</title>
<link>https://city.example/a/1</link>
<description>&lt;p&gt;青禾县第一小学食堂午饭后十几个学生&lt;b&gt;呕吐&lt;/b&gt;&lt;/p&gt;</description></item>
</channel></rss>"#;

/// Posts taken and attempts that failed, by source, over all pulses.
fn pulses(config: &Config) -> BTreeMap<String, (u32, u32, u32)> {
    let mut sums = BTreeMap::new();
    for record in records(config, Topic::Pulses) {
        let pulse = decode_pulse(&record.payload).unwrap();
        let sum: &mut (u32, u32, u32) = sums.entry(pulse.source.as_str().to_owned()).or_default();
        *sum = (
            sum.0 + pulse.polls,
            sum.1 + pulse.posts,
            sum.2 + pulse.errors,
        );
    }
    sums
}

fn newsroom(request: &Received) -> Reply {
    match request.path.as_str() {
        "/feed.xml" if request.has("if-none-match") => reply(304, ""),
        "/feed.xml" => {
            let headers = vec![
                ("content-type", "application/rss+xml".to_owned()),
                ("etag", "\"1\"".to_owned()),
            ];
            Some((200, headers, FEED.to_owned()))
        }
        "/broken.xml" => reply(500, "out of order"),
        _ => reply(404, ""),
    }
}

#[test]
fn a_feed_is_read_once_and_a_broken_one_is_counted() {
    let server = Server::start(newsroom);
    let feed = |name: &str, path: &str| {
        format!(
            "[[source]]\nkind = \"feed\"\nname = \"{name}\"\nurl = \"http://{}/{path}\"\n\
             interval = \"1s\"\n",
            server.address
        )
    };
    let config = config(&format!(
        "{}{}[crawler]\ncontact = \"mailto:desk@fengbiao.example\"\n",
        feed("city", "feed.xml"),
        feed("broken", "broken.xml"),
    ));
    let mut daemon = Daemon::start(&config);
    daemon.until("post of the feed", || {
        server
            .received()
            .iter()
            .any(|r| r.path == "/feed.xml")
            .then_some(())
    });
    let incident = eventually("incident", || incidents(&daemon).pop());
    assert_eq!(incident["subject"]["name"], "青禾县");
    // A poll counts with its outcome, which is known when the next one comes.
    let asked = daemon.until("conditional requests", || {
        let mut asked = server.received();
        asked.retain(|r| r.path == "/feed.xml" && r.has("if-none-match"));
        (asked.len() >= 2).then_some(asked)
    });
    assert_eq!(asked[0].header("if-none-match"), "\"1\"");
    let agent = asked[0].header("user-agent");
    assert!(agent.contains("mailto:desk@fengbiao.example"), "{agent}");
    eventually("metric", || {
        let metrics = daemon.get("/metrics").body;
        metrics
            .contains("fengbiao_crawler_errors_total{source=\"broken\"}")
            .then_some(())
    });
    assert_eq!(server.received().first().unwrap().path, "/robots.txt");
    eventually("word of it", || {
        daemon.stderr.has("the feed cannot be read").then_some(())
    });
    let shown = daemon.get("/v1/incidents/1").json();
    let quote = &shown["quotes"][0];
    assert_eq!(quote["source"], "city");
    assert_eq!(quote["url"], "https://city.example/a/1");
    assert_eq!(quote["text"], "青禾县第一小学食堂午饭后十几个学生呕吐");
    assert!(daemon.stop().0.success());
    let pulses = pulses(&config);
    assert_eq!(pulses["city"].1, 1, "{pulses:?}");
    assert_eq!(pulses["city"].2, 0, "{pulses:?}");
    assert!(
        pulses["city"].0 >= 2 && pulses["broken"].2 >= 1,
        "{pulses:?}"
    );
    assert_eq!(pulses["broken"].1, 0, "{pulses:?}");
}

#[test]
fn files_are_read_followed_and_not_read_twice() {
    let config = config(
        "[[source]]\nkind = \"file\"\nname = \"log\"\npath = \"grown.ndjson\"\nfollow = true\n\
         [[source]]\nkind = \"file\"\nname = \"archive\"\npath = \"posts.ndjson.zst\"\n\
         [[source]]\nkind = \"file\"\nname = \"late\"\npath = \"late.ndjson\"\nfollow = true\n",
    );
    let archive = [illness("柳塘县", 1), illness("柳塘县", 2), String::new()].join("\n");
    config.write(
        "posts.ndjson.zst",
        zstd::encode_all(archive.as_bytes(), 0).unwrap(),
    );
    let grown = config.write("grown.ndjson", illness("青禾县", 1) + "\nno post\n");
    let mut daemon = Daemon::start(&config);
    eventually("posts of the files", || {
        (counted(&daemon) == 3).then_some(())
    });

    // A line is a line when its end is there; a file may come later.
    let line = illness("青禾县", 2) + "\n";
    let (begin, end) = line.as_bytes().split_at(40);
    let append = |bytes: &[u8]| {
        let mut file = OpenOptions::new().append(true).open(&grown).unwrap();
        file.write_all(bytes).unwrap();
    };
    append(begin);
    config.write("late.ndjson", illness("临溪县", 3) + "\n");
    eventually("the late file", || (counted(&daemon) == 4).then_some(()));
    append(end);
    eventually("the grown line", || (counted(&daemon) == 5).then_some(()));
    assert!(daemon.stop().0.success());

    // The places are remembered: the next start reads only what is new.
    append((illness("青禾县", 4) + "\n").as_bytes());
    let mut daemon = Daemon::start(&config);
    eventually("the new line", || (counted(&daemon) == 6).then_some(()));
    assert!(daemon.stop().0.success());
    assert_eq!(
        records(&config, Topic::Posts).len(),
        6 + 1,
        "posts and one lexicon"
    );
    assert_eq!(records(&config, Topic::DeadLetters).len(), 1);
    let pulses = pulses(&config);
    assert_eq!(pulses["log"].1, 3, "{pulses:?}");
    assert_eq!(pulses["archive"].1, 2, "{pulses:?}");
    assert_eq!(pulses["late"].1, 1, "{pulses:?}");
}
