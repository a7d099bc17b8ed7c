//! Foreign topics that cannot be read, beside one that can.

use fengbiao_log::{Destination, NewRecord, Producer as _, Topic};
use fengbiao_model::Partition;
use serde_json::json;

use super::installation::{Installation, new_prefix};
use crate::broker::Broker;
use crate::support::{Config, Daemon, eventually, stdout};

#[test]
fn a_source_that_cannot_be_read_is_named_and_stalls_no_other() {
    let Some(broker) = Broker::own("a_source_that_cannot_be_read_is_named_and_stalls_no_other")
    else {
        return;
    };
    let installation = Installation::new(broker);
    let broker = &installation.broker;
    let prefix = new_prefix();
    let foreign = installation.log(&prefix);
    let source = |name: &str, brokers: &str, topic: &str, access: &str| {
        format!(
            "[[source]]\nkind = \"kafka\"\nname = \"{name}\"\nbrokers = \"{brokers}\"\n\
             topic = \"{topic}\"\ngroup = \"{prefix}{name}\"\n{access}"
        )
    };
    let plain = broker.fact("plaintext");
    let login = format!(
        "[source.access]\ntls = true\ntls_authority_file = \"{}\"\nlogin = \"scram-sha-512\"\n\
         user = \"{}\"\npassword_file = \"wrong\"\n",
        broker.fact("authority"),
        broker.fact("user")
    );
    let posts = format!("{prefix}posts");
    let config = Config::new(
        &[
            source("away", "127.0.0.1:9", &posts, ""),
            source("missing", plain, "nobody-made-this", ""),
            source("refused", broker.fact("login"), &posts, &login),
            source("sound", plain, &posts, ""),
        ]
        .concat(),
    );
    config.write("wrong", "a wrong password\n");
    let mut daemon = Daemon::start(&config);
    let faults = [
        ("away", "no broker answered at `127.0.0.1:9`"),
        ("missing", "`topic` and `brokers` are right"),
        ("refused", "refuse the login of"),
    ];
    // Readiness, the log and the metrics tell of each, one after the other.
    for (name, said) in faults {
        let counted = format!("fengbiao_crawler_errors_total{{source=\"{name}\"}}");
        eventually(said, || {
            let told = daemon.get("/readyz").body;
            let told = told.contains(&format!("source `{name}`")) && told.contains(said);
            let metrics = daemon.get("/metrics").body;
            (told && daemon.stderr.has(said) && metrics.contains(&counted)).then_some(())
        });
    }
    let ready = daemon.get("/readyz");
    assert_eq!(ready.status, 200, "the others go on: {ready:?}");
    assert!(!ready.body.contains("source `sound`"), "{ready:?}");
    assert!(!daemon.stderr.has("a wrong password"));

    let post =
        json!({ "id": "1", "service": "lane", "text": "安吉县第一小学食堂午饭后十几个学生呕吐" });
    let record = NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(0)),
        payload: post.to_string().into_bytes(),
    };
    foreign.append(vec![record]).unwrap();
    eventually("incident", || {
        let listed = config.run(&["incidents", "list"]);
        stdout(&listed).contains("安吉县").then_some(())
    });
    assert!(daemon.stop().0.success());
}
