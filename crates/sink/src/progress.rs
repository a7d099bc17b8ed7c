//! Which parts of a notice a service has already taken.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fengbiao_model::NoticeKey;
use sha2::{Digest, Sha256};

use crate::SinkError;
use crate::limits::MAX_PARTIAL_NOTICES;

/// Progress of notices whose later parts failed. It keeps no text: a purge between two attempts
/// changes the notice in the outbox, and what was purged must not be sent from memory. A notice
/// that changed begins at its first part again.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    partial: BTreeMap<NoticeKey, Partial>,
    /// Counts up with every entry, so that the oldest can be told.
    clock: u64,
}

#[derive(Debug)]
struct Partial {
    content: [u8; 32],
    sent: usize,
    noted: u64,
}

/// A digest of all parts, in order and with their lengths.
pub(crate) fn content_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

impl Progress {
    /// Sends the parts of a notice in order, from the first that was not taken yet; `content` is the
    /// digest of all of them.
    pub(crate) async fn send_rest<M, F>(
        &self,
        key: &NoticeKey,
        content: [u8; 32],
        parts: Vec<M>,
        send: impl Fn(M) -> F,
    ) -> Result<(), SinkError>
    where
        F: Future<Output = Result<(), SinkError>>,
    {
        let sent = self.sent(key, &content);
        for (index, part) in parts.into_iter().enumerate().skip(sent) {
            if let Err(error) = send(part).await {
                if matches!(error, SinkError::Final { .. }) {
                    self.forget(key);
                }
                return Err(error);
            }
            // Before the next part, so that a stop in between is remembered as well.
            self.note(key, content, index + 1);
        }
        self.forget(key);
        Ok(())
    }

    /// How many parts of this content were taken already.
    fn sent(&self, key: &NoticeKey, content: &[u8; 32]) -> usize {
        let state = self.lock();
        state
            .partial
            .get(key)
            .filter(|known| known.content == *content)
            .map_or(0, |p| p.sent)
    }

    /// Remembers that the first `sent` parts were taken.
    fn note(&self, key: &NoticeKey, content: [u8; 32], sent: usize) {
        let mut state = self.lock();
        state.clock += 1;
        let noted = state.clock;
        state.partial.insert(
            key.clone(),
            Partial {
                content,
                sent,
                noted,
            },
        );
        if state.partial.len() > MAX_PARTIAL_NOTICES {
            let oldest = state
                .partial
                .iter()
                .min_by_key(|(_, partial)| partial.noted);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                state.partial.remove(&oldest);
            }
        }
    }

    /// Forgets a notice: it is delivered, or it never will be.
    fn forget(&self, key: &NoticeKey) {
        self.lock().partial.remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one call on the map: after a panic elsewhere it is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::{IncidentId, ReceiverId};

    use super::*;

    fn key(change: u32) -> NoticeKey {
        let receiver = ReceiverId::new("desk").unwrap();
        NoticeKey {
            incident: IncidentId(1),
            change,
            rung: 0,
            receiver,
            part: 0,
        }
    }

    #[test]
    fn a_changed_notice_begins_again() {
        let progress = Progress::default();
        let content = content_of([&b"ab"[..], b"c"]);
        progress.note(&key(1), content, 1);
        assert_eq!(progress.sent(&key(1), &content), 1);
        assert_eq!(progress.sent(&key(1), &content_of([&b"a"[..], b"bc"])), 0);
        assert_eq!(progress.sent(&key(2), &content), 0);
        progress.forget(&key(1));
        assert_eq!(progress.sent(&key(1), &content), 0);
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let progress = Progress::default();
        let content = content_of([&b"a"[..]]);
        let bound = u32::try_from(MAX_PARTIAL_NOTICES).unwrap();
        for change in (0..=bound).rev() {
            progress.note(&key(change), content, 1);
        }
        assert_eq!(progress.sent(&key(bound), &content), 0);
        assert_eq!(progress.sent(&key(bound - 1), &content), 1);
        assert_eq!(progress.sent(&key(0), &content), 1);
    }
}
