//! Business hours with their holidays.

use std::collections::BTreeMap;

use fengbiao_model::{Calendar, Date, Weekday, WeeklyInterval};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::scalar::{Str, Text};

/// Hours of business: a week, and the days that are not as their weekday is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// The zone, an IANA name.
    #[serde(borrow)]
    pub zone: Str<'a>,
    /// The hours of an ordinary week.
    pub hours: Vec<Text<WeeklyInterval>>,
    /// Days without business, by date.
    #[serde(borrow)]
    pub holidays: Vec<NamedDayJson<'a>>,
    /// Days that make up for a holiday, by date.
    #[serde(borrow)]
    pub make_up_days: Vec<NamedDayJson<'a>>,
    /// The weekday whose hours a make-up day has.
    pub make_up_like: Text<Weekday>,
}

/// A day that is not as its weekday is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedDayJson<'a> {
    /// The date.
    pub date: Text<Date>,
    /// Its name, for people.
    #[serde(borrow)]
    pub name: Str<'a>,
}

impl<'a> From<&'a Calendar> for CalendarJson<'a> {
    fn from(calendar: &'a Calendar) -> Self {
        Self {
            id: calendar.id.as_str().into(),
            zone: calendar.zone.as_str().into(),
            hours: calendar.hours.iter().copied().map(Text).collect(),
            holidays: listed(&calendar.holidays),
            make_up_days: listed(&calendar.make_up_days),
            make_up_like: Text(calendar.make_up_like),
        }
    }
}

impl CalendarJson<'_> {
    /// The calendar, its names checked; a date that stands there twice is an error.
    pub fn into_model(self) -> Result<Calendar, WireError> {
        Ok(Calendar {
            id: name("calendars.id", &self.id.0)?,
            zone: name("calendars.zone", &self.zone.0)?,
            hours: self.hours.into_iter().map(|one| one.0).collect(),
            holidays: by_date("calendars.holidays", self.holidays)?,
            make_up_days: by_date("calendars.make_up_days", self.make_up_days)?,
            make_up_like: self.make_up_like.0,
        })
    }
}

fn listed(days: &BTreeMap<Date, String>) -> Vec<NamedDayJson<'_>> {
    let mut list = Vec::with_capacity(days.len());
    for (date, name) in days {
        list.push(NamedDayJson {
            date: Text(*date),
            name: name.as_str().into(),
        });
    }
    list
}

fn by_date(
    field: &'static str,
    days: Vec<NamedDayJson<'_>>,
) -> Result<BTreeMap<Date, String>, WireError> {
    let mut map = BTreeMap::new();
    for NamedDayJson { date, name } in days {
        if map.insert(date.0, name.0.into_owned()).is_some() {
            let reason = format!("is `{date}` twice, expected every date once");
            return Err(WireError::InvalidValue { field, reason });
        }
    }
    Ok(map)
}
