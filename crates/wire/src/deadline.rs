//! What is owed of an incident, for notices, the ledger and the API.

use fengbiao_model::{Deadline, DeadlineState, Duty, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scalar::Text;

/// One deadline of one incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineJson {
    /// What is owed.
    pub duty: Text<Duty>,
    /// Until when (wall clock).
    pub due: Text<Timestamp>,
    /// When the warning goes out (wall clock); not there: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<Text<Timestamp>>,
    /// How it stands.
    pub state: Text<DeadlineState>,
}

impl From<Deadline> for DeadlineJson {
    fn from(deadline: Deadline) -> Self {
        Self {
            duty: Text(deadline.duty),
            due: Text(deadline.due),
            warn_at: deadline.warn_at.map(Text),
            state: Text(deadline.state),
        }
    }
}

impl From<DeadlineJson> for Deadline {
    fn from(json: DeadlineJson) -> Self {
        Self {
            duty: json.duty.0,
            due: json.due.0,
            warn_at: json.warn_at.map(|at| at.0),
            state: json.state.0,
        }
    }
}
