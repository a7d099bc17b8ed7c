//! From a file to values that are known to be sound.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fengbiao_alerter::calendar::LocalClock;
use fengbiao_model::Zone;
use jiff::tz::TimeZone;

use super::{Config, Http, KafkaLog, LogKind, Source, encoded, receivers, sources};

/// A configuration that has been checked, with its paths made whole.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    /// The zone that `time_zone` names.
    pub(crate) zone: TimeZone,
}

/// Reads and checks a configuration; without a path, the defaults.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Loaded> {
    let Some(path) = path else {
        return check(Config::default(), Path::new(""));
    };
    let bytes = fs::read(path)
        .with_context(|| format!("reading the configuration `{}`", path.display()))?;
    let text = encoded::utf_8(bytes, path)?;
    let config: Config =
        toml::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    check(config, path.parent().unwrap_or(Path::new("")))
        .with_context(|| format!("the configuration `{}`", path.display()))
}

fn check(mut config: Config, base: &Path) -> anyhow::Result<Loaded> {
    if config.data_dir.as_os_str().is_empty() {
        bail!("`data_dir` is empty, expected a folder\nhint: such as `fengbiao-data`");
    }
    let zone = zone(&config.time_zone)?;
    config.http.check()?;
    reachable_with_token(&config.http)?;
    config.log.check()?;
    config.matcher.check()?;
    if config.log.kind == LogKind::Kafka && config.privacy.pseudonym_secret_file.is_none() {
        bail!(
            "`log.kind` is `kafka`, and there is no `privacy.pseudonym_secret_file`: crawlers that run \
             apart would count one voice as several\n\
             hint: write at least 32 bytes into a file that every crawler has, and name it there"
        );
    }
    config.logging.filter()?;
    config.privacy.check()?;
    config.watchdog.check()?;
    sources::check(&config)?;
    receivers::check(&config.receiver)?;
    make_whole(&mut config, base);
    for calendar in &mut config.calendar {
        calendar.read_files()?;
    }
    twice("schedule", config.schedule.iter().map(|one| &one.id))?;
    twice("calendar", config.calendar.iter().map(|one| &one.id))?;
    twice("chain", config.chain.iter().map(|one| &one.id))?;
    crate::policy::without_topics(&config)?;
    Ok(Loaded { config, zone })
}

/// The zone of a name, by the rules that the alerter goes by: those built in, not the machine's own.
pub(crate) fn zone(name: &str) -> anyhow::Result<TimeZone> {
    let found = Zone::new(name).ok().map(|zone| LocalClock::new(&zone));
    let Some(Ok(clock)) = found else {
        bail!("`time_zone` is `{name}`, expected an IANA name\nhint: such as `Asia/Shanghai`");
    };
    Ok(clock.into_zone())
}

/// Whoever can be reached by others asks them for a token.
pub(crate) fn reachable_with_token(http: &Http) -> anyhow::Result<()> {
    if !http.listen.ip().is_loopback() && http.token_file.is_none() {
        bail!(
            "`http.listen` is `{}`, which others can reach, and there is no `http.token_file`\n\
             hint: write a token of at least 32 characters into a file and name it there",
            http.listen
        );
    }
    Ok(())
}

fn twice<'a>(what: &str, ids: impl Iterator<Item = &'a String>) -> anyhow::Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            bail!("two {what}s have the id `{id}`\nhint: give one of them another");
        }
    }
    Ok(())
}

/// Relative paths are taken from the folder of the configuration, not from where one stands.
fn make_whole(config: &mut Config, base: &Path) {
    let whole = |path: &mut PathBuf| *path = base.join(&*path);
    whole(&mut config.data_dir);
    for path in [
        &mut config.lexicon_dir,
        &mut config.http.token_file,
        &mut config.privacy.pseudonym_secret_file,
        &mut config.watchdog.heartbeat_url_file,
    ]
    .into_iter()
    .flatten()
    {
        whole(path);
    }
    config
        .log
        .kafka
        .iter_mut()
        .flat_map(KafkaLog::paths)
        .for_each(whole);
    for source in &mut config.source {
        match source {
            Source::File { path, .. } => whole(path),
            Source::Kafka { access, .. } => access.paths().for_each(whole),
            Source::Feed { .. } => {}
        }
    }
    for calendar in &mut config.calendar {
        calendar.holidays_files.iter_mut().for_each(whole);
    }
    for receiver in &mut config.receiver {
        for path in [
            &mut receiver.path,
            &mut receiver.secret_file,
            &mut receiver.url_file,
        ]
        .into_iter()
        .flatten()
        {
            whole(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let parsed = toml::from_str(text).map_err(anyhow::Error::from);
        let error = parsed
            .and_then(|config| check(config, Path::new("/etc")))
            .unwrap_err();
        let shown = format!("{error:#}");
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        refused("colour = 1", "unknown field `colour`");
        refused("[http]\nlisten = \"here\"", "socket address");
        refused("[http]\nlisten = \"0.0.0.0:80\"", "hint: write a token");
        refused("time_zone = \"Mars\"", "`time_zone` is `Mars`");
        // The alerter would refuse it, too.
        refused("time_zone = \"Etc/Unknown\"", "expected an IANA name");
        refused("[log]\nposts_partitions = 0", "expected 1 to 64");
        refused("reopen_within = \"8d\"", "expected at most 7d");
        refused("[matcher]\nthreads = 65", "expected at most 64");
        let tier = "[tiers]\nIII = \"voices_1h >>= 5\"";
        refused(tier, "`tiers.III` is `voices_1h >>= 5`: ");
        let tier = "[tiers_all]\nII = \"weight >= 5\"";
        refused(tier, "hint: ");
        let hold = "[tiers]\nI = \"\"\nhold = { I = \"voices_1h >= 5\" }";
        refused(hold, "`tiers.hold.I` is `voices_1h >= 5`: ");
        let calm = "[tiers_all]\ncalm_after = \"30d\"";
        refused(calm, "`tiers_all.calm_after` is `30d`, expected");
        refused("[tiers]\nmin_sigma = 0.0", "`tiers.min_sigma` is `0`");
        refused("[privacy]\ntext_retention = \"soon\"", "soon");
        refused(
            "[[source]]\nkind = \"feed\"\nname = \"a\"\nurl = \"http://a\"",
            "crawler.contact",
        );
        refused(
            "[[source]]\nkind = \"file\"\nname = \"a\"\npath = \"b\"\nfolow = true",
            "folow",
        );
        let receiver = "[[receiver]]\nid = \"a\"\nkind = ";
        refused(&format!("{receiver}\"file\""), "needs `path`");
        refused(
            &format!("{receiver}\"terminal\"\nurl = \"http://a\""),
            "belongs to `webhook`",
        );
        refused(
            &format!("{receiver}\"terminal\"\nfallback = \"b\""),
            "another receiver",
        );
        refused(
            &format!("{receiver}\"terminal\"\nfrom_tier = \"V\""),
            "expected a tier",
        );
        refused(&format!("{receiver}\"pigeon\""), "unknown variant `pigeon`");
        refused(
            "[[receiver]]\nid = \"null\"\nkind = \"terminal\"",
            "keeps for its canaries",
        );
        refused(
            "[[source]]\nkind = \"file\"\nname = \"fengbiao-canary\"\npath = \"a\"",
            "keeps for its canaries",
        );
        let dog = |line: &str| format!("[watchdog]\n{line}");
        refused(&dog("canary_tier = \"V\""), "`watchdog.canary_tier` is `V`");
        refused(&dog("canary_within = \"0s\""), "how long a canary may take");
        refused(&dog("heartbeat_interval = \"0s\""), "hint: without");
        refused(&dog("owner = \" \""), "who answers");
        refused(
            &dog("heartbeat_url = \"http://a\"\nheartbeat_url_file = \"b\""),
            "both there",
        );
    }

    #[test]
    fn what_run_would_refuse_is_refused_here() {
        let hook = |url: &str| {
            format!(
                "[[receiver]]\nid = \"a\"\nkind = \"webhook\"\nsecret_file = \"s\"\nurl = \"{url}\""
            )
        };
        for (url, why) in [
            ("htp:/x", "its scheme is `htp`"),
            ("ftp://x/y", "its scheme is `ftp`"),
            ("http://", "empty host"),
        ] {
            refused(&hook(url), "receiver `a`: `url` is no address");
            refused(&hook(url), why);
        }
        let dog = "[watchdog]\nheartbeat_url = \"nope\"";
        refused(dog, "`watchdog.heartbeat_url` is no address");
        let address = "[http]\npublic_url = \"fengbiao.example\"";
        refused(address, "`http.public_url` is `fengbiao.example`");
        refused(
            "[logging]\nlevel = \"verbose\"",
            "`logging.level` has `verbose`",
        );
        refused("data_dir = \"\"", "`data_dir` is empty");
    }

    #[test]
    fn sources_are_judged_each_and_together() {
        let file = |name: &str, keys: &str| {
            format!("[[source]]\nkind = \"file\"\nname = \"{name}\"\n{keys}\n")
        };
        refused(
            &file("a", "path = \"b\"\nmap = \"txet=title\""),
            "`map` is `txet=title`",
        );
        refused(&file("push", "path = \"b\""), "keeps for what is pushed");
        let twice = file("a", "path = \"b\"") + &file("c", "path = \"b\"");
        refused(&twice, "the source `c`: another reads `b`, too");
        let feed = |keys: &str| {
            format!(
                "[crawler]\ncontact = \"a@b.example\"\n[[source]]\nkind = \"feed\"\nname = \"n\"\n{keys}"
            )
        };
        refused(&feed("url = \"nope\""), "`url` is `nope`");
        let hot = feed("url = \"http://a\"\ninterval = \"0s\"");
        refused(&hot, "`interval` is `0s`, expected `1s` to `7d`");
    }

    #[test]
    fn receivers_are_judged_together() {
        let file = |id: &str, keys: &str| {
            format!("[[receiver]]\nid = \"{id}\"\nkind = \"file\"\n{keys}\n")
        };
        let one = file("a", "path = \"f\"") + &file("b", "path = \"f\"");
        refused(&one, "receiver `b`: another writes to `f`, too");
        let circle = file("a", "path = \"f\"\nfallback = \"b\"")
            + &file("b", "path = \"g\"\nfallback = \"a\"");
        refused(&circle, "in a circle: `a` → `b` → `a`");
        refused(&file("A B", "path = \"f\""), "hint: such as `night-shift`");
    }

    #[test]
    fn numbers_and_lengths_have_bounds() {
        refused(
            "[privacy]\ntext_retention = \"0s\"",
            "`privacy.text_retention` is `0s`, expected `1h` to `3660d`",
        );
        refused(
            "[privacy]\npseudonym_rotation = \"0s\"",
            "`privacy.pseudonym_rotation` is `0s`, expected `1h` to `366d`",
        );
        refused(
            "[watchdog]\ncanary_interval = \"1ms\"",
            "`watchdog.canary_interval` is `1ms`, expected `1s` to",
        );
        refused(
            "[log]\nposts_max_bytes = 0",
            "`log.posts_max_bytes` is `0`, expected `67108864`",
        );
        refused(
            "[log]\nposts_max_bytes = -1",
            "`-1`, expected a whole number from 0 on",
        );
        refused(
            "[log]\ngroup_commit_millis = 3600000",
            "`log.group_commit_millis` is `3600000`, expected `0` to `1000`",
        );
        refused(
            "[privacy]\ntext_retention = \"99999999999d\"",
            "`99999999999d` is too long, expected at most `36525d`",
        );
        refused("[privacy]\ntext_retention = 14", "`14` has no unit");
    }

    #[test]
    fn what_is_mistyped_is_shown_as_it_should_be() {
        for address in ["localhost:7510", "127.0.0.1", "127.0.0.1:75100"] {
            let text = format!("[http]\nlisten = \"{address}\"");
            refused(&text, &format!("`{address}`, expected a socket address"));
            refused(&text, "hint: such as `127.0.0.1:7311`");
        }
        let single = "[source]\nkind = \"file\"\nname = \"a\"\npath = \"b\"";
        refused(single, "in two brackets, such as `[[source]]`");
        refused("[deadline]\nduty = \"answer\"", "in two brackets");
    }

    #[test]
    fn another_encoding_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        fs::write(&path, b"language = \"zh\"\n# \xb9\xfa\xc7\xec\n").unwrap();
        let shown = format!("{:#}", load(Some(&path)).unwrap_err());
        assert!(shown.contains("a.toml:2: the line is not UTF-8"), "{shown}");
        assert!(shown.contains("`iconv -f gb18030 -t utf-8`"), "{shown}");
    }

    #[test]
    fn relative_paths_are_those_of_the_file() {
        let loaded = check(Config::default(), Path::new("/etc/fengbiao")).unwrap();
        assert_eq!(
            loaded.config.data_dir,
            Path::new("/etc/fengbiao/fengbiao-data")
        );
    }
}
