//! What somebody was asked about an incident and has not answered yet.

use crate::{DeadlineState, Timestamp};

/// An item of a contact sheet that waits for its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Number of the item within the incident, from 1.
    pub item: u32,
    /// Who was asked.
    pub of: String,
    /// What was asked; in a notice its beginning, on one line.
    pub what: String,
    /// By when the reply is due (wall clock).
    pub due: Timestamp,
    /// When people are reminded (wall clock); none where it was asked too late for that.
    pub warn_at: Option<Timestamp>,
    /// How it stands. It is never met: what is replied to is no longer asked.
    pub state: DeadlineState,
}
