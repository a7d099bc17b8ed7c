//! A walk over all records of a topic.

use std::sync::Arc;

use fengbiao_model::Offset;
use rusqlite::Connection;

use super::stream::Streams;
use crate::error::failed_to;
use crate::{LogError, Record, SCAN_PAGE_RECORDS, Topic};

/// All records of a topic that were there when the scan began, partition by partition, each in
/// order. It holds [`SCAN_PAGE_RECORDS`] at a time. After an error it ends.
pub struct Scan {
    streams: Arc<Streams>,
    connection: Connection,
    topic: Topic,
    tails: Vec<u64>,
    partition: usize,
    next: Offset,
    page: std::vec::IntoIter<Record>,
}

impl Scan {
    pub(super) fn new(
        streams: Arc<Streams>,
        connection: Connection,
        topic: Topic,
        tails: Vec<u64>,
    ) -> Self {
        let page = Vec::new().into_iter();
        Self {
            streams,
            connection,
            topic,
            tails,
            partition: 0,
            next: Offset(0),
            page,
        }
    }

    fn turn_page(&mut self, stream: usize, tail: u64) -> Result<(), LogError> {
        let stream = &self.streams.of(self.topic)[stream];
        let records = stream
            .read(&self.connection, self.next.0, tail, SCAN_PAGE_RECORDS)
            .map_err(failed_to("read records"))?;
        match records.last() {
            Some(last) => self.next = Offset(last.position.offset.0 + 1),
            None => {
                self.partition += 1;
                self.next = Offset(0);
            }
        }
        self.page = records.into_iter();
        Ok(())
    }
}

impl Iterator for Scan {
    type Item = Result<Record, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.page.next() {
                return Some(Ok(record));
            }
            let tail = *self.tails.get(self.partition)?;
            if let Err(error) = self.turn_page(self.partition, tail) {
                self.partition = self.tails.len();
                return Some(Err(error));
            }
        }
    }
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
