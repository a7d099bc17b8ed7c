//! One question in Kafka's own protocol, so that "it answers" means what a client means by it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);
/// Metadata, version 4, correlation 1, no client name; about no topic, creating none.
const METADATA_REQUEST: [u8; 19] = [
    0, 0, 0, 15, 0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0,
];
/// Length, correlation and throttle time stand before the number of brokers, each in four bytes.
const ANSWER_BYTES: usize = 16;

/// How many brokers the one at `address` knows.
pub(super) fn brokers(address: SocketAddr) -> io::Result<usize> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&METADATA_REQUEST)?;
    let mut answer = [0_u8; ANSWER_BYTES];
    stream.read_exact(&mut answer)?;
    let [.., a, b, c, d] = answer;
    usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(io::Error::other)
}
