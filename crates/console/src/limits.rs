//! The bounds of the console, named once. Units are in the names.

/// Longest body of a request.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Incidents in one answer when no `limit` is given.
pub const DEFAULT_PAGE_INCIDENTS: usize = 50;
/// Most incidents in one answer.
pub const MAX_PAGE_INCIDENTS: usize = 500;
/// How often a deed waits for the commands before it to be taken, before it is judged by what
/// stands there.
pub const MAX_WAITS_FOR_EARLIER_COMMANDS: usize = 100;
/// How long each of these waits is.
pub const WAIT_FOR_EARLIER_COMMANDS_MS: u64 = 20;
/// Longest signed link; a longer one is not read.
pub const MAX_TOKEN_BYTES: usize = 512;
/// Posts that the page of a notice shows.
pub const MAX_PAGE_QUOTES: usize = 5;
/// Longest cookie with a name that is read: four characters of base64 for three bytes of a name.
pub const MAX_NAME_COOKIE_BYTES: usize = (4 * fengbiao_model::MAX_ACTOR_BYTES).div_ceil(3);
/// How long a browser keeps the name: a year.
pub const NAME_COOKIE_SECS: u32 = 365 * 24 * 60 * 60;
/// Length of the key that signs links.
pub const SIGNING_KEY_BYTES: usize = 32;

const _: () = assert!(DEFAULT_PAGE_INCIDENTS <= MAX_PAGE_INCIDENTS);
const _: () = assert!(MAX_PAGE_INCIDENTS < fengbiao_ledger::limits::MAX_PAGE_ROWS);
// The longest text of a deed, with every character escaped in two, still fits a body.
const _: () = assert!(2 * fengbiao_model::MAX_ANSWER_BYTES < MAX_BODY_BYTES);
