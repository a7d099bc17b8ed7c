//! Names of the model, read from text, and lists in which every name stands once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use fengbiao_model::IdError;

use crate::error::WireError;

/// A name, or the error that says which field holds a text that is none.
pub(crate) fn name<T: FromStr<Err = IdError>>(
    field: &'static str,
    text: &str,
) -> Result<T, WireError> {
    text.parse().map_err(|error| WireError::id(field, &error))
}

/// A set, each of whose members stands in the list once.
pub(crate) fn distinct<T: Ord + Display>(
    field: &'static str,
    values: impl Iterator<Item = Result<T, WireError>>,
) -> Result<BTreeSet<T>, WireError> {
    let mut set = BTreeSet::new();
    for value in values {
        let value = value?;
        if set.contains(&value) {
            return Err(twice(field, &value, "name"));
        }
        set.insert(value);
    }
    Ok(set)
}

/// Values by what they are known by, which is theirs alone; `what` it is stands in the error.
pub(crate) fn keyed<K: Ord + Display, T>(
    field: &'static str,
    what: &'static str,
    values: impl Iterator<Item = Result<(K, T), WireError>>,
) -> Result<BTreeMap<K, T>, WireError> {
    let mut map = BTreeMap::new();
    for value in values {
        let (key, value) = value?;
        if map.contains_key(&key) {
            return Err(twice(field, &key, what));
        }
        map.insert(key, value);
    }
    Ok(map)
}

fn twice(field: &'static str, key: &impl Display, what: &str) -> WireError {
    let reason = format!("is `{key}` twice, expected every {what} once");
    WireError::InvalidValue { field, reason }
}
