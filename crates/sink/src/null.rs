//! The end of a canary's way: confirmed at once, told to nobody.

use std::sync::Arc;

use fengbiao_model::{Clock, TimeSpan};

use crate::{Outgoing, Sending, Sink};

/// What is done with the time that a canary was under way.
pub type CameOut = dyn Fn(TimeSpan) + Send + Sync;

/// Confirms every notice and says how long the canary behind it was under way, from the source to
/// here.
pub struct NullSink {
    clock: Arc<dyn Clock>,
    came_out: Arc<CameOut>,
}

impl NullSink {
    /// A sink that tells `came_out` of each canary.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, came_out: Arc<CameOut>) -> Self {
        Self { clock, came_out }
    }
}

impl Sink for NullSink {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        let put_at = outgoing.notice.first_found_at;
        (self.came_out)(self.clock.wall().since(put_at));
        Box::pin(async { Ok(()) })
    }
}
