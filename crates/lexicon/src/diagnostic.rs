//! What is wrong, where, and what to do about it.

use std::fmt;
use std::ops::Range;

use crate::codes::Code;
use crate::compiled::{Case, Place};
use crate::limits::MAX_MESSAGE_CHARS;

/// Whether a mistake keeps the lexicon from loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The lexicon does not load.
    Error,
    /// It loads, but somebody should look.
    Warning,
}

/// `error` or `warning`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One mistake. [`Diagnostic::render`] shows it with its text, [`Diagnostic::report`] gives line
/// and column as values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind it is.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// The faulty text.
    pub place: Place,
    /// A few words under it; may be empty.
    pub label: String,
    /// What to do, one advice each.
    pub hints: Vec<String>,
    /// Other places that belong to it, each with a few words.
    pub others: Vec<(Place, String)>,
}

impl Diagnostic {
    pub(crate) fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: code.severity(),
            code,
            message: message.into(),
            place,
            label: String::new(),
            hints: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Whether it keeps the lexicon from loading.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With a hint where there is one.
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hints.extend(hint);
        self
    }

    pub(crate) fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.others.push((place, label.into()));
        self
    }

    /// The same with its texts no longer than a message may be: they quote what was written, and
    /// that may be a megabyte.
    pub(crate) fn clipped(mut self) -> Self {
        for text in self.hints.iter_mut().chain([&mut self.message]) {
            if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE_CHARS) {
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }

    /// The same with all its places moved by `place_of`.
    pub(crate) fn moved(mut self, place_of: impl Fn(Range<usize>) -> Place) -> Self {
        self.place = place_of(self.place.range);
        for (place, _) in &mut self.others {
            *place = place_of(place.range.clone());
        }
        self
    }
}

/// `path:start..end: error[code]: message`, for logs; people are shown [`Diagnostic::render`].
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { path, range } = &self.place;
        let Self {
            severity,
            code,
            message,
            ..
        } = self;
        write!(
            f,
            "{path}:{}..{}: {severity}[{code}]: {message}",
            range.start, range.end
        )
    }
}

/// The diagnostic of a case that failed. `detail` says why: the matcher's explanation, of
/// one line or several. It is shown as a hint.
#[must_use]
pub fn case_failed(case: &Case, expected_hit: bool, detail: impl Into<String>) -> Diagnostic {
    let (message, label) = if expected_hit {
        ("a text that must hit does not", "expected to hit")
    } else {
        ("a text that must miss hits", "expected to miss")
    };
    let detail = detail.into();
    let detail = Some(detail).filter(|detail| !detail.is_empty());
    Diagnostic::new(Code::CaseFailed, case.place.clone(), message)
        .label(label)
        .maybe_hint(detail)
}

/// The diagnostic of what is wrong inside a tier's condition, as its `code` says: `in_text` are bytes of
/// the condition's text, whose place is `place`.
#[must_use]
pub fn tier_diagnostic(
    code: Code,
    place: &Place,
    in_text: Range<usize>,
    message: impl Into<String>,
    hint: Option<String>,
) -> Diagnostic {
    let Range { start, end } = place.range;
    let inside = start + in_text.start.min(end - start)..start + in_text.end.min(end - start);
    let range = if inside.start <= inside.end {
        inside
    } else {
        place.range.clone()
    };
    let place = Place {
        path: place.path.clone(),
        range,
    };
    Diagnostic::new(code, place, message).maybe_hint(hint)
}
