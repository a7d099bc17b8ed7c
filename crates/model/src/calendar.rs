//! The days and hours in which an institution works.

use std::collections::BTreeMap;

use crate::civil::{Date, Weekday};
use crate::id::{CalendarId, Zone};
use crate::weekly::WeeklyInterval;

/// Hours of business: a week, and the days that are not as their weekday is. An interval belongs
/// to the day on which it begins: a holiday takes away what begins on it, and no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// Where the clock hangs.
    pub zone: Zone,
    /// The hours of an ordinary week. At least one: `check_policy` sees to it.
    pub hours: Vec<WeeklyInterval>,
    /// Days without business, with their names for people: `国庆节`.
    pub holidays: BTreeMap<Date, String>,
    /// Days that make up for a holiday (调休上班), with their names: business as on
    /// `make_up_like`, whatever their own weekday has.
    pub make_up_days: BTreeMap<Date, String>,
    /// The weekday whose hours a make-up day has.
    pub make_up_like: Weekday,
}
