//! Names of the model, read from text.

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
