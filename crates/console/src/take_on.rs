//! Taking an incident on by the form of a page: what is asked, and what comes of it in words.

use axum::http::StatusCode;
use fengbiao_alerter::check_deed;
use fengbiao_model::{Action, Actor, Deed, Incident, Language, Notice};

use crate::notice_page::outgrown;
use crate::problem::Problem;
use crate::state::{Console, Verdict};

/// What came of it.
pub(crate) enum Taken {
    /// It is taken on, by whom.
    Done(Actor),
    /// It is asked for, by whom, and may still be refused.
    Sent(Actor),
    /// It is not taken on.
    Refused {
        status: StatusCode,
        /// Why, in the language of the page.
        why: String,
        /// The name that the form is to show, should it be there again.
        name: Option<Actor>,
    },
}

/// Sends the command and waits for what becomes of it, or says why not.
pub(crate) fn take_on(
    console: &Console,
    language: Language,
    (notice, incident): (&Notice, &Incident),
    by: Actor,
) -> Result<Taken, Problem> {
    if let Err(why) = check_deed(incident, &Deed::Acknowledge) {
        return Ok(conflict(not_taken(language, incident, &why), by));
    }
    if let Some(why) = outgrown(language, notice, incident) {
        return Ok(conflict(why, by));
    }
    let take_on = Action::Incident {
        incident: notice.number,
        deed: Deed::Acknowledge,
    };
    let command = console.commands.submit(by.clone(), take_on)?.number;
    Ok(match console.commands.verdict(command) {
        Verdict::Done => Taken::Done(by),
        Verdict::Waiting => Taken::Sent(by),
        Verdict::Refused(why) => {
            let incident = console.ledger.incident_by_id(incident.id)?;
            let said = incident.map(|incident| not_taken(language, &incident, &why));
            conflict(said.unwrap_or(why), by)
        }
    })
}

const fn conflict(why: String, by: Actor) -> Taken {
    Taken::Refused {
        status: StatusCode::CONFLICT,
        why,
        name: Some(by),
    }
}

/// What was given for a name is none; `known` is the one given before.
pub(crate) fn no_name(language: Language, known: Option<Actor>) -> Taken {
    let why = language.pick(
        "请填写别人能看懂的姓名或岗位（不超过 128 字节，不含不可见字符，不能是 fengbiao）。",
        "Please give a name that others can read: at most 128 bytes, nothing invisible, and not \
         `fengbiao`.",
    );
    Taken::Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        why: why.to_owned(),
        name: known,
    }
}

/// Title and text of the page of what waits for the alerter still.
pub(crate) fn sent(language: Language, notice: &Notice, by: &Actor) -> (&'static str, String) {
    let number = notice.number;
    let title = language.pick("已提交，尚未生效", "Sent, not in effect yet");
    let text = match language {
        Language::Zh => {
            format!("{by} 申请接手事件 {number}。请稍后重新打开通知中的链接，查看由谁接手。")
        }
        Language::En => format!(
            "{by} asks to take incident {number} on. Please open the link of the notice again in a \
             moment to see who has it."
        ),
    };
    (title, text)
}

/// Why nobody can take an incident on, as it stands; the alerter's own words where it shows nothing
/// against it.
fn not_taken(language: Language, incident: &Incident, why: &str) -> String {
    if let Some(into) = incident.merged_into {
        return match language {
            Language::Zh => format!("此事件已并入 {into}，请在 {into} 的通知中接手。"),
            Language::En => format!(
                "This incident was merged into {into}. Please take {into} on by a notice of its own."
            ),
        };
    }
    if !incident.is_open() {
        let closed = language.pick(
            "此事件已结束，无需接手。",
            "This incident is closed: there is nothing to take on.",
        );
        return closed.to_owned();
    }
    match (&incident.acknowledged, language) {
        (Some(taken), Language::Zh) => format!("已由{}接手，无需再次接手。", taken.by),
        (Some(taken), Language::En) => format!("{} has taken this incident on already.", taken.by),
        (None, Language::Zh) => format!("未能接手：{why}"),
        (None, Language::En) => format!("It was not taken on: {why}"),
    }
}
