//! The page behind a signed link: who holds the link may look, and take the incident on.
//!
//! Looking changes nothing but the audit trail, so that a messenger that fetches links for a
//! preview acknowledges nothing. Taking on is a POST by the form.

use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use fengbiao_alerter::check_deed;
use fengbiao_model::{Action, Actor, Deed, Incident, IncidentNumber, Language, Notice, NoticeKey};
use serde::Deserialize;

use crate::html::{NoticePage, content_security_policy, message, outgrown};
use crate::problem::Problem;
use crate::request::actor;
use crate::state::{Console, Verdict};
use crate::token::{TokenError, verify};
use crate::words::preferred;

/// The form's one field.
#[derive(Debug, Deserialize)]
pub(crate) struct TakeOn {
    #[serde(default)]
    by: String,
}

pub(crate) async fn show(
    State(console): State<Console>,
    headers: HeaderMap,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let language = language(&console, &headers);
    let key = match open(&console, token) {
        Ok(key) => key,
        Err(error) => return refused(language, &error),
    };
    let page = console.blocking(move |console| {
        let Some((notice, incident)) = find(console, &key)? else {
            return Ok(gone(language));
        };
        let by = Actor::new(format!("link to {}", key.receiver));
        let by = by.map_err(|error| Problem::internal(&error))?;
        console.ledger.audit(
            &by,
            "incident.viewed",
            &format!("incident {}", notice.number),
            "",
        )?;
        let page = NoticePage {
            language,
            zone: &console.zone,
            notice: &notice,
            incident: &incident,
            note: None,
        };
        Ok(html(StatusCode::OK, page.html()))
    });
    page.await
        .unwrap_or_else(|problem| failed(language, &problem))
}

pub(crate) async fn acknowledge(
    State(console): State<Console>,
    headers: HeaderMap,
    token: Result<Path<String>, PathRejection>,
    form: Result<Form<TakeOn>, FormRejection>,
) -> Response {
    let language = language(&console, &headers);
    let key = match open(&console, token) {
        Ok(key) => key,
        Err(error) => return refused(language, &error),
    };
    let by = match form {
        Ok(Form(TakeOn { by })) => by,
        Err(error) => {
            let problem = Problem::new(error.status(), "invalid_form", error.body_text());
            return failed(language, &problem);
        }
    };
    let page = console.blocking(move |console| {
        let Some((notice, incident)) = find(console, &key)? else {
            return Ok(gone(language));
        };
        match take_on(console, language, (&notice, &incident), &by)? {
            Taken::Accepted(status, title, text) => {
                Ok(html(status, message(language, title, &text)))
            }
            Taken::Refused(status, note) => {
                // What the page shows is how it stands after whoever came first.
                let incident = console.ledger.incident_by_id(key.incident)?;
                let incident = incident.ok_or_else(|| Problem::unknown_incident(notice.number))?;
                let page = NoticePage {
                    language,
                    zone: &console.zone,
                    notice: &notice,
                    incident: &incident,
                    note: Some(&note),
                };
                Ok(html(status, page.html()))
            }
        }
    });
    page.await
        .unwrap_or_else(|problem| failed(language, &problem))
}

/// What came of taking an incident on, in words.
enum Taken {
    /// Status, title and text.
    Accepted(StatusCode, &'static str, String),
    /// Status, and why not.
    Refused(StatusCode, String),
}

/// Sends the command and waits for what becomes of it, or says why not.
fn take_on(
    console: &Console,
    language: Language,
    (notice, incident): (&Notice, &Incident),
    by: &str,
) -> Result<Taken, Problem> {
    let Ok(by) = actor(by) else {
        let note = language.pick(
            "请填写别人能看懂的姓名或岗位（不超过 128 字节，不含不可见字符，不能是 fengbiao）。",
            "Please give a name that others can read: at most 128 bytes, nothing invisible, and not \
             `fengbiao`.",
        );
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(Taken::Refused(status, note.to_owned()));
    };
    if let Err(why) = check_deed(incident, &Deed::Acknowledge) {
        return Ok(conflict(not_taken(language, incident, &why)));
    }
    if let Some(why) = outgrown(language, notice, incident) {
        return Ok(conflict(why));
    }
    send(console, language, incident, (notice.number, by))
}

fn conflict(why: String) -> Taken {
    Taken::Refused(StatusCode::CONFLICT, why)
}

fn send(
    console: &Console,
    language: Language,
    incident: &Incident,
    (number, by): (IncidentNumber, Actor),
) -> Result<Taken, Problem> {
    let take_on = Action::Incident {
        incident: number,
        deed: Deed::Acknowledge,
    };
    let command = console.commands.submit(by.clone(), take_on)?.number;
    let accepted = match console.commands.verdict(command) {
        Verdict::Refused(why) => {
            let incident = console.ledger.incident_by_id(incident.id)?;
            let said = incident.map(|incident| not_taken(language, &incident, &why));
            return Ok(conflict(said.unwrap_or(why)));
        }
        Verdict::Done => StatusCode::OK,
        Verdict::Waiting => StatusCode::ACCEPTED,
    };
    let done = accepted == StatusCode::OK;
    let title = match done {
        true => language.pick("已确认接手", "Taken on"),
        false => language.pick("已提交，正在确认", "Sent, not confirmed yet"),
    };
    let text = match (language, done) {
        (Language::Zh, true) => format!("{by} 接手事件 {number}，已记录（命令 {command}）。"),
        (Language::En, true) => format!("{by} takes incident {number} on: command {command}."),
        (Language::Zh, false) => format!(
            "{by} 申请接手事件 {number}（命令 {command}），尚未生效。请稍后重新打开通知中的链接，查看由谁接手。"
        ),
        (Language::En, false) => format!(
            "{by} asks to take incident {number} on: command {command}. It is not in effect yet. \
             Please open the link of the notice again in a moment to see who has it."
        ),
    };
    Ok(Taken::Accepted(accepted, title, text))
}

/// Why nobody can take an incident on, as it stands; the alerter's own words where it shows nothing
/// against it.
fn not_taken(language: Language, incident: &Incident, why: &str) -> String {
    if let Some(into) = incident.merged_into {
        return match language {
            Language::Zh => format!("此事件已并入 {into}，请在 {into} 的通知中确认。"),
            Language::En => format!(
                "This incident was merged into {into}. Please take {into} on by a notice of its own."
            ),
        };
    }
    if !incident.is_open() {
        let closed = language.pick(
            "此事件已结束，无需再次确认。",
            "This incident is closed: there is nothing to take on.",
        );
        return closed.to_owned();
    }
    match (&incident.acknowledged, language) {
        (Some(taken), Language::Zh) => format!("已由{}接手，无需再次确认。", taken.by),
        (Some(taken), Language::En) => format!("{} has taken this incident on already.", taken.by),
        (None, Language::Zh) => format!("未能接手：{why}"),
        (None, Language::En) => format!("It was not taken on: {why}"),
    }
}

/// What only begins like a link, or goes on behind one.
pub(crate) async fn not_a_link(State(console): State<Console>, headers: HeaderMap) -> Response {
    refused(language(&console, &headers), &TokenError::Forged)
}

fn find(console: &Console, key: &NoticeKey) -> Result<Option<(Notice, Incident)>, Problem> {
    let Some(delivery) = console.ledger.delivery(key)? else {
        return Ok(None);
    };
    let incident = console.ledger.incident_by_id(key.incident)?;
    Ok(incident.map(|incident| (delivery.notice, incident)))
}

fn open(
    console: &Console,
    token: Result<Path<String>, PathRejection>,
) -> Result<NoticeKey, TokenError> {
    let Path(token) = token.map_err(|_| TokenError::Forged)?;
    verify(&console.key, console.ledger.id(), &token, console.now())
}

fn language(console: &Console, headers: &HeaderMap) -> Language {
    let wish = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    console
        .language
        .unwrap_or_else(|| preferred(wish.unwrap_or_default()))
}

fn refused(language: Language, error: &TokenError) -> Response {
    let (status, title, text) = match error {
        TokenError::Forged => (
            StatusCode::FORBIDDEN,
            language.pick("链接无效", "This link is not valid"),
            language.pick(
                "请从通知中完整打开链接，不要手工修改。",
                "Please open the whole link from the notice, unchanged.",
            ),
        ),
        TokenError::OtherLedger => (
            StatusCode::GONE,
            language.pick("链接已失效", "This link leads nowhere any more"),
            language.pick(
                "发出该通知之后，事件记录已重新建立，此链接不再对应任何事件。请使用较新的通知，或在命令行、接口中确认。",
                "The record was begun anew since this notice went out, and the link leads to nothing in \
                 it. Please use a newer notice, or acknowledge by command line or API.",
            ),
        ),
        TokenError::Expired { .. } => (
            StatusCode::GONE,
            language.pick("链接已过期", "This link has expired"),
            language.pick(
                "请使用较新的通知，或在命令行、接口中确认。",
                "Please use a newer notice, or acknowledge by command line or API.",
            ),
        ),
    };
    html(status, message(language, title, text))
}

fn gone(language: Language) -> Response {
    let title = language.pick("通知已不再保存", "The notice is no longer kept");
    let text = language.pick("相关事件已结束较久。", "Its incident ended a while ago.");
    html(StatusCode::NOT_FOUND, message(language, title, text))
}

fn failed(language: Language, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = language.pick(
        "未能完成，请稍后再试",
        "This was not done, please try again",
    );
    html(status, message(language, title, &problem.detail))
}

/// A page that is not kept, not framed, not followed, and loads nothing.
fn html(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
