//! `[tiers]` and `[tiers_all]`. The conditions are the alerter's to read; here they are found, with
//! their places.

use fengbiao_model::{
    MAX_CALM_AFTER, MAX_FLOOR, MAX_REOPEN_WITHIN, MIN_SIGMA_BOUNDS, Tier, TimeSpan,
};

use crate::codes::Code;
use crate::compiled::{FloorTexts, LadderText, Place, TierTexts};
use crate::reader::{Reader, Table};
use crate::time;

/// Reads both ladders where they are written.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> TierTexts {
    TierTexts {
        tiers: ladder(reader, top, "tiers", ["`[tiers]`", "`[tiers.hold]`"]),
        tiers_all: ladder(
            reader,
            top,
            "tiers_all",
            ["`[tiers_all]`", "`[tiers_all.hold]`"],
        ),
    }
}

/// The keys of a ladder.
const KEYS: [&str; 10] = [
    "IV",
    "III",
    "II",
    "I",
    "hold",
    "calm_after",
    "min_sigma",
    "min_posts",
    "min_sources",
    "min_before",
];

fn ladder<'a>(
    reader: &mut Reader<'a>,
    top: Table<'_, 'a>,
    key: &str,
    [name, name_of_holds]: [&'static str; 2],
) -> Option<LadderText> {
    let value = top.get(key)?;
    let table = reader.table(value, name, "a table of conditions")?;
    reader.refuse_unknown(table, &KEYS);
    let conditions = conditions(reader, table);
    let holds = holds(reader, table, name_of_holds);
    Some(LadderText {
        conditions,
        holds,
        calm_after: length(reader, table, "calm_after", MAX_CALM_AFTER),
        floors: FloorTexts {
            min_sigma: min_sigma(reader, table),
            min_posts: floor(reader, table, "min_posts"),
            min_sources: floor(reader, table, "min_sources"),
            min_before: floor(reader, table, "min_before"),
        },
    })
}

/// The conditions of a table, with their places; faulty ones are reported.
fn conditions<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Vec<(Tier, String, Place)> {
    let written = Tier::ALL.into_iter().filter_map(|tier| {
        let text = reader.text(table.get(tier.as_str())?, tier.as_str())?;
        Some((tier, text.value, text.place))
    });
    written.collect()
}

/// The holds of a ladder; one of a tier that the ladder does not raise is reported.
fn holds<'a>(
    reader: &mut Reader<'a>,
    ladder: Table<'_, 'a>,
    name: &'static str,
) -> Vec<(Tier, String, Place)> {
    let Some(value) = ladder.get("hold") else {
        return Vec::new();
    };
    let Some(table) = reader.table(value, name, "a table of holds") else {
        return Vec::new();
    };
    reader.refuse_unknown(table, &Tier::ALL.map(Tier::as_str));
    for (key, place, _) in table.entries() {
        if key.parse::<Tier>().is_ok() && ladder.get(key).is_none() {
            let message = format!("`{key}` is held but never raised: it has no condition");
            let hint = format!("write a condition for `{key}` above as well, or leave it out here");
            reader.hinted(Code::IdleHold, place, message, hint);
        }
    }
    conditions(reader, table)
}

fn min_sigma<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<f64> {
    let value = table.get("min_sigma")?;
    let number = reader.number(value, "min_sigma")?;
    if MIN_SIGMA_BOUNDS.contains(&number) {
        return Some(number);
    }
    let (least, most) = (MIN_SIGMA_BOUNDS.start(), MIN_SIGMA_BOUNDS.end());
    reader.hinted(
        Code::OutOfRange,
        value.span(),
        format!("`min_sigma` is `{number}`, expected counts from {least} to {most}"),
        "with no floor one post after silence would be infinitely far above the usual",
    );
    None
}

/// A whole number of posts or sources.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "checked to be whole and in range"
)]
fn floor<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>, key: &str) -> Option<u64> {
    let value = table.get(key)?;
    let number = reader.number(value, key)?;
    if number.fract() == 0.0 && (0.0..=MAX_FLOOR as f64).contains(&number) {
        return Some(number as u64);
    }
    reader.hinted(
        Code::OutOfRange,
        value.span(),
        format!("`{key}` is `{number}`, expected a whole number from 0 to {MAX_FLOOR}"),
        "below this floor the detectors of the ladder say nothing; 0 is no floor",
    );
    None
}

/// `reopen_within` of the topic, where it is written.
pub(crate) fn reopen_within<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> Option<TimeSpan> {
    length(reader, top, "reopen_within", MAX_REOPEN_WITHIN)
}

/// A length of time; none where it is not written, or faulty, which is reported.
fn length<'a>(
    reader: &mut Reader<'a>,
    table: Table<'_, 'a>,
    key: &str,
    most: TimeSpan,
) -> Option<TimeSpan> {
    let text = reader.text(table.get(key)?, key)?;
    let (found, span) = (&text.value, text.place.range.clone());
    match time::length(found) {
        None => {
            let message = format!("`{key}` is `{found}`, expected a length of time");
            let hint = format!(
                "write `30m`, `24h` or `7d`: a whole number and one unit, `{most}` at most"
            );
            reader.hinted(Code::InvalidTime, span, message, hint);
            None
        }
        Some(length) if length > most => {
            let message = format!("`{key}` is `{found}`, expected at most `{most}`");
            let hint = format!("write `{most}` or less");
            reader.hinted(Code::OutOfRange, span, message, hint);
            None
        }
        Some(length) => Some(length),
    }
}
