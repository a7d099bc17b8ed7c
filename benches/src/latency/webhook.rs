//! The webhook's end: takes notices and answers at once.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use anyhow::Context as _;

use super::http;

/// Takes every webhook on threads of its own; gives the subject of each with its time.
pub(crate) fn receive(listener: TcpListener) -> Receiver<(String, Instant)> {
    let (sender, receipts) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || answer(stream, &sender));
        }
    });
    receipts
}

/// Answers the requests of one connection until it ends.
fn answer(stream: TcpStream, sender: &mpsc::Sender<(String, Instant)>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(message) = http::read(&mut reader)? {
        let received = Instant::now();
        reader
            .get_mut()
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        let event: serde_json::Value = serde_json::from_slice(&message.body)?;
        let subject = event.get("subject").and_then(|subject| subject.as_str());
        let subject = subject.and_then(|subject| subject.strip_prefix("bench/"));
        let subject = subject.context("an event without a subject")?;
        sender.send((subject.to_owned(), received))?;
    }
    Ok(())
}
