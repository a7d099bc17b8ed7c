//! Commands, as the ledger keeps them.

use fengbiao_model::{Action, Actor, Command, IncidentNumber, PostId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::policy::PolicyJson;
use crate::record::{decode, encode, object_text, parse};
use crate::scalar::{Str, Text, V1};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActionJson<'a> {
    /// Somebody takes an incident on.
    Acknowledge {
        /// The incident's number.
        incident: u64,
    },
    /// An incident is over.
    Close {
        /// The incident's number.
        incident: u64,
        /// Why, in a sentence.
        #[serde(borrow)]
        note: Str<'a>,
    },
    /// From now on these topics, tiers and receivers.
    Policy {
        /// All of it.
        #[serde(borrow)]
        policy: PolicyJson<'a>,
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

/// The canonical bytes of an action, as they stand in a command.
#[must_use]
pub fn encode_action(action: &Action) -> Vec<u8> {
    encode(&ActionJson::from(action))
}

/// Reads an action. It has no version of its own: it is part of what holds it.
pub fn decode_action(bytes: &[u8]) -> Result<Action, WireError> {
    let text = object_text(bytes)?;
    parse::<ActionJson<'_>>("action", text)?.into_model()
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
            Action::Acknowledge { incident } => Self::Acknowledge {
                incident: incident.0,
            },
            Action::Close { incident, note } => Self::Close {
                incident: incident.0,
                note: note.as_str().into(),
            },
            Action::Policy(policy) => Self::Policy {
                policy: policy.as_ref().into(),
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
            Self::Acknowledge { incident } => Action::Acknowledge {
                incident: IncidentNumber(incident),
            },
            Self::Close { incident, note } => Action::Close {
                incident: IncidentNumber(incident),
                note: note.0.into_owned(),
            },
            Self::Policy { policy } => Action::Policy(Box::new(policy.into_model()?)),
            Self::Purge { post } => Action::Purge { post: post.0 },
            Self::ConfirmClock {} => Action::ConfirmClock,
            Self::NewGeneration {} => Action::NewGeneration,
        })
    }
}
