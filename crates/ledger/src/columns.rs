//! How the values of the model stand in columns.

use fengbiao_model::{PostId, Subject, SubjectKey, Tier};

use crate::LedgerError;

/// SQLite's integers are signed.
pub(crate) fn int(what: &'static str, value: u64) -> Result<i64, LedgerError> {
    const LIMIT: u64 = i64::MAX.unsigned_abs();
    i64::try_from(value).map_err(|_| LedgerError::OutOfRange {
        what,
        value,
        limit: LIMIT,
    })
}

pub(crate) fn uint(what: &'static str, value: i64) -> Result<u64, LedgerError> {
    u64::try_from(value).map_err(|_| LedgerError::Decode {
        what,
        why: format!("it is `{value}`, expected no negative number"),
    })
}

/// 1 for IV to 4 for I: louder is greater, also for SQLite.
pub(crate) const fn tier_rank(tier: Tier) -> u8 {
    match tier {
        Tier::IV => 1,
        Tier::III => 2,
        Tier::II => 3,
        Tier::I => 4,
    }
}

pub(crate) fn post_id(bytes: &[u8]) -> Result<PostId, LedgerError> {
    <[u8; 16]>::try_from(bytes)
        .map(PostId::from_bytes)
        .map_err(|_| LedgerError::Decode {
            what: "post id",
            why: format!("it has {} bytes, expected 16", bytes.len()),
        })
}

/// `*`, `-`, or `=<bytes of kind>:<kind><name>`: no two subjects share a text.
pub(crate) fn subject_text(subject: &SubjectKey) -> String {
    match subject {
        SubjectKey::All => "*".to_owned(),
        SubjectKey::Unnamed => "-".to_owned(),
        SubjectKey::Named(Subject { kind, name }) => format!("={}:{kind}{name}", kind.len()),
    }
}

pub(crate) fn subject_of(text: &str) -> Result<SubjectKey, String> {
    let named = || {
        let (length, rest) = text.strip_prefix('=')?.split_once(':')?;
        let (kind, name) = rest.split_at_checked(length.parse().ok()?)?;
        Some(SubjectKey::Named(Subject {
            kind: kind.to_owned(),
            name: name.to_owned(),
        }))
    };
    match text {
        "*" => Ok(SubjectKey::All),
        "-" => Ok(SubjectKey::Unnamed),
        _ => named().ok_or_else(|| format!("the subject is `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_as_they_are_written() {
        let named = |kind: &str, name: &str| {
            SubjectKey::Named(Subject {
                kind: kind.to_owned(),
                name: name.to_owned(),
            })
        };
        let subjects = [
            SubjectKey::All,
            SubjectKey::Unnamed,
            named("", "*"),
            named("地点", "甲县"),
            named("a:", "b"),
            named("a", ":b"),
        ];
        for subject in &subjects {
            assert_eq!(subject_of(&subject_text(subject)).as_ref(), Ok(subject));
        }
        for wrong in ["", "+", "=", "=9:a", "=x:a", "=1:县"] {
            assert!(subject_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tiers_rank_as_they_sound() {
        let ranks: Vec<u8> = Tier::ALL.into_iter().map(tier_rank).collect();
        assert_eq!(ranks, [1, 2, 3, 4]);
    }
}
