//! Sections that may stand there several times.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// Reads them; one bracket where there should be two is said as such.
pub(super) fn of<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Sections(PhantomData))
}

/// The same where nothing written is another thing than an empty list.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    of(deserializer).map(Some)
}

struct Sections<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Sections<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("each of its sections under a name in two brackets, such as `[[source]]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Vec<T>, A::Error> {
        let mut sections = Vec::new();
        while let Some(section) = all.next_element()? {
            sections.push(section);
        }
        Ok(sections)
    }
}
