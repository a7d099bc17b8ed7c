//! As much of SVG as a plot needs, written by hand.

use std::fmt::Write as _;

/// A drawing that grows.
pub(super) struct Svg(String);

/// What is special in a text or an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

impl Svg {
    /// An empty white drawing, in pixels.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let fonts =
            "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif";
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"{fonts}\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
        ))
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _ = self.0.write_fmt(element);
        self.0.push('\n');
    }

    pub(super) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, dashes: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{stroke}\" \
             stroke-width=\"1.5\" stroke-dasharray=\"{dashes}\"/>"
        ));
    }

    pub(super) fn curve(&mut self, points: &[(f64, f64)], stroke: &str) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\"/>",
            points.join(" ")
        ));
    }

    /// `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, at: (f64, f64), anchor: &str, size: u32, fill: &str, text: &str) {
        let ((x, y), text) = (at, escaped(text));
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" \
             fill=\"{fill}\">{text}</text>"
        ));
    }

    pub(super) fn done(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((1.0, 2.0), "start", 12, "#000000", "<script>&\"\u{1b}");
        let drawn = svg.done();
        assert!(
            drawn.contains("&lt;script&gt;&amp;&quot; </text>"),
            "{drawn}"
        );
    }
}
