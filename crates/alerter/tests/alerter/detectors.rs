//! Each detector beside reference values, and beside slow reckonings of the same.

use fengbiao_alerter::detect::*;
use proptest::prelude::*;

/// See `reference/surveillance.R`, which wrote it.
const REFERENCE: &str = include_str!("../reference/surveillance.tsv");

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

fn present(series: &[f64]) -> Vec<Option<f64>> {
    series.iter().copied().map(Some).collect()
}

#[test]
fn the_values_of_r() {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [detector, parameter, series, value, mean, spread] = columns[..] else {
            panic!("{line}");
        };
        *seen.entry(detector).or_default() += 1;
        let counts: Vec<f64> = series.split(',').map(|y| y.parse().unwrap()).collect();
        let value: f64 = value.parse().unwrap();
        let series = present(&counts);
        let windows = || series_length(&counts);
        let number = || parameter.parse::<f64>().unwrap();
        let found = match detector {
            "student" => {
                assert!(close(upper_quantile(number(), windows()), value), "{line}");
                continue;
            }
            "limit" => {
                let (alpha, comparisons) = parameter.split_once('/').unwrap();
                let comparisons = comparisons.parse().unwrap();
                let limit = limit_in_sigmas(windows(), alpha.parse().unwrap(), comparisons);
                assert!(close(limit, value), "{line}: {limit}");
                continue;
            }
            "c1" => c1(&series, number()),
            "c2" => c2(&series, number()),
            "c3" => c3(&series, number()),
            "eears" => eears(&series, number()),
            "standard" => cusum(&series, standard, number()),
            "rossi" => cusum(&series, rossi, number()),
            other => panic!("no such detector: {other}"),
        };
        let found = found.unwrap();
        assert!(close(found.statistic, value), "{line}: {found:?}");
        assert!(
            close(found.baseline, mean.parse().unwrap()),
            "{line}: {found:?}"
        );
        assert!(
            close(found.spread, spread.parse().unwrap()),
            "{line}: {found:?}"
        );
        assert_eq!(
            (found.windows, Some(found.count)),
            (7, counts.last().copied())
        );
    }
    let seen: Vec<&str> = seen.into_keys().collect();
    let all = [
        "c1", "c2", "c3", "eears", "limit", "rossi", "standard", "student",
    ];
    assert_eq!(seen, all);
}

/// The one number in the column of the series.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn series_length(counts: &[f64]) -> usize {
    counts[0] as usize
}

/// For seven windows: √(8/7) times 2.447 and 5.208 of the tables of Student's t with six degrees.
#[test]
fn the_limits_of_eears_are_those_of_a_prediction_interval() {
    let shown = [0.025, 0.001].map(|alpha| format!("{:.2}", limit_in_sigmas(7, alpha, 1)));
    assert_eq!(shown, ["2.62", "5.57"]);
}

type Detector = fn(&[Option<f64>]) -> Option<Finding>;

const DETECTORS: [(&str, Detector, usize); 5] = [
    ("c1", |series| c1(series, 1.0), 1),
    ("c2", |series| c2(series, 1.0), 3),
    ("c3", |series| c3(series, 1.0), 3),
    ("eears", |series| eears(series, 1.0), 1),
    ("cusum", |series| cusum(series, rossi, 1.0), 7),
];

#[test]
fn four_of_seven_windows_are_a_baseline_and_three_are_none() {
    for (name, detector, first) in DETECTORS {
        let mut series = vec![None; 20];
        series[19] = Some(9.0);
        for lag in first..first + 3 {
            series[19 - lag] = Some(2.0);
        }
        assert_eq!(detector(&series), None, "{name}");
        series[19 - first - 3] = Some(2.0);
        let found = detector(&series).unwrap();
        assert_eq!((found.windows, found.baseline), (4, 2.0), "{name}");
        series[19] = None;
        assert_eq!(
            detector(&series),
            None,
            "{name}: nobody watched the current window"
        );
        assert_eq!(detector(&[]), None, "{name}");
    }
}

#[test]
fn what_is_missing_does_not_lower_the_baseline() {
    for (name, detector, first) in DETECTORS {
        let mut series = vec![Some(6.0); 20];
        let whole = detector(&series).unwrap();
        (series[19 - first], series[19 - first - 3]) = (None, None);
        let torn = detector(&series).unwrap();
        assert_eq!((torn.baseline, torn.windows), (whole.baseline, 5), "{name}");
    }
}

#[test]
fn one_post_after_silence_is_no_alarm() {
    let mut series = vec![Some(0.0); 20];
    series[19] = Some(1.0);
    for (name, detector, _) in DETECTORS {
        let found = detector(&series).unwrap();
        assert!(found.statistic <= 1.0, "{name}: {found:?}");
        assert_eq!(found.spread, 1.0, "{name}");
    }
    assert_eq!(growth(&series, 1.0, 1.0), None);
}

#[test]
fn a_past_outbreak_does_not_hide_the_next_from_eears() {
    let series = present(&[12.0, 15.0, 90.0, 13.0, 12.0, 16.0, 11.0, 60.0]);
    let plain = c1(&series, 1.0).unwrap();
    let weighted = eears(&series, 1.0).unwrap();
    assert!(
        plain.statistic < 2.0 && weighted.statistic > 20.0,
        "{plain:?} {weighted:?}"
    );
    // Where all others are alike, the one that is not weighs nothing at all.
    let found = eears(&present(&[4.0, 4.0, 4.0, 90.0, 4.0, 4.0, 4.0, 7.0]), 1.0).unwrap();
    assert!(close(found.statistic, 3.0) && close(found.baseline, 4.0) && found.spread == 1.0);
    let found = eears(&present(&[4.0; 8]), 1.0).unwrap();
    assert_eq!((found.statistic, found.baseline), (0.0, 4.0));
}

#[test]
fn a_slow_rise_is_seen_by_cusum_alone() {
    let mut counts = [4.0; 14];
    counts[7..].copy_from_slice(&[6.0, 6.0, 7.0, 7.0, 8.0, 8.0, 9.0]);
    let series = present(&counts);
    assert!(cusum(&series, rossi, 1.0).unwrap().statistic >= CUSUM_DECISION);
    assert!(eears(&series, 1.0).unwrap().statistic < 3.0);
    assert!(c1(&series, 1.0).unwrap().statistic < 3.0);
}

/// By hand: 3 windows of 2 in 100 and one of 12 in 100, so p₀ = 18/400 = 0.045, p₁ = 0.09. The last
/// window costs −(12 ln 0.045 + 88 ln 0.955) = 41.2649… in the quiet state and
/// −(12 ln 0.09 + 88 ln 0.91) = 37.1946… in the burst; the difference is the weight,
/// 12 ln 2 + 88 ln(0.91/0.955) = 4.0702…, which is more than the way up, ln 4 = 1.3863.
#[test]
fn a_burst_by_hand() {
    let batch = |relevant| Batch {
        relevant,
        all: 100.0,
    };
    let batches = [2.0, 2.0, 2.0, 12.0].map(batch);
    let found = Burst::new(&batches);
    assert_eq!(found.states, [false, false, false, true]);
    let by_hand = 12.0 * 2.0_f64.ln() + 88.0 * (0.91_f64 / 0.955).ln();
    assert!(close(found.weight, by_hand), "{found:?} {by_hand}");
}

#[test]
fn a_faster_crawl_is_no_burst() {
    let series: Vec<Option<Batch>> = [100.0, 110.0, 90.0, 100.0, 95.0, 1_000.0]
        .iter()
        .map(|&all| {
            Some(Batch {
                relevant: all / 20.0,
                all,
            })
        })
        .collect();
    assert_eq!(burst(&series, 1.0).unwrap().statistic, 0.0);
    assert!(
        eears(&present(&[5.0, 5.5, 4.5, 5.0, 4.75, 50.0]), 1.0)
            .unwrap()
            .statistic
            > 20.0
    );
}

#[test]
fn growth_has_floors_on_both_sides() {
    let twice = growth(&present(&[4.0, 12.0]), 2.0, 1.0).unwrap();
    assert_eq!(
        (twice.statistic, twice.baseline, twice.spread),
        (3.0, 4.0, 2.0)
    );
    assert_eq!(growth(&present(&[1.0, 12.0]), 2.0, 1.0), None);
    assert_eq!(growth(&[None, Some(12.0)], 2.0, 1.0), None);
    assert_eq!(growth(&present(&[12.0]), 0.0, 1.0), None);
    assert_eq!(
        growth(&present(&[0.0, 12.0]), 0.0, 1.0),
        None,
        "a multiple of nothing"
    );
}

/// The cost of one sequence of states, from the definition.
fn cost(batches: &[Batch], states: &[bool]) -> f64 {
    let sum = |of: fn(&Batch) -> f64| batches.iter().map(of).sum::<f64>();
    let usual = sum(|batch| batch.relevant) / sum(|batch| batch.all);
    let mut total = 0.0;
    let mut before = false;
    for (batch, &state) in batches.iter().zip(states) {
        let p: f64 = if state { 2.0 * usual } else { usual };
        let others = batch.all - batch.relevant;
        total -= batch.relevant * p.ln() + others * (1.0 - p).ln();
        if state && !before {
            total += u32::try_from(batches.len()).map(f64::from).unwrap().ln();
        }
        before = state;
    }
    total
}

proptest! {
    /// Viterbi beside all 2ⁿ sequences.
    #[test]
    fn no_sequence_of_states_is_cheaper(counts in prop::collection::vec((0..9_u8, 20..60_u8), 1..11)) {
        let batches: Vec<Batch> = counts
            .iter()
            .map(|&(relevant, all)| Batch { relevant: relevant.into(), all: all.into() })
            .collect();
        prop_assume!(counts.iter().any(|(relevant, _)| *relevant > 0));
        let found = Burst::new(&batches);
        prop_assert!(close(cost(&batches, &found.states), found.cost));
        for pattern in 0..1_u32 << batches.len() {
            let states: Vec<bool> = (0..batches.len()).map(|n| pattern >> n & 1 == 1).collect();
            prop_assert!(cost(&batches, &states) >= found.cost - 1e-9);
        }
        prop_assert_eq!(found.weight > 0.0, found.states[batches.len() - 1]);
    }

    /// More in the current window never says less, more before it never says more.
    #[test]
    fn a_greater_count_is_never_less_of_an_alarm(
        counts in prop::collection::vec(0..40_u32, 14),
        more in 1..20_u32,
    ) {
        let mut series: Vec<Option<f64>> = counts.iter().map(|y| Some(f64::from(*y))).collect();
        let before: Vec<f64> = DETECTORS.iter().map(|(_, d, _)| d(&series).unwrap().statistic).collect();
        series[13] = Some(f64::from(counts[13] + more));
        for ((name, detector, _), before) in DETECTORS.iter().zip(before) {
            prop_assert!(detector(&series).unwrap().statistic >= before, "{}", name);
        }
    }
}
