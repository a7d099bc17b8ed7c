//! The manuals that stand in the code, beside what they tell of, made into pages: analysts and
//! operators read pages, and rustdoc shows no private module.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

/// A page and the file whose documentation it is made from.
struct Manual {
    page: &'static str,
    title: &'static str,
    source: &'static str,
    /// The section that tells programmers something; it and what follows stay in the code.
    until: Option<&'static str>,
}

const MANUALS: [Manual; 2] = [
    Manual {
        page: "docs/lexicon.md",
        title: "The rule language",
        source: "crates/lexicon/src/lib.rs",
        until: Some("Diagnostics"),
    },
    Manual {
        page: "docs/tiers.md",
        title: "Conditions of tiers",
        source: "crates/alerter/src/tier/mod.rs",
        until: None,
    },
];

/// Writes the pages into `folder`, from the sources below `root`.
pub(crate) fn write(root: &Path, folder: &Path) -> anyhow::Result<()> {
    for manual in &MANUALS {
        let path = root.join(manual.source);
        let source =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let body = body(&source, manual.until);
        if body.is_empty() {
            bail!("`{}` has no section `//! # …`", manual.source);
        }
        let Manual { title, source, .. } = manual;
        let page = format!("# {title}\n\nMade from the documentation in `{source}`.\n\n{body}");
        let path = folder.join(manual.page);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The sections of a file's documentation, from the first heading on.
fn body(source: &str, until: Option<&str>) -> String {
    let lines = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let (mut page, mut code, mut begun) = (String::new(), false, false);
    for line in lines {
        if line.starts_with("```") {
            code = !code;
        } else if code && (line == "#" || line.starts_with("# ")) {
            continue; // what rustdoc hides
        }
        let heading = line.strip_prefix("# ").filter(|_| !code);
        if heading.is_some() && heading == until {
            break;
        }
        begun |= heading.is_some();
        if !begun {
            continue;
        }
        let _ = match (heading, code) {
            (Some(heading), _) => writeln!(page, "## {heading}"),
            (None, true) => writeln!(page, "{line}"),
            (None, false) => writeln!(page, "{}", linked(line)),
        };
    }
    let mut page = page.trim_end().to_owned();
    if !page.is_empty() {
        page.push('\n');
    }
    page
}

/// Names of pages become links; a page stands beside those that it names.
fn linked(line: &str) -> String {
    let mut parts = line.split("`docs/");
    let mut linked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let _ = match part.split_once('`') {
            Some((page, rest)) if page.ends_with(".md") => {
                write!(linked, "[{page}]({page}){rest}")
            }
            _ => write!(linked, "`docs/{part}"),
        };
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! What the crate is.
//!
//! # A topic
//!
//! As in `docs/tiers.md`, `a #
//! b` of `docs/x`:
//!
//! ```
//! # let hidden = r#\"
//! shown = true # to all
//! # \"#;
//! ```
//!
//! # For programmers
//!
//! [`Code`]

mod a;
";

    #[test]
    fn a_page_has_what_rustdoc_shows_to_readers() {
        let expected = "\
## A topic

As in [tiers.md](tiers.md), `a #
b` of `docs/x`:

```
shown = true # to all
```
";
        assert_eq!(body(SOURCE, Some("For programmers")), expected);
        assert!(body(SOURCE, None).ends_with("[`Code`]\n"));
        assert!(body("//! no heading\n", None).is_empty());
    }
}
