//! `fengbiao on-call`: who is on call, and the hand-overs that come.

use fengbiao_alerter::calendar::{LocalClock, Roster, Shift};
use fengbiao_console::StandInJson;
use fengbiao_model::{Clock as _, Override, OverrideNumber, Schedule, TimeSpan, Timestamp};
use fengbiao_wire::{Text, format_minute};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::stand_ins;
use super::typed::time;
use crate::app::App;
use crate::clock::SystemClock;
use crate::{policy, terminal};

/// Somebody who stands in, under a number.
type StandIn = (OverrideNumber, Override);

/// One schedule, as JSON.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "on-call")]
pub(crate) struct OnCallJson<'a> {
    /// The schedule's id.
    schedule: String,
    /// The zone by whose wall clock duty changes hands.
    time_zone: String,
    /// The instant that was asked for.
    at: Text<Timestamp>,
    /// The receiver on call then; null: nobody.
    on_call: Option<String>,
    /// The changes that follow within the days that were asked for.
    hand_overs: Vec<HandOverJson>,
    /// Those who stand in then or later, as the record has them.
    stand_ins: Vec<StandInJson<'a>>,
}

/// One change.
#[derive(Serialize, JsonSchema)]
struct HandOverJson {
    /// When.
    at: Text<Timestamp>,
    /// The receiver on call from then on; null: nobody.
    on_call: Option<String>,
}

/// Shows every schedule of the configuration. False where there is none.
pub(crate) fn run(app: &App, at: Option<&str>, days: u16) -> anyhow::Result<bool> {
    let at = match at {
        Some(text) => time(app, "--at", text)?,
        None => SystemClock::new().wall(),
    };
    let until = at + TimeSpan::from_hours(24 * i64::from(days));
    let schedules = policy::without_topics(&app.loaded.config)?.schedules;
    let stand_ins = stand_ins::known(app)?;
    let held: Vec<Override> = stand_ins.iter().map(|(_, held)| held.clone()).collect();
    for schedule in schedules.values() {
        let roster = Roster::new(schedule)?;
        let shifts = roster.shifts(&held, at, until);
        let own = stand_ins.iter();
        let own = own.filter(|(_, held)| held.schedule == schedule.id && held.to > at);
        let own: Vec<&StandIn> = own.collect();
        let shown = if app.json() {
            let line = json(schedule, at, &shifts, &own);
            format!("{}\n", serde_json::to_string(&line)?)
        } else {
            table(schedule, at, days, &shifts)? + &stand_in_lines(schedule, &own)?
        };
        terminal::print(&shown);
    }
    if schedules.is_empty() && !app.json() {
        terminal::print("no schedules\nhint: `[[schedule]]` in the configuration makes one\n");
    }
    Ok(!schedules.is_empty())
}

fn json<'a>(
    schedule: &Schedule,
    at: Timestamp,
    shifts: &[Shift],
    stand_ins: &[&'a StandIn],
) -> OnCallJson<'a> {
    let who = |shift: &Shift| shift.on_call.as_ref().map(ToString::to_string);
    let hand_over = |shift: &Shift| HandOverJson {
        at: Text(shift.from),
        on_call: who(shift),
    };
    OnCallJson {
        schedule: schedule.id.to_string(),
        time_zone: schedule.zone.to_string(),
        at: Text(at),
        on_call: shifts.first().and_then(who),
        hand_overs: shifts.iter().skip(1).map(hand_over).collect(),
        stand_ins: stand_ins.iter().map(|&one| one.into()).collect(),
    }
}

/// The schedule, who has the duty, and a line for every hand-over, in the schedule's own zone.
fn table(
    schedule: &Schedule,
    at: Timestamp,
    days: u16,
    shifts: &[Shift],
) -> anyhow::Result<String> {
    let zone = zone(schedule)?;
    let mut lines = format!("{} ({})\n", schedule.id, schedule.zone);
    for (number, shift) in shifts.iter().enumerate() {
        let since = if number == 0 { at } else { shift.from };
        let who = shift.on_call.as_ref().map_or("nobody", |who| who.as_str());
        lines.push_str(&format!("  {}  {who}\n", minute(since, &zone)));
    }
    if shifts.len() < 2 {
        lines.push_str(&format!("  no hand-over within {days} days\n"));
    }
    Ok(lines)
}

/// A line for each who stands in, with the number that ends it.
fn stand_in_lines(schedule: &Schedule, stand_ins: &[&StandIn]) -> anyhow::Result<String> {
    let zone = zone(schedule)?;
    let mut lines = String::new();
    for (number, held) in stand_ins {
        let (from, to) = (minute(held.from, &zone), minute(held.to, &zone));
        let (receiver, by) = (&held.receiver, terminal::harmless(held.by.as_str()));
        let number = number.0;
        lines.push_str(&format!(
            "  number {number}: {receiver} stands in, {from} – {to}, says {by}\n"
        ));
    }
    Ok(lines)
}

fn zone(schedule: &Schedule) -> anyhow::Result<TimeZone> {
    Ok(LocalClock::new(&schedule.zone)?.into_zone())
}

/// `2026-11-25 Wed 09:00 +08:00`: a roster is read by weekdays, and where the clocks change the
/// same time comes twice.
fn minute(at: Timestamp, zone: &TimeZone) -> String {
    let minute = format_minute(at, zone);
    let local = fengbiao_wire::format_local(at, zone);
    let (date, time) = minute.split_once(' ').unwrap_or((&minute, ""));
    let day = date.parse::<jiff::civil::Date>();
    let day = day.map_or(String::new(), |date| date.strftime("%a").to_string());
    let offset = local.get(23..).unwrap_or_default();
    format!("{date} {day} {time} {offset}")
}
