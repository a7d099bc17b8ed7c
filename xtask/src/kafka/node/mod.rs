//! The nodes of a run: their files, their processes, and whether they answer.

mod configuration;
mod ports;
mod probe;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::certificate::Certificate;
use super::tools::{Tools, complete};

/// Who may do everything, by password.
pub(super) const USER: &str = "fengbiao";
/// Who may log in, by the same password, and do nothing.
pub(super) const STRANGER: &str = "stranger";

/// Between two looks at a node that starts or ends.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long a killed process may take to be gone.
const KILL_TIMEOUT: Duration = Duration::from_secs(30);

/// All nodes of a run.
pub(super) struct Cluster {
    tools: Tools,
    jars: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) certificate: Certificate,
    pub(super) expired: Certificate,
    pub(super) password: String,
    pub(super) nodes: Vec<Node>,
}

/// One node: broker and controller in one process.
pub(super) struct Node {
    number: u32,
    folder: PathBuf,
    ports: Ports,
}

/// Where a node listens on loopback.
#[derive(Clone, Copy)]
struct Ports {
    plaintext: u16,
    tls: u16,
    expired: u16,
    login: u16,
    controller: u16,
}

impl Cluster {
    /// Takes free ports and a fresh password; starts nothing.
    pub(super) fn new(
        tools: Tools,
        jars: PathBuf,
        folder: PathBuf,
        nodes: u32,
    ) -> anyhow::Result<Self> {
        let ports = ports::free(5 * usize::try_from(nodes)?)?;
        let nodes = (1..=nodes)
            .zip(ports.as_chunks::<5>().0)
            .map(
                |(number, &[plaintext, tls, expired, login, controller])| Node {
                    number,
                    folder: folder.join(format!("node-{number}")),
                    ports: Ports {
                        plaintext,
                        tls,
                        expired,
                        login,
                        controller,
                    },
                },
            )
            .collect();
        Ok(Self {
            tools,
            jars,
            certificate: Certificate::in_folder(&folder),
            expired: Certificate::expired_in(&folder),
            folder,
            password: random_text()?,
            nodes,
        })
    }

    /// Writes every file that the nodes need and formats their storage.
    pub(super) fn prepare(&self) -> anyhow::Result<()> {
        self.certificate.make(&self.tools, &self.password)?;
        self.expired.make(&self.tools, &self.password)?;
        let logging = self.folder.join("log4j2.properties");
        fs::write(&logging, configuration::LOGGING)
            .with_context(|| format!("writing {}", logging.display()))?;
        let random = ["kafka.tools.StorageTool", "random-uuid"];
        let id = complete(self.java().args(random), "draw a cluster id")?;
        for node in &self.nodes {
            fs::create_dir_all(&node.folder)
                .with_context(|| format!("creating {}", node.folder.display()))?;
            let properties = node.properties();
            fs::write(&properties, configuration::properties(self, node))
                .with_context(|| format!("writing {}", properties.display()))?;
            let script = node.script();
            fs::write(&script, self.start_script(node))
                .with_context(|| format!("writing {}", script.display()))?;
            self.format(node, id.trim())?;
        }
        Ok(())
    }

    fn format(&self, node: &Node, id: &str) -> anyhow::Result<()> {
        let mut format = self.java();
        format
            .args(["kafka.tools.StorageTool", "format", "-t", id, "-c"])
            .arg(node.properties());
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
            for user in [USER, STRANGER] {
                let credentials = format!("{mechanism}=[name={user},password={}]", self.password);
                format.args(["--add-scram", &credentials]);
            }
        }
        complete(&mut format, "format the storage of a node").map(drop)
    }

    fn java(&self) -> Command {
        let mut java = self.tools.java();
        java.arg("-cp").arg(self.jars.join("*"));
        java
    }

    /// So that a test, too, can start a node again that it has killed.
    fn start_script(&self, node: &Node) -> String {
        let megabytes = if self.nodes.len() > 1 { 384 } else { 512 };
        format!(
            "#!/bin/sh\n# Starts node {number}; its output goes to `output` beside this file.\n\
             echo $$ > '{pid}'\n\
             exec java -Xmx{megabytes}m -Dlog4j2.configurationFile='{logging}' \
             -cp '{jars}/*' kafka.Kafka '{properties}' >> '{output}' 2>&1\n",
            number = node.number,
            pid = node.pid_file().display(),
            logging = self.folder.join("log4j2.properties").display(),
            jars = self.jars.display(),
            properties = node.properties().display(),
            output = node.folder.join("output").display(),
        )
    }

    fn addresses(&self, port: impl Fn(Ports) -> u16) -> String {
        let addresses: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", port(node.ports)))
            .collect();
        addresses.join(",")
    }

    /// Without encryption; all are allowed to do everything.
    pub(super) fn plaintext(&self) -> String {
        self.addresses(|ports| ports.plaintext)
    }

    /// With TLS.
    pub(super) fn tls(&self) -> String {
        self.addresses(|ports| ports.tls)
    }

    /// With TLS, under a certificate that has expired.
    pub(super) fn expired(&self) -> String {
        self.addresses(|ports| ports.expired)
    }

    /// With TLS and a login.
    pub(super) fn login(&self) -> String {
        self.addresses(|ports| ports.login)
    }
}

impl Node {
    /// The nodes of a run that was started by an earlier process.
    pub(super) fn all_in(folder: &Path) -> anyhow::Result<Vec<Self>> {
        let mut nodes = Vec::new();
        for number in 1_u32.. {
            if !folder.join(format!("node-{number}")).exists() {
                break;
            }
            nodes.push(Self::in_run(folder, number)?);
        }
        Ok(nodes)
    }

    /// One of them.
    pub(super) fn in_run(folder: &Path, number: u32) -> anyhow::Result<Self> {
        let folder = folder.join(format!("node-{number}"));
        let properties = folder.join("node.properties");
        let text = fs::read_to_string(&properties).with_context(|| {
            format!(
                "there is no node {number}: reading {}",
                properties.display()
            )
        })?;
        Ok(Self {
            number,
            folder,
            ports: configuration::ports_of(&text)?,
        })
    }

    fn properties(&self) -> PathBuf {
        self.folder.join("node.properties")
    }

    fn script(&self) -> PathBuf {
        self.folder.join("start")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("pid")
    }

    /// Starts the process in a group of its own: an interrupt of this task does not reach it.
    pub(super) fn start(&self) -> anyhow::Result<()> {
        Command::new("sh")
            .arg(self.script())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", self.script().display()))?;
        Ok(())
    }

    /// Returns when the node answers and knows `nodes` brokers.
    pub(super) fn wait_until_it_answers(
        &self,
        nodes: usize,
        timeout: Duration,
    ) -> anyhow::Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.plaintext));
        let deadline = Instant::now() + timeout;
        let mut seen_running = false;
        loop {
            if probe::brokers(address).is_ok_and(|count| count >= nodes) {
                return Ok(());
            }
            let running = self.is_running()?;
            if (seen_running && !running) || Instant::now() > deadline {
                bail!(
                    "node {} did not answer; the end of its output:\n{}",
                    self.number,
                    self.last_output()
                );
            }
            seen_running |= running;
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn last_output(&self) -> String {
        let text = fs::read_to_string(self.folder.join("output")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Whether the process that was started for this very node lives: a number alone may have
    /// gone to another process since.
    pub(super) fn is_running(&self) -> anyhow::Result<bool> {
        let Ok(pid) = fs::read_to_string(self.pid_file()) else {
            return Ok(false);
        };
        let arguments = arguments_of(pid.trim())?;
        Ok(arguments.contains(&*self.properties().to_string_lossy()))
    }

    /// Kills the process without farewell and waits until it is gone; false where it did not run.
    pub(super) fn kill(&self) -> anyhow::Result<bool> {
        if !self.is_running()? {
            return Ok(false);
        }
        let pid = fs::read_to_string(self.pid_file())?;
        let kill = format!("kill -9 {}", pid.trim());
        complete(Command::new("sh").args(["-c", &kill]), "kill a node")?;
        let deadline = Instant::now() + KILL_TIMEOUT;
        while self.is_running()? {
            if Instant::now() > deadline {
                bail!("node {} does not end", self.number);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(true)
    }
}

/// The command line of a process; empty where there is none. Small systems have no `ps`.
fn arguments_of(pid: &str) -> anyhow::Result<String> {
    let processes = Path::new("/proc");
    if processes.join("self/cmdline").exists() {
        let line = fs::read(processes.join(pid).join("cmdline")).unwrap_or_default();
        return Ok(String::from_utf8_lossy(&line).into_owned());
    }
    let output = Command::new("ps")
        .args(["-o", "args=", "-p", pid])
        .output()
        .context("running `ps`")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// 32 characters that nobody can guess.
fn random_text() -> anyhow::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("reading /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
