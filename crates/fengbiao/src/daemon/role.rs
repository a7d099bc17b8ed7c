//! Which roles a process has.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::bail;
use clap::ValueEnum;

use crate::config::LogKind;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Reads sources and takes pushes; as many as wanted
    Crawler,
    /// Matches posts with the lexicon; as many as there are partitions of `posts`
    Matcher,
    /// Sets tiers and sends notices; one, with the ledger and the console
    Alerter,
    /// API and pages over the ledger; in the alerter's process
    Console,
}

/// The roles of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleSet(BTreeSet<Role>);

impl RoleSet {
    /// Every role.
    pub(crate) fn all() -> Self {
        Self(Role::value_variants().iter().copied().collect())
    }

    /// Those asked for, all where none is; what cannot run apart is said.
    pub(crate) fn chosen(asked: &[Role], log: LogKind) -> anyhow::Result<Self> {
        if asked.is_empty() {
            return Ok(Self::all());
        }
        let roles = Self(asked.iter().copied().collect());
        if roles == Self::all() {
            return Ok(roles);
        }
        if log == LogKind::Embedded {
            bail!(
                "`--role {roles}` runs apart from the others, which the embedded log cannot: it is one process's\n\
                 hint: leave `--role` out, or set `log.kind = \"kafka\"`"
            );
        }
        if roles.has(Role::Console) && !roles.has(Role::Alerter) {
            bail!(
                "`--role console` is there without `alerter`: both work on the one ledger, in one process\n\
                 hint: `--role alerter,console`"
            );
        }
        if roles.has(Role::Alerter) && !roles.has(Role::Console) {
            bail!(
                "`--role {roles}` is there without `console`: notices have links that acknowledge, and the \
                 command line asks whoever has the ledger; nobody would answer either\n\
                 hint: `--role {roles},console`"
            );
        }
        Ok(roles)
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether the process has the ledger: the command line asks it, and nobody else.
    pub(crate) fn owns_ledger(&self) -> bool {
        self.has(Role::Alerter)
    }

    /// What files of their own begin with, where processes without the ledger have some.
    pub(crate) fn file_prefix(&self) -> String {
        if self.owns_ledger() {
            String::new()
        } else {
            format!("{}.", self.to_string().replace(',', "-"))
        }
    }
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Crawler => "crawler",
            Self::Matcher => "matcher",
            Self::Alerter => "alerter",
            Self::Console => "console",
        }
    }
}

/// As the command line takes them.
impl fmt::Display for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|role| role.name()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_run_apart_is_refused() {
        let chosen = |roles: &[Role], log| RoleSet::chosen(roles, log);
        assert_eq!(chosen(&[], LogKind::Embedded).unwrap(), RoleSet::all());
        let all = Role::value_variants();
        assert_eq!(chosen(all, LogKind::Embedded).unwrap(), RoleSet::all());
        for (roles, log, expected) in [
            (
                &[Role::Matcher][..],
                LogKind::Embedded,
                "log.kind = \"kafka\"",
            ),
            (&[Role::Console], LogKind::Kafka, "--role alerter,console"),
            (&[Role::Alerter], LogKind::Kafka, "--role alerter,console"),
            (
                &[Role::Matcher, Role::Alerter],
                LogKind::Kafka,
                "`--role matcher,alerter` is there without `console`",
            ),
        ] {
            let error = chosen(roles, log).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let roles = chosen(&[Role::Matcher, Role::Crawler], LogKind::Kafka).unwrap();
        assert_eq!(roles.to_string(), "crawler,matcher");
        assert_eq!(roles.file_prefix(), "crawler-matcher.");
        assert!(!roles.owns_ledger());
    }
}
