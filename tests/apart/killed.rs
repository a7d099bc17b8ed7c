//! Processes are killed at random moments and started again, matchers stand still for longer than
//! others wait for them, and lexicons are published meanwhile; in the end the record is that of an
//! undisturbed run over the very records of topic `posts`.
//!
//! `FENGBIAO_TEST_KILLS` says how often one is killed (30; 6 where `FENGBIAO_TEST_SHORT` or `CI` is
//! set), `FENGBIAO_TEST_SEED` repeats a run's choices, `FENGBIAO_TEST_LINES` says how many posts are
//! fed between two kills (200): a hundred kills with 10,000 make a million. With
//! `FENGBIAO_TEST_BROKERS_TOO` set, and three brokers (`cargo xtask kafka up --nodes 3`), brokers are
//! killed and started again, too.

use std::collections::BTreeSet;
use std::env;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Destination, NewRecord, Producer as _, Topic};
use fengbiao_model::{PostId, PostIdentity, ServiceId};

use super::installation::{Installation, left_to_do, new_prefix, partitions_of};
use crate::broker::Broker;
use crate::kill::load::{self, FILE_TOPIC, PUSH_TOPIC, Random};
use crate::kill::stored::Stored;
use crate::kill::{self, PUSHED_AT_LEAST, Pushed, Pusher};
use crate::support::http::Server;
use crate::support::{Config, Daemon};

const KILLS: usize = 30;
const KILLS_SHORT: usize = 6;
/// Lines of the file for each kill.
const LINES: usize = 200;
/// Longest time between two kills.
const LONGEST_LIFE: Duration = Duration::from_secs(4);
/// Longer than [`SESSION`], after which their partitions go to others.
const STALL: Duration = Duration::from_secs(9);
/// Longest wait for a backlog to be worked off, by debug builds on a busy machine.
const DRAIN_WITHIN: Duration = Duration::from_secs(600);
/// A rule for words that the load's dull posts use, so that each version has other hits.
const WORDS: [&str; 5] = ["步道", "图书馆", "晚霞", "合唱团", "银杏"];
/// The same for the version that is waited for.
const LAST_WORD: &str = "早班车";
/// Short, so that what a killed matcher had goes on soon. The shortest that brokers allow.
const SESSION: &str = "6s";

#[test]
fn processes_killed_at_random_moments_do_what_undisturbed_ones_do() {
    let name = "processes_killed_at_random_moments_do_what_undisturbed_ones_do";
    let brokers_too = env::var_os("FENGBIAO_TEST_BROKERS_TOO").is_some();
    let broker = if brokers_too {
        Broker::own_alone(name)
    } else {
        Broker::find(name)
    };
    let Some(broker) = broker else { return };
    let seed = kill::seed();
    let kills = kill::kills(KILLS, KILLS_SHORT);
    let began = Instant::now();
    let note = |what: &str| {
        let seconds = began.elapsed().as_secs_f64();
        writeln!(std::io::stderr(), "apart: {seconds:7.1} s  {what}").unwrap();
    };
    let nodes = broker.nodes();
    note(&format!(
        "{kills} kills, {nodes} broker(s), FENGBIAO_TEST_SEED={seed}"
    ));
    let mut random = Random::new(seed);
    let lines_per_kill =
        env::var("FENGBIAO_TEST_LINES").map_or(LINES, |text| text.parse().unwrap());
    let lines = load::file(&mut random, lines_per_kill * (kills + 1));

    let mut installation = Installation::new(broker);
    installation.session = SESSION;
    leave_tiers_out(&installation);
    let log = installation.log(&installation.prefix);
    let disturbed = Processes::new(&installation);
    let mut portions = lines.chunks(lines_per_kill).map(<[String]>::concat);
    let pushed = disturbed.disturb(&mut portions, kills, brokers_too, &mut random);
    note(&format!("{} posts were pushed meanwhile", pushed.len()));
    disturbed.finish(&log);
    note("the disturbed run is at its end");

    let prefix = new_prefix();
    let copy = installation.log(&prefix);
    for topic in [Topic::Lexicons, Topic::Posts] {
        copy_topic(&log, &copy, topic);
    }
    let quiet = Undisturbed::new(&installation, &prefix);
    quiet.run(&copy);
    note("the undisturbed run is at its end");

    all_are_there(&log, &lines, &pushed);
    same_hits(&log, &copy);
    kill::replays(&disturbed.alerter, &note);
    kill::replays(&quiet.config, &note);
    // The posts are the very same, with the times at which they were found: all is equal.
    kill::same_incidents(&disturbed.alerter.data(), &quiet.config.data(), |_| true);
    // The undisturbed run finds all at once, and tells each incident as it stands in the end.
    for (webhook, config, fewest) in [
        (&disturbed.webhook, &disturbed.alerter, 10),
        (&quiet.webhook, &quiet.config, 3),
    ] {
        let events = kill::events(webhook, &config.file("notices.ndjson"));
        let different = kill::one_key(&events, &config.data(), &note);
        assert!(different > fewest, "the load makes too few notices");
    }
    note("all is as it must be");
}

/// Leaves it to the configuration by what the shipped topics are graded.
fn leave_tiers_out(installation: &Installation) {
    for topic in ["food-safety", "public-safety", "service-outage"] {
        let path = format!("lexicon/{topic}.toml");
        let text = std::fs::read_to_string(installation.file(&path)).unwrap();
        let mut of_tiers = false;
        let kept = text.lines().filter(|line| {
            if line.starts_with('[') {
                of_tiers = line.starts_with("[tiers");
            }
            !of_tiers
        });
        let kept: Vec<_> = kept.collect();
        installation.write(&path, &(kept.join("\n") + "\n"));
    }
}

/// Receivers, and tiers by counts of posts, voices and sources: what is a copy of what, and what is
/// usual, hangs on the order in which partitions are met.
fn receivers(webhook: &Server) -> String {
    format!(
        r#"
[tiers]
IV = "posts_1h >= 1"
III = "voices_1h >= 3"
II = "voices_1h >= 8 && sources_1h >= 2"
I = "voices_1h >= 30"
[tiers_all]
IV = ""
III = "voices_1h >= 20"
II = "posts_1h >= 200 && subjects_1h >= 5"
[watchdog]
enabled = false
[[receiver]]
id = "desk"
kind = "webhook"
from_tier = "III"
group_wait = "0s"
repeat_interval = "0s"
url = "http://{}/hook"
secret_file = "webhook-secret"
[[receiver]]
id = "duty-log"
kind = "file"
from_tier = "IV"
repeat_interval = "0s"
path = "notices.ndjson"
"#,
        webhook.address
    )
}

/// Two crawlers, of which one feeds the same posts again; two matchers; alerter and console.
struct Processes<'a> {
    installation: &'a Installation,
    webhook: Server,
    crawlers: [Config; 2],
    matchers: [Config; 2],
    alerter: Config,
}

impl<'a> Processes<'a> {
    fn new(installation: &'a Installation) -> Self {
        installation.write("posts.ndjson", "");
        let webhook = kill::webhook();
        let crawler = |name: &str| {
            installation.config(&format!(
                "[watchdog]\nenabled = false\n[[source]]\nkind = \"file\"\nname = \"{name}\"\n\
                 path = \"{}\"\nfollow = true\n",
                installation.file("posts.ndjson").display()
            ))
        };
        let alerter = installation.config(&receivers(&webhook));
        alerter.write("webhook-secret", kill::SECRET);
        let matcher = || installation.config("[watchdog]\nenabled = false\n");
        Self {
            installation,
            webhook,
            crawlers: [crawler("archive"), crawler("archive-again")],
            matchers: [matcher(), matcher()],
            alerter,
        }
    }

    /// The processes by number, the alerter first: it publishes the first lexicon.
    fn start(&self, number: usize) -> Daemon {
        match number {
            0 => Daemon::start_roles(&self.alerter, "alerter,console"),
            1 | 2 => Daemon::start_roles(&self.matchers[number - 1], "matcher"),
            _ => Daemon::start_roles(&self.crawlers[number - 3], "crawler"),
        }
    }

    fn disturb(
        &self,
        portions: &mut impl Iterator<Item = String>,
        kills: usize,
        brokers_too: bool,
        random: &mut Random,
    ) -> Vec<Pushed> {
        let mut running: Vec<Option<Daemon>> = (0..5).map(|n| Some(self.start(n))).collect();
        let pusher = Pusher::start(random.fork());
        let to = |running: &[Option<Daemon>]| {
            pusher.to(&running[3].as_ref().unwrap().address);
        };
        to(&running);
        let file = self.installation.file("posts.ndjson");
        let mut versions = WORDS.iter();
        for round in 0..kills {
            let life = Duration::from_millis(random.below(kill::millis(LONGEST_LIFE)));
            kill::grow(&file, &portions.next().unwrap(), life, random);
            if round % 2 == 1
                && let Some(word) = versions.next()
            {
                self.new_version(word);
            }
            if round % 3 == 2 {
                stall(running[1 + random.index(2)].as_ref().unwrap());
            }
            // The alerter is one of five, but has most to lose.
            let victim = if random.below(3) == 0 {
                0
            } else {
                random.index(5)
            };
            running[victim].take().unwrap().kill();
            let broker = &self.installation.broker;
            if brokers_too {
                let node = 1 + u32::try_from(random.below(u64::from(broker.nodes()))).unwrap();
                broker.kill(node);
                std::thread::sleep(Duration::from_millis(random.below(4_000)));
                broker.start();
            }
            running[victim] = Some(self.start(victim));
            to(&running);
        }
        // What was changed between kills may all be published at once, by the next start: one version more
        // is waited for, and what comes behind it has other hits.
        let alerter = running[0].as_mut().unwrap();
        alerter.until_ready();
        self.new_version(LAST_WORD);
        let said = alerter.stderr.clone();
        alerter.until("the last version", || {
            said.has("published a lexicon").then_some(())
        });
        kill::grow(&file, &portions.collect::<String>(), LONGEST_LIFE, random);
        let pushed = pusher.stop_behind(PUSHED_AT_LEAST);
        for daemon in running.iter_mut().flatten() {
            daemon.stop();
        }
        pushed
    }

    /// Adds a rule to the lexicon; its process sees it within two seconds, if it lives.
    fn new_version(&self, word: &str) {
        let path = self.installation.file("lexicon/food-safety.toml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        let number = text.len();
        text.push_str(&format!(
            "\n[[rule]]\nid = \"extra-{number}\"\nmatch = \"substring:{word}\"\n\
             hits = [\"这里有{word}\"]\nmisses = [\"这里什么也没有\"]\n"
        ));
        std::fs::write(&path, text).unwrap();
    }

    /// Lets them come to the end of their work.
    fn finish(&self, log: &Arc<Kafka>) {
        let mut running: Vec<Daemon> = (0..5).map(|number| self.start(number)).collect();
        for crawler in &mut running[3..] {
            crawler.until_ready();
        }
        drained(log, &self.alerter, &running[0], |_| {
            // Both crawlers are at the end of the file.
            let length = std::fs::metadata(self.installation.file("posts.ndjson"))
                .unwrap()
                .len();
            let at_end = |config: &Config| {
                let states = crate::support::files_below(&config.data().join("sources"));
                let texts = states
                    .iter()
                    .filter_map(|path| std::fs::read_to_string(path).ok());
                texts
                    .into_iter()
                    .any(|text| text.contains(&length.to_string()))
            };
            self.crawlers.iter().all(at_end)
        });
        for daemon in &mut running {
            let (status, _) = daemon.stop();
            assert!(status.success(), "{status}\n{}", daemon.stderr.text());
        }
    }
}

/// Its partitions go to the other matcher, and it does not know when it goes on.
fn stall(matcher: &Daemon) {
    matcher.signal("STOP");
    std::thread::sleep(STALL);
    matcher.signal("CONT");
}

#[track_caller]
fn drained(log: &Arc<Kafka>, alerter: &Config, daemon: &Daemon, fed: impl Fn(&Daemon) -> bool) {
    let began = Instant::now();
    let mut left = "the crawlers have not read all".to_owned();
    loop {
        if fed(daemon) {
            match left_to_do(log, &alerter.data()) {
                None => return,
                Some(work) => left = work,
            }
        }
        let said = daemon.stderr.text();
        assert!(began.elapsed() < DRAIN_WITHIN, "left: {left}\n{said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// One process with every role, on a copy of the posts.
struct Undisturbed {
    config: Config,
    webhook: Server,
}

impl Undisturbed {
    fn new(installation: &Installation, prefix: &str) -> Self {
        let webhook = kill::webhook();
        let config = installation.config_under(prefix, &receivers(&webhook));
        config.write("webhook-secret", kill::SECRET);
        Self { config, webhook }
    }

    fn run(&self, copy: &Arc<Kafka>) {
        let mut daemon = Daemon::start(&self.config);
        drained(copy, &self.config, &daemon, |_| true);
        let (status, _) = daemon.stop();
        assert!(status.success(), "{status}\n{}", daemon.stderr.text());
    }
}

/// Record by record, so that every place is the same.
fn copy_topic(from: &Arc<Kafka>, to: &Arc<Kafka>, topic: Topic) {
    for records in partitions_of(from, topic) {
        for some in records.chunks(1_000) {
            let copies = some.iter().map(|record| NewRecord {
                topic,
                to: Destination::Partition(record.position.partition),
                payload: record.payload.clone(),
            });
            let positions = to.append(copies.collect()).unwrap();
            let before = some.iter().map(|record| record.position);
            assert!(before.eq(positions), "{topic} was copied to other places");
        }
    }
}

/// What the file holds and what was acknowledged is in `posts`.
fn all_are_there(log: &Arc<Kafka>, lines: &[String], pushed: &[Pushed]) {
    let posts = log.scan_topic(Topic::Posts).unwrap().map(Result::unwrap);
    let there = Stored::of(posts, std::iter::empty()).posts;
    let lost: Vec<_> = pushed
        .iter()
        .filter(|one| !there.contains(&one.id))
        .map(|one| &one.id)
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let service = ServiceId::new("lane").unwrap();
    for line in lines {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = PostId::of(
            &service,
            &PostIdentity::Native(line["id"].as_str().unwrap()),
        );
        assert!(there.contains(&id.to_string()), "read and lost: {line}");
    }
}

/// The set of (topic, post, rule, version), which has several versions in it.
fn same_hits(disturbed: &Arc<Kafka>, quiet: &Arc<Kafka>) {
    let hits = |log: &Arc<Kafka>| {
        let hits = log.scan_topic(Topic::Hits).unwrap().map(Result::unwrap);
        Stored::of(std::iter::empty(), hits).hits
    };
    let (disturbed, quiet) = (hits(disturbed), hits(quiet));
    kill::same_set("hits", &disturbed, &quiet);
    for topic in [FILE_TOPIC, PUSH_TOPIC] {
        let count = quiet.iter().filter(|(of, ..)| of == topic).count();
        assert!(count > 100, "only {count} hits of {topic}");
    }
    let versions: BTreeSet<u64> = quiet.iter().map(|(.., version)| *version).collect();
    assert!(versions.len() > 1, "only the versions {versions:?}");
}
