//! The client's batch call, `rd_kafka_consume_batch_queue`, which its Rust face does not have.
#![allow(unsafe_code, reason = "a function of the C library")]

use std::ptr::{self, NonNull};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rdkafka::bindings as c;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

/// Reads the queue of a client that has partitions assigned.
pub(super) struct Batches<'a> {
    /// Ends after the queue.
    _client: &'a BaseConsumer,
    queue: NonNull<c::rd_kafka_queue_t>,
    messages: Vec<*mut c::rd_kafka_message_t>,
}

impl<'a> Batches<'a> {
    /// So many records at a time at most.
    pub(super) fn of(client: &'a BaseConsumer, most: usize) -> anyhow::Result<Self> {
        // SAFETY: the client lives as long as the borrow; the queue that is given out is counted
        // by the library and let go below.
        let queue = unsafe { c::rd_kafka_queue_get_consumer(client.client().native_ptr()) };
        Ok(Self {
            _client: client,
            queue: NonNull::new(queue).context("a client without a queue")?,
            messages: vec![ptr::null_mut(); most],
        })
    }

    /// How many records came; they are dropped.
    pub(super) fn next(&mut self, wait: Duration) -> anyhow::Result<u64> {
        let millis = i32::try_from(wait.as_millis())?;
        // SAFETY: the queue is ours, and the buffer as long as is said.
        let count = unsafe {
            c::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                millis,
                self.messages.as_mut_ptr(),
                self.messages.len(),
            )
        };
        let count = usize::try_from(count).context("reading a batch")?;
        let mut failed = 0;
        for message in &mut self.messages[..count] {
            // SAFETY: the library has filled in as many as it says; each is let go once.
            unsafe {
                failed += usize::from((**message).err as i32 != 0);
                c::rd_kafka_message_destroy(*message);
            }
            *message = ptr::null_mut();
        }
        ensure!(failed == 0, "{failed} records could not be read");
        Ok(count as u64)
    }
}

impl Drop for Batches<'_> {
    fn drop(&mut self) {
        // SAFETY: the queue is ours and is not used any more.
        unsafe { c::rd_kafka_queue_destroy(self.queue.as_ptr()) }
    }
}
