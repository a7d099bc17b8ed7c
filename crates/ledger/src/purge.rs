//! A post is forgotten: no byte of its text stays in the file.

use std::collections::BTreeSet;

use fengbiao_alerter::Change;
use fengbiao_model::{Notice, PostId, SourceId};
use rusqlite::{Connection, params};

use crate::ledger::put_meta;
use crate::shared_json::{notice_json, notice_of, quote_of};
use crate::{Ledger, LedgerError};

/// What stands in a delivered notice where the text of a purged post was.
pub const PURGED_TEXT: &str = "[purged]";

/// Name of the last step that erased something a replay would need.
const ERASED_STEP: &str = "erased_step";

impl Ledger {
    /// The posts that must not be read again, in the order in which they were purged.
    pub fn purged(&self) -> Result<Vec<PostId>, LedgerError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT post FROM purged ORDER BY row")?;
            let rows = statement.query_map([], |row| Ok(PostId::from_bytes(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The posts with a link that incidents quote or notices show, by id: also those that the log
    /// has nothing of any more.
    pub fn posts_with_link(&self, link: &str) -> Result<Vec<PostId>, LedgerError> {
        self.read(|db| {
            let mut found = BTreeSet::new();
            each_with(db, "SELECT body FROM quotes", link, |body| {
                let quote = quote_of(body)?;
                found.extend((quote.url.as_deref() == Some(link)).then_some(quote.post));
                Ok(())
            })?;
            each_with(db, "SELECT body FROM outbox", link, |body| {
                found.extend(linked_by(&notice_of(body)?, link));
                Ok(())
            })?;
            Ok(found.into_iter().collect())
        })
    }

    /// The last step that erased something that a replay from before it would need; 0 where none
    /// did. Checkpoints after it and after later steps are whole.
    pub fn erased_step(&self) -> Result<u64, LedgerError> {
        let Some(step) = self.meta(ERASED_STEP)? else {
            return Ok(0);
        };
        let wrong = |error| format!("`{ERASED_STEP}` is `{step}`, expected a number: {error}");
        let number = step.parse::<u64>().map_err(wrong);
        number.map_err(LedgerError::decode("step that erased"))
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

/// What a change took out of what is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Erased {
    /// Whether it took anything.
    pub(crate) anything: bool,
    /// Whether a replay from before it would give other bytes: inputs or a checkpoint have lost
    /// something.
    pub(crate) from_replays: bool,
}

impl Erased {
    pub(crate) fn add(&mut self, other: Self) {
        self.anything |= other.anything;
        self.from_replays |= other.from_replays;
    }
}

/// Erases what a change says must not stay. What the same step has written before goes too, what it
/// writes after stays: a post may come again that was taken back.
pub(crate) fn erase(tx: &Connection, change: &Change) -> Result<Erased, LedgerError> {
    match change {
        Change::Purged(post) => {
            take_back(tx, post, &|_| true)?;
            // The log loses its records of the post, which may be inputs of any step before.
            Ok(Erased {
                anything: true,
                from_replays: true,
            })
        }
        Change::TakenBack(deletion) => {
            take_back(tx, &deletion.id, &|source| deletion.is_of(source))
        }
        _ => Ok(Erased::default()),
    }
}

/// Keeps the number of a step that a replay from before it cannot pass.
pub(crate) fn note_step(tx: &Connection, step: u64) -> Result<(), LedgerError> {
    put_meta(tx, ERASED_STEP, &step.to_string())
}

/// Takes the text of a post, as found at the sources that `which` chooses, out of everything that is
/// kept: quotes, checkpoints, notices. Quotes of incidents that have left memory go by no change of
/// their own.
fn take_back(
    tx: &Connection,
    post: &PostId,
    which: &dyn Fn(&SourceId) -> bool,
) -> Result<Erased, LedgerError> {
    let dropped = |find: &str, drop: &str| drop_quotes(tx, (find, drop), post, which);
    let quotes = dropped(
        "SELECT row, body FROM quotes WHERE post = ?1",
        "DELETE FROM quotes WHERE row = ?1",
    )?;
    let lines = dropped(
        "SELECT row, value FROM checkpoint_lines WHERE post = ?1",
        "DELETE FROM checkpoint_lines WHERE row = ?1",
    )?;
    let notices = blank_notices(tx, post, which)?;
    Ok(Erased {
        anything: quotes || lines || notices,
        from_replays: lines,
    })
}

/// Whether there was any.
fn drop_quotes(
    tx: &Connection,
    (find, drop): (&str, &str),
    post: &PostId,
    which: &dyn Fn(&SourceId) -> bool,
) -> Result<bool, LedgerError> {
    let mut statement = tx.prepare_cached(find)?;
    let mut rows = statement.query([post.as_bytes()])?;
    let mut gone: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let quote = quote_of(row.get_ref(1)?.as_str().unwrap_or_default())?;
        if which(&quote.source) {
            gone.push(row.get(0)?);
        }
    }
    for row in &gone {
        tx.prepare_cached(drop)?.execute([row])?;
    }
    Ok(!gone.is_empty())
}

/// Whether there was any.
fn blank_notices(
    tx: &Connection,
    post: &PostId,
    which: &dyn Fn(&SourceId) -> bool,
) -> Result<bool, LedgerError> {
    let sql = "SELECT row, state = 'waiting', body FROM notice_posts JOIN outbox ON row = outbox
               WHERE post = ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([post.as_bytes()])?;
    let mut changed: Vec<(i64, String)> = Vec::new();
    while let Some(row) = rows.next()? {
        let before = notice_of(row.get_ref(2)?.as_str().unwrap_or_default())?;
        let mut notice = before.clone();
        let waits = row.get(1)?;
        blank(&mut notice, waits, &|of, source| {
            of == post && which(source)
        });
        if notice != before {
            changed.push((row.get(0)?, notice_json(&notice)));
        }
    }
    for (row, body) in &changed {
        let sql = "UPDATE outbox SET body = ?2 WHERE row = ?1";
        tx.prepare_cached(sql)?.execute(params![row, body])?;
    }
    Ok(!changed.is_empty())
}

/// Whoever has a notice already sees where something is missing; one that waits goes without it.
fn blank(notice: &mut Notice, waits: bool, which: &dyn Fn(&PostId, &SourceId) -> bool) {
    if waits {
        let quotes = &mut notice.quotes;
        quotes.retain(|quote| !which(&quote.post, &quote.source));
    }
    for quote in &mut notice.quotes {
        if which(&quote.post, &quote.source) {
            PURGED_TEXT.clone_into(&mut quote.text);
            quote.title = None;
            quote.url = None;
            quote.spans.clear();
        }
        let copy = quote.widest_copy.take();
        quote.widest_copy = copy.filter(|copy| !which(&copy.post, &copy.source));
    }
    for other in &mut notice.others {
        let of = other.headline_of.as_ref();
        if of.is_some_and(|of| which(&of.post, &of.source)) {
            let left = if waits { "" } else { PURGED_TEXT };
            left.clone_into(&mut other.headline);
        }
    }
}

/// Gives each body of a query that has a text in it. People ask by link rarely: tables are read
/// through.
fn each_with(
    db: &Connection,
    bodies: &str,
    text: &str,
    mut body: impl FnMut(&str) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    // The value is a text of JSON, and is looked for as it stands there.
    let sql = format!("{bodies} WHERE instr(body, json_quote(?1)) > 0");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([text])?;
    while let Some(row) = rows.next()? {
        body(row.get_ref(0)?.as_str().unwrap_or_default())?;
    }
    Ok(())
}

/// The posts that a notice shows under a link.
fn linked_by(notice: &Notice, link: &str) -> BTreeSet<PostId> {
    let quotes = notice.quotes.iter();
    let copies = quotes
        .clone()
        .filter_map(|quote| quote.widest_copy.as_ref());
    let copies = copies.map(|copy| (copy.post, Some(copy.url.as_str())));
    let quotes = quotes.map(|quote| (quote.post, quote.url.as_deref()));
    let linked = quotes.chain(copies).filter(|(_, url)| *url == Some(link));
    linked.map(|(post, _)| post).collect()
}

/// The posts that a notice shows something of.
pub(crate) fn posts_of(notice: &Notice) -> BTreeSet<PostId> {
    let quotes = notice.quotes.iter();
    let copies = quotes
        .clone()
        .filter_map(|quote| quote.widest_copy.as_ref());
    let headlines = notice
        .others
        .iter()
        .filter_map(|other| other.headline_of.as_ref());
    let quotes = quotes.map(|quote| quote.post);
    let copies = copies.map(|copy| copy.post);
    let headlines = headlines.map(|of| of.post);
    quotes.chain(copies).chain(headlines).collect()
}
