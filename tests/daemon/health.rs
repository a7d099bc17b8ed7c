//! `/healthz`, `/readyz` and `/metrics` tell the truth.

use std::collections::BTreeSet;
use std::fs;

use super::{accepted, config, illness, incidents};
use crate::support::{Daemon, eventually};

#[test]
fn it_is_not_ready_while_its_steps_cannot_be_stored() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    assert_eq!(daemon.get("/readyz").body, "ready\n");
    assert_eq!(daemon.get("/healthz").body, "ok\n");

    // Somebody else holds the ledger.
    let other = rusqlite::Connection::open(config.data().join("ledger.sqlite")).unwrap();
    other.busy_timeout(crate::support::PATIENCE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    accepted(&daemon, &[illness("青禾县", 1)]);
    let said = eventually("obstacle", || {
        let answer = daemon.get("/readyz");
        (answer.status == 503).then_some(answer.body)
    });
    assert!(said.contains("alerter: "), "{said}");
    assert_eq!(daemon.get("/healthz").status, 200);

    other.execute_batch("ROLLBACK").unwrap();
    eventually("recovery", || {
        (daemon.get("/readyz").status == 200).then_some(())
    });
    // The step that had to wait has not been lost.
    eventually("incident", || incidents(&daemon).pop());
    assert!(daemon.stop().0.success());
}

/// It would write on into a file that is lost with its end, and look whole until then.
#[test]
fn it_says_that_its_files_were_taken_away_under_it() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let aside = config.file("aside.sqlite");
    let told = |daemon: &Daemon, what: &str| {
        let said = eventually(what, || {
            let answer = daemon.get("/readyz");
            (answer.status == 503 && answer.body.contains(what)).then_some(answer.body)
        });
        assert!(said.contains("`fengbiao restore`"), "{said}");
        eventually("the log", || daemon.stderr.has(what).then_some(()));
    };
    for (name, path) in [
        ("log", config.data().join("log.sqlite")),
        ("ledger", config.data().join("ledger.sqlite")),
    ] {
        let begins = format!("{name}: `{}` ", path.display());
        fs::rename(&path, &aside).unwrap();
        told(&daemon, &format!("{begins}was deleted or moved away"));
        fs::rename(&aside, &path).unwrap();
        daemon.until_ready();
        // A copy has the same content, and is another file.
        fs::copy(&path, &aside).unwrap();
        let kept = config.file(name);
        fs::rename(&path, &kept).unwrap();
        fs::rename(&aside, &path).unwrap();
        told(&daemon, &format!("{begins}was replaced"));
        fs::rename(&kept, &path).unwrap();
        daemon.until_ready();
    }
    accepted(&daemon, &[illness("青禾县", 1)]);
    eventually("incident", || incidents(&daemon).pop());
    assert!(daemon.stop().0.success());
}

#[test]
fn the_metrics_count_what_happened() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let lines = [
        illness("青禾县", 1),
        illness("青禾县", 1),
        illness("临溪县", 2),
    ];
    accepted(&daemon, &lines);
    assert_eq!(daemon.push("no post").status, 200);
    assert_eq!(daemon.push("{\"author\":\"a\"}").status, 200);
    accepted(&daemon, &["{\"text\":\"今天天气真好\"}".to_owned()]);
    eventually("incidents", || {
        (incidents(&daemon).len() == 2).then_some(())
    });
    for line in [
        // Four posts and the control record of the lexicon.
        "fengbiao_matcher_records_total 5\n",
        "fengbiao_crawler_records_accepted_total{source=\"push\"} 4\n",
        "fengbiao_matcher_hits_total{topic=\"food-safety\"} 3\n",
        // Counted when the step that stores the incidents is stored.
        "fengbiao_alerter_remarks_total{remark=\"found_again\"} 1\n",
    ] {
        eventually(line, || {
            daemon.get("/metrics").body.contains(line).then_some(())
        });
    }
    let text = daemon.get("/metrics").body;
    assert!(text.contains("fengbiao_poison_records_total 0\n"), "{text}");
    let refused = text
        .lines()
        .filter(|l| l.starts_with("fengbiao_crawler_lines_refused_total"));
    assert_eq!(refused.count(), 2, "{text}");
    let names: BTreeSet<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let foreign: Vec<_> = names
        .iter()
        .filter(|name| !name.starts_with("fengbiao_"))
        .collect();
    assert!(
        names.len() > 20 && foreign.is_empty(),
        "{foreign:?} of {names:?}"
    );
    assert!(daemon.stop().0.success());
}

#[test]
fn it_says_at_the_start_of_which_topics_nobody_is_told() {
    let mut text = "[[receiver]]\nid = \"desk\"\nkind = \"terminal\"\n\
                    [[route]]\ntopics = [\"food-safety\"]\nto = [\"desk\"]\n"
        .to_owned();
    let untold = "nobody is told of the topic `pipeline`";
    let wary = config(&text);
    let mut daemon = Daemon::start(&wary);
    let said = daemon.stderr.clone();
    eventually("warning", || said.has(untold).then_some(()));
    assert!(daemon.stop().0.success());
    assert!(!said.has("topic `food-safety`"), "{}", said.text());

    text.push_str("[[route]]\nto = [\"desk\"]\n");
    let whole = config(&text);
    let mut daemon = Daemon::start(&whole);
    assert!(daemon.stop().0.success());
    let said = daemon.stderr.text();
    assert!(!said.contains("nobody is told"), "{said}");
}
