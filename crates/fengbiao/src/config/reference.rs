//! The default file, the reference page and the JSON Schema, all from the structs.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Config;

/// The JSON Schema of the configuration.
pub(crate) fn json_schema() -> Value {
    schemars::schema_for!(Config).to_value()
}

/// The configuration file with every key at its default and its documentation above it.
pub(crate) fn default_file() -> String {
    let page = Page::new();
    let mut out = String::from(
        "# Fengbiao: every key with its default. What has none, or is not there by default, is commented\n\
         # out, with an example or its own default.\n\
         # This file is made from the code; the same texts stand in docs/configuration.md.\n\n",
    );
    for key in page.keys(&page.root) {
        if key.table.is_none() {
            key.write_line(&mut out);
        }
    }
    for key in page.keys(&page.root) {
        let Some(table) = &key.table else { continue };
        comment(&mut out, &key.text);
        if key.repeated {
            for variant in page.variants(table) {
                out.push('\n');
                comment(&mut out, &description(&variant));
                examples(&mut out, &key.name, &variant, &page.keys(&variant));
            }
        } else {
            let _ = writeln!(out, "[{}]", key.name);
            let keys = page.keys(table);
            let (tables, keys): (Vec<_>, Vec<_>) =
                keys.iter().partition(|key| page.is_section(key));
            keys.iter().for_each(|key| key.write_line(&mut out));
            for inner in tables {
                page.commented_section(&mut out, inner, &key.name);
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The reference page, in Markdown.
pub(crate) fn reference_page() -> String {
    let page = Page::new();
    let mut out = String::from(
        "# Configuration\n\nOne TOML file, given as `--config FILE`. An unknown key is an error. \
         Lengths of time are written `90s`, `10m`, `24h`, `7d`. This page is made from the code.\n\n",
    );
    let heads = "| key | default | meaning |\n|---|---|---|\n";
    out.push_str(heads);
    for key in page
        .keys(&page.root)
        .iter()
        .filter(|key| key.table.is_none())
    {
        key.write_row(&mut out);
    }
    for key in page.keys(&page.root) {
        page.section(&mut out, &key, "", heads);
    }
    out
}

/// The schema, with what its references name.
struct Page {
    root: Map<String, Value>,
}

/// One key of a table.
struct Key {
    name: String,
    text: String,
    default: Option<Value>,
    example: Option<Value>,
    required: bool,
    table: Option<Map<String, Value>>,
    repeated: bool,
}

impl Page {
    fn new() -> Self {
        let root = json_schema().as_object().cloned().unwrap_or_default();
        Self { root }
    }

    /// The schema itself, or what its reference names; a text beside a reference goes before.
    fn resolve(&self, schema: &Value) -> Map<String, Value> {
        let own = schema.as_object().cloned().unwrap_or_default();
        let named = own
            .get("$ref")
            .or_else(|| own.get("allOf")?.get(0)?.get("$ref"))
            .and_then(Value::as_str)
            .and_then(|path| path.rsplit('/').next())
            .and_then(|name| self.root.get("$defs")?.get(name)?.as_object());
        match named {
            Some(named) => named.clone().into_iter().chain(own).collect(),
            None => own,
        }
    }

    /// Whether a key is a table that is not there by default, and has defaults when it is.
    fn is_section(&self, key: &Key) -> bool {
        let inner = key.table.iter().flat_map(|table| self.keys(table));
        key.default().is_none() && inner.into_iter().any(|key| key.default().is_some())
    }

    /// Such a table, commented out, with the tables inside it. It stands behind the plain keys of
    /// what is around it, which would otherwise become its own.
    fn commented_section(&self, out: &mut String, key: &Key, within: &str) {
        let Some(table) = &key.table else { return };
        let name = format!("{within}.{}", key.name);
        comment(out, &key.text);
        let _ = writeln!(out, "# [{name}]");
        let keys = self.keys(table);
        let (tables, keys): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.table.is_some());
        for key in keys {
            comment(out, &key.text);
            key.write_commented(out, "");
            out.push('\n');
        }
        for inner in tables {
            self.commented_section(out, inner, &name);
        }
    }

    /// The section of a key that is a table, then those of the tables inside it.
    fn section(&self, out: &mut String, key: &Key, within: &str, heads: &str) {
        let Some(table) = &key.table else { return };
        let name = format!("{within}{}", key.name);
        let title = if key.repeated {
            format!("[[{name}]]")
        } else {
            format!("[{name}]")
        };
        let _ = write!(out, "\n## `{title}`\n");
        let variants = self.variants(table);
        let told = |about: &str| key.repeated && !about.is_empty() && about != key.text;
        // Inside a table the row above has the key's own text already.
        let own = within.is_empty() || !variants.iter().any(|it| told(&description(it)));
        if own {
            let _ = write!(out, "\n{}\n", key.text);
        }
        for variant in variants {
            let about = description(&variant);
            if told(&about) {
                let _ = write!(out, "\n{about}\n");
            }
            let _ = write!(out, "\n{heads}");
            let keys = self.keys(&variant);
            keys.iter().for_each(|inner| inner.write_row(out));
            // What may stand in itself is described once.
            let inside = |inner: &&Key| inner.table.as_ref().is_some_and(|it| it != table);
            for inner in keys.iter().filter(inside) {
                self.section(out, inner, &format!("{name}."), heads);
            }
        }
    }

    fn variants(&self, table: &Map<String, Value>) -> Vec<Map<String, Value>> {
        match table.get("oneOf").and_then(Value::as_array) {
            Some(list) => list.iter().map(|schema| self.resolve(schema)).collect(),
            None => vec![table.clone()],
        }
    }

    fn keys(&self, table: &Map<String, Value>) -> Vec<Key> {
        let required = |name: &str| {
            let list = table.get("required").and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|value| value == name))
        };
        let Some(properties) = table.get("properties").and_then(Value::as_object) else {
            return Vec::new();
        };
        properties
            .iter()
            .map(|(name, schema)| {
                let schema = self.resolve(schema);
                let items = schema.get("items").map(|items| self.resolve(items));
                let repeated = items.as_ref().is_some_and(is_table);
                let table = if repeated {
                    items
                } else {
                    Some(schema.clone()).filter(is_table)
                };
                // The tag of a variant: its one value says which it is.
                let text = match schema.get("const") {
                    Some(value) => format!("Which kind it is: `{value}`."),
                    None => description(&schema),
                };
                Key {
                    name: name.clone(),
                    text,
                    default: schema
                        .get("default")
                        .or_else(|| schema.get("const"))
                        .cloned(),
                    example: schema.get("examples").and_then(|list| list.get(0)).cloned(),
                    required: required(name),
                    table,
                    repeated,
                }
            })
            .collect()
    }
}

/// An object with properties, or a choice of such.
fn is_table(schema: &Map<String, Value>) -> bool {
    let choice = schema.get("oneOf").and_then(Value::as_array);
    schema.contains_key("properties")
        || choice.is_some_and(|list| {
            list.iter()
                .any(|variant| variant.get("properties").is_some())
        })
}

fn description(schema: &Map<String, Value>) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('\n', " ")
}

impl Key {
    fn default(&self) -> Option<&Value> {
        self.default.as_ref().filter(|value| !value.is_null())
    }

    fn write_line(&self, out: &mut String) {
        comment(out, &self.text);
        match (self.default(), &self.example) {
            (Some(value), _) => {
                let _ = writeln!(out, "{} = {}", self.name, toml_of(value));
            }
            (None, Some(value)) => {
                let _ = writeln!(out, "# {} = {}", self.name, toml_of(value));
            }
            (None, None) => {}
        }
        out.push('\n');
    }

    fn write_example(&self, out: &mut String) {
        self.write_commented(out, if self.required { "" } else { "   # optional" });
    }

    /// The key commented out, with its example, or its default where it has none.
    fn write_commented(&self, out: &mut String, remark: &str) {
        let value = self.example.as_ref().or_else(|| self.default());
        if let Some(value) = value {
            let _ = writeln!(out, "# {} = {}{remark}", self.name, toml_of(value));
        }
    }

    fn write_row(&self, out: &mut String) {
        let default = match (self.default(), self.required) {
            (_, true) => "needed".to_owned(),
            (Some(value), _) => format!("`{}`", toml_of(value)),
            (None, _) => "–".to_owned(),
        };
        let example = match &self.example {
            Some(value) if self.default().is_none() => format!(" Such as `{}`.", toml_of(value)),
            _ => String::new(),
        };
        let text = self.text.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| `{}` | {} | {text}{example} |",
            self.name,
            default.replace('|', "\\|")
        );
    }
}

/// Whole examples where the struct has some, else one made of the examples of its keys.
fn examples(out: &mut String, name: &str, table: &Map<String, Value>, keys: &[Key]) {
    let whole = table.get("examples").and_then(Value::as_array);
    let Some(whole) = whole else {
        let _ = writeln!(out, "# [[{name}]]");
        keys.iter().for_each(|key| key.write_example(out));
        return;
    };
    for example in whole.iter().filter_map(Value::as_object) {
        example_table(out, name, example);
        out.push_str("#\n");
    }
}

/// One example; the tables inside it stand below it, under their own names.
fn example_table(out: &mut String, name: &str, example: &Map<String, Value>) {
    let _ = writeln!(out, "# [[{name}]]");
    let tables = |value: &Value| {
        let list = value.as_array();
        list.is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
    };
    for (key, value) in example.iter().filter(|(_, value)| !tables(value)) {
        let _ = writeln!(out, "# {key} = {}", toml_of(value));
    }
    for (key, value) in example.iter().filter(|(_, value)| tables(value)) {
        for inner in value.as_array().into_iter().flatten() {
            if let Some(inner) = inner.as_object() {
                example_table(out, &format!("{name}.{key}"), inner);
            }
        }
    }
}

/// A value as TOML writes it in one line: as JSON does, but for tables.
fn toml_of(value: &Value) -> String {
    let Some(table) = value.as_object() else {
        return value.to_string();
    };
    let entries: Vec<String> = table
        .iter()
        .map(|(key, value)| format!("{key} = {}", toml_of(value)))
        .collect();
    format!("{{ {} }}", entries.join(", "))
}

/// Writes a text as comment lines of at most 96 columns.
fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > 96 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.len() > 1 {
        out.push_str(&line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_the_default() {
        let parsed: Config = toml::from_str(&default_file()).unwrap();
        let shown = |config: &Config| serde_json::to_value(config).unwrap();
        assert_eq!(shown(&parsed), shown(&Config::default()));
    }

    #[test]
    fn the_examples_are_sound() {
        let file = default_file();
        let texts = |heading: &str| -> Vec<String> {
            let sections = file.split(heading).skip(1);
            let lines = |section: &str| {
                let lines = section.lines().skip(1);
                let lines: Vec<_> = lines.map_while(|line| line.strip_prefix('#')).collect();
                lines.join("\n")
            };
            sections.map(lines).collect()
        };
        let receivers = texts("# [[receiver]]");
        for text in &receivers {
            toml::from_str::<crate::config::Receiver>(text).unwrap();
        }
        assert_eq!(receivers.len(), 3);
        for text in texts("# [[calendar]]") {
            toml::from_str::<crate::config::Calendar>(&text).unwrap();
        }
        let schedules = texts("# [[schedule]]");
        for text in &schedules {
            let text = text.replace("[[schedule.layer]]", "[[layer]]");
            let schedule: crate::config::Schedule = toml::from_str(&text).unwrap();
            assert_eq!(schedule.layer.len(), 2);
        }
        assert_eq!(schedules.len(), 1);
        let routes = texts("# [[route]]");
        for text in &routes {
            let text = text.replace("[[route.routes]]", "[[routes]]");
            toml::from_str::<crate::config::Route>(&text).unwrap();
        }
        assert_eq!(routes.len(), 2);
        for text in texts("# [[inhibit]]") {
            toml::from_str::<crate::config::Inhibit>(&text).unwrap();
        }
        for text in texts("# [[chain]]") {
            let chain: crate::config::Chain = toml::from_str(&text).unwrap();
            assert_eq!(chain.steps.len(), 2);
        }
        let deadlines = texts("# [[deadline]]");
        for text in &deadlines {
            toml::from_str::<crate::config::Deadline>(text).unwrap();
        }
        assert_eq!(deadlines.len(), 2);
    }

    /// What has no place in the default configuration is there to be uncommented, whole.
    #[test]
    fn the_keys_of_brokers_are_commented_out() {
        let file = default_file();
        let name = |line: &&str| {
            let name = line.split(" = ").next().unwrap_or_default();
            line.starts_with('[') || name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        let section = file.lines().skip_while(|line| *line != "# [log.kafka]");
        let lines = section.take_while(|line| !line.starts_with('['));
        let lines: Vec<&str> = lines.filter_map(|line| line.strip_prefix("# ")).collect();
        let lines: Vec<&str> = lines.into_iter().filter(name).collect();
        let config: Config = toml::from_str(&lines.join("\n")).unwrap();
        let kafka = config.log.kafka.unwrap();
        assert_eq!(kafka.prefix, crate::config::KafkaLog::default().prefix);
        assert!(kafka.access.password_variable.is_some(), "{lines:?}");
        let keys = [("brokers", "[log.kafka]"), ("tls", "[log.kafka.access]")];
        for (key, table) in keys {
            let at = |what: &str| lines.iter().position(|line| line.starts_with(what));
            assert!(at(key) > at(table), "{lines:?}");
        }
    }

    #[test]
    fn every_key_is_documented() {
        let page = Page::new();
        let mut bare = Vec::new();
        for key in page.keys(&page.root) {
            for variant in key.table.iter().flat_map(|table| page.variants(table)) {
                let inner = page.keys(&variant);
                bare.extend(
                    inner
                        .iter()
                        .filter(|k| k.text.is_empty())
                        .map(|k| k.name.clone()),
                );
            }
            if key.text.is_empty() {
                bare.push(key.name);
            }
        }
        assert_eq!(bare, Vec::<String>::new());
    }
}
