//! The bounds of a lexicon, named once. Units are in the names.

/// Largest file of a lexicon folder.
pub const MAX_FILE_BYTES: usize = 32 << 20;
/// Most rules of a topic.
pub const MAX_RULES_PER_TOPIC: usize = 5_000;
/// Most distinct keywords of a topic, those of its subjects included.
pub const MAX_KEYS_PER_TOPIC: usize = 1_000_000;
/// Longest keyword, exception phrase or word.
pub const MAX_KEY_BYTES: usize = 256;
/// Longest `match` expression.
pub const MAX_EXPRESSION_BYTES: usize = 64 << 10;
/// Deepest nesting of parentheses in an expression.
pub const MAX_NESTING_LEVELS: usize = 32;
/// Largest distance of `NEAR/n` and `ONEAR/n`, in characters that the fold keeps.
pub const MAX_NEAR_CHARS: u32 = 500;
/// Most exception phrases of a rule.
pub const MAX_EXCEPTIONS_PER_RULE: usize = 1_000;
/// Most cases (`hits` and `misses` together) of a rule.
pub const MAX_CASES_PER_RULE: usize = 1_000;
/// Largest reading margin a rule may ask for, in nats. Beyond it nearly every occurrence counts;
/// `substring:` says so more clearly.
pub const MAX_MARGIN_NATS: f64 = 20.0;
/// The reading margin of a rule that names none, in nats: the best of those measured on labelled
/// titles (see the matcher's documentation).
pub const DEFAULT_MARGIN_NATS: f64 = 1.5;
/// Most separators between two characters of a keyword that a rule may look through.
pub const MAX_SEPARATORS: u8 = 4;
/// The weight of a rule that names none.
pub const DEFAULT_WEIGHT: u8 = 1;
/// Most diagnostics reported for one file; the rest are counted in one more.
pub const MAX_DIAGNOSTICS_PER_FILE: usize = 200;
/// Longest message or hint of a diagnostic; what it quotes beyond is left out, for the place shows it.
pub const MAX_MESSAGE_CHARS: usize = 400;
/// Longest name for which a similar one is looked for.
pub const MAX_SUGGESTED_CHARS: usize = 64;
/// Most labels of a topic: half of those that an incident may have, so that people have room for
/// theirs.
pub const MAX_LABELS_PER_TOPIC: usize = 16;
/// The offset from UTC in which a date or time without an offset is read, in hours (UTC+8, the
/// one civil time of the posts' country).
pub const CIVIL_OFFSET_HOURS: i8 = 8;

// A keyword fits into an expression, and the default is a value that could have been written.
const _: () =
    assert!(MAX_KEY_BYTES < MAX_EXPRESSION_BYTES && DEFAULT_MARGIN_NATS < MAX_MARGIN_NATS);
