//! An alarm of the pipeline about itself, in one sentence: what is silent, for how long, what would
//! be usual, and when it was last heard.

use fengbiao_model::{
    Notice, NoticeKind, SubjectKey, TimeSpan, Timestamp, WATCHDOG_METHOD, counted, measured_number,
};

use super::Language;
use super::card::{Phrasing, detail, plain};
use super::line::Line;

/// What is silent, told by the bound that the reason names.
#[derive(Clone, Copy)]
enum Silent {
    Dead,
    Quiet,
    AllSources,
    Topic,
    Partition,
    Canary,
}

impl Silent {
    fn of(condition: &str) -> Option<Self> {
        let name = condition.split([' ', '=']).next()?;
        Some(match name {
            "dead_after" => Self::Dead,
            "quiet_after" => Self::Quiet,
            "all_sources" => Self::AllSources,
            "topic_quiet_after" => Self::Topic,
            "marks_missed_after" => Self::Partition,
            "canary_within" => Self::Canary,
            _ => return None,
        })
    }
}

impl Phrasing {
    /// The lines that stand in place of scale, time and reason.
    pub(super) fn alarm(&self, notice: &Notice) -> Vec<Line> {
        let reason = &notice.reason;
        let known = Silent::of(&reason.condition).filter(|_| reason.method == WATCHDOG_METHOD);
        let Some(silent) = known else {
            return self.why(notice);
        };
        let mut said = self.silence(silent, notice);
        if notice.kind == NoticeKind::Closed {
            said = match self.language {
                Language::Zh => format!("已恢复。此前{said}"),
                Language::En => format!("it is back; before that, {said}"),
            };
        } else {
            said.push_str(&self.details(notice));
        }
        let bound = match self.language {
            Language::Zh => format!("判定：{}", reason.condition),
            Language::En => format!("by {}", reason.condition),
        };
        let label = Some(self.pick("情况", "Alarm"));
        vec![
            detail(label, vec![plain(&said)]),
            detail(None, vec![super::card::faint(&bound)]),
        ]
    }

    /// `来源“X”已 3 小时没有新帖`
    fn silence(&self, silent: Silent, notice: &Notice) -> String {
        let name = match &notice.subject {
            SubjectKey::Named(subject) => subject.name.as_str(),
            _ => "*",
        };
        let long = self.length(notice.made_at.since(notice.first_found_at));
        match (self.language, silent) {
            (Language::Zh, Silent::Dead) => format!("来源“{name}”已 {long}没有一次成功的轮询"),
            (Language::Zh, Silent::Quiet) => format!("来源“{name}”已 {long}没有新帖"),
            (Language::Zh, Silent::AllSources) => format!("全部来源都没有消息，已 {long}"),
            (Language::Zh, Silent::Topic) => format!("主题“{name}”已 {long}没有命中"),
            (Language::Zh, Silent::Partition) => {
                format!("分区“{name}”已 {long}没有匹配进度，其中的帖子可能无人处理")
            }
            (Language::Zh, Silent::Canary) => {
                format!("自检帖“{name}”已 {long}没有走完从采集到告警的全程")
            }
            (Language::En, Silent::Dead) => {
                format!("source “{name}” has not been polled with success for {long}")
            }
            (Language::En, Silent::Quiet) => {
                format!("source “{name}” has brought nothing new for {long}")
            }
            (Language::En, Silent::AllSources) => {
                format!("no source has been heard of for {long}")
            }
            (Language::En, Silent::Topic) => {
                format!("topic “{name}” has had no hit for {long}")
            }
            (Language::En, Silent::Partition) => {
                format!("partition “{name}” has shown no progress of matching for {long}")
            }
            (Language::En, Silent::Canary) => {
                format!("no canary “{name}” has come through the pipeline for {long}")
            }
        }
    }

    /// `（平时每小时 40 帖），最近一次成功轮询 02:13`
    fn details(&self, notice: &Notice) -> String {
        let zh = self.language == Language::Zh;
        let number = |name: &str| {
            let found = notice.reason.measures.iter().find(|m| m.name == name)?;
            Some(found.value)
        };
        let mut usual = Vec::new();
        let mut more = String::new();
        if let Some(posts) = number("usual_posts_an_hour") {
            let posts = measured_number(posts);
            usual.push(match self.language {
                Language::Zh => format!("平时每小时 {posts} 帖"),
                Language::En => format!("usually {posts} posts an hour"),
            });
        }
        if let Some(posts) = number("usual_posts_a_day") {
            let posts = measured_number(posts);
            usual.push(match self.language {
                Language::Zh => format!("平时每天 {posts} 帖"),
                Language::En => format!("usually {posts} posts a day"),
            });
        }
        if let Some(secs) = number("interval_secs") {
            let every = self.length(TimeSpan::from_millis(millis(secs * 1_000.0)));
            usual.push(match self.language {
                Language::Zh => format!("平时每 {every}一次"),
                Language::En => format!("usually every {every}"),
            });
        }
        if let Some(errors) = number("errors") {
            let errors = measured_number(errors);
            usual.push(match self.language {
                Language::Zh => format!("其间失败 {errors} 次"),
                Language::En => format!("{errors} attempts failed"),
            });
        }
        if let Some(sources) = number("sources") {
            let sources = measured_number(sources);
            usual.push(match self.language {
                Language::Zh => format!("共 {sources} 个"),
                Language::En => format!("{sources} in all"),
            });
        }
        if !usual.is_empty() {
            let usual = usual.join(self.pick("，", ", "));
            more.push_str(&if zh {
                format!("（{usual}）")
            } else {
                format!(" ({usual})")
            });
        }
        for (name, zh_words, en_words) in [
            (
                "last_success_at",
                "最近一次成功轮询",
                "last successful poll",
            ),
            ("last_pulse_at", "最近一次心跳", "last pulse"),
            ("last_canary_at", "最近一次走完", "the last came through at"),
        ] {
            if let Some(value) = number(name) {
                let at = Timestamp::from_millis(millis(value));
                let at = self.stamp_after(notice.made_at, at);
                let words = self.pick(zh_words, en_words);
                more.push_str(&format!("{}{words} {at}", self.pick("，", ", ")));
            }
        }
        more
    }

    /// A length as people say it: minutes below two hours, hours below two days, then days.
    fn length(&self, span: TimeSpan) -> String {
        let minutes = span.as_minutes().unsigned_abs();
        let seconds = span.as_millis().unsigned_abs() / 1_000;
        let (count, zh, one, many) = match minutes {
            0 => (seconds, "秒", "second", "seconds"),
            1..120 => (minutes, "分钟", "minute", "minutes"),
            120..2_880 => (minutes / 60, "小时", "hour", "hours"),
            _ => (minutes / 1_440, "天", "day", "days"),
        };
        match self.language {
            Language::Zh => format!("{count} {zh}"),
            Language::En => counted(count, one, many),
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a time or a length in milliseconds, below 2^53"
)]
const fn millis(value: f64) -> i64 {
    value as i64
}
