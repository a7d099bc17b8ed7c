//! The topics in the brokers: made where they are missing, and held against what they should be.
//!
//! A topic with the wrong set-up loses records, or keeps them longer than was promised, without a
//! word. So all that is wrong is told at the start, at once, with what to do; nothing that exists
//! is changed.

mod check;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use self::check::{Found, Wanted};
use super::Asker;
use super::client::{code_of, failed_to, persist, refused};
use super::options::Options;
use crate::{BROKER_ANSWER_MILLIS, BROKER_RETRY_MILLIS, LogError, Topic, TopicFault};

const READING: &str = "read how the topics are set up";
const CREATING: &str = "create a topic";

type Admin = AdminClient<DefaultClientContext>;

/// Makes what is missing, then checks everything. How many partitions each topic has.
pub(super) fn settle(
    asker: &Asker,
    common: &ClientConfig,
    options: &Options,
) -> Result<[u32; Topic::ALL.len()], LogError> {
    let admin: Admin = common
        .create()
        .map_err(failed_to("make a client that looks after topics"))?;
    let wanted = Topic::ALL.map(|topic| Wanted::of(options, topic));
    let deadline = Instant::now() + options.connect_timeout;
    let mut refusals = create_missing(asker, &admin, options, &wanted, deadline)?;
    loop {
        let found = describe(asker, &admin, &wanted, deadline)?;
        let mut faults = std::mem::take(&mut refusals);
        let mut passing = true;
        for wanted in &wanted {
            let found = found.get(&wanted.name);
            if found.is_none() && faults.iter().any(|fault| fault.name == wanted.name) {
                // Its creation was refused, and that says more.
                passing = false;
                continue;
            }
            let of_topic = check::faults(wanted, found);
            // A leader is found by and by, and a topic just made is known everywhere a little later.
            passing &=
                of_topic.is_empty() || found.map_or(options.create_missing, Found::lacks_a_leader);
            faults.extend(of_topic);
        }
        if faults.is_empty() {
            return Ok(wanted.map(|wanted| wanted.partitions));
        }
        if !passing || Instant::now() > deadline {
            return Err(LogError::Topics { faults });
        }
        std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS));
    }
}

/// What the brokers refused to create.
fn create_missing(
    asker: &Asker,
    admin: &Admin,
    options: &Options,
    wanted: &[Wanted],
    deadline: Instant,
) -> Result<Vec<TopicFault>, LogError> {
    let found = names(asker, deadline)?;
    let mut refusals = Vec::new();
    if !options.create_missing {
        return Ok(refusals);
    }
    for wanted in wanted
        .iter()
        .filter(|wanted| !found.contains_key(&wanted.name))
    {
        match create(admin, wanted, deadline)? {
            RDKafkaErrorCode::NoError | RDKafkaErrorCode::TopicAlreadyExists => {}
            code => refusals.push(wanted.not_created(code)),
        }
    }
    Ok(refusals)
}

/// Whether brokers answer and every partition of every topic has one that leads it.
pub(super) fn look(asker: &Asker, options: &Options, within: Duration) -> Result<(), LogError> {
    let mut faults = Vec::new();
    for topic in Topic::ALL {
        let wanted = Wanted::of(options, topic);
        // One by one: a cluster that is shared may have very many others.
        let metadata = asker.fetch_metadata(Some(&wanted.name), within);
        let metadata = metadata.map_err(|error| LogError::Unreachable {
            brokers: options.brokers.clone(),
            seconds: within.as_secs(),
            cause: error.to_string(),
        })?;
        let mut found = found_in(&metadata);
        found.retain(|_, found| !found.is_empty());
        faults.extend(check::standing(&wanted, found.get(&wanted.name)));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(LogError::Topics { faults })
}

fn create(admin: &Admin, wanted: &Wanted, deadline: Instant) -> Result<RDKafkaErrorCode, LogError> {
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let settings = wanted.settings();
    let mut topic = NewTopic::new(
        &wanted.name,
        count(wanted.partitions),
        TopicReplication::Fixed(count(wanted.replication)),
    );
    for (name, value) in &settings {
        topic = topic.set(name, value);
    }
    let answers = ask(deadline, || admin.create_topics([&topic], &asking()))
        .map_err(|(code, cause)| refused(CREATING, code, cause))?;
    Ok(answers
        .into_iter()
        .next()
        .map_or(RDKafkaErrorCode::NoError, |answer| {
            answer.map_or_else(|(_, code)| code, |_| RDKafkaErrorCode::NoError)
        }))
}

fn asking() -> AdminOptions {
    let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
    AdminOptions::new()
        .request_timeout(Some(patience))
        .operation_timeout(Some(patience))
}

/// The topics that may be seen, each with its partitions' leaders and copies.
fn names(asker: &Asker, deadline: Instant) -> Result<BTreeMap<String, Found>, LogError> {
    let metadata = persist(deadline, |patience| asker.fetch_metadata(None, patience))
        .map_err(failed_to(READING))?;
    Ok(found_in(&metadata))
}

fn found_in(metadata: &Metadata) -> BTreeMap<String, Found> {
    let topics = metadata.topics().iter();
    topics
        .map(|topic| (topic.name().to_owned(), Found::of(topic)))
        .collect()
}

fn describe(
    asker: &Asker,
    admin: &Admin,
    wanted: &[Wanted],
    deadline: Instant,
) -> Result<BTreeMap<String, Found>, LogError> {
    let mut found = names(asker, deadline)?;
    found.retain(|name, _| wanted.iter().any(|wanted| wanted.name == *name));
    let names: Vec<String> = found.keys().cloned().collect();
    if names.is_empty() {
        return Ok(found);
    }
    let topics: Vec<_> = names.iter().map(|n| ResourceSpecifier::Topic(n)).collect();
    let answers = ask(deadline, || admin.describe_configs(&topics, &asking()))
        .map_err(|(code, cause)| refused(READING, code, cause))?;
    for (name, answer) in names.iter().zip(answers) {
        match answer.map(settings_of) {
            // The broker that was asked has not heard of the topic yet.
            Err(RDKafkaErrorCode::UnknownTopicOrPartition) => drop(found.remove(name)),
            Ok(settings) if settings.is_empty() => drop(found.remove(name)),
            answer => {
                if let Some(found) = found.get_mut(name) {
                    found.settings = answer.map_err(|code| code.to_string());
                }
            }
        }
    }
    Ok(found)
}

fn settings_of(resource: ConfigResource) -> BTreeMap<String, String> {
    resource
        .entries
        .into_iter()
        .filter_map(|entry| Some((entry.name, entry.value?)))
        .collect()
}

/// Asks an administrator's question, again where the answer did not come.
fn ask<T, F>(deadline: Instant, question: impl Fn() -> F) -> Result<T, (RDKafkaErrorCode, String)>
where
    T: Send,
    F: Future<Output = Result<T, KafkaError>> + Send,
{
    persist(deadline, |_| wait_for(question()))
        .map_err(|error| (code_of(&error), error.to_string()))
}

/// On a thread of its own, since the caller may be a task of a runtime that forbids waiting.
fn wait_for<T: Send>(
    answer: impl Future<Output = Result<T, KafkaError>> + Send,
) -> Result<T, KafkaError> {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .map_err(|_| KafkaError::Canceled)?;
                runtime.block_on(answer)
            })
            .join()
            .unwrap_or(Err(KafkaError::Canceled))
    })
}
