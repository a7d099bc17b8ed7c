//! What is in `deploy/` fits the program: its metrics, roles and ports exist, and what can be
//! checked by its own tool is, where that is installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{BINARY, Config, files_below, run, stderr};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn deploy(name: &str) -> String {
    fs::read_to_string(root().join("deploy").join(name)).unwrap()
}

/// Whatever looks like the name of one of our metrics.
fn names_in(text: &str) -> BTreeSet<String> {
    let letter = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c: char| !letter(c));
    let ours = words.filter(|word| word.starts_with("fengbiao_"));
    ours.map(str::to_owned).collect()
}

/// The sources of every room that has metrics.
fn sources() -> Vec<String> {
    let files = files_below(&root().join("crates")).into_iter();
    let sources = files.filter(|path| {
        path.extension().is_some_and(|end| end == "rs")
            && path.components().any(|part| part.as_os_str() == "src")
    });
    sources
        .map(|path| fs::read_to_string(path).unwrap())
        .filter(|text| text.contains("prometheus"))
        .collect()
}

/// The names that a source registers, each written there in full between quotes, or put together from
/// what they have in common and a name between quotes beside it, as the crawler's are.
fn registered_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let quoted = || text.split('"');
    for name in quoted().filter(|part| part.starts_with("fengbiao_")) {
        let letter = |c: char| c.is_ascii_lowercase() || c == '_';
        let parts = quoted().filter(|part| !part.is_empty() && part.chars().all(letter));
        match name.contains("{name}") {
            true => names.extend(parts.map(|part| name.replace("{name}", part))),
            false => drop(names.insert(name.to_owned())),
        }
    }
    names
}

fn registered() -> BTreeSet<String> {
    sources()
        .iter()
        .flat_map(|text| registered_in(text))
        .collect()
}

/// The page has every metric, and each with labels that its source names.
#[test]
fn the_page_of_metrics_has_all_of_them() {
    let page = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `fengbiao_"));
    let mut told = BTreeSet::new();
    for row in rows {
        let (name, rest) = row.split_once('`').unwrap();
        let name = format!("fengbiao_{name}");
        let source = sources()
            .into_iter()
            .find(|text| registered_in(text).contains(&name));
        let source = source.unwrap_or_else(|| panic!("no metric is called `{name}`"));
        let labels = rest.split('|').nth(1).unwrap().split(", ");
        for label in labels.map(|label| label.trim().trim_matches('`')) {
            let quoted = format!("\"{label}\"");
            assert!(
                label.is_empty() || source.contains(&quoted),
                "`{name}`: {label}"
            );
        }
        assert!(told.insert(name.clone()), "`{name}` stands there twice");
    }
    // The crawler puts its names together of parts, among which are its labels.
    let missing: Vec<String> = registered()
        .into_iter()
        .filter(|name| !told.contains(name) && !is_of_a_label(name))
        .collect();
    assert!(missing.is_empty(), "docs/metrics.md has not {missing:?}");
}

/// Whether what was put together as a name has a label in it, and no metric's name.
fn is_of_a_label(name: &str) -> bool {
    ["source", "code", "status"]
        .iter()
        .any(|label| name == format!("fengbiao_crawler_{label}_total"))
}

#[test]
fn dashboard_and_rules_use_only_metrics_that_exist() {
    let registered = registered();
    assert!(
        registered.contains("fengbiao_log_lag_seconds"),
        "{registered:?}"
    );
    for file in ["prometheus/rules.yml", "grafana/dashboards/fengbiao.json"] {
        let used = names_in(&deploy(file));
        assert!(used.len() > 8, "{file} uses too few metrics: {used:?}");
        for name in used {
            let of_histogram = ["_bucket", "_sum", "_count"];
            let plain = of_histogram.iter().find_map(|end| name.strip_suffix(end));
            let known =
                registered.contains(&name) || plain.is_some_and(|plain| registered.contains(plain));
            assert!(known, "{file} uses `{name}`, which no metric is called");
        }
    }
}

/// What is lost, and who is behind on either log, is watched by somebody.
#[test]
fn what_is_lost_is_in_a_rule_and_in_a_panel() {
    for file in ["prometheus/rules.yml", "grafana/dashboards/fengbiao.json"] {
        let used = names_in(&deploy(file));
        for what in [
            "log_lag_records",
            "log_lag_seconds",
            "log_truncations_total",
            "log_restarts_total",
            "log_skipped_records_total",
            "matcher_records_lost_total",
            "matcher_stubs_total",
        ] {
            let name = format!("fengbiao_{what}");
            assert!(used.contains(&name), "{file} does not use `{name}`");
        }
    }
}

/// A label that an alert names is one that its expression leaves: an aggregation keeps those of its
/// `by` only.
#[test]
fn rules_name_labels_that_are_left() {
    let rules = deploy("prometheus/rules.yml");
    let mut named = 0;
    for rule in rules.split("- alert: ").skip(1) {
        let expression = rule.split("expr: ").nth(1).unwrap().lines().next().unwrap();
        let aggregates = ["sum", "max", "min", "avg", "count"]
            .iter()
            .any(|name| expression.starts_with(name));
        let by = expression.split(" by (").nth(1);
        let by: BTreeSet<&str> = by.map_or_else(BTreeSet::new, |rest| {
            let labels = rest.split(')').next().unwrap().split(',');
            labels.map(str::trim).collect()
        });
        for label in rule.split("$labels.").skip(1) {
            let label = label.split(|c: char| !c.is_ascii_lowercase()).next();
            let label = label.unwrap();
            named += 1;
            assert!(
                !aggregates || by.contains(label),
                "`{label}` is not left by `{expression}`"
            );
        }
    }
    assert!(named > 8, "only {named} labels were found");
}

/// The image is built from what the build needs. Secrets, data and other builds are no part of it.
#[test]
fn the_image_is_built_without_secrets_and_data() {
    let text = fs::read_to_string(root().join(".dockerignore")).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    // As Docker reads them: the last line that fits a path, or a folder above it, decides.
    let sent = |path: &str| {
        let mut sent = true;
        for line in &lines {
            let (pattern, sends) = line
                .strip_prefix('!')
                .map_or((*line, false), |kept| (kept, true));
            if path_fits(path, pattern) {
                sent = sends;
            }
        }
        sent
    };
    for path in [
        "deploy/secrets/token",
        "deploy/secrets/pseudonym-secret",
        "target/release/fengbiao",
        "crates/matcher/fuzz/target/release/engines",
        "fengbiao-data/log.sqlite",
        "fengbiao.toml",
        ".git/config",
        "config/link.key",
        "tests/ledger.sqlite-wal",
    ] {
        assert!(!sent(path), "`{path}` gets into the build");
    }
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(sent(&format!("crates/{name}/Cargo.toml")), "{name}");
    }
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "benches/Cargo.toml",
        "xtask/src/main.rs",
        "tests/main.rs",
        "config/lexicon/lists/places.txt",
        "config/calendar/china-2026.txt",
        "crates/matcher/data/fold.tsv",
    ] {
        assert!(sent(path), "`{path}` is missing from the build");
        assert!(root().join(path).exists(), "there is no `{path}`");
    }
}

/// Whether a pattern of `.dockerignore` names the path, or a folder above it.
fn path_fits(path: &str, pattern: &str) -> bool {
    let (anywhere, last) = match pattern.strip_prefix("**/") {
        Some(last) => (true, last),
        None => (false, pattern),
    };
    let part_fits = |part: &str| {
        let mut rest = part;
        let pieces: Vec<&str> = last.split('*').collect();
        let (first, others) = pieces.split_first().unwrap();
        let Some(after) = rest.strip_prefix(first) else {
            return false;
        };
        rest = after;
        for piece in others {
            let Some(at) = rest.find(piece) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
        }
        rest.is_empty() || last.ends_with('*')
    };
    let mut parts = path.split('/');
    if anywhere {
        parts.any(part_fits)
    } else {
        parts.next().is_some_and(part_fits)
    }
}

/// What units listen on is theirs alone on one machine, and is a port.
#[test]
fn units_of_one_machine_have_ports_of_their_own() {
    let mut ports = BTreeSet::new();
    let mut units = 0;
    for path in files_below(&root().join("deploy/systemd")) {
        let text = fs::read_to_string(&path).unwrap();
        let Some(listens) = text.split("--listen 127.0.0.1:").nth(1) else {
            continue;
        };
        let port = listens.lines().next().unwrap();
        // The names of instances that the unit's own words allow.
        let instances = if port.contains("%i") { 1..=9 } else { 1..=1 };
        for instance in instances {
            let port = port.replace("%i", &instance.to_string());
            units += 1;
            assert!(ports.insert(port.parse::<u16>().unwrap()), "{port} twice");
        }
    }
    assert_eq!(ports.len(), units);
    assert_eq!(units, 11, "alerter, crawler, and nine matchers");
    let matcher = deploy("systemd/fengbiao-matcher@.service");
    assert!(matcher.contains("1 to 9"), "which instances there may be");
}

#[test]
fn the_dashboard_is_whole() {
    let dashboard: Value =
        serde_json::from_str(&deploy("grafana/dashboards/fengbiao.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<i64> = panels
        .iter()
        .map(|panel| panel["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids.len(), panels.len());
    let source = deploy("grafana/provisioning/datasources/prometheus.yml");
    for panel in panels {
        let uid = panel["datasource"]["uid"].as_str().unwrap();
        assert!(
            source.contains(&format!("uid: {uid}\n")),
            "no source `{uid}`"
        );
        assert!(!panel["targets"].as_array().unwrap().is_empty());
    }
}

#[test]
fn the_containers_configuration_is_sound_and_its_port_is_theirs() {
    let path = root().join("deploy/fengbiao.toml");
    let checked = run(&["--config", path.to_str().unwrap(), "check"]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    let text = fs::read_to_string(&path).unwrap();
    let port = text
        .split("0.0.0.0:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    for (file, part) in [
        ("compose.yaml", format!("127.0.0.1:7311:{port}")),
        ("compose.yaml", format!("127.0.0.1:7312:{port}")),
        ("prometheus/prometheus.yml", format!("crawler:{port}")),
        ("prometheus/prometheus.yml", format!("alerter:{port}")),
        ("prometheus/prometheus.yml", format!("port: {port}")),
        ("Dockerfile", format!("EXPOSE {port}")),
    ] {
        assert!(deploy(file).contains(&part), "no `{part}` in {file}");
    }
    let volumes = deploy("compose.yaml")
        .matches(":/var/lib/fengbiao\n")
        .count();
    assert_eq!(
        volumes, 2,
        "crawler and alerter keep something, matchers nothing"
    );
}

/// What a broker writes outlives its container.
#[test]
fn the_broker_writes_to_its_volume() {
    let compose = deploy("compose.yaml");
    let value = |key: &str| {
        let line = compose.lines().find_map(|l| l.trim().strip_prefix(key));
        line.unwrap_or_else(|| panic!("no `{key}`")).trim()
    };
    let folder = value("KAFKA_LOG_DIRS:");
    assert_eq!(value("volumes: [\"kafka:"), format!("{folder}\"]"));
}

/// Each unit and container starts roles that the program knows: it takes them, and only the embedded
/// log stops it.
#[test]
fn units_and_containers_name_roles_that_there_are() {
    let embedded = Config::new("");
    let mut commands = Vec::new();
    for path in files_below(&root().join("deploy/systemd")) {
        let text = fs::read_to_string(&path).unwrap();
        let start = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let (_, words) = start.unwrap().split_once(" run").unwrap();
        let words = words.replace("%i", "1");
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        if !words.is_empty() {
            commands.push(words);
        }
    }
    for line in deploy("compose.yaml").lines() {
        if let Some(rest) = line.trim().strip_prefix("command: [\"run\", ") {
            let words = rest.trim_end_matches(']').split(", ");
            commands.push(
                words
                    .map(|word| word.trim_matches('"').to_owned())
                    .collect(),
            );
        }
    }
    assert_eq!(commands.len(), 6, "{commands:?}");
    for words in commands {
        let args: Vec<&str> = ["run"]
            .into_iter()
            .chain(words.iter().map(String::as_str))
            .collect();
        let output = embedded.run(&args);
        let said = stderr(&output);
        assert!(
            said.contains("set `log.kind = \"kafka\"`"),
            "{args:?}: {said}"
        );
    }
}

/// Whether a tool is there; else the test says what it left out.
#[allow(clippy::print_stderr, reason = "the runner of the tests reads it")]
fn installed(tool: &str, args: &[&str], test: &str) -> bool {
    let there = Command::new(tool).args(args).output();
    let there = there.is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: {test}: `{tool}` is not installed");
    }
    there
}

#[track_caller]
fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        crate::support::stdout(&output),
        stderr(&output)
    );
}

#[test]
fn promtool_takes_the_rules() {
    if installed("promtool", &["--version"], "promtool_takes_the_rules") {
        for (what, file) in [("rules", "rules.yml"), ("config", "prometheus.yml")] {
            let path = root().join("deploy/prometheus").join(file);
            passes(Command::new("promtool").args(["check", what]).arg(path));
        }
    }
}

#[test]
fn compose_takes_its_file() {
    if installed("docker", &["compose", "version"], "compose_takes_its_file") {
        let path = root().join("deploy/compose.yaml");
        passes(
            Command::new("docker")
                .args(["compose", "-f"])
                .arg(path)
                .args(["config", "-q"]),
        );
    }
}

#[test]
fn systemd_takes_the_units() {
    if installed("systemd-analyze", &["--version"], "systemd_takes_the_units") {
        let folder = tempfile::tempdir().unwrap();
        for path in files_below(&root().join("deploy/systemd")) {
            let text = fs::read_to_string(&path).unwrap();
            // Where the binary will be, and where the documentation.
            let text = text.replace("/usr/bin/fengbiao", BINARY);
            let unit = folder.path().join(path.file_name().unwrap());
            fs::write(&unit, text).unwrap();
            passes(
                Command::new("systemd-analyze")
                    .arg("verify")
                    .arg("--man=no")
                    .arg(unit),
            );
        }
    }
}
