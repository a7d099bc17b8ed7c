//! Chains through what a night brings: a network that is cut, a process that is killed, a disk that
//! is full. Nobody in the chain is left out, and nobody is told twice under two keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{accepted, config, illness};
use crate::support::http::{Server, reply};
use crate::support::{Config, Daemon, eventually};

/// Three receivers in a chain whose steps last so long.
pub(crate) fn chain(server: &Server, within: &str) -> Config {
    let receiver = |id: &str| {
        format!(
            "[[receiver]]\nid = \"{id}\"\nkind = \"webhook\"\nurl = \"http://{}/{id}\"\n\
             secret_file = \"secret\"\n",
            server.address
        )
    };
    let receivers: String = ["duty", "lead", "boss"].map(receiver).concat();
    let config = config(&format!(
        "{receivers}[[route]]\nto = [\"chain:night\"]\ngroup_wait = \"0s\"\n\
         [[chain]]\nid = \"night\"\nacknowledge_within = {{ III = \"{within}\" }}\n\
         steps = [[\"duty\"], [\"lead\"]]\nlast_resort = \"boss\"\n\
         [watchdog]\nenabled = false\n"
    ));
    config.write("secret", format!("whsec_{}", STANDARD.encode([7; 32])));
    config
}

/// What each receiver was told, by message id: the kinds of the notices.
pub(crate) fn told(server: &Server) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut told: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for received in server.received() {
        let event: Value = serde_json::from_slice(&received.body).unwrap();
        let kind = event["data"]["kind"].as_str().unwrap().to_owned();
        let to = received.path.trim_start_matches('/').to_owned();
        let id = received.header("webhook-id").to_owned();
        told.entry(to).or_default().insert(id, kind);
    }
    told
}

/// The whole chain, each step once.
#[track_caller]
pub(crate) fn each_once(server: &Server) {
    let told = told(server);
    for (to, kind) in [
        ("duty", "opened"),
        ("lead", "escalated"),
        ("boss", "unanswered"),
    ] {
        let kinds: Vec<&String> = told[to].values().collect();
        assert_eq!(kinds, [kind], "{to}: {told:?}");
    }
}

/// The kinds of the events in the record of the first incident.
fn happened(daemon: &Daemon) -> Vec<String> {
    let record = daemon.get("/v1/incidents/1").json();
    let events = record["events"].as_array().cloned().unwrap_or_default();
    let kind = |event: &Value| event["what"]["kind"].as_str().map(str::to_owned);
    events.iter().filter_map(kind).collect()
}

#[test]
fn while_the_network_is_cut_the_chain_climbs_and_all_of_it_arrives_once() {
    let cut = Arc::new(AtomicBool::new(true));
    let closed = Arc::clone(&cut);
    let server = Server::start(move |_| {
        let status = if closed.load(Ordering::SeqCst) {
            503
        } else {
            204
        };
        reply(status, "")
    });
    let config = chain(&server, "1s");
    let daemon = Daemon::start(&config);
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("the first step", || {
        happened(&daemon)
            .contains(&"escalated".to_owned())
            .then_some(())
    });
    daemon.kill();

    let mut daemon = Daemon::start(&config);
    eventually("the end of the chain", || {
        happened(&daemon)
            .contains(&"unanswered".to_owned())
            .then_some(())
    });
    cut.store(false, Ordering::SeqCst);
    daemon.until("all notices", || (told(&server).len() == 3).then_some(()));
    each_once(&server);
    assert!(daemon.stop().0.success());
}
