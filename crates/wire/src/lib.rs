//! Bytes to model and back: the versioned JSON of every topic, with its JSON Schemas.
//!
//! Two families of shapes live here.
//!
//! * **The public shape** ([`decode_incoming`]) is what push and files accept. It is open: only
//!   `text` is needed, foreign fields are ignored, times and counts come in several forms. Each
//!   way of being wrong has an error of its own that names the field, what was found and what was
//!   expected, and never repeats what an author could be known by.
//! * **The internal shapes** are what Fengbiao writes for itself and for readers of its output:
//!   the topics' records, notices, incidents, commands. They are closed: another version, an
//!   unknown kind or an unknown field is refused, because skipping it would lose it in silence.
//!   They are canonical: fields in a fixed order, what is absent left out, no white space, so that
//!   equal values are equal bytes. `testdata/golden` keeps them.
//!
//! For every internal shape there is `encode_…`, `decode_…` and a struct `…Json` that serialises
//! and has a JSON Schema, so that another answer (of the API, of the command line) can hold one.
//! Decoding a post borrows its texts from the input wherever the JSON has no escapes. Whoever reads
//! very many of them keeps a [`PostReader`]: a post in canonical form is read without a general parser,
//! and what is not canonical, or wrong, is left to that (`canonical.rs`).
//!
//! The room decides nothing: which fields get which default is written beside the field, and the
//! crawler fills it in.

mod any;
mod canonical;
mod command;
mod dead_letter;
mod deadline;
mod deed;
mod error;
mod event;
mod evidence;
mod filter;
mod hit;
mod incident;
mod incoming;
mod kind;
mod lexicon_record;
mod limits;
mod name;
mod names;
mod native_id;
mod notice;
mod policy;
mod post;
mod public_post;
mod pulse;
mod question;
mod quote;
mod record;
mod scalar;
mod scan_line;
mod schema;
mod silence;
mod telling;
mod time;

pub use command::*;
pub use dead_letter::*;
pub use deadline::DeadlineJson;
pub use deed::*;
pub use error::{SpanError, TimeError, WireError};
pub use event::*;
pub use evidence::*;
pub use filter::FilterJson;
pub use hit::*;
pub use incident::*;
pub use incoming::{Author, IncomingKind, IncomingPost, decode_incoming};
pub use lexicon_record::*;
pub use limits::*;
pub use native_id::NativeId;
pub use notice::*;
pub use policy::*;
pub use post::*;
pub use public_post::PublicPost;
pub use pulse::{PulseJson, decode_pulse, encode_pulse};
pub use question::QuestionJson;
pub use quote::{QuoteJson, WidestCopyJson, decode_quote, encode_quote};
pub use scalar::{Bits, Number, Str, Text, Token, V1};
pub use scan_line::ScanLine;
pub use schema::schemas;
pub use silence::{SilenceJson, SilencedJson};
pub use telling::*;
pub use time::{epoch, format_local, format_minute, format_utc, parse_span, parse_time};
