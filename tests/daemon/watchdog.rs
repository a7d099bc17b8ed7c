//! Silence is not taken for calm: canaries come through, an alarm arises, the heartbeat ceases, what
//! fails is told by its pulses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fengbiao_log::Topic;
use fengbiao_log::embedded::Options;
use fengbiao_wire::{decode_hit_record, decode_post_record, decode_pulse};
use serde_json::Value;

use super::{accepted, config, counted, illness, incidents, records, records_with};
use crate::support::http::{Received, Server, reply};
use crate::support::{Config, Daemon, PATIENCE, eventually};

/// A feed without anything in it.
const EMPTY_FEED: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title>\
                          <link>https://city.example/</link></channel></rss>";

/// A value of `/metrics`.
fn metric(daemon: &Daemon, name: &str) -> f64 {
    let text = daemon.get("/metrics").body;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or(0.0)
}

/// Keeps everybody else from writing to a database of the daemon.
fn hold(config: &Config, file: &str) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(config.data().join(file)).unwrap();
    other.busy_timeout(PATIENCE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// The alarms of the pipeline that are open.
fn alarms(daemon: &Daemon) -> Vec<Value> {
    let listed = incidents(daemon).into_iter();
    listed
        .filter(|i| i["topic"] == "pipeline" && i["stage"] != "closed")
        .collect()
}

#[test]
fn canaries_come_through_and_count_nowhere() {
    let config = config(
        "[watchdog]\ncanary_interval = \"1s\"\ncanary_within = \"5m\"\n\
         [log]\nposts_partitions = 2\n",
    );
    let mut daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("incident", || incidents(&daemon).pop());
    eventually("canaries", || {
        (metric(&daemon, "fengbiao_canary_seconds_count") >= 6.0).then_some(())
    });
    let seconds = metric(&daemon, "fengbiao_canary_seconds_sum");
    let count = metric(&daemon, "fengbiao_canary_seconds_count");
    assert!(seconds / count < 300.0, "{seconds} s for {count} canaries");
    assert!(metric(&daemon, "fengbiao_canary_last_seen_timestamp_seconds") > 1.7e9);
    assert_eq!(daemon.get("/readyz").body, "ready\n");

    let shown = daemon.get("/metrics").body;
    let said = |line: &str| shown.contains(&format!("{line}\n"));
    // One post, and a control record in each of two partitions.
    assert!(said("fengbiao_matcher_records_total 3"), "{shown}");
    assert!(
        said("fengbiao_matcher_hits_total{topic=\"food-safety\"} 1"),
        "{shown}"
    );
    assert!(said("fengbiao_ledger_notices_total 1"), "{shown}");
    assert!(!shown.contains("topic=\"pipeline\""), "{shown}");
    assert!(!shown.contains("source=\"fengbiao-canary\""), "{shown}");
    assert_eq!(incidents(&daemon).len(), 1);
    assert_eq!(counted(&daemon), 1);
    assert!(!daemon.stdout.has("canary"), "{}", daemon.stdout.text());
    assert!(daemon.stop().0.success());

    let mut partitions = std::collections::BTreeSet::new();
    let mut options = Options::default();
    options.topic_mut(Topic::Posts).partitions = 2;
    for record in records_with(&config, Topic::Posts, options.clone()) {
        if let Ok(fengbiao_model::PostRecord::Post(post)) = decode_post_record(&record.payload)
            && post.source.is_canary()
        {
            partitions.insert(record.position.partition.0);
        }
    }
    assert_eq!(partitions, [0, 1].into(), "each partition has its own");
    let hits = records_with(&config, Topic::Hits, options).into_iter();
    let pipeline = hits.filter(|record| {
        matches!(
            decode_hit_record(&record.payload),
            Ok(fengbiao_model::HitRecord::Hit(hit)) if hit.topic.is_pipeline()
        )
    });
    assert!(pipeline.count() >= 6);
    let ledger = rusqlite::Connection::open(config.data().join("ledger.sqlite")).unwrap();
    for table in ["memories", "buckets", "incidents", "quotes", "members"] {
        let count = |sql: &str| -> i64 { ledger.query_row(sql, [], |row| row.get(0)).unwrap() };
        let whole: i64 = count(&format!("SELECT count(*) FROM {table}"));
        assert!(whole > 0, "{table}");
        let of_pipeline = match table {
            "memories" => "instr(entries, CAST('pipeline' AS BLOB)) > 0",
            "buckets" | "incidents" => "topic = 'pipeline'",
            _ => continue,
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {of_pipeline}");
        assert_eq!(count(&sql), 0, "{table}");
    }
    let data = config.data();
    let output = config.run(&["replay", "--steps", data.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn while_nothing_comes_through_there_is_an_alarm_and_no_heartbeat() {
    let server = Server::start(|_| reply(200, "OK"));
    let config = config(
        // Longer than the five seconds after which the alerter tells the log how far it has come: that
        // it cannot must not keep it from missing the canary.
        "[watchdog]\ncanary_interval = \"1s\"\ncanary_within = \"10s\"\n\
         heartbeat_url_file = \"beat\"\nheartbeat_interval = \"200ms\"\n\
         [[receiver]]\nid = \"desk\"\nkind = \"file\"\npath = \"notices.ndjson\"\n",
    );
    config.write("beat", format!("http://{}/ping/secret\n", server.address));
    let mut daemon = Daemon::start(&config);
    daemon.until("heartbeat", || server.received().first().cloned());
    let beat = server.received().remove(0);
    assert_eq!(
        (beat.method.as_str(), beat.path.as_str()),
        ("GET", "/ping/secret")
    );
    assert!(!daemon.stderr.has("secret"), "{}", daemon.stderr.text());

    // The log takes nothing any more: no canary goes in, no hit comes out.
    let other = hold(&config, "log.sqlite");
    let alarm = eventually("alarm", || alarms(&daemon).pop());
    assert_eq!(alarm["tier"], "II");
    assert_eq!(alarm["subject"]["name"], "canary-0");
    let said = eventually("notice", || {
        let text = std::fs::read_to_string(config.file("notices.ndjson")).ok()?;
        serde_json::from_str::<Value>(text.lines().next()?).ok()
    });
    assert_eq!(said["data"]["reason"]["method"], "watchdog");
    assert_eq!(said["data"]["reason"]["condition"], "canary_within = 10s");
    assert_eq!(said["data"]["topic_name"], "采集与处理");
    assert_eq!(said["data"]["owner"], "operations");
    eventually("obstacle", || {
        let answer = daemon.get("/readyz");
        (answer.status == 503 && answer.body.contains("canary: none")).then_some(())
    });
    eventually("gauge", || {
        (metric(&daemon, "fengbiao_pipeline_alarm{tier=\"II\"}") == 1.0).then_some(())
    });
    // One beat may be under way, and one that was given up may come late; then none goes. By now it
    // is known that no canary comes out any more, so that the alarm stays.
    let withheld = || metric(&daemon, "fengbiao_heartbeats_total{outcome=\"withheld\"}");
    let until = |least: f64| eventually("withheld", || (withheld() >= least).then_some(()));
    until(withheld() + 3.0);
    let before = server.received().len();
    until(withheld() + 3.0);
    assert_eq!(server.received().len(), before, "the heartbeat has ceased");

    other.execute_batch("ROLLBACK").unwrap();
    eventually("the end of the alarm", || {
        alarms(&daemon).is_empty().then_some(())
    });
    eventually("heartbeat", || {
        (server.received().len() > before).then_some(())
    });
    eventually("gauge", || {
        (metric(&daemon, "fengbiao_pipeline_alarm{tier=\"II\"}") == 0.0).then_some(())
    });
    eventually("word", || {
        daemon
            .stderr
            .has("the heartbeat goes out again")
            .then_some(())
    });
    assert!(daemon.stop().0.success());
}

/// The polls and the errors of a source over all pulses in the log of a daemon that has stopped.
fn polls(config: &Config, source: &str) -> (u32, u32) {
    let pulses = records(config, Topic::Pulses).into_iter();
    let pulses = pulses.map(|record| decode_pulse(&record.payload).unwrap());
    let of_source = pulses.filter(|pulse| pulse.source.as_str() == source);
    of_source.fold((0, 0), |(polls, errors), pulse| {
        (polls + pulse.polls, errors + pulse.errors)
    })
}

/// What the alerter goes by when it calls a source dead: no poll without an error, and after the
/// failure is mended polls without one. How long that may last is told in the alerter's scripts:
/// the daemon would have to run for minutes.
#[test]
fn a_feed_that_fails_has_no_successful_poll_until_it_is_mended() {
    let fails = Arc::new(AtomicBool::new(true));
    let failing = Arc::clone(&fails);
    let server = Server::start(move |request: &Received| match request.path.as_str() {
        "/feed.xml" if failing.load(Ordering::SeqCst) => reply(500, "out of order"),
        "/feed.xml" => reply(200, EMPTY_FEED),
        _ => reply(404, ""),
    });
    let config = config(&format!(
        "[[source]]\nkind = \"feed\"\nname = \"city\"\nurl = \"http://{}/feed.xml\"\n\
         interval = \"1s\"\ndead_after = \"2m\"\n\
         [crawler]\ncontact = \"mailto:desk@fengbiao.example\"\n",
        server.address
    ));
    let asked = || {
        let received = server.received().into_iter();
        received.filter(|r| r.path == "/feed.xml").count()
    };
    let mut daemon = Daemon::start(&config);
    // The second comes after the first has failed; what the stop cuts off is no poll.
    daemon.until("two attempts", || (asked() >= 2).then_some(()));
    assert!(daemon.stop().0.success());
    let (polls_failed, errors) = polls(&config, "city");
    assert!(polls_failed > 0, "no poll in the pulses");
    assert_eq!(polls_failed, errors, "each poll failed");

    fails.store(false, Ordering::SeqCst);
    let before = asked();
    let mut daemon = Daemon::start(&config);
    // The second comes after the first has been read to its end, as before.
    daemon.until("two looks", || (asked() >= before + 2).then_some(()));
    assert!(daemon.stop().0.success());
    let (polls_now, errors_now) = polls(&config, "city");
    assert!(polls_now > polls_failed, "{polls_now} polls");
    assert_eq!(errors_now, errors, "none failed since");
}
