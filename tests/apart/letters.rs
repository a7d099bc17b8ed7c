//! What cannot be read, and what comes from other people's collectors, on a real broker.

use fengbiao_log::{Destination, NewRecord, Producer as _, Topic};
use fengbiao_model::Partition;
use serde_json::{Value, json};

use super::installation::{Installation, new_prefix};
use crate::broker::Broker;
use crate::support::{Config, Daemon, eventually, stderr, stdout};

const POST: &str = "安吉县第一小学食堂午饭后十几个学生呕吐";
const CALM: &str = "[watchdog]\ncanary_interval = \"0s\"\n";

/// For partition 0 of `posts`, or of what stands in for a foreign topic.
fn raw(payload: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(0)),
        payload: payload.into(),
    }
}

#[track_caller]
fn letter(config: &Config) -> Value {
    eventually("dead letter", || {
        let output = config.run(&["dead-letters", "list", "--format", "json"]);
        let text = stdout(&output);
        serde_json::from_str(text.lines().next()?).ok()
    })
}

#[track_caller]
fn incident_of(config: &Config, place: &str) {
    eventually("incident", || {
        let output = config.run(&["incidents", "list"]);
        stdout(&output).contains(place).then_some(())
    });
}

#[test]
fn a_record_that_cannot_be_read_is_set_aside_and_its_partition_goes_on() {
    let name = "a_record_that_cannot_be_read_is_set_aside_and_its_partition_goes_on";
    let Some(broker) = Broker::find(name) else {
        return;
    };
    let installation = Installation::new(broker);
    let config = installation.config(CALM);
    let mut daemon = Daemon::start(&config);
    let log = installation.log(&installation.prefix);
    let poison = raw("{\"v\":1,\"kind\":\"post\",\"text\":\"call 13812345678\"");
    let position = log.append(vec![poison]).unwrap()[0];
    let found = letter(&config);
    let wanted = json!(["posts", position.partition.0, position.offset.0]);
    assert_eq!(
        json!([found["topic"], found["partition"], found["offset"]]),
        wanted
    );
    assert!(!found.to_string().contains("13812345678"), "{found}");
    // The partition goes on: what stands behind it is matched.
    let line = json!({ "id": "behind", "service": "lane", "text": POST });
    assert_eq!(daemon.push(&format!("{line}\n")).status, 200);
    incident_of(&config, "安吉县");

    let id = found["id"].as_str().unwrap();
    let shown = config.run(&["dead-letters", "show", id]);
    assert!(
        stdout(&shown).contains("topic posts, partition 0"),
        "{}",
        stderr(&shown)
    );
    let again = config.run(&["dead-letters", "resubmit", id, "--by", "chen"]);
    assert!(
        stderr(&again).contains("still cannot be read"),
        "{}",
        stderr(&again)
    );
    let mut corrected =
        json!({ "id": "corrected", "service": "lane", "text": POST.replace("安吉县", "德清县") });
    let path = config.write("corrected.json", corrected.to_string());
    let args = [
        "dead-letters",
        "resubmit",
        id,
        "--by",
        "chen",
        "--line",
        path.to_str().unwrap(),
    ];
    // Nothing says whose it is, and a made-up source would count as another one.
    let whose = config.run(&args);
    assert!(
        stderr(&whose).contains("of which source the post is"),
        "{}",
        stderr(&whose)
    );
    corrected["source"] = json!("square");
    config.write("corrected.json", corrected.to_string());
    let put_back = config.run(&args);
    assert!(
        stdout(&put_back).contains("put back as post"),
        "{}",
        stderr(&put_back)
    );
    incident_of(&config, "德清县");
    let unknown = config.run(&["dead-letters", "show", "0-999"]);
    assert!(
        stderr(&unknown).contains("no dead letter `0-999`"),
        "{}",
        stderr(&unknown)
    );
    assert!(daemon.stop().0.success());
}

/// The log itself is embedded here: a foreign topic is a source like any other.
#[test]
fn a_topic_of_other_peoples_collectors_is_a_source() {
    let name = "a_topic_of_other_peoples_collectors_is_a_source";
    let Some(broker) = Broker::find(name) else {
        return;
    };
    let installation = Installation::new(broker);
    let prefix = new_prefix();
    let foreign = installation.log(&prefix);
    let record = |mid: &str, place: &str| {
        let text = format!("{place}{}，电话13812345678", POST.replace("安吉县", ""));
        let record = json!({ "mid": mid, "content": text, "user": "wang-xiaoming" });
        raw(record.to_string())
    };
    foreign
        .append(vec![
            record("1", "安吉县"),
            raw("no json"),
            record("2", "德清县"),
        ])
        .unwrap();
    let source = format!(
        "[[source]]\nkind = \"kafka\"\nname = \"partners\"\nbrokers = \"{}\"\ntopic = \"{prefix}posts\"\n\
         group = \"{prefix}crawlers\"\nmap = \"id=mid,text=content,author=user,service='lane'\"\n",
        installation.broker.fact("plaintext")
    );
    let config = Config::new(&source);
    let mut daemon = Daemon::start(&config);
    incident_of(&config, "安吉县");
    incident_of(&config, "德清县");
    let found = letter(&config);
    let origin = format!("partners: topic {prefix}posts, partition 0, offset 1");
    assert_eq!(found["origin"], json!(origin));
    assert!(daemon.stop().0.success());
    // After a start it goes on where it was: nothing comes twice.
    foreign.append(vec![record("3", "桐庐县")]).unwrap();
    let mut daemon = Daemon::start(&config);
    incident_of(&config, "桐庐县");
    let metrics = daemon.get("/metrics").body;
    let accepted = "fengbiao_crawler_records_accepted_total{source=\"partners\"} 1\n";
    assert!(metrics.contains(accepted), "{metrics}");
    assert!(daemon.stop().0.success());
    // Neither the author nor the number is anywhere in what was written.
    for path in crate::support::files_below(&config.data()) {
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["wang-xiaoming", "13812345678"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "`{secret}` is in {}", path.display());
        }
    }
}

#[test]
fn our_own_topics_are_no_source() {
    let config = Config::new(
        "[privacy]\npseudonym_secret_file = \"secret\"\n[log]\nkind = \"kafka\"\n\
         [log.kafka]\nbrokers = \"127.0.0.1:1\"\n[[source]]\nkind = \"kafka\"\nname = \"loop\"\n\
         brokers = \"127.0.0.1:1\"\ntopic = \"fengbiao.posts\"\n",
    );
    let output = config.run(&["check"]);
    assert!(
        stderr(&output).contains("`topic` is `fengbiao.posts`"),
        "{}",
        stderr(&output)
    );
}
