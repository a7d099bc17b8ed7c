//! A sign of life to an outside dead man's switch: whoever does not hear it any more wakes people.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::Clock;
use reqwest::Client;

use crate::http;
use crate::limits::HEARTBEAT_TIMEOUT_SECS;
use crate::{Secret, SetupError, SinkError};

/// Asks for one link, again and again. What is listening there counts on it.
pub struct Heartbeat {
    client: Client,
    url: Secret,
    clock: Arc<dyn Clock>,
}

impl Heartbeat {
    /// Beats at a link. It is a secret: who knows it can feign that we live.
    ///
    /// # Errors
    /// [`SetupError`] where the link is none that can be asked for.
    pub fn new(url: Secret, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        http::check_link(url.reveal())?;
        let timeout = Duration::from_secs(HEARTBEAT_TIMEOUT_SECS);
        let client = http::client(timeout)?;
        Ok(Self { client, url, clock })
    }

    /// One beat: a GET, which every such service takes. No redirect is followed.
    ///
    /// # Errors
    /// [`SinkError`], without the link in it, where the answer is not 2xx or none comes.
    pub async fn beat(&self) -> Result<(), SinkError> {
        let request = self.client.get(self.url.reveal());
        let response = request.send().await.map_err(http::unreachable)?;
        if response.status().is_success() {
            return Ok(());
        }
        let now = self.clock.wall();
        Err(http::refusal(response.status(), response.headers(), now))
    }
}
