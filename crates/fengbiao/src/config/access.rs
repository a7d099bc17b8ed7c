//! How brokers are come to: encryption and login.

use std::path::{Path, PathBuf};

use anyhow::bail;
use fengbiao_log::kafka::{Identity, Login, Mechanism, SecretSource, Security, Tls};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Encryption and login. Without any, everything travels in the open.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Access {
    /// Whether connections are encrypted.
    pub(crate) tls: bool,
    /// Certificates of those who may vouch for the brokers (PEM); without it, those of the system.
    #[schemars(example = &"/etc/fengbiao/kafka-ca.pem")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_authority_file: Option<PathBuf>,
    /// Our own certificate (PEM), where the brokers ask for one.
    #[schemars(example = &"/etc/fengbiao/kafka-client.pem")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_certificate_file: Option<PathBuf>,
    /// Its private key (PEM).
    #[schemars(example = &"/etc/fengbiao/kafka-client.key")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_key_file: Option<PathBuf>,
    /// File with the password that opens the key, on its first line, where the key is locked.
    #[schemars(example = &"/etc/fengbiao/kafka-client.password")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_key_password_file: Option<PathBuf>,
    /// Variable of the environment with the password of the key, in place of a file.
    #[schemars(example = &"FENGBIAO_KAFKA_KEY_PASSWORD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_key_password_variable: Option<String>,
    /// How to log in: `plain` (with TLS only), `scram-sha-256` or `scram-sha-512`; without it nobody
    /// logs in.
    #[schemars(example = &"scram-sha-512")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<LoginBy>,
    /// Who logs in.
    #[schemars(example = &"fengbiao")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// File with the password, on its first line.
    #[schemars(example = &"/etc/fengbiao/kafka-password")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    /// Variable of the environment with the password, in place of a file.
    #[schemars(example = &"FENGBIAO_KAFKA_PASSWORD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_variable: Option<String>,
}

/// How a password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LoginBy {
    /// The password itself is sent.
    Plain,
    /// An answer to a challenge, by SHA-256.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// An answer to a challenge, by SHA-512.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

/// Fails where a list of brokers is none; `place` is its key.
pub(crate) fn check_brokers(place: &str, brokers: &str) -> anyhow::Result<()> {
    for address in brokers.split(',').map(str::trim) {
        let port = address
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty());
        if port
            .and_then(|(_, port)| port.parse::<u16>().ok())
            .is_none()
        {
            bail!("`{place}` has `{address}`, expected `host:port`, with commas between");
        }
    }
    Ok(())
}

impl Access {
    /// What is wrong, with its remedy; `place` is where the table stands.
    pub(crate) fn check(&self, place: &str) -> anyhow::Result<()> {
        let of_tls = [
            ("tls_authority_file", self.tls_authority_file.is_some()),
            ("tls_certificate_file", self.tls_certificate_file.is_some()),
            ("tls_key_file", self.tls_key_file.is_some()),
        ];
        if let Some((key, _)) = of_tls.iter().find(|(_, given)| *given && !self.tls) {
            bail!(
                "`{place}.{key}` is there, but not `tls = true`\nhint: set it, or leave the key out"
            );
        }
        if self.tls_certificate_file.is_some() != self.tls_key_file.is_some() {
            bail!(
                "`{place}.tls_certificate_file` and `tls_key_file` go together, and one is missing\n\
                 hint: name both, or neither"
            );
        }
        let opened_by = [
            (
                "tls_key_password_file",
                self.tls_key_password_file.is_some(),
            ),
            (
                "tls_key_password_variable",
                self.tls_key_password_variable.is_some(),
            ),
        ];
        let opened_by: Vec<_> = opened_by.iter().filter(|(_, given)| *given).collect();
        match (&opened_by[..], &self.tls_key_file) {
            ([], _) | ([_], Some(_)) => {}
            ([(key, _), ..], None) => bail!(
                "`{place}.{key}` is there, and no `tls_key_file` that it opens\n\
                 hint: name the key, or leave its password out"
            ),
            _ => bail!(
                "`{place}.tls_key_password_file` and `tls_key_password_variable` are both there\n\
                 hint: leave one of them out"
            ),
        }
        let passwords = [
            self.password_file.is_some(),
            self.password_variable.is_some(),
        ];
        match (self.login, &self.user, passwords) {
            (None, None, [false, false]) => Ok(()),
            (None, ..) => bail!(
                "`{place}` has a user or a password, and no `login`\n\
                 hint: `login = \"scram-sha-512\"`, or what the brokers ask for"
            ),
            (Some(_), None, _) => bail!(
                "`{place}.login` is there, and no `user` who logs in\nhint: `user = \"…\"` beside it"
            ),
            (Some(_), Some(_), [true, true]) => {
                bail!(
                    "`{place}.password_file` and `password_variable` are both there\nhint: leave one of them out"
                )
            }
            (Some(_), Some(_), [false, false]) => {
                bail!(
                    "`{place}.login` is there, and no password\nhint: `password_file` or `password_variable` says where it is"
                )
            }
            (Some(LoginBy::Plain), ..) if !self.tls => bail!(
                "`{place}.login` is `plain` without `tls`: the password would travel in the open\n\
                 hint: set `tls = true`, or use `scram-sha-512`"
            ),
            (Some(_), Some(_), _) => Ok(()),
        }
    }

    /// The paths that are taken from the folder of the configuration.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [
            &mut self.tls_authority_file,
            &mut self.tls_certificate_file,
            &mut self.tls_key_file,
            &mut self.tls_key_password_file,
            &mut self.password_file,
        ]
        .into_iter()
        .flatten()
    }

    /// The files that hold secrets, by the key that names them.
    pub(crate) fn secret_files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [
            ("tls_key_file", &self.tls_key_file),
            ("tls_key_password_file", &self.tls_key_password_file),
            ("password_file", &self.password_file),
        ];
        let there = files.into_iter();
        there.filter_map(|(key, path)| Some((key, path.as_deref()?)))
    }

    /// The variables of the environment that hold secrets.
    pub(crate) fn secret_variables(&self) -> impl Iterator<Item = &String> {
        [&self.tls_key_password_variable, &self.password_variable]
            .into_iter()
            .flatten()
    }

    /// As the log takes it.
    pub(crate) fn security(&self) -> Security {
        let identity = self
            .tls_certificate_file
            .clone()
            .zip(self.tls_key_file.clone());
        let identity = identity.map(|(certificate, key)| Identity {
            certificate,
            key,
            password: secret(&self.tls_key_password_file, &self.tls_key_password_variable),
        });
        let login = || {
            Some(Login {
                mechanism: match self.login? {
                    LoginBy::Plain => Mechanism::Plain,
                    LoginBy::ScramSha256 => Mechanism::ScramSha256,
                    LoginBy::ScramSha512 => Mechanism::ScramSha512,
                },
                user: self.user.clone()?,
                password: secret(&self.password_file, &self.password_variable)?,
            })
        };
        Security {
            tls: self.tls.then(|| Tls {
                authority: self.tls_authority_file.clone(),
                identity,
            }),
            login: login(),
        }
    }
}

/// Where a secret is: in a file or in a variable of the environment, whichever is named.
fn secret(file: &Option<PathBuf>, variable: &Option<String>) -> Option<SecretSource> {
    let file = file.clone().map(SecretSource::File);
    file.or_else(|| variable.clone().map(SecretSource::Environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let parsed = toml::from_str::<Access>(text).map_err(anyhow::Error::from);
        let error = parsed.and_then(|access| access.check("a.b")).unwrap_err();
        let shown = format!("{error:#}");
        assert!(shown.contains(expected), "{text}\n{shown}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (keys, expected) in [
            (
                "tls_authority_file = \"a\"",
                "`a.b.tls_authority_file` is there",
            ),
            ("tls = true\ntls_key_file = \"a\"", "go together"),
            (
                "tls = true\ntls_key_password_file = \"a\"",
                "`a.b.tls_key_password_file` is there, and no `tls_key_file`",
            ),
            (
                "tls = true\ntls_certificate_file = \"a\"\ntls_key_file = \"b\"\n\
                 tls_key_password_file = \"c\"\ntls_key_password_variable = \"D\"",
                "both there",
            ),
            ("user = \"a\"", "no `login`"),
            ("login = \"scram-sha-256\"", "no `user` who logs in"),
            (
                "login = \"scram-sha-256\"\nuser = \"a\"",
                "hint: `password_file` or",
            ),
            (
                "login = \"plain\"\nuser = \"a\"\npassword_file = \"b\"",
                "in the open",
            ),
            (
                "login = \"scram-sha-512\"\nuser = \"a\"\npassword_file = \"b\"\npassword_variable = \"C\"",
                "both there",
            ),
            ("passwort = 1", "unknown field `passwort`"),
        ] {
            refused(keys, expected);
        }
    }

    #[test]
    fn a_password_is_named_by_its_place() {
        let text = "tls = true\nlogin = \"plain\"\nuser = \"a\"\npassword_variable = \"B\"";
        let access: Access = toml::from_str(text).unwrap();
        access.check("a").unwrap();
        let login = access.security().login.unwrap();
        assert_eq!(login.password, SecretSource::Environment("B".to_owned()));
    }

    #[test]
    fn a_locked_key_is_opened_by_its_own_password() {
        let identity = |more: &str| {
            let text = "tls = true\ntls_certificate_file = \"a\"\ntls_key_file = \"b\"\n";
            let access: Access = toml::from_str(&format!("{text}{more}")).unwrap();
            access.check("a").unwrap();
            access.security().tls.unwrap().identity.unwrap()
        };
        assert_eq!(identity("").password, None);
        assert_eq!(
            identity("tls_key_password_file = \"c\"").password,
            Some(SecretSource::File("c".into()))
        );
        assert_eq!(
            identity("tls_key_password_variable = \"D\"").password,
            Some(SecretSource::Environment("D".to_owned()))
        );
    }
}
