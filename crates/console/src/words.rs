//! The language of a page: which, and how HTML and HTTP write it.

use fengbiao_model::Language;

/// As HTML writes it.
pub(crate) const fn tag(language: Language) -> &'static str {
    language.pick("zh-CN", "en")
}

/// The language that an `Accept-Language` header (RFC 9110) asks for most; Chinese where it
/// asks for neither.
pub(crate) fn preferred(header: &str) -> Language {
    let weight = |language: &str| {
        header
            .split(',')
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
                let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
                let quality = parameters.trim().strip_prefix("q=");
                (primary == language)
                    .then(|| quality.map_or(1.0, |q| q.trim().parse::<f64>().unwrap_or(0.0)))
            })
            .fold(0.0, f64::max)
    };
    if weight("en") > weight("zh") {
        Language::En
    } else {
        Language::Zh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_is_heard() {
        for (header, expected) in [
            ("", Language::Zh),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en-US,en;q=0.9,zh;q=0.8", Language::En),
            ("de, en;q=0.5", Language::En),
            ("en;q=0.3, zh;q=0.7", Language::Zh),
            ("en;q=rubbish", Language::Zh),
            (";;;,,=", Language::Zh),
        ] {
            assert_eq!(preferred(header), expected, "{header}");
        }
    }
}
