//! The shipped dictionary: words and their frequencies.

use crate::fold::fold_str;

/// jieba's dictionary, `word frequency` lines, zstd. See `data/README.md`.
const SHIPPED: &[u8] = include_bytes!("../data/dict.txt.zst");

/// Why the shipped dictionary could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// It does not decompress.
    #[error("the dictionary does not decompress")]
    Compressed(#[source] std::io::Error),
    /// A line is not a word and a frequency.
    #[error("line {line} of the dictionary is `{found}`, expected a word and its frequency")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// jieba-rs refuses it.
    #[error("the segmenter refuses the dictionary")]
    Segmenter(#[source] jieba_rs::Error),
}

/// The shipped dictionary, folded like the texts it will segment: words in order, with the sum of
/// the frequencies of what folds alike.
pub(crate) fn shipped() -> Result<Vec<(String, u64)>, DictionaryError> {
    let bytes = zstd::decode_all(SHIPPED).map_err(DictionaryError::Compressed)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut words = Vec::with_capacity(350_000);
    for (number, line) in text.lines().enumerate() {
        let parsed = line
            .split_once(' ')
            .and_then(|(word, n)| Some((word, n.parse::<u64>().ok()?)));
        let Some((word, frequency)) = parsed else {
            return Err(DictionaryError::Line {
                line: number + 1,
                found: line.to_owned(),
            });
        };
        words.push((fold_str(word), frequency));
    }
    words.sort();
    words.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    Ok(words)
}

/// ln of a frequency.
#[allow(clippy::cast_precision_loss, reason = "frequencies are far below 2^53")]
pub(crate) fn log(frequency: u64) -> f64 {
    (frequency as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_dictionary_reads() {
        let words = shipped().unwrap();
        assert!(words.len() > 340_000);
        assert!(words.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(words.iter().all(|(word, n)| !word.is_empty() && *n > 0));
    }
}
