//! A topic that is left unread.

use std::time::Duration;

use fengbiao_log::{Consumer, Cursor, Event, LogError, NewRecord};
use fengbiao_model::{Offset, Partition, Position};

/// Reads nothing and stores nothing: for an alerter that only carries out commands.
pub(crate) struct Unread;

impl Consumer for Unread {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, LogError> {
        Ok(Vec::new())
    }

    fn seek(&mut self, _: Partition, _: Offset) -> Result<(), LogError> {
        Ok(())
    }

    fn commit(
        &mut self,
        _: Vec<NewRecord>,
        _: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError> {
        Ok(Vec::new())
    }
}
