//! `fengbiao check` and `fengbiao lexicon`: every mistake with its place, and every case.

use fengbiao_lexicon::{Diagnostic, LexiconText};
use schemars::JsonSchema;
use serde::Serialize;

use super::secrets;
use crate::app::App;
use crate::lexicons::Examined;
use crate::{policy, terminal};

/// Checks configuration and lexicon together: what topics take from the configuration, the routes
/// with the topics they name, and what the secrets hold that can be read here.
pub(crate) fn run(app: &App) -> anyhow::Result<bool> {
    let (text, examined) = app.examine()?;
    let sound = report(app, &text, &examined);
    let Some(lexicon) = examined.lexicon() else {
        return Ok(false);
    };
    let policy = policy::policy(&app.loaded.config, lexicon)?;
    secrets::check_contents(app)?;
    for said in policy::warnings(&policy, &app.loaded.config, lexicon) {
        terminal::remark(&format!("warning: {said}"));
    }
    if !app.json() && sound {
        let path = app.config_path.as_ref();
        let name = path.map_or("the default configuration".to_owned(), |path| {
            path.display().to_string()
        });
        terminal::print(&format!("{name}: sound\n"));
    }
    Ok(sound)
}

/// Checks the lexicon alone.
pub(crate) fn lexicon(app: &App) -> anyhow::Result<bool> {
    let (text, examined) = app.examine()?;
    Ok(report(app, &text, &examined))
}

/// Shows what was found; true where the lexicon can be published.
pub(crate) fn report(app: &App, text: &LexiconText, examined: &Examined) -> bool {
    let errors = examined.diagnostics.iter().filter(|d| d.is_error()).count();
    if app.json() {
        for diagnostic in &examined.diagnostics {
            let line = serde_json::to_string(&DiagnosticJson::new(diagnostic, text));
            terminal::print(&format!("{}\n", line.unwrap_or_default()));
        }
        return errors == 0;
    }
    app.show(text, &examined.diagnostics);
    let warnings = examined.diagnostics.len() - errors;
    match examined.lexicon() {
        Some(lexicon) => {
            for topic in &lexicon.topics {
                let cases: usize = topic
                    .rules
                    .iter()
                    .map(|r| r.hits.len() + r.misses.len())
                    .sum();
                terminal::print(&format!(
                    "{}: {} rules, {} keywords, {cases} cases hold\n",
                    topic.id,
                    topic.rules.len(),
                    topic.keys.len()
                ));
            }
            if let Some(engine) = examined.engine {
                terminal::print(&format!("scan: {engine}\n"));
            }
            if warnings > 0 {
                terminal::print(&format!("{warnings} warnings\n"));
            }
        }
        None => terminal::print(&format!("{errors} errors, {warnings} warnings\n")),
    }
    errors == 0
}

/// One mistake in a lexicon, as JSON. Lines and columns count from 1, columns in characters.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "diagnostic")]
pub(crate) struct DiagnosticJson {
    /// `error` or `warning`.
    severity: String,
    /// A stable name; docs/diagnostics.md tells what each means.
    code: &'static str,
    /// What is wrong.
    message: String,
    /// The file, relative to the lexicon's folder.
    path: String,
    /// Line of its beginning.
    line: usize,
    /// Column of its beginning.
    column: usize,
    /// Line of its end.
    end_line: usize,
    /// Column behind its end.
    end_column: usize,
    /// What is said at the place.
    label: String,
    /// What to do.
    hints: Vec<String>,
}

impl DiagnosticJson {
    fn new(diagnostic: &Diagnostic, text: &LexiconText) -> Self {
        let report = diagnostic.report(text);
        let (start, end) = (report.place.start, report.place.end);
        Self {
            severity: report.severity.to_string(),
            code: report.code,
            message: report.message,
            path: report.place.path,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            label: report.place.label,
            hints: report.hints,
        }
    }
}

/// Checks the lexicon and gives it to the matchers under a new number.
pub(crate) fn publish(app: &App) -> anyhow::Result<bool> {
    let (text, examined) = app.examine()?;
    if !report(app, &text, &examined) {
        return Ok(false);
    }
    super::remote::publish(app, &text)
}
