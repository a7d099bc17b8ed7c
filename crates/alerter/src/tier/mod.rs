//! Tier conditions: a subset of CEL over window metrics, and the ladders made of them.
//!
//! # Names
//!
//! A **count** is a quantity and a window: `posts_1h`, `voices_30m`. Quantities are `posts`,
//! `stories`, `voices`, `sources`, `weight` (summed), `weight_max`, `reach` (reposts, comments and
//! likes), `rank_best`, `list_hours` and `lists` (of sources that rank), and under `[tiers_all]`
//! `subjects`; windows are `1m` to `2880m`, `1h` to `1440h`, `1d` to `60d`, the current minute
//! (beyond 48 hours, the current hour) included. Without a window the life of the incident is
//! meant (`posts`, `stories`, `voices`, `sources`, `weight_max` only).
//!
//! A **detector** compares a count with what is usual:
//!
//! ```text
//! <detector>[_<quantity>]_<window>[_same_hour|_same_weekday]
//! ```
//!
//! such as `ears_1h`, `c2_voices_1h_same_hour`, `growth_30m`. The quantity is `posts` (when none is
//! written), `stories` or `voices`.
//!
//! | detector | its number | an alarm by the literature |
//! |---|---|---|
//! | `ears` | eEARS: deviations above the mean of the 7 windows before, of which past outbreaks weigh less | 2.62 (one in forty), 5.57 (one in a thousand) |
//! | `c1` | EARS C1: the same with equal weights | 3 |
//! | `c2` | EARS C2: above the 7 windows before the last two | 3 |
//! | `c3` | EARS C3: what three C2 in a row have beyond 1, summed | 2 |
//! | `cusum` | Poisson CUSUM over 7 windows, measured by the 7 before them: slow rises | 2.26 |
//! | `burst` | Kleinberg: the weight in nats of the burst of the stream's share among all posts that the pulses tell of (among the topic's own where nothing pulses), over 24 windows | 3 |
//! | `growth` | how many times the window before it is | 3 |
//!
//! The windows compared with lie right before the current one, end to end; with `_same_hour` at the
//! same hours of the days before (24 h, 48 h … ago), with `_same_weekday` of the weeks before (7 d,
//! 14 d … ago). Where they reach further back than a day, all windows are made of whole hours of the
//! clock, and the current one of the hours so far: see [`crate::history`].
//!
//! **When a detector says nothing it is 0**, which fires nothing:
//!
//! - *Cold start.* Fewer than 4 of the 7 windows of its baseline are present (`burst`: fewer than 4
//!   of 23; `growth`: the one before). A window is present when the topic was watched then (since its
//!   first policy, or a post found earlier), its buckets are kept, and the crawler was up: hours in
//!   which less than half of the sources were polled are missing, not zero ([`crate::pulses`]).
//! - *Floors.* The current window has less than `min_posts` posts or `min_sources` sources;
//!   for `growth` the window before counted less than `min_before`. `min_sigma` is the least
//!   deviation that is believed.
//! - *Lag.* The event clock has not passed the windows compared with: their posts are still being
//!   read. The minute is judged when it has ([`crate::unsettled`]). `burst` waits for the end of the
//!   current minute too, since the posts of others lower its share.
//!
//! A negative number is below the usual.
//!
//! # Holds
//!
//! A tier may have a second condition, its **hold**: hysteresis. The tier is raised by its condition
//! alone; once it stands it goes down when neither its condition nor its hold was true for
//! `calm_after`. A hold brings nothing back that has gone down. What stands at a tier stands on all
//! below it, so on the way down it stops at the first tier that is held, whether or not that tier's
//! own condition was ever true. Like conditions, holds are evaluated at hits. When a tier would have
//! gone down but for its hold, the record says so once, with what was measured.
//!
//! # Cost
//!
//! A condition is evaluated at each hit, a hold where its tier's condition was not true. A count is
//! one look-up of a running sum; a detector is two or three of them and its own sums over 7 to 24
//! numbers, once the windows compared with are counted, which is done once a minute: see
//! [`crate::history`].

mod condition;
mod detector;
mod ladder;
mod lex;
mod metric;
mod parse;

pub(crate) use condition::{Condition, Truth};
pub(crate) use detector::{Detector, Season};
pub(crate) use ladder::CompiledLadder;
pub use ladder::{TierError, check_ladder};
pub(crate) use metric::{Metric, Quantity, Window};
