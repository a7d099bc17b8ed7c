//! One notice to one service, with its limits and its signs.
//!
//! A [`Sink`] takes a notice to one service and says how that went: done, later, or never. It does
//! not choose the receiver (the alerter did), it does not wait for the next attempt ([`Backoff`]
//! says when, the [`Dispatcher`] waits), and it stores nothing (the [`Outbox`] does).
//!
//! What a notice says to a person is written in one place, [`text::Card`]; the messengers only
//! dress it in their own marks. Nothing is cut: a message too long for a service goes out in
//! numbered parts, and a retry begins at the part that failed. That progress lives in memory. If
//! the process dies between two parts, or between a service's answer and the outbox's commit, the
//! parts already taken are sent once more; each message carries the notice's id, so that a reader
//! can tell.

use std::future::Future;
use std::pin::Pin;

use fengbiao_model::{LedgerId, Notice, NoticeId};

mod dispatch;
mod event;
mod file;
mod heartbeat;
mod http;
mod limits;
mod null;
mod progress;
mod retry;
mod secret;
mod setup;
mod signature;
mod split;
mod terminal;
pub mod text;
mod webhook;
mod wecom;

pub use dispatch::{Dispatcher, Failing, Metrics, Outbox, OutboxError, Queued, Route};
pub use event::{EventOptions, cloud_event};
pub use file::{FileSink, check_file};
pub use heartbeat::Heartbeat;
pub use http::check_link;
pub use limits::*;
pub use null::{CameOut, NullSink};
pub use retry::{Backoff, Next};
pub use secret::Secret;
pub use setup::SetupError;
pub use signature::{Signature, SigningSecret};
pub use terminal::{TerminalOptions, TerminalSink, render};
pub use webhook::{WebhookOptions, WebhookSink};
pub use wecom::{Mention, WecomOptions, WecomSink};

/// A notice on its way, with what only the daemon knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The notice.
    pub notice: Notice,
    /// The ledger that it is of.
    pub ledger: LedgerId,
    /// The link that acknowledges it, signed for this notice and receiver; none where the daemon
    /// has no address that the receiver could reach. It should be the same on every attempt
    /// (its expiry counted from the notice's time), or a retry begins at the first part again.
    pub acknowledge_url: Option<String>,
}

impl Outgoing {
    /// What a receiver can tell a repeat by: the same on every attempt.
    #[must_use]
    pub fn id(&self) -> NoticeId {
        NoticeId {
            ledger: self.ledger,
            key: self.notice.key.clone(),
        }
    }
}

/// How an attempt ended badly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// It may work later; not before so many milliseconds where the service said so.
    #[error("{reason}")]
    Retry {
        /// Why, without secrets.
        reason: String,
        /// What the service asked for.
        after_millis: Option<u64>,
    },
    /// It will never work as it is: to the dead letters and the fallback receiver.
    #[error("{reason}")]
    Final {
        /// Why, without secrets.
        reason: String,
    },
}

impl SinkError {
    pub(crate) fn later(reason: impl Into<String>) -> Self {
        Self::Retry {
            reason: reason.into(),
            after_millis: None,
        }
    }

    pub(crate) fn never(reason: impl Into<String>) -> Self {
        Self::Final {
            reason: reason.into(),
        }
    }
}

/// What [`Sink::send`] returns: a future that may be moved between threads.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send + 'a>>;

/// One service that takes notices.
pub trait Sink: Send + Sync {
    /// Delivers one notice. `Ok` only when the service has confirmed it.
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a>;
}
