//! `[[calendar]]`: hours of business.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use fengbiao_model::{CalendarId, Weekday, WeeklyInterval};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::holidays::Holidays;
use super::schedule::zone_of;
use super::written::Written;

/// One calendar: the hours of a week, and the days that are not as their weekday is.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Calendar::office())]
pub(crate) struct Calendar {
    /// Its id: lower-case letters, digits, `-` and `_`.
    #[schemars(example = &"office")]
    pub(crate) id: String,
    /// Time zone of its hours, an IANA name; without it, that of the whole configuration.
    #[schemars(example = &"Asia/Shanghai")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    /// The hours of an ordinary week. An end before the beginning lies on the next day.
    #[schemars(example = &["Mon-Fri 09:00-12:00", "Mon-Fri 13:00-18:00"])]
    #[schemars(with = "Vec<String>")]
    pub(crate) hours: Vec<Written<WeeklyInterval>>,
    /// Files with holidays and make-up days (调休), one date a line: `2026-10-01 国庆节` has no
    /// business, `+2026-10-10 补班` has it although it is a Saturday; `#` begins a remark. A
    /// relative path is taken from the folder of this file. `config/calendar` has those of China.
    #[schemars(example = &["calendar/china-2026.txt"])]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) holidays_files: Vec<PathBuf>,
    /// The weekday whose hours a make-up day has: `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`.
    #[serde(default = "monday")]
    #[schemars(with = "String")]
    pub(crate) make_up_like: Written<Weekday>,
    /// What stands in the files, once they are read.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) days: Holidays,
}

fn monday() -> Written<Weekday> {
    Written(Weekday::Monday)
}

impl Calendar {
    /// The calendar it means, its files read; `zone` is that of the whole configuration.
    pub(crate) fn value(&self, zone: &str) -> anyhow::Result<fengbiao_model::Calendar> {
        let name = || format!("calendar `{}`", self.id);
        let id = CalendarId::new(self.id.as_str());
        Ok(fengbiao_model::Calendar {
            id: id.map_err(|why| anyhow!("`id` {why}")).with_context(name)?,
            zone: zone_of(self.time_zone.as_deref().unwrap_or(zone)).with_context(name)?,
            hours: self.hours.iter().map(|one| one.0).collect(),
            holidays: self.days.holidays.clone(),
            make_up_days: self.days.make_up_days.clone(),
            make_up_like: self.make_up_like.0,
        })
    }

    /// Reads its files.
    pub(super) fn read_files(&mut self) -> anyhow::Result<()> {
        let name = format!("calendar `{}`", self.id);
        self.days = Holidays::read(&self.holidays_files).context(name)?;
        Ok(())
    }

    /// An example: an office in China.
    fn office() -> Self {
        let text = "id = \"office\"\nhours = [\"Mon-Fri 09:00-12:00\", \"Mon-Fri 13:00-18:00\"]\n\
                    holidays_files = [\"calendar/china-2026.txt\"]\n";
        #[allow(clippy::expect_used, reason = "a text of this file, read by its tests")]
        toml::from_str(text).expect("the example reads")
    }
}
