//! Whether every secret is where it should be, fit for its use, and nobody else's. None is ever shown.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use fengbiao_sink::check_link;

use crate::app::App;
use crate::config::{Access, Config, Receiver, Source};
use crate::daemon::{KEPT_SECRETS, check_secret, secret_of};
use crate::{secrets, terminal};

/// Looks at all of them, and tells of each that is wrong.
pub(super) fn check(app: &App) -> anyhow::Result<String> {
    let config = &app.loaded.config;
    let mut files = files(config);
    files.extend(kept(config));
    let mut faults = Vec::new();
    for file in &files {
        if let Err(fault) = secrets::look(&file.path).and_then(|()| file.holds(app)) {
            faults.push(format!("{}: {fault:#}", file.place));
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

/// What those that can be read here hold; of the others it is warned: a configuration may be looked at
/// on another machine than the one it is for.
pub(super) fn check_contents(app: &App) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for file in files(&app.loaded.config) {
        let (place, path) = (&file.place, file.path.display());
        if let Err(error) = File::open(&file.path) {
            terminal::remark(&format!(
                "warning: {place}: `{path}` cannot be read here: {error}\n\
                 hint: `run` needs it; `fengbiao doctor` looks on the machine where it runs"
            ));
        } else if let Err(fault) = file.holds(app) {
            faults.push(format!("{place}: {fault:#}"));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

/// A file with a secret.
struct Secret<'a> {
    /// What names it.
    place: String,
    path: PathBuf,
    of: Use<'a>,
}

/// What a secret is for, where that asks something of it.
enum Use<'a> {
    Token,
    Pseudonyms,
    Heartbeat,
    Receiver(&'a Receiver),
    Other,
}

impl Secret<'_> {
    /// Fails where it is not what its use asks for, as `run` would.
    fn holds(&self, app: &App) -> anyhow::Result<()> {
        match self.of {
            Use::Token => secrets::token(&self.path).map(drop),
            Use::Pseudonyms => secrets::given(&self.path).map(drop),
            Use::Heartbeat => check_link(&secret_of(&self.path)?)
                .with_context(|| format!("what `{}` holds", self.path.display())),
            Use::Receiver(receiver) => check_secret(receiver, &app.phrasing()),
            Use::Other => Ok(()),
        }
    }
}

/// Every file with a secret that the configuration names.
fn files(config: &Config) -> Vec<Secret<'_>> {
    let mut files = Vec::new();
    let mut add = |place: String, path: Option<&Path>, of| {
        if let Some(path) = path.map(Path::to_owned) {
            files.push(Secret { place, path, of });
        }
    };
    let named = |key: &str| format!("`{key}`");
    let (http, privacy, dog) = (&config.http, &config.privacy, &config.watchdog);
    add(
        named("http.token_file"),
        http.token_file.as_deref(),
        Use::Token,
    );
    let pseudonyms = privacy.pseudonym_secret_file.as_deref();
    add(
        named("privacy.pseudonym_secret_file"),
        pseudonyms,
        Use::Pseudonyms,
    );
    let heartbeat = dog.heartbeat_url_file.as_deref();
    add(
        named("watchdog.heartbeat_url_file"),
        heartbeat,
        Use::Heartbeat,
    );
    for receiver in &config.receiver {
        for (key, path) in [
            ("secret_file", &receiver.secret_file),
            ("url_file", &receiver.url_file),
        ] {
            let place = format!("receiver `{}`, `{key}`", receiver.id);
            add(place, path.as_deref(), Use::Receiver(receiver));
        }
    }
    for (place, access) in accesses(config) {
        for (key, path) in access.secret_files() {
            add(format!("{place}, `{key}`"), Some(path), Use::Other);
        }
    }
    files
}

/// Those that fengbiao has made for itself.
fn kept(config: &Config) -> impl Iterator<Item = Secret<'_>> {
    let secret = |name: &str| Secret {
        place: format!("`{name}` of the data directory"),
        path: config.data_dir.join(name),
        of: Use::Other,
    };
    let all = KEPT_SECRETS.into_iter().map(secret);
    all.filter(|secret| secret.path.exists())
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
