//! The texts of a lexicon folder, as a value.

use std::collections::BTreeMap;

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

    /// Decodes files. Of one that is not UTF-8 the readable form is kept for showing, and an error
    /// is returned beside: such texts must not be published.
    #[must_use]
    pub fn from_bytes(files: BTreeMap<String, Vec<u8>>) -> (Self, Vec<Diagnostic>) {
        let mut texts = Self::default();
        let mut faults = Vec::new();
        for (path, bytes) in files {
            let text = match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let start = error.utf8_error().valid_up_to();
                    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    let end = start + text[start..].chars().next().map_or(0, char::len_utf8);
                    faults.push(not_utf8(Place {
                        path: path.clone(),
                        range: start..end,
                    }));
                    text
                }
            };
            texts.files.insert(path, text);
        }
        (texts, faults)
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
}
