//! The words of the page, in Chinese and English.

use fengbiao_model::{Duty, Stage, Tier};

/// A language of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// As HTML writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language that an `Accept-Language` header (RFC 9110) asks for most; Chinese where it
    /// asks for neither.
    #[must_use]
    pub fn preferred(header: &str) -> Self {
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
            Self::En
        } else {
            Self::Zh
        }
    }

    /// One of two texts.
    pub(crate) const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    pub(crate) const fn tier(self, tier: Tier) -> &'static str {
        match tier {
            Tier::IV => self.pick("Ⅳ级 一般 蓝", "IV · blue"),
            Tier::III => self.pick("Ⅲ级 较大 黄", "III · yellow"),
            Tier::II => self.pick("Ⅱ级 重大 橙", "II · orange"),
            Tier::I => self.pick("Ⅰ级 特别重大 红", "I · red"),
        }
    }

    /// What is owed, above the time until which it is.
    pub(crate) const fn owed(self, duty: Duty) -> &'static str {
        match duty {
            Duty::Report => self.pick("接手时限", "Take on by"),
            Duty::Verify => self.pick("核实时限", "Verify by"),
            Duty::Answer => self.pick("回应时限", "Answer by"),
            Duty::FollowUp => self.pick("跟进时限", "Follow up by"),
        }
    }

    pub(crate) const fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Detected => self.pick("已发现，待接手", "detected, nobody has taken it on yet"),
            Stage::Reported => self.pick("已接手", "taken on"),
            Stage::Verifying => self.pick("核实中", "being verified"),
            Stage::Answered => self.pick("已回应", "answered"),
            Stage::Following => self.pick("跟踪中", "being followed"),
            Stage::Closed => self.pick("已结束", "closed"),
            Stage::Reviewed => self.pick("已复盘", "reviewed"),
        }
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
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
