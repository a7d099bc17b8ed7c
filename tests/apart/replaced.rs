//! Two alerters with two ledgers: there may be only one.

use super::installation::Installation;
use crate::broker::Broker;
use crate::support::http;
use crate::support::{Daemon, eventually};

#[test]
fn an_alerter_whose_place_was_taken_says_so_and_ends() {
    let Some(broker) = Broker::find("an_alerter_whose_place_was_taken_says_so_and_ends") else {
        return;
    };
    let installation = Installation::new(broker);
    let calm = "[watchdog]\ncanary_interval = \"0s\"\n";
    let configs = [installation.config(calm), installation.config(calm)];
    let mut first = Daemon::start_roles(&configs[0], "alerter,console");
    first.until_ready();
    let mut second = Daemon::start_roles(&configs[1], "alerter,console");
    let said = first.stderr.clone();
    eventually("word of it", || {
        said.has("another process has the place of this one")
            .then_some(())
    });
    // Whoever still finds it is not told that it is ready.
    if let Ok(answer) = http::ask(&first.address, "GET", "/readyz", &[], b"") {
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    let (status, _) = first.wait();
    let said = first.stderr.text();
    assert_eq!(status.code(), Some(3), "{said}");
    let place = format!("`{}alerter-", installation.prefix);
    for part in [
        place.as_str(),
        "there may be only one",
        "hint: stop one of the two",
    ] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    second.until_ready();
    assert!(second.stop().0.success());
}
