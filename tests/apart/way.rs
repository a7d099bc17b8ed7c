//! The way of a post through four processes, and what their operator asks of them.

use serde_json::Value;

use super::installation::{Installation, left_to_do};
use crate::broker::Broker;
use crate::kill::SECRET;
use crate::support::http::{self, Server};
use crate::support::{Daemon, STOP_WITHIN, eventually, stderr, stdout};

const POST: &str = "安吉县第一小学食堂午饭后十几个学生呕吐";

#[test]
fn a_pushed_post_becomes_a_webhook_through_four_processes() {
    let name = "a_pushed_post_becomes_a_webhook_through_four_processes";
    let Some(broker) = Broker::find(name) else {
        return;
    };
    let installation = Installation::new(broker);
    let webhook = Server::start(|_| http::reply(204, ""));
    let common = "[watchdog]\ncanary_interval = \"0s\"\n";
    let crawler_config = installation.config(common);
    let mut crawler = Daemon::start_roles(&crawler_config, "crawler");
    // There is no lexicon yet: what came before it could never be matched.
    let early = crawler.push(&line("early", POST));
    assert_eq!(early.status, 429, "{early:?}");
    let lacks = crawler.get("/readyz");
    assert!(
        lacks.body.contains("no lexicon has been published"),
        "{lacks:?}"
    );

    let matcher_configs = [installation.config(common), installation.config(common)];
    let mut matchers = matcher_configs
        .each_ref()
        .map(|config| Daemon::start_roles(config, "matcher"));
    let alerter_config = installation.config(&format!(
        "{common}[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nfrom_tier = \"III\"\n\
         group_wait = \"0s\"\nurl = \"http://{}/hook\"\nsecret_file = \"webhook-secret\"\n",
        webhook.address
    ));
    alerter_config.write("webhook-secret", SECRET);
    let mut alerter = Daemon::start_roles(&alerter_config, "alerter,console");
    for daemon in [&mut crawler, &mut alerter]
        .into_iter()
        .chain(&mut matchers)
    {
        daemon.until_ready();
    }

    // Whatever its role, a process says how it is and what it counts.
    for daemon in [&crawler, &alerter].into_iter().chain(&matchers) {
        assert_eq!(daemon.get("/healthz").body, "ok\n");
        let metrics = daemon.get("/metrics");
        assert!(
            metrics.body.contains("fengbiao_log_queued_bytes"),
            "{metrics:?}"
        );
    }

    // Three voices: IV pages nobody, III does.
    let ids = ["first", "second", "third"].map(|id| {
        let pushed = crawler.push(&line(id, POST));
        assert_eq!(pushed.status, 200, "{pushed:?}");
        pushed.json()["post_id"].as_str().unwrap().to_owned()
    });
    let event = alerter.until("event", || webhook.received().into_iter().next());
    let event: Value = serde_json::from_slice(&event.body).unwrap();
    assert!(event.to_string().contains("安吉县"), "{event}");

    // The ledger's process answers the command line; a crawler has no API.
    let listed = alerter_config.run(&["incidents", "list"]);
    assert!(stdout(&listed).contains("安吉县"), "{}", stderr(&listed));
    assert_eq!(crawler.get("/v1/incidents").status, 404);
    assert_eq!(alerter.push(&line("wrong", POST)).status, 404);
    let metrics = eventually("lag", || {
        let text = alerter.get("/metrics").body;
        let lag = "fengbiao_log_lag_records{group=\"alerter\",partition=\"0\",topic=\"hits\"} 0";
        text.contains(lag).then_some(text)
    });
    assert!(metrics.contains("fengbiao_log_lag_seconds"), "{metrics}");

    purged_and_backed_up(&alerter_config, &ids[0]);
    let log = installation.log(&installation.prefix);
    eventually("end of the work", || {
        left_to_do(&log, &alerter_config.data())
            .is_none()
            .then_some(())
    });
    for daemon in [&mut crawler, &mut alerter]
        .into_iter()
        .chain(&mut matchers)
    {
        let (status, took) = daemon.stop();
        assert!(status.success(), "{status}\n{}", daemon.stderr.text());
        assert!(took < STOP_WITHIN, "stopped in {took:?}");
    }
    let data = alerter_config.data();
    let replayed = alerter_config.run(&["replay", "--steps", data.to_str().unwrap()]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
}

fn line(id: &str, text: &str) -> String {
    format!("{{\"id\":\"{id}\",\"service\":\"lane\",\"text\":\"{text}\",\"author\":\"{id}\"}}\n")
}

/// What brokers do not let us do is said.
fn purged_and_backed_up(config: &crate::support::Config, id: &str) {
    let purged = config.run(&["purge", id, "--by", "chen"]);
    let said = stdout(&purged);
    assert!(
        said.contains("posts purged: 1") && said.contains("within 14d"),
        "{said}"
    );
    let folder = config.file("backup");
    let backed_up = config.run(&["backup", folder.to_str().unwrap()]);
    assert!(stdout(&backed_up).contains("the log is in Kafka's brokers"));
    assert!(folder.join("ledger.sqlite").exists() && !folder.join("log.sqlite").exists());
}

#[test]
fn roles_that_cannot_run_apart_are_refused() {
    let config = crate::support::Config::new("");
    for (roles, said) in [
        ("matcher", "log.kind = \"kafka\""),
        ("crawler,console", "log.kind = \"kafka\""),
        (
            "referee",
            "possible values: crawler, matcher, alerter, console",
        ),
    ] {
        let output = config.run(&["run", "--role", roles]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
