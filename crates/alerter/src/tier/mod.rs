//! Tier conditions: a subset of CEL over window metrics, and the ladders made of them.
//!
//! # Conditions
//!
//! A tier has a condition: a comparison, or several joined by `&&`, `||`, `!` and parentheses.
//!
//! ```text
//! voices_1h >= 5 && sources_1h >= 2 || stories_24h >= 8
//! ```
//!
//! Compared are names, numbers, and what `+ - * /` makes of them, by `<`, `<=`, `>`, `>=`, `==` and
//! `!=`. What binds tighter comes first: `! -`, then `* /`, `+ -`, comparisons, `&&`, `||`.
//! Comparisons do not chain. A division by zero makes its comparison false, and is counted
//! (`fengbiao_alerter_remarks_total`). A tier without a condition is never raised; in the
//! configuration an empty text means none. One whose condition is true where nothing was counted,
//! such as `voices_1h >= 0`, is raised by every post, and `fengbiao check` warns of it. A tier is
//! raised at once, and goes down when neither its condition nor its hold was true for `calm_after`.
//!
//! # Counts
//!
//! A count is a quantity and a window: `posts_1h`, `voices_30m`. Windows are `1m` to `2880m`, `1h` to
//! `1440h`, `1d` to `60d`, the current minute (beyond 48 hours, the current hour) included.
//!
//! | quantity | what is counted | without a window |
//! |---|---|---|
//! | `posts` | posts | over the life of the incident |
//! | `stories` | posts whose texts differ: reprints, reposts and edited copies are one story | over the life of the incident |
//! | `voices` | those who spoke, each once, by pseudonym; posts without an author are one voice of their source | over the life of the incident |
//! | `sources` | sources, each once | over the life of the incident |
//! | `weight` | the weights of all posts, summed; a post weighs its heaviest rule, 1 to 10 | – |
//! | `weight_max` | the weight of the heaviest post, 1 to 10 | over the life of the incident |
//! | `reach` | reposts, comments and likes of all posts together | – |
//! | `rank_best` | the best place on a list that ranks: smaller is better, 1,000,000 where nothing has one | – |
//! | `list_hours` | the longest time that one title has been on a list, in hours | – |
//! | `lists` | sources that rank, each once | – |
//! | `subjects` | subjects, each once; under `[tiers_all]` only | – |
//!
//! # Detectors
//!
//! A detector compares a count with what is usual:
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
//! clock, and the current one of the hours so far.
//!
//! **When a detector says nothing it is 0**, which fires nothing:
//!
//! - *Cold start.* Fewer than 4 of the 7 windows of its baseline are present (`burst`: fewer than 4
//!   of 23; `growth`: the one before). A window is present when the topic was watched then (since its
//!   first policy, or a post found earlier), its buckets are kept, and the crawler was up: hours in
//!   which less than half of the sources were polled are missing, not zero.
//! - *Floors.* The current window has less than `min_posts` posts or `min_sources` sources;
//!   for `growth` the window before counted less than `min_before`. `min_sigma` is the least
//!   deviation that is believed.
//! - *Lag.* The event clock has not passed the windows compared with: their posts are still being
//!   read. The minute is judged when it has. `burst` waits for the end of the current minute too,
//!   since the posts of others lower its share.
//!
//! A negative number is below the usual.
//!
//! Where the formulas come from; each file of `crates/alerter/src/detect` has its own:
//!
//! | detector | source |
//! |---|---|
//! | `ears` | Espinosa and others, "Epitweetr", Eurosurveillance 27 (2022), and the R package of that name; weights by Farrington and others (1996) |
//! | `c1`, `c2`, `c3` | Hutwagner and others, "The bioterrorism preparedness and response Early Aberration Reporting System (EARS)", J. Urban Health 80 (2003); Fricker, Hegler, Dunfee, Statistics in Medicine 27 (2008); `earsC` of the R package `surveillance` |
//! | `cusum` | Rossi, Lampugnani, Marchi, "An approximate CUSUM procedure for surveillance of health events", Statistics in Medicine 18 (1999); k = 1.04 |
//! | `burst` | Kleinberg, "Bursty and hierarchical structure in streams", KDD 2002, §4; s = 2, γ = 1 |
//! | `growth` | the rule `spike` of ElastAlert 2 |
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
//! # A whole topic
//!
//! Beside the incidents of single subjects (a place, a product) each topic has `*`, over all its
//! posts, under `[tiers_all]`. A notice of `*` names its subjects with their posts, the largest
//! first, and those that stand at III or above by themselves with their tier. While `*` is open it
//! **gathers** the subjects at or below its tier: what they have to tell is told by it, and is told
//! by themselves once it has calmed below them. So a surge over thirty towns rings once.
//!
//! But whoever was told of thirty towns knows nothing of the next one. What opens or rises to III or
//! above by itself while `*` is open is therefore told by itself, to each receiver to whom no
//! notice of `*` has named it at that tier; where a notice of `*` is about to go, it waits for
//! that. Its reminders are left to `*`, and so is all that stays at IV.
//!
//! # Copies
//!
//! Copies of one text are one story, but each is a voice, and a condition on voices counts them: a
//! single text that is passed on rises through the tiers. Every rise is told, once; between them,
//! and above the highest tier that it reaches, further copies tell nothing. What should rise with
//! what is newly said, and not with how often it is passed on, asks for `stories`.
//!
//! # Cost
//!
//! A condition is evaluated at each hit, a hold where its tier's condition was not true. A count is
//! one look-up of a running sum; a detector is two or three of them and its own sums over 7 to 24
//! numbers, once the windows compared with are counted, which is done once a minute.

// In the code: `crate::history` has the windows compared with, `crate::pulses` the hours that are
// missing, `crate::unsettled` the minutes that wait.

mod condition;
mod detector;
mod ladder;
mod lex;
mod metric;
mod parse;

pub(crate) use condition::{Condition, Truth};
pub(crate) use detector::{Detector, Season};
pub(crate) use ladder::CompiledLadder;
pub use ladder::{TierError, check_ladder, tiers_of_nothing};
pub(crate) use metric::{Metric, Quantity, Window};
