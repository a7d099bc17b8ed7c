//! The bounds of the matcher, named once.

/// Characters of one block that are segmented to each side of a keyword. Runs of Han without any
/// punctuation are shorter in writing; in rubbish this bounds the work a hit can cause.
pub const MAX_CONTEXT_CHARS: usize = 256;

/// Characters of segmentation shown to each side of a keyword in an explanation.
pub const SHOWN_CONTEXT_CHARS: usize = 8;

/// Occurrences shown of one leaf of a condition in an explanation; the rest is counted.
pub const MAX_SHOWN_OCCURRENCES: usize = 50;

/// Keywords found by one and the same part of them, at most: each place of that part in a text is
/// compared with them all. Where a lexicon has more, an automaton takes the place of the filter.
pub const MAX_KEYWORDS_PER_ANCHOR: u16 = 64;

/// Longest keyword of the scanner, in UTF-16 units of its folded text.
pub const MAX_SCAN_UNITS: usize = 4_096;

/// Keywords of a list that are shown before it is cut short.
pub const SHOWN_KEYWORDS: usize = 6;

// What is shown must have been segmented.
const _: () = assert!(SHOWN_CONTEXT_CHARS < MAX_CONTEXT_CHARS);
