//! E-mail addresses and handles.

use super::{Canvas, is_at, narrow};
use crate::limits::MAX_HANDLE_CHARS;

/// Masks every e-mail address but its `@`.
pub(super) fn mask_emails(canvas: &mut Canvas) {
    for at in 0..canvas.chars.len() {
        if !is_at(canvas.chars[at]) {
            continue;
        }
        let start = local_part(&canvas.chars, at);
        let end = domain(&canvas.chars, at + 1);
        if start < at && end > at + 1 {
            canvas.mask(start, at);
            canvas.mask(at + 1, end);
        }
    }
}

/// Where the local part of an address begins that ends before `at` (RFC 5322, `dot-atom`, the
/// characters in use).
fn local_part(chars: &[char], at: usize) -> usize {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._%+-'".contains(c);
    let mut start = at;
    while start > 0 && fits(narrow(chars[start - 1])) {
        start -= 1;
    }
    start
}

/// Where a domain name ends that begins at `start`; `start` where there is none. It has a dot, and
/// its last label is of two letters or more.
fn domain(chars: &[char], start: usize) -> usize {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let mut end = start;
    while end < chars.len() && fits(narrow(chars[end])) {
        end += 1;
    }
    let mut name: Vec<char> = chars[start..end].iter().map(|&c| narrow(c)).collect();
    while name.last().is_some_and(|&c| c == '.' || c == '-') {
        name.pop();
    }
    let Some(dot) = name.iter().rposition(|&c| c == '.') else {
        return start;
    };
    let letters = name[dot + 1..]
        .iter()
        .take_while(|c| c.is_ascii_alphabetic())
        .count();
    if dot == 0 || letters < 2 {
        start
    } else {
        start + name.len()
    }
}

/// Masks the name after an `@`: letters of any script, digits, `_`, `-`, `·`, a dot between two
/// ASCII characters, up to the bound of the services.
pub(super) fn mask_handles(canvas: &mut Canvas) {
    let mut at = 0;
    while at < canvas.chars.len() {
        let start = at + 1;
        at = if is_at(canvas.chars[at]) {
            name_end(&canvas.chars, start)
        } else {
            start
        };
        if at > start {
            canvas.mask(start, at);
        }
    }
}

fn name_end(chars: &[char], start: usize) -> usize {
    let ascii = |at: usize| chars.get(at).is_some_and(char::is_ascii_alphanumeric);
    let fits = |at: usize| {
        let c = chars[at];
        c.is_alphanumeric()
            || matches!(c, '_' | '-' | '·' | '＿' | '－')
            || (c == '.' && at > start && ascii(at - 1) && ascii(at + 1))
    };
    let bound = chars.len().min(start + MAX_HANDLE_CHARS);
    (start..bound).find(|&at| !fits(at)).unwrap_or(bound)
}
