//! `[labels]`: what the incidents of the topic are sorted by from the moment they open.

use std::collections::BTreeMap;
use std::ops::Range;

use fengbiao_model::{LabelKey, MAX_LABEL_BYTES, check_label_value};

use crate::codes::Code;
use crate::limits::MAX_LABELS_PER_TOPIC;
use crate::reader::{Reader, Table, Value};

/// Reads the labels; none where the topic has none.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> BTreeMap<LabelKey, String> {
    let Some(value) = top.get("labels") else {
        return BTreeMap::new();
    };
    let expected = "a table: `[labels]` and below it `district = \"east\"`";
    let Some(table) = reader.table(value, "`[labels]`", expected) else {
        return BTreeMap::new();
    };
    let entries = table.entries();
    if let Some((_, span, _)) = entries.get(MAX_LABELS_PER_TOPIC) {
        let found = entries.len();
        let message =
            format!("the topic has {found} labels, at most {MAX_LABELS_PER_TOPIC} are allowed");
        reader.report(Code::LimitExceeded, span.clone(), message);
    }
    let read = |entry: (&str, Range<usize>, &Value<'a>)| label(reader, entry);
    entries.into_iter().filter_map(read).collect()
}

fn label<'a>(
    reader: &mut Reader<'a>,
    (key, span, value): (&str, Range<usize>, &Value<'a>),
) -> Option<(LabelKey, String)> {
    let known = match LabelKey::new(key) {
        Ok(known) => Some(known),
        Err(error) => {
            let message = format!("`{key}` is no key of a label: {error}");
            let hint = "use lower-case letters, digits, `-` and `_`, not beginning with `-`";
            reader.hinted(Code::InvalidId, span, message, hint);
            None
        }
    };
    let text = reader.text(value, key)?;
    let place = text.place.range.clone();
    if text.value.len() > MAX_LABEL_BYTES {
        let bytes = text.value.len();
        let message = format!(
            "the value of `{key}` has {bytes} bytes, at most {MAX_LABEL_BYTES} are allowed"
        );
        reader.report(Code::LimitExceeded, place, message);
        return None;
    }
    if let Err(error) = check_label_value(&text.value) {
        let message = format!("the value of `{key}` {}", error.reason);
        reader.report(Code::LabelValue, place, message);
        return None;
    }
    Some((known?, text.value))
}
