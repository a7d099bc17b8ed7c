//! The delays as a picture: how many milliseconds which share of the notices had taken, both on
//! scales that spread out the few slow ones.

use std::fmt::Write as _;

use super::Delays;
use crate::figures::quantile;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 80.0;
const BOTTOM: f64 = 50.0;
/// Shares on the horizontal axis: each step has a tenth of the notices of the one before it.
const SHARES: [(f64, &str); 4] = [
    (0.0, "0 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
];
/// Points of a curve.
const POINTS: u32 = 120;
/// From a light load to a heavy one.
const COLOURS: [&str; 3] = ["#3a7d44", "#1f4e79", "#b03030"];
const INK: &str = "#222222";
const GRID: &str = "#dddddd";

/// From values to places on the drawing.
struct Scale {
    /// Powers of ten of the lowest and the highest milliseconds.
    powers: (i32, i32),
}

impl Scale {
    /// Whole powers of ten around all values.
    fn around(all: &[Delays]) -> Self {
        let values = || all.iter().flat_map(|delays| &delays.acknowledged);
        let least = values().copied().fold(f64::MAX, f64::min).max(0.1);
        let greatest = values().copied().fold(1.0, f64::max);
        #[allow(clippy::cast_possible_truncation, reason = "a few powers of ten")]
        let powers = (least.log10().floor() as i32, greatest.log10().ceil() as i32);
        Self {
            powers: (powers.0.min(powers.1 - 1), powers.1),
        }
    }

    fn x(share: f64) -> f64 {
        let tenths = -(1.0 - share).log10();
        LEFT + (tenths / 3.0).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, millis: f64) -> f64 {
        let (low, high) = (f64::from(self.powers.0), f64::from(self.powers.1));
        let part = (millis.max(1e-3).log10() - low) / (high - low);
        HEIGHT - BOTTOM - part.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }
}

/// An SVG.
pub(super) fn draw(all: &[Delays]) -> String {
    let scale = Scale::around(all);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    let title = "from the broker's acknowledgement of a post to the receipt of its notice, ms";
    text(&mut svg, (LEFT, 30.0), "start", 16, INK, title);
    axes(&scale, &mut svg);
    for ((delays, colour), at) in all.iter().zip(COLOURS).zip([0.0, 1.0, 2.0]) {
        let x = LEFT + 230.0 * at;
        line(&mut svg, (x, 52.0), (x + 24.0, 52.0), colour);
        let name = format!("{:.0} %: {:.0} posts/s", 100.0 * delays.share, delays.rate);
        text(&mut svg, (x + 30.0, 56.0), "start", 13, colour, &name);
        curve(&scale, &delays.acknowledged, colour, &mut svg);
    }
    svg + "</svg>\n"
}

fn axes(scale: &Scale, svg: &mut String) {
    for power in scale.powers.0..=scale.powers.1 {
        let millis = 10_f64.powi(power);
        let y = scale.y(millis);
        line(svg, (LEFT, y), (WIDTH - RIGHT, y), GRID);
        text(
            svg,
            (LEFT - 8.0, y + 4.0),
            "end",
            12,
            INK,
            &millis.to_string(),
        );
    }
    for (share, name) in SHARES {
        let x = Scale::x(share);
        line(svg, (x, TOP), (x, HEIGHT - BOTTOM), GRID);
        text(svg, (x, HEIGHT - BOTTOM + 20.0), "middle", 12, INK, name);
    }
}

fn curve(scale: &Scale, sorted: &[f64], colour: &str, svg: &mut String) {
    let points = (0..=POINTS).map(|point| {
        let share = 1.0 - 10_f64.powf(-3.0 * f64::from(point) / f64::from(POINTS));
        let (x, y) = (Scale::x(share), scale.y(quantile(sorted, share)));
        format!("{x:.1},{y:.1}")
    });
    let points: Vec<String> = points.collect();
    add(
        svg,
        format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        ),
    );
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str) {
    add(
        svg,
        format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" \
             stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
        ),
    );
}

/// Words of our own, in which nothing is special to SVG.
fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, size: u32, fill: &str, words: &str) {
    add(
        svg,
        format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" \
             fill=\"{fill}\">{words}</text>"
        ),
    );
}

fn add(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = svg.write_fmt(element);
    svg.push('\n');
}
