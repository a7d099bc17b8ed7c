//! Telephone and identity-card numbers.
//!
//! A text is read as runs of digits (full-width ones count) with the separators between them. A
//! pattern is looked for at each run, as the lengths in which people write such a number: `11`,
//! `3-4-4`, and so on. A run is never cut, so nothing is found inside a longer number.

use super::{Canvas, narrow};

/// The value of an ASCII or full-width digit.
pub(super) fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' | '０'..='９' => narrow(c).to_digit(10).and_then(|d| u8::try_from(d).ok()),
        _ => None,
    }
}

/// Digits side by side.
struct Run {
    start: usize,
    end: usize,
    digits: Vec<u8>,
}

/// A pattern that was found: how many runs it takes, and characters beyond the last one.
struct Found {
    runs: usize,
    beyond: usize,
}

/// Masks the digits of every such number. Separators stay, so that one sees what it was.
pub(super) fn mask_numbers(canvas: &mut Canvas) {
    let runs = runs(&canvas.chars);
    let mut at = 0;
    while at < runs.len() {
        let rest = &runs[at..];
        let found = identity_card(&canvas.chars, rest).or_else(|| telephone(&canvas.chars, rest));
        let Some(found) = found else {
            at += 1;
            continue;
        };
        for run in &runs[at..at + found.runs] {
            canvas.mask(run.start, run.end);
        }
        let last = runs[at + found.runs - 1].end;
        canvas.mask(last, last + found.beyond);
        at += found.runs;
    }
}

fn runs(chars: &[char]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, &c) in chars.iter().enumerate() {
        let Some(value) = digit(c) else { continue };
        match runs.last_mut() {
            Some(run) if run.end == at => {
                run.end = at + 1;
                run.digits.push(value);
            }
            _ => runs.push(Run {
                start: at,
                end: at + 1,
                digits: vec![value],
            }),
        }
    }
    runs
}

/// Whether the runs stand together as one number: their lengths, and one or two separators
/// between each two.
fn grouped(chars: &[char], runs: &[Run], lengths: &[usize]) -> bool {
    runs.len() >= lengths.len()
        && lengths
            .iter()
            .zip(runs)
            .all(|(length, run)| run.digits.len() == *length)
        && runs[..lengths.len()].windows(2).all(|pair| {
            let between = &chars[pair[0].end..pair[1].start];
            (1..=2).contains(&between.len()) && between.iter().all(|&c| is_separator(c))
        })
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{3000}' | '\u{a0}' | '-' | '－' | '‐' | '‑' | '–' | '—' | '.' | '·' | '_'
    ) || matches!(c, '(' | ')' | '（' | '）')
}

fn joined(runs: &[Run], count: usize) -> Vec<u8> {
    runs[..count]
        .iter()
        .flat_map(|run| run.digits.iter().copied())
        .collect()
}

const MOBILE: [&[usize]; 6] = [&[11], &[3, 4, 4], &[3, 8], &[7, 4], &[4, 3, 4], &[3, 3, 5]];
const LANDLINE: [&[usize]; 8] = [
    &[3, 8],
    &[3, 4, 4],
    &[4, 7],
    &[4, 8],
    &[4, 4, 4],
    &[4, 3, 4],
    &[11],
    &[12],
];
/// Behind `+86` the zero of the area code is left out.
const LANDLINE_ABROAD: [&[usize]; 7] = [
    &[2, 8],
    &[2, 4, 4],
    &[3, 7],
    &[3, 8],
    &[3, 4, 4],
    &[3, 3, 4],
    &[10],
];

fn telephone(chars: &[char], runs: &[Run]) -> Option<Found> {
    if let Some(found) = national(chars, runs) {
        return Some(found);
    }
    let first = runs.first()?;
    match first.digits.as_slice() {
        // `+86 …`, `0086-…`, `86 …`: the prefix is a run of its own.
        [8, 6] | [0, 0, 8, 6] if runs.len() > 1 => {
            let between = &chars[first.end..runs[1].start];
            if between.len() > 2 || !between.iter().all(|&c| is_separator(c)) {
                return None;
            }
            let found = national(chars, &runs[1..])
                .or_else(|| matching(chars, &runs[1..], &LANDLINE_ABROAD, is_landline_abroad))?;
            Some(Found {
                runs: found.runs + 1,
                beyond: 0,
            })
        }
        // `+8613812345678`.
        [8, 6, rest @ ..] | [0, 0, 8, 6, rest @ ..] if is_mobile(rest) => {
            Some(Found { runs: 1, beyond: 0 })
        }
        // `+86138 1234 5678`, `86138-1234-5678`.
        [8, 6, 1, b, _] if (3..=9).contains(b) && grouped(chars, runs, &[5, 4, 4]) => {
            Some(Found { runs: 3, beyond: 0 })
        }
        _ => None,
    }
}

fn national(chars: &[char], runs: &[Run]) -> Option<Found> {
    if runs.first().is_some_and(|run| run.digits.len() == 11) && is_amount(chars, runs[0].end) {
        return None;
    }
    matching(chars, runs, &MOBILE, is_mobile)
        .or_else(|| matching(chars, runs, &LANDLINE, is_landline))
}

fn matching(
    chars: &[char],
    runs: &[Run],
    patterns: &[&[usize]],
    is_number: fn(&[u8]) -> bool,
) -> Option<Found> {
    let fits = |lengths: &&&[usize]| {
        grouped(chars, runs, lengths) && is_number(&joined(runs, lengths.len()))
    };
    patterns.iter().find(fits).map(|lengths| Found {
        runs: lengths.len(),
        beyond: 0,
    })
}

/// A sum of money is no telephone number.
fn is_amount(chars: &[char], end: usize) -> bool {
    chars
        .get(end)
        .is_some_and(|c| matches!(c, '元' | '块' | '¥' | '￥'))
}

/// Eleven digits, 13x to 19x.
fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [1, 3..=9, rest @ ..] if rest.len() == 9)
}

/// Area code (010, 02x; 03xx to 09xx) and a subscriber of 7 or 8 digits, which begins with 2 to 8.
fn is_landline(digits: &[u8]) -> bool {
    match digits {
        [0, 1, 0, rest @ ..] | [0, 2, _, rest @ ..] => is_subscriber(rest, 8..=8),
        [0, 3..=9, _, _, rest @ ..] => is_subscriber(rest, 7..=8),
        _ => false,
    }
}

/// The same behind the country code. 400 and 800 are public numbers.
fn is_landline_abroad(digits: &[u8]) -> bool {
    match digits {
        [4 | 8, 0, 0, ..] => false,
        [1, 0, rest @ ..] | [2, _, rest @ ..] => is_subscriber(rest, 8..=8),
        [3..=9, _, _, rest @ ..] => is_subscriber(rest, 7..=8),
        _ => false,
    }
}

fn is_subscriber(digits: &[u8], lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&digits.len()) && matches!(digits.first(), Some(2..=8))
}

const CARD: [&[usize]; 3] = [&[18], &[6, 8, 4], &[6, 4, 4, 4]];
const CARD_X: [&[usize]; 3] = [&[17], &[6, 8, 3], &[6, 4, 4, 3]];

/// Identity-card numbers (GB 11643): six digits of place, eight of birth, three, and a check
/// character; before 1999 fifteen digits, without century and check. A wrong check character does
/// not save a number with a sound birth date, nor the other way round.
fn identity_card(chars: &[char], runs: &[Run]) -> Option<Found> {
    let found = |lengths: &[usize], beyond| {
        Some(Found {
            runs: lengths.len(),
            beyond,
        })
    };
    for lengths in CARD {
        if grouped(chars, runs, lengths) && is_card(&joined(runs, lengths.len()), None) {
            return found(lengths, 0);
        }
    }
    for lengths in CARD_X {
        if !grouped(chars, runs, lengths) {
            continue;
        }
        let end = runs[lengths.len() - 1].end;
        let x = chars
            .get(end)
            .is_some_and(|&c| narrow(c).eq_ignore_ascii_case(&'x'));
        let alone = !chars.get(end + 1).is_some_and(char::is_ascii_alphanumeric);
        if x && alone && is_card(&joined(runs, lengths.len()), Some(10)) {
            return found(lengths, 1);
        }
    }
    let first = runs.first()?;
    (first.digits.len() == 15 && is_old_card(&first.digits)).then_some(Found { runs: 1, beyond: 0 })
}

fn is_card(digits: &[u8], check: Option<u32>) -> bool {
    let check = check.unwrap_or_else(|| digits.get(17).copied().map_or(0, u32::from));
    let century = matches!(digits[6..8], [1, 8 | 9] | [2, 0]);
    digits[0] != 0 && ((century && is_day(&digits[10..14])) || checksum(&digits[..17]) == check)
}

/// ISO 7064, MOD 11-2: 10 stands for `X`.
fn checksum(digits: &[u8]) -> u32 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(&d, weight)| u32::from(d) * weight)
        .sum();
    (12 - sum % 11) % 11
}

fn is_old_card(digits: &[u8]) -> bool {
    let province = digits[0] * 10 + digits[1];
    let known = matches!(
        province,
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82 | 91
    );
    known && is_day(&digits[8..12])
}

/// Month and day, two digits each.
fn is_day(digits: &[u8]) -> bool {
    let pair = |at: usize| digits[at] * 10 + digits[at + 1];
    (1..=12).contains(&pair(0)) && (1..=31).contains(&pair(2))
}
