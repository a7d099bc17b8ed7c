//! From a push to the person on call, and back.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;

use super::{accepted, config, illness, incidents};
use crate::support::http::{Received, Server, reply};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

/// A notice that waited for the usual `group_wait` would come later.
const PROMPT: Duration = Duration::from_secs(30);
const KEY: &[u8] = b"a key of the tests, 32 bytes long";

/// A configuration whose one receiver is a webhook at a server, and does not wait.
pub(super) fn desk(server: &Server) -> Config {
    let config = config(&format!(
        "[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://{}/hook\"\n\
         secret_file = \"secret\"\ngroup_wait = \"0s\"\n",
        server.address
    ));
    config.write("secret", format!("whsec_{}\n", STANDARD.encode(KEY)));
    config
}

pub(super) fn event(received: &Received) -> Value {
    serde_json::from_slice(&received.body).unwrap()
}

/// The path of the link that acknowledges.
pub(super) fn link(event: &Value) -> String {
    let link = event["acknowledgeurl"].as_str().unwrap();
    let path = link.strip_prefix("http://").unwrap();
    path[path.find('/').unwrap()..].to_owned()
}

/// What Standard Webhooks asks for: HMAC-SHA256 of `id.timestamp.body`, in base64, after `v1,`.
fn check_signature(received: &Received) {
    let (id, timestamp) = (
        received.header("webhook-id"),
        received.header("webhook-timestamp"),
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(&received.body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(received.header("webhook-signature"), expected);
    #[allow(
        clippy::disallowed_methods,
        reason = "the daemon under test reads the real clock"
    )]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let made: u64 = timestamp.parse().unwrap();
    assert!(now.as_secs().abs_diff(made) < 600, "{timestamp}");
}

#[test]
fn a_push_becomes_a_signed_webhook() {
    let server = Server::start(|_| reply(204, ""));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    let places = ["青禾县", "临溪县", "柳塘县", "石桥县", "云岭县"];
    let mut delays = Vec::new();
    for (nth, place) in places.into_iter().enumerate() {
        let began = Instant::now();
        accepted(&daemon, &[illness(place, nth)]);
        let received = daemon.until("webhook", || server.received().get(nth).cloned());
        delays.push(received.at - began);
        check_signature(&received);
        assert_eq!(
            (received.method.as_str(), received.path.as_str()),
            ("POST", "/hook")
        );
        assert!(
            received
                .header("content-type")
                .starts_with("application/cloudevents+json")
        );
        let event = event(&received);
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "fengbiao.notice.v1");
        assert_eq!(event["id"], received.header("webhook-id"));
        assert_eq!(event["data"]["kind"], "opened");
        assert_eq!(event["data"]["tier"], "III");
        assert_eq!(event["data"]["topic"], "food-safety");
        assert_eq!(event["data"]["subject"]["name"], place);
        assert_eq!(event["data"]["totals"]["posts"], 1);
        assert_eq!(event["data"]["reason"]["condition"], "posts_1h >= 1");
        assert_eq!(event["data"]["reason"]["measures"][0]["name"], "posts_1h");
        assert_eq!(event["data"]["reason"]["measures"][0]["value"], 1.0);
        let quote = &event["data"]["quotes"][0];
        let text = format!("{place}第{nth}小学食堂午饭后十几个学生呕吐");
        assert_eq!(quote["text"], text.as_str());
        assert!(
            quote["url"]
                .as_str()
                .unwrap()
                .starts_with("https://forum.example/p/")
        );
    }
    delays.sort();
    eprintln!("from push to webhook: {delays:?}");
    // How fast it is, the benchmarks say; here no wait that somebody has set may be in the way.
    assert!(delays[delays.len() / 2] < PROMPT, "{delays:?}");
    assert!(daemon.stop().0.success());
}

#[test]
fn a_link_is_looked_at_without_harm_and_acknowledges_once() {
    let server = Server::start(|_| reply(200, "ok"));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    let first = daemon.until("webhook", || server.received().first().cloned());
    let path = link(&event(&first));
    let stage = |daemon: &Daemon| incidents(daemon)[0]["stage"].clone();

    let page = daemon.get(&path);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("青禾县第1小学食堂午饭后十几个学生呕吐"),
        "{page:?}"
    );
    assert!(page.body.contains("<form method=\"post\">"), "{page:?}");
    assert_eq!(daemon.ask("HEAD", &path, "text/plain", b"").status, 200);
    assert_eq!(stage(&daemon), "detected");

    let post = |path: &str, body: &str| {
        daemon.ask(
            "POST",
            path,
            "application/x-www-form-urlencoded",
            body.as_bytes(),
        )
    };
    // Nobody's name, and a link whose signature is another.
    assert_eq!(post(&path, "by=").status, 422);
    let (token, mac) = path.rsplit_once('.').unwrap();
    let turned: String = mac.chars().rev().collect();
    assert_eq!(post(&format!("{token}.{turned}"), "by=a").status, 403);
    assert_eq!(daemon.get("/a/rubbish").status, 403);
    assert_eq!(stage(&daemon), "detected");

    let taken = post(&path, "by=%E5%80%BC%E7%8F%AD%E5%91%98");
    assert_eq!(taken.status, 200, "{taken:?}");
    assert!(taken.body.contains("值班员"), "{taken:?}");
    eventually("acknowledgement", || {
        (stage(&daemon) == "reported").then_some(())
    });
    let again = post(&path, "by=b");
    assert_eq!(again.status, 409, "{again:?}");
    assert!(again.body.contains("已由值班员接手"), "{again:?}");
    let page = daemon.get(&path).body;
    assert!(page.contains("值班员") && !page.contains("<form"), "{page}");
}

#[test]
fn who_has_acknowledged_hears_no_more_until_it_gets_worse() {
    let server = Server::start(|_| reply(200, ""));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    daemon.until("webhook", || server.received().first().cloned());
    let by = ["incidents", "acknowledge", "1", "--by", "night-shift"];
    let done = config.run(&by);
    assert!(done.status.success(), "{}", stderr(&done));
    eventually("acknowledgement", || {
        (incidents(&daemon)[0]["stage"] == "reported").then_some(())
    });

    // More at the same tier tells nothing; what comes behind it shows that it was seen.
    accepted(&daemon, &[illness("青禾县", 2), illness("青禾县", 3)]);
    accepted(&daemon, &[illness("临溪县", 4)]);
    daemon.until("webhook", || server.received().get(1).cloned());
    let told: Vec<_> = server.received().iter().map(event).collect();
    assert_eq!(told[1]["data"]["subject"]["name"], "临溪县");
    let shown = daemon.get("/v1/incidents/1").json();
    assert_eq!(shown["incident"]["totals"]["posts"], 3);
    assert_eq!(shown["deliveries"].as_array().unwrap().len(), 1, "{shown}");

    // A higher tier clears it.
    accepted(&daemon, &[illness("青禾县", 5)]);
    let raised = daemon.until("webhook", || server.received().get(2).cloned());
    let raised = event(&raised);
    assert_eq!(raised["data"]["kind"], "raised");
    assert_eq!(raised["data"]["tier"], "II");
    assert_eq!(raised["data"]["previous_tier"], "III");
    let shown = daemon.get("/v1/incidents/1").json();
    assert_eq!(shown["incident"]["stage"], "detected", "{shown}");
}

#[test]
fn the_command_line_speaks_with_the_daemon() {
    let config = config("language = \"en\"\n");
    let mut daemon = Daemon::start(&config);
    let none = config.run(&["incidents", "list"]);
    assert_eq!(none.status.code(), Some(1));
    assert_eq!(stdout(&none), "no incident is open\n");

    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("incident", || incidents(&daemon).pop());
    let listed = config.run(&["incidents", "list"]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let text = stdout(&listed);
    assert!(
        text.starts_with('#') && text.contains("-1 ") && text.contains("food-safety · 青禾县"),
        "{text}"
    );
    let other = config.run(&["incidents", "list", "--topic", "service-outage"]);
    assert_eq!(other.status.code(), Some(1));

    let shown = stdout(&config.run(&["incidents", "show", "1"]));
    assert!(
        shown.contains("青禾县第1小学食堂午饭后十几个学生呕吐"),
        "{shown}"
    );
    assert!(shown.contains("https://forum.example/p/"), "{shown}");
    let json = config.run(&["--format", "json", "incidents", "show", "1"]);
    let json: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let number = json["incident"]["number"].as_str().unwrap().to_owned();
    assert!(number.ends_with("-1"), "the first of its year: {number}");

    let act = |args: &[&str]| config.run(&[&["incidents"], args].concat());
    assert!(
        act(&["acknowledge", &number, "--by", "amber"])
            .status
            .success()
    );
    daemon.until("acknowledgement", || {
        stdout(&act(&["list"])).contains("taken on").then_some(())
    });
    let again = act(&["acknowledge", "1", "--by", "basil"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is acknowledged already, by `amber`"));
    let unknown = act(&["show", "7"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("there is no incident `7`"));

    assert!(
        act(&["close", "1", "--by", "amber", "--note", "checked"])
            .status
            .success()
    );
    daemon.until("close", || {
        (act(&["list"]).status.code() == Some(1)).then_some(())
    });
    assert!(stdout(&act(&["list", "--all"])).contains("closed"));
    let shown = stdout(&act(&["show", "1"]));
    assert!(
        shown.contains("amber") && shown.contains("incident.viewed"),
        "{shown}"
    );

    // The same words without a daemon, from the files.
    assert!(daemon.stop().0.success());
    let shown = stdout(&act(&["list", "--all"]));
    assert!(
        shown.contains("closed") && shown.contains("青禾县"),
        "{shown}"
    );
}

#[test]
fn a_list_speaks_the_configured_language_and_says_what_it_leaves_out() {
    let config = config("");
    let daemon = Daemon::start(&config);
    let list = |more: &[&str]| config.run(&[&["incidents", "list"], more].concat());
    assert_eq!(stdout(&list(&[])), "没有进行中的事件\n");
    assert_eq!(stdout(&list(&["--all"])), "没有事件\n");
    let places = ["青禾县", "临溪县", "柳塘县"];
    accepted(&daemon, &places.map(|place| illness(place, 1)));
    eventually("incidents", || {
        (incidents(&daemon).len() == places.len()).then_some(())
    });
    let all = list(&[]);
    assert!(stderr(&all).is_empty(), "{}", stderr(&all));
    let text = stdout(&all);
    assert_eq!(text.lines().count(), 3);
    for said in [
        "Ⅲ（最高 Ⅲ）",
        "food-safety · 青禾县",
        "已发现，待接手",
        "1 帖 · 1 则不同内容 · 1 位发声者 · 1 个来源",
    ] {
        assert!(text.contains(said), "no `{said}` in\n{text}");
    }
    for english in ["max", "detected", "posts"] {
        assert!(!text.contains(english), "`{english}` in\n{text}");
    }

    // What is left out is said, to programs too, beside the rows; and how to see it.
    let last = incidents(&daemon)[1]["number"].clone();
    let last = last.as_str().unwrap();
    for format in ["human", "json"] {
        let two = list(&["--limit", "2", "--format", format]);
        assert_eq!(stdout(&two).lines().count(), 2);
        let said = stderr(&two);
        assert!(
            said.contains("另有 1 起未列出") && said.contains(&format!("`--before {last}`")),
            "{said}"
        );
    }
    let rest = list(&["--limit", "2", "--before", last]);
    assert_eq!(stdout(&rest).lines().count(), 1);
    assert!(stderr(&rest).is_empty(), "{}", stderr(&rest));
    let wrong = list(&["--before", "first"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("`before` is `first`"));
}
