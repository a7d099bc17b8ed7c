//! The signs of life of one role.

use std::time::Instant;

use crate::limits::ROLE_SILENCE;

/// What is known of one role.
#[derive(Default)]
pub(super) struct Signs {
    /// When it last finished a round (real time); none before the first.
    pub(super) alive: Option<Instant>,
    /// When it last finished a round or failed: who hangs does neither.
    pub(super) moved: Option<Instant>,
    /// Why it could not work; until it has shown that it can.
    failed: Option<String>,
    /// What it waits for.
    waits: Option<String>,
}

impl Signs {
    /// It has done its work.
    pub(super) fn works(&mut self) {
        self.is_alive();
        (self.failed, self.waits) = (None, None);
    }

    fn is_alive(&mut self) {
        self.alive = Some(Instant::now());
        self.moved = self.alive;
    }

    /// It has begun with what comes before its first round.
    pub(super) fn begins(&mut self, what: &str) {
        if self.alive.is_none() {
            self.waits = Some(what.to_owned());
        }
    }

    /// It could not work, and is started again.
    pub(super) fn fails(&mut self, why: &str) {
        self.moved = Some(Instant::now());
        self.failed = Some(why.to_owned());
    }

    /// It goes round, and has not shown yet that it can work: one that has failed and was started
    /// again fails perhaps again with the first record.
    pub(super) fn goes_round(&mut self, what: &str) {
        self.is_alive();
        self.waits = Some(what.to_owned());
    }

    /// It goes round, and waits for something.
    pub(super) fn waits(&mut self, what: &str) {
        self.goes_round(what);
        self.failed = None;
    }

    /// What keeps it from its work, and whether it only waits.
    pub(super) fn obstacle(&self) -> Option<(String, bool)> {
        if let Some(why) = &self.failed {
            return Some((why.clone(), false));
        }
        let Some(alive) = self.alive else {
            let begins = self.waits.as_deref().unwrap_or("has not begun");
            return Some((begins.to_owned(), false));
        };
        let silent = silence(alive).map(|silent| (silent, false));
        silent.or_else(|| Some((self.waits.clone()?, true)))
    }

    /// What is said where it hangs: it has neither finished a round nor failed for long.
    pub(super) fn stuck(&self) -> Option<String> {
        silence(self.moved?)
    }
}

/// What is said where the last sign of life is too long ago.
fn silence(last: Instant) -> Option<String> {
    let since = last.elapsed();
    let silent = since > ROLE_SILENCE;
    silent.then(|| format!("no sign of life for {} s", since.as_secs()))
}
