//! The place of the only member of a group, and who has it.
//!
//! A static member (KIP-345) that begins takes the place of the one before it, and brokers fence
//! whoever speaks for that one. The client may be both: where it hears nothing of the group for a
//! session, such as after the broker that looked after the group was killed, it joins anew, and what
//! it had sent for its former self and arrives late is answered as if another had come. So who is
//! fenced asks the group whether the place is its own before it lets go.
//!
//! Brokers give the member that comes a new id of theirs, and keep the client's name and address of
//! the one before; what they take over is its subscription. There a process leaves its mark: as the
//! rack that it stands in (KIP-881). Only assignors for several members look at that, and brokers
//! with a selector of replicas, which take the leader where the rack is none of theirs.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;

use crate::lock::lock;
use crate::{BROKER_RETRY_MILLIS, LogError, PLACE_ANSWER_MILLIS, PLACE_LOOK_MILLIS};

/// By this a process knows itself again among the members of a group: another one for each process.
#[allow(
    clippy::disallowed_types,
    reason = "nothing is iterated by it: its keys are random ones of the system, which is what is wanted"
)]
pub(super) fn process_name() -> String {
    format!(
        "fengbiao-{:016x}",
        std::hash::RandomState::new().build_hasher().finish()
    )
}

/// The place of a sole member.
pub(super) struct Place {
    member: String,
    group: String,
    brokers: String,
    /// What the group knows the process by.
    process: String,
    common: ClientConfig,
    /// Two threads hear that they are fenced; one of them asks.
    verdict: Mutex<Option<LogError>>,
}

/// Who has a place.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    Ourselves,
    Nobody,
    Another,
    /// While a group agrees it tells no subscriptions.
    Unsaid,
}

impl Place {
    /// In `group`, as Kafka knows it, for whoever is `member`; `process` is its [`process_name`].
    pub(super) fn new(
        member: String,
        group: &str,
        brokers: &str,
        process: &str,
        common: &ClientConfig,
    ) -> Self {
        Self {
            member,
            group: group.to_owned(),
            brokers: brokers.to_owned(),
            process: process.to_owned(),
            common: common.clone(),
            verdict: Mutex::new(None),
        }
    }

    /// Makes the client that is told so a member in this place.
    pub(super) fn claim(&self, configuration: &mut ClientConfig) {
        configuration
            .set("group.instance.id", &self.member)
            .set("client.rack", &self.process);
    }

    /// Why whoever was told that it is fenced has to stop: another has the place
    /// ([`LogError::Fenced`]), or it has to join again ([`LogError::Broker`]). Where brokers do not
    /// say it in time, no other is taken to be there: if one is after all, it is fenced by our
    /// joining, asks in its turn, and ends.
    pub(super) fn why_fenced(&self) -> LogError {
        let mut verdict = lock(&self.verdict);
        verdict.get_or_insert_with(|| self.judge()).clone()
    }

    fn judge(&self) -> LogError {
        let deadline = Instant::now() + Duration::from_millis(PLACE_LOOK_MILLIS);
        let cause = loop {
            let unsaid = match self.holder() {
                Ok(Holder::Another) => return self.taken(),
                Ok(Holder::Ourselves) => break "the place is its own all the same".to_owned(),
                Ok(Holder::Nobody) => break "nobody has the place".to_owned(),
                Ok(Holder::Unsaid) => "the group has not agreed".to_owned(),
                Err(error) => error.to_string(),
            };
            if Instant::now() >= deadline {
                break format!("the brokers do not say who has the place: {unsaid}");
            }
            std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS));
        };
        LogError::Broker {
            doing: "stay a member of a group",
            cause: format!("`{}` was fenced in `{}`; {cause}", self.member, self.group),
            hint: "it joins again by itself",
        }
    }

    fn taken(&self) -> LogError {
        LogError::Fenced {
            member: self.member.clone(),
            group: self.group.clone(),
            brokers: self.brokers.clone(),
        }
    }

    /// By a client of its own: it knows those brokers only that are there now, and the list is
    /// whole only where all have answered.
    fn holder(&self) -> KafkaResult<Holder> {
        let patience = Duration::from_millis(PLACE_ANSWER_MILLIS);
        let asker: BaseConsumer = self.common.create()?;
        asker.fetch_metadata(None, patience)?;
        let list = asker.fetch_group_list(Some(&self.group), patience)?;
        let members = list.groups().iter().flat_map(|group| group.members());
        let known = members.map(|member| (member.id(), member.metadata().unwrap_or_default()));
        Ok(holder(known, &self.member, &self.process))
    }
}

/// Of the members of a group, by id and subscription: brokers begin a static member's id with its
/// place.
fn holder<'a>(
    mut members: impl Iterator<Item = (&'a str, &'a [u8])>,
    place: &str,
    process: &str,
) -> Holder {
    let start = format!("{place}-");
    let process = process.as_bytes();
    let ours = |subscription: &[u8]| subscription.windows(process.len()).any(|w| w == process);
    // A place has one.
    match members.find(|(id, _)| id.starts_with(&start)) {
        None => Holder::Nobody,
        Some((_, [])) => Holder::Unsaid,
        Some((_, subscription)) if ours(subscription) => Holder::Ourselves,
        Some(_) => Holder::Another,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_place_is_told_by_its_subscription() {
        let of = |members: &[(&'static str, &'static [u8])]| {
            holder(members.iter().copied(), "alerter-hits", "fengbiao-1f")
        };
        let beside = ("alerter-pulses-01bc", &b"\0\x03\0\x0bfengbiao-2e"[..]);
        assert_eq!(of(&[]), Holder::Nobody);
        assert_eq!(of(&[beside]), Holder::Nobody);
        let holder = |subscription| of(&[beside, ("alerter-hits-6f0e", subscription)]);
        assert_eq!(holder(b"\0\x03\0\x0bfengbiao-1f"), Holder::Ourselves);
        assert_eq!(holder(b"\0\x03\0\x0bfengbiao-2e"), Holder::Another);
        assert_eq!(holder(b"\0\x01"), Holder::Another);
        assert_eq!(holder(b""), Holder::Unsaid);
    }

    #[test]
    fn no_two_processes_have_one_name() {
        assert_ne!(process_name(), process_name());
    }
}
