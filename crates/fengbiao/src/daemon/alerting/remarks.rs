//! What the alerter remarks: counted, and said where it is unusual.

use fengbiao_alerter::Remark;

use super::Alerting;

impl Alerting {
    pub(super) fn remark(&self, remarks: &[Remark]) {
        for remark in remarks {
            self.metrics
                .remarks
                .with_label_values(&[remark_name(remark)])
                .inc();
            match remark {
                Remark::Redelivered
                | Remark::FoundAgain
                | Remark::Old
                | Remark::Purged(_)
                | Remark::StoryForgotten(_) => {}
                Remark::MarkedAgain(_) | Remark::ClocksAgree => tracing::info!(?remark, "alerter"),
                _ => tracing::warn!(?remark, "alerter"),
            }
        }
    }
}

/// The name of a remark in the metric.
fn remark_name(remark: &Remark) -> &'static str {
    match remark {
        Remark::Redelivered => "redelivered",
        Remark::FoundAgain => "found_again",
        Remark::Old => "old",
        Remark::Stub(_) => "stub",
        Remark::StoryForgotten(_) => "story_forgotten",
        Remark::Unmarked(_) => "unmarked",
        Remark::MarkedAgain(_) => "marked_again",
        Remark::LogRecreated(_) => "log_recreated",
        Remark::LateMark(_) => "late_mark",
        Remark::ClocksParted { .. } => "clocks_parted",
        Remark::ClocksAgree => "clocks_agree",
        Remark::Refused { .. } => "refused",
        Remark::UnknownTopic(_) => "unknown_topic",
        Remark::NobodyOnCall(_) => "nobody_on_call",
        Remark::DivisionByZero => "division_by_zero",
        Remark::PulseAhead(_) => "pulse_ahead",
        Remark::SourceUnwatched(_) => "source_unwatched",
        Remark::Purged(_) => "purged",
    }
}
