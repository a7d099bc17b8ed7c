//! The page behind a signed link: who holds the link may look, and take the incident on.
//!
//! Looking changes nothing but the audit trail, so that a messenger that fetches links for a
//! preview acknowledges nothing. Taking on is a POST by the form.

use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use fengbiao_model::{Actor, Incident, Language, Notice, NoticeKey};
use serde::Deserialize;

use crate::html::{content_security_policy, message};
use crate::name_cookie;
use crate::notice_page::NoticePage;
use crate::problem::Problem;
use crate::request::actor;
use crate::state::Console;
use crate::take_on::{Taken, no_name, sent, take_on};
use crate::taken_page::TakenPage;
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
    let name = name_cookie::kept(&headers);
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
            taken_until: console.ledger.duties(incident.id)?.acknowledged_until,
            name: name.as_ref(),
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
    let known = name_cookie::kept(&headers);
    let page = console.blocking(move |console| {
        let Some((notice, incident)) = find(console, &key)? else {
            return Ok(gone(language));
        };
        let Ok(by) = actor(&by) else {
            return answer(console, language, &notice, no_name(language, known));
        };
        let taken = take_on(console, language, (&notice, &incident), by.clone())?;
        let mut response = answer(console, language, &notice, taken)?;
        if let Some(cookie) = name_cookie::keep(&by) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Ok(response)
    });
    page.await
        .unwrap_or_else(|problem| failed(language, &problem))
}

/// The page that says what came of it, with how the incident stands after whoever came first.
fn answer(
    console: &Console,
    language: Language,
    notice: &Notice,
    taken: Taken,
) -> Result<Response, Problem> {
    let incident = console.ledger.incident_by_id(notice.key.incident)?;
    let incident = incident.ok_or_else(|| Problem::unknown_incident(notice.number))?;
    let duties = console.ledger.duties(incident.id)?;
    let stands = |status, note: &str, name: Option<&Actor>| {
        let page = NoticePage {
            language,
            zone: &console.zone,
            notice,
            incident: &incident,
            taken_until: duties.acknowledged_until,
            name,
            note: Some(note),
        };
        html(status, page.html())
    };
    Ok(match taken {
        Taken::Done(by) if has_it(&incident, &by) => {
            let page = TakenPage {
                language,
                zone: &console.zone,
                notice,
                incident: &incident,
                duties: &duties,
                by: &by,
            };
            html(StatusCode::OK, page.html())
        }
        Taken::Sent(by) => {
            let (title, text) = sent(language, notice, &by);
            html(StatusCode::ACCEPTED, message(language, title, &text))
        }
        Taken::Done(by) => {
            let note = language.pick(
                "您的接手已记录，但此后事件又有变化。现状如下。",
                "You took it on, but it has changed since. This is how it stands now.",
            );
            stands(StatusCode::OK, note, Some(&by))
        }
        Taken::Refused { status, why, name } => stands(status, &why, name.as_ref()),
    })
}

fn has_it(incident: &Incident, by: &Actor) -> bool {
    let taken = incident.acknowledged.as_ref();
    taken.is_some_and(|taken| taken.by == *by)
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
                "发出该通知之后，事件记录已重新建立，此链接不再对应任何事件。请使用较新的通知，或在命令行、接口中接手。",
                "The record was begun anew since this notice went out, and the link leads to nothing in \
                 it. Please use a newer notice, or take it on by command line or \
                 API.",
            ),
        ),
        TokenError::Expired { .. } => (
            StatusCode::GONE,
            language.pick("链接已过期", "This link has expired"),
            language.pick(
                "请使用较新的通知，或在命令行、接口中接手。",
                "Please use a newer notice, or take it on by command line or API.",
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
