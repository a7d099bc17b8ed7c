//! The story as a picture: posts over time, the count of the last hour with the thresholds that are
//! on it and the usual level, and the changes of tier. What each change was decided by, which may be
//! something else than posts, stands below in words.

use fengbiao_model::{CALM_METHOD, Happening, Reason, Tier, Timestamp, thresholds};
use fengbiao_sink::text::Phrasing;

use super::svg::Svg;
use super::words::Words;
use super::{Hours, Story};
use crate::limits::{MAX_PLOT_BARS, MAX_PLOT_LINES};
use crate::terminal::harmless;

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 130.0;
const BOTTOM: f64 = 60.0;
/// Height of a line of words below the picture.
const LINE: f64 = 20.0;
/// Widths of a bar that are tried, in minutes: the first that gives no more bars than fit.
const BAR_MINUTES: [i64; 7] = [1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60];
/// The measure whose curve is drawn: it can be counted again from the posts.
const CURVE: &str = "posts_1h";

const BARS: &str = "#9db4c8";
const LAST_HOUR: &str = "#1f4e79";
const THRESHOLD: &str = "#b03030";
const USUAL: &str = "#3a7d44";
const INK: &str = "#222222";
const FAINT: &str = "#888888";

/// From values to places on the drawing.
struct Scale {
    from: i64,
    to: i64,
    most: f64,
}

#[allow(clippy::cast_precision_loss, reason = "minutes and counts of a plot")]
impl Scale {
    fn x(&self, minute: i64) -> f64 {
        let part = (minute - self.from) as f64 / (self.to - self.from).max(1) as f64;
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, count: f64) -> f64 {
        HEIGHT - BOTTOM - (count / self.most).clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }
}

impl Story {
    /// An SVG.
    pub(crate) fn plot(&self, phrasing: &Phrasing) -> String {
        let words = Words {
            language: phrasing.language,
            hours: Hours(&phrasing.time_zone),
        };
        let (from, to) = self.range();
        let width = BAR_MINUTES
            .into_iter()
            .find(|width| (to - from) / width <= MAX_PLOT_BARS);
        let width = width.unwrap_or(7 * 24 * 60);
        let from = from.div_euclid(width) * width;
        let to = (to.div_euclid(width) + 1) * width;
        let bars = self.binned(from, width);
        let hourly = width < 60;
        let limits = self.limits();
        let usual = self.usual();
        let curve = if hourly {
            self.last_hours(from, to)
        } else {
            Vec::new()
        };
        let shown = |value: f64| hourly || width == 60 || value <= 0.0;
        let values = bars.iter().map(|(_, posts)| *posts);
        let values = values.chain(curve.iter().map(|(_, posts)| *posts));
        let values = values.chain(limits.iter().map(|(_, limit)| *limit).filter(|l| shown(*l)));
        let most = values
            .chain(usual.iter().map(|(_, u)| *u))
            .fold(1.0, f64::max)
            * 1.08;
        let scale = Scale { from, to, most };
        let decided = self.decided(&words);
        #[allow(clippy::cast_precision_loss, reason = "a few lines")]
        let below = decided.len() as f64 * LINE;
        let mut svg = Svg::new(WIDTH, HEIGHT + below);
        self.title(&words, width, hourly, &mut svg);
        axes(&scale, &words, &mut svg);
        for (minute, posts) in &bars {
            let (x, end) = (scale.x(*minute), scale.x(minute + width));
            let y = scale.y(*posts);
            let wide = (end - x - 1.0).max(1.0);
            svg.bar(x, y, wide, HEIGHT - BOTTOM - y, BARS);
        }
        if hourly || width == 60 {
            for (tier, limit) in &limits {
                let y = scale.y(*limit);
                svg.line((LEFT, y), (WIDTH - RIGHT, y), THRESHOLD, "6 4");
                let text = format!("{tier} · {CURVE} ≥ {limit}");
                svg.text((LEFT + 4.0, y - 4.0), "start", 12, THRESHOLD, &text);
            }
        }
        if !curve.is_empty() {
            let points: Vec<(f64, f64)> = curve
                .iter()
                .map(|(minute, posts)| (scale.x(*minute), scale.y(*posts)))
                .collect();
            svg.curve(&points, LAST_HOUR);
        }
        let usual: Vec<(f64, f64)> = usual
            .iter()
            .map(|(minute, value)| (scale.x(*minute), scale.y(*value)))
            .collect();
        for point in usual {
            svg.line(
                (point.0 - 14.0, point.1),
                (point.0 + 14.0, point.1),
                USUAL,
                "",
            );
        }
        self.changes(&scale, &words, &mut svg);
        let mut y = HEIGHT;
        for (colour, line) in &decided {
            svg.text((LEFT, y), "start", 12, colour, line);
            y += LINE;
        }
        svg.done()
    }

    /// By what each change of tier was decided, in its own measures.
    fn decided(&self, words: &Words<'_>) -> Vec<(&'static str, String)> {
        let changes = self.tier_changes().into_iter();
        let told = changes.filter_map(|(at, tier, reason)| {
            let (tier, reason) = (tier?, reason?);
            let measured = words.language.measures(reason);
            let clock: String = words.hours.clock(at).chars().take(5).collect();
            let name = words.language.numeral(tier);
            let line = format!("{name} {clock} · {}", harmless(&measured));
            (!measured.is_empty()).then_some((colour(tier), line))
        });
        told.take(MAX_PLOT_LINES).collect()
    }

    /// From the first to the last thing that happened, in minutes since 1970.
    fn range(&self) -> (i64, i64) {
        let incident = &self.incident;
        let posts = self.posts_by_minute.iter().map(|(minute, _)| *minute);
        let changes = self.tier_changes().into_iter().map(|(at, ..)| at.minute());
        let last = incident.last_found_at.minute();
        let all: Vec<i64> = posts.chain(changes).chain([last]).collect();
        let first = incident.first_found_at.minute();
        let from = all.iter().copied().min().unwrap_or(first).min(first);
        let to = all.iter().copied().max().unwrap_or(last);
        let margin = ((to - from) / 20).max(5);
        (from - margin, to + margin)
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of a plot")]
    fn binned(&self, from: i64, width: i64) -> Vec<(i64, f64)> {
        let mut bars: Vec<(i64, f64)> = Vec::new();
        for &(minute, posts) in &self.posts_by_minute {
            let start = from + (minute - from).div_euclid(width) * width;
            match bars.last_mut() {
                Some((last, count)) if *last == start => *count += posts as f64,
                _ => bars.push((start, posts as f64)),
            }
        }
        bars
    }

    /// Posts of the hour that ends with each minute.
    #[allow(clippy::cast_precision_loss, reason = "counts of a plot")]
    fn last_hours(&self, from: i64, to: i64) -> Vec<(i64, f64)> {
        let within = |minute: i64| {
            let hour = minute - 59..=minute;
            let posts = self.posts_by_minute.iter();
            let posts = posts.filter(|(at, _)| hour.contains(at));
            posts.map(|(_, posts)| *posts).sum::<u64>() as f64
        };
        (from..=to)
            .map(|minute| (minute + 1, within(minute)))
            .collect()
    }

    /// When the tier changed, to what, and why; the end has no tier.
    fn tier_changes(&self) -> Vec<(Timestamp, Option<Tier>, Option<&Reason>)> {
        let change = |event: &'_ fengbiao_model::Event| event.at;
        let mut changes = Vec::new();
        for event in &self.events {
            match &event.what {
                Happening::Opened { tier, reason } => {
                    changes.push((change(event), Some(*tier), Some(reason)));
                }
                Happening::TierChanged { to, reason, .. } => {
                    changes.push((change(event), Some(*to), Some(reason)));
                }
                Happening::Closed { .. } | Happening::MergedInto { .. } => {
                    changes.push((change(event), None, None));
                }
                _ => {}
            }
        }
        changes
    }

    /// The thresholds on the curve, of each tier that was reached.
    fn limits(&self) -> Vec<(Tier, f64)> {
        let mut limits: Vec<(Tier, f64)> = Vec::new();
        for (_, tier, reason) in self.tier_changes() {
            let (Some(tier), Some(reason)) = (tier, reason) else {
                continue;
            };
            if reason.method == CALM_METHOD {
                continue; // a hold of the tier above stands in it
            }
            for limit in thresholds(&reason.condition) {
                let number = limit.number.parse::<f64>();
                if let (CURVE, Ok(number)) = (limit.name, number)
                    && !limits.contains(&(tier, number))
                {
                    limits.push((tier, number));
                }
            }
        }
        limits
    }

    /// What was usual of the curve, where a change knew it.
    fn usual(&self) -> Vec<(i64, f64)> {
        let changes = self.tier_changes().into_iter();
        let known = changes.filter_map(|(at, _, reason)| {
            let measures = reason?.measures.iter();
            let mut of_curve = measures.filter(|measure| measure.name.contains(CURVE));
            let usual = of_curve.find_map(|measure| measure.usual)?;
            Some((at.minute(), usual.baseline))
        });
        known.collect()
    }

    fn title(&self, words: &Words<'_>, width: i64, hourly: bool, svg: &mut Svg) {
        let incident = &self.incident;
        let number = incident.number.map(|number| number.to_string());
        let title = format!(
            "#{} {} · {}",
            number.unwrap_or_default(),
            self.topic_name(),
            words.language.subject(&incident.subject)
        );
        svg.text((LEFT, 30.0), "start", 18, INK, &title);
        let bars = match (words.pick("zh", "en"), width) {
            ("zh", minutes) if minutes < 60 => format!("每 {minutes} 分钟帖数"),
            ("zh", minutes) => format!("每 {} 小时帖数", minutes / 60),
            (_, minutes) if minutes < 60 => format!("posts in {minutes} min"),
            (_, minutes) => format!("posts in {} h", minutes / 60),
        };
        svg.bar(LEFT, 44.0, 12.0, 12.0, BARS);
        svg.text((LEFT + 18.0, 55.0), "start", 13, INK, &bars);
        if hourly {
            svg.line((LEFT + 150.0, 50.0), (LEFT + 175.0, 50.0), LAST_HOUR, "");
            let text = words.pick("最近 1 小时帖数", "posts of the last hour");
            svg.text((LEFT + 182.0, 55.0), "start", 13, LAST_HOUR, text);
        }
        svg.line((LEFT + 330.0, 50.0), (LEFT + 355.0, 50.0), THRESHOLD, "6 4");
        let text = words.pick("阈值", "threshold");
        svg.text((LEFT + 362.0, 55.0), "start", 13, THRESHOLD, text);
        svg.line((LEFT + 450.0, 50.0), (LEFT + 475.0, 50.0), USUAL, "");
        let text = words.pick("平时水平", "usual level");
        svg.text((LEFT + 482.0, 55.0), "start", 13, USUAL, text);
    }

    /// A line at each change of tier; names of near ones stand on lines of their own.
    fn changes(&self, scale: &Scale, words: &Words<'_>, svg: &mut Svg) {
        let mut taken = [f64::MIN; 4];
        for (at, tier, _) in self.tier_changes() {
            let x = scale.x(at.minute());
            let colour = tier.map_or(FAINT, colour);
            svg.line((x, TOP - 8.0), (x, HEIGHT - BOTTOM), colour, "2 2");
            let name = words.pick("结束", "closed");
            let clock: String = words.hours.clock(at).chars().take(5).collect();
            let name = tier.map_or(name, |tier| words.language.numeral(tier));
            let text = format!("{name} {clock}");
            let row = taken.iter().position(|end| *end < x).unwrap_or(0);
            taken[row] = x + 70.0;
            let near_end = x > WIDTH - RIGHT - 70.0;
            let (anchor, place) = if near_end {
                ("end", x - 3.0)
            } else {
                ("start", x + 3.0)
            };
            let rows = [TOP - 12.0, TOP - 26.0, TOP - 40.0, TOP - 54.0];
            svg.text((place, rows[row]), anchor, 12, colour, &text);
        }
    }
}

/// The colours of the tiers, dark enough to be read as text.
const fn colour(tier: Tier) -> &'static str {
    match tier {
        Tier::IV => "#2060c0",
        Tier::III => "#a07800",
        Tier::II => "#d06000",
        Tier::I => "#c00000",
    }
}

#[allow(clippy::cast_precision_loss, reason = "minutes and counts of a plot")]
fn axes(scale: &Scale, words: &Words<'_>, svg: &mut Svg) {
    let floor = HEIGHT - BOTTOM;
    svg.line((LEFT, floor), (WIDTH - RIGHT, floor), INK, "");
    let step = nice(scale.most / 4.0);
    let mut value = 0.0;
    while value <= scale.most {
        let y = scale.y(value);
        svg.line((LEFT - 4.0, y), (LEFT, y), INK, "");
        svg.text((LEFT - 8.0, y + 4.0), "end", 12, INK, &format!("{value}"));
        value += step;
    }
    let ticks = 6;
    for tick in 0..=ticks {
        let minute = scale.from + (scale.to - scale.from) * tick / ticks;
        let x = scale.x(minute);
        svg.line((x, floor), (x, floor + 4.0), INK, "");
        let time = words.hours.short(Timestamp::of_minute(minute));
        svg.text((x, floor + 20.0), "middle", 12, INK, &time);
    }
}

/// The next of 1, 2, 5, 10, 20, 50 …
fn nice(step: f64) -> f64 {
    let mut size = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if factor * size >= step {
                return factor * size;
            }
        }
        size *= 10.0;
    }
}
