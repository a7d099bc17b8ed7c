//! The rows as a table, and the ratios that are asked about.

use super::super::Cost;
use super::Row;
use crate::figures::{Spread, say};

/// Medians of one way.
struct Median {
    rate: f64,
    cpu: f64,
}

pub(super) fn print(rows: &[Row<'_>]) {
    say("");
    say(
        "| reader | k posts/s | CPU s per million posts | over the bare batch call | RSS MiB | \
         posts hit | rate to the bare batch call | CPU to Kafka Streams |",
    );
    say("|---|---|---|---|---|---|---|---|");
    let medians: Vec<Option<Median>> = rows.iter().map(median).collect();
    let bare = medians.first().and_then(Option::as_ref);
    let streams = rows
        .iter()
        .position(|row| row.name.starts_with("Kafka Streams"));
    let streams = streams.and_then(|at| medians[at].as_ref());
    for (row, median) in rows.iter().zip(&medians) {
        let (Some(median), Some(bare)) = (median, bare) else {
            let why = row.measure.as_ref().err().map(ToString::to_string);
            let why = why.unwrap_or_default().replace(['\n', '|'], " ");
            say(format_args!("| {} | not run: {why} |||||||", row.name));
            continue;
        };
        let costs = || row.costs.iter();
        let streams = streams.map(|streams| format!("{:.2}", median.cpu / streams.cpu));
        say(format_args!(
            "| {} | {:.0} | {:.2} | {:+.2} | {:.0} | {} | {:.2} | {} |",
            row.name,
            Spread::of(costs().map(|cost| cost.rate() / 1e3)),
            Spread::of(costs().map(Cost::cpu_per_million)),
            median.cpu - bare.cpu,
            Spread::of(costs().map(|cost| cost.rss_mib)).median,
            hits(&row.costs),
            median.rate / bare.rate,
            streams.unwrap_or_else(|| "–".to_owned()),
        ));
    }
}

fn median(row: &Row<'_>) -> Option<Median> {
    let costs = || row.costs.iter();
    (!row.costs.is_empty()).then(|| Median {
        rate: Spread::of(costs().map(Cost::rate)).median,
        cpu: Spread::of(costs().map(Cost::cpu_per_million)).median,
    })
}

/// The same in every run, or all of them.
fn hits(costs: &[Cost]) -> String {
    let mut all: Vec<u64> = costs.iter().filter_map(|cost| cost.hits).collect();
    all.dedup();
    let all: Vec<String> = all.iter().map(u64::to_string).collect();
    if all.is_empty() {
        "–".to_owned()
    } else {
        all.join(", ")
    }
}
