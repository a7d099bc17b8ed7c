//! Texts of files in UTF-8.

use std::path::Path;

/// The text of a file; where it is another encoding, the line that shows it and how to convert it.
pub(super) fn utf_8(bytes: Vec<u8>, path: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        anyhow::anyhow!(
            "{}:{line}: the line is not UTF-8, expected UTF-8\nhint: convert the file, with \
             `iconv -f gb18030 -t utf-8`",
            path.display()
        )
    })
}
