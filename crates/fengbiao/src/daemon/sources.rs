//! From the configuration to the sources, and the push listener.

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use fengbiao_crawler::{
    Encoding, FeedSource, FetchOptions, Fetcher, FieldMap, FileSource, Intake, LocalState, Metrics,
    Outlet, Place, Preparer, PseudonymKeys, PulseBook, PushOptions, Source, TopicSource,
    push_router,
};
use fengbiao_model::{Clock, SourceId, Timestamp};

use super::files::pseudonym_secret;
use super::foreign;
use super::pipeline::Pipeline;
use crate::app::App;
use crate::config;
use crate::demo::Story;
use crate::limits::HOST_PAUSE;
use crate::posts;

/// Folder of the crawler's own state in a data directory; its loss costs duplicates only.
const STATE_FOLDER: &str = "sources";

/// What all sources of one daemon share.
pub(crate) struct Sources {
    pub(crate) metrics: Metrics,
    keys: PseudonymKeys,
    zone: jiff::tz::TimeZone,
    clock: Arc<dyn Clock>,
    state: LocalState,
    log_metrics: fengbiao_log::Metrics,
}

impl Sources {
    pub(crate) fn new(app: &App, pipeline: &Pipeline) -> anyhow::Result<Self> {
        let config = &app.loaded.config;
        Ok(Self {
            metrics: Metrics::register(&pipeline.registry)?,
            keys: PseudonymKeys::new(
                pseudonym_secret(config)?,
                config.privacy.pseudonym_rotation.0,
            ),
            log_metrics: pipeline.log_metrics.clone(),
            zone: app.loaded.zone.clone(),
            clock: Arc::clone(&pipeline.clock),
            state: LocalState::open(config.data_dir.join(STATE_FOLDER))
                .context("opening the folder of the sources' state")?,
        })
    }

    fn preparer(
        &self,
        name: &str,
        map: Option<&str>,
        encoding: Encoding,
    ) -> anyhow::Result<Preparer> {
        let mut intake = Intake::new(SourceId::new(name)?);
        intake.zone = self.zone.clone();
        intake.encoding = encoding;
        if let Some(map) = map {
            intake.map =
                FieldMap::parse(map).with_context(|| format!("`map` of the source `{name}`"))?;
        }
        Ok(Preparer::new(
            intake,
            self.keys.clone(),
            Arc::clone(&self.clock),
            self.metrics.clone(),
        ))
    }

    /// The listener for posts that others send.
    pub(crate) fn push(&self, outlet: Arc<dyn Outlet>, book: &PulseBook) -> anyhow::Result<Router> {
        let preparer = self.preparer("push", None, Encoding::default())?;
        Ok(push_router(
            preparer,
            outlet,
            book.clone(),
            self.metrics.clone(),
            PushOptions::default(),
        ))
    }

    /// The configured sources.
    pub(crate) fn configured(&self, app: &App) -> anyhow::Result<Vec<Box<dyn Source>>> {
        let config = &app.loaded.config;
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        let fetcher = match &config.crawler.contact {
            Some(contact) => {
                let options = FetchOptions {
                    contact: contact.clone(),
                    host_pause: HOST_PAUSE,
                };
                Some(Arc::new(Fetcher::new(options, Arc::clone(&self.clock))?))
            }
            None => None,
        };
        for source in &config.source {
            match source {
                config::Source::File {
                    name,
                    path,
                    follow,
                    map,
                    encoding,
                    ..
                } => sources.push(Box::new(FileSource {
                    place: Place::named(path),
                    preparer: self.preparer(name, map.as_deref(), posts::encoding(encoding)?)?,
                    follow: *follow,
                    state: Some(self.state.clone()),
                })),
                config::Source::Feed {
                    name,
                    url,
                    interval,
                    ..
                } => {
                    let fetcher = fetcher.as_ref().context("a feed needs `crawler.contact`")?;
                    sources.push(Box::new(FeedSource {
                        url: url.clone(),
                        interval: interval.0,
                        preparer: self.preparer(name, None, Encoding::default())?,
                        fetcher: Arc::clone(fetcher),
                        state: Some(self.state.clone()),
                    }));
                }
                config::Source::Kafka {
                    name,
                    topic,
                    map,
                    encoding,
                    ..
                } => {
                    let preparer =
                        self.preparer(name, map.as_deref(), posts::encoding(encoding)?)?;
                    sources.push(Box::new(TopicSource {
                        topic: topic.clone(),
                        open: foreign::opener(source, self.log_metrics.clone())?,
                        preparer,
                    }));
                }
            }
        }
        Ok(sources)
    }

    /// The demonstration's story, beginning at `began`.
    pub(crate) fn story(&self, began: Timestamp) -> anyhow::Result<Story> {
        let preparer = self.preparer("demonstration", None, Encoding::default())?;
        let prepare =
            move |post: &serde_json::Value| Ok(preparer.line(post.to_string().as_bytes())?.record);
        Story::new(began, Arc::new(prepare))
    }
}
