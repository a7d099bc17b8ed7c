//! From the broker's acknowledgement of a post to the webhook's receipt of its notice, while the
//! topic bears a load: matcher and alerter are processes of their own, and this one writes posts on
//! a schedule that waits for nobody.

mod load;
mod plot;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use clap::Args;

use self::load::{Load, Sent};
use super::installation::{ALERTER, Installation};
use super::{Common, NEVER, PARTITIONS, lexicon};
use crate::figures::{quantile, say};
use crate::latency::{places, webhook};

/// Shares of the measured capacity that are put on.
const LOADS: [f64; 3] = [0.1, 0.5, 0.8];
/// How long the last notice may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// How long each load is put on, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Posts of every second that open an incident; the others speak of nothing
    #[arg(long, default_value_t = 50.0)]
    incidents: f64,
    /// Posts a second that are taken for the capacity, in place of measuring it
    #[arg(long)]
    capacity: Option<f64>,
    /// Draws the delays into this SVG
    #[arg(long)]
    plot: Option<PathBuf>,
}

/// What became of the incidents under one load, in milliseconds, sorted.
struct Delays {
    /// Of the capacity.
    share: f64,
    /// Posts a second.
    rate: f64,
    acknowledged: Vec<f64>,
    /// From when the schedule would have the post sent: what waited for us is in it.
    due: Vec<f64>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let phases = if arguments.capacity.is_some() {
        3.0
    } else {
        4.0
    };
    let seconds = Duration::from_secs(arguments.seconds);
    let incidents = arguments.incidents * phases * seconds.as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    let most = places::PLACES as f64;
    ensure!(
        incidents < most,
        "{incidents} incidents are asked for, expected less than {most}\n\
         hint: `--incidents` a second times `--seconds` of each load"
    );
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let installation = installation(&arguments.common)?;
    let receiver = receiver(&installation, listener.local_addr()?)?;
    let alerter = installation.start(ALERTER, "alerter", &receiver)?;
    alerter.until_ready()?;
    let matcher = installation.start("matcher", "matcher", "")?;
    matcher.until_ready()?;
    let receipts = webhook::receive(listener);
    let mut load = Load::new(&installation, arguments.incidents)?;
    let capacity = match arguments.capacity {
        Some(capacity) => capacity,
        None => {
            let (capacity, sent) = load.flood(&matcher, seconds)?;
            received(sent, &receipts)?;
            capacity
        }
    };
    say(format_args!(
        "capacity, the load made on the same processors: {capacity:.0} posts/s; {} of each second \
         open an incident; group_wait 0 s; {} s each",
        arguments.incidents, arguments.seconds
    ));
    let mut all = Vec::new();
    for share in LOADS {
        let rate = share * capacity;
        let sent = load.put_on(rate, seconds)?;
        let (acknowledged, due) = received(sent, &receipts)?;
        all.push(Delays {
            share,
            rate,
            acknowledged,
            due,
        });
    }
    matcher.process.stop()?;
    alerter.process.stop()?;
    table(&all);
    if let Some(path) = &arguments.plot {
        std::fs::write(path, plot::draw(&all))?;
        say(format_args!("wrote {}", path.display()));
    }
    Ok(())
}

/// Places as subjects, beside a rule over all keywords that never holds.
fn installation(common: &Common) -> anyhow::Result<Installation> {
    let mut files = lexicon(&common.texts()?, &format!("@many AND {NEVER}"));
    files.extend(places::lexicon());
    Installation::new(common, "latency", PARTITIONS, &files)
}

fn receiver(installation: &Installation, webhook: SocketAddr) -> anyhow::Result<String> {
    let secret = installation.write("webhook-secret", crate::latency::SECRET)?;
    Ok(format!(
        "[storm]\nnotices = 0\n\
         [[receiver]]\nid = \"bench\"\nkind = \"webhook\"\ngroup_wait = \"0s\"\n\
         repeat_interval = \"0s\"\nurl = \"http://{webhook}/\"\nsecret_file = \"{}\"\n",
        secret.display()
    ))
}

/// Waits for the notice of each incident; how long it took since the acknowledgement and since it
/// was due.
fn received(
    sent: Vec<Sent>,
    receipts: &Receiver<(String, Instant)>,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let mut missing: BTreeMap<String, Sent> = sent
        .into_iter()
        .map(|sent| (sent.place.clone(), sent))
        .collect();
    let (mut acknowledged, mut due) = (Vec::new(), Vec::new());
    while !missing.is_empty() {
        let Ok((place, at)) = receipts.recv_timeout(PATIENCE) else {
            bail!("{} notices have not come", missing.len());
        };
        let Some(sent) = missing.remove(&place) else {
            bail!("a second notice of `{place}` came");
        };
        let since = |then: Instant| 1e3 * at.saturating_duration_since(then).as_secs_f64();
        acknowledged.push(since(sent.acknowledged));
        due.push(since(sent.due));
    }
    acknowledged.sort_unstable_by(f64::total_cmp);
    due.sort_unstable_by(f64::total_cmp);
    Ok((acknowledged, due))
}

fn table(all: &[Delays]) {
    say("");
    say(
        "| load | posts/s | notices | acknowledgement to receipt, ms: median | p99 | p99.9 | \
         greatest | due to receipt, ms: median | p99 | p99.9 | greatest |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|---|");
    for delays in all {
        let columns = |values: &[f64]| {
            let at = [0.5, 0.99, 0.999, 1.0].map(|share| quantile(values, share));
            at.map(|millis| format!("{millis:.1}")).join(" | ")
        };
        say(format_args!(
            "| {:.0} % | {:.0} | {} | {} | {} |",
            100.0 * delays.share,
            delays.rate,
            delays.due.len(),
            columns(&delays.acknowledged),
            columns(&delays.due)
        ));
    }
}
