//! `fengbiao doctor` looks, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Config, Daemon, files_below, stderr, stdout, write_secret};

/// Every file below a folder with its bytes, and when it was changed; but for the index beside a
/// write-ahead file, in which SQLite's readers mark themselves.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let files = files_below(folder).into_iter();
    let state = |path: PathBuf| {
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        (path.clone(), (fs::read(&path).unwrap(), changed))
    };
    let index = |path: &PathBuf| path.to_string_lossy().ends_with("-shm");
    files.filter(|path| !index(path)).map(state).collect()
}

#[test]
fn a_doctor_makes_and_changes_nothing() {
    let config = Config::new("");
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert!(looked.status.success(), "{text}");
    assert!(!config.data().exists(), "a data directory was made");

    let mut daemon = Daemon::start(&config);
    assert!(daemon.stop().0.success());
    // As after a restore: the lock is made by whoever takes it.
    fs::remove_file(config.data().join("lock")).unwrap();
    let before = state(&config.data());
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert!(looked.status.success(), "{text}");
    assert!(text.contains("sound, "), "{text}");
    let after = state(&config.data());
    let names = |state: &BTreeMap<PathBuf, _>| state.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    let changed = names(&before)
        .into_iter()
        .find(|name| before[name] != after[name]);
    assert_eq!(changed, None, "a file was changed");
}

#[test]
fn a_doctor_beside_a_daemon_asks_it_and_one_that_was_killed_is_not_waited_for() {
    let config = Config::new("");
    let mut daemon = Daemon::start(&config);
    let lock = fs::read(config.data().join("lock")).unwrap();
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert!(text.contains("its daemon runs and is ready"), "{text}");
    assert_eq!(fs::read(config.data().join("lock")).unwrap(), lock);
    daemon.until_ready();
    daemon.kill();
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert!(looked.status.success(), "{text}");
    assert!(text.contains("sound, "), "{text}");
}

#[test]
fn a_doctor_names_a_lexicon_that_is_not_utf8() {
    let config = Config::new("lexicon_dir = \"lexicon\"\n");
    // "# 南" in GB18030.
    config.write("lexicon/food.toml", b"# \xc4\xcf\n");
    let text = stdout(&config.run(&["doctor"]));
    let expected = "BAD  lexicon: food.toml:2..5: error[not-utf8]: the file is not UTF-8";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_doctor_finds_secrets_that_are_missing_empty_or_everybodys_and_shows_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let config = Config::new(
        "[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = \"token\"\n\
         [privacy]\npseudonym_secret_file = \"pseudonyms\"\n\
         [watchdog]\nheartbeat_url_file = \"beat\"\n\
         [[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\n\
         secret_file = \"hook\"\n\
         [[source]]\nkind = \"kafka\"\nname = \"partners\"\nbrokers = \"127.0.0.1:9\"\n\
         topic = \"theirs\"\n[source.access]\ntls = true\nlogin = \"plain\"\nuser = \"a\"\n\
         password_file = \"password\"\n",
    );
    let secret = "a secret of forty characters, not a word";
    write_secret(&config.file("token"), secret);
    write_secret(&config.file("pseudonyms"), "short");
    write_secret(&config.file("beat"), " \n");
    config.write("hook", secret);
    fs::set_permissions(config.file("hook"), fs::Permissions::from_mode(0o644)).unwrap();
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert_eq!(looked.status.code(), Some(1), "{text}");
    for part in [
        "`privacy.pseudonym_secret_file`: the secret",
        "has 5 bytes, at least 32",
        "`watchdog.heartbeat_url_file`: the secret",
        "is empty",
        "receiver `desk`, `secret_file`: the secret",
        "its mode is `0644`",
        "hint: `chmod o-rwx ",
        "source `partners`, `access`, `password_file`: reading the secret",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(!text.contains("`http.token_file`"), "{text}");
    let said = text + &stderr(&looked);
    assert!(!said.contains("short") && !said.contains(secret), "{said}");

    for name in ["pseudonyms", "password"] {
        write_secret(&config.file(name), secret);
    }
    write_secret(&config.file("beat"), "https://hc.example.org/ping/a");
    write_secret(
        &config.file("hook"),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    );
    let text = stdout(&config.run(&["doctor"]));
    assert!(text.contains("ok   secrets: 5 files"), "{text}");
}

/// What `run` would refuse, `check` and `doctor` say, too.
#[test]
fn what_a_secret_holds_is_judged_by_check_as_by_doctor() {
    let config = Config::new(
        "[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = \"token\"\n\
         [watchdog]\nheartbeat_url_file = \"beat\"\n\
         [[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\n\
         secret_file = \"hook\"\n",
    );
    let looked = |command: &str| {
        let output = config.run(&[command]);
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    // Where the secrets are not, as on another machine, it is only warned.
    let (code, said) = looked("check");
    assert_eq!(code, Some(0), "{said}");
    for place in [
        "`http.token_file`",
        "`watchdog.heartbeat_url_file`",
        "`desk`, `secret_file`",
    ] {
        assert!(
            said.contains(&format!("{place}: `")),
            "no {place} in {said}"
        );
    }
    assert!(said.contains("cannot be read here"), "{said}");
    write_secret(&config.file("token"), "short");
    write_secret(&config.file("beat"), "nope");
    write_secret(&config.file("hook"), "whsec_YQ==");
    for command in ["check", "doctor"] {
        let (code, said) = looked(command);
        assert_ne!(code, Some(0), "{said}");
        for part in [
            "at least 32 are needed",
            "relative URL",
            "number 1 has 1 bytes",
        ] {
            assert!(said.contains(part), "no `{part}` in {said}");
        }
        assert!(!said.contains("YQ=="), "{said}");
    }
}

#[test]
fn a_doctor_finds_what_cannot_be_written() {
    let config = Config::new(
        "[[receiver]]\nid = \"log\"\nkind = \"file\"\npath = \"missing/notices.ndjson\"\n",
    );
    config.write("data", "a file");
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert_eq!(looked.status.code(), Some(1), "{text}");
    assert!(
        text.contains("BAD  receivers: receiver `log`: cannot append"),
        "{text}"
    );
    assert!(text.contains("is a file, expected a folder"), "{text}");
    assert!(!config.file("missing").exists());
}

#[test]
fn a_doctor_misses_a_log_that_the_ledger_was_made_from_and_says_once_what_is_damaged() {
    let config = Config::new("");
    let mut daemon = Daemon::start(&config);
    let aside = config.file("log.aside");
    fs::rename(config.data().join("log.sqlite"), &aside).unwrap();
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert_eq!(looked.status.code(), Some(1), "beside its daemon: {text}");
    assert!(daemon.stop().0.success());
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert_eq!(looked.status.code(), Some(1), "{text}");
    for part in [
        "BAD  log: `",
        "is gone, and the ledger has ",
        "`fengbiao restore`",
        "new-generation",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    fs::rename(&aside, config.data().join("log.sqlite")).unwrap();

    let ledger = config.data().join("ledger.sqlite");
    let connection = rusqlite::Connection::open(&ledger).unwrap();
    // Pages that stand in the write-ahead file hide those of the file itself.
    let emptied = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    emptied.unwrap();
    drop(connection);
    let mut bytes = fs::read(&ledger).unwrap();
    for byte in bytes.iter_mut().skip(4_096) {
        *byte = 0xa5;
    }
    fs::write(&ledger, bytes).unwrap();
    let looked = config.run(&["doctor"]);
    let text = stdout(&looked);
    assert_eq!(looked.status.code(), Some(1), "{text}");
    assert!(text.contains("BAD  ledger: "), "{text}");
    assert_eq!(text.matches("hint: ").count(), 1, "{text}");
    assert!(text.contains("`fengbiao restore`"), "{text}");
}
