//! Breaking lines by columns: a Chinese character takes two, and a line may break beside it.

use unicode_width::UnicodeWidthChar;

use crate::text::{Run, Style};

/// Punctuation that does not begin a row.
const CLOSING: &str = "，。、；：？！」』）》】…”’";
/// Punctuation that does not end a row.
const OPENING: &str = "「『（《【“‘";

/// The runs in rows of at most `columns`, except where one character or what must stand together
/// is wider. Spaces where a row breaks are dropped; nothing else is. There is at least one row.
pub(super) fn wrapped(runs: &[Run], columns: usize) -> Vec<Vec<Run>> {
    let chars: Vec<(char, Style)> = runs
        .iter()
        .flat_map(|run| run.text().chars().map(|c| (c, run.style)))
        .collect();
    let mut rows: Vec<Vec<(char, Style)>> = vec![Vec::new()];
    let mut used = 0;
    for word in words(&chars) {
        for piece in pieces(word, columns) {
            let width = piece
                .iter()
                .map(|&(c, _)| c.width().unwrap_or(0))
                .sum::<usize>();
            let is_space = piece.iter().all(|&(c, _)| c == ' ');
            if used + width > columns && used > 0 {
                if let Some(row) = rows.last_mut() {
                    while row.last().is_some_and(|&(c, _)| c == ' ') {
                        row.pop();
                    }
                }
                rows.push(Vec::new());
                used = 0;
                if is_space {
                    continue;
                }
            }
            used += width;
            if let Some(row) = rows.last_mut() {
                row.extend_from_slice(piece);
            }
        }
    }
    rows.iter().map(|row| joined(row)).collect()
}

/// Characters that stand together: an ASCII word, one wide character with the punctuation that
/// clings to it, a run of spaces.
fn words(chars: &[(char, Style)]) -> Vec<&[(char, Style)]> {
    let mut words = Vec::new();
    let mut start = 0;
    for at in 1..chars.len() {
        if breaks_between(chars[at - 1].0, chars[at].0) {
            words.push(&chars[start..at]);
            start = at;
        }
    }
    if start < chars.len() {
        words.push(&chars[start..]);
    }
    words
}

fn breaks_between(before: char, after: char) -> bool {
    if (before == ' ') != (after == ' ') {
        return true;
    }
    if CLOSING.contains(after) || OPENING.contains(before) || after.width() == Some(0) {
        return false;
    }
    before.width() == Some(2) || after.width() == Some(2)
}

/// A word, or where it is wider than a row, pieces of it.
fn pieces(word: &[(char, Style)], columns: usize) -> Vec<&[(char, Style)]> {
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, &(c, _)) in word.iter().enumerate() {
        let width = c.width().unwrap_or(0);
        if used + width > columns && at > start {
            pieces.push(&word[start..at]);
            (start, used) = (at, 0);
        }
        used += width;
    }
    pieces.push(&word[start..]);
    pieces
}

fn joined(row: &[(char, Style)]) -> Vec<Run> {
    row.chunk_by(|a, b| a.1 == b.1)
        .map(|same| Run::new(same[0].1, &same.iter().map(|&(c, _)| c).collect::<String>()))
        .collect()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &[&str]) {
        let rows = wrapped(&[Run::new(Style::Plain, text)], columns);
        let rows: Vec<String> = rows
            .iter()
            .map(|row| row.iter().map(Run::text).collect())
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_break_where_readers_expect_it() {
        check("", 10, &[""]);
        check("食堂午饭后呕吐", 10, &["食堂午饭后", "呕吐"]);
        check("食堂午饭后，呕吐", 10, &["食堂午饭", "后，呕吐"]);
        check("学生「呕吐」了", 6, &["学生", "「呕", "吐」了"]);
        check("water supply is cut", 12, &["water supply", "is cut"]);
        check("停水 notice 贴出", 10, &["停水", "notice 贴", "出"]);
        check("abcdefghijkl", 5, &["abcde", "fghij", "kl"]);
    }

    #[test]
    fn nothing_but_spaces_is_dropped_and_styles_stay() {
        let text = "三中食堂午饭后十几个学生呕吐，school canteen closed；已送医";
        let runs = [
            Run::new(Style::Plain, text),
            Run::new(Style::Keyword, "停业整顿"),
        ];
        for columns in 2..60 {
            let rows = wrapped(&runs, columns);
            let all: String = rows.iter().flatten().map(Run::text).collect();
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&all), bare(&format!("{text}停业整顿")), "{columns}");
            let keyword: String = rows
                .iter()
                .flatten()
                .filter(|run| run.style == Style::Keyword)
                .map(Run::text)
                .collect();
            assert_eq!(keyword, "停业整顿");
            let widest = rows
                .iter()
                .map(|row| row.iter().map(|r| r.text().width()).sum::<usize>());
            assert!(columns < 4 || widest.max() <= Some(columns), "{columns}");
        }
    }
}
