//! Whether a deed may be done, as far as the incident's head tells; if not, what may.
//!
//! The alerter asks this before it does a deed. Whoever takes deeds in from people may ask it too,
//! so that they are told at once; the alerter still decides, since another deed may come between.

use fengbiao_model::{Deed, Incident, IncidentNumber, LabelKey, SubjectKey};

use super::stages;
use crate::limits::{MAX_EVENTS, MAX_LABELS, MAX_OPEN_ITEMS};

/// Why a deed is refused, in a sentence that says what was expected.
pub type Refusal = String;

/// Whether a deed may be done on an incident. Of [`Deed::Merge`] it looks at this incident alone:
/// [`check_merge`] looks at both.
pub fn check_deed(incident: &Incident, deed: &Deed) -> Result<(), Refusal> {
    deed.check().map_err(|error| error.to_string())?;
    let number = called(incident);
    if incident.events >= MAX_EVENTS {
        return Err(format!(
            "the record of incident `{number}` has {} events, expected fewer than {MAX_EVENTS}",
            incident.events
        ));
    }
    match deed {
        Deed::Acknowledge => {
            open(incident)?;
            match &incident.acknowledged {
                None => Ok(()),
                Some(by) => Err(format!(
                    "incident `{number}` is acknowledged already, by `{}`",
                    by.by
                )),
            }
        }
        Deed::Close { .. } => open(incident),
        Deed::Merge { .. } | Deed::Split { .. } => {
            open(incident)?;
            single(incident)
        }
        Deed::Reopen { .. } => closed(incident),
        Deed::Stage { stage, .. } => stages::check(incident.stage, *stage),
        Deed::Label { key, value } => label(incident, key, value.is_some()),
        Deed::Ask { .. } if incident.asked.len() >= MAX_OPEN_ITEMS => Err(format!(
            "{MAX_OPEN_ITEMS} items of incident `{number}` wait for an answer, expected fewer; \
             hint: `reply` to those that are settled"
        )),
        Deed::Reply { item, .. } => reply(incident, *item),
        Deed::Ask { .. }
        | Deed::Grade { .. }
        | Deed::Classify { .. }
        | Deed::Note { .. }
        | Deed::Assess { .. }
        | Deed::Answer { .. }
        | Deed::Outcome { .. } => Ok(()),
    }
}

/// Whether one incident may be merged into another.
pub fn check_merge(from: &Incident, into: &Incident) -> Result<(), Refusal> {
    for incident in [from, into] {
        open(incident)?;
        single(incident)?;
    }
    let number = called(from);
    if from.id == into.id {
        return Err(format!(
            "incident `{number}` cannot be merged into itself, expected another one"
        ));
    }
    if from.topic != into.topic {
        return Err(format!(
            "incident `{}` is of the topic `{}`, expected one of `{}` like `{number}`",
            called(into),
            into.topic,
            from.topic
        ));
    }
    if from.topic.is_pipeline() {
        return Err(format!(
            "incident `{number}` is an alarm of the pipeline about itself, which ends by a sign of \
             life of its own, expected one about posts"
        ));
    }
    let asked = from.asked.len() + into.asked.len();
    if asked > MAX_OPEN_ITEMS {
        return Err(format!(
            "{asked} items of incident `{number}` and `{}` together wait for an answer, expected \
             at most {MAX_OPEN_ITEMS}; hint: write down the answers that came first",
            called(into)
        ));
    }
    Ok(())
}

fn called(incident: &Incident) -> String {
    let number = incident.number.as_ref().map(IncidentNumber::to_string);
    number.unwrap_or_else(|| "not opened yet".to_owned())
}

fn open(incident: &Incident) -> Result<(), Refusal> {
    let number = called(incident);
    match incident.merged_into {
        Some(into) => Err(format!(
            "incident `{number}` was merged into `{into}`, expected an open one; hint: do it on \
             `{into}`"
        )),
        None if incident.is_open() => Ok(()),
        None => Err(format!(
            "incident `{number}` is closed, expected an open one; hint: reopen it first"
        )),
    }
}

fn closed(incident: &Incident) -> Result<(), Refusal> {
    let number = called(incident);
    match incident.merged_into {
        Some(into) => Err(format!(
            "incident `{number}` was merged into `{into}` and stays so; hint: split posts off \
             from `{into}`"
        )),
        None if incident.is_open() => Err(format!("incident `{number}` is open already")),
        None => Ok(()),
    }
}

/// An incident of a single subject, or of none: `*` has the posts of all.
fn single(incident: &Incident) -> Result<(), Refusal> {
    if incident.subject == SubjectKey::All {
        return Err(format!(
            "incident `{}` is that of all subjects of its topic and has their posts already, \
             expected one of a single subject",
            called(incident)
        ));
    }
    Ok(())
}

fn label(incident: &Incident, key: &LabelKey, set: bool) -> Result<(), Refusal> {
    let (number, labels) = (called(incident), &incident.labels);
    let known = labels.contains_key(key);
    if set && !known && labels.len() >= MAX_LABELS {
        return Err(format!(
            "incident `{number}` has {MAX_LABELS} labels, expected fewer; hint: take one off"
        ));
    }
    if !set && !known {
        let own: Vec<String> = labels.keys().map(|key| format!("`{key}`")).collect();
        let own = if own.is_empty() {
            "it has none".to_owned()
        } else {
            format!("expected {}", own.join(", "))
        };
        return Err(format!("incident `{number}` has no label `{key}`, {own}"));
    }
    Ok(())
}

fn reply(incident: &Incident, item: u32) -> Result<(), Refusal> {
    let number = called(incident);
    if let Some(into) = incident.merged_into {
        return Err(format!(
            "incident `{number}` was merged into `{into}`, and what was asked about it with it; \
             hint: reply to the item of `{into}`"
        ));
    }
    match incident.items {
        0 => Err(format!(
            "nobody was asked anything about incident `{number}` yet; hint: `ask` first"
        )),
        last if item == 0 || item > last => Err(format!(
            "incident `{number}` has no item `{item}` on its contact sheet, expected 1 to {last}"
        )),
        _ => Ok(()),
    }
}
