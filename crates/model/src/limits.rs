//! The bounds of the nouns, named once. Units are in the names.

use std::ops::RangeInclusive;

use crate::TimeSpan;

/// Longest text of a post. A longer one is refused where it enters.
pub const MAX_TEXT_BYTES: usize = 128 * 1024;
/// Longest title of a post.
pub const MAX_TITLE_BYTES: usize = 4 * 1024;
/// Longest link.
pub const MAX_LINK_BYTES: usize = 4 * 1024;
/// Characters of what is no link that an error shows.
pub const SHOWN_LINK_CHARS: usize = 80;
/// Longest name of a source or a service, and longest native id.
pub const MAX_NAME_BYTES: usize = 512;
/// Longest slug: the id of a topic, a rule, a receiver.
pub const MAX_SLUG_BYTES: usize = 64;
/// Most occurrences that a hit keeps of one rule: a notice marks them in an excerpt, and the first
/// ones are in it.
pub const MAX_SPANS_PER_RULE_HIT: usize = 200;
/// Most bytes of all occurrences that a hit keeps, as they are counted by [`SPAN_BYTES`].
pub const MAX_SPAN_BYTES_PER_HIT: usize = 128 * 1024;
/// Most bytes of an occurrence in a record beside its keyword, of which each byte counts six times: so
/// long is it where JSON writes it as `\u0000`.
pub const SPAN_BYTES: usize = 160;
/// Heaviest rule.
pub const MAX_WEIGHT: u8 = 10;
/// Longest note, question, answer of the contact sheet, opinion or outcome that people write.
pub const MAX_NOTE_BYTES: usize = 4 * 1024;
/// Longest factual answer to the public.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// Longest value of a label.
pub const MAX_LABEL_BYTES: usize = 256;
/// Longest name of somebody who is asked, or whose opinion it is.
pub const MAX_PARTY_BYTES: usize = 256;
/// Longest name of whoever asks for something.
pub const MAX_ACTOR_BYTES: usize = 128;
/// Posts that can be split off at once: as many as an incident quotes.
pub const MAX_SPLIT_POSTS: usize = 200;
/// Where a post without a place stands in `rank_best_…`: behind every list.
pub const PLACE_WITHOUT_RANK: u32 = 1_000_000;
/// Longest `calm_after` of a ladder: what has been calm for a week is over.
pub const MAX_CALM_AFTER: TimeSpan = TimeSpan::from_hours(7 * 24);
/// Longest `reopen_within` of a topic: for so long a closed incident is held ready to be opened again.
pub const MAX_REOPEN_WITHIN: TimeSpan = TimeSpan::from_hours(7 * 24);
/// Bounds of `min_sigma` of a ladder, in counts.
pub const MIN_SIGMA_BOUNDS: RangeInclusive<f64> = 0.1..=1_000.0;
/// Greatest floor of posts, sources and of the window before in a ladder.
pub const MAX_FLOOR: u64 = 1_000_000;

/// Bytes of a post with all its strings at their longest, when JSON writes every byte as `\u0000`.
pub const MAX_ESCAPED_POST_BYTES: usize =
    6 * (MAX_TEXT_BYTES + MAX_TITLE_BYTES + MAX_LINK_BYTES + 3 * MAX_NAME_BYTES);
/// Bytes of a hit at its longest: the post, the occurrences that it keeps, and 64 KiB for the names of
/// its rules and subjects.
pub const MAX_ESCAPED_HIT_BYTES: usize =
    MAX_ESCAPED_POST_BYTES + MAX_SPAN_BYTES_PER_HIT + (64 << 10);
