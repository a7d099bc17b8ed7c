//! Topics of other people's collectors: what becomes of a source whose brokers fail.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fengbiao_crawler::{ForeignRecord, ForeignTopic, Source, TopicFault, TopicSource};
use fengbiao_model::Pulse;

use crate::support::{FastClock, Memory, Running, preparer, until};

type Polled = Result<Vec<ForeignRecord>, TopicFault>;

/// Gives what was written down for it, and what is last without end.
struct Script(VecDeque<Polled>);

impl ForeignTopic for Script {
    fn poll(&mut self, _: Duration) -> Polled {
        std::thread::sleep(Duration::from_millis(1));
        if self.0.len() > 1 {
            self.0.pop_front().unwrap()
        } else {
            self.0.front().cloned().unwrap()
        }
    }

    fn done(&mut self) -> Result<(), TopicFault> {
        Ok(())
    }
}

/// A source whose topic does this each time it is opened.
fn topic(name: &str, clock: &Arc<FastClock>, script: &[Polled]) -> Box<dyn Source> {
    let script: VecDeque<Polled> = script.iter().cloned().collect();
    Box::new(TopicSource {
        topic: format!("{name}-posts"),
        open: Box::new(move || Ok(Box::new(Script(script.clone())))),
        preparer: preparer(name, Arc::<FastClock>::clone(clock)),
    })
}

fn record(payload: &str) -> ForeignRecord {
    ForeignRecord {
        place: "partition 0, offset 7".to_owned(),
        payload: payload.as_bytes().to_vec(),
    }
}

fn away() -> TopicFault {
    TopicFault::Away("no broker answered at `a:9092`".to_owned())
}

/// Polls and errors of a source over all pulses.
fn pulsed(pulses: &Mutex<Vec<Pulse>>, name: &str) -> (u32, u32) {
    let pulses = pulses.lock().unwrap();
    let of = pulses.iter().filter(|one| one.source.as_str() == name);
    of.fold((0, 0), |(polls, errors), one| {
        (polls + one.polls, errors + one.errors)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_that_are_away_are_no_sign_of_life_and_stall_no_other_source() {
    let (memory, clock) = (Arc::new(Memory::default()), FastClock::new(600));
    let refused = TopicFault::Refused("the topic is not there\nhint: create it".to_owned());
    let sources = vec![
        topic("gone", &clock, &[Err(away())]),
        topic("missing", &clock, &[Err(refused)]),
        topic(
            "sound",
            &clock,
            &[Ok(vec![record(r#"{"text":"停电了"}"#)]), Ok(Vec::new())],
        ),
    ];
    let running = Running::start(&memory, clock, sources);
    memory.await_posts(1).await;
    until(|| {
        let errors = |name| pulsed(&memory.pulses, name).1;
        errors("gone") > 1 && errors("missing") > 1 && pulsed(&memory.pulses, "sound").0 > 1
    })
    .await;
    running.stop().await;
    // Who only waits for brokers has looked at nothing: the watchdog calls it dead in its time.
    assert_eq!(pulsed(&memory.pulses, "gone").0, 0);
    assert_eq!(pulsed(&memory.pulses, "missing").0, 0);
    assert_eq!(pulsed(&memory.pulses, "sound").1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_goes_on_when_its_brokers_are_back_and_its_rubbish_is_masked() {
    let (memory, clock) = (Arc::new(Memory::default()), FastClock::new(600));
    let script = [
        Err(away()),
        Ok(vec![
            record("no post, call 13812345678"),
            record(r#"{"text":"停水了"}"#),
        ]),
        Ok(Vec::new()),
    ];
    let sources = vec![topic("partners", &clock, &script)];
    let running = Running::start(&memory, clock, sources);
    memory.await_posts(1).await;
    until(|| !memory.letters.lock().unwrap().is_empty()).await;
    running.stop().await;
    let letter = memory.letters.lock().unwrap().remove(0);
    let place = "partners: topic partners-posts, partition 0, offset 7";
    assert_eq!(letter.origin, place);
    assert!(!letter.payload.contains("13812345678"), "{letter:?}");
    assert_eq!(memory.texts(), ["停水了"]);
}
