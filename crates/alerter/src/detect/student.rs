//! Quantiles of Student's t for whole degrees of freedom.
//!
//! Written here rather than taken from a crate: for whole degrees of freedom the distribution is a
//! finite sum (Abramowitz and Stegun 26.7.3 and 26.7.4), exact to the last digits, where a crate
//! brings the incomplete beta function and much else for the four numbers that are asked for.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Halvings of an interval until it is as narrow as two neighbouring numbers.
const HALVINGS: usize = 64;

/// The t that is exceeded with probability `alpha`, by so many degrees of freedom. `alpha` is
/// between 0 and a half; below 1e-6 the sum loses digits: there the last three of twelve.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "a few degrees")]
pub fn upper_quantile(alpha: f64, degrees: usize) -> f64 {
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if within(middle, degrees) < 1.0 - 2.0 * alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high).tan() * (degrees as f64).sqrt()
}

/// P(|T| ≤ t) where t = √degrees · tan(angle).
#[allow(clippy::cast_precision_loss, reason = "a few degrees")]
fn within(angle: f64, degrees: usize) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    // The terms of the sum: cos, 2/3 cos³, … for odd degrees; 1, 1/2 cos², … for even ones.
    let first = if odd { 1 } else { 0 };
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    for power in (first..degrees.saturating_sub(1)).step_by(2) {
        sum += term;
        term *= cos * cos * (power as f64 + 1.0) / (power as f64 + 2.0);
    }
    if odd {
        FRAC_2_PI * (angle + sin * sum)
    } else {
        sin * sum
    }
}
