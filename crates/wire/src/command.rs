//! Commands, as the ledger keeps them.

use fengbiao_model::{
    Action, Actor, Command, IncidentNumber, OverrideNumber, PostId, SilenceNumber, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::deed::DeedJson;
use crate::error::WireError;
use crate::name::name;
use crate::policy::PolicyJson;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};
use crate::silence::SilencedJson;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActionJson<'a> {
    /// Something is asked of an incident.
    Incident {
        /// The incident's number.
        incident: Text<IncidentNumber>,
        /// What.
        #[serde(borrow)]
        deed: DeedJson<'a>,
    },
    /// For a while some incidents shall not be told.
    Silence {
        /// Which.
        #[serde(borrow)]
        covers: SilencedJson<'a>,
        /// When it begins; not there: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Text<Timestamp>>,
        /// When it ends.
        until: Text<Timestamp>,
        /// Why, in a sentence.
        #[serde(borrow)]
        reason: Str<'a>,
    },
    /// A silence ends now.
    EndSilence {
        /// The silence's number.
        silence: u64,
    },
    /// Somebody stands in for whoever is on call.
    StandIn {
        /// Of which schedule.
        #[serde(borrow)]
        schedule: Str<'a>,
        /// The receiver who stands in.
        #[serde(borrow)]
        receiver: Str<'a>,
        /// From when on; not there: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Text<Timestamp>>,
        /// Until when; this instant is not part of it.
        to: Text<Timestamp>,
    },
    /// Somebody stands in no longer.
    EndStandIn {
        /// The number under which they stand in.
        number: u64,
    },
    /// From now on these topics, tiers and receivers.
    Policy {
        /// All of it.
        #[serde(borrow)]
        policy: Box<PolicyJson<'a>>,
    },
    /// A post is to be forgotten at once.
    Purge {
        /// The post.
        post: Text<PostId>,
    },
    /// The wall clock is right after it parted from the monotonic one.
    ConfirmClock {},
    /// The log was made anew: positions start again.
    NewGeneration {},
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "command")]
pub struct CommandJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Its running number in the ledger, from 1.
    pub number: u64,
    /// When it was asked (wall clock).
    pub at: Text<Timestamp>,
    /// Who asks: somebody who works with Fengbiao, or `fengbiao` itself.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// What is asked.
    #[serde(borrow)]
    pub action: ActionJson<'a>,
}

/// The canonical bytes of a command.
#[must_use]
pub fn encode_command(command: &Command) -> Vec<u8> {
    encode(&CommandJson::from(command))
}

/// Reads a command.
pub fn decode_command(bytes: &[u8]) -> Result<Command, WireError> {
    decode::<CommandJson<'_>>("command", bytes)?.into_model()
}

impl<'a> From<&'a Command> for CommandJson<'a> {
    fn from(command: &'a Command) -> Self {
        Self {
            v: V1,
            number: command.number,
            at: Text(command.at),
            by: command.by.as_str().into(),
            action: (&command.action).into(),
        }
    }
}

impl CommandJson<'_> {
    /// The command, its names checked.
    pub fn into_model(self) -> Result<Command, WireError> {
        Ok(Command {
            number: self.number,
            at: self.at.0,
            by: Actor::new(self.by.0).map_err(|error| WireError::id("by", &error))?,
            action: self.action.into_model()?,
        })
    }
}

impl<'a> From<&'a Action> for ActionJson<'a> {
    fn from(action: &'a Action) -> Self {
        match action {
            Action::Incident { incident, deed } => Self::Incident {
                incident: Text(*incident),
                deed: deed.into(),
            },
            Action::Silence {
                covers,
                from,
                until,
                reason,
            } => Self::Silence {
                covers: covers.into(),
                from: from.map(Text),
                until: Text(*until),
                reason: reason.as_str().into(),
            },
            Action::EndSilence { silence } => Self::EndSilence { silence: silence.0 },
            Action::StandIn {
                schedule,
                receiver,
                from,
                to,
            } => Self::StandIn {
                schedule: schedule.as_str().into(),
                receiver: receiver.as_str().into(),
                from: from.map(Text),
                to: Text(*to),
            },
            Action::EndStandIn { number } => Self::EndStandIn { number: number.0 },
            Action::Policy(policy) => Self::Policy {
                policy: Box::new(policy.as_ref().into()),
            },
            Action::Purge { post } => Self::Purge { post: Text(*post) },
            Action::ConfirmClock => Self::ConfirmClock {},
            Action::NewGeneration => Self::NewGeneration {},
        }
    }
}

impl ActionJson<'_> {
    /// The action, its names checked.
    pub fn into_model(self) -> Result<Action, WireError> {
        Ok(match self {
            Self::Incident { incident, deed } => Action::Incident {
                incident: incident.0,
                deed: deed.into_model()?,
            },
            Self::Silence {
                covers,
                from,
                until,
                reason,
            } => Action::Silence {
                covers: covers.into_model()?,
                from: from.map(|at| at.0),
                until: until.0,
                reason: reason.0.into_owned(),
            },
            Self::EndSilence { silence } => Action::EndSilence {
                silence: SilenceNumber(silence),
            },
            Self::StandIn {
                schedule,
                receiver,
                from,
                to,
            } => Action::StandIn {
                schedule: name("schedule", &schedule.0)?,
                receiver: name("receiver", &receiver.0)?,
                from: from.map(|at| at.0),
                to: to.0,
            },
            Self::EndStandIn { number } => Action::EndStandIn {
                number: OverrideNumber(number),
            },
            Self::Policy { policy } => Action::Policy(Box::new(policy.into_model()?)),
            Self::Purge { post } => Action::Purge { post: post.0 },
            Self::ConfirmClock {} => Action::ConfirmClock,
            Self::NewGeneration {} => Action::NewGeneration,
        })
    }
}
