//! Incidents, for the ledger, the API and the command line.

use std::collections::BTreeMap;

use fengbiao_model::{
    Acknowledgement, AcknowledgementEnd, Actor, Answer, Class, Grade, Incident, IncidentId,
    IncidentNumber, Stage, Subject, SubjectKey, Tier, Timestamp, Totals,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};

/// The subject of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scope", rename_all = "snake_case", deny_unknown_fields)]
pub enum SubjectKeyJson<'a> {
    /// `*`: all hits of the topic.
    All {},
    /// `-`: hits that name no subject.
    Unnamed {},
    /// One place, unit or product.
    Named {
        /// The kind, as `[subjects]` of the topic names it.
        #[serde(borrow)]
        kind: Str<'a>,
        /// The name, as the list writes it.
        #[serde(borrow)]
        name: Str<'a>,
    },
}

/// Who took an incident on, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementJson<'a> {
    /// Who: somebody who works with Fengbiao.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// When (wall clock).
    pub at: Text<Timestamp>,
}

/// Who took an incident on before, and why that holds no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormerAcknowledgementJson<'a> {
    /// Who: somebody who works with Fengbiao.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// When (wall clock).
    pub at: Text<Timestamp>,
    /// Why it holds no longer.
    pub ended: Text<AcknowledgementEnd>,
}

/// Counts over the whole life of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotalsJson {
    /// Distinct posts.
    pub posts: u64,
    /// Distinct stories: copies counted once.
    pub stories: u64,
    /// Distinct voices.
    pub voices: u64,
    /// Distinct sources.
    pub sources: u64,
    /// Weight of the heaviest post, 1 to 10; 0 without posts.
    pub weight_max: u8,
}

/// The hits of one topic and one subject over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "incident")]
pub struct IncidentJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Its name inside the machine.
    pub id: u64,
    /// The number that people use; not there before it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text<IncidentNumber>>,
    /// The topic.
    #[serde(borrow)]
    pub topic: Str<'a>,
    /// The subject.
    #[serde(borrow)]
    pub subject: SubjectKeyJson<'a>,
    /// Where it stands in its life.
    pub stage: Text<Stage>,
    /// Its tier now; not there before it opens and after it has closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Text<Tier>>,
    /// The highest tier it has reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_tier: Option<Text<Tier>>,
    /// Running number of its latest change that is worth a notice.
    pub change: u32,
    /// When its first post was found (event clock).
    pub first_found_at: Text<Timestamp>,
    /// When its latest post was found (event clock).
    pub last_found_at: Text<Timestamp>,
    /// When it opened (wall clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Text<Timestamp>>,
    /// When its tier last changed (wall clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Text<Timestamp>>,
    /// When its tier, or a higher one, was last true, or its tier was last held (event clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at: Option<Text<Timestamp>>,
    /// When it closed (wall clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Text<Timestamp>>,
    /// Who took it on.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<AcknowledgementJson<'a>>,
    /// Who took it on before, where that holds no longer.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_before: Option<FormerAcknowledgementJson<'a>>,
    /// Counts over its life.
    pub totals: TotalsJson,
    /// What kind of matter it is: as its rules propose, until people say otherwise.
    pub class: Text<Class>,
    /// Whether people have said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub classified: bool,
    /// What people say of the event after verification; not the tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Text<Grade>>,
    /// What people sort it by: texts under keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The factual answer that is out.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerJson<'a>>,
    /// The closed incident that it follows up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Text<IncidentNumber>>,
    /// The incident that it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Text<IncidentNumber>>,
    /// The incident that it was split off from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<Text<IncidentNumber>>,
    /// How often it has opened again after it was closed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returns: u32,
    /// Number of the latest event of its record.
    pub events: u32,
    /// Number of the latest item of its contact sheet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub items: u32,
    /// The items of its contact sheet that wait for a reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedJson>,
}

/// An item of a contact sheet that waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedJson {
    /// Its number within the incident.
    pub item: u32,
    /// By when the reply is due (wall clock).
    pub by_when: Text<Timestamp>,
}

/// A factual answer to the public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerJson<'a> {
    /// What is said.
    #[serde(borrow)]
    pub text: Str<'a>,
    /// Where it was published.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Str<'a>>,
    /// Who entered it.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// When (wall clock).
    pub at: Text<Timestamp>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The canonical bytes of an incident.
#[must_use]
pub fn encode_incident(incident: &Incident) -> Vec<u8> {
    encode(&IncidentJson::from(incident))
}

/// Reads an incident.
pub fn decode_incident(bytes: &[u8]) -> Result<Incident, WireError> {
    decode::<IncidentJson<'_>>("incident", bytes)?.into_model()
}

impl<'a> From<&'a Incident> for IncidentJson<'a> {
    fn from(incident: &'a Incident) -> Self {
        Self {
            v: V1,
            id: incident.id.0,
            number: incident.number.map(Text),
            topic: incident.topic.as_str().into(),
            subject: (&incident.subject).into(),
            stage: Text(incident.stage),
            tier: incident.tier.map(Text),
            highest_tier: incident.highest_tier.map(Text),
            change: incident.change,
            first_found_at: Text(incident.first_found_at),
            last_found_at: Text(incident.last_found_at),
            opened_at: incident.opened_at.map(Text),
            changed_at: incident.changed_at.map(Text),
            fired_at: incident.fired_at.map(Text),
            closed_at: incident.closed_at.map(Text),
            acknowledged: incident.acknowledged.as_ref().map(Into::into),
            acknowledged_before: incident.acknowledged_before.as_ref().map(Into::into),
            totals: incident.totals.into(),
            class: Text(incident.class),
            classified: incident.classified,
            grade: incident.grade.map(Text),
            labels: incident
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.clone()))
                .collect(),
            answer: incident.answer.as_ref().map(Into::into),
            follows: incident.follows.map(Text),
            merged_into: incident.merged_into.map(Text),
            split_from: incident.split_from.map(Text),
            returns: incident.returns,
            events: incident.events,
            items: incident.items,
            asked: incident
                .asked
                .iter()
                .map(|(&item, &by_when)| AskedJson {
                    item,
                    by_when: Text(by_when),
                })
                .collect(),
        }
    }
}

impl IncidentJson<'_> {
    /// The incident, its names checked.
    pub fn into_model(self) -> Result<Incident, WireError> {
        Ok(Incident {
            id: IncidentId(self.id),
            number: self.number.map(|number| number.0),
            topic: name("topic", &self.topic.0)?,
            subject: self.subject.into(),
            stage: self.stage.0,
            tier: self.tier.map(|tier| tier.0),
            highest_tier: self.highest_tier.map(|tier| tier.0),
            change: self.change,
            first_found_at: self.first_found_at.0,
            last_found_at: self.last_found_at.0,
            opened_at: self.opened_at.map(|at| at.0),
            changed_at: self.changed_at.map(|at| at.0),
            fired_at: self.fired_at.map(|at| at.0),
            closed_at: self.closed_at.map(|at| at.0),
            acknowledged: self
                .acknowledged
                .map(AcknowledgementJson::into_model)
                .transpose()?,
            acknowledged_before: self
                .acknowledged_before
                .map(FormerAcknowledgementJson::into_model)
                .transpose()?,
            totals: self.totals.into(),
            class: self.class.0,
            classified: self.classified,
            grade: self.grade.map(|grade| grade.0),
            labels: self
                .labels
                .into_iter()
                .map(|(key, value)| Ok((name("labels", &key)?, value)))
                .collect::<Result<_, WireError>>()?,
            answer: self.answer.map(AnswerJson::into_model).transpose()?,
            follows: self.follows.map(|number| number.0),
            merged_into: self.merged_into.map(|number| number.0),
            split_from: self.split_from.map(|number| number.0),
            returns: self.returns,
            events: self.events,
            items: self.items,
            asked: self
                .asked
                .into_iter()
                .map(|asked| (asked.item, asked.by_when.0))
                .collect(),
        })
    }
}

impl<'a> From<&'a Acknowledgement> for AcknowledgementJson<'a> {
    fn from(acknowledged: &'a Acknowledgement) -> Self {
        Self {
            by: acknowledged.by.as_str().into(),
            at: Text(acknowledged.at),
        }
    }
}

impl<'a> From<&'a (Acknowledgement, AcknowledgementEnd)> for FormerAcknowledgementJson<'a> {
    fn from((acknowledged, ended): &'a (Acknowledgement, AcknowledgementEnd)) -> Self {
        Self {
            by: acknowledged.by.as_str().into(),
            at: Text(acknowledged.at),
            ended: Text(*ended),
        }
    }
}

impl FormerAcknowledgementJson<'_> {
    fn into_model(self) -> Result<(Acknowledgement, AcknowledgementEnd), WireError> {
        let by = Actor::new(self.by.0);
        let by = by.map_err(|error| WireError::id("acknowledged_before.by", &error))?;
        Ok((Acknowledgement { by, at: self.at.0 }, self.ended.0))
    }
}

impl AcknowledgementJson<'_> {
    fn into_model(self) -> Result<Acknowledgement, WireError> {
        let by = Actor::new(self.by.0);
        let by = by.map_err(|error| WireError::id("acknowledged.by", &error))?;
        Ok(Acknowledgement { by, at: self.at.0 })
    }
}

impl<'a> From<&'a Answer> for AnswerJson<'a> {
    fn from(answer: &'a Answer) -> Self {
        Self {
            text: answer.text.as_str().into(),
            link: answer.link.as_deref().map(Into::into),
            by: answer.by.as_str().into(),
            at: Text(answer.at),
        }
    }
}

impl AnswerJson<'_> {
    pub(crate) fn into_model(self) -> Result<Answer, WireError> {
        let by = Actor::new(self.by.0);
        Ok(Answer {
            text: self.text.0.into_owned(),
            link: self.link.map(|link| link.0.into_owned()),
            by: by.map_err(|error| WireError::id("answer.by", &error))?,
            at: self.at.0,
        })
    }
}

impl<'a> From<&'a SubjectKey> for SubjectKeyJson<'a> {
    fn from(subject: &'a SubjectKey) -> Self {
        match subject {
            SubjectKey::All => Self::All {},
            SubjectKey::Unnamed => Self::Unnamed {},
            SubjectKey::Named(Subject { kind, name }) => Self::Named {
                kind: kind.as_str().into(),
                name: name.as_str().into(),
            },
        }
    }
}

impl From<SubjectKeyJson<'_>> for SubjectKey {
    fn from(json: SubjectKeyJson<'_>) -> Self {
        match json {
            SubjectKeyJson::All {} => Self::All,
            SubjectKeyJson::Unnamed {} => Self::Unnamed,
            SubjectKeyJson::Named { kind, name } => Self::Named(Subject {
                kind: kind.0.into_owned(),
                name: name.0.into_owned(),
            }),
        }
    }
}

impl From<Totals> for TotalsJson {
    fn from(
        Totals {
            posts,
            stories,
            voices,
            sources,
            weight_max,
        }: Totals,
    ) -> Self {
        Self {
            posts,
            stories,
            voices,
            sources,
            weight_max,
        }
    }
}

impl From<TotalsJson> for Totals {
    fn from(
        TotalsJson {
            posts,
            stories,
            voices,
            sources,
            weight_max,
        }: TotalsJson,
    ) -> Self {
        Self {
            posts,
            stories,
            voices,
            sources,
            weight_max,
        }
    }
}
