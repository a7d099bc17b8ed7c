//! The tables. They hold record numbers and counts, and no text of the corpus.

use std::collections::BTreeMap;

use anyhow::Context as _;
use fengbiao_model::{SubjectKey, Tier};
use jiff::tz::TimeZone;

use super::labels::Labels;
use super::span::{Half, at_night, minute, said};
use super::titles::Title;
use super::trial::{Told, Trial, posts_and_stories};
use super::verdict::{Case, judge};
use crate::figures::{percent, say};

/// What every table is made from.
pub(crate) struct Report<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) titles: &'a [Title],
    pub(crate) cases: Vec<Case<'a>>,
    pub(crate) halves: [Half; 2],
    pub(crate) zone: TimeZone,
}

impl Report<'_> {
    /// One line for each labelled incident.
    pub(crate) fn incidents(&self, trial: &Trial) {
        for half in &self.halves {
            say(format_args!(
                "\n## {}: labelled incidents, {} days\n\n\
                 | incident | titles hit | first title | second | first notice | tier | III or above \
                 | tier | after the first | after the second | aim |\n\
                 |---|---|---|---|---|---|---|---|---|---|---|",
                half.name, half.days
            ));
            for case in self.cases.iter().filter(|case| half.holds(case.first.1)) {
                self.incident(trial, case);
            }
        }
    }

    fn incident(&self, trial: &Trial, case: &Case<'_>) {
        let verdict = judge(trial, case);
        let (hit, labelled) = case.hits(self.titles);
        let all = case.records.len();
        let told = |told: Option<&Told>| {
            told.map_or_else(
                || ["-".to_owned(), "-".to_owned()],
                |told| [self.short(told.at), told.tier.to_string()],
            )
        };
        let [first_at, first_tier] = told(verdict.first);
        let [page_at, page_tier] = told(verdict.page);
        let since = verdict.page.map(|told| said(told.at.since(case.first.1)));
        let delay = verdict.delay(case).map(said);
        let aim = match (case.aimed_at(), verdict.met(case)) {
            (false, _) => "not in it",
            (true, true) => "met",
            (true, false) if verdict.stood_already => "missed: stood at III already",
            (true, false) => "missed",
        };
        say(format_args!(
            "| {}{} | {hit}/{all} ({labelled}/2) | {} {} | {} {} | {first_at} | {first_tier} \
             | {page_at} | {page_tier} | {} | {} | {aim} |",
            case.label.id,
            if case.label.given.is_some() { "" } else { " +" },
            case.first.0,
            self.short(case.first.1),
            case.second.0,
            self.short(case.second.1),
            since.unwrap_or_else(|| "-".to_owned()),
            delay.unwrap_or_else(|| "-".to_owned()),
        ));
    }

    fn short(&self, at: fengbiao_model::Timestamp) -> String {
        minute(at, &self.zone).chars().skip(5).collect()
    }

    /// Notices a day by topic and tier, and pages a night.
    pub(crate) fn volume(&self, trial: &Trial) {
        say(
            "\n## Notices a day by topic and tier, pages (III or above) a night, and II or above a week\n\n\
             | half | topic | IV | III | II | I | pages a day | a night | II+ a week |\n\
             |---|---|---|---|---|---|---|---|---|",
        );
        for half in &self.halves {
            let told: Vec<_> = trial.told.iter().filter(|t| half.holds(t.at)).collect();
            let mut topics: Vec<_> = told.iter().map(|told| told.topic.as_str()).collect();
            topics.sort_unstable();
            topics.dedup();
            for topic in topics.into_iter().map(Some).chain([None]) {
                let of = |told: &&&Told| topic.is_none_or(|topic| told.topic == topic);
                let tiers = Tier::ALL.map(|tier| {
                    let all = told.iter().filter(of);
                    let count = all.filter(|t| !t.page && t.tier == tier).count();
                    format!("{:.2}", half.daily(count))
                });
                let pages = || told.iter().filter(of).filter(|told| told.page);
                let nights = pages().filter(|told| at_night(told.at, &self.zone));
                let loud = pages().filter(|told| told.tier >= Tier::II);
                say(format_args!(
                    "| {} | {} | {} | {:.2} | {:.2} | {:.2} |",
                    half.name,
                    topic.unwrap_or("all"),
                    tiers.join(" | "),
                    half.daily(pages().count()),
                    half.daily(nights.count()),
                    7.0 * half.daily(loud.count()),
                ));
            }
        }
    }

    /// Stories against posts.
    pub(crate) fn stories(&self, trial: &Trial) {
        say("\n## Stories against posts\n\n\
             | half | topic | titles that hit | of all | distinct texts | incidents | their posts | their stories |\n\
             |---|---|---|---|---|---|---|---|");
        for half in &self.halves {
            let titles = || self.titles.iter().filter(|t| half.holds(t.found_at));
            let hits = || titles().flat_map(|title| &title.hits);
            let mut topics: Vec<_> = hits().map(|hit| hit.topic.as_str()).collect();
            topics.sort_unstable();
            topics.dedup();
            for topic in topics {
                let (posts, texts) =
                    posts_and_stories(hits().filter(|hit| hit.topic.as_str() == topic));
                let incidents = trial.incidents.values().filter(|incident| {
                    incident.topic.as_str() == topic
                        && incident.subject != SubjectKey::All
                        && half.holds(incident.first_found_at)
                });
                let (mut count, mut sums) = (0, [0, 0]);
                for incident in incidents {
                    count += 1;
                    sums[0] += incident.totals.posts;
                    sums[1] += incident.totals.stories;
                }
                let [of_incidents, stories] = sums;
                say(format_args!(
                    "| {} | {topic} | {posts} | {:.2} % | {texts} | {count} | {of_incidents} | {stories} |",
                    half.name,
                    percent(posts, titles().count()),
                ));
            }
        }
    }

    /// What reading the notices of II or above has shown.
    pub(crate) fn judged(&self, trial: &Trial) {
        say("\n## Pages of II or above that were read\n\n\
             | half | topic | pages | worth waking for | not | not read | not worth it, a week | worst week | weeks above two |\n\
             |---|---|---|---|---|---|---|---|---|");
        for half in &self.halves {
            let mut topics: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
            let mut weeks: BTreeMap<(&str, i64), usize> = BTreeMap::new();
            let loud = trial.told.iter();
            for told in loud.filter(|t| t.page && t.tier >= Tier::II && half.holds(t.at)) {
                let worth = self.labels.worth(&told.topic, told.record);
                let place = match worth {
                    Some(true) => 0,
                    Some(false) => 1,
                    None => 2,
                };
                topics.entry(&told.topic).or_default()[place] += 1;
                if worth != Some(true) {
                    let week = told.at.as_millis() / (7 * 86_400_000);
                    *weeks.entry((&told.topic, week)).or_default() += 1;
                }
            }
            for (topic, [worth, not, unread]) in topics {
                let of_topic = || weeks.iter().filter(|((of, _), _)| *of == topic);
                let worst = of_topic().map(|(_, count)| *count).max().unwrap_or(0);
                let above = of_topic().filter(|(_, count)| **count > 2).count();
                say(format_args!(
                    "| {} | {topic} | {} | {worth} | {not} | {unread} | {:.2} | {worst} | {above} |",
                    half.name,
                    worth + not + unread,
                    7.0 * half.daily(not),
                ));
            }
        }
    }

    pub(crate) fn comparison_head(&self) {
        say("\n## Beside plain count thresholds\n\n\
             | ladder | half | aim met, given | aim met, added | median delay after the second | pages a day | a night | II+ a week |\n\
             |---|---|---|---|---|---|---|---|");
    }

    /// One ladder against the others.
    pub(crate) fn compare(&self, name: &str, trial: &Trial) {
        for half in &self.halves {
            let aimed = || {
                let cases = self.cases.iter();
                cases.filter(|case| half.holds(case.first.1) && case.aimed_at())
            };
            let met = |given: bool| {
                let cases = || aimed().filter(|case| case.label.given.is_some() == given);
                let met = cases().filter(|case| judge(trial, case).met(case)).count();
                format!("{met} of {}", cases().count())
            };
            let mut delays: Vec<_> = aimed()
                .map(|case| judge(trial, case).delay(case))
                .map(|delay| delay.unwrap_or(fengbiao_model::TimeSpan::from_millis(i64::MAX)))
                .collect();
            delays.sort_unstable();
            let median = delays.get(delays.len() / 2).copied();
            let median = median.filter(|delay| delay.as_millis() < i64::MAX);
            let pages = || trial.told.iter().filter(|t| t.page && half.holds(t.at));
            let nights = pages().filter(|told| at_night(told.at, &self.zone));
            let loud = pages().filter(|told| told.tier >= Tier::II);
            say(format_args!(
                "| {name} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} |",
                half.name,
                met(true),
                met(false),
                median.map_or_else(|| "never".to_owned(), said),
                half.daily(pages().count()),
                half.daily(nights.count()),
                7.0 * half.daily(loud.count()),
            ));
        }
    }

    /// Every notice from a tier on.
    pub(crate) fn list(&self, trial: &Trial, tier: Tier) {
        say("\n## Notices by record number\n");
        let paged = tier >= Tier::III;
        for told in &trial.told {
            if told.tier >= tier && told.page == paged {
                self.told(told);
            }
        }
    }

    /// Every notice about one labelled incident, as log and desk heard it.
    pub(crate) fn sequence(&self, trial: &Trial, id: &str) -> anyhow::Result<()> {
        let case = self.cases.iter().find(|case| case.label.id == id);
        let case = case.with_context(|| format!("no covered incident `{id}` in the labels"))?;
        say(format_args!("\n## Notices about {id}\n"));
        for told in &trial.told {
            let of_case = told.at >= case.first.1
                && case.label.topics.contains(&told.topic)
                && trial.holds(told.incident, told.record, &case.records);
            if of_case {
                self.told(told);
            }
        }
        Ok(())
    }

    fn told(&self, told: &Told) {
        say(format_args!(
            "{} {} {} {} {} {} record {} incident {} posts {} stories {} weight {}",
            minute(told.at, &self.zone),
            if told.page { "desk" } else { "log" },
            told.topic,
            told.subject,
            told.kind.as_str(),
            told.tier,
            told.record,
            told.incident.0,
            told.totals.posts,
            told.totals.stories,
            told.totals.weight_max,
        ));
    }

    /// Every hit.
    pub(crate) fn hits(&self) {
        for title in self.titles {
            for hit in &title.hits {
                let rules: Vec<_> = hit.rules.iter().map(|rule| rule.rule.as_str()).collect();
                let subjects: Vec<_> = hit.subjects.iter().map(|s| s.name.as_str()).collect();
                say(format_args!(
                    "hit {} {} {} {} {}",
                    title.record,
                    hit.topic.as_str(),
                    hit.weight(),
                    rules.join(","),
                    subjects.join(",")
                ));
            }
        }
    }
}
