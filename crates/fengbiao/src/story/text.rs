//! The story as text: what stands now and what is owed, then all that happened in order of time, then
//! who was asked and what became of each post.

use fengbiao_sink::text::Phrasing;
use unicode_width::UnicodeWidthStr as _;

use super::words::Words;
use super::{Hours, Story};
use crate::terminal::harmless;

impl Story {
    /// The whole story.
    pub(crate) fn text(&self, phrasing: &Phrasing) -> String {
        let words = Words {
            language: phrasing.language,
            hours: Hours(&phrasing.time_zone),
        };
        let mut out = self.head(&words);
        self.duties(&words, &mut out);
        self.course(&words, &mut out);
        self.contact_sheet(&words, &mut out);
        self.counts(&words, &mut out);
        self.stories(&words, &mut out);
        self.posts(&words, &mut out);
        self.trail(&words, &mut out);
        out
    }

    /// Where it stands.
    fn head(&self, words: &Words<'_>) -> String {
        let incident = &self.incident;
        let (language, hours) = (words.language, &words.hours);
        let topic = self.topic_name();
        let number = incident.number.map(|number| number.to_string());
        let tier = incident.tier.map_or("–", |tier| language.tier(tier));
        let mut out = format!(
            "#{} · {topic} · {} · {tier} · {}\n",
            number.unwrap_or_default(),
            language.subject(&incident.subject),
            words.language.stage(incident.stage),
        );
        let mut line = |name: &str, text: String| {
            let gap = " ".repeat(6_usize.saturating_sub(name.width()));
            out.push_str(&format!("  {name}{gap}{text}\n"));
        };
        line(
            words.pick("规模", "scale"),
            language.totals(&incident.totals),
        );
        let (first, last) = (incident.first_found_at, incident.last_found_at);
        let offset = hours.offset(last);
        let found = format!("{} – {} {offset}", hours.minute(first), hours.minute(last));
        line(words.pick("时间", "found"), found);
        let highest = incident
            .highest_tier
            .map_or("–", |tier| language.tier(tier));
        let mut judged = vec![
            format!("{} {highest}", words.pick("最高", "highest")),
            format!(
                "{} {}",
                words.pick("定性", "class"),
                language.class(incident.class)
            ),
        ];
        judged.extend(
            incident
                .grade
                .map(|grade| format!("{} {}", words.pick("定级", "grade"), language.grade(grade))),
        );
        line(words.pick("判定", "judged"), judged.join(" · "));
        if !incident.labels.is_empty() {
            let labels = incident.labels.iter();
            let labels: Vec<String> = labels
                .map(|(k, v)| format!("{k} = {}", harmless(v)))
                .collect();
            line(words.pick("标签", "labels"), labels.join(" · "));
        }
        if let Some(taken) = &incident.acknowledged {
            let mut text = format!("{} · {}", taken.by, hours.minute(taken.at));
            if let Some(until) = self.acknowledged_until {
                let until = language.good_until(&hours.short(until));
                text.push_str(&format!(" · {until}"));
            }
            line(words.pick("接手", "taken"), text);
        }
        if let Some(answer) = &incident.answer {
            let link = answer.link.as_deref().map(harmless).unwrap_or_default();
            let text = format!("{} {link}", harmless(&answer.text));
            line(words.pick("回应", "answer"), text.trim_end().to_owned());
        }
        for (name, number) in [
            (words.pick("接续", "follow"), incident.follows),
            (words.pick("并入", "merged"), incident.merged_into),
            (words.pick("拆自", "split"), incident.split_from),
        ] {
            if let Some(number) = number {
                line(name, format!("#{number}"));
            }
        }
        out
    }
}
