//! Kafka's jars, fetched once by Maven and kept below `target/kafka`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::tools::{Tools, complete};
use crate::report;

/// The Apache Kafka that the tests run on.
pub(super) const VERSION: &str = "4.4.0";
/// Binds Kafka's logging interface to a file: it still asks for slf4j 1.7.
const LOGGING_VERSION: &str = "2.24.3";

/// Whether they were fetched before.
pub(super) fn are_there(home: &Path) -> bool {
    folder(home).exists()
}

fn folder(home: &Path) -> PathBuf {
    home.join(VERSION).join("lib")
}

/// The folder with the jars; fetches them where they are not there.
pub(super) fn resolve(tools: &Tools, home: &Path) -> anyhow::Result<PathBuf> {
    let jars = folder(home);
    if are_there(home) {
        return Ok(jars);
    }
    let folder = home.join(VERSION);
    let mut maven = tools.maven()?;
    report(&format!("fetching Kafka {VERSION} with Maven"));
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let project = folder.join("pom.xml");
    fs::write(&project, project_file())
        .with_context(|| format!("writing {}", project.display()))?;
    // Under another name until all are there, so that a fetch that was cut short is repeated.
    let unfinished = folder.join("fetching");
    maven
        .args(["-q", "-B", "-f"])
        .arg(&project)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", unfinished.display()));
    complete(&mut maven, "fetch Kafka's jars with Maven")?;
    fs::rename(&unfinished, &jars).with_context(|| format!("creating {}", jars.display()))?;
    Ok(jars)
}

fn project_file() -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>\n"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n\
         \x20 <modelVersion>4.0.0</modelVersion>\n\
         \x20 <groupId>fengbiao</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>\n\
         \x20 <dependencies>\n{}{}{}  </dependencies>\n</project>\n",
        dependency("org.apache.kafka", "kafka_2.13", VERSION),
        dependency(
            "org.apache.logging.log4j",
            "log4j-slf4j-impl",
            LOGGING_VERSION
        ),
        dependency("org.apache.logging.log4j", "log4j-core", LOGGING_VERSION),
    )
}
