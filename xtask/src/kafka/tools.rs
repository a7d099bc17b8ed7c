//! The programs that a broker needs: Java to run it, Maven to fetch it.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The oldest Java that Kafka 4 runs on.
const OLDEST_JAVA: u32 = 17;

/// Proof that Java is there.
pub(crate) struct Tools;

impl Tools {
    /// Fails with what is missing and how to install it.
    pub(crate) fn find() -> anyhow::Result<Self> {
        match missing() {
            Some(what) => bail!("{what}"),
            None => Ok(Self),
        }
    }

    /// A Java virtual machine, not started.
    #[allow(
        clippy::unused_self,
        reason = "whoever has the tools has looked for them"
    )]
    pub(crate) fn java(&self) -> Command {
        Command::new("java")
    }

    /// Java's tool for keys and certificates.
    #[allow(
        clippy::unused_self,
        reason = "whoever has the tools has looked for them"
    )]
    pub(crate) fn keytool(&self) -> Command {
        Command::new("keytool")
    }

    /// Maven, which only fetches: fails where it is not installed.
    #[allow(
        clippy::unused_self,
        reason = "whoever has the tools has looked for them"
    )]
    pub(crate) fn maven(&self) -> anyhow::Result<Command> {
        match missing_maven() {
            Some(what) => bail!("{what}"),
            None => Ok(Command::new("mvn")),
        }
    }
}

/// What keeps the jars from being fetched on this machine, with a hint.
pub(super) fn missing_maven() -> Option<String> {
    let missing = "Maven is not installed (`mvn -version` does not run); it fetches Kafka's jars\n\
                   hint: install it, on Debian with `apt-get install maven`";
    output_of("mvn", "-version")
        .is_none()
        .then(|| missing.to_owned())
}

/// What keeps a broker from running on this machine, with a hint; `None` where nothing does.
pub(crate) fn missing() -> Option<String> {
    let hint = "hint: install it, on Debian with `apt-get install default-jre-headless`";
    let Some(version) = output_of("java", "-version") else {
        return Some(format!(
            "Java is not installed (`java -version` does not run)\n{hint}"
        ));
    };
    match major(&version) {
        Some(major) if major < OLDEST_JAVA => Some(format!(
            "Java {major} is too old for Kafka, expected {OLDEST_JAVA} or later\n{hint}"
        )),
        _ if output_of("keytool", "-help").is_none() => Some(format!(
            "Java's `keytool` is not installed, which makes the brokers' certificate\n{hint}"
        )),
        _ => None,
    }
}

/// Runs a program to its end; what it printed, or `None` where it does not run.
fn output_of(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    output.status.success().then_some(text)
}

/// `17` of `openjdk version "17.0.15" 2025-04-15`; `8` of `java version "1.8.0"`.
fn major(version: &str) -> Option<u32> {
    let quoted = version.split('"').nth(1)?;
    let mut parts = quoted.split(['.', '-', '+']);
    match parts.next()?.parse().ok()? {
        1 => parts.next()?.parse().ok(),
        major => Some(major),
    }
}

/// Runs a command to its end, and fails with what it printed.
pub(super) fn complete(command: &mut Command, doing: &str) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting a program to {doing}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("could not {doing}:\n{text}{errors}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_of_java_is_read() {
        for (text, expected) in [
            ("openjdk version \"17.0.15\" 2025-04-15\nmore", Some(17)),
            ("openjdk version \"25\" 2025-09-16", Some(25)),
            ("openjdk version \"24-ea\" 2025-03-18", Some(24)),
            ("java version \"1.8.0_402\"", Some(8)),
            ("no version", None),
        ] {
            assert_eq!(major(text), expected, "{text}");
        }
    }
}
