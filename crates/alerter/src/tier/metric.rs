//! The names that conditions may use.

use crate::limits::{HOURS_KEPT, MINUTES_KEPT};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Posts,
    Stories,
    Voices,
    Sources,
    /// The sum of the weights.
    Weight,
    WeightMax,
    /// Reposts, comments and likes of all posts together, the greatest that were seen of each.
    Reach,
    /// Distinct subjects, under `*` only.
    Subjects,
}

/// How far back is looked. The current minute or hour is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The life of the incident.
    Life,
    Minutes(i64),
    Hours(i64),
}

/// A quantity over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metric {
    pub(crate) quantity: Quantity,
    pub(crate) window: Window,
}

/// Why a name is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoMetric {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Name, quantity, whether it can be asked without a window.
const QUANTITIES: [(&str, Quantity, bool); 8] = [
    ("posts", Quantity::Posts, true),
    ("stories", Quantity::Stories, true),
    ("voices", Quantity::Voices, true),
    ("sources", Quantity::Sources, true),
    ("weight", Quantity::Weight, false),
    ("weight_max", Quantity::WeightMax, true),
    ("reach", Quantity::Reach, false),
    ("subjects", Quantity::Subjects, false),
];

impl Metric {
    /// Reads `voices_1h` and the like. `all` says whether the ladder is that of `*`.
    pub(crate) fn parse(name: &str, all: bool) -> Result<Self, NoMetric> {
        let (stem, tail) = match name.rsplit_once('_') {
            Some((stem, tail)) if tail.starts_with(|c: char| c.is_ascii_digit()) => {
                (stem, Some(tail))
            }
            _ => (name, None),
        };
        let known = QUANTITIES.iter().find(|(known, ..)| *known == stem);
        let Some(&(_, quantity, lives)) = known.filter(|q| all || q.1 != Quantity::Subjects) else {
            return Err(unknown(name, stem, tail, all));
        };
        let window = match tail {
            Some(tail) => window(name, tail)?,
            None if lives => Window::Life,
            None => {
                return Err(NoMetric {
                    message: format!("`{name}` has no window, expected one such as `{name}_1h`"),
                    hint: "only posts, stories, voices, sources and weight_max count over the \
                           life of an incident"
                        .to_owned(),
                });
            }
        };
        Ok(Self { quantity, window })
    }

    /// How many minutes after a hit a window may still hold it.
    pub(crate) const fn reach_minutes(self) -> i64 {
        match self.window {
            Window::Life => 0,
            Window::Minutes(minutes) => minutes - 1,
            Window::Hours(hours) => hours * 60 - 1,
        }
    }
}

fn window(name: &str, tail: &str) -> Result<Window, NoMetric> {
    let wrong = || NoMetric {
        message: format!("`{name}` ends in `{tail}`, expected a window such as `30m`, `1h`, `7d`"),
        hint: "minutes from 1m to 2880m, hours from 1h to 1440h, days from 1d to 60d".to_owned(),
    };
    let mut chars = tail.chars();
    let unit = chars.next_back();
    let count: i64 = chars.as_str().parse().map_err(|_| wrong())?;
    let minutes = match unit {
        Some('m') => 1,
        Some('h') => 60,
        Some('d') => 24 * 60,
        _ => return Err(wrong()),
    };
    let minutes = count
        .checked_mul(minutes)
        .filter(|&m| m >= 1)
        .ok_or_else(wrong)?;
    if minutes <= MINUTES_KEPT {
        Ok(Window::Minutes(minutes))
    } else if unit != Some('m') && minutes <= HOURS_KEPT * 60 {
        Ok(Window::Hours(minutes / 60))
    } else {
        Err(wrong())
    }
}

fn unknown(name: &str, stem: &str, tail: Option<&str>, all: bool) -> NoMetric {
    let offered = QUANTITIES
        .iter()
        .filter(|q| all || q.1 != Quantity::Subjects);
    let near = offered
        .clone()
        .map(|(known, ..)| (edits(stem, known), *known))
        .filter(|(edits, known)| *edits <= known.len() / 3)
        .min();
    let hint = match near {
        Some((_, known)) => {
            let tail = tail.map(|tail| format!("_{tail}")).unwrap_or_default();
            format!("did you mean `{known}{tail}`?")
        }
        None if stem == "subjects" => "`subjects` can be asked under `[tiers_all]` only".to_owned(),
        None => {
            let names: Vec<&str> = offered.map(|(known, ..)| *known).collect();
            format!(
                "known are {}, with a window such as `_1h`",
                names.join(", ")
            )
        }
    };
    NoMetric {
        message: format!("`{name}` is not a known name"),
        hint,
    }
}

/// Levenshtein distance, in bytes: both sides are names of a few letters.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
