//! `fengbiao doctor` looks, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Config, Daemon, files_below, stdout};

/// Every file below a folder with its bytes, and when it was changed.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let files = files_below(folder).into_iter();
    let state = |path: PathBuf| {
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        (path.clone(), (fs::read(&path).unwrap(), changed))
    };
    files.map(state).collect()
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
    assert!(before == after, "a file was changed");
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
