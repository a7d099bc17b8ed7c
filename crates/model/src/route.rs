//! Who hears of what: a tree of routes, and what mutes what.

use crate::{ChainId, Filter, ReceiverId, ScheduleId, TimeSpan, WeeklyTimes};

/// To whom a route leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A receiver.
    Receiver(ReceiverId),
    /// Whoever is on call by a schedule when there is something to tell.
    Schedule(ScheduleId),
    /// An escalation chain, from its first step on.
    Chain(ChainId),
}

/// How long notices wait. What a route leaves open it has from the one above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How long a first notice waits for more of its incident.
    pub group_wait: Option<TimeSpan>,
    /// The least time between two notices of one incident to one receiver. What is louder than
    /// all that the receiver was told of the incident does not wait for it.
    pub group_interval: Option<TimeSpan>,
    /// After how long an open incident that nobody has acknowledged is told again; zero means
    /// never.
    pub repeat_interval: Option<TimeSpan>,
}

/// A node of the tree. An incident goes down it: where a node takes it, its children are asked in
/// order; those that take it tell it, up to the first that does not `go_on`; where no child takes
/// it the node's own targets are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Which incidents it takes.
    pub takes: Filter,
    /// When it is open; without it always.
    pub times: Option<WeeklyTimes>,
    /// To whom.
    pub to: Vec<Target>,
    /// How long notices wait.
    pub pace: Pace,
    /// Whether the siblings after it are asked as well.
    pub goes_on: bool,
    /// Its children.
    pub routes: Vec<Route>,
}

/// While an incident that `by` takes is open on the same subject (or on `*` of its topic), those
/// that `mutes` takes are not told, unless they are louder than it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inhibition {
    /// What mutes.
    pub by: Filter,
    /// What is muted.
    pub mutes: Filter,
}
