//! The running daemon from outside: from the answer to a push to the webhook of its notice.
//!
//! Every post names a place of its own, so that each opens an incident and each incident makes one
//! notice. Both ends speak plain HTTP/1.1 over one thread, so that little of the delay is theirs.

pub(crate) mod http;
pub(crate) mod places;
pub(crate) mod webhook;

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use self::places::{PLACES, place};
use crate::figures::{quantile, say};
use crate::posts::{Numbers, text};

/// Pushes before the measuring begins: caches fill, tables are made.
const WARM_UP: usize = 20;
/// How long the daemon may take to start, and the last notice to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// The secret that webhooks are signed with; nobody checks it here.
pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Pushes a second, one post each
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// Pushes that are measured
    #[arg(long, default_value_t = 500)]
    pushes: usize,
    /// Of so many pushed posts one is an incident; the others speak of nothing
    #[arg(long, default_value_t = 1)]
    one_hit_in: usize,
    /// The daemon; by default the `fengbiao` that was built beside this program
    #[arg(long)]
    binary: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binary = binary(arguments.binary.as_deref())?;
    ensure!(arguments.rate > 0.0, "`--rate` must be above 0");
    ensure!(
        WARM_UP + arguments.pushes <= PLACES,
        "`--pushes` is `{}`, expected less than {}",
        arguments.pushes,
        PLACES - WARM_UP
    );
    let webhook = TcpListener::bind("127.0.0.1:0")?;
    let folder = tempfile::tempdir()?;
    let address = free_address()?;
    let config = configure(folder.path(), address, webhook.local_addr()?)?;
    let receipts = webhook::receive(webhook);
    let mut daemon = Daemon::start(&binary, &config)?;
    let mut stream = daemon.wait_until_ready(address)?;
    let (answers, answer_times) = push(&mut stream, address, arguments)?;
    let delays = delays(&answers, &receipts)?;
    daemon.stop()?;
    report(arguments, &delays, &answer_times);
    Ok(())
}

fn report(arguments: &Arguments, delays: &[f64], answer_times: &[f64]) {
    say(format_args!(
        "{} pushes at {} a second, one in {} an incident, group_wait 0 s; milliseconds",
        answer_times.len(),
        arguments.rate,
        arguments.one_hit_in.max(1)
    ));
    say("");
    say("| | count | median | p90 | p99 | greatest |");
    say("|---|---|---|---|---|---|");
    for (name, values) in [
        ("push to its answer (durable)", answer_times),
        ("**answer to the webhook's receipt**", delays),
    ] {
        let at = |share| quantile(values, share);
        say(format_args!(
            "| {name} | {} | {:.1} | {:.1} | {:.1} | {:.1} |",
            values.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        ));
    }
}

pub(crate) fn binary(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()?.with_file_name("fengbiao"),
    };
    if !path.is_file() {
        bail!(
            "there is no `{}`\nhint: `cargo build --release -p fengbiao` builds it there",
            path.display()
        );
    }
    Ok(path)
}

/// An address that was free a moment ago.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A configuration with one webhook, and a lexicon in which every place is a subject.
fn configure(folder: &Path, http: SocketAddr, webhook: SocketAddr) -> anyhow::Result<PathBuf> {
    let lexicon = folder.join("lexicon");
    std::fs::create_dir(&lexicon)?;
    for (file, text) in places::lexicon() {
        std::fs::write(lexicon.join(file), text)?;
    }
    std::fs::write(folder.join("secret"), SECRET)?;
    let config = folder.join("fengbiao.toml");
    let text = format!(
        "data_dir = \"data\"\nlexicon_dir = \"lexicon\"\n\
         [http]\nlisten = \"{http}\"\n\
         [watchdog]\nenabled = false\n\
         [logging]\nlevel = \"warn\"\n\
         [[receiver]]\nid = \"bench\"\nkind = \"webhook\"\ngroup_wait = \"0s\"\n\
         repeat_interval = \"0s\"\nurl = \"http://{webhook}/\"\nsecret_file = \"secret\"\n"
    );
    std::fs::write(&config, text)?;
    Ok(config)
}

/// The daemon as a process of its own; it is killed where it is not stopped.
struct Daemon(Child);

impl Daemon {
    fn start(binary: &Path, config: &Path) -> anyhow::Result<Self> {
        let child = Command::new(binary)
            .arg("--config")
            .arg(config)
            .arg("run")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting `{}`", binary.display()))?;
        Ok(Self(child))
    }

    /// A connection to the daemon, once it says that it is ready.
    fn wait_until_ready(&mut self, address: SocketAddr) -> anyhow::Result<BufReader<TcpStream>> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait()? {
                bail!("the daemon ended with {status}");
            }
            if let Ok(stream) = TcpStream::connect(address) {
                stream.set_nodelay(true)?;
                let mut stream = BufReader::new(stream);
                let answer = http::call(&mut stream, "GET", "/readyz", address, b"")?;
                if answer.status() == Some(200) {
                    return Ok(stream);
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the daemon is not ready after {} s", PATIENCE.as_secs())
    }

    /// Ends it; its data directory goes with this program's.
    fn stop(mut self) -> anyhow::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When the push of each place was answered.
type Answers = BTreeMap<String, Instant>;

/// Pushes posts one by one, each at its time whether or not the earlier ones were slow. Gives when
/// the incidents were answered, and how long the answers took in milliseconds, sorted.
fn push(
    stream: &mut BufReader<TcpStream>,
    address: SocketAddr,
    arguments: &Arguments,
) -> anyhow::Result<(Answers, Vec<f64>)> {
    let mut numbers = Numbers(13);
    let (mut answers, mut times) = (Answers::new(), Vec::new());
    let pause = Duration::from_secs_f64(1.0 / arguments.rate);
    let began = Instant::now();
    for (number, turn) in (0..WARM_UP + arguments.pushes).zip(0_u32..) {
        std::thread::sleep((began + pause * turn).saturating_duration_since(Instant::now()));
        let place = place(number);
        let incident = number % arguments.one_hit_in.max(1) == 0;
        let mut words = text(&mut numbers, false);
        if incident {
            words = format!("{place}从早上起停电，{words}");
        }
        let post =
            serde_json::json!({ "id": number.to_string(), "source": "bench", "text": words });
        let pushed = Instant::now();
        let answer = http::call(
            stream,
            "POST",
            "/v1/posts",
            address,
            post.to_string().as_bytes(),
        )?;
        let answered = Instant::now();
        ensure!(
            answer.status() == Some(200),
            "a push was answered with `{}`",
            answer.head.lines().next().unwrap_or_default()
        );
        if number >= WARM_UP {
            times.push(1e3 * (answered - pushed).as_secs_f64());
            if incident {
                answers.insert(place, answered);
            }
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok((answers, times))
}

/// From each answer to the first webhook of its place, in milliseconds, sorted. A webhook that
/// came before the answer was read counts as no delay.
fn delays(answers: &Answers, receipts: &Receiver<(String, Instant)>) -> anyhow::Result<Vec<f64>> {
    let mut missing = answers.clone();
    let mut delays = Vec::new();
    while !missing.is_empty() {
        let Ok((place, received)) = receipts.recv_timeout(PATIENCE) else {
            bail!("{} notices have not come", missing.len());
        };
        if let Some(answered) = missing.remove(&place) {
            delays.push(1e3 * received.saturating_duration_since(answered).as_secs_f64());
        }
    }
    delays.sort_unstable_by(f64::total_cmp);
    Ok(delays)
}
