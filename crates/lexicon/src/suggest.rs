//! "Did you mean": the known name that is nearest to what was written.

use crate::limits::MAX_SUGGESTED_CHARS;

/// The hint for a name that is unknown: the nearest known one, where one is near enough to be a
/// slip of the hand, else all of them when they are few.
pub(crate) fn hint<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    let length = written.chars().count();
    let known = known.filter(|name| name.chars().count() <= MAX_SUGGESTED_CHARS);
    if length > MAX_SUGGESTED_CHARS {
        return None;
    }
    let allowed = if length < 2 { 0 } else { (length / 3).max(1) };
    let nearest = known
        .clone()
        .map(|name| (distance(written, name), name))
        .min();
    match nearest {
        Some((away, name)) if away <= allowed => Some(format!("did you mean `{name}`?")),
        Some(_) if known.clone().count() <= 12 => {
            let names: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            Some(format!("known here: {}", names.join(", ")))
        }
        _ => None,
    }
}

/// Edits (insert, delete, replace, swap of neighbours) between two names, in characters.
/// Optimal string alignment; see Navarro, "A guided tour to approximate string matching" (2001).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i.max(j);
                continue;
            }
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            rows[i][j] = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                rows[i][j] = rows[i][j].min(rows[i - 2][j - 2] + 1);
            }
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_near() {
        for (a, b, expected) in [
            ("", "ab", 2),
            ("weight", "wieght", 1),
            ("place", "plcae", 1),
            ("地点", "地点表", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
        let known = ["weight", "margin"].into_iter();
        assert_eq!(
            hint("wieght", known.clone()).as_deref(),
            Some("did you mean `weight`?")
        );
        assert_eq!(
            hint("m", known).as_deref(),
            Some("known here: `weight`, `margin`")
        );
    }
}
