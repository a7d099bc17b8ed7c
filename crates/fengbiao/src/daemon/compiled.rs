//! Compiled lexicons in the data directory, so that a daemon that starts again need not compile. Their
//! loss costs nothing but that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::LexiconNumber;

/// The folder of compiled lexicons below the data directory.
const FOLDER: &str = "cache";
/// Their names end so.
const EXTENSION: &str = "scan";

/// Where compiled lexicons are kept: the one in force, and none before it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    folder: PathBuf,
}

impl Compiled {
    pub(crate) fn below(data_dir: &Path) -> Self {
        Self {
            folder: data_dir.join(FOLDER),
        }
    }

    /// The matcher of a lexicon, from its compiled form where that fits; else it is compiled, and kept.
    pub(crate) fn matcher(
        &self,
        lexicon: Lexicon,
        number: LexiconNumber,
        segmenter: &Segmenter,
    ) -> anyhow::Result<Matcher> {
        let path = self.folder.join(format!("{}.{EXTENSION}", lexicon.hash));
        let stored = std::fs::read(&path).ok();
        let known = stored.as_deref().unwrap_or_default();
        let (matcher, fits) = Matcher::with_stored(Arc::new(lexicon), number, segmenter, known)?;
        if let Err(misfit) = fits {
            if stored.is_some() {
                tracing::warn!(path = %path.display(), %misfit, "a compiled lexicon is not used, and made anew");
            }
            // Without it the next start takes longer, and that is all.
            if let Some(bytes) = matcher.to_stored()
                && let Err(error) = self.keep(&path, &bytes)
            {
                tracing::warn!(path = %path.display(), error = format!("{error:#}"), "a compiled lexicon cannot be kept");
            }
        }
        Ok(matcher)
    }

    /// Writes the form whole or not at all, and removes those of other lexicons.
    fn keep(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder).context("making the folder")?;
        let other = |path: &Path| path.extension().is_some_and(|end| end == EXTENSION);
        for entry in std::fs::read_dir(&self.folder)? {
            let old = entry?.path();
            if old != path && other(&old) {
                std::fs::remove_file(&old)
                    .with_context(|| format!("removing `{}`", old.display()))?;
            }
        }
        let draft = path.with_extension("draft");
        std::fs::write(&draft, bytes).context("writing a draft")?;
        std::fs::rename(&draft, path).context("giving it its name")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(expression: &str) -> Lexicon {
        let (topic, _) = fengbiao_lexicon::parse_expression(expression).unwrap();
        Lexicon {
            hash: fengbiao_lexicon::LexiconText::of_expression(expression).hash(),
            topics: vec![topic],
        }
    }

    #[test]
    fn a_compiled_lexicon_is_kept_and_a_damaged_one_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let compiled = Compiled::below(folder.path());
        let segmenter = Segmenter::load().unwrap();
        let matcher = |expression: &str| {
            let lexicon = lexicon(expression);
            let path = folder.path().join(format!("cache/{}.scan", lexicon.hash));
            let matcher = compiled.matcher(lexicon, LexiconNumber(1), &segmenter);
            (matcher.unwrap(), path)
        };
        let (first, path) = matcher("停电 OR 停水");
        let kept = std::fs::read(&path).unwrap();
        assert_eq!(first.to_stored().as_ref(), Some(&kept));

        std::fs::write(&path, &kept[..kept.len() / 2]).unwrap();
        let (_, path) = matcher("停电 OR 停水");
        assert_eq!(std::fs::read(&path).unwrap(), kept);

        let (_, other) = matcher("停气");
        assert!(other.exists() && !path.exists());
    }
}
