//! As much of HTTP/1.1 as two ends on one machine need: messages with a `Content-Length`.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::Context as _;

/// A request or an answer.
pub(crate) struct Message {
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The status of an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.split_whitespace().nth(1)?.parse().ok()
    }
}

/// The next message of a connection; none where it has ended.
pub(super) fn read(stream: &mut impl BufRead) -> anyhow::Result<Option<Message>> {
    let mut head = String::new();
    loop {
        let before = head.len();
        if stream.read_line(&mut head)? == 0 {
            return Ok(None);
        }
        if head[before..].trim_end().is_empty() {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<u64>().ok())?
    });
    let mut body = Vec::new();
    stream.take(length.unwrap_or(0)).read_to_end(&mut body)?;
    Ok(Some(Message { head, body }))
}

/// One request and its answer on a connection that stays open.
pub(crate) fn call(
    stream: &mut BufReader<TcpStream>,
    method: &str,
    path: &str,
    address: SocketAddr,
    body: &[u8],
) -> anyhow::Result<Message> {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    stream.get_mut().write_all(&request)?;
    read(stream)?.context("the daemon has closed the connection")
}
