//! Cutting a message that is too long for a service into numbered parts.

use crate::limits::PART_HEADER_BYTES;
use crate::text::{Line, Role};

/// Renders `lines` with `dress` and packs them into as few messages of at most `limit_bytes` as
/// order allows. Where one is enough it has no number; otherwise each begins with what `number`
/// makes of (part from 1, parts), which must stay below [`PART_HEADER_BYTES`] with its line end.
/// A line longer than a message is cut between characters. Nothing is left out.
pub(crate) fn parts(
    lines: &[Line],
    limit_bytes: usize,
    dress: impl Fn(&Line) -> String,
    number: impl Fn(usize, usize) -> String,
) -> Vec<String> {
    let whole = lines.iter().map(&dress).collect::<Vec<_>>().join("\n");
    if whole.len() <= limit_bytes {
        return vec![whole];
    }
    let room = limit_bytes - PART_HEADER_BYTES;
    let mut bodies = vec![String::new()];
    for row in lines.iter().flat_map(|line| rows(line, room, &dress)) {
        let full = bodies
            .last()
            .is_some_and(|body| !body.is_empty() && body.len() + 1 + row.len() > room);
        if full {
            bodies.push(String::new());
        }
        if let Some(body) = bodies.last_mut() {
            // A part does not begin with an empty line.
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(&row);
        }
    }
    let count = bodies.len();
    let numbered = bodies.iter().enumerate();
    numbered
        .map(|(index, body)| format!("{}\n{body}", number(index + 1, count)))
        .collect()
}

/// A line in its dress, in as many rows as it needs.
fn rows(line: &Line, room: usize, dress: &impl Fn(&Line) -> String) -> Vec<String> {
    let mut rest = line.clone();
    let mut rows = Vec::new();
    loop {
        let row = dress(&rest);
        if row.len() <= room {
            rows.push(row);
            return rows;
        }
        if rest.role == Role::Link {
            // A link is whole or it is text: in pieces it can be put together again by hand.
            rest.role = Role::Detail;
        }
        let at = longest_fit(&rest, room, dress);
        let (head, tail) = rest.split_at(at);
        rows.push(dress(&head));
        rest = tail;
    }
}

/// The greatest number of characters whose dress fits, at least one so that there is progress.
fn longest_fit(line: &Line, room: usize, dress: &impl Fn(&Line) -> String) -> usize {
    let (mut fits, mut too_long) = (1, room.min(line.chars()) + 1);
    while fits + 1 < too_long {
        let middle = fits.midpoint(too_long);
        if dress(&line.split_at(middle).0).len() <= room {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Run, Style};

    fn line(text: &str) -> Line {
        Line {
            role: Role::Detail,
            label: None,
            runs: vec![Run::new(Style::Plain, text)],
        }
    }

    fn parts_of(lines: &[Line], limit: usize) -> Vec<String> {
        parts(
            lines,
            limit,
            |line| format!("<{}>", line.text()),
            |part, of| format!("({part}/{of})"),
        )
    }

    #[test]
    fn what_fits_is_one_message_without_a_number() {
        assert_eq!(parts_of(&[line("a"), line("b")], 200), ["<a>\n<b>"]);
        assert_eq!(parts_of(&[line(&"a".repeat(198))], 200).len(), 1);
        assert_eq!(parts_of(&[line(&"a".repeat(199))], 200).len(), 2);
    }

    #[test]
    fn nothing_is_lost_and_every_part_fits() {
        let texts: Vec<String> = (1..40)
            .map(|n| format!("{n}号楼停水").repeat(n * n % 23 + 1))
            .collect();
        let lines: Vec<Line> = texts.iter().map(|text| line(text)).collect();
        for limit in [200, 256, 333, 1_000] {
            let parts = parts_of(&lines, limit);
            let count = parts.len();
            let mut all = String::new();
            for (index, part) in parts.iter().enumerate() {
                assert!(part.len() <= limit, "{} > {limit}", part.len());
                let header = format!("({}/{count})\n", index + 1);
                all.push_str(part.strip_prefix(&header).unwrap());
            }
            let bare = all.replace(['<', '>', '\n'], "");
            assert_eq!(bare, texts.concat());
        }
    }
}
