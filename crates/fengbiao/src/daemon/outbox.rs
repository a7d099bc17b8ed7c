//! From the ledger's outbox to the sinks.

use std::sync::Arc;

use fengbiao_console::{SigningKey, sign};
use fengbiao_ledger::{Ledger, LedgerError};
use fengbiao_model::{NoticeId, NoticeKey, ReceiverId, TimeSpan, Timestamp};
use fengbiao_sink::{Outbox, OutboxError, Outgoing, Queued};

/// Where links that acknowledge lead, and how they are signed.
pub(crate) struct Links {
    /// The address that people reach, without a slash at its end.
    pub(crate) base: String,
    /// Signs them.
    pub(crate) key: SigningKey,
    /// How long one is good, from the making of its notice.
    pub(crate) valid: TimeSpan,
}

impl Links {
    /// The same link on every attempt: its end counts from the notice's own time.
    fn of(&self, notice: &NoticeId, made_at: Timestamp) -> String {
        let token = sign(&self.key, notice, made_at + self.valid);
        format!("{}/a/{token}", self.base)
    }
}

/// The outbox of the ledger.
pub(crate) struct LedgerOutbox {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) links: Links,
}

fn failed(error: LedgerError) -> OutboxError {
    OutboxError(Box::new(error))
}

/// A notice that no longer waits was settled before, or purged: its outcome is known already.
fn settled(outcome: Result<(), LedgerError>) -> Result<(), OutboxError> {
    match outcome {
        Err(LedgerError::Unknown { .. }) => Ok(()),
        outcome => outcome.map_err(failed),
    }
}

impl Outbox for LedgerOutbox {
    fn due(
        &self,
        receiver: &ReceiverId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Queued>, OutboxError> {
        let queued = self
            .ledger
            .outbox_due(receiver, now, limit)
            .map_err(failed)?;
        let with_link = |queued: fengbiao_ledger::Queued| {
            let id = self.ledger.notice_id(&queued.notice.key);
            Queued {
                attempts: queued.attempts,
                outgoing: Outgoing {
                    acknowledge_url: Some(self.links.of(&id, queued.notice.made_at)),
                    ledger: id.ledger,
                    notice: queued.notice,
                },
            }
        };
        Ok(queued.into_iter().map(with_link).collect())
    }

    fn next_due(&self, receiver: &ReceiverId) -> Result<Option<Timestamp>, OutboxError> {
        self.ledger.outbox_next_due(receiver).map_err(failed)
    }

    fn delivered(&self, key: &NoticeKey, at: Timestamp) -> Result<(), OutboxError> {
        settled(self.ledger.delivered(key, at))
    }

    fn retry(
        &self,
        key: &NoticeKey,
        next_at: Timestamp,
        error: &str,
        stand_in: Option<&ReceiverId>,
    ) -> Result<(), OutboxError> {
        settled(self.ledger.failed_retry(key, next_at, error, stand_in))
    }

    fn hurry(&self, receiver: &ReceiverId) -> Result<(), OutboxError> {
        self.ledger.hurry(receiver).map_err(failed)
    }

    fn dead(
        &self,
        key: &NoticeKey,
        error: &str,
        fallback: Option<&ReceiverId>,
    ) -> Result<(), OutboxError> {
        settled(self.ledger.dead(key, error, fallback))
    }
}
