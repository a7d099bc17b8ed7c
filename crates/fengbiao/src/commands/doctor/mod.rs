//! `fengbiao doctor`: whether what the program needs is there and in order, and what to do where it
//! is not. It changes nothing: no file, folder, key or topic is made, no ledger migrated, no lock
//! taken that a daemon needs.

mod folders;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, bail};
use fengbiao_alerter::record::Clocks;
use fengbiao_ledger::{LedgerError, Onlooker};
use fengbiao_log::{Metrics, Topic, embedded};
use fengbiao_model::{Clock as _, Partition, Timestamp};
use prometheus::Registry;
use serde_json::json;

use super::{remote, secrets};
use crate::app::App;
use crate::clock::{SystemClock, about, ahead_of_clock};
use crate::config::{Config, LogKind};
use crate::daemon::LEDGER_FILE;
use crate::limits::{BROKER_LOOK_PATIENCE, MAX_CLOCK_BACK, MIN_FREE_DISK_BYTES};
use crate::log::{LOG_FILE, Log};
use crate::terminal;

/// What was looked at, and what was found; an error says what to do.
type Check = (&'static str, fn(&App) -> anyhow::Result<String>);

const CHECKS: [Check; 9] = [
    ("configuration", configuration),
    ("secrets", secrets::check),
    ("lexicon", lexicon),
    ("receivers", folders::receivers),
    ("data", folders::data),
    ("log", log),
    ("ledger", ledger),
    ("clock", clock),
    ("disk", disk),
];

/// What to do with a file that is damaged.
const RESTORE: &str =
    "hint: stop the daemon, keep the file aside, and bring a backup back with `fengbiao restore`";

/// Looks at everything, whatever fails; true where nothing does.
pub(crate) fn run(app: &App) -> anyhow::Result<bool> {
    let mut sound = true;
    for (name, check) in CHECKS {
        let found = check(app);
        sound &= found.is_ok();
        let (ok, said) = match found {
            Ok(said) => (true, said),
            Err(error) => (false, format!("{error:#}")),
        };
        if app.json() {
            let line = json!({ "check": name, "ok": ok, "said": said });
            terminal::print(&format!("{line}\n"));
        } else {
            let mark = if ok { "ok " } else { "BAD" };
            let said = said.replace('\n', "\n     ");
            terminal::print(&format!("{mark}  {name}: {said}\n"));
        }
    }
    Ok(sound)
}

fn configuration(app: &App) -> anyhow::Result<String> {
    // It was loaded, and so it is sound; topics are the lexicon's.
    crate::policy::without_topics(&app.loaded.config)?;
    Ok(app.config_path.as_ref().map_or_else(
        || "the defaults".to_owned(),
        |path| path.display().to_string(),
    ))
}

fn lexicon(app: &App) -> anyhow::Result<String> {
    let text = app.lexicon_text()?;
    let checked = fengbiao_lexicon::check(&text);
    let Some(lexicon) = checked.lexicon else {
        let mut errors = checked.diagnostics.iter().filter(|d| d.is_error());
        let first = errors.next().map(ToString::to_string).unwrap_or_default();
        let more = errors.count();
        bail!("{first}, and {more} more errors\nhint: `fengbiao lexicon check` shows them");
    };
    let rules: usize = lexicon.topics.iter().map(|topic| topic.rules.len()).sum();
    Ok(format!("{} topics, {rules} rules", lexicon.topics.len()))
}

fn log(app: &App) -> anyhow::Result<String> {
    let config = &app.loaded.config;
    match config.log.kind {
        LogKind::Embedded => embedded_log(&config.data_dir),
        LogKind::Kafka => brokers(config),
    }
}

fn embedded_log(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join(LOG_FILE);
    if !path.exists() {
        // A ledger that cannot be read says so itself.
        let steps = steps(&folder.join(LEDGER_FILE)).unwrap_or_default();
        if steps > 0 {
            bail!(
                "`{}` is gone, and the ledger has {steps} steps made from it: posts that were not judged \
                 yet are lost with it, and a new log would not be taken for the old one\n\
                 hint: stop the daemon and bring it back with `fengbiao restore`; without a backup \
                 `fengbiao confirm new-generation` begins with a new one",
                path.display()
            );
        }
        return Ok(format!("`{}` is made by the first `run`", path.display()));
    }
    let faults = embedded::check(&path)?;
    if let Some(fault) = faults.first() {
        bail!("damaged: {fault}\n{RESTORE}");
    }
    Ok(format!("`{}` is sound", path.display()))
}

/// How many steps a ledger has; none where there is none.
fn steps(path: &Path) -> anyhow::Result<u64> {
    if !path.exists() {
        return Ok(0);
    }
    let ledger = Onlooker::open(path)?;
    Ok(if ledger.is_made()? {
        ledger.last_step()?
    } else {
        0
    })
}

/// The brokers answer, take our login, and the topics are as they should be and may be read.
fn brokers(config: &Config) -> anyhow::Result<String> {
    let mut config = config.clone();
    if let Some(kafka) = &mut config.log.kafka {
        kafka.create_topics = false;
    }
    let metrics = Metrics::register(&Registry::new())?;
    let log = Log::open(
        &config,
        &config.data_dir,
        Arc::new(SystemClock::new()),
        metrics,
    )?;
    log.look(BROKER_LOOK_PATIENCE)?;
    let mut counts = Vec::new();
    for topic in Topic::ALL {
        let mut records = 0;
        for partition in (0..log.partitions(topic)).map(Partition) {
            let next = log.next_offset(topic, partition)?.0;
            records += next - log.first_kept(topic, partition)?.0;
        }
        counts.push(format!("{topic} {records}"));
    }
    if log.next_offset(Topic::Lexicons, Partition(0))?.0 == 0 {
        counts.push("no lexicon is published yet: an alerter does so when it starts".to_owned());
    }
    Ok(format!(
        "the brokers answer; records: {}",
        counts.join(", ")
    ))
}

/// Its daemon says how it is, where one runs; else it is looked through.
fn ledger(app: &App) -> anyhow::Result<String> {
    let path = app.loaded.config.data_dir.join(LEDGER_FILE);
    if !path.exists() {
        return Ok(format!("`{}` is made by the first `run`", path.display()));
    }
    match remote::lacks(app)? {
        Some(lacks) if lacks.is_empty() => Ok("its daemon runs and is ready".to_owned()),
        Some(lacks) => bail!("its daemon runs and lacks something:\n{lacks}"),
        None => look_through(&path).map_err(|error| match error.downcast_ref() {
            // One that may not be written is found with the data directory.
            Some(LedgerError::Sqlite(_) | LedgerError::Open { .. }) => {
                anyhow::anyhow!("{error}\n{RESTORE}")
            }
            _ => error,
        }),
    }
}

fn look_through(path: &Path) -> anyhow::Result<String> {
    let ledger = Onlooker::open(path)?;
    if !ledger.is_made()? {
        return Ok(format!("`{}` is made by the next `run`", path.display()));
    }
    let faults = ledger.check()?;
    if let Some(fault) = faults.first() {
        bail!("damaged: {fault}\n{RESTORE}");
    }
    Ok(format!("sound, {} steps", ledger.last_step()?))
}

/// The wall clock is not behind the time that the alerter has come to.
fn clock(app: &App) -> anyhow::Result<String> {
    let path = app.loaded.config.data_dir.join(LEDGER_FILE);
    let recorded = || {
        let ledger = Onlooker::open(&path)?;
        if !ledger.is_made()? {
            return Ok((None, None));
        }
        anyhow::Ok((ledger.clocks()?, ledger.last_recorded()?))
    };
    let recorded = match path.exists().then(recorded).transpose() {
        Ok(recorded) => recorded,
        // What is wrong with it was said above.
        Err(_) => return Ok("the ledger cannot be read to hold it against".to_owned()),
    };
    let (Some(clocks), Some(last)) = recorded.unwrap_or_default() else {
        return Ok("nothing is recorded yet to hold it against".to_owned());
    };
    reading(SystemClock::new().wall(), &clocks, last)
}

/// A reading of the wall clock against the alerter's clocks and the latest step. The readings that
/// were recorded are no measure: the first one after the clock was set back agrees.
fn reading(now: Timestamp, clocks: &Clocks, last: Timestamp) -> anyhow::Result<String> {
    let ahead = clocks.wall.since(now);
    if ahead > MAX_CLOCK_BACK {
        bail!(
            "the alerter: {}\nhint: where it is wrong, set it right (NTP); where it is right, wait",
            ahead_of_clock(ahead)
        );
    }
    let since = about(now.since(last));
    Ok(format!("the last step was recorded {since} ago"))
}

/// Room for what comes, in the folder of the data.
fn disk(app: &App) -> anyhow::Result<String> {
    let folder = &app.loaded.config.data_dir;
    let there = folder.ancestors().find(|path| path.exists());
    let there = there.unwrap_or(Path::new("."));
    let output = Command::new("df").arg("-Pk").arg(there).output();
    let output = output.context("asking `df` for free space")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The form of POSIX: a line of heads, then device, blocks, used, available, …
    let free = text
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3));
    let free: u64 = free
        .and_then(|kibibytes| kibibytes.parse().ok())
        .with_context(|| format!("`df` says nothing of `{}`", there.display()))?;
    let free = free * 1024;
    if free < MIN_FREE_DISK_BYTES {
        bail!(
            "{} MiB are free at `{}`, expected {} or more\nhint: free space, or move `data_dir`",
            free >> 20,
            there.display(),
            MIN_FREE_DISK_BYTES >> 20
        );
    }
    Ok(format!("{} GiB are free", free >> 30))
}

#[cfg(test)]
mod tests {
    use fengbiao_model::TimeSpan;

    use super::*;

    #[test]
    fn the_alerters_time_is_what_the_clock_is_held_against() {
        let now = Timestamp::EPOCH + TimeSpan::from_hours(1_000);
        let clocks = Clocks {
            wall: now + TimeSpan::from_hours(8),
            ..Clocks::default()
        };
        // A step was recorded since the clock was set back.
        let fault = reading(now, &clocks, now).unwrap_err().to_string();
        assert!(fault.contains("8h ahead of the clock"), "{fault}");
        assert!(fault.contains("hint: where it is wrong"), "{fault}");
        let later = now + TimeSpan::from_hours(9);
        let said = reading(later, &clocks, now).unwrap();
        assert_eq!(said, "the last step was recorded 9h ago");
    }
}
