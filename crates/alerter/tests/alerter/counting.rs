//! Distinct counts: exact below the bound, near above it.

use fengbiao_alerter::{Distinct, limits::MAX_EXACT_DISTINCT};

fn of(values: impl IntoIterator<Item = u64>) -> Distinct {
    let mut set = Distinct::new();
    for value in values {
        set.insert(value);
    }
    set
}

#[test]
fn exact_up_to_the_bound() {
    let bound = MAX_EXACT_DISTINCT as u64;
    assert_eq!(of((0..bound).chain(0..bound)).count(), bound);
    let mut set = Distinct::new();
    assert!(set.insert(7));
    assert!(!set.insert(7));
}

#[test]
fn within_five_percent_above_it() {
    for size in [1_025_u64, 2_000, 5_000, 10_000, 20_000, 100_000, 1_000_000] {
        let count = of((0..size).map(|n| n.wrapping_mul(0x5851_f42d_4c95_7f2d))).count();
        let off = count.abs_diff(size) as f64 / size as f64;
        assert!(off < 0.05, "{size} counted as {count}");
    }
}

#[test]
fn merging_is_union_whatever_the_order() {
    for (a, b) in [
        (10, 20),
        (1_000, 1_500),
        (2_000, 2_500),
        (10, 5_000),
        (5_000, 10),
    ] {
        let (left, right) = (of(0..a), of(5..b));
        let (mut one, mut other) = (left.clone(), right.clone());
        one.merge(&right);
        other.merge(&left);
        let together = of((5..b).rev().chain(0..a));
        assert_eq!(one, together, "{a} {b}");
        assert_eq!(other, together, "{a} {b}");
    }
}

#[test]
fn bytes_and_back() {
    for size in [0, 1, 1_024, 1_025, 9_000] {
        let set = of(0..size);
        assert_eq!(Distinct::from_bytes(&set.to_bytes()), Ok(set));
    }
    for wrong in [&[][..], &[3], &[1, 0], &[2; 4_096], &[1; 8 * 1_025 + 1]] {
        assert!(
            Distinct::from_bytes(wrong).is_err(),
            "{} bytes",
            wrong.len()
        );
    }
}
