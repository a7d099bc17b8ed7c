//! The names that conditions may use.

use fengbiao_model::PLACE_WITHOUT_RANK;

use super::detector::{Detector, Season};
use crate::history::LookBack;
use crate::limits::{HISTORY_BY_MINUTES, HOURS_KEPT, MINUTES_KEPT};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The best place on a list; smaller is better.
    RankBest,
    /// The longest time of one post on a list, in hours.
    ListHours,
    /// Distinct ranking sources.
    Lists,
}

/// How far back is looked. The current minute or hour is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Window {
    /// The life of the incident.
    Life,
    Minutes(i64),
    Hours(i64),
}

/// A quantity over a window, as it is or as a detector sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric {
    pub(crate) quantity: Quantity,
    pub(crate) window: Window,
    /// The detector, and what it compares with.
    pub(crate) detector: Option<(Detector, Season)>,
}

/// Why a name is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoMetric {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Name, quantity, whether it can be asked without a window, whether a detector may look at it.
const QUANTITIES: [(&str, Quantity, bool, bool); 11] = [
    ("posts", Quantity::Posts, true, true),
    ("stories", Quantity::Stories, true, true),
    ("voices", Quantity::Voices, true, true),
    ("sources", Quantity::Sources, true, false),
    ("weight", Quantity::Weight, false, false),
    ("weight_max", Quantity::WeightMax, true, false),
    ("reach", Quantity::Reach, false, false),
    ("subjects", Quantity::Subjects, false, false),
    ("rank_best", Quantity::RankBest, false, false),
    ("list_hours", Quantity::ListHours, false, false),
    ("lists", Quantity::Lists, false, false),
];

impl Metric {
    /// Reads `voices_1h`, `ears_stories_1h_same_hour` and the like. `all` says whether the ladder is
    /// that of `*`.
    pub(crate) fn parse(name: &str, all: bool) -> Result<Self, NoMetric> {
        let (rest, season) = season_of(name);
        let (stem, tail) = match rest.rsplit_once('_') {
            Some((stem, tail)) if tail.starts_with(|c: char| c.is_ascii_digit()) => {
                (stem, Some(tail))
            }
            _ => (rest, None),
        };
        let first = stem.split('_').next().unwrap_or_default();
        let detector = Detector::ALL.into_iter().find(|d| d.as_str() == first);
        if let Some(detector) = detector {
            return detected(name, detector, stem, tail, season);
        }
        let known = QUANTITIES.iter().find(|(known, ..)| *known == stem);
        let Some(&(_, quantity, lives, _)) = known.filter(|q| all || q.1 != Quantity::Subjects)
        else {
            return Err(unknown(name, stem, tail, all));
        };
        if season != Season::Before {
            return Err(NoMetric {
                message: format!("`{name}` is a count, which is compared with nothing"),
                hint: format!("a detector compares, such as `ears_{rest}_same_hour`"),
            });
        }
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
        Ok(Self {
            quantity,
            window,
            detector: None,
        })
    }

    /// Its value where there is nothing to measure: a detector has nothing to say then.
    pub(crate) fn of_nothing(self) -> f64 {
        match self.quantity {
            Quantity::RankBest => f64::from(PLACE_WITHOUT_RANK),
            _ => 0.0,
        }
    }

    /// The length of its window; 0 for the life of an incident.
    pub(crate) const fn length_minutes(self) -> i64 {
        match self.window {
            Window::Life => 0,
            Window::Minutes(minutes) => minutes,
            Window::Hours(hours) => hours * 60,
        }
    }

    /// What its detector looks back at.
    pub(crate) fn look_back(self) -> Option<LookBack> {
        let (detector, season) = self.detector?;
        Some(LookBack::new(self, detector, season))
    }

    /// How many minutes after a hit a window may still hold it.
    pub(crate) fn reach_minutes(self) -> i64 {
        let length = self.length_minutes();
        match self.detector {
            Some((detector, Season::Before)) => {
                let rising = i64::try_from(detector.rising_windows()).unwrap_or(i64::MAX);
                (length * rising - 1).min(MINUTES_KEPT)
            }
            _ => (length - 1).max(0),
        }
    }

    /// Whether the windows that its detector looks back at are counted by minutes; by hours where
    /// they reach further.
    pub(crate) fn looks_back_by_minutes(self) -> bool {
        let Some((detector, season)) = self.detector else {
            return true;
        };
        let length = self.length_minutes();
        let windows = i64::try_from(detector.windows()).unwrap_or(i64::MAX);
        season == Season::Before && length * (windows + 1) <= HISTORY_BY_MINUTES
    }
}

/// A name without the words of its season, and the season.
fn season_of(name: &str) -> (&str, Season) {
    for (word, season) in Season::WORDS {
        if let Some(rest) = name.strip_suffix(word) {
            return (rest, season);
        }
    }
    (name, Season::Before)
}

/// The metric of a detector, whose name the stem begins with.
fn detected(
    name: &str,
    detector: Detector,
    stem: &str,
    tail: Option<&str>,
    season: Season,
) -> Result<Metric, NoMetric> {
    let method = detector.as_str();
    let looks_at = stem[method.len()..].strip_prefix('_').unwrap_or("posts");
    let known = QUANTITIES.iter().find(|q| q.3 && q.0 == looks_at);
    let Some(&(_, quantity, ..)) = known else {
        return Err(NoMetric {
            message: format!("`{method}` looks at posts, stories or voices, not at `{looks_at}`"),
            hint: format!("such as `{method}_voices_{}`", tail.unwrap_or("1h")),
        });
    };
    let Some(tail) = tail else {
        return Err(NoMetric {
            message: format!("`{name}` has no window, expected one such as `{stem}_1h`"),
            hint: "what it is compared with comes last, such as `ears_1h_same_hour`".to_owned(),
        });
    };
    let metric = Metric {
        quantity,
        window: window(name, tail)?,
        detector: Some((detector, season)),
    };
    looked_back_at(name, metric, detector, season)?;
    Ok(metric)
}

/// Whether the windows that a detector looks back at are ones that are kept.
fn looked_back_at(
    name: &str,
    metric: Metric,
    detector: Detector,
    season: Season,
) -> Result<(), NoMetric> {
    let (length, lag) = (
        metric.length_minutes(),
        season.lag_minutes(metric.length_minutes()),
    );
    if !metric.looks_back_by_minutes() && length % 60 != 0 {
        return Err(NoMetric {
            message: format!("`{name}` looks further back than a day, by hours"),
            hint: "expected a window of whole hours, such as `1h`".to_owned(),
        });
    }
    if length > lag {
        return Err(NoMetric {
            message: format!("`{name}` has windows that overlap"),
            hint: "`_same_hour` takes windows up to 24h, `_same_weekday` up to 7d".to_owned(),
        });
    }
    let fewest = i64::try_from(detector.fewest_windows()).unwrap_or(i64::MAX);
    if fewest * lag + length > HOURS_KEPT * 60 {
        let method = detector.as_str();
        let days = (fewest * lag + length + 24 * 60 - 1) / (24 * 60);
        return Err(NoMetric {
            message: format!("`{name}` needs counts of {days} days, 60 are kept"),
            hint: format!("`{method}` needs {fewest} windows before the current one"),
        });
    }
    Ok(())
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
    let methods = Detector::ALL.into_iter().map(Detector::as_str);
    let names = offered.clone().map(|(known, ..)| *known).chain(methods);
    let near = names
        .map(|known| (edits(stem, known), known))
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
            let methods = Detector::ALL.map(Detector::as_str);
            format!(
                "known are {}, and the detectors {}, with a window such as `_1h`",
                names.join(", "),
                methods.join(", ")
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
