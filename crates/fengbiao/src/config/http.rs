//! The HTTP listener.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::Length;
use super::bounds::within;
use crate::limits::LINK_BOUNDS;

/// The HTTP listener.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Address and port. Any other address than loopback needs `token_file`. Without it only requests
    /// are answered whose `Host` is an address of loopback, `localhost`, or that of `public_url`.
    #[serde(deserialize_with = "address")]
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
    /// File with the token that push and API ask for as `Authorization: Bearer …`.
    #[schemars(example = &"/etc/fengbiao/token")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// Address under which people reach this listener; links that acknowledge begin with it.
    /// Without it they begin with the address of `listen`.
    #[schemars(example = &"https://fengbiao.example.org")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// How long a link that acknowledges is good for: `1m` to `366d`.
    pub(crate) acknowledge_link_valid: Length,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7311)),
            token_file: None,
            public_url: None,
            acknowledge_link_valid: Length::hours(24),
        }
    }
}

impl Http {
    /// What is wrong, with its remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let (valid, why) = (self.acknowledge_link_valid.0, "a day is usual");
        within("http.acknowledge_link_valid", valid, &LINK_BOUNDS, why)?;
        if let Some(url) = &self.public_url {
            let place = || format!("`http.public_url` is `{url}`, to which links are to lead");
            fengbiao_sink::check_link(url).with_context(place)?;
        }
        Ok(())
    }
}

/// Names are not looked up: what one listens on would depend on who is asked.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        de::Error::custom(format!(
            "`{text}`, expected a socket address: an IP address and a port up to 65535\n\
             hint: such as `127.0.0.1:7311`, `0.0.0.0:7311` or `[::1]:7311`"
        ))
    })
}
