//! The names of measures in words, and those of detectors taken apart.

use crate::{Language, PLACE_WITHOUT_RANK};

/// `voices_1h` in words: `1 小时内发声者`, `voices within 1 hour`. A name that is not known is shown
/// as it is.
pub(crate) fn in_words(language: Language, name: &str) -> String {
    let (base, window) = match name.rsplit_once('_') {
        Some((base, window)) if is_window(window) => (base, Some(window)),
        _ => (name, None),
    };
    let Some(noun) = noun(language, base) else {
        return name.to_owned();
    };
    match (
        language,
        window.and_then(|window| window_in_words(language, window)),
    ) {
        (Language::Zh, Some(window)) => format!("{window}内{noun}"),
        (Language::En, Some(window)) => format!("{noun} within {window}"),
        (Language::Zh, None) => format!("累计{noun}"),
        (Language::En, None) => format!("{noun} in all"),
    }
}

/// A measure of a detector, such as `ears_voices_1h_same_hour`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detected {
    method: Method,
    season: Season,
    /// The count that it looks at, under the name that it has as a measure: `voices_1h`.
    pub(crate) count: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    C1,
    C2,
    C3,
    Ears,
    Cusum,
    Burst,
    Growth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Season {
    Before,
    SameHour,
    SameWeekday,
}

const METHODS: [(&str, Method); 7] = [
    ("c1", Method::C1),
    ("c2", Method::C2),
    ("c3", Method::C3),
    ("ears", Method::Ears),
    ("cusum", Method::Cusum),
    ("burst", Method::Burst),
    ("growth", Method::Growth),
];

impl Detected {
    /// Takes the name of a measure apart; none where no detector is in it.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let seasons = [
            ("_same_hour", Season::SameHour),
            ("_same_weekday", Season::SameWeekday),
        ];
        let seasonal = seasons
            .into_iter()
            .find_map(|(word, season)| Some((name.strip_suffix(word)?, season)));
        let (rest, season) = seasonal.unwrap_or((name, Season::Before));
        let (first, of) = rest.split_once('_')?;
        let (_, method) = METHODS.into_iter().find(|(known, _)| *known == first)?;
        let count = if is_window(of) {
            format!("posts_{of}")
        } else {
            of.to_owned()
        };
        Some(Self {
            method,
            season,
            count,
        })
    }

    /// What its number is.
    pub(crate) const fn statistic(&self, language: Language) -> &'static str {
        match (self.method, language) {
            (Method::C1, _) => "EARS C1",
            (Method::C2, _) => "EARS C2",
            (Method::C3, _) => "EARS C3",
            (Method::Ears, _) => "EARS",
            (Method::Cusum, _) => "CUSUM",
            (Method::Burst, Language::Zh) => "突发强度",
            (Method::Burst, Language::En) => "burst weight",
            (Method::Growth, Language::Zh) => "倍数",
            (Method::Growth, Language::En) => "times as many",
        }
    }

    /// What it compares with.
    pub(crate) const fn compared(&self, language: Language) -> &'static str {
        match (self.season, self.method, language) {
            (Season::Before, Method::Growth, Language::Zh) => "前一时段",
            (Season::Before, Method::Growth, Language::En) => "before that",
            (Season::Before, _, Language::Zh) => "平时",
            (Season::Before, _, Language::En) => "usually",
            (Season::SameHour, _, Language::Zh) => "往日同时段",
            (Season::SameHour, _, Language::En) => "at this hour usually",
            (Season::SameWeekday, _, Language::Zh) => "往周同日同时段",
            (Season::SameWeekday, _, Language::En) => "at this hour of the week usually",
        }
    }
}

fn noun(language: Language, base: &str) -> Option<&'static str> {
    let (zh, en) = match base {
        "posts" => ("帖数", "posts"),
        "stories" => ("内容数", "stories"),
        "voices" => ("发声者", "voices"),
        "sources" => ("来源", "sources"),
        "reach" => ("传播量", "reposts, comments and likes"),
        "subjects" => ("涉及对象", "subjects"),
        "lists" => ("榜单数", "hot lists"),
        "rank_best" => ("最高榜位", "best place on a hot list"),
        "list_hours" => ("在榜小时数", "hours on a hot list"),
        "weight" => ("权重合计", "sum of weights"),
        "weight_max" => ("最高权重", "heaviest weight"),
        _ => return None,
    };
    Some(match language {
        Language::Zh => zh,
        Language::En => en,
    })
}

fn is_window(text: &str) -> bool {
    text.strip_suffix(['m', 'h', 'd'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// `30m` in words: `30 分钟`, `30 minutes`; none where it is no length.
pub(crate) fn window_in_words(language: Language, window: &str) -> Option<String> {
    let (number, unit) = window.split_at_checked(window.len().checked_sub(1)?)?;
    number.parse::<u64>().ok()?;
    let (zh, en) = match unit {
        "m" => ("分钟", "minute"),
        "h" => ("小时", "hour"),
        "d" => ("天", "day"),
        _ => return None,
    };
    Some(match language {
        Language::Zh => format!("{number} {zh}"),
        Language::En if number == "1" => format!("1 {en}"),
        Language::En => format!("{number} {en}s"),
    })
}

/// A measured value: whole numbers without a point, others with two digits after it, and a dash for
/// what is no number.
#[must_use]
pub fn measured_number(value: f64) -> String {
    if !value.is_finite() {
        "-".to_owned()
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// Whether a measure is a best place where nothing has a place.
pub(crate) fn is_on_no_list(name: &str, value: f64) -> bool {
    name.starts_with("rank_best") && value >= f64::from(PLACE_WITHOUT_RANK)
}

/// A number of a detector: one digit after the point is enough.
pub(crate) fn short(value: f64) -> String {
    // Nought is added since what rounds up to it keeps its sign, and "-0" says nothing.
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded.is_finite() && rounded.fract() != 0.0 {
        format!("{rounded:.1}")
    } else {
        measured_number(rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_words() {
        let check = |name: &str, zh: &str, en: &str| {
            assert_eq!(in_words(Language::Zh, name), zh);
            assert_eq!(in_words(Language::En, name), en);
        };
        check("voices_1h", "1 小时内发声者", "voices within 1 hour");
        check("posts_30m", "30 分钟内帖数", "posts within 30 minutes");
        check("lists_1h", "1 小时内榜单数", "hot lists within 1 hour");
        check(
            "weight_max_2d",
            "2 天内最高权重",
            "heaviest weight within 2 days",
        );
        check(
            "reach_1h",
            "1 小时内传播量",
            "reposts, comments and likes within 1 hour",
        );
        check("weight_max", "累计最高权重", "heaviest weight in all");
        check("tides_1h", "tides_1h", "tides_1h");
        check("posts_h", "posts_h", "posts_h");
    }

    #[test]
    fn names_of_detectors_taken_apart() {
        let found = Detected::of("ears_voices_1h_same_hour").unwrap();
        assert_eq!(
            (
                found.count.as_str(),
                found.statistic(Language::Zh),
                found.compared(Language::Zh)
            ),
            ("voices_1h", "EARS", "往日同时段")
        );
        let found = Detected::of("growth_30m").unwrap();
        assert_eq!(
            (found.count.as_str(), found.compared(Language::En)),
            ("posts_30m", "before that")
        );
        for plain in ["posts_1h", "voices", "weight_max_2d", "tides_1h", ""] {
            assert_eq!(Detected::of(plain), None, "{plain}");
        }
        let shown = [3.06, 2.0, 27.84, -0.04, f64::INFINITY].map(short);
        assert_eq!(shown, ["3.1", "2", "27.8", "0", "-"]);
    }

    #[test]
    fn a_place_behind_every_list_is_none() {
        assert!(is_on_no_list("rank_best_1h", 1_000_000.0));
        assert!(!is_on_no_list("rank_best_1h", 50.0));
        assert!(!is_on_no_list("posts_1h", 1_000_000.0));
    }

    #[test]
    fn values_as_people_write_them() {
        let shown = [3.0, 0.0, 3.456, -1.5, f64::NAN, f64::INFINITY].map(measured_number);
        assert_eq!(shown, ["3", "0", "3.46", "-1.50", "-", "-"]);
    }
}
