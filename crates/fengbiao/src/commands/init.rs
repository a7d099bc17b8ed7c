//! `fengbiao init`: a configuration, a lexicon and a year's holidays to edit.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::config::default_file;
use crate::lexicons::SHIPPED;
use crate::terminal;

/// The holidays that the configuration names in its example of a calendar.
const HOLIDAYS: (&str, &str) = (
    "calendar/china-2026.txt",
    include_str!("../../../../config/calendar/china-2026.txt"),
);

/// Writes what is not there yet; a file that is there is never overwritten.
pub(crate) fn run(folder: &Path) -> anyhow::Result<bool> {
    let config = default_file().replace("# lexicon_dir = ", "lexicon_dir = ");
    let mut files = vec![("fengbiao.toml".to_owned(), config)];
    files.extend(SHIPPED.map(|(path, text)| (format!("lexicon/{path}"), text.to_owned())));
    files.push((HOLIDAYS.0.to_owned(), HOLIDAYS.1.to_owned()));
    if let Some((there, _)) = files.iter().find(|(path, _)| folder.join(path).exists()) {
        bail!(
            "`{}` is there already, and nothing was written\nhint: name another folder",
            folder.join(there).display()
        );
    }
    let mut said = String::new();
    for (path, text) in &files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making `{}`", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        said.push_str(&format!("wrote {}\n", path.display()));
    }
    let config = folder.join("fengbiao.toml");
    said.push_str(&format!(
        "\nEdit them, then:\n  fengbiao --config {0} check\n  fengbiao --config {0} run\n",
        config.display()
    ));
    terminal::print(&said);
    Ok(true)
}
