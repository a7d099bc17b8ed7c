//! How the daemon begins and ends for whoever runs it.

use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::sync::Mutex;

use fengbiao_log::Topic;
use fengbiao_model::PostRecord;
use fengbiao_wire::decode_post_record;

use super::notices::desk;
use super::{accepted, config, illness, records};
use crate::support::http::{Server, reply};
use crate::support::{Config, Daemon, PATIENCE, STOP_WITHIN, eventually, write_secret};

/// Pushes from two threads until the daemon is gone, and stops it meanwhile: the accepted ids.
fn stopped_under_load(config: &Config, signal: &str) -> Vec<String> {
    let mut daemon = Daemon::start(config);
    // A request that never comes to its end, and a connection that says nothing.
    let mut half = TcpStream::connect(&daemon.address).unwrap();
    let head = "POST /v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    half.write_all(head.as_bytes()).unwrap();
    let _idle = TcpStream::connect(&daemon.address).unwrap();
    let taken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (address, taken) = (daemon.address.clone(), &taken);
            scope.spawn(move || {
                for number in 0.. {
                    let lines: Vec<_> = (0..50)
                        .map(|n| illness("青禾县", (number * 2 + thread) * 50 + n))
                        .collect();
                    let kind = [("content-type", "application/x-ndjson")];
                    let body = lines.join("\n");
                    let Ok(answer) = crate::support::http::ask(
                        &address,
                        "POST",
                        "/v1/posts",
                        &kind,
                        body.as_bytes(),
                    ) else {
                        return;
                    };
                    if answer.status == 200 {
                        taken.lock().unwrap().push(answer.body);
                    }
                }
            });
        }
        daemon.until("load", || (taken.lock().unwrap().len() > 10).then_some(()));
        daemon.signal(signal);
        let (status, took) = daemon.wait();
        assert_eq!(status.code(), Some(0), "{}", daemon.stderr.text());
        assert!(took < STOP_WITHIN, "{took:?}\n{}", daemon.stderr.text());
    });
    assert!(!config.data().join("address").exists());
    let ids = |body: &String| -> Vec<String> {
        let id = |line: &str| {
            let outcome: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(outcome["outcome"], "accepted", "{outcome}");
            outcome["post_id"].as_str().unwrap().to_owned()
        };
        body.lines().map(id).collect()
    };
    taken.into_inner().unwrap().iter().flat_map(ids).collect()
}

#[test]
fn nobody_holds_its_stop_up_and_it_keeps_what_it_accepted() {
    // A receiver that never answers must not hold the end up.
    let silent = Server::start(|_| None);
    let config = config(&format!(
        "[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://{}/\"\n\
         secret_file = \"secret\"\ngroup_wait = \"0s\"\n",
        silent.address
    ));
    config.write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut taken = stopped_under_load(&config, "TERM");
    taken.extend(stopped_under_load(&config, "INT"));
    assert!(!silent.received().is_empty());
    let id = |record: &fengbiao_log::Record| match decode_post_record(&record.payload).unwrap() {
        PostRecord::Post(post) => Some(post.id.to_string()),
        _ => None,
    };
    let stored: std::collections::BTreeSet<_> = records(&config, Topic::Posts)
        .iter()
        .filter_map(id)
        .collect();
    let lost: Vec<_> = taken.iter().filter(|id| !stored.contains(*id)).collect();
    assert!(lost.is_empty(), "accepted and not stored: {lost:?}");
}

/// The socket of a service manager, which hears what a daemon says of itself.
struct Manager {
    socket: UnixDatagram,
    path: std::path::PathBuf,
}

impl Manager {
    fn new(config: &Config) -> Self {
        let path = config.file("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, path }
    }

    fn hears(&self) -> String {
        let mut buffer = [0; 1_024];
        let length = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// Hears until something has such an end: all that was said.
    fn hears_until(&self, end: &str) -> Vec<String> {
        let mut heard = vec![self.hears()];
        while !heard.last().unwrap().ends_with(end) {
            heard.push(self.hears());
        }
        heard
    }
}

#[test]
fn the_service_manager_is_told() {
    let config = config("");
    let manager = Manager::new(&config);
    let mut daemon = Daemon::start_with(&config, |command| {
        command.env("NOTIFY_SOCKET", &manager.path);
    });
    let heard = manager.hears_until("STATUS=ready");
    assert!(heard[0].starts_with("READY=1\n"), "{heard:?}");
    accepted(&daemon, &[illness("青禾县", 1)]);
    // At once: whoever stops it right after `READY=1` must be heard.
    assert!(daemon.stop().0.success());
    manager.hears_until("STOPPING=1");
}

/// It has begun, and waits for the operator: to be started again would help nobody, and it is not
/// ready.
#[test]
fn the_service_manager_is_told_of_a_log_that_was_made_anew() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    for number in 0..4 {
        accepted(&daemon, &[illness("青禾县", number)]);
    }
    eventually("hits", || (super::counted(&daemon) == 4).then_some(()));
    assert!(daemon.stop().0.success());
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(config.data().join(format!("log.sqlite{end}"))).ok();
    }
    let manager = Manager::new(&config);
    let mut daemon = Daemon::spawn(&["run"], &config, |command| {
        command.env("NOTIFY_SOCKET", &manager.path);
    });
    let heard = manager.hears_until("takes it as it is");
    assert!(heard[0].starts_with("READY=1\nSTATUS="), "{heard:?}");
    assert!(!heard.join("\n").contains("STATUS=ready"), "{heard:?}");
    let confirmed = config.run(&["confirm", "new-generation", "--by", "chen"]);
    assert!(confirmed.status.success());
    manager.hears_until("STATUS=ready");
    assert!(daemon.stop().0.success());
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    let server = Server::start(|_| reply(204, ""));
    let config = desk(&server);
    let mut daemon = Daemon::start(&config);
    let second = config.run(&["run"]);
    assert_eq!(second.status.code(), Some(2));
    let said = crate::support::stderr(&second);
    assert!(said.contains("in use by another fengbiao"), "{said}");
    accepted(&daemon, &[illness("青禾县", 1)]);
    daemon.until("webhook", || server.received().first().cloned());
    let third = config.run(&["run"]);
    assert_eq!(third.status.code(), Some(2));
    assert!(daemon.stop().0.success());
    assert_eq!(server.received().len(), 1, "nothing is sent twice");
}

/// No broker is needed for this: one that is away is waited for before anything else is there.
#[test]
fn it_stops_at_once_while_it_waits_for_brokers_that_are_away() {
    let config = config(
        "[privacy]\npseudonym_secret_file = \"secret\"\n[log]\nkind = \"kafka\"\n\
         [log.kafka]\nbrokers = \"127.0.0.1:9\"\nconnect_timeout = \"1h\"\n",
    );
    write_secret(
        &config.file("secret"),
        "nobody is followed with this secret",
    );
    let mut daemon = Daemon::spawn(&["run"], &config, |_| {});
    let lock = config.data().join("lock");
    daemon.until("the data directory", || lock.exists().then_some(()));
    let (status, took) = daemon.stop();
    let said = daemon.stderr.clone();
    assert!(status.success(), "{status}\n{}", said.text());
    assert!(took < STOP_WITHIN, "{took:?}");
    eventually("its word", || said.has("stopping").then_some(()));
}

/// The lexicon's folder has a pipe that nobody writes to: reading it takes without end, as compiling a
/// large one takes long.
#[test]
fn it_stops_at_once_while_it_waits_for_its_first_lexicon() {
    let config = config("");
    let lists = config.file("lexicon/lists");
    std::fs::create_dir_all(&lists).unwrap();
    let pipe = lists.join("never.txt");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut daemon = Daemon::spawn(&["run"], &config, |_| {});
    // The ledger is opened right before; the lexicon is all that is left to wait for.
    let key = config.data().join("link.key");
    daemon.until("the ledger", || key.exists().then_some(()));
    let (status, took) = daemon.stop();
    assert!(status.success(), "{status}\n{}", daemon.stderr.text());
    assert!(took < STOP_WITHIN, "{took:?}");
    let said = daemon.stderr.clone();
    eventually("its word", || said.has("stopping").then_some(()));
    // Nothing is left half done.
    std::fs::remove_file(pipe).unwrap();
    let mut daemon = Daemon::start(&config);
    assert!(daemon.stop().0.success());
}

/// Whoever reads the log by machine reads all of it.
#[test]
fn a_log_in_json_has_nothing_else_in_it() {
    let config = Config::new("[logging]\nformat = \"json\"\n");
    let mut daemon = Daemon::start(&config);
    let said = daemon.stderr.clone();
    daemon.until("the greeting", || {
        said.has("is ready and waits").then_some(())
    });
    assert!(daemon.stop().0.success());
    let text = daemon.stderr.text();
    assert!(text.contains("\"stopping\""), "{text}");
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(event["level"].is_string(), "{line}");
    }
}
