//! The hosts that are asked, as far as we know them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use fengbiao_model::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::robots::Rules;
use crate::limits::MAX_KNOWN_HOSTS;

/// One host, as far as we know it.
#[derive(Default)]
pub(super) struct Host {
    /// Not before.
    pub(super) next: Option<Instant>,
    pub(super) robots: Option<(Timestamp, Rules)>,
}

impl Host {
    /// Whether to forget it breaks no promise: its robots.txt can be asked for again.
    fn wants_no_pause(&self) -> bool {
        self.next.is_none_or(|next| next <= Instant::now())
    }
}

/// All of them, for all feeds of one process.
#[derive(Default)]
pub(super) struct Hosts(StdMutex<BTreeMap<String, Arc<Mutex<Host>>>>);

impl Hosts {
    /// The host of a link; none where so many are asked, or want a pause, that no other is taken.
    pub(super) fn of(&self, url: &Url) -> Option<Arc<Mutex<Host>>> {
        let origin = url.origin().ascii_serialization();
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MAX_KNOWN_HOSTS && !hosts.contains_key(&origin) {
            hosts.retain(|_, host| {
                let waits = host.try_lock().map_or(true, |host| !host.wants_no_pause());
                waits || Arc::strong_count(host) > 1
            });
            if hosts.len() >= MAX_KNOWN_HOSTS {
                return None;
            }
        }
        Some(Arc::clone(hosts.entry(origin).or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn nth(number: usize) -> Url {
        Url::parse(&format!("http://{number}.example/")).unwrap()
    }

    #[tokio::test]
    async fn those_that_want_nothing_make_room() {
        let hosts = Hosts::default();
        let pause = |host: &mut Host| host.next = Some(Instant::now() + Duration::from_secs(60));
        pause(&mut *hosts.of(&nth(0)).unwrap().lock().await);
        let asked = hosts.of(&nth(1)).unwrap();
        for number in 2..=MAX_KNOWN_HOSTS {
            hosts.of(&nth(number)).unwrap();
        }
        let known = hosts.0.lock().unwrap().len();
        assert_eq!(
            known, 3,
            "the one that waits, the one asked, and the new one"
        );
        assert!(hosts.of(&nth(0)).unwrap().lock().await.next.is_some());
        assert!(Arc::ptr_eq(&asked, &hosts.of(&nth(1)).unwrap()));
    }

    #[tokio::test]
    async fn no_more_are_taken_than_are_remembered() {
        let hosts = Hosts::default();
        let asked: Vec<_> = (0..MAX_KNOWN_HOSTS)
            .map(|number| hosts.of(&nth(number)))
            .collect();
        assert!(hosts.of(&nth(MAX_KNOWN_HOSTS)).is_none());
        assert!(hosts.of(&nth(0)).is_some());
        drop(asked);
        assert!(hosts.of(&nth(MAX_KNOWN_HOSTS)).is_some());
    }
}
