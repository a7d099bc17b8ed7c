//! Ending before its time what was begun for a while: a silence, a stand-in.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::response::Response;
use fengbiao_ledger::{Ledger, LedgerError};
use fengbiao_model::Action;

use crate::answer::EndJson;
use crate::problem::Problem;
use crate::request::{actor, bytes, number, parse, submit};
use crate::state::Console;

/// What can be ended by its number.
pub(crate) struct Ending {
    /// The path that lists those there are.
    pub(crate) list: &'static str,
    /// The code of the problem that there is none.
    pub(crate) unknown: &'static str,
    /// The same in words, for a number.
    pub(crate) said: fn(u64) -> String,
    /// Whether there is one that has not ended.
    pub(crate) stands: fn(&Ledger, u64) -> Result<bool, LedgerError>,
    /// What the alerter is asked.
    pub(crate) action: fn(u64) -> Action,
}

impl Ending {
    /// What is not there is refused at once; the alerter still decides.
    pub(crate) async fn end(
        self,
        console: Console,
        name: Result<Path<String>, PathRejection>,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Response, Problem> {
        let number = number(name, self.list)?;
        let request: EndJson = parse(&bytes(body)?)?;
        let by = actor(&request.by)?;
        console
            .blocking(move |console| {
                if !(self.stands)(&console.ledger, number)? {
                    let (said, list) = ((self.said)(number), self.list);
                    let detail = format!("{said}\nhint: `GET {list}` lists those there are");
                    return Err(Problem::not_found(self.unknown, detail));
                }
                submit(console, by, (self.action)(number))
            })
            .await
    }
}
