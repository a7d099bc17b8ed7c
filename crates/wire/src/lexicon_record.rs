//! The records of the topic `lexicons`: published texts, cut into parts that fit a record.

use fengbiao_model::{LexiconHash, LexiconNumber, Position};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::evidence::PositionJson;
use crate::record::{Head, encode, object_text, parse};
use crate::scalar::{Str, Text, V1};

/// One record of the topic `lexicons`. A publication is its manifest, then its parts in order,
/// and, once its control records stand in `posts`, their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LexiconRecord {
    /// What the publication consists of.
    Manifest(LexiconManifest),
    /// A piece of one file.
    Part(LexiconPart),
    /// Where the control records stand.
    Positions(LexiconPositions),
}

/// What a publication consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconManifest {
    /// The number of the lexicon.
    pub number: LexiconNumber,
    /// The hash of all its texts.
    pub hash: LexiconHash,
    /// Its files, in the order in which the hash takes them.
    pub files: Vec<LexiconFile>,
    /// How many parts follow.
    pub parts: u32,
}

/// One file of a lexicon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconFile {
    /// Its path within the lexicon's folder, with `/`.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The hash of its bytes.
    pub hash: LexiconHash,
}

/// A piece of one file. The pieces of a file, in the order of their index, are its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconPart {
    /// The number of the lexicon.
    pub number: LexiconNumber,
    /// The hash of all its texts: tells a resumed publication from another with its number.
    pub hash: LexiconHash,
    /// Which part of the publication, from 0.
    pub index: u32,
    /// The file it belongs to.
    pub path: String,
    /// The piece.
    pub text: String,
}

/// Where the control records of a lexicon stand: its publication is finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconPositions {
    /// The number of the lexicon.
    pub number: LexiconNumber,
    /// The hash of all its texts.
    pub hash: LexiconHash,
    /// One position in each partition of `posts`.
    pub positions: Vec<Position>,
}

/// One record of the topic `lexicons`, told apart by `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "lexicon record")]
pub enum LexiconRecordJson<'a> {
    /// `kind` is `manifest`.
    Manifest(LexiconManifestJson<'a>),
    /// `kind` is `part`.
    Part(LexiconPartJson<'a>),
    /// `kind` is `positions`.
    Positions(LexiconPositionsJson),
}

/// What a publication consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LexiconManifestJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `manifest`.
    pub kind: ManifestKind,
    /// The number of the lexicon.
    pub number: u64,
    /// The hash of all its texts.
    pub hash: Text<LexiconHash>,
    /// Its files, in the order in which the hash takes them.
    #[serde(borrow)]
    pub files: Vec<LexiconFileJson<'a>>,
    /// How many parts follow.
    pub parts: u32,
}

/// One file of a lexicon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LexiconFileJson<'a> {
    /// Its path within the lexicon's folder, with `/`.
    #[serde(borrow)]
    pub path: Str<'a>,
    /// Its length.
    pub bytes: u64,
    /// The hash of its bytes.
    pub hash: Text<LexiconHash>,
}

/// A piece of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LexiconPartJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `part`.
    pub kind: PartKind,
    /// The number of the lexicon.
    pub number: u64,
    /// The hash of all its texts.
    pub hash: Text<LexiconHash>,
    /// Which part of the publication, from 0.
    pub index: u32,
    /// The file it belongs to.
    #[serde(borrow)]
    pub path: Str<'a>,
    /// The piece.
    #[serde(borrow)]
    pub text: Str<'a>,
}

/// Where the control records of a lexicon stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LexiconPositionsJson {
    /// Version of this shape.
    pub v: V1,
    /// Always `positions`.
    pub kind: PositionsKind,
    /// The number of the lexicon.
    pub number: u64,
    /// The hash of all its texts.
    pub hash: Text<LexiconHash>,
    /// One position in each partition of `posts`.
    pub positions: Vec<PositionJson>,
}

crate::kind::kinds! {
    /// The kind of a manifest.
    ManifestKind::Manifest;
    /// The kind of a piece of a file.
    PartKind::Part;
    /// The kind of the places of control records.
    PositionsKind::Positions;
}

const RECORD: &str = "lexicon record";
const KINDS: &str = "`manifest`, `part` or `positions`";

/// The canonical bytes of a record of the topic `lexicons`.
#[must_use]
pub fn encode_lexicon_record(record: &LexiconRecord) -> Vec<u8> {
    encode(&LexiconRecordJson::from(record))
}

/// Reads a record of the topic `lexicons`.
pub fn decode_lexicon_record(bytes: &[u8]) -> Result<LexiconRecord, WireError> {
    let text = object_text(bytes)?;
    match Head::of(RECORD, text)?.kind()? {
        "manifest" => {
            let json: LexiconManifestJson<'_> = parse(RECORD, text)?;
            Ok(LexiconRecord::Manifest(LexiconManifest {
                number: LexiconNumber(json.number),
                hash: json.hash.0,
                files: json.files.into_iter().map(Into::into).collect(),
                parts: json.parts,
            }))
        }
        "part" => {
            let json: LexiconPartJson<'_> = parse(RECORD, text)?;
            Ok(LexiconRecord::Part(LexiconPart {
                number: LexiconNumber(json.number),
                hash: json.hash.0,
                index: json.index,
                path: json.path.0.into_owned(),
                text: json.text.0.into_owned(),
            }))
        }
        "positions" => {
            let json: LexiconPositionsJson = parse(RECORD, text)?;
            Ok(LexiconRecord::Positions(LexiconPositions {
                number: LexiconNumber(json.number),
                hash: json.hash.0,
                positions: json.positions.into_iter().map(Into::into).collect(),
            }))
        }
        other => Err(Head::unknown_kind(other, KINDS)),
    }
}

impl<'a> From<&'a LexiconRecord> for LexiconRecordJson<'a> {
    fn from(record: &'a LexiconRecord) -> Self {
        match record {
            LexiconRecord::Manifest(manifest) => Self::Manifest(LexiconManifestJson {
                v: V1,
                kind: ManifestKind::Manifest,
                number: manifest.number.0,
                hash: Text(manifest.hash),
                files: manifest.files.iter().map(Into::into).collect(),
                parts: manifest.parts,
            }),
            LexiconRecord::Part(part) => Self::Part(LexiconPartJson {
                v: V1,
                kind: PartKind::Part,
                number: part.number.0,
                hash: Text(part.hash),
                index: part.index,
                path: part.path.as_str().into(),
                text: part.text.as_str().into(),
            }),
            LexiconRecord::Positions(positions) => Self::Positions(LexiconPositionsJson {
                v: V1,
                kind: PositionsKind::Positions,
                number: positions.number.0,
                hash: Text(positions.hash),
                positions: positions
                    .positions
                    .iter()
                    .copied()
                    .map(Into::into)
                    .collect(),
            }),
        }
    }
}

impl<'a> From<&'a LexiconFile> for LexiconFileJson<'a> {
    fn from(file: &'a LexiconFile) -> Self {
        Self {
            path: file.path.as_str().into(),
            bytes: file.bytes,
            hash: Text(file.hash),
        }
    }
}

impl From<LexiconFileJson<'_>> for LexiconFile {
    fn from(json: LexiconFileJson<'_>) -> Self {
        Self {
            path: json.path.0.into_owned(),
            bytes: json.bytes,
            hash: json.hash.0,
        }
    }
}
