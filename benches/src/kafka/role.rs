//! The matcher's role as a process of its own, and what a process has used.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::{Arguments, Cost, PARTITIONS};
use crate::figures::as_f64;
use crate::posts::Numbers;
use crate::setting;

/// How long a role may take to start with all its keywords, and to read on.
const PATIENCE: Duration = Duration::from_secs(300);
/// Clock ticks a second in `/proc`: what Linux shows to programs, whatever it counts itself.
const TICKS: f64 = 100.0;

/// Configuration and lexicon.
pub(super) struct Place {
    folder: tempfile::TempDir,
    binary: PathBuf,
    brokers: String,
    prefix: String,
}

impl Place {
    pub(super) fn new(arguments: &Arguments, prefix: &str) -> anyhow::Result<Self> {
        let place = Self {
            folder: tempfile::tempdir()?,
            binary: crate::latency::binary(arguments.binary.as_deref())?,
            brokers: arguments.brokers.clone(),
            prefix: prefix.to_owned(),
        };
        for (path, text) in &setting::texts()?.files {
            place.write(&format!("lexicon/{path}"), text)?;
        }
        place.write("lexicon/lists/many.txt", &keywords(arguments.keywords))?;
        place.write("lexicon/many.toml", MANY)?;
        place.write("secret", "nothing that this measures is secret at all")?;
        place.configure()?;
        Ok(place)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))
    }

    fn configure(&self) -> anyhow::Result<()> {
        self.write(
            "fengbiao.toml",
            &format!(
                "data_dir = \"data\"\nlexicon_dir = \"lexicon\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
                 [privacy]\npseudonym_secret_file = \"secret\"\n[log]\nkind = \"kafka\"\n\
                 posts_partitions = {PARTITIONS}\n[log.kafka]\nbrokers = \"{}\"\nprefix = \"{}\"\n\
                 replication = 1\nsession_timeout = \"6s\"\n[watchdog]\nenabled = false\n",
                self.brokers, self.prefix
            ),
        )
    }

    fn start(&self, roles: &str) -> anyhow::Result<Child> {
        let child = Command::new(&self.binary)
            .arg("--config")
            .arg(self.folder.path().join("fengbiao.toml"))
            .args(["run", "--role", roles])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.context("starting the daemon")
    }

    /// Lets an alerter publish the lexicon.
    pub(super) fn publish(&self) -> anyhow::Result<()> {
        let mut alerter = self.start("alerter")?;
        let done = self.until_answered("address", "/readyz", |_| true);
        stop(&mut alerter);
        done.map(drop)
    }

    /// Runs the role over all posts; and the hits that it found.
    pub(super) fn matcher(&self, count: usize) -> anyhow::Result<(Cost, u64)> {
        fs::remove_file(self.folder.path().join("data/matcher.address")).ok();
        let mut child = self.start("matcher")?;
        let measured = self.measure(&child.id().to_string(), count);
        stop(&mut child);
        measured
    }

    fn measure(&self, process: &str, count: usize) -> anyhow::Result<(Cost, u64)> {
        let read = |text: &str| counter(text, "fengbiao_matcher_records_total");
        let tenth = u64::try_from(count / 10)?;
        let first =
            self.until_answered("matcher.address", "/metrics", |text| read(text) > tenth)?;
        let (at, cpu) = (Instant::now(), cpu_of(process)?);
        // Control records count with the posts.
        let all = u64::try_from(count)? + u64::from(PARTITIONS);
        let last = self.until_answered("matcher.address", "/metrics", |text| read(text) >= all)?;
        let posts = read(&last) - read(&first);
        let cost = Cost {
            posts: as_f64(usize::try_from(posts)?),
            wall: at.elapsed(),
            cpu: cpu_of(process)?.saturating_sub(cpu),
            rss_mib: rss_mib_of(process)?,
        };
        Ok((cost, counter(&last, "fengbiao_matcher_hits_total")))
    }

    /// The first answer that will do.
    fn until_answered(
        &self,
        file: &str,
        path: &str,
        enough: impl Fn(&str) -> bool,
    ) -> anyhow::Result<String> {
        let began = Instant::now();
        let file = self.folder.path().join("data").join(file);
        while began.elapsed() < PATIENCE {
            let address = fs::read_to_string(&file).unwrap_or_default();
            if let Ok(answer) = get(address.trim(), path)
                && enough(&answer)
            {
                return Ok(answer);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the daemon did not come so far in {} s", PATIENCE.as_secs())
    }
}

const MANY: &str = "topic = \"many\"\nname = \"许多词\"\npurpose = \"只为测量\"\nowner = \"bench\"\n\
    [lists]\nmany = { file = \"lists/many.txt\" }\n[[rule]]\nid = \"many\"\nmatch = \"@many\"\n\
    hits = [\"䶮䶮䶮䶮\"]\nmisses = [\"今天晴\"]\n";

/// Keywords that no generated post has, of characters that stand in many of them.
fn keywords(count: usize) -> String {
    let parts: Vec<char> = "今天下班早沿着江边慢走回家楼新开书店晚上十点才关门周末想去山里看秋树叶地铁有人在读一本厚旧"
        .chars()
        .collect();
    let mut numbers = Numbers(11);
    let mut text = String::from("䶮䶮䶮䶮\n");
    for _ in 0..count {
        for _ in 0..3 {
            let at = usize::try_from(numbers.next() % parts.len() as u64).unwrap_or(0);
            text.extend(parts.get(at));
        }
        // A character that no post has, so that scanning goes deep and finds nothing.
        text.push('䶮');
        text.push('\n');
    }
    text
}

fn stop(child: &mut Child) {
    // SIGTERM, so that it stores where it has come and leaves its group.
    let asked = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", child.id())])
        .status();
    if asked.is_err() {
        child.kill().ok();
    }
    child.wait().ok();
}

/// The sum of a counter over its labels.
fn counter(metrics: &str, name: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    values.sum()
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// What a process has used of the processors, itself and the system for it.
pub(super) fn cpu_of(process: &str) -> anyhow::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in brackets and may hold spaces; 12 and 13 behind it are the ticks.
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    let ticks = ticks(11).zip(ticks(12)).context("reading `/proc`")?;
    Ok(Duration::from_secs_f64((ticks.0 + ticks.1) / TICKS))
}

/// Memory of a process that is resident.
pub(super) fn rss_mib_of(process: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kibibytes.context("reading `/proc`")? / 1024.0)
}
