//! Lexicons as the app handles them: read from a folder or from inside the program, checked whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use fengbiao_alerter::{TierError, check_ladder, tiers_of_nothing};
use fengbiao_lexicon::compiled::{LadderText, Lexicon};
use fengbiao_lexicon::{
    Code, Diagnostic, LexiconText, Severity, case_failed, check_folded, expired, tier_diagnostic,
};
use fengbiao_matcher::fold::fold_str;
use fengbiao_matcher::scan::Engine;
use fengbiao_matcher::{Language, Matcher};
use fengbiao_model::{Floors, Ladder, Tier, Timestamp};

use crate::limits::MAX_LEXICON_BYTES;

/// The files of the lexicon that is shipped inside the program.
pub(crate) const SHIPPED: [(&str, &str); 5] = [
    (
        "food-safety.toml",
        include_str!("../../../config/lexicon/food-safety.toml"),
    ),
    (
        "lists/abroad.txt",
        include_str!("../../../config/lexicon/lists/abroad.txt"),
    ),
    (
        "lists/places.txt",
        include_str!("../../../config/lexicon/lists/places.txt"),
    ),
    (
        "public-safety.toml",
        include_str!("../../../config/lexicon/public-safety.toml"),
    ),
    (
        "service-outage.toml",
        include_str!("../../../config/lexicon/service-outage.toml"),
    ),
];

/// The lexicon that is shipped inside the program.
pub(crate) fn shipped() -> LexiconText {
    let files = SHIPPED
        .iter()
        .map(|&(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    LexiconText { files }
}

/// A lexicon's texts, from a folder or else from inside the program.
pub(crate) fn read(folder: Option<&Path>) -> anyhow::Result<LexiconText> {
    let Some(folder) = folder else {
        return Ok(shipped());
    };
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files)
        .with_context(|| format!("reading the lexicon `{}`", folder.display()))?;
    let bytes: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    if bytes > MAX_LEXICON_BYTES {
        bail!(
            "the lexicon `{}` has {bytes} bytes, at most {MAX_LEXICON_BYTES} are allowed\n\
             hint: leave out what no topic uses",
            folder.display()
        );
    }
    if files.is_empty() {
        bail!(
            "the lexicon `{}` has no topic\nhint: `fengbiao init` writes one to edit",
            folder.display()
        );
    }
    Ok(LexiconText::from_bytes(files))
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading `{}`", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            bail!(
                "the name of `{}` is not UTF-8\nhint: rename it, or move it out of the folder",
                entry.path().display()
            );
        };
        // Editors leave such files behind.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if LexiconText::takes(&path) {
            let bytes = fs::read(entry.path()).with_context(|| format!("reading `{path}`"))?;
            files.insert(path, bytes);
        }
    }
    Ok(())
}

/// A lexicon with everything that is wrong with it.
pub(crate) struct Examined {
    /// Its matcher, without a number yet; none where there is an error.
    pub(crate) matcher: Option<Matcher>,
    /// Errors and warnings: of the texts, of the tiers, of the cases.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What would find its keywords.
    pub(crate) engine: Option<Engine>,
}

impl Examined {
    /// What a log says of the mistakes of this severity: the first whole, and how many more there
    /// are; nothing where there is none.
    pub(crate) fn told(&self, severity: Severity, text: &LexiconText) -> Option<String> {
        let mut of = self.diagnostics.iter().filter(|d| d.severity == severity);
        let first = of.next()?.render(text, false);
        Some(match of.count() {
            0 => first,
            more => format!("{first}\nand {more} more: `fengbiao lexicon check` shows them"),
        })
    }

    /// The lexicon; none where there is an error.
    pub(crate) fn lexicon(&self) -> Option<&Lexicon> {
        self.matcher
            .as_ref()
            .map(|matcher| matcher.lexicon().as_ref())
    }
}

/// Checks the texts, the tier conditions, every case, and whether a rule is past its time `now`.
/// `compile` makes the matcher that the cases are run with, and that a daemon goes on with.
pub(crate) fn examine(
    text: &LexiconText,
    now: Timestamp,
    compile: impl FnOnce(Lexicon) -> anyhow::Result<Matcher>,
) -> anyhow::Result<Examined> {
    let checked = check_folded(text, fold_str);
    let mut diagnostics = checked.diagnostics;
    let (mut matcher, mut engine) = (None, None);
    if let Some(lexicon) = checked.lexicon {
        diagnostics.extend(tiers(&lexicon));
        diagnostics.extend(expired(&lexicon, now));
        let made = compile(lexicon)?;
        diagnostics.extend(cases(&made));
        engine = Some(made.engine());
        matcher = Some(made);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        matcher = None;
    }
    Ok(Examined {
        matcher,
        diagnostics,
        engine,
    })
}

fn tiers(lexicon: &Lexicon) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for topic in &lexicon.topics {
        for (text, all) in [(&topic.tiers.tiers, false), (&topic.tiers.tiers_all, true)] {
            let Some(text) = text else { continue };
            let ladder = ladder(text, &Ladder::default());
            let errors = check_ladder(&ladder, all).into_iter();
            let warnings = tiers_of_nothing(&ladder, all).into_iter();
            let errors = errors.map(|error| (Code::TierCondition, error));
            let all = errors.chain(warnings.map(|warning| (Code::TierOfNothing, warning)));
            found.extend(all.filter_map(|(code, one)| tier(text, code, one)));
        }
    }
    found
}

/// What is said of a tier of a ladder, at its place.
fn tier(text: &LadderText, code: Code, said: TierError) -> Option<Diagnostic> {
    let written = if said.hold {
        &text.holds
    } else {
        &text.conditions
    };
    let (_, _, place) = written.iter().find(|(tier, ..)| *tier == said.tier)?;
    Some(tier_diagnostic(
        code,
        place,
        said.range,
        said.message,
        said.hint,
    ))
}

/// A ladder as the alerter takes it; an empty condition never fires and is left out. What the topic
/// leaves open is as in the default.
pub(crate) fn ladder(text: &LadderText, default: &Ladder) -> Ladder {
    let floors = &text.floors;
    let written = |conditions: &[(Tier, String, _)]| {
        let conditions = conditions.iter();
        let conditions = conditions.map(|(tier, condition, _)| (*tier, condition.clone()));
        conditions
            .filter(|(_, condition)| !condition.trim().is_empty())
            .collect()
    };
    Ladder {
        conditions: written(&text.conditions),
        holds: written(&text.holds),
        calm_after: text.calm_after.unwrap_or(default.calm_after),
        floors: Floors {
            min_sigma: floors.min_sigma.unwrap_or(default.floors.min_sigma),
            min_posts: floors.min_posts.unwrap_or(default.floors.min_posts),
            min_sources: floors.min_sources.unwrap_or(default.floors.min_sources),
            min_before: floors.min_before.unwrap_or(default.floors.min_before),
        },
    }
}

fn cases(matcher: &Matcher) -> Vec<Diagnostic> {
    let failures = matcher.check_cases().into_iter();
    let diagnostic = |failure: fengbiao_matcher::CaseFailure| {
        let detail = failure.explanation.render(Language::En, false);
        case_failed(&failure.case, failure.expected_hit, detail)
    };
    failures.map(diagnostic).collect()
}

#[cfg(test)]
mod tests {
    use fengbiao_matcher::{Scratch, Segmenter};
    use fengbiao_model::{LexiconNumber, Position};

    use super::*;
    use crate::commands::post;

    /// Of each text the places that its incidents are about.
    #[test]
    fn the_shipped_places_are_not_found_in_other_names() {
        let lexicon = check_folded(&shipped(), fold_str).lexicon.unwrap();
        let segmenter = Segmenter::load().unwrap();
        let matcher = Matcher::new(lexicon.into(), LexiconNumber(1), &segmenter).unwrap();
        let mut scratch = Scratch::default();
        for (text, expected) in [
            ("黑龙江一小区停电", &[][..]),
            ("黑龍江一小區停電", &[]),
            ("黑龙江省龙江县一小区停电", &["龙江县"]),
            ("龙江一小区停电", &["龙江县"]),
            ("独龙江一小区停电", &[]),
            ("北海道一小区停电", &[]),
            ("北海一小区停电", &["北海市"]),
            ("天马山脚下一小区停电", &[]),
            ("马山县一小区停电", &["马山县"]),
            ("大连一小区停电", &["大连市"]),
            ("义乌、登封两个小区停电", &["义乌市", "登封市"]),
            ("保定的仓库车间，小区都停电", &["保定市"]),
            ("大理石材城旁的小区停电", &[]),
        ] {
            let post = post(text, None, Timestamp::EPOCH).unwrap();
            let hits = matcher.matches(&post, Position::default(), &mut scratch);
            let hit = hits
                .iter()
                .find(|hit| hit.topic.as_str() == "service-outage");
            let hit = hit.unwrap_or_else(|| panic!("{text}"));
            let mut names: Vec<_> = hit.subjects.iter().map(|s| s.name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, expected, "{text}");
        }
    }
}
