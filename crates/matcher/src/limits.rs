//! The bounds of the matcher, named once.

/// Characters of one block that are segmented to each side of a keyword. Runs of Han without any
/// punctuation are shorter in writing; in rubbish this bounds the work a hit can cause.
pub const MAX_CONTEXT_CHARS: usize = 256;

/// Characters of segmentation shown to each side of a keyword in an explanation.
pub const SHOWN_CONTEXT_CHARS: usize = 8;

/// Occurrences shown of one leaf of a condition in an explanation; the rest is counted.
pub const MAX_SHOWN_OCCURRENCES: usize = 50;

/// Keywords of a list that are shown before it is cut short.
pub const SHOWN_KEYWORDS: usize = 6;

// What is shown must have been segmented.
const _: () = assert!(SHOWN_CONTEXT_CHARS < MAX_CONTEXT_CHARS);
