//! What the dispatcher needs of the place where notices wait.

use fengbiao_model::{NoticeKey, ReceiverId, Timestamp};

use crate::Outgoing;

/// The outbox cannot do now what it was asked; it is asked again until it can.
#[derive(Debug, thiserror::Error)]
#[error("the outbox failed: {0}")]
pub struct OutboxError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A notice that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The notice, with its link.
    pub outgoing: Outgoing,
    /// How many attempts have failed so far.
    pub attempts: u32,
}

/// Where notices wait for their services. The calls block and are made from threads for that. Each
/// change is durable when its call returns. A change of a notice that no longer waits (it was made
/// already, or the notice was taken away) does nothing and is no error: an error is asked again
/// until it goes away, and its receiver gets nothing meanwhile.
pub trait Outbox: Send + Sync {
    /// Up to `limit` notices of a receiver that are due, the loudest tier first, then the oldest. One
    /// that failed at a time after `now` is due: the clock was set back since.
    fn due(
        &self,
        receiver: &ReceiverId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Queued>, OutboxError>;

    /// When the next notice of a receiver is due; none where none waits.
    fn next_due(&self, receiver: &ReceiverId) -> Result<Option<Timestamp>, OutboxError>;

    /// The service has confirmed it.
    fn delivered(&self, key: &NoticeKey, at: Timestamp) -> Result<(), OutboxError>;

    /// It failed and is due again at `next_at`; its attempts count one more. With `stand_in` it is queued
    /// for that receiver, too, once, in the same transaction.
    fn retry(
        &self,
        key: &NoticeKey,
        next_at: Timestamp,
        error: &str,
        stand_in: Option<&ReceiverId>,
    ) -> Result<(), OutboxError>;

    /// The receiver takes notices again: those that failed before are due now.
    fn hurry(&self, receiver: &ReceiverId) -> Result<(), OutboxError>;

    /// It will not be tried again. Stores the dead letter and, where there is a fallback receiver,
    /// queues the notice for it, in one transaction; that changes the dispatcher's `wake` as every
    /// new notice does.
    fn dead(
        &self,
        key: &NoticeKey,
        error: &str,
        fallback: Option<&ReceiverId>,
    ) -> Result<(), OutboxError>;
}
