//! JSON of what is owed and asked: duties, chains, what waits for a receiver, storms, silences,
//! stand-ins. Fields stand in a fixed order, times are milliseconds since 1970.

use fengbiao_alerter::record::{Duties, Escalation, EscalationState, Hold, Pending, Rate, Waiting};
use fengbiao_model::{
    ChainId, Deadline, Duty, IncidentId, NoticeKind, Override, Question, Silence, SilenceNumber,
    Tier, TimeSpan, Timestamp,
};
use fengbiao_wire::{DeadlineJson, LastToldJson, OverrideJson, QuestionJson, SilenceJson};
use serde::{Deserialize, Serialize};

use crate::LedgerError;
use crate::record::{json, parse, tier_of};

fn decode<T, E: std::fmt::Display>(
    what: &'static str,
    value: Result<T, E>,
) -> Result<T, LedgerError> {
    value.map_err(|error| LedgerError::decode(what)(error.to_string()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingJson {
    waiting: Option<WaitingJson>,
    told_tier: Option<String>,
    loudest_told: Option<String>,
    told_change: u32,
    told_at: Option<i64>,
    last_told: Option<LastToldJson>,
    rung: u16,
    group_interval: i64,
    repeat_interval: i64,
    step: Option<(String, u16)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitingJson {
    due: i64,
    kind: String,
    beside: Option<String>,
    change: u32,
    merged: u32,
    late: bool,
    held: Option<HoldJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HoldJson {
    QuietHours,
    Silence(u64),
    Incident(u64),
    Storm,
}

pub(crate) fn pending_json(pending: &Pending) -> String {
    let tier = |tier: Option<Tier>| tier.map(|tier| tier.as_str().to_owned());
    let step = pending.step.as_ref();
    json(&PendingJson {
        waiting: pending.waiting.as_ref().map(|waiting| WaitingJson {
            due: waiting.due.as_millis(),
            kind: waiting.kind.as_str().to_owned(),
            beside: waiting.beside.map(|kind| kind.as_str().to_owned()),
            change: waiting.change,
            merged: waiting.merged,
            late: waiting.late,
            held: waiting.held.map(hold_json),
        }),
        told_tier: tier(pending.told_tier),
        loudest_told: tier(pending.loudest_told),
        told_change: pending.told_change,
        told_at: pending.told_at.map(Timestamp::as_millis),
        last_told: pending.last_told.map(Into::into),
        rung: pending.rung,
        group_interval: pending.group_interval.as_millis(),
        repeat_interval: pending.repeat_interval.as_millis(),
        step: step.map(|(chain, step)| (chain.to_string(), *step)),
    })
}

const fn hold_json(hold: Hold) -> HoldJson {
    match hold {
        Hold::QuietHours => HoldJson::QuietHours,
        Hold::Silence(number) => HoldJson::Silence(number.0),
        Hold::Incident(id) => HoldJson::Incident(id.0),
        Hold::Storm => HoldJson::Storm,
    }
}

pub(crate) fn pending_of(body: &str) -> Result<Pending, LedgerError> {
    const WHAT: &str = "pending notice";
    let pending: PendingJson = parse(WHAT, body)?;
    let tier = |text: Option<String>| text.map(|text| tier_of(WHAT, &text)).transpose();
    let step = |(chain, step)| Ok::<_, LedgerError>((chain_of(chain)?, step));
    Ok(Pending {
        waiting: pending.waiting.as_ref().map(waiting_of).transpose()?,
        told_tier: tier(pending.told_tier)?,
        loudest_told: tier(pending.loudest_told)?,
        told_change: pending.told_change,
        told_at: pending.told_at.map(Timestamp::from_millis),
        last_told: pending.last_told.map(Into::into),
        rung: pending.rung,
        group_interval: TimeSpan::from_millis(pending.group_interval),
        repeat_interval: TimeSpan::from_millis(pending.repeat_interval),
        step: pending.step.map(step).transpose()?,
    })
}

fn chain_of(text: String) -> Result<ChainId, LedgerError> {
    decode("chain", ChainId::new(text))
}

fn waiting_of(waiting: &WaitingJson) -> Result<Waiting, LedgerError> {
    let kind = |name: &String| {
        let known = NoticeKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name);
        let unknown = || format!("the kind is `{name}`");
        known
            .ok_or_else(unknown)
            .map_err(LedgerError::decode("pending notice"))
    };
    Ok(Waiting {
        due: Timestamp::from_millis(waiting.due),
        kind: kind(&waiting.kind)?,
        beside: waiting.beside.as_ref().map(kind).transpose()?,
        change: waiting.change,
        merged: waiting.merged,
        late: waiting.late,
        held: waiting.held.as_ref().map(|hold| match hold {
            HoldJson::QuietHours => Hold::QuietHours,
            HoldJson::Silence(number) => Hold::Silence(SilenceNumber(*number)),
            HoldJson::Incident(id) => Hold::Incident(IncidentId(*id)),
            HoldJson::Storm => Hold::Storm,
        }),
    })
}

/// `reached` pairs a tier with a time, from IV to I; `chains` stand by their ids.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DutiesJson<'a> {
    reached: Vec<(String, i64)>,
    chains: Vec<(String, EscalationJson)>,
    deadlines: Vec<DeadlineJson>,
    #[serde(borrow)]
    asked: Vec<QuestionJson<'a>>,
    acknowledged_until: Option<i64>,
    written_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    verified: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EscalationJson {
    step: u16,
    round: u16,
    state: EscalationStateJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EscalationStateJson {
    Telling,
    Running { due: i64 },
    Paused { left: i64 },
    Stopped,
    Exhausted,
}

pub(crate) fn duties_json(duties: &Duties) -> String {
    let reached = duties.reached.iter();
    let chains = duties.chains.iter();
    let deadlines = duties.deadlines.values();
    json(&DutiesJson {
        reached: reached
            .map(|(tier, at)| (tier.to_string(), at.as_millis()))
            .collect(),
        chains: chains
            .map(|(chain, at)| (chain.to_string(), escalation_json(*at)))
            .collect(),
        deadlines: deadlines.map(|deadline| (*deadline).into()).collect(),
        asked: duties.asked.values().map(Into::into).collect(),
        acknowledged_until: duties.acknowledged_until.map(Timestamp::as_millis),
        written_at: duties.written_at.map(Timestamp::as_millis),
        verified: duties.verified,
    })
}

const fn escalation_json(at: Escalation) -> EscalationJson {
    EscalationJson {
        step: at.step,
        round: at.round,
        state: match at.state {
            EscalationState::Telling => EscalationStateJson::Telling,
            EscalationState::Running { due } => EscalationStateJson::Running {
                due: due.as_millis(),
            },
            EscalationState::Paused { left } => EscalationStateJson::Paused {
                left: left.as_millis(),
            },
            EscalationState::Stopped => EscalationStateJson::Stopped,
            EscalationState::Exhausted => EscalationStateJson::Exhausted,
        },
    }
}

pub(crate) fn duties_of(body: &str) -> Result<Duties, LedgerError> {
    const WHAT: &str = "duties of an incident";
    let duties: DutiesJson<'_> = parse(WHAT, body)?;
    let reached = |(tier, at): (String, i64)| {
        Ok::<_, LedgerError>((tier_of(WHAT, &tier)?, Timestamp::from_millis(at)))
    };
    let chain = |(chain, at): (String, EscalationJson)| {
        Ok::<_, LedgerError>((chain_of(chain)?, escalation_of(&at)))
    };
    let deadline = |json: DeadlineJson| -> (Duty, Deadline) {
        let deadline = Deadline::from(json);
        (deadline.duty, deadline)
    };
    let question = |json: QuestionJson<'_>| -> (u32, Question) {
        let question = Question::from(json);
        (question.item, question)
    };
    Ok(Duties {
        reached: duties
            .reached
            .into_iter()
            .map(reached)
            .collect::<Result<_, _>>()?,
        chains: duties
            .chains
            .into_iter()
            .map(chain)
            .collect::<Result<_, _>>()?,
        deadlines: duties.deadlines.into_iter().map(deadline).collect(),
        asked: duties.asked.into_iter().map(question).collect(),
        acknowledged_until: duties.acknowledged_until.map(Timestamp::from_millis),
        written_at: duties.written_at.map(Timestamp::from_millis),
        verified: duties.verified,
    })
}

const fn escalation_of(json: &EscalationJson) -> Escalation {
    Escalation {
        step: json.step,
        round: json.round,
        state: match json.state {
            EscalationStateJson::Telling => EscalationState::Telling,
            EscalationStateJson::Running { due } => EscalationState::Running {
                due: Timestamp::from_millis(due),
            },
            EscalationStateJson::Paused { left } => EscalationState::Paused {
                left: TimeSpan::from_millis(left),
            },
            EscalationStateJson::Stopped => EscalationState::Stopped,
            EscalationStateJson::Exhausted => EscalationState::Exhausted,
        },
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateJson {
    told: Vec<i64>,
    rest_due: Option<i64>,
    rest_told_at: Option<i64>,
}

pub(crate) fn rate_json(rate: &Rate) -> String {
    json(&RateJson {
        told: rate.told.iter().map(|at| at.as_millis()).collect(),
        rest_due: rate.rest_due.map(Timestamp::as_millis),
        rest_told_at: rate.rest_told_at.map(Timestamp::as_millis),
    })
}

pub(crate) fn rate_of(body: &str) -> Result<Rate, LedgerError> {
    let rate: RateJson = parse("rate of a receiver", body)?;
    Ok(Rate {
        told: rate.told.into_iter().map(Timestamp::from_millis).collect(),
        rest_due: rate.rest_due.map(Timestamp::from_millis),
        rest_told_at: rate.rest_told_at.map(Timestamp::from_millis),
    })
}

pub(crate) fn silence_json(silence: &Silence) -> String {
    json(&SilenceJson::from(silence))
}

pub(crate) fn silence_of(body: &str) -> Result<Silence, LedgerError> {
    let silence: SilenceJson<'_> = parse("silence", body)?;
    decode("silence", silence.into_model())
}

pub(crate) fn stand_in_json(stands_in: &Override) -> String {
    json(&OverrideJson::from(stands_in))
}

pub(crate) fn stand_in_of(body: &str) -> Result<Override, LedgerError> {
    let stands_in: OverrideJson<'_> = parse("stand-in", body)?;
    decode("stand-in", stands_in.into_model())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use fengbiao_model::DeadlineState;

    use super::*;

    #[test]
    fn what_is_owed_comes_back_as_it_was() {
        let duties = Duties {
            reached: [
                (Tier::IV, Timestamp::from_millis(7)),
                (Tier::II, Timestamp::from_millis(9)),
            ]
            .into(),
            chains: [
                EscalationState::Telling,
                EscalationState::Running {
                    due: Timestamp::from_millis(11),
                },
                EscalationState::Paused {
                    left: TimeSpan::from_secs(5),
                },
                EscalationState::Stopped,
                EscalationState::Exhausted,
            ]
            .into_iter()
            .zip(1_u16..)
            .map(|(state, step)| {
                let round = step + 1;
                let id = ChainId::from_str(&format!("chain-{step}")).unwrap();
                (id, Escalation { step, round, state })
            })
            .collect(),
            asked: [Some(Timestamp::from_millis(15)), None]
                .into_iter()
                .zip(1_u32..)
                .map(|(warn_at, item)| {
                    let question = Question {
                        item,
                        of: "教育局".to_owned(),
                        what: "\"事发\"经过".to_owned(),
                        due: Timestamp::from_millis(17),
                        warn_at,
                        state: DeadlineState::Warned,
                    };
                    (item, question)
                })
                .collect(),
            acknowledged_until: Some(Timestamp::from_millis(13)),
            written_at: None,
            verified: true,
            ..Duties::default()
        };
        assert_eq!(duties_of(&duties_json(&duties)).unwrap(), duties);
    }

    #[test]
    fn what_holds_a_notice_comes_back_as_it_was() {
        for held in [
            None,
            Some(Hold::QuietHours),
            Some(Hold::Silence(SilenceNumber(3))),
            Some(Hold::Incident(IncidentId(4))),
            Some(Hold::Storm),
        ] {
            let waiting = Waiting {
                due: Timestamp::MAX,
                kind: NoticeKind::ReplyMissed,
                beside: Some(NoticeKind::Escalated),
                change: 4,
                merged: 2,
                late: true,
                held,
            };
            let pending = Pending {
                waiting: Some(waiting),
                loudest_told: Some(Tier::I),
                group_interval: TimeSpan::from_minutes(5),
                step: Some((ChainId::from_str("night").unwrap(), 2)),
                ..Pending::default()
            };
            assert_eq!(pending_of(&pending_json(&pending)).unwrap(), pending);
        }
    }
}
