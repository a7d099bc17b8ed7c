//! `[[schedule]]`: who is on call.

use anyhow::{Context, anyhow};
use fengbiao_model::{
    LocalMinute, ReceiverId, ScheduleId, TimeOfDay, Turn, WeeklyInterval, WeeklyTimes, Zone,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::Written;

/// One schedule, of one or more layers. `fengbiao on-call` shows what it means.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Schedule::duty())]
pub(crate) struct Schedule {
    /// Its id: lower-case letters, digits, `-` and `_`.
    #[schemars(example = &"duty")]
    pub(crate) id: String,
    /// Time zone by whose wall clock duty changes hands, an IANA name; without it, that of the
    /// whole configuration.
    #[schemars(example = &"Asia/Shanghai")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    /// The rotations. The first that has somebody at an instant says who is on call.
    pub(crate) layer: Vec<Layer>,
}

/// A rotation: its members take turns. Turns are counted on the wall clock: a hand-over at 09:00
/// stays at 09:00 when the clocks change. A time that happens twice means the first; one that the
/// clocks leave out means the instant at which they move on.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layer {
    /// The ids of the receivers who take turns, in order.
    #[schemars(example = &["chen", "wang"])]
    pub(crate) members: Vec<String>,
    /// When the first turn begins, as local date and time; before that the layer has nobody.
    #[schemars(example = &"2026-01-05 09:00")]
    #[schemars(with = "String")]
    pub(crate) starts: Written<LocalMinute>,
    /// How long a turn is: hours, days or weeks, as `12h`, `1d` or `1w`; at most 366 days.
    #[schemars(example = &"1w")]
    #[schemars(with = "String")]
    pub(crate) turn: Written<Turn>,
    /// The time of day at which duty changes hands; without it, that of `starts`. Where the two
    /// differ the first turn is as much longer or shorter.
    #[schemars(example = &"09:00")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) hand_over: Option<Written<TimeOfDay>>,
    /// The only times of the week in which the layer has somebody; without it, always. An end
    /// before the beginning lies on the next day.
    #[schemars(example = &["Mon-Fri 22:00-07:00", "Sat,Sun 00:00-24:00"])]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) only: Option<Vec<Written<WeeklyInterval>>>,
}

impl Schedule {
    /// The schedule it means; `zone` is that of the whole configuration.
    pub(crate) fn value(&self, zone: &str) -> anyhow::Result<fengbiao_model::Schedule> {
        let name = || format!("schedule `{}`", self.id);
        let id = ScheduleId::new(self.id.as_str());
        let id = id.map_err(|why| anyhow!("`id` {why}")).with_context(name)?;
        let zone = zone_of(self.time_zone.as_deref().unwrap_or(zone)).with_context(name)?;
        let layers = self.layer.iter().map(|layer| layer.value(&zone));
        Ok(fengbiao_model::Schedule {
            id,
            layers: layers.collect::<Result<_, _>>().with_context(name)?,
            zone,
        })
    }

    /// An example: nights and weekends in turns of a week, the desk at all other times.
    fn duty() -> Self {
        let text = "id = \"duty\"\ntime_zone = \"Asia/Shanghai\"\n\
                    [[layer]]\nmembers = [\"chen\", \"wang\"]\nstarts = \"2026-01-05 09:00\"\n\
                    turn = \"1w\"\nhand_over = \"09:00\"\n\
                    only = [\"Mon-Fri 18:00-09:00\", \"Sat,Sun 00:00-24:00\"]\n\
                    [[layer]]\nmembers = [\"desk\"]\nstarts = \"2026-01-05 09:00\"\nturn = \"1d\"\n";
        #[allow(clippy::expect_used, reason = "a text of this file, read by its tests")]
        toml::from_str(text).expect("the example reads")
    }
}

impl Layer {
    fn value(&self, zone: &Zone) -> anyhow::Result<fengbiao_model::Layer> {
        let member = |id: &String| {
            let read = ReceiverId::new(id.as_str());
            read.map_err(|why| anyhow!("the member `{id}` {why}"))
        };
        let hand_over = self.hand_over.map_or(self.starts.0.time, |time| time.0);
        Ok(fengbiao_model::Layer {
            members: self.members.iter().map(member).collect::<Result<_, _>>()?,
            starts: self.starts.0,
            turn: self.turn.0,
            hand_over,
            only: self.only.as_ref().map(|only| WeeklyTimes {
                zone: zone.clone(),
                intervals: only.iter().map(|one| one.0).collect(),
            }),
        })
    }
}

/// A zone by its name. Whether there is such a one is checked with the whole.
pub(super) fn zone_of(name: &str) -> anyhow::Result<Zone> {
    Zone::new(name).map_err(|why| {
        anyhow!("`time_zone` is `{name}`, which {why}\nhint: an IANA name, such as `Asia/Shanghai`")
    })
}
