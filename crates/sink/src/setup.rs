//! Why a sink cannot be built from its options.

use std::path::PathBuf;

use crate::limits::SIGNING_KEY_BYTES;

/// Why a sink cannot be built. No secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A link that can be neither posted to nor asked for.
    #[error(
        "the link is not an absolute `http` or `https` link: {why}\nhint: write it whole, such as \
         `https://desk.example.org/hooks/fengbiao`"
    )]
    NotALink {
        /// What the parser says.
        why: String,
    },
    /// A signing secret is not of the form `whsec_` and base64.
    #[error(
        "signing secret number {number} {why}, expected `whsec_` and the base64 of {} to {} random \
         bytes\nhint: `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one",
        SIGNING_KEY_BYTES.start(),
        SIGNING_KEY_BYTES.end()
    )]
    SigningSecret {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
    /// An extra header that HTTP does not allow, or that is set by the sink itself.
    #[error("the header `{name}` cannot be added: {why}")]
    Header {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A bot without a key.
    #[error("the key of the WeCom bot is empty\nhint: it stands in the bot's link after `key=`")]
    NoKey,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
    /// The file cannot be written.
    #[error(
        "cannot append to the file `{}`: {source}\nhint: its folder must exist and this user must \
         be allowed to write there",
        path.display()
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
