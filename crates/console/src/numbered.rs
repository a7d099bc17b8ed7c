//! The number of what a command has made, as the ledger has it.

use fengbiao_ledger::LedgerError;
use fengbiao_model::{Action, Command, Deed, Happening, IncidentNumber};

use crate::state::Console;

/// The number by which people reply to or end what a command that is done has made; none where it
/// made nothing of the kind. Of two that are alike the later: whoever made it asks after it was done.
pub(crate) fn numbered(console: &Console, command: &Command) -> Result<Option<u64>, LedgerError> {
    match &command.action {
        Action::Incident {
            incident,
            deed: Deed::Ask { of, what, .. },
        } => item(console, command, *incident, (of, what)),
        Action::Silence {
            covers,
            until,
            reason,
            ..
        } => {
            let silences = console.ledger.silences()?;
            let own = silences.iter().filter(|one| {
                one.by == command.by
                    && (&one.covers, one.until, &one.reason) == (covers, *until, reason)
            });
            Ok(own.map(|one| one.number.0).max())
        }
        Action::StandIn {
            schedule,
            receiver,
            to,
            ..
        } => {
            let stand_ins = console.ledger.stand_ins()?;
            let own = stand_ins.iter().filter(|(_, one)| {
                one.by == command.by
                    && (&one.schedule, &one.receiver, one.to) == (schedule, receiver, *to)
            });
            Ok(own.map(|(number, _)| number.0).max())
        }
        _ => Ok(None),
    }
}

/// The item of the contact sheet that a command has put there.
fn item(
    console: &Console,
    command: &Command,
    incident: IncidentNumber,
    asked: (&String, &String),
) -> Result<Option<u64>, LedgerError> {
    let detail = console.ledger.incident_detail(incident)?;
    let events = detail.map(|detail| detail.events).unwrap_or_default();
    let own = events.iter().filter(|event| event.at == command.at);
    let items = own.filter_map(|event| match &event.what {
        Happening::Asked { item, of, what, .. } if asked == (of, what) => Some(u64::from(*item)),
        _ => None,
    });
    Ok(items.max())
}
