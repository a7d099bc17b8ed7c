//! What decides, beside the rules, who hears of what: topics with their tiers, and receivers.

use std::collections::BTreeMap;

use crate::{
    Calendar, CalendarId, Chain, ChainId, DeadlineRule, Inhibition, LabelKey, ReceiverId, Route,
    Schedule, ScheduleId, Tier, TimeSpan, TopicId, Watchdog, WeeklyTimes,
};

/// The conditions of the tiers of one topic, as written. `fengbiao-alerter` parses them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// The condition of each tier that has one.
    pub conditions: BTreeMap<Tier, String>,
    /// What keeps a tier once it stands, beside its condition: only of tiers that have one.
    pub holds: BTreeMap<Tier, String>,
    /// How long neither condition nor hold of a tier must have been true before it goes down (event
    /// clock).
    pub calm_after: TimeSpan,
    /// What a detector must have before it says anything.
    pub floors: Floors,
}

/// The floors under the detectors of a ladder: below them a detector is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floors {
    /// The least standard deviation of a baseline, in counts: without it one post after silence
    /// would be infinitely far above it.
    pub min_sigma: f64,
    /// Posts that the current window must have.
    pub min_posts: u64,
    /// Distinct sources that the current window must have.
    pub min_sources: u64,
    /// What the window before must have counted for `growth`.
    pub min_before: u64,
}

impl Default for Floors {
    fn default() -> Self {
        Self {
            min_sigma: 1.0,
            min_posts: 3,
            min_sources: 1,
            min_before: 1,
        }
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicPolicy {
    /// Its id.
    pub id: TopicId,
    /// Its name, for people.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// The tiers of an incident with a subject, or of `-`.
    pub tiers: Ladder,
    /// The tiers of `*`, over all hits of the topic.
    pub tiers_all: Ladder,
    /// How long after its last post a closed incident that returns is opened again under its
    /// number (event clock). Never shorter than `calm_after` of its ladder.
    pub reopen_within: TimeSpan,
    /// The labels that its incidents bear from the moment they open. People may give one of them
    /// another value, or take it off.
    pub labels: BTreeMap<LabelKey, String>,
}

/// One receiver of notices. What it hears of is a matter of the routes and chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its id.
    pub id: ReceiverId,
    /// Whether a notice here may wake a person. Tier IV goes only where it does not.
    pub pages: bool,
    /// Times in which only tiers I and II are told here; the others wait for their end.
    pub quiet: Option<WeeklyTimes>,
}

/// When many notices come at once: above so many to one receiver in a time, the rest become one.
/// Tier I always goes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Notices to one receiver that go by themselves; zero means no bound.
    pub notices: u32,
    /// In so long a time.
    pub within: TimeSpan,
}

impl Default for Storm {
    /// Ten in ten minutes.
    fn default() -> Self {
        Self {
            notices: 10,
            within: TimeSpan::from_minutes(10),
        }
    }
}

/// Everything of the configuration that decides about notices. It goes to the alerter as a
/// command, so that a replay decides by what was in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The topics, by id.
    pub topics: BTreeMap<TopicId, TopicPolicy>,
    /// The receivers, by id.
    pub receivers: BTreeMap<ReceiverId, Receiver>,
    /// The time zone in which a year of incidents begins, by its name in the time zone database;
    /// nothing in it means UTC.
    pub time_zone: String,
    /// Who hears of what.
    pub route: Route,
    /// What mutes what, beside `*` of a topic, which gathers its subjects.
    pub inhibitions: Vec<Inhibition>,
    /// Escalation, by id.
    pub chains: BTreeMap<ChainId, Chain>,
    /// What is owed, and until when.
    pub deadlines: Vec<DeadlineRule>,
    /// For how long an acknowledgement is good, by tier: from when it was given, and anew from each
    /// thing that people write into the record, at whatever stage. Without one for a tier it does
    /// not expire.
    pub acknowledgement_valid: BTreeMap<Tier, TimeSpan>,
    /// When many notices come at once.
    pub storm: Storm,
    /// Who is on call, by id.
    pub schedules: BTreeMap<ScheduleId, Schedule>,
    /// Business hours with their holidays, by id.
    pub calendars: BTreeMap<CalendarId, Calendar>,
    /// What the pipeline itself is held to; none where nobody watches it.
    pub watchdog: Option<Watchdog>,
}
