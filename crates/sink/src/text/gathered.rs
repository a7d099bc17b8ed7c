//! What `*` of a topic speaks for: its places, each with its posts.

use fengbiao_model::{Notice, SubjectKey, SubjectShare, counted};

use super::Language;
use super::card::{Phrasing, detail, plain};
use super::language::words;
use super::line::Line;

impl Phrasing {
    /// `5 地：田东县 1003 帖（Ⅰ级）、饶平县 1 帖`; posts that name no place are no place.
    pub(super) fn subjects(&self, notice: &Notice) -> Option<Line> {
        let shares = &notice.subjects;
        let is_named = |share: &&SubjectShare| matches!(share.subject, SubjectKey::Named(_));
        let named = shares.iter().filter(is_named).count();
        let named = u64::try_from(named).unwrap_or(u64::MAX);
        let count = named.saturating_add(notice.more_subjects);
        if count == 0 {
            return None;
        }
        let each: Vec<String> = shares.iter().map(|share| self.share(share)).collect();
        let places = shares.iter().all(|share| match &share.subject {
            SubjectKey::Named(subject) => subject.kind == "place",
            _ => true,
        });
        let text = match self.language {
            Language::Zh => {
                let unit = if places { "地" } else { "个对象" };
                format!("{count} {unit}：{}{}", each.join("、"), self.rest(notice))
            }
            Language::En => {
                let count = counted(count, "subject", "subjects");
                format!("{count}: {}{}", each.join(", "), self.rest(notice))
            }
        };
        Some(detail(
            Some(words(self.language).subjects),
            vec![plain(&text)],
        ))
    }

    fn share(&self, share: &SubjectShare) -> String {
        let subject = self.language.subject(&share.subject);
        let tier = share.tier.map(|tier| self.language.numeral(tier));
        match (self.language, tier) {
            (Language::Zh, Some(tier)) => format!("{subject} {} 帖（{tier}级）", share.posts),
            (Language::Zh, None) => format!("{subject} {} 帖", share.posts),
            (Language::En, tier) => {
                let posts = counted(share.posts, "post", "posts");
                let tier = tier.map_or(String::new(), |tier| format!(" (tier {tier})"));
                format!("{subject} {posts}{tier}")
            }
        }
    }

    fn rest(&self, notice: &Notice) -> String {
        match (notice.more_subjects, self.language) {
            (0, _) => String::new(),
            (_, Language::Zh) => " 等".to_owned(),
            (more, Language::En) => format!(", and {more} more"),
        }
    }
}
