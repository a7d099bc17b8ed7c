//! A post is forgotten: no byte of its text stays in the file.

use fengbiao_model::{Notice, PostId};
use rusqlite::{Connection, params};

use crate::shared_json::{notice_json, notice_of};
use crate::{Ledger, LedgerError};

/// What stands in a delivered notice where the text of a purged post was.
pub const PURGED_TEXT: &str = "[purged]";

impl Ledger {
    /// The posts that must not be read again, in the order in which they were purged.
    pub fn purged(&self) -> Result<Vec<PostId>, LedgerError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT post FROM purged ORDER BY row")?;
            let rows = statement.query_map([], |row| Ok(PostId::from_bytes(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Empties the write-ahead log, where erased text would otherwise stay until it is written
    /// over. Returns false where a reader is in the way; [`Ledger::retain`] tries again.
    pub fn scrub(&self) -> Result<bool, LedgerError> {
        let writer = self.writer();
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = writer.query_row(sql, [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    pub(crate) fn scrub_or_warn(&self) {
        match self.scrub() {
            Ok(true) => {}
            Ok(false) => tracing::warn!("a reader keeps the write-ahead log; it is emptied later"),
            Err(error) => tracing::warn!(%error, "the write-ahead log was not emptied"),
        }
    }
}

/// Takes the text of a post out of everything that is kept: quotes, checkpoints, notices. Quotes of
/// incidents that have left memory go by no change of their own.
pub(crate) fn take_back(tx: &Connection, post: &PostId) -> Result<(), LedgerError> {
    let sql = "DELETE FROM quotes WHERE post = ?1";
    tx.prepare_cached(sql)?.execute([post.as_bytes()])?;
    erase(tx, post)
}

/// Erases a post from checkpoints and notices. Its quotes go by changes of their own.
pub(crate) fn erase(tx: &Connection, post: &PostId) -> Result<(), LedgerError> {
    tx.prepare_cached("DELETE FROM checkpoint_lines WHERE post = ?1")?
        .execute([post.as_bytes()])?;
    // A purge is rare and the outbox is bounded by retention: it is read through.
    let sql = "SELECT row, state = 'waiting', body FROM outbox WHERE instr(body, ?1) > 0";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([post.to_string()])?;
    let mut changed: Vec<(i64, String)> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut notice = notice_of(row.get_ref(2)?.as_str().unwrap_or_default())?;
        if row.get(1)? {
            notice.quotes.retain(|quote| quote.post != *post);
        } else {
            mark(&mut notice, post);
        }
        for quote in &mut notice.quotes {
            quote.widest_copy = quote.widest_copy.take().filter(|copy| copy.post != *post);
        }
        changed.push((row.get(0)?, notice_json(&notice)));
    }
    for (row, body) in changed {
        let sql = "UPDATE outbox SET body = ?2 WHERE row = ?1";
        tx.prepare_cached(sql)?.execute(params![row, body])?;
    }
    Ok(())
}

fn mark(notice: &mut Notice, post: &PostId) {
    for quote in notice.quotes.iter_mut().filter(|quote| quote.post == *post) {
        PURGED_TEXT.clone_into(&mut quote.text);
        quote.title = None;
        quote.url = None;
        quote.spans.clear();
    }
}
