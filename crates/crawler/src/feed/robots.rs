//! robots.txt (RFC 9309): what a host says about being crawled.

use std::time::Duration;

use texting_robots::Robot;
use url::Url;

use super::fetch::MAX_DELAY;

/// The rules of a host.
pub(super) enum Rules {
    /// There are none (4xx): everything may be read.
    All,
    /// Those of its robots.txt.
    Written(Box<Robot>),
    /// The server has no time to say (429).
    Later,
    /// Not to be found out (5xx, no connection): nothing may be read.
    Unknown(String),
}

/// Whether a page may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Disallowed,
    Later,
    Unknown(String),
}

impl Rules {
    pub(super) fn read(product: &str, text: &[u8]) -> Self {
        match Robot::new(product, text) {
            Ok(robot) => Self::Written(Box::new(robot)),
            Err(_) => Self::Unknown("it is not a robots.txt".to_owned()),
        }
    }

    pub(super) fn verdict(&self, url: &Url) -> Verdict {
        match self {
            Self::All => Verdict::Allowed,
            Self::Written(robot) if robot.allowed(url.as_str()) => Verdict::Allowed,
            Self::Written(_) => Verdict::Disallowed,
            Self::Later => Verdict::Later,
            Self::Unknown(why) => Verdict::Unknown(why.clone()),
        }
    }

    /// `Crawl-delay`, which is no standard but often asked for.
    pub(super) fn delay(&self) -> Option<Duration> {
        let Self::Written(robot) = self else {
            return None;
        };
        let delay = Duration::try_from_secs_f32(robot.delay?).ok()?;
        Some(delay.min(MAX_DELAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_obeyed() {
        let rules = Rules::read(
            "fengbiao",
            b"User-agent: *\nDisallow: /\n\nUser-agent: fengbiao\nDisallow: /private\nCrawl-delay: 2.5\n",
        );
        let verdict = |path: &str| {
            rules.verdict(
                &Url::parse("https://example.org")
                    .unwrap()
                    .join(path)
                    .unwrap(),
            )
        };
        assert_eq!(verdict("/feed.xml"), Verdict::Allowed);
        assert_eq!(verdict("/private/feed.xml"), Verdict::Disallowed);
        assert_eq!(rules.delay(), Some(Duration::from_millis(2_500)));
    }
}
