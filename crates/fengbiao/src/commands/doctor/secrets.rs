//! Whether every secret is where it should be, and nobody else's. None is ever shown.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::app::App;
use crate::config::{Access, Config, Source};
use crate::daemon::KEPT_SECRETS;
use crate::secrets;

/// Looks at all of them, and tells of each that is wrong.
pub(super) fn check(app: &App) -> anyhow::Result<String> {
    let config = &app.loaded.config;
    let files = files(config);
    let mut faults = Vec::new();
    for (place, path) in &files {
        if let Err(fault) = look(place, path) {
            faults.push(format!("{place}: {fault:#}"));
        }
    }
    let variables = variables(config);
    for (place, name) in &variables {
        if std::env::var_os(name).is_none_or(|value| value.is_empty()) {
            faults.push(format!(
                "{place}: the environment variable `{name}` is not set\nhint: set it for whoever starts fengbiao"
            ));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(match (files.len(), variables.len()) {
        (files, 0) => format!("{files} files, readable by us and not by everybody"),
        (files, variables) => format!(
            "{files} files, readable by us and not by everybody; {variables} variables of the environment"
        ),
    })
}

/// Two kinds must have a length, too.
fn look(place: &str, path: &Path) -> anyhow::Result<()> {
    secrets::look(path)?;
    match place {
        TOKEN => secrets::token(path).map(drop),
        PSEUDONYMS => secrets::given(path).map(drop),
        _ => Ok(()),
    }
}

const TOKEN: &str = "`http.token_file`";
const PSEUDONYMS: &str = "`privacy.pseudonym_secret_file`";

/// Every file with a secret, with what names it.
fn files(config: &Config) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    let mut add = |place: String, path: &Path| files.push((place, path.to_owned()));
    for (place, path) in [
        (TOKEN, &config.http.token_file),
        (PSEUDONYMS, &config.privacy.pseudonym_secret_file),
        (
            "`watchdog.heartbeat_url_file`",
            &config.watchdog.heartbeat_url_file,
        ),
    ] {
        if let Some(path) = path {
            add(place.to_owned(), path);
        }
    }
    for receiver in &config.receiver {
        for (key, path) in [
            ("secret_file", &receiver.secret_file),
            ("url_file", &receiver.url_file),
        ] {
            if let Some(path) = path {
                add(format!("receiver `{}`, `{key}`", receiver.id), path);
            }
        }
    }
    for (place, access) in accesses(config) {
        for (key, path) in access.secret_files() {
            add(format!("{place}, `{key}`"), path);
        }
    }
    for name in KEPT_SECRETS {
        let path = config.data_dir.join(name);
        if path.exists() {
            add(format!("`{name}` of the data directory"), &path);
        }
    }
    files
}

/// Every variable of the environment with a secret.
fn variables(config: &Config) -> Vec<(String, String)> {
    let named = |(place, access): (String, &Access)| {
        let names = access.secret_variables().cloned();
        names.map(|name| (place.clone(), name)).collect::<Vec<_>>()
    };
    accesses(config).into_iter().flat_map(named).collect()
}

/// How brokers are come to: those of the log, and those of sources.
fn accesses(config: &Config) -> Vec<(String, &Access)> {
    let log = config.log.kafka.iter();
    let log = log.map(|kafka| ("`log.kafka.access`".to_owned(), &kafka.access));
    log.chain(config.source.iter().filter_map(of_source))
        .collect()
}

fn of_source(source: &Source) -> Option<(String, &Access)> {
    match source {
        Source::Kafka { name, access, .. } => {
            Some((format!("source `{name}`, `access`"), access.as_ref()))
        }
        _ => None,
    }
}
