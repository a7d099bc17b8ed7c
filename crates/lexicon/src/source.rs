//! The texts of a lexicon folder, as a value.

use std::collections::BTreeMap;
use std::string::FromUtf8Error;

use fengbiao_model::LexiconHash;

use crate::codes::Code;
use crate::compiled::Place;
use crate::diagnostic::Diagnostic;

/// The folder of list files. What ends in `.toml` below it is no topic.
const LISTS_FOLDER: &str = "lists/";

/// The texts of a lexicon folder. Whoever holds a folder reads it; this crate does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LexiconText {
    /// Text by path; paths are relative to the folder, with `/` between their parts.
    pub files: BTreeMap<String, String>,
}

impl LexiconText {
    /// Whether a file of this path belongs to a lexicon: it ends in `.toml` or `.txt`, and no part
    /// of its path begins with a dot. Others (notes, editors' swap files) are left unread.
    #[must_use]
    pub fn takes(path: &str) -> bool {
        let known = path.ends_with(".toml") || path.ends_with(".txt");
        known && !path.split('/').any(|part| part.starts_with('.'))
    }

    /// Decodes files. Where one is not UTF-8 its text has U+FFFD, which [`check`](crate::check)
    /// refuses: no caller can forget that it was not read.
    #[must_use]
    pub fn from_bytes(files: BTreeMap<String, Vec<u8>>) -> Self {
        let decode = |(path, bytes): (String, Vec<u8>)| {
            let lossy = |error: FromUtf8Error| String::from_utf8_lossy(error.as_bytes()).into();
            (path, String::from_utf8(bytes).unwrap_or_else(lossy))
        };
        Self {
            files: files.into_iter().map(decode).collect(),
        }
    }

    /// An error for each file that was not UTF-8 when it was decoded, here or by whoever saved it.
    pub(crate) fn undecoded(&self) -> Vec<Diagnostic> {
        let fault = |(path, text): (&String, &String)| {
            let start = text.find(char::REPLACEMENT_CHARACTER)?;
            Some(not_utf8(Place {
                path: path.clone(),
                range: start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
            }))
        };
        self.files.iter().filter_map(fault).collect()
    }

    /// The hash of every file's path and bytes, each with its length, in the order of the paths.
    #[must_use]
    pub fn hash(&self) -> LexiconHash {
        let mut hasher = blake3::Hasher::new();
        for part in self.files.iter().flat_map(|(path, text)| [path, text]) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        LexiconHash::from_digest(hasher.finalize())
    }

    /// The files that are topics: `.toml` at any depth, except under `lists/`.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_topic = |path: &str| path.ends_with(".toml") && !path.starts_with(LISTS_FOLDER);
        let files = self
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(move |(path, _)| is_topic(path))
    }
}

fn not_utf8(place: Place) -> Diagnostic {
    Diagnostic::new(Code::NotUtf8, place, "the file is not UTF-8")
        .label("these bytes are no UTF-8")
        .hint("save it as UTF-8; from GB18030: `iconv -f GB18030 -t UTF-8`")
        .hint("where `\u{fffd}` stands in the file itself, its text is lost: take it from a copy")
}
