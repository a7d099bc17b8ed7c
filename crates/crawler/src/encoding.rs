//! Bytes to UTF-8.

use std::borrow::Cow;

/// How the bytes of a file are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, as JSON is.
    #[default]
    Utf8,
    /// GB18030, which includes GBK and GB2312.
    Gb18030,
}

/// Bytes in another encoding than was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Not UTF-8, but sound GB18030.
    #[error(
        "byte {at} is not UTF-8, but the line reads as GB18030; hint: set `encoding = \
         \"gb18030\"`, or convert it: iconv -f GB18030 -t UTF-8"
    )]
    LooksLikeGb18030 {
        /// The first byte that is wrong, from 0.
        at: usize,
    },
    /// Not GB18030.
    #[error("the line is not GB18030, as `encoding` says; hint: UTF-8 needs no `encoding`")]
    NotGb18030,
    /// Neither.
    #[error("byte {at} is not UTF-8, nor does the line read as GB18030")]
    Unknown {
        /// The first byte that is not UTF-8, from 0.
        at: usize,
    },
}

impl Encoding {
    /// The encoding that a configuration calls so: `utf-8` or `gb18030`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Self::Gb18030),
            _ => None,
        }
    }

    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, EncodingError> {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
            },
            Self::Gb18030 => gb18030(bytes).ok_or(EncodingError::NotGb18030),
        }
    }

    /// The same, with a mark for what cannot be read.
    pub(crate) fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match (self, gb18030(bytes)) {
            (Self::Gb18030, Some(text)) => text,
            (Self::Utf8, Some(text)) if std::str::from_utf8(bytes).is_err() => text,
            _ => String::from_utf8_lossy(bytes),
        }
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> EncodingError {
    // Chance bytes are often sound GB18030 too; Chinese text shows by its characters.
    let chinese = |text: &str| text.chars().any(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    match gb18030(bytes) {
        Some(text) if chinese(&text) => EncodingError::LooksLikeGb18030 { at },
        _ => EncodingError::Unknown { at },
    }
}

fn gb18030(bytes: &[u8]) -> Option<Cow<'_, str>> {
    encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let (gb, _, _) = encoding_rs::GB18030.encode("食堂停电");
        // The first two bytes are also sound UTF-8.
        assert_eq!(Encoding::Gb18030.decode(&gb).as_deref(), Ok("食堂停电"));
        assert_eq!(
            Encoding::Utf8.decode(&gb),
            Err(EncodingError::LooksLikeGb18030 { at: 2 })
        );
        assert_eq!(
            Encoding::Utf8.decode(b"a\xff\xff"),
            Err(EncodingError::Unknown { at: 1 })
        );
        assert_eq!(
            Encoding::Gb18030.decode(b"a\xff\xff"),
            Err(EncodingError::NotGb18030)
        );
        assert_eq!(
            Encoding::Utf8.decode("停电".as_bytes()).as_deref(),
            Ok("停电")
        );
        assert_eq!(Encoding::Utf8.decode_lossy(&gb), "食堂停电");
    }
}
