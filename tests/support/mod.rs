//! The binary just built, as its operators use it: started on a folder of its own, asked over
//! HTTP, stopped or killed.

pub(crate) mod http;

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Answer;

/// The binary that these tests are about.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_fengbiao");
/// Longest wait for something that must happen. The shipped lexicon takes a debug build seconds to
/// compile, and a busy machine ten times that.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// Longest time that an orderly stop may take here. The bound that operators are promised is shorter,
/// and it is the daemon's own: what is looked at is that nothing holds the stop up.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(30);

/// A folder with a configuration, removed when this is dropped.
pub(crate) struct Config {
    folder: tempfile::TempDir,
}

impl Config {
    /// Writes a configuration. Its data are in `data`, and it listens on a free port of loopback,
    /// unless the text says otherwise.
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = format!("data_dir = \"data\"\n{text}\n");
        if !text.contains("[http]") {
            whole.push_str("[http]\nlisten = \"127.0.0.1:0\"\n");
        }
        // What a test finds in the log is what it has put there.
        if !text.contains("[watchdog]") {
            whole.push_str("[watchdog]\ncanary_interval = \"0s\"\n");
        }
        fs::write(folder.path().join("fengbiao.toml"), whole).unwrap();
        Self { folder }
    }

    /// The configuration's file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("fengbiao.toml")
    }

    /// A path in its folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into its folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.file("data")
    }

    /// Runs a command with this configuration to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let path = self.path();
        let mut all = vec!["--config", path.to_str().unwrap()];
        all.extend(args);
        run(&all)
    }
}

/// Runs the binary to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    Command::new(BINARY)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a command wrote to standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a command wrote to standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Text that a process writes, gathered as it comes.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<String>>);

impl Written {
    fn gather(from: impl Read + Send + 'static) -> Self {
        let written = Self::default();
        let to = written.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                let mut text = to.0.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
            }
        });
        written
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.0.lock().unwrap().contains(part)
    }
}

/// A daemon under test. One that is still running when this is dropped is killed.
pub(crate) struct Daemon {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// The token that it asks for.
    pub(crate) token: Option<String>,
    pub(crate) stdout: Written,
    pub(crate) stderr: Written,
}

impl Daemon {
    /// Starts a daemon and waits until it is ready.
    pub(crate) fn start(config: &Config) -> Self {
        Self::start_with(config, |_| {})
    }

    /// The same, with changes to its command, such as an environment.
    pub(crate) fn start_with(config: &Config, change: impl FnOnce(&mut Command)) -> Self {
        let address_file = config.data().join("address");
        // One that was killed has left its address behind.
        fs::remove_file(&address_file).ok();
        let mut daemon = Self::spawn(&["run"], config, change);
        daemon.address = daemon.until("the address", || {
            let text = fs::read_to_string(&address_file).ok()?;
            text.strip_suffix('\n').map(str::to_owned)
        });
        daemon.until_ready();
        daemon
    }

    /// Starts a process that has some roles only, and waits until it says where it listens; it may
    /// lack something yet.
    pub(crate) fn start_roles(config: &Config, roles: &str) -> Self {
        let prefix = if roles.contains("alerter") { "" } else { roles };
        let separator = if prefix.is_empty() { "" } else { "." };
        let address_file = config.data().join(format!("{prefix}{separator}address"));
        fs::remove_file(&address_file).ok();
        let mut daemon = Self::spawn(&["run", "--role", roles], config, |_| {});
        daemon.address = daemon.until("the address", || {
            let text = fs::read_to_string(&address_file).ok()?;
            text.strip_suffix('\n').map(str::to_owned)
        });
        daemon
    }

    /// Starts the binary and returns at once.
    pub(crate) fn spawn(args: &[&str], config: &Config, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(BINARY);
        command
            .arg("--config")
            .arg(config.path())
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        Self {
            stdout: Written::gather(child.stdout.take().unwrap()),
            stderr: Written::gather(child.stderr.take().unwrap()),
            child,
            address: String::new(),
            token: None,
        }
    }

    /// Waits for something while the daemon runs; fails with what the daemon said.
    #[track_caller]
    pub(crate) fn until<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            let said = self.stderr.text();
            assert!(ended.is_none(), "no {what}: it ended, {ended:?}\n{said}");
            assert!(began.elapsed() < PATIENCE, "no {what} in time\n{said}");
            std::thread::sleep(pause_after(began));
        }
    }

    #[track_caller]
    pub(crate) fn until_ready(&mut self) {
        let address = self.address.clone();
        self.until("/readyz", || {
            let answer = http::ask(&address, "GET", "/readyz", &[], b"").ok()?;
            (answer.status == 200).then_some(())
        });
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.pid())])
            .status();
        assert!(sent.unwrap().success());
    }

    /// SIGKILL, and waits for the end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has: its status and how long it took.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> (ExitStatus, Duration) {
        self.signal("TERM");
        self.wait()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(
                began.elapsed() < PATIENCE,
                "it does not end\n{}",
                self.stderr.text()
            );
            std::thread::sleep(pause_after(began));
        }
    }

    /// Asks the daemon, with its token where it has one.
    pub(crate) fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", kind)];
        headers.extend(bearer.iter().map(|value| ("authorization", value.as_str())));
        http::ask(&self.address, method, path, &headers, body).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "text/plain", b"")
    }

    /// Pushes lines of NDJSON.
    pub(crate) fn push(&self, lines: &str) -> Answer {
        self.ask(
            "POST",
            "/v1/posts",
            "application/x-ndjson",
            lines.as_bytes(),
        )
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits for something that must happen.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// The same for what may take longer, or must not take so long.
#[track_caller]
pub(crate) fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < patience, "no {what} in time");
        std::thread::sleep(pause_after(began));
    }
}

/// How long to wait before the next look: the longer it has taken, the longer, so that looks which
/// start a process leave the machine to what they wait for.
fn pause_after(began: Instant) -> Duration {
    (began.elapsed() / 10).clamp(Duration::from_millis(5), Duration::from_millis(100))
}

/// Writes a file that only its owner reads.
pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
