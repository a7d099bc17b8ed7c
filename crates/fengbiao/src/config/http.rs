//! The HTTP listener.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;

/// The HTTP listener.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Address and port. Any other address than loopback needs `token_file`. Without it only requests
    /// are answered whose `Host` is an address of loopback, `localhost`, or that of `public_url`.
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
    /// How long a link that acknowledges is good for.
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
