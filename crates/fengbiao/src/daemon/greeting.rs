//! What the daemon says when it is ready: what it waits for, and how to try it.

use std::net::SocketAddr;
use std::sync::Arc;

use fengbiao_ledger::IncidentFilter;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{LexiconNumber, SubjectKey};

use super::files::Files;
use super::logging;
use super::pipeline::Pipeline;
use crate::app::App;
use crate::clock::ScaledClock;
use crate::config::{Config, Language, LogFormat};
use crate::limits::{ARRIVAL_LOOK_INTERVAL, GREETING_INCIDENTS, ROLES_LOOK_INTERVAL};

/// The address that people reach, without a slash at its end.
pub(crate) fn base(config: &Config, address: SocketAddr) -> String {
    match &config.http.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    }
}

/// Waits until nothing stands in the way of the roles, then says so to the terminal.
pub(crate) async fn greet(
    app: Arc<App>,
    files: Files,
    address: SocketAddr,
    scaled: Option<Arc<ScaledClock>>,
) -> anyhow::Result<()> {
    let mut stopped = files.pipeline.health.stopped();
    while !files.pipeline.health.obstacles().is_empty() {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(ROLES_LOOK_INTERVAL) => {}
        }
    }
    // A log that cannot be read just now is no reason to end: the roles come through that.
    if let Err(error) = welcome(&app, &files, address, scaled).await {
        tracing::warn!("what there is to try cannot be said: {error:#}");
    }
    Ok(())
}

async fn welcome(
    app: &App,
    files: &Files,
    address: SocketAddr,
    scaled: Option<Arc<ScaledClock>>,
) -> anyhow::Result<()> {
    let mut stopped = files.pipeline.health.stopped();
    let words = Words {
        app,
        zh: app.loaded.config.language == Language::Zh,
    };
    match scaled {
        None => {
            if app.loaded.config.logging.format == LogFormat::Json {
                return announce(app, files, address);
            }
            let place = free_place(files)?;
            words.say(&words.ready(files, address, &place)?);
        }
        Some(scaled) => {
            words.say(&words.demo(address));
            while !scaled.arrived() {
                tokio::select! {
                    _ = stopped.wait_for(|stop| *stop) => return Ok(()),
                    () = tokio::time::sleep(ARRIVAL_LOOK_INTERVAL) => {}
                }
            }
            let place = free_place(files)?;
            words.say(&words.arrived(address, &place, files.pipeline.clock.as_ref()));
        }
    }
    Ok(())
}

/// The same for machines: nothing to try, and what there is as fields.
fn announce(app: &App, files: &Files, address: SocketAddr) -> anyhow::Result<()> {
    let config = &app.loaded.config;
    let topics = latest_lexicon(files)?.topics.len();
    let data_dir = config.data_dir.display();
    tracing::info!(
        %address, topics, sources = config.source.len(), %data_dir,
        "fengbiao is ready and waits for posts"
    );
    Ok(())
}

/// Says that the roles of a process that has some of them only are at work; whether they lack something
/// is for `/readyz` to say.
pub(crate) async fn greet_apart(
    app: Arc<App>,
    pipeline: Pipeline,
    address: SocketAddr,
) -> anyhow::Result<()> {
    let mut stopped = pipeline.health.stopped();
    while !pipeline.health.begun() {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(ROLES_LOOK_INTERVAL) => {}
        }
    }
    let roles = pipeline.health.roles();
    let text = format!("fengbiao works as {roles}; http://{address}/readyz says what it lacks");
    logging::say(app.loaded.config.logging.format, &text);
    Ok(())
}

/// The one that posts are matched with, which is not compiled for a greeting.
fn latest_lexicon(files: &Files) -> anyhow::Result<Arc<Lexicon>> {
    let publications = &files.pipeline.publications;
    let number = publications.latest()?.unwrap_or(LexiconNumber(0));
    let matcher = publications.matcher(number)?;
    Ok(Arc::clone(matcher.lexicon()))
}

/// A place of the lexicon about which no incident is open, so that a first post makes a new one.
/// The choice goes by the clock, so that it differs from start to start.
fn free_place(files: &Files) -> anyhow::Result<String> {
    let filter = IncidentFilter {
        open: Some(true),
        ..IncidentFilter::default()
    };
    let open: Vec<_> = files
        .ledger
        .incidents(&filter, GREETING_INCIDENTS)?
        .into_iter()
        .filter_map(|incident| match incident.subject {
            SubjectKey::Named(subject) => Some(subject.name),
            _ => None,
        })
        .collect();
    let lexicon = latest_lexicon(files)?;
    let names: Vec<String> = lexicon
        .topics
        .iter()
        .filter(|topic| topic.id.as_str() == "food-safety")
        .flat_map(|topic| &topic.subjects)
        .flat_map(|list| &list.members)
        .map(|member| member.name.clone())
        // Three characters and a county: a name that reads as nothing but a place.
        .filter(|name| name.chars().count() == 3 && name.ends_with('县') && !open.contains(name))
        .collect();
    let pick = usize::try_from(files.pipeline.clock.wall().as_millis() / 1_000).unwrap_or(0)
        % names.len().max(1);
    Ok(names.get(pick).cloned().unwrap_or_default())
}

struct Words<'a> {
    app: &'a App,
    zh: bool,
}

impl Words<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.zh { zh } else { en }
    }

    fn say(&self, text: &str) {
        logging::say(self.app.loaded.config.logging.format, text);
    }

    /// The time to the second: what makes the text of a trial a new one.
    fn now(&self, clock: &dyn fengbiao_model::Clock) -> String {
        let whole = fengbiao_wire::format_local(clock.wall(), &self.app.loaded.zone);
        whole.get(..19).unwrap_or(&whole).replace('T', " ")
    }

    /// A line that can be pasted; the time makes its text a new one.
    fn curl(&self, address: SocketAddr, place: &str, now: &str) -> String {
        let token = match self.app.loaded.config.http.token_file {
            Some(_) => " -H \"Authorization: Bearer $TOKEN\"",
            None => "",
        };
        format!(
            "curl -sS{token} -H 'Content-Type: application/x-ndjson' http://{address}/v1/posts \
             -d '{{\"text\":\"【试验】{place}第一小学食堂午饭后十几个学生呕吐（{now}）\",\"author\":\"me\"}}'"
        )
    }

    fn ready(&self, files: &Files, address: SocketAddr, place: &str) -> anyhow::Result<String> {
        let config = &self.app.loaded.config;
        let mut topics = Vec::new();
        for topic in &latest_lexicon(files)?.topics {
            topics.push(format!(
                "{} ({}: {})",
                topic.name,
                topic.id,
                topic.rules.len()
            ));
        }
        let names = config.source.iter().map(|source| source.name().to_owned());
        let sources: Vec<_> = std::iter::once(format!("push http://{address}/v1/posts"))
            .chain(names)
            .collect();
        let now = self.now(files.pipeline.clock.as_ref());
        Ok(format!(
            "{}\n  {}  {}\n  {}  {}\n  {}  {}\n{}\n  {}\n",
            self.pick(
                "风标已就绪，正在等待帖子。",
                "fengbiao is ready and waits for posts."
            ),
            self.pick("话题（规则数）", "topics (rules)"),
            topics.join(", "),
            self.pick("来源", "sources"),
            sources.join(", "),
            self.pick("数据目录", "data directory"),
            config.data_dir.display(),
            self.pick("试一试（另开一个终端）：", "Try it, from another terminal:"),
            self.curl(address, place, &now),
        ))
    }

    fn demo(&self, address: SocketAddr) -> String {
        let text = self.pick(
            "演示：时钟从十小时前开始，约二十秒赶到现在；青禾县、临溪县与所有帖子都是虚构的。\n\
             演示中平静期缩短为两小时。现在也可以推送：",
            "Demonstration: the clock begins ten hours ago and reaches the present in some twenty\n\
             seconds. The places 青禾县 and 临溪县 and all posts are made up. Calm is shortened to two\n\
             hours here. Pushes work meanwhile:",
        );
        format!("{text} http://{address}/v1/posts\n")
    }

    fn arrived(
        &self,
        address: SocketAddr,
        place: &str,
        clock: &dyn fengbiao_model::Clock,
    ) -> String {
        let now = self.now(clock);
        format!(
            "\n{}\n  {}\n",
            self.pick(
                "演示到达现在，此后时钟与真实时间同步。试一试（另开一个终端），Ctrl-C 结束：",
                "The demonstration has reached the present; the clock now runs one to one. Try it, \
                 from another terminal; Ctrl-C ends it:",
            ),
            self.curl(address, place, &now),
        )
    }
}
