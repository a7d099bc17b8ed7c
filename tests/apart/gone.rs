//! The broker is gone for a while, and what else can be wrong with it: each is said with a remedy.
//!
//! `FENGBIAO_TEST_GONE_SECS` says for how long it is gone (20).

use std::time::{Duration, Instant};

use serde_json::json;

use super::installation::{Installation, left_to_do};
use crate::broker::Broker;
use crate::kill::SECRET;
use crate::kill::stored::Stored;
use crate::support::http::{self, Server};
use crate::support::{Config, Daemon, eventually, stderr, stdout};

const POST: &str = "安吉县第一小学食堂午饭后十几个学生呕吐";
/// Lines that the file grows by while the broker is gone.
const LINES: usize = 2_000;

#[test]
fn what_comes_while_the_broker_is_gone_is_caught_up_with_and_told_once() {
    let name = "what_comes_while_the_broker_is_gone_is_caught_up_with_and_told_once";
    let Some(broker) = Broker::own_alone(name) else {
        return;
    };
    let installation = Installation::new(broker);
    installation.write("posts.ndjson", "");
    let webhook = Server::start(|_| http::reply(204, ""));
    let config = installation.config(&format!(
        "[watchdog]\ncanary_interval = \"0s\"\n[[source]]\nkind = \"file\"\nname = \"archive\"\n\
         path = \"{}\"\nfollow = true\n[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\n\
         group_wait = \"0s\"\nurl = \"http://{}/hook\"\nsecret_file = \"webhook-secret\"\n",
        installation.file("posts.ndjson").display(),
        webhook.address
    ));
    config.write("webhook-secret", SECRET);
    let mut daemon = Daemon::start(&config);

    installation.broker.kill_all();
    let gone = Instant::now();
    eventually("readiness that tells of it", || {
        let answer = daemon.get("/readyz");
        (answer.status == 503 && answer.body.contains("log: ")).then_some(())
    });
    assert_eq!(
        daemon.get("/healthz").status,
        200,
        "it lives, it is not ready"
    );
    let lines: String = (0..LINES).map(|n| post(n) + "\n").collect();
    installation.write("posts.ndjson", &lines);
    let seconds = std::env::var("FENGBIAO_TEST_GONE_SECS").ok();
    let lasts = Duration::from_secs(seconds.map_or(20, |text| text.parse().unwrap()));
    std::thread::sleep(lasts.saturating_sub(gone.elapsed()));
    // That a partition stands still is told after five minutes, and that is all.
    assert!(news(&webhook).is_empty());
    let alive = daemon.get("/healthz");
    assert_eq!(alive.status, 200, "it waits, it is not stuck: {alive:?}");
    installation.broker.start();

    let log = eventually("broker", || installation.try_log(&installation.prefix));
    eventually("readiness", || {
        (daemon.get("/readyz").status == 200).then_some(())
    });
    let all_there = || {
        let posts = log
            .scan_topic(fengbiao_log::Topic::Posts)
            .ok()?
            .map(Result::unwrap);
        let count = Stored::of(posts, std::iter::empty()).posts.len();
        (count == LINES && left_to_do(&log, &config.data()).is_none()).then_some(())
    };
    eventually("end of the work", all_there);
    let told: Vec<_> = webhook
        .received()
        .iter()
        .map(|one| one.header("webhook-id").to_owned())
        .collect();
    let different: std::collections::BTreeSet<_> = told.iter().collect();
    assert!(
        !told.is_empty() && told.len() == different.len(),
        "{told:?}"
    );
    // More than two minutes behind: what rose meanwhile says that it comes late.
    if lasts > Duration::from_secs(180) {
        let posts = news(&webhook);
        let first = posts.first().unwrap();
        assert_eq!(first["data"]["late"], true, "{first}");
    }
    assert!(daemon.stop().0.success());
}

/// The notices but those that the pipeline makes of itself.
fn news(webhook: &Server) -> Vec<serde_json::Value> {
    let notices = webhook.received().into_iter();
    let notices =
        notices.map(|one| serde_json::from_slice::<serde_json::Value>(&one.body).unwrap());
    notices
        .filter(|notice| notice["data"]["topic"] != "pipeline")
        .collect()
}

fn post(number: usize) -> String {
    json!({
        "id": format!("g{number}"),
        "service": "lane",
        "text": format!("{POST}，记{number}"),
        "author": format!("author-{number}"),
    })
    .to_string()
}

/// One configuration with a fault in its way to the brokers, and what is said of it.
struct Fault {
    name: &'static str,
    /// Where a broker answers, it has the time it needs: what is said of no answer is another fault.
    connect_timeout: &'static str,
    kafka: String,
    access: String,
    said: &'static [&'static str],
}

#[test]
fn what_is_wrong_with_brokers_is_said_with_a_remedy() {
    let name = "what_is_wrong_with_brokers_is_said_with_a_remedy";
    let Some(broker) = Broker::own(name) else {
        return;
    };
    let installation = Installation::new(broker);
    let broker = &installation.broker;
    // The topics that the last ones find with another number of partitions.
    drop(installation.log(&installation.prefix));
    let brokers = |address: &str| format!("brokers = \"{address}\"");
    let tls = format!(
        "tls = true\ntls_authority_file = \"{}\"\n",
        broker.fact("authority")
    );
    let login = |user: &str, password: &str| {
        format!(
            "{tls}login = \"scram-sha-512\"\nuser = \"{user}\"\npassword_variable = \"{password}\"\n"
        )
    };
    let faults = [
        Fault {
            name: "nobody there",
            connect_timeout: "5s",
            kafka: brokers("127.0.0.1:9"),
            access: String::new(),
            said: &[
                "no broker answered at `127.0.0.1:9`",
                "hint: look whether the brokers run",
            ],
        },
        Fault {
            name: "a wrong password",
            connect_timeout: "5m",
            kafka: brokers(broker.fact("login")),
            access: login(broker.fact("user"), "FENGBIAO_TEST_WRONG"),
            said: &["refuse the login of", "FENGBIAO_TEST_WRONG", "hint:"],
        },
        Fault {
            name: "no password",
            connect_timeout: "5m",
            kafka: brokers(broker.fact("login")),
            access: login(broker.fact("user"), "FENGBIAO_TEST_NOWHERE"),
            said: &[
                "no secret in the environment variable `FENGBIAO_TEST_NOWHERE`",
                "hint:",
            ],
        },
        Fault {
            name: "an authority that nobody knows",
            connect_timeout: "5m",
            kafka: brokers(broker.fact("tls")),
            access: "tls = true\n".to_owned(),
            said: &[
                "no encrypted connection",
                "hint: look whether the certificates",
            ],
        },
        Fault {
            name: "a certificate that has expired",
            connect_timeout: "5m",
            kafka: brokers(broker.fact("expired")),
            access: format!(
                "tls = true\ntls_authority_file = \"{}\"\n",
                broker.fact("expired_authority")
            ),
            said: &[
                "no encrypted connection",
                "hint: look whether the certificates are in date",
            ],
        },
        Fault {
            name: "no rights",
            connect_timeout: "5m",
            kafka: brokers(broker.fact("login")),
            access: login(broker.fact("stranger"), "FENGBIAO_TEST_RIGHT"),
            said: &["could not be created", "hint: allow this user"],
        },
        Fault {
            name: "topics that are missing",
            connect_timeout: "5m",
            kafka: format!(
                "{}\ncreate_topics = false\nprefix = \"nowhere.\"",
                brokers(broker.fact("plaintext"))
            ),
            access: String::new(),
            said: &[
                "topic `nowhere.posts`: it is not there",
                "kafka-topics --create",
            ],
        },
        Fault {
            name: "another number of partitions",
            connect_timeout: "5m",
            kafka: format!(
                "{}\nprefix = \"{}\"",
                brokers(broker.fact("plaintext")),
                installation.prefix
            ),
            access: String::new(),
            said: &[
                "4 partitions, expected 3",
                "the number never changes in place",
            ],
        },
    ];
    for fault in faults {
        let config = Config::new(&format!(
            "[privacy]\npseudonym_secret_file = \"{}\"\n[log]\nkind = \"kafka\"\nposts_partitions = 3\n\
             [log.kafka]\nreplication = {}\nconnect_timeout = \"{}\"\n{}\n[log.kafka.access]\n{}",
            installation.file("pseudonym-secret").display(),
            broker.nodes(),
            fault.connect_timeout,
            fault.kafka,
            fault.access
        ));
        for command in ["run", "doctor"] {
            let mut whole = std::process::Command::new(crate::support::BINARY);
            whole.arg("--config").arg(config.path()).arg(command);
            whole.env("FENGBIAO_TEST_WRONG", "a wrong password");
            whole.env("FENGBIAO_TEST_RIGHT", broker.fact("password"));
            let output = whole.output().unwrap();
            assert!(!output.status.success(), "{}: {command}", fault.name);
            let text = format!("{}{}", stdout(&output), stderr(&output));
            // A doctor makes no topics: where the right is what lacks, it says that it sees none.
            let said = if command == "doctor" && fault.name == "no rights" {
                &["may not be seen", "hint: allow this user"]
            } else {
                fault.said
            };
            for part in said {
                assert!(
                    text.contains(part),
                    "{}: no `{part}` in\n{text}",
                    fault.name
                );
            }
        }
    }
}

#[test]
fn a_doctor_finds_nothing_where_all_is_well() {
    let Some(broker) = Broker::find("a_doctor_finds_nothing_where_all_is_well") else {
        return;
    };
    let installation = Installation::new(broker);
    let config = installation.config("[watchdog]\ncanary_interval = \"0s\"\n");
    let mut daemon = Daemon::start(&config);
    let while_it_runs = config.run(&["doctor"]);
    let text = stdout(&while_it_runs);
    assert!(while_it_runs.status.success(), "{text}");
    for part in [
        "the brokers answer",
        "its daemon runs and is ready",
        "are free",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(daemon.stop().0.success());
    let afterwards = config.run(&["doctor", "--format", "json"]);
    let text = stdout(&afterwards);
    assert!(afterwards.status.success(), "{text}");
    assert_eq!(text.lines().count(), 9, "{text}");
}
