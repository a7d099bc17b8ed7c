//! Who hears of what: a tree of routes, and what mutes what.

use fengbiao_model::{Inhibition, Pace, Route, Target, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weekly::WeeklyTimesJson;
use crate::error::WireError;
use crate::filter::FilterJson;
use crate::name::name;
use crate::scalar::Str;

/// A node of the tree of routes. The first child that takes an incident tells it, and those after
/// it while they go on; where no child does, its own targets are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteJson<'a> {
    /// Which incidents it takes; not there: all.
    #[serde(borrow, default, skip_serializing_if = "FilterJson::is_everything")]
    pub takes: FilterJson<'a>,
    /// When it is open; not there: always.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub times: Option<WeeklyTimesJson<'a>>,
    /// To whom.
    #[serde(borrow)]
    pub to: Vec<TargetJson<'a>>,
    /// How long a first notice waits for more of its incident, in milliseconds; not there: as in
    /// the route above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_wait_ms: Option<i64>,
    /// The least time between two notices of one incident to one receiver, in milliseconds; not
    /// there: as in the route above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_interval_ms: Option<i64>,
    /// After how long an open, unacknowledged incident is told again, in milliseconds, 0: never;
    /// not there: as in the route above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_interval_ms: Option<i64>,
    /// Whether the routes after it are asked as well.
    pub goes_on: bool,
    /// Its children, in order; not there: none.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteJson<'a>>,
}

/// To whom a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TargetJson<'a> {
    /// A receiver.
    Receiver {
        /// Its id.
        #[serde(borrow)]
        id: Str<'a>,
    },
    /// Whoever is on call by a schedule when there is something to tell.
    Schedule {
        /// Its id.
        #[serde(borrow)]
        id: Str<'a>,
    },
    /// An escalation chain, from its first step on.
    Chain {
        /// Its id.
        #[serde(borrow)]
        id: Str<'a>,
    },
}

/// While an incident that `by` takes is open on the same subject, those that `mutes` takes are not
/// told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InhibitionJson<'a> {
    /// What mutes.
    #[serde(borrow)]
    pub by: FilterJson<'a>,
    /// What is muted.
    #[serde(borrow)]
    pub mutes: FilterJson<'a>,
}

impl<'a> From<&'a Route> for RouteJson<'a> {
    fn from(route: &'a Route) -> Self {
        let Pace {
            group_wait,
            group_interval,
            repeat_interval,
        } = route.pace;
        Self {
            takes: (&route.takes).into(),
            times: route.times.as_ref().map(Into::into),
            to: route.to.iter().map(Into::into).collect(),
            group_wait_ms: group_wait.map(TimeSpan::as_millis),
            group_interval_ms: group_interval.map(TimeSpan::as_millis),
            repeat_interval_ms: repeat_interval.map(TimeSpan::as_millis),
            goes_on: route.goes_on,
            routes: route.routes.iter().map(Into::into).collect(),
        }
    }
}

impl RouteJson<'_> {
    /// The route, its names checked.
    pub fn into_model(self) -> Result<Route, WireError> {
        let to = self.to.into_iter().map(TargetJson::into_model);
        let routes = self.routes.into_iter().map(RouteJson::into_model);
        Ok(Route {
            takes: self.takes.into_model()?,
            times: self.times.map(WeeklyTimesJson::into_model).transpose()?,
            to: to.collect::<Result<_, _>>()?,
            pace: Pace {
                group_wait: self.group_wait_ms.map(TimeSpan::from_millis),
                group_interval: self.group_interval_ms.map(TimeSpan::from_millis),
                repeat_interval: self.repeat_interval_ms.map(TimeSpan::from_millis),
            },
            goes_on: self.goes_on,
            routes: routes.collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> From<&'a Target> for TargetJson<'a> {
    fn from(target: &'a Target) -> Self {
        match target {
            Target::Receiver(id) => Self::Receiver {
                id: id.as_str().into(),
            },
            Target::Schedule(id) => Self::Schedule {
                id: id.as_str().into(),
            },
            Target::Chain(id) => Self::Chain {
                id: id.as_str().into(),
            },
        }
    }
}

impl TargetJson<'_> {
    fn into_model(self) -> Result<Target, WireError> {
        Ok(match self {
            Self::Receiver { id } => Target::Receiver(name("to.receiver", &id.0)?),
            Self::Schedule { id } => Target::Schedule(name("to.schedule", &id.0)?),
            Self::Chain { id } => Target::Chain(name("to.chain", &id.0)?),
        })
    }
}

impl<'a> From<&'a Inhibition> for InhibitionJson<'a> {
    fn from(inhibition: &'a Inhibition) -> Self {
        Self {
            by: (&inhibition.by).into(),
            mutes: (&inhibition.mutes).into(),
        }
    }
}

impl InhibitionJson<'_> {
    /// The inhibition, its names checked.
    pub fn into_model(self) -> Result<Inhibition, WireError> {
        Ok(Inhibition {
            by: self.by.into_model()?,
            mutes: self.mutes.into_model()?,
        })
    }
}
