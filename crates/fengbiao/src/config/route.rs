//! `[[route]]` and `[[inhibit]]`: who hears of what.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use fengbiao_model::{Pace, Tier, TimeSpan, WeeklyInterval, WeeklyTimes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::zone_of;
use super::written::Written;
use super::{Filter, Length, target};

/// How long a first notice waits for more of its incident, where it may wake a person.
pub(super) const GROUP_WAIT: TimeSpan = TimeSpan::from_secs(30);

/// How long notices wait where nothing is written.
pub(crate) const USUAL_PACE: Pace = Pace {
    group_wait: Some(GROUP_WAIT),
    group_interval: Some(TimeSpan::from_minutes(5)),
    repeat_interval: Some(TimeSpan::from_hours(4)),
};

/// One route. An incident that it takes goes to the first of its own routes that takes it as well,
/// and to those after it while they `go_on`; where none does, to `to`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(example = Route::food(), example = Route::rest())]
pub(crate) struct Route {
    /// The topics it takes; without it, all.
    #[schemars(example = &["food-safety"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topics: Option<Vec<String>>,
    /// The quietest tier it takes; without it, all.
    #[schemars(example = &"III")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) from_tier: Option<Written<Tier>>,
    /// The subjects it takes, by name as in the topic's list; `*` is the whole topic, `-` what has
    /// no subject. Without it, all.
    #[schemars(example = &["*"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subjects: Option<Vec<String>>,
    /// Labels, key and value, that the incident must bear, from its topic or from people.
    #[schemars(example = serde_json::json!({ "drill": "yes" }))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    /// The times of the week in which it takes anything; without it, always. An end before the
    /// beginning lies on the next day.
    #[schemars(example = &["Mon-Fri 08:00-18:00"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) times: Option<Vec<Written<WeeklyInterval>>>,
    /// Time zone of `times`, an IANA name; without it, that of the whole configuration.
    #[schemars(example = &"Asia/Shanghai")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    /// To whom: the id of a receiver, `schedule:` with an id for whoever is on call, `chain:` with
    /// an id for an escalation.
    #[schemars(example = &["desk", "schedule:duty", "chain:night"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<String>,
    /// How long a first notice waits for more of its incident, at most `1h`; without it, as in the
    /// route around it, and `30s` outside all.
    #[schemars(example = &"30s")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_wait: Option<Length>,
    /// The least time between two notices of one incident to one receiver, at most `24h`; what is
    /// louder than all that was told does not wait. Without it, as in the route around it, and `5m`
    /// outside all.
    #[schemars(example = &"5m")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_interval: Option<Length>,
    /// After how long an incident that nobody has acknowledged is told again; `0s` means never.
    /// Without it, as in the route around it, and `4h` outside all.
    #[schemars(example = &"4h")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repeat_interval: Option<Length>,
    /// Whether the routes after it are asked as well.
    pub(crate) go_on: bool,
    /// Routes inside it, in order, with the same keys: `[[route.routes]]`. They are asked about
    /// what this one takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<Route>,
}

impl Route {
    /// The route it means; `place` is its number, behind those of the routes around it, and `zone`
    /// that of the whole configuration.
    pub(crate) fn value(&self, place: &str, zone: &str) -> anyhow::Result<fengbiao_model::Route> {
        let name = || place.to_owned();
        if self.to.is_empty() && self.routes.is_empty() {
            bail!(
                "{place} leads to nobody\nhint: give it `to = [\"…\"]`, or routes of its own in \
                 `[[route.routes]]`"
            );
        }
        let to = self.to.iter().map(|text| target::target(text));
        let routes = (1..).zip(&self.routes);
        let routes = routes.map(|(number, route)| route.value(&format!("{place} {number}"), zone));
        Ok(fengbiao_model::Route {
            takes: self.filter().value().with_context(name)?,
            times: self.weekly(zone).with_context(name)?,
            to: to.collect::<Result<_, _>>().with_context(name)?,
            pace: Pace {
                group_wait: self.group_wait.map(|span| span.0),
                group_interval: self.group_interval.map(|span| span.0),
                repeat_interval: self.repeat_interval.map(|span| span.0),
            },
            goes_on: self.go_on,
            routes: routes.collect::<Result<_, _>>()?,
        })
    }

    fn filter(&self) -> Filter {
        Filter {
            topics: self.topics.clone(),
            from_tier: self.from_tier,
            subjects: self.subjects.clone(),
            labels: self.labels.clone(),
        }
    }

    fn weekly(&self, zone: &str) -> anyhow::Result<Option<WeeklyTimes>> {
        let Some(times) = &self.times else {
            if let Some(zone) = &self.time_zone {
                bail!("`time_zone` is `{zone}`, and there are no `times` that it is for");
            }
            return Ok(None);
        };
        weekly(times, self.time_zone.as_deref().unwrap_or(zone)).map(Some)
    }

    /// An example: by day the desk, at night whoever is on call, louder ones up a chain.
    fn food() -> Self {
        example(
            "topics = [\"food-safety\"]\nfrom_tier = \"III\"\nto = [\"schedule:duty\"]\n\
             [[routes]]\nfrom_tier = \"II\"\nto = [\"chain:night\"]\n\
             [[routes]]\ntimes = [\"Mon-Fri 08:00-18:00\"]\nto = [\"desk\"]\ngroup_wait = \"2m\"\n",
        )
    }

    /// An example: everything else.
    fn rest() -> Self {
        example("from_tier = \"III\"\nto = [\"desk\"]\nrepeat_interval = \"12h\"\n")
    }
}

fn example(text: &str) -> Route {
    #[allow(clippy::expect_used, reason = "a text of this file, read by its tests")]
    toml::from_str(text).expect("the example reads")
}

/// Times of the week in a zone.
pub(super) fn weekly(
    intervals: &[Written<WeeklyInterval>],
    zone: &str,
) -> anyhow::Result<WeeklyTimes> {
    Ok(WeeklyTimes {
        zone: zone_of(zone)?,
        intervals: intervals.iter().map(|one| one.0).collect(),
    })
}

/// While an incident that `by` takes is open, those on the same subject that `mutes` takes are not
/// told, unless they are louder. One on the whole topic (`*`) mutes all subjects of its topic.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Inhibit::example())]
pub(crate) struct Inhibit {
    /// The incidents that mute.
    pub(crate) by: Filter,
    /// The incidents that are muted.
    pub(crate) mutes: Filter,
}

impl Inhibit {
    /// The inhibition it means; `place` is its number.
    pub(crate) fn value(&self, place: &str) -> anyhow::Result<fengbiao_model::Inhibition> {
        let side = |name: &str, filter: &Filter| {
            let value = filter.value();
            value.with_context(|| format!("{place}: `{name}`"))
        };
        Ok(fengbiao_model::Inhibition {
            by: side("by", &self.by)?,
            mutes: side("mutes", &self.mutes)?,
        })
    }

    /// An example: an outage explains the complaints about it.
    fn example() -> Self {
        let text = "by = { topics = [\"service-outage\"], from_tier = \"II\" }\n\
                    mutes = { topics = [\"public-safety\"] }\n";
        #[allow(clippy::expect_used, reason = "a text of this file, read by its tests")]
        toml::from_str(text).expect("the example reads")
    }
}
