//! What every command works with: the configuration, and how results are shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_lexicon::{Diagnostic, LexiconText};
use fengbiao_matcher::{Matcher, Segmenter};
use fengbiao_model::{Clock as _, Language, LexiconNumber};

use crate::cli::{Cli, Format};
use crate::clock::SystemClock;
use crate::config::{self, Loaded};
use crate::lexicons::{self, Examined};
use crate::terminal;

/// The configuration with what the command line puts over it.
pub(crate) struct App {
    pub(crate) loaded: Loaded,
    pub(crate) format: Format,
    pub(crate) colour: bool,
    /// The configuration's path, for what is said to people.
    pub(crate) config_path: Option<PathBuf>,
}

impl App {
    pub(crate) fn new(cli: &Cli) -> anyhow::Result<Self> {
        let mut loaded = config::load(cli.config.as_deref())?;
        if let Some(folder) = &cli.data_dir {
            loaded.config.data_dir.clone_from(folder);
        }
        if let Some(folder) = &cli.lexicon {
            loaded.config.lexicon_dir = Some(folder.clone());
        }
        let colour = terminal::coloured(cli.color);
        Ok(Self {
            loaded,
            format: cli.format,
            colour,
            config_path: cli.config.clone(),
        })
    }

    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// The language of explanations.
    pub(crate) const fn language(&self) -> Language {
        self.loaded.config.language.value()
    }

    /// The language and zone of cards.
    pub(crate) fn phrasing(&self) -> fengbiao_sink::text::Phrasing {
        fengbiao_sink::text::Phrasing {
            language: self.language(),
            time_zone: self.loaded.zone.clone(),
        }
    }

    /// The texts of the configured lexicon.
    pub(crate) fn lexicon_text(&self) -> anyhow::Result<LexiconText> {
        lexicons::read(self.loaded.config.lexicon_dir.as_deref())
    }

    /// The configured lexicon, sound; what is wrong with it is shown.
    pub(crate) fn lexicon(&self) -> anyhow::Result<Lexicon> {
        self.lexicon_in(self.loaded.config.lexicon_dir.as_deref())
    }

    fn lexicon_in(&self, folder: Option<&Path>) -> anyhow::Result<Lexicon> {
        let text = lexicons::read(folder)?;
        // Cases are `check`'s matter: a text can be scanned while a case is being written.
        let checked = fengbiao_lexicon::check(&text);
        self.show(&text, &checked.diagnostics);
        checked
            .lexicon
            .ok_or_else(|| anyhow::anyhow!("the lexicon has errors"))
    }

    /// The matcher of the configured lexicon. Its number is 0: it has not been published.
    pub(crate) fn matcher(&self) -> anyhow::Result<Matcher> {
        self.matcher_in(self.loaded.config.lexicon_dir.as_deref())
    }

    /// The same of the lexicon in another folder.
    pub(crate) fn matcher_in(&self, folder: Option<&Path>) -> anyhow::Result<Matcher> {
        let lexicon = Arc::new(self.lexicon_in(folder)?);
        Ok(Matcher::new(
            lexicon,
            LexiconNumber(0),
            Segmenter::load()?.as_ref(),
        )?)
    }

    /// Shows diagnostics beside the results.
    pub(crate) fn show(&self, text: &LexiconText, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            terminal::remark(&diagnostic.render(text, self.colour));
        }
    }

    /// Checks the configured lexicon with its cases.
    pub(crate) fn examine(&self) -> anyhow::Result<(LexiconText, Examined)> {
        let text = self.lexicon_text()?;
        let segmenter = Segmenter::load()?;
        let compile = |lexicon| {
            Ok(Matcher::new(
                Arc::new(lexicon),
                LexiconNumber(0),
                &segmenter,
            )?)
        };
        let examined = lexicons::examine(&text, SystemClock::new().wall(), compile)?;
        Ok((text, examined))
    }
}
