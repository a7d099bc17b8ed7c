//! How long a server asks to be left alone.

use fengbiao_model::{TimeSpan, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::limits::MAX_SERVER_DELAY_HOURS;

/// `Retry-After` as seconds or as a date (RFC 9110, 10.2.3), at most a day.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<TimeSpan> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let span = match text.parse::<u32>() {
        Ok(secs) => TimeSpan::from_secs(i64::from(secs)),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text)
                .ok()?
                .timestamp()
                .as_millisecond();
            Timestamp::from_millis(at).since(now)
        }
    };
    Some(span.min(TimeSpan::from_hours(MAX_SERVER_DELAY_HOURS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        let now = Timestamp::from_millis(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(read("120"), Some(TimeSpan::from_secs(120)));
        assert_eq!(
            read("Sun, 06 Nov 1994 08:50:37 GMT"),
            Some(TimeSpan::from_secs(60))
        );
        assert_eq!(read("Sun, 06 Nov 1994 08:40:00 GMT"), Some(TimeSpan::ZERO));
        assert_eq!(
            read("99999999"),
            Some(TimeSpan::from_hours(MAX_SERVER_DELAY_HOURS))
        );
        assert_eq!(read("soon"), None);
    }
}
