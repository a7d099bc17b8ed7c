//! Free ports for nodes.
//!
//! Between the choice of a port and the node that listens there lies the start of a JVM, and a node that
//! is killed for a test is away for a while: a port that the system gives to anybody's connection could
//! be taken meanwhile. So they are chosen below those.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context;

/// The lowest that is chosen; well-known services have those below.
const LOWEST: u16 = 15_000;
/// The first that a connection may be given where the system does not say.
const FIRST_GIVEN_OUT: u16 = 32_768;

/// So many ports of loopback on which nobody listens.
pub(super) fn free(count: usize) -> anyhow::Result<Vec<u16>> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let below = first_given_out(&range);
    // Clusters of several checkouts begin at different places.
    let skipped = usize::try_from(std::process::id())? * count;
    let candidates = LOWEST..below.max(LOWEST);
    let around = candidates
        .clone()
        .cycle()
        .skip(skipped % candidates.len().max(1));
    // All held at once, so that no port is given out twice.
    let mut held = Vec::new();
    for port in around.take(candidates.len()) {
        if held.len() == count {
            break;
        }
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    }
    while held.len() < count {
        // The system gives out nearly all of them, or others have them.
        held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for free ports")?);
    }
    let ports = held
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()));
    ports.collect()
}

/// The first port that connections are given, by the system's own words.
fn first_given_out(range: &str) -> u16 {
    let first = range.split_ascii_whitespace().next();
    first
        .and_then(|first| first.parse().ok())
        .unwrap_or(FIRST_GIVEN_OUT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn they_are_free_different_and_given_to_no_connection() {
        let ports = free(15).unwrap();
        let different: BTreeSet<_> = ports.iter().collect();
        assert_eq!(different.len(), 15, "{ports:?}");
        let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
        let below = first_given_out(&range.unwrap_or_default());
        // Where the system leaves none, any will do.
        if below > LOWEST + 1_000 {
            assert!(ports.iter().all(|port| *port < below), "{ports:?}");
        }
    }

    #[test]
    fn the_systems_word_is_read() {
        assert_eq!(first_given_out("40000\t60999\n"), 40_000);
        assert_eq!(first_given_out(""), FIRST_GIVEN_OUT);
    }
}
