//! What tells copies of a text.

/// The hash of a post's folded title and text: equal for posts that say the same. The story of a
/// post is named by that of the first post that told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(pub u64);

/// What is needed to tell copies of a text: 84 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Equal for equal folded text.
    pub story: StoryId,
    /// Much the same for texts that are much the same.
    pub sketch: Sketch,
}

/// A small likeness of a text's letters, by which copies are told without the texts: 76 bytes.
///
/// One permutation hashing (Li, Owen and Zhang 2012) of the runs of four letters or digits of the
/// folded title and text: each run falls by its hash into one bin, and of each bin the least
/// counts. Two texts agree in about as many of the bins that are not empty as they share of all
/// their runs (the Jaccard likeness).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sketch {
    /// How many runs the text has.
    pub runs: u32,
    /// One bit of 64 for each number that is written in digits.
    pub numbers: u64,
    /// 16 bits of the least hash of each bin; zero where a bin is empty.
    pub least: [u16; Self::BINS],
}

impl Sketch {
    /// Bins of a sketch.
    pub const BINS: usize = 32;
    /// Letters in a run.
    pub const RUN_LETTERS: usize = 4;
}
