//! What a dead letter may keep of a line that could not become a post.

use serde_json::Value;

use super::{Preparer, Refusal};
use crate::limits::MAX_LETTER_BYTES;
use crate::mask::{mask, mask_mentions};
use crate::outlet::DeadLetter;

/// Fields of a post that name no person.
const IMPERSONAL: [&str; 13] = [
    "v",
    "kind",
    "id",
    "service",
    "source",
    "url",
    "title",
    "text",
    "published_at",
    "found_at",
    "counts",
    "repost_of",
    "summary",
];

/// Words that announce a person in a line that cannot be parsed.
const PERSONAL: [&str; 9] = [
    "author", "user", "nick", "name", "uid", "voice", "account", "openid", "作者",
];

impl Preparer {
    /// The dead letter of a refused line or entry: masked, without its author, cut.
    pub(crate) fn letter(&self, origin: String, bytes: &[u8], why: &Refusal) -> DeadLetter {
        let (at, payload) = (self.clock.wall(), self.payload(bytes));
        DeadLetter {
            origin,
            at,
            reason: mask(&why.to_string()).into_owned(),
            payload,
        }
    }

    fn payload(&self, bytes: &[u8]) -> String {
        let text = self.intake.encoding.decode_lossy(bytes);
        // A deep nesting or a huge number is refused here too, and then is no JSON.
        let shown = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut object)) => {
                let authors: Vec<String> = self
                    .author_keys()
                    .filter_map(|key| object.get(&key))
                    .flat_map(texts)
                    .collect();
                object.retain(|key, value| self.keeps(key, value, &authors));
                for value in object.values_mut() {
                    mask_strings(value, &authors);
                }
                Value::Object(object).to_string()
            }
            // A value alone says whose it is no more than a text does.
            Ok(other) => mask(&other.to_string()).into_owned(),
            Err(_) => mask(&without_persons(&text, &self.intake.map.author_words())).into_owned(),
        };
        cut(shown, MAX_LETTER_BYTES)
    }

    /// The fields that hold an author.
    fn author_keys(&self) -> impl Iterator<Item = String> {
        ["author", "voice"]
            .map(str::to_owned)
            .into_iter()
            .chain(self.intake.map.author_words())
    }

    fn keeps(&self, key: &str, value: &Value, authors: &[String]) -> bool {
        let known = IMPERSONAL.contains(&key) || self.intake.map.reads(key);
        let identifies = matches!(key, "id" | "url" | "repost_of")
            && texts(value)
                .iter()
                .any(|text| authors.iter().any(|author| text.contains(author)));
        known && !identifies
    }
}

/// What may be shown of a record that nobody can read, at most `bytes` of it: without persons, and
/// masked before it is cut, since half a number is not known as one.
#[must_use]
pub fn shown_of_record(record: &[u8], bytes: usize) -> String {
    let text = String::from_utf8_lossy(record);
    let shown = match serde_json::from_str::<Value>(&text) {
        Ok(mut value) => {
            mask_strings(&mut value, &[]);
            value.to_string()
        }
        Err(_) => mask(&without_persons(&text, &[])).into_owned(),
    };
    cut(shown, bytes)
}

/// Every text and number in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            if text.is_empty() {
                Vec::new()
            } else {
                vec![text.to_owned()]
            }
        }
        Value::Number(number) => vec![number.to_string()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// Masks every text of a value. Links are texts: their accounts are masked, they are not rewritten.
fn mask_strings(value: &mut Value, authors: &[String]) {
    match value {
        Value::String(text) => {
            let masked = authors.iter().fold(mask(text), |shown, author| {
                mask_mentions(text, author, shown)
            });
            *text = masked.into_owned();
        }
        Value::Number(number) => {
            // A telephone number may come as a number.
            let shown = number.to_string();
            let masked = mask(&shown);
            if masked != shown {
                *value = Value::String(masked.into_owned());
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| mask_strings(value, authors)),
        Value::Object(object) => {
            object.retain(|key, _| {
                !PERSONAL
                    .iter()
                    .any(|word| key.to_lowercase().contains(word))
            });
            object
                .values_mut()
                .for_each(|value| mask_strings(value, authors));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// A line that is no JSON, up to the first word that may announce a person. What follows cannot
/// be told apart from the person, so it goes.
fn without_persons(text: &str, more: &[String]) -> String {
    let lower = text.to_ascii_lowercase();
    let words = PERSONAL
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str));
    let first = words
        .filter(|word| !word.is_empty())
        .filter_map(|word| lower.find(&word.to_ascii_lowercase()))
        .min();
    match first {
        Some(at) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let end = (0..=bytes - '…'.len_utf8())
            .rev()
            .find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_keeps_to_its_bound() {
        assert_eq!(cut("食物".to_owned(), 6), "食物");
        assert_eq!(cut("食物中毒".to_owned(), 10), "食物…");
        assert_eq!(cut("a".repeat(20), 10).len(), 10);
    }

    #[test]
    fn a_record_is_shown_without_persons_and_without_half_a_number() {
        let record = br#"{"v":9,"post":{"text":"call 13812345678","voice":"abcdef"}}"#;
        let shown = shown_of_record(record, 4_096);
        assert!(shown.contains("call "), "{shown}");
        assert!(!shown.contains("13812345678") && !shown.contains("abcdef"));
        let text = format!("{} 13812345678", "x".repeat(20));
        let shown = shown_of_record(text.as_bytes(), 30);
        assert!(!shown.contains("138123"), "{shown}");
        assert!(shown.len() <= 30, "{shown}");
    }

    #[test]
    fn what_follows_a_person_goes() {
        assert_eq!(
            without_persons(r#"{"text":"停电","author":"甲"#, &[]),
            r#"{"text":"停电","…"#
        );
        assert_eq!(without_persons(r#"{"text":"停电"#, &[]), r#"{"text":"停电"#);
        assert_eq!(
            without_persons("停电 poster=甲", &["poster".to_owned()]),
            "停电 …"
        );
    }
}
