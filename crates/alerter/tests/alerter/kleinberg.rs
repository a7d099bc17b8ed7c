//! Bursts beside what a decoder that others wrote finds in the same series.

use fengbiao_alerter::detect::{Batch, Burst, burst};

/// See `reference/kleinberg.py`, which wrote it.
const REFERENCE: &str = include_str!("../reference/kleinberg.tsv");

/// Relative: a weight of 0 must be 0.
fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs()
}

fn batches(relevant: &str, all: &str) -> Vec<Batch> {
    let numbers = |column: &str| -> Vec<f64> {
        let numbers = column.split(',');
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    let (relevant, all) = (numbers(relevant), numbers(all));
    assert_eq!(relevant.len(), all.len());
    let both = relevant.into_iter().zip(all);
    both.map(|(relevant, all)| Batch { relevant, all })
        .collect()
}

/// None there is nearly a tie: the second cheapest sequence costs at least 0.03 nats more.
#[test]
fn the_sequences_of_hmmlearn() {
    let (mut bursting, mut quiet) = (0, 0);
    for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [_, relevant, all, states, cost, weight] = columns[..] else {
            panic!("{line}");
        };
        let batches = batches(relevant, all);
        let found = Burst::new(&batches);
        let states: Vec<bool> = states.chars().map(|state| state == '1').collect();
        assert_eq!(found.states, states, "{line}");
        let [cost, weight] = [cost, weight].map(|number| number.parse::<f64>().unwrap());
        // A notice would say "-0".
        assert!(!found.weight.is_sign_negative(), "{line}");
        let near = close(found.cost, cost) && close(found.weight, weight);
        assert!(near, "{line}: {found:?}");
        match states.last() {
            Some(true) => bursting += 1,
            _ => quiet += 1,
        }
        // Windows that nobody watched are left out, and do not make it dearer to go up.
        let gaps = batches.iter().flat_map(|batch| [None, Some(*batch)]);
        if let Some(finding) = burst(&gaps.collect::<Vec<_>>(), 1.0) {
            assert_eq!(finding.statistic, found.weight, "{line}");
        }
    }
    assert!(bursting >= 20 && quiet >= 20, "{bursting} {quiet}");
}
