//! A lexicon, a configuration, a port, a directory that cannot be used: told, and nothing starts.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;

use super::{SOUND, ready};
use crate::support::{Config, Daemon, run, stderr, stdout};

#[test]
fn a_lexicon_with_every_kind_of_mistake_is_told_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // One file for each mistake, gathered in one folder; for each the code it is named after.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lexicon/testdata/invalid");
    std::fs::create_dir(folder.path().join("lists")).unwrap();
    let mut expected = BTreeSet::from(["not-utf8".to_owned(), "duplicate-topic".to_owned()]);
    for file in crate::support::files_below(&fixtures) {
        let inside = file.strip_prefix(&fixtures).unwrap();
        std::fs::copy(&file, folder.path().join(inside)).unwrap();
        let name = inside.to_str().unwrap();
        let code = name.split("--").next().unwrap().trim_end_matches(".toml");
        if !name.starts_with("lists") && code != "every-kind-at-once" {
            expected.insert(code.to_owned());
        }
    }
    std::fs::write(folder.path().join("lists/gb.txt"), b"\xb5\xd8\n").unwrap();
    let path = folder.path().to_str().unwrap();

    let output = run(&["lexicon", "check", path, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let diagnostics: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let text = |diagnostic: &Value, name: &str| diagnostic[name].as_str().unwrap().to_owned();
    let found: BTreeSet<_> = diagnostics.iter().map(|line| text(line, "code")).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for line in &diagnostics {
        assert!(
            line["line"].as_u64() >= Some(1) && line["column"].as_u64() >= Some(1),
            "{line}"
        );
        assert!(
            !text(line, "message").is_empty() && !text(line, "path").is_empty(),
            "{line}"
        );
    }

    let output = run(&["lexicon", "check", path]);
    assert_eq!(output.status.code(), Some(1));
    let errors = diagnostics
        .iter()
        .filter(|line| line["severity"] == "error")
        .count();
    let warnings = diagnostics.len() - errors;
    let sum = format!("{errors} errors, {warnings} warnings\n");
    assert!(stdout(&output).ends_with(&sum), "{}", stdout(&output));
    let said = stderr(&output);
    assert_eq!(said.matches(" --> ").count(), diagnostics.len());
    // The same lexicon starts no daemon.
    let config = Config::new(&format!("lexicon_dir = {path:?}"));
    let output = config.run(&["run"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("the lexicon has errors"),
        "{}",
        stderr(&output)
    );
}

/// A topic in which only a case or a tier's condition can be wrong.
fn topic(tier: &str, hit: &str) -> String {
    format!(
        "topic = \"t\"\nname = \"t\"\npurpose = \"p\"\nowner = \"o\"\n[tiers]\nIV = \"{tier}\"\n\
         [[rule]]\nid = \"r\"\nmatch = \"断网\"\nhits = [\"{hit}\"]\nmisses = [\"网络断了\"]\n"
    )
}

#[test]
fn what_shows_only_in_a_readable_lexicon_is_told_too() {
    let cases = [
        (
            topic("posts_1h >= 1", "断网了"),
            0,
            "t: 1 rules, 1 keywords, 2 cases hold",
        ),
        (
            topic("posts_1h >>= 1", "断网了"),
            1,
            "error[tier-condition]",
        ),
        (topic("post_1h >= 1", "断网了"), 1, "error[tier-condition]"),
        (topic("posts_1h >= 1", "天晴"), 1, "error[case-failed]"),
        (
            topic("posts_1h >= 0", "断网了"),
            0,
            "warning[tier-of-nothing]",
        ),
        (topic("posts_1h >= 0", "断网了"), 0, " --> t.toml:6:7\n"),
        (
            topic("posts_1h >= 0", "断网了"),
            0,
            "`posts_1h >= 1` says it",
        ),
    ];
    for (text, status, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.toml"), text).unwrap();
        let output = run(&["lexicon", "check", folder.path().to_str().unwrap()]);
        let both = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{both}");
        assert!(both.contains(said), "no `{said}` in:\n{both}");
    }
    let empty = tempfile::tempdir().unwrap();
    let output = run(&["lexicon", "check", empty.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("has no topic\nhint: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let cases: [(&[u8], &[&str]); 6] = [
        (
            b"[http]\ncolour = 1\n",
            &[
                "fengbiao.toml",
                "line 2, column 1",
                "unknown field `colour`",
            ],
        ),
        (
            b"[http\n",
            &["fengbiao.toml", "line 1, column 6", "unclosed table"],
        ),
        (
            b"language = \"fr\"\n",
            &["fengbiao.toml", "line 1", "unknown variant `fr`"],
        ),
        (
            b"[http]\nlisten = \"0.0.0.0:80\"\n",
            &["hint: write a token"],
        ),
        (b"time_zone = \"Mars\"\n", &["`time_zone` is `Mars`"]),
        (
            b"\xff\n",
            &["fengbiao.toml:1: the line is not UTF-8", "iconv"],
        ),
    ];
    for (text, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fengbiao.toml");
        std::fs::write(&path, text).unwrap();
        for command in ["check", "run"] {
            let output = run(&["--config", path.to_str().unwrap(), command]);
            let error = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{error}");
            for part in said {
                assert!(error.contains(part), "no `{part}` in:\n{error}");
            }
        }
        assert!(!folder.path().join("fengbiao-data").exists());
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = Config::new(&format!("[http]\nlisten = \"{address}\""));
    let output = config.run(&["run"]);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains(&format!("listening on `{address}`: ")),
        "{error}"
    );
    assert!(
        error.contains("hint: another program has this port"),
        "{error}"
    );
    assert!(!config.data().join("address").exists());
}

#[test]
fn a_data_directory_in_use_is_told_and_left_alone() {
    let config = Config::new("");
    let daemon = Daemon::start(&config);
    let output = config.run(&["run"]);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("is in use by another fengbiao\nhint: stop it"),
        "{error}"
    );
    let address = std::fs::read_to_string(config.data().join("address")).unwrap();
    assert_eq!(address.trim(), daemon.address);
    assert_eq!(daemon.push(SOUND).status, 200);
    ready(&daemon);
    // What is no folder is no data directory.
    let file = config.write("file", "");
    let output = config.run(&["--data-dir", file.to_str().unwrap(), "incidents", "list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("there is no data directory"),
        "{}",
        stderr(&output)
    );
}
