//! `[tiers]` and `[tiers_all]`. The conditions are the alerter's to read; here they are found, with
//! their places.

use fengbiao_model::{Tier, TimeSpan};

use crate::codes::Code;
use crate::compiled::{LadderText, TierTexts};
use crate::reader::{Reader, Table};
use crate::time;

/// Reads both ladders where they are written.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> TierTexts {
    TierTexts {
        tiers: ladder(reader, top, "tiers", "`[tiers]`"),
        tiers_all: ladder(reader, top, "tiers_all", "`[tiers_all]`"),
    }
}

fn ladder<'a>(
    reader: &mut Reader<'a>,
    top: Table<'_, 'a>,
    key: &str,
    name: &'static str,
) -> Option<LadderText> {
    let value = top.get(key)?;
    let table = reader.table(value, name, "a table of conditions")?;
    reader.refuse_unknown(table, &["IV", "III", "II", "I", "calm_after"]);
    let mut ladder = LadderText {
        conditions: Vec::new(),
        calm_after: None,
    };
    for tier in Tier::ALL {
        let Some(value) = table.get(tier.as_str()) else {
            continue;
        };
        if let Some(text) = reader.text(value, tier.as_str()) {
            ladder.conditions.push((tier, text.value, text.place));
        }
    }
    ladder.calm_after = length(reader, table, "calm_after");
    Some(ladder)
}

/// `reopen_within` of the topic, where it is written.
pub(crate) fn reopen_within<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> Option<TimeSpan> {
    length(reader, top, "reopen_within")
}

/// A length of time; none where it is not written, or faulty, which is reported.
fn length<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>, key: &str) -> Option<TimeSpan> {
    let text = reader.text(table.get(key)?, key)?;
    let length = time::length(&text.value);
    if length.is_none() {
        let message = format!("`{key}` is `{}`, expected a length of time", text.value);
        let hint = "write `30m`, `24h` or `7d`: a whole number and one unit, a year at most";
        reader.hinted(Code::InvalidTime, text.place.range, message, hint);
    }
    length
}
