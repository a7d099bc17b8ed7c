//! `[[rule]]`.

use std::collections::BTreeMap;
use std::ops::Range;

use fengbiao_model::{Class, MAX_TEXT_BYTES, MAX_TITLE_BYTES, MAX_WEIGHT, RuleId};
use toml::de::DeValue;

use crate::codes::Code;
use crate::compiled::{Case, Condition, Expiry, KeyId, Rule};
use crate::diagnostic::Diagnostic;
use crate::expression::{KeyTable, Lowering, check_safety, is_blank_key, parse, positive_keys};
use crate::limits::{
    DEFAULT_MARGIN_NATS, DEFAULT_WEIGHT, MAX_CASES_PER_RULE, MAX_EXCEPTIONS_PER_RULE,
    MAX_KEY_BYTES, MAX_MARGIN_NATS, MAX_SEPARATORS,
};
use crate::lists::Lists;
use crate::reader::{Reader, Table, Value};
use crate::separators::is_separator;
use crate::suggest;
use crate::text::Text;
use crate::time;

const RULE_KEYS: [&str; 10] = [
    "id",
    "match",
    "except",
    "weight",
    "class",
    "margin",
    "separators",
    "expires",
    "hits",
    "misses",
];

/// Reads the rules of one topic.
pub(crate) struct Rules<'r> {
    pub(crate) lists: &'r Lists,
    pub(crate) keys: &'r mut KeyTable,
    /// Ids that are taken, and where.
    ids: BTreeMap<RuleId, Range<usize>>,
}

impl<'r> Rules<'r> {
    pub(crate) fn new(lists: &'r Lists, keys: &'r mut KeyTable) -> Self {
        Self {
            lists,
            keys,
            ids: BTreeMap::new(),
        }
    }

    /// One rule; none where it has an error, which is reported.
    pub(crate) fn read<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        table: Table<'_, 'a>,
    ) -> Option<Rule> {
        reader.refuse_unknown(table, &RULE_KEYS);
        let id = self.id(reader, table);
        let source = reader.required(table, "match", "write `match = \"呕吐 OR 腹泻\"`");
        let condition = source
            .as_ref()
            .and_then(|text| self.condition(reader, text));
        let except = exceptions(reader, table);
        let weight = weight(reader, table);
        let class = class(reader, table);
        let margin = margin(reader, table);
        let separators = separators(reader, table);
        let expires = expires(reader, table);
        let hits = cases(reader, table, "hits");
        let misses = cases(reader, table, "misses");
        if hits.len() + misses.len() > MAX_CASES_PER_RULE {
            let message = format!("a rule has at most {MAX_CASES_PER_RULE} cases");
            let span = misses.first().map_or(0..0, |case| case.place.range.clone());
            reader.report(Code::LimitExceeded, span, message);
        }
        let condition = condition?;
        let parted = separators.is_some_and(|most| most > 0);
        self.warn_idle(reader, (&condition, parted), &except, &misses);
        Some(Rule {
            id: id?,
            condition,
            source: source?.value,
            except: except.into_iter().map(|text| text.value).collect(),
            weight: weight?,
            class: class?,
            expires: expires?,
            margin: margin?,
            separators: separators?,
            hits,
            misses,
        })
    }

    fn id<'a>(&mut self, reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<RuleId> {
        let text = reader.required(
            table,
            "id",
            "a rule is known by its `id`: `id = \"illness\"`",
        )?;
        let span = text.place.range.clone();
        let id = match RuleId::new(text.value.as_str()) {
            Ok(id) => id,
            Err(error) => {
                reader.refuse_id(&text, "a rule", &error);
                return None;
            }
        };
        if let Some(first) = self.ids.get(&id) {
            let first = reader.place(first.clone());
            let message = format!("the topic has a rule `{id}` already");
            let fault = reader.report(Code::DuplicateRule, span, message);
            fault.others.push((first, "here".to_owned()));
            return None;
        }
        self.ids.insert(id.clone(), span);
        Some(id)
    }

    fn condition(&mut self, reader: &mut Reader<'_>, text: &Text) -> Option<Condition> {
        let (condition, faults) = compile(&text.value, Some(self.lists), self.keys);
        let moved = faults
            .into_iter()
            .map(|fault| fault.moved(|range| text.place_of(range)));
        reader.diagnostics.extend(moved);
        condition
    }

    /// Warns of exceptions and cases that none of the rule's keywords occurs in. Only case and
    /// width are folded here, and separators taken out where the rule looks through them; the
    /// matcher folds more, and runs the cases.
    fn warn_idle(
        &self,
        reader: &mut Reader<'_>,
        (condition, parted): (&Condition, bool),
        except: &[Text],
        misses: &[Case],
    ) {
        let ids = positive_keys(condition);
        let occurs = |text: &str, ids: &[KeyId]| {
            let text = fold_lightly(text);
            let joined = parted.then(|| text.replace(is_separator, ""));
            let within =
                |key| text.contains(key) || joined.as_ref().is_some_and(|text| text.contains(key));
            ids.iter()
                .any(|&id| self.keys.folded(id).is_some_and(within))
        };
        for phrase in except.iter().filter(|phrase| !occurs(&phrase.value, &ids)) {
            let message = format!(
                "`{}` contains no keyword of the rule, so it hides nothing",
                phrase.value
            );
            reader.hinted(
                Code::IdleException,
                phrase.place.range.clone(),
                message,
                "an exception is a longer phrase around a keyword, such as `食物中毒应急演练`",
            );
        }
        for case in misses {
            let in_title = case.title.as_ref().is_some_and(|title| occurs(title, &ids));
            if !in_title && !occurs(&case.text, &ids) {
                reader.hinted(
                    Code::MissWithoutKey,
                    case.place.range.clone(),
                    "this text contains no keyword of the rule, so it proves nothing",
                    "give a text that comes near: with a keyword, and still not to be matched",
                );
            }
        }
    }
}

/// An expression as a condition; none where it has an error. Places are bytes of `text`.
pub(crate) fn compile(
    text: &str,
    lists: Option<&Lists>,
    keys: &mut KeyTable,
) -> (Option<Condition>, Vec<Diagnostic>) {
    let (node, mut faults) = parse(text);
    let Some(node) = node else {
        return (None, faults);
    };
    // After a mistake the tree is a guess; it is no use to find faults with a guess.
    if faults.iter().all(|fault| !fault.is_error()) {
        faults.extend(check_safety(&node));
    }
    let mut lowering = Lowering {
        lists,
        keys,
        faults,
    };
    let condition = lowering.condition(&node);
    let faults = lowering.faults;
    let sound = faults.iter().all(|fault| !fault.is_error());
    (sound.then_some(condition), faults)
}

/// Lower case and half width: what the warnings above compare by.
pub(crate) fn fold_lightly(text: &str) -> String {
    let narrow = text.chars().map(|c| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    });
    narrow.flat_map(char::to_lowercase).collect()
}

fn exceptions<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Vec<Text> {
    let phrases = reader.texts(table, "except");
    if phrases.len() > MAX_EXCEPTIONS_PER_RULE {
        let span = phrases[MAX_EXCEPTIONS_PER_RULE].place.range.clone();
        let message = format!("a rule has at most {MAX_EXCEPTIONS_PER_RULE} exceptions");
        reader.report(Code::LimitExceeded, span, message);
    }
    for phrase in &phrases {
        let (span, bytes) = (phrase.place.range.clone(), phrase.value.len());
        if bytes > MAX_KEY_BYTES {
            let message =
                format!("an exception has {bytes} bytes, at most {MAX_KEY_BYTES} are allowed");
            reader.report(Code::LimitExceeded, span, message);
        } else if is_blank_key(&phrase.value) {
            reader.report(Code::Blank, span, "an exception with nothing in it");
        }
    }
    phrases
}

fn weight<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<u8> {
    let Some(value) = table.get("weight") else {
        return Some(DEFAULT_WEIGHT);
    };
    let number = reader.number(value, "weight")?;
    let found = (1..=MAX_WEIGHT).find(|&weight| f64::from(weight) == number);
    if found.is_none() {
        let message =
            format!("`weight` is `{number}`, expected a whole number from 1 to {MAX_WEIGHT}");
        reader.report(Code::OutOfRange, value.span(), message);
    }
    found
}

fn class<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<Class> {
    let Some(value) = table.get("class") else {
        return Some(Class::default());
    };
    let text = reader.text(value, "class")?;
    let found = text.value.parse().ok();
    if found.is_none() {
        let names = Class::ALL.iter().map(|class| class.as_str());
        let message = format!("`{}` is no class of incident", text.value);
        let hint = suggest::hint(&text.value, names);
        let fault = reader.report(Code::UnknownClass, text.place.range, message);
        fault.hints.extend(hint);
    }
    found
}

fn margin<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<f64> {
    let Some(value) = table.get("margin") else {
        return Some(DEFAULT_MARGIN_NATS);
    };
    let number = reader.number(value, "margin")?;
    if (0.0..=MAX_MARGIN_NATS).contains(&number) {
        return Some(number);
    }
    reader.hinted(
        Code::OutOfRange,
        value.span(),
        format!("`margin` is `{number}`, expected nats from 0 to {MAX_MARGIN_NATS}"),
        "to take every occurrence of a keyword, write `substring:` before it",
    );
    None
}

fn separators<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<u8> {
    let Some(value) = table.get("separators") else {
        return Some(0);
    };
    let number = reader.number(value, "separators")?;
    let found = (0..=MAX_SEPARATORS).find(|&most| f64::from(most) == number);
    if found.is_none() {
        reader.hinted(
            Code::OutOfRange,
            value.span(),
            format!(
                "`separators` is `{number}`, expected a whole number from 0 to {MAX_SEPARATORS}"
            ),
            "it is how many signs may part two characters of a keyword: 1 finds 食*物*中*毒",
        );
    }
    found
}

/// Outer none: faulty. Inner none: never.
#[allow(clippy::option_option, reason = "absent and faulty are two things")]
fn expires<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>) -> Option<Option<Expiry>> {
    let Some(value) = table.get("expires") else {
        return Some(None);
    };
    let hint = "write a date without quotes, `2027-12-31`: the rule holds through that day";
    let DeValue::Datetime(datetime) = value.get_ref() else {
        reader
            .wrong_type(value, "expires", "a date")
            .hints
            .push(hint.to_owned());
        return None;
    };
    let expires = time::end_of(datetime);
    if expires.is_none() {
        let message = format!("`expires` is `{datetime}`, expected a date, or a date and a time");
        reader.hinted(Code::InvalidTime, value.span(), message, hint);
    }
    let place = reader.place(value.span());
    expires.map(|at| Some(Expiry { at, place }))
}

fn cases<'a>(reader: &mut Reader<'a>, table: Table<'_, 'a>, key: &str) -> Vec<Case> {
    let before = reader.diagnostics.len();
    let values = reader.array(table, key, "an array of texts or `{ title, text }`");
    let cases: Vec<_> = values
        .into_iter()
        .filter_map(|value| case(reader, value, key))
        .collect();
    // Where every case is faulty, that has been said.
    if cases.is_empty() && reader.diagnostics.len() == before {
        let (message, hint) = if key == "hits" {
            (
                "a rule without a text that must hit",
                "write `hits = [\"…\"]` with a text as people post it",
            )
        } else {
            (
                "a rule without a text that must miss",
                "write `misses = [\"…\"]` with a text that comes near and is not meant",
            )
        };
        let span = table
            .get(key)
            .map_or_else(|| table.span(), |value| value.span());
        reader.hinted(Code::MissingCases, span, message, hint);
    }
    cases
}

fn case<'a>(reader: &mut Reader<'a>, value: &Value<'a>, key: &str) -> Option<Case> {
    if !value.get_ref().is_table() {
        if !value.get_ref().is_str() {
            reader.wrong_type(value, key, "a text or `{ title, text }`");
            return None;
        }
        let text = reader.text(value, key)?;
        let place = text.place.clone();
        return bounded(
            reader,
            Case {
                title: None,
                text: text.value,
                place,
            },
        );
    }
    let table = reader.table(value, "a case", "a text or `{ title, text }`")?;
    reader.refuse_unknown(table, &["title", "text"]);
    let title = match table.get("title") {
        Some(title) => Some(reader.text(title, "title")?.value),
        None => None,
    };
    let text = reader
        .required(table, "text", "a post has a text always, a title sometimes")?
        .value;
    bounded(
        reader,
        Case {
            title,
            text,
            place: reader.place(value.span()),
        },
    )
}

/// A case no longer than a post may be.
fn bounded(reader: &mut Reader<'_>, case: Case) -> Option<Case> {
    let title_bytes = case.title.as_ref().map_or(0, String::len);
    if case.text.len() <= MAX_TEXT_BYTES && title_bytes <= MAX_TITLE_BYTES {
        return Some(case);
    }
    let message = format!(
        "a case is longer than any post: at most {MAX_TEXT_BYTES} bytes of text and \
         {MAX_TITLE_BYTES} of title are allowed"
    );
    reader.report(Code::LimitExceeded, case.place.range, message);
    None
}
