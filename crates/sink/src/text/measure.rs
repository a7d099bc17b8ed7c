//! The names of measures in words.

use super::Language;

/// `voices_1h` in words: `1 小时内发声者`, `voices within 1 hour`. A name that is not known is shown
/// as it is.
pub(super) fn in_words(language: Language, name: &str) -> String {
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

fn noun(language: Language, base: &str) -> Option<&'static str> {
    let (zh, en) = match base {
        "posts" => ("帖数", "posts"),
        "stories" => ("内容数", "stories"),
        "voices" => ("发声者", "voices"),
        "sources" => ("来源", "sources"),
        "reach" => ("传播量", "reposts, comments and likes"),
        "subjects" => ("涉及对象", "subjects"),
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

fn window_in_words(language: Language, window: &str) -> Option<String> {
    let (number, unit) = window.split_at_checked(window.len().checked_sub(1)?)?;
    let (zh, en) = match unit {
        "m" => ("分钟", "minute"),
        "h" => ("小时", "hour"),
        _ => ("天", "day"),
    };
    Some(match language {
        Language::Zh => format!("{number} {zh}"),
        Language::En if number == "1" => format!("1 {en}"),
        Language::En => format!("{number} {en}s"),
    })
}

/// A measured value: whole numbers without a point, others with two digits after it.
pub(super) fn value(value: f64) -> String {
    if !value.is_finite() {
        "-".to_owned()
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
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
    fn values_as_people_write_them() {
        let shown = [3.0, 0.0, 3.456, -1.5, f64::NAN, f64::INFINITY].map(value);
        assert_eq!(shown, ["3", "0", "3.46", "-1.50", "-", "-"]);
    }
}
