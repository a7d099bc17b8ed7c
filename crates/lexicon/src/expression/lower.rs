//! Tree → [`Condition`]: lists looked up, prefixes pushed down to the leaves, nesting flattened.

use std::collections::BTreeMap;
use std::ops::Range;

use super::token::is_ignorable;
use super::{Kind, Node, local};
use crate::codes::Code;
use crate::compiled::{Condition, KeyId, Keys, Reading};
use crate::diagnostic::Diagnostic;
use crate::limits::MAX_KEY_BYTES;
use crate::lists::Lists;
use crate::rules::fold_lightly;
use crate::suggest;

/// The keywords of a topic, each once.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    ids: BTreeMap<String, KeyId>,
    keys: Vec<String>,
    /// The same, folded as the warnings compare by.
    folded: Vec<String>,
}

impl KeyTable {
    /// The id of a keyword; new ones are added.
    pub(crate) fn id(&mut self, key: &str) -> KeyId {
        if let Some(&id) = self.ids.get(key) {
            return id;
        }
        // More keywords than `u32` counts do not fit into files of the largest size allowed.
        let id = KeyId(u32::try_from(self.keys.len()).unwrap_or(u32::MAX));
        self.ids.insert(key.to_owned(), id);
        self.keys.push(key.to_owned());
        self.folded.push(fold_lightly(key));
        id
    }

    /// How a keyword without prefix is read.
    fn reading(&self, id: KeyId) -> Reading {
        let key = usize::try_from(id.0)
            .ok()
            .and_then(|index| self.keys.get(index));
        key.map_or(Reading::Margin, |key| default_reading(key))
    }

    /// A keyword in lower case and half width.
    pub(crate) fn folded(&self, id: KeyId) -> Option<&str> {
        self.folded
            .get(usize::try_from(id.0).ok()?)
            .map(String::as_str)
    }

    pub(crate) fn keys(&self) -> &[String] {
        &self.keys
    }

    pub(crate) fn into_keys(self) -> Vec<String> {
        self.keys
    }
}

/// How a keyword without prefix is read: one of a single character as a word, for it is found
/// inside very many; others by the margin.
pub(crate) fn default_reading(key: &str) -> Reading {
    let mut kept = key
        .chars()
        .filter(|&c| !c.is_whitespace() && !is_ignorable(c));
    let single = kept.next().is_some() && kept.next().is_none();
    if single {
        Reading::Word
    } else {
        Reading::Margin
    }
}

/// The ids of the keywords outside NOT, ascending.
pub(crate) fn positive_keys(condition: &Condition) -> Vec<KeyId> {
    fn collect(condition: &Condition, ids: &mut Vec<KeyId>) {
        match condition {
            Condition::Any(parts)
            | Condition::All(parts)
            | Condition::AtLeast { of: parts, .. } => {
                parts.iter().for_each(|part| collect(part, ids));
            }
            Condition::Not(_) => {}
            Condition::Keys(keys) => ids.extend(keys.keys.iter().map(|(id, _)| id)),
            Condition::Near { left, right, .. } => {
                ids.extend(left.keys.iter().chain(&right.keys).map(|(id, _)| id));
            }
        }
    }
    let mut ids = Vec::new();
    collect(condition, &mut ids);
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What is around the expressions of one topic.
pub(crate) struct Lowering<'a> {
    /// Its lists; none where an expression stands alone.
    pub(crate) lists: Option<&'a Lists>,
    /// Its keywords.
    pub(crate) keys: &'a mut KeyTable,
    /// What is wrong, at places of the expression.
    pub(crate) faults: Vec<Diagnostic>,
}

impl Lowering<'_> {
    /// The condition of a tree. Where `faults` got an error it must not be used.
    pub(crate) fn condition(&mut self, node: &Node) -> Condition {
        self.lower(node, false)
    }

    fn lower(&mut self, node: &Node, title_only: bool) -> Condition {
        match &node.kind {
            Kind::Key(_) | Kind::List(_) | Kind::Read(..) => {
                Condition::Keys(self.keys(node, title_only))
            }
            Kind::Title(inner) => self.lower(inner, true),
            Kind::Not(inner) => Condition::Not(Box::new(self.lower(inner, title_only))),
            Kind::And(parts) => all(parts.iter().map(|part| self.lower(part, title_only))),
            Kind::Or(parts) => any(parts.iter().map(|part| self.lower(part, title_only))),
            &Kind::Near {
                ref left,
                ref right,
                distance,
                ordered,
            } => Condition::Near {
                left: self.keys(left, title_only),
                right: self.keys(right, title_only),
                distance,
                ordered,
            },
            &Kind::AtLeast { count, ref of } => {
                let of: Vec<_> = of.iter().map(|part| self.lower(part, title_only)).collect();
                self.check_count(count, &of, &node.range);
                Condition::AtLeast { count, of }
            }
        }
    }

    /// The keywords of a key, a list, or an OR of these.
    fn keys(&mut self, node: &Node, title_only: bool) -> Keys {
        let mut keys = Vec::new();
        self.collect(node, None, &mut keys);
        let list = match &node.kind {
            Kind::List(_) => true,
            Kind::Read(_, inner) => matches!(inner.kind, Kind::List(_)),
            _ => false,
        };
        Keys {
            keys: loosest(keys),
            title_only,
            list,
        }
    }

    fn collect(&mut self, node: &Node, reading: Option<Reading>, into: &mut Vec<(KeyId, Reading)>) {
        match &node.kind {
            Kind::Key(key) => {
                if key.len() > MAX_KEY_BYTES {
                    let message = format!(
                        "a keyword has {} bytes, at most {MAX_KEY_BYTES} are allowed",
                        key.len()
                    );
                    self.fault(Code::LimitExceeded, &node.range, message, None);
                }
                into.push((
                    self.keys.id(key),
                    reading.unwrap_or_else(|| default_reading(key)),
                ));
            }
            Kind::List(name) => self.collect_list(name, &node.range, reading, into),
            Kind::Read(reading, inner) => self.collect(inner, Some(*reading), into),
            Kind::Or(branches) => {
                branches
                    .iter()
                    .for_each(|branch| self.collect(branch, reading, into));
            }
            // The parser has refused everything else at this place.
            _ => {}
        }
    }

    fn collect_list(
        &mut self,
        name: &str,
        range: &Range<usize>,
        reading: Option<Reading>,
        into: &mut Vec<(KeyId, Reading)>,
    ) {
        let Some(lists) = self.lists else {
            let hint = Some("write the keywords themselves; lists belong to a topic".to_owned());
            let message = format!("there is no list `@{name}` here");
            return self.fault(Code::UnknownList, range, message, hint);
        };
        match lists.take(name) {
            Some(list) => {
                for &id in list.ids(self.keys) {
                    into.push((id, reading.unwrap_or_else(|| self.keys.reading(id))));
                }
            }
            // The parser has spoken of a list without a name.
            None if name.is_empty() => {}
            None => {
                let message = format!("there is no list `{name}`");
                let hint = suggest::hint(name, lists.names())
                    .unwrap_or_else(|| format!("add `{name} = [\"…\"]` under `[lists]`"));
                self.fault(Code::UnknownList, range, message, Some(hint));
            }
        }
    }

    fn check_count(&mut self, count: u32, of: &[Condition], range: &Range<usize>) {
        let countable = |part: &Condition| match part {
            Condition::Keys(keys) if keys.list => keys.keys.len(),
            _ => 1,
        };
        let most: usize = of.iter().map(countable).sum();
        // A list that is unknown or faulty is empty here, and that has been reported.
        let faulty =
            |part: &Condition| matches!(part, Condition::Keys(keys) if keys.keys.is_empty());
        let reachable = usize::try_from(count).is_ok_and(|count| (1..=most).contains(&count));
        if reachable || of.iter().any(faulty) {
            return;
        }
        let message = format!("`n OF` counts up to {most} here, expected an n from 1 to {most}");
        let hint = (count > 0)
            .then(|| "each operand counts once, a list as often as it has members".to_owned());
        self.fault(Code::OfCount, range, message, hint);
    }

    fn fault(&mut self, code: Code, range: &Range<usize>, message: String, hint: Option<String>) {
        self.faults
            .push(Diagnostic::new(code, local(range.clone()), message).maybe_hint(hint));
    }
}

fn all(parts: impl Iterator<Item = Condition>) -> Condition {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Condition::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Condition::All(flat)
}

/// An OR: its plain keywords become one set for each field looked at, at the place of the first.
fn any(parts: impl Iterator<Item = Condition>) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    let mut add = |part: Condition| match part {
        Condition::Keys(keys) => {
            let same = flat.iter_mut().find_map(|known| match known {
                Condition::Keys(known) if known.title_only == keys.title_only => Some(known),
                _ => None,
            });
            match same {
                Some(known) => {
                    known.keys = loosest(known.keys.iter().chain(&keys.keys).copied().collect());
                    known.list = false;
                }
                None => flat.push(Condition::Keys(keys)),
            }
        }
        other => flat.push(other),
    };
    for part in parts {
        match part {
            Condition::Any(inner) => inner.into_iter().for_each(&mut add),
            other => add(other),
        }
    }
    if flat.len() == 1 {
        flat.swap_remove(0)
    } else {
        Condition::Any(flat)
    }
}

/// Ascending, each keyword once: where it is read in two ways, one of which takes all that the
/// other takes, the one that takes more stays.
fn loosest(mut keys: Vec<(KeyId, Reading)>) -> Vec<(KeyId, Reading)> {
    let takes = |reading| match reading {
        Reading::Substring => 0,
        Reading::Margin => 1,
        Reading::Word => 2,
    };
    keys.sort_unstable_by_key(|&(id, reading)| (id, takes(reading)));
    keys.dedup_by_key(|(id, _)| *id);
    keys
}
