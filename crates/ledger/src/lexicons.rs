//! Published lexicons: their numbers, their texts, and whether the publication is finished.

use fengbiao_model::{LexiconHash, LexiconNumber, Timestamp};
use rusqlite::{Row, params};

use crate::columns::{int, uint};
use crate::record::json;
use crate::{Ledger, LedgerError};

/// A lexicon that has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedLexicon {
    /// Its number, from 1.
    pub number: LexiconNumber,
    /// The hash of its texts.
    pub hash: LexiconHash,
    /// When it took its number (wall clock).
    pub published_at: Timestamp,
    /// Whether its control records are in every partition of `posts`.
    pub finished: bool,
    /// Its files: path and text, in the order given.
    pub files: Vec<(String, String)>,
}

const COLUMNS: &str = "number, hash, published_at, finished, files";

impl Ledger {
    /// Takes the next number for checked texts and keeps them. Where the latest publication is
    /// unfinished and has the same hash, that one is given back, to be resumed.
    pub fn begin_lexicon(
        &self,
        hash: LexiconHash,
        files: &[(String, String)],
        at: Timestamp,
    ) -> Result<PublishedLexicon, LedgerError> {
        self.write(|tx| {
            let sql = format!("SELECT {COLUMNS} FROM lexicons ORDER BY number DESC LIMIT 1");
            let mut statement = tx.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let latest = rows.next()?.map(published).transpose()?;
            let next = match latest {
                Some(latest) if !latest.finished && latest.hash == hash => return Ok(latest),
                Some(latest) => latest.number.0 + 1,
                None => 1,
            };
            let sql = "INSERT INTO lexicons (number, hash, published_at, finished, files)
                       VALUES (?1, ?2, ?3, 0, ?4)";
            tx.prepare_cached(sql)?.execute(params![
                int("lexicon number", next)?,
                hash.as_bytes(),
                at.as_millis(),
                json(&files),
            ])?;
            Ok(PublishedLexicon {
                number: LexiconNumber(next),
                hash,
                published_at: at,
                finished: false,
                files: files.to_vec(),
            })
        })
    }

    /// The control records of a lexicon are all written.
    pub fn finish_lexicon(&self, number: LexiconNumber) -> Result<(), LedgerError> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached("UPDATE lexicons SET finished = 1 WHERE number = ?1")?
                .execute([int("lexicon number", number.0)?])?;
            if changed == 0 {
                let key = number.to_string();
                return Err(LedgerError::Unknown {
                    what: "lexicon",
                    key,
                });
            }
            Ok(())
        })
    }

    /// A published lexicon by its number.
    pub fn lexicon(&self, number: LexiconNumber) -> Result<Option<PublishedLexicon>, LedgerError> {
        let number = int("lexicon number", number.0)?;
        self.one_lexicon("WHERE number = ?1", params![number])
    }

    /// The lexicon with the greatest number, finished or not.
    pub fn latest_lexicon(&self) -> Result<Option<PublishedLexicon>, LedgerError> {
        self.one_lexicon("ORDER BY number DESC LIMIT 1", params![])
    }

    fn one_lexicon(
        &self,
        clause: &str,
        params: impl rusqlite::Params,
    ) -> Result<Option<PublishedLexicon>, LedgerError> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM lexicons {clause}");
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(published).transpose()
        })
    }
}

fn published(row: &Row<'_>) -> Result<PublishedLexicon, LedgerError> {
    let files = row.get_ref(4)?.as_str().unwrap_or_default();
    Ok(PublishedLexicon {
        number: LexiconNumber(uint("lexicon number", row.get(0)?)?),
        hash: LexiconHash::from_bytes(row.get(1)?),
        published_at: Timestamp::from_millis(row.get(2)?),
        finished: row.get(3)?,
        files: serde_json::from_str(files)
            .map_err(|error| LedgerError::decode("texts of a lexicon")(error.to_string()))?,
    })
}
