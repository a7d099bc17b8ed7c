//! Who may do what, and which files are not touched.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::{config, illness};
use crate::support::{Daemon, eventually, http, stderr, stdout};

const TOKEN: &str = "a-token-of-the-tests-with-40-characters-";

#[test]
fn with_a_token_push_and_api_need_it_and_links_do_not() {
    let config = config("[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = \"token\"\n");
    config.write("token", format!("{TOKEN}\n"));
    let mut daemon = Daemon::start(&config);
    let line = illness("青禾县", 1);
    let paths = [
        ("POST", "/v1/posts"),
        ("GET", "/v1/incidents"),
        ("GET", "/v1/incidents/1"),
        ("POST", "/v1/incidents/1/acknowledge"),
        ("POST", "/v1/incidents/1/close"),
        ("GET", "/v1/dead-letters"),
        ("GET", "/v1/openapi.json"),
        ("POST", "/v1/lexicons"),
        ("POST", "/v1/purge"),
        ("POST", "/v1/backup"),
        ("POST", "/v1/confirm"),
    ];
    let wrong = [None, Some(""), Some("a-token"), Some(&TOKEN[1..])];
    for (method, path) in paths {
        for token in wrong {
            daemon.token = token.map(str::to_owned);
            let answer = daemon.ask(method, path, "application/x-ndjson", line.as_bytes());
            assert_eq!(answer.status, 401, "{method} {path} {token:?}: {answer:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(!answer.body.contains(TOKEN));
        }
    }
    daemon.token = None;
    // A link carries its own right, and this one has none; health and metrics name no post.
    assert_eq!(daemon.get("/a/rubbish").status, 403);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(daemon.get(path).status, 200, "{path}");
    }
    daemon.token = Some(TOKEN.to_owned());
    super::accepted(&daemon, &[line]);
    assert_eq!(daemon.get("/v1/incidents").status, 200);
    // The command line finds the token where the daemon does.
    let listed = config.run(&["incidents", "list", "--all"]);
    assert!(stderr(&listed).is_empty(), "{}", stderr(&listed));
    assert!(!daemon.stderr.has(TOKEN) && !stdout(&listed).contains(TOKEN));
    assert!(daemon.stop().0.success());
}

#[test]
fn without_a_token_others_cannot_be_let_in() {
    let open = config("[http]\nlisten = \"0.0.0.0:0\"\n");
    let refused = open.run(&["run"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("hint: write a token"),
        "{}",
        stderr(&refused)
    );
    assert!(!open.data().exists());

    let short = config("[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = \"token\"\n");
    short.write("token", "short");
    let refused = short.run(&["run"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("at least 32"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn on_loopback_a_page_of_another_site_is_refused() {
    let config = config("");
    let daemon = Daemon::start(&config);
    let headers = [
        ("origin", "https://elsewhere.example"),
        ("content-type", "application/json"),
    ];
    for path in ["/v1/posts", "/v1/incidents/1/acknowledge", "/v1/purge"] {
        let answer = http::ask(&daemon.address, "POST", path, &headers, b"{}");
        assert_eq!(answer.unwrap().status, 403, "{path}");
    }
}

/// The name of a foreign site leads to this machine, so that its page is of the same site as we are.
#[test]
fn on_loopback_a_site_that_leads_here_by_its_name_is_refused() {
    let config = config("[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://desk.example\"\n");
    let daemon = Daemon::start(&config);
    let ask = |method: &str, path: &str, host: &str, origin: &str| {
        let kind = ("content-type", "application/json");
        let headers = [("host", host), ("origin", origin), kind];
        http::ask(&daemon.address, method, path, &headers, b"{}").unwrap()
    };
    let (evil, its_page) = ("evil.example:7311", "http://evil.example:7311");
    for (method, path) in [
        ("GET", "/v1/incidents"),
        ("GET", "/v1/dead-letters"),
        ("GET", "/v1/openapi.json"),
        ("POST", "/v1/posts"),
        ("POST", "/v1/backup"),
        ("POST", "/v1/purge"),
    ] {
        let answer = ask(method, path, evil, its_page);
        assert_eq!(answer.status, 403, "{method} {path}");
        let remedy = answer.body.contains(evil) && answer.body.contains("hint: ");
        assert!(remedy, "{answer:?}");
    }
    let port = daemon.address.rsplit(':').next().unwrap();
    for host in [&format!("localhost:{port}"), "desk.example"] {
        let page = format!("http://{host}");
        assert_eq!(ask("GET", "/v1/incidents", host, &page).status, 200);
        assert_eq!(ask("POST", "/v1/purge", host, &page).status, 422);
    }
    // These are open to whoever can reach them; a link says itself whether it is good.
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(ask("GET", path, evil, its_page).status, 200, "{path}");
    }
    let by_link = ask("GET", "/a/rubbish", evil, its_page);
    assert!(!by_link.body.contains("http.token_file"), "{by_link:?}");
}

#[test]
fn files_of_a_newer_version_are_refused_and_left_alone() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    assert!(daemon.stop().0.success());
    for name in ["log.sqlite", "ledger.sqlite"] {
        let path = config.data().join(name);
        let file = rusqlite::Connection::open(&path).unwrap();
        let version: u32 = file
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        file.execute_batch("PRAGMA user_version = 4000").unwrap();
        drop(file);
        let before = fs::read(&path).unwrap();
        let refused = config.run(&["run"]);
        assert_eq!(refused.status.code(), Some(2), "{name}");
        let said = stderr(&refused);
        assert!(said.contains(name) && said.contains("4000"), "{said}");
        assert!(said.contains("hint: "), "{said}");
        assert_eq!(fs::read(&path).unwrap(), before, "{name} was changed");
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute_batch(&format!("PRAGMA user_version = {version}"))
            .unwrap();
    }
    assert!(Daemon::start(&config).stop().0.success());
}

/// A ledger that was deleted is seen: nothing is told a second time before the operator says so.
#[test]
fn a_ledger_that_was_made_anew_waits_for_the_operator() {
    let config =
        config("[[receiver]]\nid = \"duty-log\"\nkind = \"file\"\npath = \"notices.ndjson\"\n");
    let mut daemon = Daemon::start(&config);
    let push = |daemon: &Daemon, place: &str| {
        let line = format!("{{\"text\":\"{place}食堂午饭后十几个学生呕吐\"}}\n");
        assert_eq!(daemon.push(&line).status, 200);
    };
    let notices = || fs::read_to_string(config.file("notices.ndjson")).unwrap_or_default();
    let told = |place: &str| {
        notices()
            .lines()
            .filter(|line| line.contains(place))
            .count()
    };
    push(&daemon, "青禾县");
    daemon.until("the notice", || (told("青禾县") == 1).then_some(()));
    // The log hears of the places now and then.
    let log = config.data().join("log.sqlite");
    let hits_read = || {
        let log = rusqlite::Connection::open(&log).unwrap();
        let sql =
            "SELECT count(*) FROM cursors WHERE name = 'alerter' AND topic = 'hits' AND next > 0";
        log.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    daemon.until("the places in the log", || hits_read().then_some(()));
    daemon.stop();
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(config.data().join(format!("ledger.sqlite{end}"))).ok();
    }
    let mut daemon = Daemon::start_roles(&config, "crawler,matcher,alerter,console");
    let address = daemon.address.clone();
    daemon.until("word of it", || {
        let answer = http::ask(&address, "GET", "/readyz", &[], b"").ok()?;
        answer.body.contains("confirm new-ledger").then_some(())
    });
    push(&daemon, "云岭县");
    // Many times what a step takes; where that is too short, this passes and the count below fails.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((told("青禾县"), told("云岭县")), (1, 0));
    let confirmed = config.run(&["confirm", "new-ledger", "--by", "chen"]);
    assert!(confirmed.status.success());
    daemon.until("both", || {
        (told("青禾县") == 2 && told("云岭县") == 1).then_some(())
    });
    daemon.until_ready();
    // A receiver that drops repeats drops nothing of the new one, though its numbers begin again.
    let events = notices();
    let events = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let events: Vec<serde_json::Value> = events.collect();
    let ids: Vec<_> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    let (ledgers, keys): (BTreeSet<_>, BTreeSet<_>) =
        ids.iter().map(|id| id.split_once('.').unwrap()).unzip();
    let all: BTreeSet<_> = ids.iter().collect();
    assert_eq!((all.len(), ledgers.len()), (3, 2), "{ids:?}");
    assert_eq!(keys.len(), 2, "the numbers begin again: {ids:?}");
    // Nor does a link to what was there before lead to what has its number now.
    let link = events[0]["acknowledgeurl"].as_str().unwrap();
    let (_, token) = link.split_once("/a/").unwrap();
    assert_eq!(daemon.get(&format!("/a/{token}")).status, 410);
    // What a receiver sees as the id is found in the record.
    let incident = &events[1]["data"]["number"];
    let shown = daemon.get(&format!("/v1/incidents/{}", incident.as_str().unwrap()));
    let deliveries = shown.json()["deliveries"].as_array().unwrap().clone();
    assert!(deliveries.iter().any(|one| one["id"] == ids[1]), "{ids:?}");
}

/// Whoever confirms hears what the alerter makes of it, not that it was asked.
#[test]
fn a_confirmation_tells_what_became_of_it() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let said = |what: &str| {
        let output = config.run(&["confirm", what, "--by", "chen"]);
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let refused = |(code, out, error): (_, String, String)| {
        assert_eq!((code, out.as_str()), (Some(1), ""), "{error}");
        assert!(error.contains("there is nothing to confirm"), "{error}");
    };
    refused(said("clock"));
    let (code, out, error) = said("new-generation");
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "confirmed: new-generation\n"),
        "{error}"
    );
    let ask = |what: &str| {
        let body = format!("{{\"what\":\"{what}\",\"by\":\"chen\"}}");
        let answer = daemon.ask("POST", "/v1/confirm", "application/json", body.as_bytes());
        (answer.status, answer.json())
    };
    let (status, body) = ask("clock");
    assert_eq!(status, 409, "{body}");
    assert_eq!(
        body["detail"],
        "the clocks agree, there is nothing to confirm"
    );
    let (status, body) = ask("new-generation");
    assert_eq!((status, &body["done"]), (200, &true.into()), "{body}");
    assert!(daemon.stop().0.success());
    refused(said("clock"));
}

/// A log that was deleted is seen, and read from its beginning once the operator says so.
#[test]
fn a_log_that_was_made_anew_waits_for_the_operator() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let push = |daemon: &Daemon, place: &str| {
        let line = format!("{{\"text\":\"{place}食堂午饭后十几个学生呕吐\"}}\n");
        assert_eq!(daemon.push(&line).status, 200);
    };
    for place in ["青禾县", "临溪县", "柳塘县", "石桥县"] {
        push(&daemon, place);
    }
    let seen = |place: &str| {
        eventually("incident", || {
            let output = config.run(&["incidents", "list", "--all"]);
            stdout(&output).contains(place).then_some(())
        });
    };
    seen("石桥县");
    daemon.stop();
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(config.data().join(format!("log.sqlite{end}"))).ok();
    }
    let mut daemon = Daemon::start_roles(&config, "crawler,matcher,alerter,console");
    let address = daemon.address.clone();
    daemon.until("word of it", || {
        let answer = http::ask(&address, "GET", "/readyz", &[], b"").ok()?;
        answer.body.contains("confirm new-generation").then_some(())
    });
    push(&daemon, "云岭县");
    let confirmed = config.run(&["confirm", "new-generation", "--by", "chen"]);
    assert!(confirmed.status.success());
    seen("云岭县");
    daemon.until_ready();
}
