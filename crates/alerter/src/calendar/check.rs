//! What is wrong with a schedule or a calendar.

use std::collections::BTreeMap;

use fengbiao_model::{
    Calendar, CalendarId, Date, Layer, Receiver, ReceiverId, Schedule, ScheduleId, TimeOfDay, Turn,
    Weekday, WeeklyInterval, Zone,
};

use super::local_clock::{LocalClock, UnknownZone};
use crate::limits::{
    MAX_CALENDAR_DAYS, MAX_LAYER_MEMBERS, MAX_LAYERS, MAX_TURN_DAYS, MAX_WEEKLY_INTERVALS,
};

/// One thing that is wrong with a schedule or a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeFault {
    /// A schedule stands under another id than its own.
    #[error("stands under `{0}`, expected its own id")]
    ScheduleKey(ScheduleId),
    /// A calendar stands under another id than its own.
    #[error("stands under `{0}`, expected its own id")]
    CalendarKey(CalendarId),
    /// A zone that there is not.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// Too few or too many of something.
    #[error("has {found} {what}, expected 1 to {most}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Something about one layer, counted from 1.
    #[error("layer {number} {fault}")]
    Layer {
        /// Which.
        number: usize,
        /// What is wrong with it.
        fault: Box<TimeFault>,
    },
    /// A member that is no receiver.
    #[error("names the member `{0}`, expected one of the receivers")]
    Member(ReceiverId),
    /// A turn without length, or too long a one.
    #[error("has `turn` = `{0}`, expected at least 1h and at most {MAX_TURN_DAYS}d")]
    Turn(Turn),
    /// The end of a day where a beginning is meant.
    #[error("has `{0}` at `24:00`, expected `00:00` to `23:59`")]
    EndOfDay(&'static str),
    /// A day that is both, a holiday and a make-up day.
    #[error("has `{0}` as a holiday and as a make-up day, expected one of them")]
    Both(Date),
    /// Make-up days like a weekday without hours.
    #[error("has make-up days like `{0}`, expected a weekday with hours")]
    LikeWithoutHours(Weekday),
}

/// All that is wrong with a schedule.
pub(crate) fn faults_of_schedule(
    key: &ScheduleId,
    schedule: &Schedule,
    receivers: &BTreeMap<ReceiverId, Receiver>,
) -> Vec<TimeFault> {
    let mut faults = Vec::new();
    if *key != schedule.id {
        faults.push(TimeFault::ScheduleKey(key.clone()));
    }
    faults.extend(zone(&schedule.zone));
    faults.extend(count("layers", schedule.layers.len(), MAX_LAYERS));
    for (number, layer) in (1..).zip(&schedule.layers) {
        faults.extend(faults_of_layer(layer, receivers).into_iter().map(|fault| {
            TimeFault::Layer {
                number,
                fault: Box::new(fault),
            }
        }));
    }
    faults
}

fn faults_of_layer(layer: &Layer, receivers: &BTreeMap<ReceiverId, Receiver>) -> Vec<TimeFault> {
    let mut faults = Vec::new();
    faults.extend(count("members", layer.members.len(), MAX_LAYER_MEMBERS));
    let unknown = layer.members.iter();
    let unknown = unknown.filter(|member| !receivers.contains_key(*member));
    faults.extend(unknown.cloned().map(TimeFault::Member));
    let minutes = layer.turn.minutes();
    if minutes == 0 || minutes > MAX_TURN_DAYS * 24 * 60 {
        faults.push(TimeFault::Turn(layer.turn));
    }
    for (name, time) in [
        ("starts", layer.starts.time),
        ("hand_over", layer.hand_over),
    ] {
        if time == TimeOfDay::END {
            faults.push(TimeFault::EndOfDay(name));
        }
    }
    if let Some(only) = &layer.only {
        faults.extend(zone(&only.zone));
        faults.extend(intervals(&only.intervals));
    }
    faults
}

/// All that is wrong with a calendar.
pub(crate) fn faults_of_calendar(key: &CalendarId, calendar: &Calendar) -> Vec<TimeFault> {
    let mut faults = Vec::new();
    if *key != calendar.id {
        faults.push(TimeFault::CalendarKey(key.clone()));
    }
    faults.extend(zone(&calendar.zone));
    faults.extend(intervals(&calendar.hours));
    let days = calendar.holidays.len() + calendar.make_up_days.len();
    if days > MAX_CALENDAR_DAYS {
        faults.extend(count("holidays and make-up days", days, MAX_CALENDAR_DAYS));
    }
    let both = calendar.holidays.keys();
    let both = both.filter(|date| calendar.make_up_days.contains_key(*date));
    faults.extend(both.copied().map(TimeFault::Both));
    let like = calendar.make_up_like;
    let works = calendar.hours.iter().any(|one| one.days().contains(like));
    if !works && !calendar.hours.is_empty() && !calendar.make_up_days.is_empty() {
        faults.push(TimeFault::LikeWithoutHours(like));
    }
    faults
}

fn zone(zone: &Zone) -> Option<TimeFault> {
    LocalClock::new(zone).err().map(TimeFault::Zone)
}

fn intervals(intervals: &[WeeklyInterval]) -> Option<TimeFault> {
    count("weekly intervals", intervals.len(), MAX_WEEKLY_INTERVALS)
}

fn count(what: &'static str, found: usize, most: usize) -> Option<TimeFault> {
    let wrong = !(1..=most).contains(&found);
    wrong.then_some(TimeFault::Count { what, found, most })
}
