//! Topics of other people's collectors, as the crawler reads them.

use std::time::Duration;

use anyhow::bail;
use fengbiao_crawler::{ForeignRecord, ForeignTopic, OpenTopic, TopicFault};
use fengbiao_log::kafka::{Foreign, ForeignOptions};
use fengbiao_log::{LogError, Metrics};

use crate::config::Source;

/// Opens the topic of a source, whenever it is asked to.
pub(crate) fn opener(source: &Source, metrics: Metrics) -> anyhow::Result<OpenTopic> {
    let Source::Kafka {
        brokers,
        topic,
        group,
        from_end,
        access,
        ..
    } = source
    else {
        bail!("the source `{}` is no topic", source.name());
    };
    let options = ForeignOptions {
        brokers: brokers.clone(),
        security: access.security(),
        topic: topic.clone(),
        group: group.clone(),
        from_end: *from_end,
    };
    Ok(Box::new(move || {
        let topic = Foreign::open(&options, metrics.clone());
        let topic = topic.map_err(|error| fault(&error))?;
        Ok(Box::new(Reader(topic)))
    }))
}

/// Brokers that are away come back; all else is somebody's to put right.
fn fault(error: &LogError) -> TopicFault {
    let why = error.to_string();
    match error {
        LogError::Unreachable { .. } => TopicFault::Away(why),
        _ => TopicFault::Refused(why),
    }
}

struct Reader(Foreign);

impl ForeignTopic for Reader {
    fn poll(&mut self, wait: Duration) -> Result<Vec<ForeignRecord>, TopicFault> {
        let records = self.0.poll(wait).map_err(|error| fault(&error))?;
        let foreign = |record: fengbiao_log::Record| ForeignRecord {
            place: format!(
                "partition {}, offset {}",
                record.position.partition.0, record.position.offset.0
            ),
            payload: record.payload,
        };
        Ok(records.into_iter().map(foreign).collect())
    }

    fn done(&mut self) -> Result<(), TopicFault> {
        self.0.done().map_err(|error| fault(&error))
    }
}
