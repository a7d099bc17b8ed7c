//! `[tiers]` and `[tiers_all]`. The conditions are the alerter's to read; here they are found, with
//! their places.

use fengbiao_model::Tier;

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
    if let Some(value) = table.get("calm_after")
        && let Some(text) = reader.text(value, "calm_after")
    {
        ladder.calm_after = time::length(&text.value);
        if ladder.calm_after.is_none() {
            let message = format!(
                "`calm_after` is `{}`, expected a length of time",
                text.value
            );
            let hint = "write `30m`, `24h` or `7d`: a whole number and one unit, a year at most";
            reader.hinted(Code::InvalidTime, text.place.range, message, hint);
        }
    }
    Some(ladder)
}
