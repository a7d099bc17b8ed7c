//! Where the crawler's posts and pulses go. The daemon writes them to the log.

use std::future::Future;
use std::pin::Pin;

use fengbiao_model::{PostRecord, Pulse, Timestamp};

/// Takes posts and pulses. A post is accepted when it is durable, never before.
pub trait Outlet: Send + Sync {
    /// Stores all of them or none. The posts are ready: masked, pseudonymous, identified.
    fn accept(
        &self,
        posts: Vec<PostRecord<'static>>,
    ) -> Pin<Box<dyn Future<Output = Result<(), OutletError>> + Send + '_>>;

    /// Stores pulses.
    fn pulses(
        &self,
        pulses: Vec<Pulse>,
    ) -> Pin<Box<dyn Future<Output = Result<(), OutletError>> + Send + '_>>;

    /// Keeps what could not become a post: already masked, with the reason.
    fn dead_letter(
        &self,
        letter: DeadLetter,
    ) -> Pin<Box<dyn Future<Output = Result<(), OutletError>> + Send + '_>>;
}

/// What could not become a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it came from: a source, with the line or the entry.
    pub origin: String,
    /// When it was refused.
    pub at: Timestamp,
    /// Why, in a sentence with the remedy.
    pub reason: String,
    /// What came, masked and cut to a named bound.
    pub payload: String,
}

/// Why the outlet did not take something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutletError {
    /// Too much at once: try again after so many seconds.
    #[error("the log is behind; try again in {retry_after_secs} s")]
    Busy {
        /// Seconds to wait.
        retry_after_secs: u32,
    },
    /// The log cannot be written.
    #[error("the log cannot be written: {0}")]
    Failed(String),
}
