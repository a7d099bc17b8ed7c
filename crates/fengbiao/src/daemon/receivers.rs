//! From the configuration to the sinks.

use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use fengbiao_model::{Clock, ReceiverId, Tier};
use fengbiao_sink::text::Phrasing;
use fengbiao_sink::{
    Backoff, EventOptions, FileSink, Mention, Route, Secret, Sink, TerminalOptions, TerminalSink,
    WebhookOptions, WebhookSink, WecomOptions, WecomSink,
};

use crate::clock::SystemClock;
use crate::config::{Receiver, ReceiverKind};
use crate::terminal;

/// The routes of the configured receivers.
pub(crate) fn routes(
    receivers: &[Receiver],
    phrasing: &Phrasing,
    colour: bool,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Vec<Route>> {
    let route = |receiver: &Receiver| {
        let sink = sink(receiver, phrasing, colour, clock);
        let named = |id: &String| ReceiverId::new(id.as_str());
        Ok(Route {
            receiver: named(&receiver.id)?,
            sink: sink.with_context(|| format!("receiver `{}`", receiver.id))?,
            fallback: receiver.fallback.as_ref().map(named).transpose()?,
            backoff: Backoff::default(),
        })
    };
    receivers.iter().map(route).collect()
}

/// Fails where what a receiver's secret file holds cannot be used, by making its sink as the daemon
/// does. No file is made: those without a secret are left out.
pub(crate) fn check_secret(receiver: &Receiver, phrasing: &Phrasing) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    match receiver.kind {
        ReceiverKind::Webhook | ReceiverKind::Wecom => {
            sink(receiver, phrasing, false, &clock).map(drop)
        }
        ReceiverKind::Terminal | ReceiverKind::File => Ok(()),
    }
}

/// Notices may wait for a receiver that is no longer configured: nobody takes them, so it is said.
pub(crate) fn warn_of_strays(waiting: &[(String, Tier, u64)], routes: &[Route]) {
    for (receiver, tier, count) in waiting {
        if !routes
            .iter()
            .any(|route| route.receiver.as_str() == receiver)
        {
            tracing::warn!(
                %receiver, %tier, count,
                "notices wait for a receiver that is not configured; put it back, or they stay"
            );
        }
    }
}

fn sink(
    receiver: &Receiver,
    phrasing: &Phrasing,
    colour: bool,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Sink>> {
    Ok(match receiver.kind {
        ReceiverKind::Terminal => {
            let width_columns = terminal::width(std::io::stdout().is_terminal());
            let options = TerminalOptions {
                phrasing: phrasing.clone(),
                color: colour,
                width_columns,
            };
            Arc::new(TerminalSink::new(options, std::io::stdout()))
        }
        ReceiverKind::File => Arc::new(FileSink::new(
            given(receiver.path.as_ref())?,
            EventOptions::default(),
        )?),
        ReceiverKind::Webhook => {
            let mut options =
                WebhookOptions::new(Secret::new(given(receiver.url.as_ref())?.as_str()));
            let lines = secret(given(receiver.secret_file.as_ref())?)?;
            options.secrets = lines.lines().map(|line| Secret::new(line.trim())).collect();
            Arc::new(WebhookSink::new(options, Arc::clone(clock))?)
        }
        ReceiverKind::Wecom => {
            let link = secret(given(receiver.url_file.as_ref())?)?;
            Arc::new(WecomSink::new(
                wecom(&link, receiver, phrasing)?,
                Arc::clone(clock),
            )?)
        }
    })
}

/// What loading has checked to be there.
fn given<T>(value: Option<&T>) -> anyhow::Result<&T> {
    value.context("a key that this kind needs is missing")
}

/// A secret from a file, without the line end that editors add.
pub(crate) fn secret(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()))?;
    let text = text.trim();
    if text.is_empty() {
        bail!("`{}` is empty, expected a secret", path.display());
    }
    Ok(text.to_owned())
}

fn wecom(link: &str, receiver: &Receiver, phrasing: &Phrasing) -> anyhow::Result<WecomOptions> {
    // The link is a secret: it is in no error.
    let link = url::Url::parse(link).ok().filter(url::Url::has_host);
    let link = link.context("`url_file` does not hold an address, expected `https://…?key=…`")?;
    let key = link
        .query_pairs()
        .find(|(name, _)| name == "key")
        .map(|(_, key)| key.into_owned());
    let key = key.context("the address in `url_file` has no `key=`")?;
    let mut options = WecomOptions::new(Secret::new(key), phrasing.clone());
    options.base_url = link.origin().ascii_serialization();
    if receiver.mention_all == Some(true) {
        options.mention = Some(Mention {
            from_tier: Tier::II,
            all: true,
            mobiles: Vec::new(),
        });
    }
    Ok(options)
}
