//! What a push consists of: content type, encoding, lines.

use std::io::{self, Read};

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::answer::TurnedAway;
use crate::limits::MAX_LINE_BYTES;
use crate::prepare::Refusal;

/// How posts stand in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One a line.
    Lines,
    /// One object, over as many lines as it likes; where more than one stands there, one a line.
    Object,
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

pub(super) fn kind(headers: &HeaderMap) -> Result<(Shape, Packing), TurnedAway> {
    let text = |name| match headers.get(&name) {
        Some(value) => value.to_str().unwrap_or("?").to_ascii_lowercase(),
        None => String::new(),
    };
    let content_type = text(CONTENT_TYPE);
    let shape = match content_type.split(';').next().unwrap_or_default().trim() {
        ""
        | "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines" => Shape::Lines,
        "application/json" => Shape::Object,
        _ => return Err(TurnedAway::ContentType(content_type)),
    };
    let encoding = text(CONTENT_ENCODING);
    let packing = match encoding.trim() {
        "" | "identity" => Packing::Plain,
        "gzip" | "x-gzip" => Packing::Gzip,
        "zstd" => Packing::Zstd,
        _ => return Err(TurnedAway::ContentEncoding(encoding)),
    };
    Ok((shape, packing))
}

/// The body decompressed, never more than `limit` bytes of it.
pub(super) fn unpack(body: &[u8], packing: Packing, limit: usize) -> Result<Vec<u8>, TurnedAway> {
    let unread = |_: io::Error| TurnedAway::Packing;
    let mut bytes = Vec::new();
    let one_more = limit as u64 + 1;
    match packing {
        Packing::Plain => bytes.extend_from_slice(body),
        Packing::Gzip => {
            let unpacked = flate2::read::MultiGzDecoder::new(body);
            unpacked
                .take(one_more)
                .read_to_end(&mut bytes)
                .map_err(unread)?;
        }
        Packing::Zstd => {
            let unpacked = zstd::stream::read::Decoder::new(body).map_err(unread)?;
            unpacked
                .take(one_more)
                .read_to_end(&mut bytes)
                .map_err(unread)?;
        }
    }
    if bytes.len() > limit {
        Err(TurnedAway::TooLarge { limit })
    } else {
        Ok(bytes)
    }
}

/// The posts of a body with the numbers of their lines, from 1. Blank lines count, but are no
/// posts.
pub(super) fn lines(bytes: &[u8], shape: Shape) -> Vec<(usize, &[u8])> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let one =
        shape == Shape::Object && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    if one {
        return vec![(1, bytes)];
    }
    let blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| !blank(line))
        .map(|(line, number)| (number, line))
        .collect()
}

pub(super) fn bounded(line: &[u8]) -> Result<&[u8], Refusal> {
    if line.len() > MAX_LINE_BYTES {
        Err(Refusal::LineTooLong {
            limit: MAX_LINE_BYTES,
        })
    } else {
        Ok(line)
    }
}
