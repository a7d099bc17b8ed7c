//! `[[receiver]]`: where notices go.

use std::path::PathBuf;

use anyhow::Context as _;
use fengbiao_model::{Pace, ReceiverId, Target, Tier, TimeSpan, WeeklyInterval};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;
use super::filter::topics;
use super::route::{GROUP_WAIT, weekly};
use super::written::Written;

/// One receiver of notices.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Receiver::duty_log(), example = Receiver::desk(), example = Receiver::group())]
pub(crate) struct Receiver {
    /// Its id: lower-case letters, digits, `-` and `_`.
    #[schemars(example = &"desk")]
    pub(crate) id: String,
    /// What it is: `terminal` (cards on standard output), `file` (JSON lines), `webhook`
    /// (CloudEvents by HTTP POST, signed) or `wecom` (a group bot of WeCom, 企业微信).
    #[schemars(example = &"webhook")]
    pub(crate) kind: ReceiverKind,
    /// The quietest tier it hears of. Without it, `terminal` and `file` hear of all and the others
    /// from III on; tier IV goes to `terminal` and `file` only: it pages nobody. This key and the
    /// three after it are for a receiver that no route, chain or schedule names: where one does,
    /// that says what it hears of, and they belong on the route.
    #[schemars(example = &"III")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) from_tier: Option<Written<Tier>>,
    /// The topics it hears of; without it, all.
    #[schemars(example = &["food-safety"])]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) topics: Option<Vec<String>>,
    /// How long a first notice waits for more of its incident. Terminal and file do not wait
    /// unless this is set; the others wait 30 s.
    #[schemars(example = &"30s")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group_wait: Option<Length>,
    /// After how long an incident that nobody has acknowledged is told again; `0s` means never,
    /// without it `4h`.
    #[schemars(example = &"4h")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeat_interval: Option<Length>,
    /// Times of the week in which only tiers I and II are told here, by `time_zone` of the whole
    /// configuration; the others wait for their end. An end before the beginning lies on the next
    /// day.
    #[schemars(example = &["Mon-Sun 22:00-07:00"])]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) quiet: Option<Vec<Written<WeeklyInterval>>>,
    /// Who hears of it, too, when this receiver could not be reached for a minute (tier I), 5 (II), 15
    /// (III) or an hour (IV), and what it refuses for good: the id of another receiver. To stand
    /// in says nothing of what that one hears else: it is told by the routes, chains and schedules
    /// that name it, and where none does by its own keys, which without `from_tier` and `topics`
    /// means nearly everything.
    #[schemars(example = &"duty-log")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// For `file`: the file that events are appended to, as JSON lines. A relative path is taken
    /// from the folder of this file. It is its reader's: nothing is taken out of it, not by `purge` either,
    /// which names it.
    #[schemars(example = &"notices.ndjson")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<PathBuf>,
    /// For `webhook`: its address. An event has its id also as the header `webhook-id`: the same on
    /// every attempt, and no other event's, though the ledger be made anew.
    #[schemars(example = &"https://hooks.example.org/fengbiao")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// For `webhook`: a file with the secret, `whsec_…`; further lines hold the other secrets that
    /// are good while it rotates.
    #[schemars(example = &"/etc/fengbiao/webhook-secret")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_file: Option<PathBuf>,
    /// For `wecom`: a file with the bot's whole address, key included.
    #[schemars(example = &"/etc/fengbiao/wecom-url")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url_file: Option<PathBuf>,
    /// For `wecom`: whether tiers I and II mention everybody in the group.
    #[schemars(example = &true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mention_all: Option<bool>,
}

impl Receiver {
    /// The one that is there when none is configured: every tier, at once, on standard output.
    pub(crate) fn terminal() -> Self {
        Self {
            id: "terminal".to_owned(),
            kind: ReceiverKind::Terminal,
            from_tier: None,
            topics: None,
            group_wait: None,
            repeat_interval: None,
            quiet: None,
            fallback: None,
            path: None,
            url: None,
            secret_file: None,
            url_file: None,
            mention_all: None,
        }
    }

    /// The quietest tier it hears of by its own keys.
    pub(crate) fn quietest(&self) -> Tier {
        let usual = if self.kind.pages() {
            Tier::III
        } else {
            Tier::IV
        };
        self.from_tier.map_or(usual, |tier| tier.0)
    }

    /// The keys that say what it hears of and are written on it.
    pub(crate) fn own_keys(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("from_tier", self.from_tier.is_some()),
            ("topics", self.topics.is_some()),
            ("group_wait", self.group_wait.is_some()),
            ("repeat_interval", self.repeat_interval.is_some()),
        ];
        let written = keys.into_iter().filter(|(_, written)| *written);
        written.map(|(key, _)| key)
    }

    /// The receiver it means; `zone` is that of the whole configuration.
    pub(crate) fn value(&self, zone: &str) -> anyhow::Result<fengbiao_model::Receiver> {
        let quiet = self.quiet.as_ref();
        Ok(fengbiao_model::Receiver {
            id: ReceiverId::new(self.id.as_str())?,
            pages: self.kind.pages(),
            quiet: quiet.map(|times| weekly(times, zone)).transpose()?,
        })
    }

    /// Which incidents it hears of by its own keys, and how long they wait.
    pub(crate) fn own_route(&self) -> anyhow::Result<fengbiao_model::Route> {
        let wait = if self.kind.pages() {
            GROUP_WAIT
        } else {
            TimeSpan::ZERO
        };
        let topics = self.topics.as_deref().map(topics).transpose();
        Ok(fengbiao_model::Route {
            takes: fengbiao_model::Filter {
                topics: topics.with_context(|| format!("receiver `{}`", self.id))?,
                from_tier: Some(self.quietest()),
                ..fengbiao_model::Filter::default()
            },
            to: vec![Target::Receiver(ReceiverId::new(self.id.as_str())?)],
            pace: Pace {
                group_wait: Some(self.group_wait.map_or(wait, |span| span.0)),
                group_interval: None,
                repeat_interval: self.repeat_interval.map(|span| span.0),
            },
            goes_on: true,
            ..fengbiao_model::Route::default()
        })
    }

    /// An example: a record of everything.
    fn duty_log() -> Self {
        Self {
            id: "duty-log".to_owned(),
            kind: ReceiverKind::File,
            path: Some("notices.ndjson".into()),
            ..Self::terminal()
        }
    }

    /// An example: the system of a desk, with a stand-in for when it cannot be reached.
    fn desk() -> Self {
        Self {
            id: "desk".to_owned(),
            kind: ReceiverKind::Webhook,
            url: Some("https://hooks.example.org/fengbiao".to_owned()),
            secret_file: Some("/etc/fengbiao/webhook-secret".into()),
            fallback: Some("duty-log".to_owned()),
            ..Self::terminal()
        }
    }

    /// An example: a group of persons on call.
    fn group() -> Self {
        Self {
            id: "night-shift".to_owned(),
            kind: ReceiverKind::Wecom,
            from_tier: Some(Written(Tier::II)),
            topics: Some(vec!["food-safety".to_owned()]),
            group_wait: Some(Length(GROUP_WAIT)),
            url_file: Some("/etc/fengbiao/wecom-url".into()),
            mention_all: Some(true),
            ..Self::terminal()
        }
    }
}

/// What a receiver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReceiverKind {
    /// Cards on standard output. Pages nobody.
    Terminal,
    /// Events as JSON lines in a file. Pages nobody.
    File,
    /// CloudEvents by HTTP POST, signed as Standard Webhooks.
    Webhook,
    /// A WeCom (企业微信) group bot.
    Wecom,
}

impl ReceiverKind {
    /// As it is written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::File => "file",
            Self::Webhook => "webhook",
            Self::Wecom => "wecom",
        }
    }

    /// Whether a message there may wake a person.
    pub(crate) const fn pages(self) -> bool {
        matches!(self, Self::Webhook | Self::Wecom)
    }
}
