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

    for name in ["pseudonyms", "beat", "hook", "password"] {
        write_secret(&config.file(name), secret);
    }
    let text = stdout(&config.run(&["doctor"]));
    assert!(text.contains("ok   secrets: 5 files"), "{text}");
}
