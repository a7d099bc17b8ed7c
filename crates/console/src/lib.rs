//! The HTTP API over the ledger, and the page that acknowledges.
//!
//! [`router`] gives the routes; the app owns the port and the authentication of `/v1`, and sets
//! [`Viewer`] where it knows who asks. The page under `/a/{token}` needs no more than its signed
//! link. What people ask goes to a [`CommandPort`]; nothing here changes the record but lines of
//! the audit trail: every view is one.
//!
//! No answer holds an author, a voice or a pseudonym.

mod answer;
mod api;
mod ending;
mod html;
pub mod limits;
mod name_cookie;
mod notice_page;
mod numbered;
mod openapi;
mod page;
mod problem;
mod request;
mod routes;
mod silences;
mod stand_ins;
mod state;
mod take_on;
mod taken_page;
mod token;
mod words;

pub use fengbiao_model::Language;
pub use openapi::openapi;
pub use problem::Problem;
pub use routes::router;
pub use stand_ins::StandInJson;
pub use state::{CommandError, CommandPort, Console, Verdict, Viewer};
pub use token::{SigningKey, TokenError, sign, verify};
