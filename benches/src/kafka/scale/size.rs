//! What a billion posts a day need, by what was measured.

use crate::figures::say;

const POSTS_A_DAY: f64 = 1e9;
const SECONDS_A_DAY: f64 = 86_400.0;
/// The busiest time of a day over its mean.
const PEAK: f64 = 3.0;
/// Brokers that keep each record.
const COPIES: f64 = 3.0;
/// How long records are kept where nothing else is configured, in days.
const KEPT_DAYS: f64 = 14.0;

/// What was measured.
pub(super) struct Size {
    /// Seconds of processor of the matcher per million posts.
    pub(super) cpu: f64,
    /// Posts a second of one matcher.
    pub(super) rate: f64,
    /// Bytes of a post on its way from a broker, as packed.
    pub(super) posts: f64,
    /// Bytes of a record of `hits`.
    pub(super) hits: f64,
    /// Hits a post.
    pub(super) hit: f64,
}

impl Size {
    pub(super) fn print(&self) {
        let mean = POSTS_A_DAY / SECONDS_A_DAY;
        let peak = PEAK * mean;
        let bytes = self.posts + self.hit * self.hits;
        let (megabytes, terabytes) = (1e-6, 1e-12);
        say("");
        say(format_args!(
            "| a billion posts a day, {:.0} bytes each as packed, {:.1} % hits | mean | busiest hour, {PEAK:.0} × |",
            self.posts,
            100.0 * self.hit
        ));
        say("|---|---|---|");
        row("posts a second", mean, 0);
        row("processors of the matchers", mean * self.cpu / 1e6, 3);
        row(
            "of the posts that one matcher took here, %",
            100.0 * mean / self.rate,
            1,
        );
        row("into the brokers, MB/s", mean * bytes * megabytes, 1);
        row(
            "between the brokers, 3 copies, MB/s",
            (COPIES - 1.0) * mean * bytes * megabytes,
            1,
        );
        row(
            "out to matchers and alerter, MB/s",
            mean * bytes * megabytes,
            1,
        );
        say(format_args!(
            "| disk of all brokers, {COPIES:.0} copies, {KEPT_DAYS:.0} days, TB | {:.1} | |",
            POSTS_A_DAY * KEPT_DAYS * COPIES * bytes * terabytes
        ));
        say("");
        say(format_args!(
            "a matcher has to take {peak:.0} posts/s in the busiest hour, and took {:.0} here",
            self.rate
        ));
    }
}

fn row(name: &str, mean: f64, decimals: usize) {
    say(format_args!(
        "| {name} | {mean:.decimals$} | {:.decimals$} |",
        PEAK * mean
    ));
}
