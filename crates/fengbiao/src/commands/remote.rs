//! The one door to the record: the daemon's API where one runs, else the files themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use fengbiao_lexicon::LexiconText;
use serde_json::{Value, json};

use crate::app::App;
use crate::clock::SystemClock;
use crate::daemon::{self, CarriedOut, Files};
use crate::limits::{ANSWER_WITHIN, MAX_ANSWER_BYTES, READY_WITHIN};
use crate::{lock, terminal};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer that says yes; the problem's own words otherwise.
    pub(crate) fn ok(self) -> anyhow::Result<Value> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let said = |name: &str| self.body.get(name).and_then(Value::as_str);
        let said = said("detail").or(said("title"));
        let said = said.unwrap_or("the daemon refused").to_owned();
        match self.status {
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Err(Refused(said).into()),
            _ => bail!("{said}"),
        }
    }
}

/// What was asked for is not there, or is done already: nothing was wrong with the asking.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

/// Asks the daemon, or answers from the files with the same code.
pub(crate) fn call(
    app: &App,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let data_dir = &app.loaded.config.data_dir;
    if !data_dir.is_dir() {
        bail!(
            "there is no data directory `{}`\nhint: `fengbiao run` makes it",
            data_dir.display()
        );
    }
    match lock::take(data_dir) {
        Ok(_lock) => runtime.block_on(files(app, method, path, body)),
        Err(in_use) => match address(data_dir)? {
            Some(address) => runtime.block_on(ask(app, &address, method, path, body)),
            None => Err(in_use),
        },
    }
}

/// What the daemon of the data directory says that it lacks, nothing of it where it is ready; none where
/// no daemon answers. No lock is taken to find that out: a daemon that starts just then needs it.
pub(crate) fn lacks(app: &App) -> anyhow::Result<Option<String>> {
    let data_dir = &app.loaded.config.data_dir;
    let Some(address) = address(data_dir)? else {
        return Ok(None);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let asked = client(READY_WITHIN)?.get(format!("http://{address}/readyz"));
        let answer = match asked.send().await {
            // One that was killed has left its address behind.
            Err(error) if error.is_connect() => return Ok(None),
            answer => answer.with_context(|| format!("asking the daemon at `{address}`"))?,
        };
        let ready = answer.status().is_success();
        let text = answer.text().await?;
        Ok(Some(if ready { String::new() } else { text }))
    })
}

/// Where the daemon of a data directory listens, as it has written there.
fn address(data_dir: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(data_dir.join(daemon::ADDRESS_FILE)) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("reading the daemon's address"),
    }
}

/// Asks the daemon itself: no proxy is to see the token, or could reach this machine's loopback.
fn client(within: Duration) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy();
    builder.timeout(within).build()
}

async fn ask(
    app: &App,
    address: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<Answer> {
    let link = format!("http://{address}{path}");
    let mut request = client(ANSWER_WITHIN)?.request(method, link);
    if let Some(file) = &app.loaded.config.http.token_file {
        request = request.bearer_auth(crate::secrets::token(file)?);
    }
    if let Some(body) = &body {
        request = request.json(body);
    }
    let response = request
        .send()
        .await
        .with_context(|| format!("asking the daemon at `{address}`"))?;
    let status = response.status();
    let bytes = response
        .bytes()
        .await
        .context("reading the daemon's answer")?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    })
}

/// Without a daemon the same routes answer in this process; a command is carried out by one step.
async fn files(
    app: &App,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<Answer> {
    use tower::ServiceExt as _;
    let files = Files::open(app, Arc::new(SystemClock::new()))?;
    let request = Request::builder().method(&method).uri(path);
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?,
        None => request.body(Body::empty())?,
    };
    let response = files.router(CarriedOut::AtOnce)?.oneshot(request).await?;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), MAX_ANSWER_BYTES).await?;
    if method != Method::GET && status.is_success() {
        files.step()?;
    }
    Ok(Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    })
}

/// Gives a checked lexicon to whoever owns the record.
pub(crate) fn publish(app: &App, text: &LexiconText) -> anyhow::Result<bool> {
    let answer = call(
        app,
        Method::POST,
        "/v1/lexicons",
        Some(json!({ "files": text.files })),
    )?
    .ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else if answer["new"] == true {
        terminal::print(&format!("published as version {}\n", answer["number"]));
    } else {
        terminal::print(&format!(
            "version {} is the same; nothing to do\n",
            answer["number"]
        ));
    }
    Ok(true)
}
