//! The word by which a record of a topic says what it is.

/// Kinds of one word each: a struct whose `kind` has such a type reads and writes this word only,
/// and its JSON Schema says so.
macro_rules! kinds {
    ($($(#[$doc:meta])* $type:ident::$variant:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum $type {
            $(#[$doc])*
            $variant,
        }
    )*};
}

pub(crate) use kinds;
