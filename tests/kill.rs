//! A daemon under load is killed at random moments, started again each time, and in the end has
//! done what one does that nobody disturbed.
//!
//! `FENGBIAO_TEST_KILLS` says how often it is killed (50; 8 where `FENGBIAO_TEST_SHORT` or `CI` is
//! set), `FENGBIAO_TEST_SEED` repeats a run's choices.

pub(crate) mod load;
pub(crate) mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::http::{self, Received, Server};
use crate::support::{Config, Daemon, STOP_WITHIN, eventually_within, stderr, stdout};
use load::{FILE_TOPIC, LAST_PLACE, PUSH_TOPIC, Random};
use stored::Stored;

const KILLS: usize = 50;
const KILLS_SHORT: usize = 8;
/// Lines of the file for each kill.
const LINES_PER_KILL: usize = 300;
/// Longest time from the start, or from its being ready, to a kill.
const LONGEST_LIFE: Duration = Duration::from_millis(1_500);
/// The file grows in pieces, at random places in a line.
const PIECE_EVERY: Duration = Duration::from_millis(15);
/// How long the webhook takes to answer.
const WEBHOOK_TAKES: Duration = Duration::from_millis(100);
/// Longest wait for a backlog to be worked off, by a debug build on a busy machine.
const DRAIN_WITHIN: Duration = Duration::from_secs(600);
/// Signs the webhook's events; it protects nothing but this test.
pub(crate) const SECRET: &str = "whsec_bm90aGluZy1idXQtdGhpcy10ZXN0LWtub3dzLWl0\n";
/// Lines of one push of the undisturbed run.
const LINES_AT_ONCE: usize = 500;
/// So many posts are pushed at least, of which two in three are about an outage: pushes go through only
/// while a daemon lives, and how many do so between the kills is for the machine to say.
pub(crate) const PUSHED_AT_LEAST: usize = 300;

#[test]
fn a_daemon_killed_at_random_moments_does_what_an_undisturbed_one_does() {
    let seed = seed();
    let kills = kills(KILLS, KILLS_SHORT);
    let began = Instant::now();
    let note = |what: &str| {
        let seconds = began.elapsed().as_secs_f64();
        writeln!(std::io::stderr(), "kill: {seconds:7.1} s  {what}").unwrap();
    };
    note(&format!("{kills} kills, FENGBIAO_TEST_SEED={seed}"));
    let mut random = Random::new(seed);
    let lines = load::file(&mut random, LINES_PER_KILL * (kills + 1));

    let disturbed = Place::new("");
    let pushed = disturb(&disturbed, &lines, kills, &mut random);
    note(&format!("{} posts were pushed meanwhile", pushed.len()));
    disturbed.finish();
    note("the disturbed run is at its end");

    let quiet = Place::new(&lines.concat());
    let daemon = Daemon::start(&quiet.config);
    for some in pushed.chunks(LINES_AT_ONCE) {
        let text: String = some.iter().map(|post| post.line.as_str()).collect();
        assert_eq!(
            accepted(&daemon.push(&text)).map(|ids| ids.len()),
            Some(some.len())
        );
    }
    quiet.finish_with(daemon);
    note("the undisturbed run is at its end");

    same_records(&disturbed, &quiet, &pushed);
    replays_to_its_own_bytes(&disturbed, &note);
    replays_to_its_own_bytes(&quiet, &note);
    same_incidents_of(&disturbed, &quiet);
    one_key_for_a_notice(&disturbed, &quiet, &note);
    note("all is as it must be");
}

pub(crate) fn seed() -> u64 {
    let given = env::var("FENGBIAO_TEST_SEED").ok();
    given.map_or(u64::from(std::process::id()), |text| text.parse().unwrap())
}

/// How often something is killed: so often, or `short` where the run is to be.
pub(crate) fn kills(long: usize, short_kills: usize) -> usize {
    let short = ["FENGBIAO_TEST_SHORT", "CI"].map(env::var_os);
    let short = short.iter().any(Option::is_some);
    let given = env::var("FENGBIAO_TEST_KILLS").ok();
    given.map_or(if short { short_kills } else { long }, |text| {
        text.parse().unwrap()
    })
}

/// A receiver that is slow, so that kills fall between an event's coming and its answer; and that
/// refuses every fourth once, so that it comes again. (Twice would mean a wait of minutes.)
pub(crate) fn webhook() -> Server {
    let seen = Mutex::new(BTreeSet::new());
    Server::start(move |event| {
        std::thread::sleep(WEBHOOK_TAKES);
        let mut seen = seen.lock().unwrap();
        let new = seen.insert(event.header("webhook-id").to_owned());
        http::reply(if new && seen.len() % 4 == 0 { 503 } else { 204 }, "")
    })
}

/// The events that a webhook and a file were sent, with the ids they came under.
pub(crate) fn events(webhook: &Server, file: &Path) -> Vec<(String, Value)> {
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let hooked = |one: &Received| (one.header("webhook-id").to_owned(), parse(&one.body));
    let mut events: Vec<_> = webhook.received().iter().map(hooked).collect();
    let file = std::fs::read(file).unwrap();
    let lines = file.split(|&byte| byte == b'\n');
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    for (nth, line) in lines.iter().enumerate() {
        // What a kill has cut short keeps a line of its own, and comes whole behind it.
        if lines[nth + 1..]
            .iter()
            .any(|later| is_cut_from(line, later))
        {
            continue;
        }
        let event = parse(line);
        events.push((event["id"].as_str().unwrap().to_owned(), event));
    }
    events
}

fn is_cut_from(line: &[u8], whole: &[u8]) -> bool {
    line.len() < whole.len() && whole.starts_with(line)
}

/// Where a daemon runs, and who hears of its notices.
struct Place {
    config: Config,
    webhook: Server,
}

impl Place {
    fn new(file: &str) -> Self {
        let webhook = webhook();
        let config = Config::new(&format!(
            r#"
[http]
listen = "127.0.0.1:0"
# The links in notices must not change with the port.
public_url = "http://fengbiao.example.org"
# What is in the log is what was put there; a busy machine may well be late.
[watchdog]
enabled = false
[[source]]
kind = "file"
name = "archive"
path = "posts.ndjson"
follow = true
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
        ));
        config.write("posts.ndjson", file);
        config.write("webhook-secret", SECRET);
        Self { config, webhook }
    }

    fn finish(&self) {
        self.finish_with(Daemon::start(&self.config));
    }

    /// Lets a daemon come to the end of its work, and stops it cleanly.
    fn finish_with(&self, mut daemon: Daemon) {
        let began = Instant::now();
        let mut left = "nothing was seen".to_owned();
        loop {
            let incidents = daemon.get(&format!("/v1/incidents?limit=200&topic={FILE_TOPIC}"));
            if incidents.body.contains(LAST_PLACE) {
                match stored::left_to_do(&self.config.data()) {
                    None => break,
                    Some(work) => left = work,
                }
            }
            let said = daemon.stderr.text();
            assert!(began.elapsed() < DRAIN_WITHIN, "left: {left}\n{said}");
            std::thread::sleep(Duration::from_millis(100));
        }
        let (status, took) = daemon.stop();
        assert!(status.success(), "{status}\n{}", daemon.stderr.text());
        assert!(took < STOP_WITHIN, "stopped in {took:?}");
    }

    /// The events that receivers were sent, with the ids they came under.
    fn events(&self) -> Vec<(String, Value)> {
        events(&self.webhook, &self.config.file("notices.ndjson"))
    }
}

/// A post that was pushed and acknowledged.
#[derive(Clone)]
pub(crate) struct Pushed {
    pub(crate) id: String,
    line: String,
}

/// Runs a daemon, and kills it again and again while a file grows and posts are pushed.
fn disturb(place: &Place, lines: &[String], kills: usize, random: &mut Random) -> Vec<Pushed> {
    let pusher = Pusher::start(random.fork());
    let mut portions = lines.chunks(LINES_PER_KILL).map(<[String]>::concat);
    for kill in 0..kills {
        // Every third time within the start itself.
        let daemon = if kill % 3 == 2 {
            Daemon::spawn(&["run"], &place.config, |_| {})
        } else {
            let daemon = Daemon::start(&place.config);
            pusher.to(&daemon.address);
            daemon
        };
        let life = random.below(millis(LONGEST_LIFE));
        grow(
            &place.config.file("posts.ndjson"),
            &portions.next().unwrap(),
            Duration::from_millis(life),
            random,
        );
        daemon.kill();
    }
    let mut daemon = Daemon::start(&place.config);
    pusher.to(&daemon.address);
    grow(
        &place.config.file("posts.ndjson"),
        &portions.collect::<String>(),
        LONGEST_LIFE,
        random,
    );
    let pushed = pusher.stop_behind(PUSHED_AT_LEAST);
    daemon.stop();
    pushed
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap()
}

/// Appends text to the file, spread over a time.
pub(crate) fn grow(file: &Path, text: &str, over: Duration, random: &mut Random) {
    let mut file = OpenOptions::new().append(true).open(file).unwrap();
    let pieces = usize::try_from(millis(over) / millis(PIECE_EVERY))
        .unwrap()
        .max(1);
    let average = text.len() / pieces + 1;
    let mut rest = text.as_bytes();
    for _ in 0..pieces {
        let length = random.index(2 * average).min(rest.len());
        let (piece, after) = rest.split_at(length);
        file.write_all(piece).unwrap();
        rest = after;
        std::thread::sleep(PIECE_EVERY);
    }
    file.write_all(rest).unwrap();
}

/// Pushes without end, as a careful sender does: what was not acknowledged is sent again.
pub(crate) struct Pusher {
    address: Arc<Mutex<String>>,
    acknowledged: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Pushed>>,
}

impl Pusher {
    pub(crate) fn start(mut random: Random) -> Self {
        let address = Arc::new(Mutex::new(String::new()));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (to, stopped) = (Arc::clone(&address), Arc::clone(&stop));
        let count_of = Arc::clone(&acknowledged);
        let thread = std::thread::spawn(move || {
            let mut pushed = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                let count = 1 + random.index(5);
                let from = pushed.len();
                let lines: Vec<_> = (from..from + count)
                    .map(|number| load::push(&mut random, number))
                    .collect();
                let ids = until_acknowledged(&to, &lines.concat());
                let posts = ids.into_iter().zip(lines);
                pushed.extend(posts.map(|(id, line)| Pushed { id, line }));
                count_of.store(pushed.len(), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(random.below(30)));
            }
            pushed
        });
        Self {
            address,
            acknowledged,
            stop,
            thread,
        }
    }

    pub(crate) fn to(&self, address: &str) {
        address.clone_into(&mut self.address.lock().unwrap());
    }

    /// Stops when so many posts are acknowledged at least: these, in order.
    pub(crate) fn stop_behind(self, at_least: usize) -> Vec<Pushed> {
        eventually_within(DRAIN_WITHIN, "enough posts", || {
            let enough = self.acknowledged.load(Ordering::SeqCst) >= at_least;
            // One that has given up says why.
            (enough || self.thread.is_finished()).then_some(())
        });
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

/// Sends lines until they are acknowledged: the ids of their posts. Between a kill and the end of the
/// next start nobody is there to do so.
fn until_acknowledged(address: &Mutex<String>, lines: &str) -> Vec<String> {
    let kind = [("content-type", "application/x-ndjson")];
    eventually_within(DRAIN_WITHIN, "acknowledgement", || {
        let to = address.lock().unwrap().clone();
        let answer = http::ask(&to, "POST", "/v1/posts", &kind, lines.as_bytes());
        let ids = answer.ok().as_ref().and_then(accepted);
        if ids.is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        ids
    })
}

/// The ids of a push's posts, where all of it was taken. An answer that was cut short is none.
fn accepted(answer: &http::Answer) -> Option<Vec<String>> {
    let lines = answer.body.lines().filter(|_| answer.status == 200);
    let ids: Vec<_> = lines
        .map(|line| {
            let outcome: Value = serde_json::from_str(line).unwrap();
            assert_eq!(outcome["outcome"], "accepted", "{line}");
            outcome["post_id"].as_str().unwrap().to_owned()
        })
        .collect();
    (!ids.is_empty()).then_some(ids)
}

/// What was acknowledged is there; posts and hits are those of the undisturbed run.
#[track_caller]
fn same_records(disturbed: &Place, quiet: &Place, pushed: &[Pushed]) {
    let (disturbed, quiet) = (
        Stored::read(&disturbed.config.data()),
        Stored::read(&quiet.config.data()),
    );
    let lost: Vec<_> = pushed
        .iter()
        .filter(|post| !disturbed.posts.contains(&post.id))
        .map(|post| &post.line)
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    same_set("posts", &disturbed.posts, &quiet.posts);
    same_set("hits", &disturbed.hits, &quiet.hits);
    for topic in [FILE_TOPIC, PUSH_TOPIC] {
        let hits = quiet.hits.iter().filter(|(of, ..)| of == topic).count();
        assert!(hits > 100, "only {hits} of {topic}");
    }
}

#[track_caller]
pub(crate) fn same_set<T: Ord + std::fmt::Debug>(
    what: &str,
    disturbed: &BTreeSet<T>,
    quiet: &BTreeSet<T>,
) {
    let missing: Vec<_> = quiet.difference(disturbed).take(5).collect();
    let more: Vec<_> = disturbed.difference(quiet).take(5).collect();
    assert!(
        missing.is_empty() && more.is_empty(),
        "{what} of the disturbed run: missing {missing:?}, too many {more:?}"
    );
}

#[track_caller]
fn replays_to_its_own_bytes(place: &Place, note: &dyn Fn(&str)) {
    replays(&place.config, note);
}

/// What a daemon recorded gives its own bytes again.
#[track_caller]
pub(crate) fn replays(config: &Config, note: &dyn Fn(&str)) {
    let data = config.data();
    let output = config.run(&["replay", "--steps", data.to_str().unwrap()]);
    note(stdout(&output).trim_end());
    assert!(
        output.status.success(),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
}

/// The file's posts bring their own times, so all is equal; the pushed ones are found when they
/// are pushed, so their members are.
#[track_caller]
fn same_incidents_of(disturbed: &Place, quiet: &Place) {
    let (disturbed, quiet) = (disturbed.config.data(), quiet.config.data());
    same_incidents(&disturbed, &quiet, |topic| topic == FILE_TOPIC);
    let quiet = stored::incidents(&quiet);
    let tiers: BTreeSet<_> = quiet.values().filter_map(|one| one.highest_tier).collect();
    assert!(tiers.len() >= 3, "the load makes too few tiers: {tiers:?}");
}

/// Two data directories hold the same incidents, with the same tiers where the topic's posts bring their
/// own times.
#[track_caller]
pub(crate) fn same_incidents(disturbed: &Path, quiet: &Path, same_tiers: impl Fn(&str) -> bool) {
    let (disturbed, quiet) = (stored::incidents(disturbed), stored::incidents(quiet));
    let subjects: BTreeSet<_> = disturbed.keys().chain(quiet.keys()).collect();
    for subject in subjects {
        let of =
            |all: &BTreeMap<_, stored::Incidents>| all.get(subject).cloned().unwrap_or_default();
        let (one, other) = (of(&disturbed), of(&quiet));
        same_set(
            &format!("members of {subject:?}"),
            &one.members,
            &other.members,
        );
        if same_tiers(&subject.0) {
            assert_eq!(one.highest_tier, other.highest_tier, "{subject:?}");
        }
    }
}

/// A key stands for one text, and a change is told under one key.
#[track_caller]
fn one_key_for_a_notice(disturbed: &Place, quiet: &Place, note: &dyn Fn(&str)) {
    // The undisturbed run may find all at once, and then one notice stands for many.
    for (place, fewest) in [(disturbed, 10), (quiet, 3)] {
        let different = one_key(&place.events(), &place.config.data(), note);
        assert!(different > fewest, "the load makes too few notices");
    }
}

/// The same for what receivers were sent from one data directory; how many notices that were.
#[track_caller]
pub(crate) fn one_key(events: &[(String, Value)], data: &Path, note: &dyn Fn(&str)) -> usize {
    let mut texts: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (id, event) in events {
        let data = &event["data"];
        let receiver = data["key"]["receiver"].as_str().unwrap();
        let before = texts.entry((receiver, id)).or_insert(event);
        assert_eq!(*before, event, "`{id}` came with two texts");
        // Nothing calms within the test, so no tier is reached twice.
        let told = format!(
            "{receiver}: incident {}, {}, tier {}",
            data["number"], data["kind"], data["tier"]
        );
        keys.entry(told).or_default().insert(id);
    }
    for (told, ids) in &keys {
        assert_eq!(ids.len(), 1, "{told} came under {ids:?}");
    }
    assert_eq!(stored::undelivered(data), Vec::<String>::new());
    let (all, different) = (events.len(), texts.len());
    note(&format!("{all} events of {different} notices came"));
    different
}
