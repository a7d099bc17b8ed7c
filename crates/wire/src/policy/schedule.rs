//! Who is on call.

use fengbiao_model::{Actor, Layer, LocalMinute, Override, Schedule, TimeOfDay, Timestamp, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weekly::WeeklyTimesJson;
use crate::error::WireError;
use crate::name::name;
use crate::scalar::{Str, Text};

/// A schedule of people on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// The zone by whose wall clock duty changes hands, an IANA name.
    #[serde(borrow)]
    pub zone: Str<'a>,
    /// The layers; the first that has somebody says who is on call.
    #[serde(borrow)]
    pub layers: Vec<LayerJson<'a>>,
}

/// A rotation: its members take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerJson<'a> {
    /// The receivers who take turns, in order.
    #[serde(borrow)]
    pub members: Vec<Str<'a>>,
    /// When it begins, in the schedule's zone.
    pub starts: Text<LocalMinute>,
    /// How long a turn is, on the wall clock.
    pub turn: TurnJson,
    /// The time of day at which duty changes hands.
    pub hand_over: Text<TimeOfDay>,
    /// The only times in which it has somebody; not there: always.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub only: Option<WeeklyTimesJson<'a>>,
}

/// The length of a turn, on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TurnJson {
    /// So many hours.
    Hours(u16),
    /// So many days.
    Days(u16),
    /// So many weeks.
    Weeks(u16),
}

/// Somebody stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "override")]
pub struct OverrideJson<'a> {
    /// Of which schedule.
    #[serde(borrow)]
    pub schedule: Str<'a>,
    /// The receiver who stands in.
    #[serde(borrow)]
    pub receiver: Str<'a>,
    /// From when on.
    pub from: Text<Timestamp>,
    /// Until when; this instant is not part of it.
    pub to: Text<Timestamp>,
    /// Who said so.
    #[serde(borrow)]
    pub by: Str<'a>,
}

impl<'a> From<&'a Schedule> for ScheduleJson<'a> {
    fn from(schedule: &'a Schedule) -> Self {
        Self {
            id: schedule.id.as_str().into(),
            zone: schedule.zone.as_str().into(),
            layers: schedule.layers.iter().map(Into::into).collect(),
        }
    }
}

impl ScheduleJson<'_> {
    /// The schedule, its names checked.
    pub fn into_model(self) -> Result<Schedule, WireError> {
        let layers = self.layers.into_iter().map(LayerJson::into_model);
        Ok(Schedule {
            id: name("schedules.id", &self.id.0)?,
            zone: name("schedules.zone", &self.zone.0)?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> From<&'a Layer> for LayerJson<'a> {
    fn from(layer: &'a Layer) -> Self {
        let members = layer.members.iter();
        Self {
            members: members.map(|member| member.as_str().into()).collect(),
            starts: Text(layer.starts),
            turn: layer.turn.into(),
            hand_over: Text(layer.hand_over),
            only: layer.only.as_ref().map(Into::into),
        }
    }
}

impl LayerJson<'_> {
    fn into_model(self) -> Result<Layer, WireError> {
        let members = self.members.into_iter();
        let members = members.map(|member| name("layers.members", &member.0));
        Ok(Layer {
            members: members.collect::<Result<_, _>>()?,
            starts: self.starts.0,
            turn: self.turn.into(),
            hand_over: self.hand_over.0,
            only: self.only.map(WeeklyTimesJson::into_model).transpose()?,
        })
    }
}

impl From<Turn> for TurnJson {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Hours(count) => Self::Hours(count),
            Turn::Days(count) => Self::Days(count),
            Turn::Weeks(count) => Self::Weeks(count),
        }
    }
}

impl From<TurnJson> for Turn {
    fn from(turn: TurnJson) -> Self {
        match turn {
            TurnJson::Hours(count) => Self::Hours(count),
            TurnJson::Days(count) => Self::Days(count),
            TurnJson::Weeks(count) => Self::Weeks(count),
        }
    }
}

impl<'a> From<&'a Override> for OverrideJson<'a> {
    fn from(held: &'a Override) -> Self {
        Self {
            schedule: held.schedule.as_str().into(),
            receiver: held.receiver.as_str().into(),
            from: Text(held.from),
            to: Text(held.to),
            by: held.by.as_str().into(),
        }
    }
}

impl OverrideJson<'_> {
    /// The override, its names checked.
    pub fn into_model(self) -> Result<Override, WireError> {
        Ok(Override {
            schedule: name("schedule", &self.schedule.0)?,
            receiver: name("receiver", &self.receiver.0)?,
            from: self.from.0,
            to: self.to.0,
            by: Actor::new(self.by.0).map_err(|error| WireError::id("by", &error))?,
        })
    }
}
