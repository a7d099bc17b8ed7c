//! Whether two texts are copies of one another, by their sketches alone.
//!
//! The likeness is the estimated part of the shorter text that stands in the longer one
//! (containment): a copy that was cut, or that an advertisement was put into, keeps it, where the
//! part of both together that is shared (Jaccard) sinks. Two bulletins that share a template
//! contain one another too, all but their numbers; so the numbers have to agree as well. The
//! thresholds are measured: `benches/README.md`.

use fengbiao_model::Sketch;

/// Runs of the shorter text from which the next likeness is enough; the likeness.
const ENOUGH: [(u32, f64); 3] = [(0, 0.9), (9, 0.8), (21, 0.7)];

/// Whether two texts are copies: one story.
#[must_use]
pub fn are_copies(a: &Sketch, b: &Sketch) -> bool {
    copy_likeness(a, b).is_some()
}

/// The likeness of two texts that are copies.
pub(super) fn copy_likeness(a: &Sketch, b: &Sketch) -> Option<f64> {
    let likeness = likeness(a, b);
    (likeness >= enough(a, b)).then_some(likeness)
}

/// How much of the shorter text is in the longer one, from 0 to 1. Zero where their numbers part:
/// less than three quarters of those of the one with fewer are in the other.
#[must_use]
pub fn likeness(a: &Sketch, b: &Sketch) -> f64 {
    if !numbers_agree(a.numbers, b.numbers) {
        return 0.0;
    }
    let (mut equal, mut filled) = (0_u32, 0_u32);
    for (x, y) in a.least.iter().zip(&b.least) {
        filled += u32::from(*x != 0 || *y != 0);
        equal += u32::from(*x != 0 && x == y);
    }
    if equal == 0 {
        return 0.0;
    }
    // With J the Jaccard likeness and n, m the sizes, J / (1 + J) · (n + m) runs are shared.
    let share = f64::from(equal) / f64::from(equal + filled);
    let (shorter, both) = (
        a.runs.min(b.runs).max(1),
        f64::from(a.runs) + f64::from(b.runs),
    );
    (share * both / f64::from(shorter)).min(1.0)
}

/// Short texts say little: more of them has to agree.
fn enough(a: &Sketch, b: &Sketch) -> f64 {
    let shorter = a.runs.min(b.runs);
    let mut steps = ENOUGH.iter().rev();
    let step = steps.find(|(runs, _)| *runs <= shorter);
    step.map_or(1.0, |(_, enough)| *enough)
}

const fn numbers_agree(a: u64, b: u64) -> bool {
    let (of_a, of_b) = (a.count_ones(), b.count_ones());
    let fewer = if of_a < of_b { of_a } else { of_b };
    4 * (a & b).count_ones() >= 3 * fewer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(runs: u32, numbers: u64, values: std::ops::Range<u16>) -> Sketch {
        let mut sketch = Sketch {
            runs,
            numbers,
            ..Sketch::default()
        };
        for value in values {
            sketch.least[usize::from(value % 32)] = 1 + value;
        }
        sketch
    }

    #[test]
    fn likeness_is_the_part_of_the_shorter_in_the_longer() {
        // Name, two sketches, likeness, copies.
        let cases = [
            (
                "equal",
                sketch(100, 0, 0..32),
                sketch(100, 0, 0..32),
                1.0,
                true,
            ),
            // Half the bins: 1/3 of 200 runs of 100.
            (
                "half",
                sketch(100, 0, 0..32),
                sketch(100, 0, 16..48),
                2.0 / 3.0,
                false,
            ),
            // A quarter of the length, 8 of 32 bins equal: all of it.
            (
                "cut",
                sketch(100, 0, 0..32),
                sketch(25, 0, 24..56),
                1.0,
                true,
            ),
            (
                "nothing",
                sketch(100, 0, 0..32),
                sketch(100, 0, 32..64),
                0.0,
                false,
            ),
            ("empty", Sketch::default(), Sketch::default(), 0.0, false),
            (
                "no numbers in one",
                sketch(99, 0, 0..32),
                sketch(99, 7, 0..32),
                1.0,
                true,
            ),
            (
                "a number of four",
                sketch(99, 0b1111, 0..32),
                sketch(99, 0b10111, 0..32),
                1.0,
                true,
            ),
            (
                "a number of two",
                sketch(99, 0b11, 0..32),
                sketch(99, 0b101, 0..32),
                0.0,
                false,
            ),
            // Six bins of eight: 6 / 14 of 16 runs of 8.
            (
                "short",
                sketch(8, 0, 0..7),
                sketch(8, 0, 1..8),
                6.0 / 14.0 * 2.0,
                false,
            ),
            (
                "longer",
                sketch(24, 0, 0..7),
                sketch(24, 0, 1..8),
                6.0 / 14.0 * 2.0,
                true,
            ),
        ];
        for (name, a, b, expected, copies) in cases {
            assert!(
                (likeness(&a, &b) - expected).abs() < 1e-12,
                "{name}: {}",
                likeness(&a, &b)
            );
            assert_eq!(
                likeness(&a, &b).to_bits(),
                likeness(&b, &a).to_bits(),
                "{name}"
            );
            assert_eq!(are_copies(&a, &b), copies, "{name}");
        }
    }
}
