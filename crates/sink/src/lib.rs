//! One notice to one service, with its limits and its signs.

use std::future::Future;
use std::pin::Pin;

use fengbiao_model::Notice;

/// A notice on its way, with what only the daemon knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The notice.
    pub notice: Notice,
    /// The link that acknowledges it, signed for this notice and receiver; none where the daemon
    /// has no address that the receiver could reach.
    pub acknowledge_url: Option<String>,
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

/// One service that takes notices.
pub trait Sink: Send + Sync {
    /// Delivers one notice. `Ok` only when the service has confirmed it.
    fn send<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send + 'a>>;
}
