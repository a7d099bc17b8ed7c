//! The bytes of a feed as UTF-8.

use encoding_rs::{Encoding, GB18030, UTF_8};

/// Decodes by byte order mark, then `charset` of the content type, then the XML declaration, then
/// as UTF-8. GB2312 and GBK are read as GB18030, which includes both. The XML declaration is cut
/// off, because it no longer tells the truth.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let named = content_type.and_then(charset).or_else(|| declared(bytes));
    let encoding = named.map_or(UTF_8, |encoding| {
        if encoding == encoding_rs::GBK {
            GB18030
        } else {
            encoding
        }
    });
    let (text, _, _) = encoding.decode(bytes);
    let text = text.trim_start();
    match text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
    {
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Encoding::for_label(value.trim().trim_matches('"').as_bytes())
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?;
    let after = declaration
        .split("encoding")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(after[1..].split(quote).next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_say_their_charset_in_many_ways() {
        let (gb, _, _) = GB18030.encode("停电");
        let with = |declaration: &str| [declaration.as_bytes(), &gb].concat();
        assert_eq!(decode("停电".as_bytes(), None), "停电");
        assert_eq!(decode(&gb, Some("text/xml; charset=\"GB2312\"")), "停电");
        assert_eq!(
            decode(&with("<?xml version='1.0' encoding='gbk'?>"), None),
            "停电"
        );
        assert_eq!(
            decode(&with("<?xml encoding = \"gb18030\" ?>"), Some("text/xml")),
            "停电"
        );
        assert_eq!(
            decode("\u{feff}<?xml?>停电".as_bytes(), Some("a; charset=gbk")),
            "停电"
        );
    }
}
