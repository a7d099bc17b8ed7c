//! `fengbiao generate`: every file of the project that is made from the code.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use clap::CommandFactory as _;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_lexicon::{LexiconText, parse_expression};
use fengbiao_matcher::{Language, Matcher, Segmenter};
use fengbiao_model::{LexiconNumber, RuleId, Timestamp, TopicId};
use serde_json::Value;

use crate::cli::Cli;
use crate::config;

pub(crate) fn run(folder: &Path) -> anyhow::Result<bool> {
    let mut files = vec![
        ("config/fengbiao.toml".to_owned(), config::default_file()),
        ("docs/configuration.md".to_owned(), config::reference_page()),
        (
            "docs/schemas/config.json".to_owned(),
            pretty(&config::json_schema())?,
        ),
        (
            "docs/openapi.json".to_owned(),
            pretty(&crate::daemon::openapi::document())?,
        ),
        ("docs/commands.md".to_owned(), commands()),
        ("docs/explain.md".to_owned(), explain()?),
        ("docs/diagnostics.md".to_owned(), diagnostics()),
        ("docs/demonstration.md".to_owned(), crate::demo::page()?),
    ];
    let explanation = schemars::schema_for!(super::explain_json::ExplanationJson);
    files.push((
        "docs/schemas/explanation.json".to_owned(),
        pretty(&explanation.to_value())?,
    ));
    let comparison = schemars::schema_for!(super::compare::ComparisonLine<'_>);
    files.push((
        "docs/schemas/comparison.json".to_owned(),
        pretty(&comparison.to_value())?,
    ));
    let diagnostic = schemars::schema_for!(super::check::DiagnosticJson);
    files.push((
        "docs/schemas/diagnostic.json".to_owned(),
        pretty(&diagnostic.to_value())?,
    ));
    let on_call = schemars::schema_for!(super::on_call::OnCallJson<'_>);
    files.push((
        "docs/schemas/on-call.json".to_owned(),
        pretty(&on_call.to_value())?,
    ));
    let silence = schemars::schema_for!(fengbiao_wire::SilenceJson<'_>);
    files.push((
        "docs/schemas/silence.json".to_owned(),
        pretty(&silence.to_value())?,
    ));
    for (name, schema) in fengbiao_wire::schemas() {
        files.push((format!("docs/schemas/{name}"), pretty(&schema.to_value())?));
    }
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making `{}`", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
    }
    Ok(true)
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// `--help` of every command.
fn commands() -> String {
    let mut page = String::from("# Commands\n\nMade from the program's own `--help`.\n");
    let mut root = Cli::command();
    root.build();
    section(&mut page, &root, "fengbiao");
    page
}

fn section(page: &mut String, command: &clap::Command, name: &str) {
    let help = command.clone().term_width(100).render_long_help();
    let _ = write!(
        page,
        "\n## `{name}`\n\n```text\n{}\n```\n",
        help.to_string().trim_end()
    );
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        section(page, inner, &format!("{name} {}", inner.get_name()));
    }
}

/// Texts whose explanations an analyst should have seen once: text, expression, except phrases.
const EXAMPLES: [(&str, &str, &str); 10] = [
    ("A keyword across two words", "产品和服务", "和服"),
    ("A keyword inside a longer word", "新型冠状病毒", "病毒"),
    ("A keyword with an ending behind it", "断网了", "断网"),
    ("A keyword that another word begins with", "慢性病", "性病"),
    (
        "A traditional text",
        "學校食堂發現過期食材",
        "过期 NEAR/4 食材",
    ),
    ("Full-width letters", "ＡＰＰ又崩了", "app NEAR/4 崩了"),
    (
        "NEAR at its distance",
        "食堂午饭之后学生呕吐",
        "食堂 NEAR/6 呕吐",
    ),
    (
        "NEAR one character too far",
        "食堂午饭之后学生都呕吐",
        "食堂 NEAR/6 呕吐",
    ),
    ("NOT", "食物中毒应急演练", "食物中毒 NOT 演练"),
    (
        "Separators, which a rule looks through where it has `separators = 1`",
        "食·物·中·毒",
        "食物中毒",
    ),
];

fn explain() -> anyhow::Result<String> {
    let segmenter = Segmenter::load()?;
    let mut page =
        String::from("# Explanations\n\nWhy a text matches, or does not; made by the program.\n");
    for (title, text, expression) in EXAMPLES {
        let (topic, _) = parse_expression(expression)
            .map_err(|_| anyhow::anyhow!("the example `{expression}` has errors"))?;
        let lexicon = Lexicon {
            hash: LexiconText::of_expression(expression).hash(),
            topics: vec![topic],
        };
        let command = format!("fengbiao explain {text} --match '{expression}'");
        one(&mut page, title, &command, text, lexicon, None, &segmenter)?;
    }
    let lexicon = shielded()?;
    let rule = lexicon
        .topics
        .first()
        .and_then(|topic| Some((topic.id.clone(), topic.rules.first()?.id.clone())));
    let command = "fengbiao explain 三中食堂举行食物中毒应急演练 --rule canteen-illness";
    one(
        &mut page,
        "An exception",
        command,
        "三中食堂举行食物中毒应急演练",
        lexicon,
        rule.as_ref().map(|(topic, rule)| (topic, rule)),
        &segmenter,
    )?;
    Ok(page)
}

/// The rule of the shipped lexicon that has an exception.
fn shielded() -> anyhow::Result<Lexicon> {
    let mut lexicon = fengbiao_lexicon::check(&crate::lexicons::shipped())
        .lexicon
        .context("the shipped lexicon has errors")?;
    lexicon
        .topics
        .retain(|topic| topic.id.as_str() == "food-safety");
    for topic in &mut lexicon.topics {
        topic
            .rules
            .retain(|rule| rule.id.as_str() == "canteen-illness");
    }
    Ok(lexicon)
}

fn one(
    page: &mut String,
    title: &str,
    command: &str,
    text: &str,
    lexicon: Lexicon,
    rule: Option<(&TopicId, &RuleId)>,
    segmenter: &Segmenter,
) -> anyhow::Result<()> {
    let matcher = Matcher::new(Arc::new(lexicon), LexiconNumber(0), segmenter)?;
    let post = super::explain::post(text, None, Timestamp::EPOCH)?;
    let shown = matcher.explain(&post, rule)?.render(Language::Zh, false);
    let _ = write!(
        page,
        "\n## {title}\n\n```text\n$ {command}\n{}\n```\n",
        shown.trim_end()
    );
    Ok(())
}

/// A text as code in Markdown: what has backticks itself stands between two.
fn code_span(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Every diagnostic of the lexicon.
fn diagnostics() -> String {
    let mut page = String::from(
        "# Diagnostics of the lexicon\n\nMade from the code.\n\n| code | severity | meaning | example |\n|---|---|---|---|\n",
    );
    for entry in fengbiao_lexicon::reference() {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            entry.code,
            entry.severity,
            cell(entry.meaning),
            code_span(&cell(entry.example))
        );
    }
    page
}
