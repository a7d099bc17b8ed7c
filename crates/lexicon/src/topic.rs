//! One topic file → one [`Topic`].

use std::ops::Range;

use fengbiao_model::TopicId;
use toml::de::DeTable;

use crate::codes::Code;
use crate::compiled::{KeyId, Rule, SubjectList, SubjectMember, Topic};
use crate::entries::Entry;
use crate::expression::KeyTable;
use crate::labels;
use crate::limits::{MAX_KEYS_PER_TOPIC, MAX_RULES_PER_TOPIC};
use crate::lists::{self, Lists};
use crate::reader::{Reader, TOPIC_KEYS, Table, Value};
use crate::rules::Rules;
use crate::source::LexiconText;
use crate::suggest;
use crate::tiers;

/// A topic file that was read: what it is called, and the topic where it has no errors.
pub(crate) struct TopicFile {
    /// Its id with its place, for a look at those of other files.
    pub(crate) id: Option<(TopicId, Range<usize>)>,
    /// The topic; it is not to be used where the file has errors.
    pub(crate) topic: Option<Topic>,
}

/// Reads a topic. Paths of the lists it names are added to `used_files`.
pub(crate) fn read<'a>(
    reader: &mut Reader<'a>,
    document: &DeTable<'a>,
    texts: &LexiconText,
    used_files: &mut Vec<String>,
) -> TopicFile {
    let top = reader.top(document);
    reader.refuse_unknown(top, &TOPIC_KEYS);
    let id = topic_id(reader, top);
    let mut told = |key, hint| reader.required(top, key, hint).map(|text| text.value);
    let name = told("name", "its name for people: `name = \"食品安全\"`");
    let purpose = told("purpose", "every topic says why it is watched");
    let owner = told("owner", "every topic says who answers for it");
    let lists = match table(reader, top, "lists", "`[lists]`", "a table of lists") {
        Some(table) => Lists::read(reader, table, texts, used_files),
        None => Lists::default(),
    };
    let words = words(reader, top, texts, used_files);
    let mut keys = KeyTable::default();
    let rules = rules(reader, top, &lists, &mut keys);
    let subjects = subjects(reader, top, &lists, &mut keys);
    let tiers = tiers::read(reader, top);
    let reopen_within = tiers::reopen_within(reader, top);
    let labels = labels::read(reader, top);
    // A rule that could not be read may be the one that uses a list.
    if reader.diagnostics.iter().all(|fault| !fault.is_error()) {
        lists.warn_unused(reader);
    }
    if keys.keys().len() > MAX_KEYS_PER_TOPIC {
        let message = format!(
            "the topic has {} keywords, at most {MAX_KEYS_PER_TOPIC} are allowed",
            keys.keys().len()
        );
        reader.report(Code::LimitExceeded, top.span(), message);
    }
    let topic = || {
        Some(Topic {
            id: id.as_ref()?.0.clone(),
            name: name?,
            purpose: purpose?,
            owner: owner?,
            words,
            keys: keys.into_keys(),
            subjects,
            rules,
            reopen_within,
            labels,
            tiers,
        })
    };
    TopicFile { topic: topic(), id }
}

fn topic_id<'a>(reader: &mut Reader<'a>, top: Table<'_, 'a>) -> Option<(TopicId, Range<usize>)> {
    let hint = "a topic is known by its id: `topic = \"food-safety\"`, above the first `[…]`";
    let text = reader.required(top, "topic", hint)?;
    let span = text.place.range.clone();
    match TopicId::new(text.value.as_str()) {
        Ok(id) if id.is_pipeline() => {
            let message = format!("`{id}` is the topic of the pipeline's own alarms");
            let hint = "Fengbiao watches itself under this id; give the topic another one";
            reader.hinted(Code::InvalidId, span, message, hint);
            None
        }
        Ok(id) => Some((id, span)),
        Err(error) => {
            reader.refuse_id(&text, "a topic", &error);
            None
        }
    }
}

fn table<'t, 'a>(
    reader: &mut Reader<'a>,
    top: Table<'t, 'a>,
    key: &str,
    name: &'static str,
    expected: &str,
) -> Option<Table<'t, 'a>> {
    top.get(key)
        .and_then(|value| reader.table(value, name, expected))
}

/// `[words]`: what the segmenter of this topic knows beside its dictionary.
fn words<'a>(
    reader: &mut Reader<'a>,
    top: Table<'_, 'a>,
    texts: &LexiconText,
    used_files: &mut Vec<String>,
) -> Vec<String> {
    let expected = "a table: `[words]` and below it `extra = [\"…\"]`";
    let Some(table) = table(reader, top, "words", "`[words]`", expected) else {
        return Vec::new();
    };
    reader.refuse_unknown(table, &["extra"]);
    let Some(value) = table.get("extra") else {
        reader.missing(table, "extra", "write `extra = [\"…\"]` below it");
        return Vec::new();
    };
    let content = lists::content(reader, "extra", value, texts, used_files).unwrap_or_default();
    if let Some(stranger) = content.strangers.first() {
        let message = format!("`!{stranger}` is no word: `!` is for lists of subjects");
        reader.report(Code::ListEntry, value.span(), message);
    }
    let entries = content.entries.iter();
    entries
        .flat_map(|entry| entry.keys().map(str::to_owned))
        .collect()
}

fn rules<'a>(
    reader: &mut Reader<'a>,
    top: Table<'_, 'a>,
    lists: &Lists,
    keys: &mut KeyTable,
) -> Vec<Rule> {
    let values = reader.array(top, "rule", "one or more `[[rule]]`");
    if values.is_empty() {
        if top
            .get("rule")
            .is_none_or(|value| value.get_ref().is_array())
        {
            let message = "a topic without rules would watch nothing";
            reader.hinted(Code::NoRules, top.span(), message, "add a `[[rule]]`");
        }
        return Vec::new();
    }
    if let Some(first) = values.get(MAX_RULES_PER_TOPIC) {
        let message = format!("a topic has at most {MAX_RULES_PER_TOPIC} rules");
        reader.hinted(
            Code::LimitExceeded,
            first.span(),
            message,
            "cut it into two topics",
        );
        return Vec::new();
    }
    let mut rules = Rules::new(lists, keys);
    let read = |value| {
        let table = reader.table(value, "`[[rule]]`", "a table")?;
        rules.read(reader, table)
    };
    values.into_iter().filter_map(read).collect()
}

fn subjects<'a>(
    reader: &mut Reader<'a>,
    top: Table<'_, 'a>,
    lists: &Lists,
    keys: &mut KeyTable,
) -> Vec<SubjectList> {
    let expected = "a table: `place = \"@county\"`";
    let Some(table) = table(reader, top, "subjects", "`[subjects]`", expected) else {
        return Vec::new();
    };
    let read = |(kind, span, value): (&str, Range<usize>, &Value<'a>)| {
        let text = reader.text(value, kind)?;
        if kind.is_empty() || kind.contains(char::is_control) {
            reader.report(Code::InvalidId, span, "a kind of subject needs a name");
        }
        let Some(name) = text.value.strip_prefix(['@', '＠']) else {
            let message = format!(
                "`{kind}` is `{}`, expected a list such as `@county`",
                text.value
            );
            let hint = "subjects come from a list: put it under `[lists]` and name it here";
            reader.hinted(Code::WrongType, text.place.range, message, hint);
            return None;
        };
        let Some(list) = lists.take(name) else {
            let message = format!("there is no list `{name}`");
            let hint = suggest::hint(name, lists.names())
                .unwrap_or_else(|| format!("add `{name} = [\"…\"]` under `[lists]`"));
            reader.hinted(Code::UnknownList, text.place.range, message, hint);
            return None;
        };
        let member = |entry: &Entry| {
            let mut ids: Vec<KeyId> = entry.keys().map(|key| keys.id(key)).collect();
            ids.sort_unstable();
            ids.dedup();
            SubjectMember {
                name: entry.name.clone(),
                keys: ids,
            }
        };
        let members = list.content.entries.iter().map(member).collect();
        let strangers = list.content.strangers.iter();
        let strangers = strangers.map(|text| keys.id(text)).collect();
        Some(SubjectList {
            kind: kind.to_owned(),
            members,
            strangers,
        })
    };
    table.entries().into_iter().filter_map(read).collect()
}
