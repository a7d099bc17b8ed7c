//! Deeds and events, as scripts write them.

use fengbiao_model::*;

use crate::script::{Line, called, number, post_id, shown, time};

/// A deed from `close 1 note="…"` and the like.
pub(crate) fn deed(line: &Line) -> Deed {
    let text = |key: &str| line.get(key).unwrap_or_default().to_owned();
    let some = |key: &str| line.get(key).map(str::to_owned);
    let note = || some("note").unwrap_or_else(|| "查清".to_owned());
    let third = || line.words[2].as_str();
    let stage = |word: &str| {
        let mut all = Stage::ALL.into_iter();
        all.find(|stage| stage.as_str() == word).unwrap()
    };
    match line.words[0].as_str() {
        "ack" => Deed::Acknowledge,
        "close" => Deed::Close { note: note() },
        "reopen" => Deed::Reopen { note: note() },
        "stage" => Deed::Stage {
            stage: stage(third()),
            note: text("note"),
        },
        "grade" => Deed::Grade {
            grade: line.words.get(2).map(|grade| grade.parse().unwrap()),
            note: text("note"),
        },
        "classify" => Deed::Classify {
            class: third().parse().unwrap(),
            note: text("note"),
        },
        "label" => Deed::Label {
            key: LabelKey::new(third()).unwrap(),
            value: some("value"),
        },
        "note" => Deed::Note { text: text("text") },
        "ask" => Deed::Ask {
            of: text("of"),
            what: text("what"),
            by_when: line.get("due").map(time),
        },
        "reply" => Deed::Reply {
            item: third().parse().unwrap(),
            answer: text("answer"),
        },
        "assess" => Deed::Assess {
            owner: text("owner"),
            grade: line.words.get(2).map(|grade| grade.parse().unwrap()),
            opinion: text("opinion"),
        },
        "answer" => Deed::Answer {
            text: text("text"),
            link: some("link"),
        },
        "outcome" => Deed::Outcome {
            post: post_id(third()),
            outcome: text("outcome"),
        },
        "merge" => Deed::Merge {
            into: number(third()),
            note: text("note"),
        },
        "split" => Deed::Split {
            posts: line.words[2..].iter().map(|post| post_id(post)).collect(),
            note: text("note"),
        },
        other => panic!("no such deed: {other}"),
    }
}

/// An event as scripts expect it: `<id>.<number> <by> <what>`.
pub(crate) fn told(event: &Event) -> String {
    let tier = |tier: &Option<Tier>| tier.map_or("-", Tier::as_str);
    let grade = |grade: &Option<Grade>| grade.map_or("-", Grade::as_str);
    let what = match &event.what {
        Happening::Opened { tier, reason } => format!("{tier} {}", reason.method),
        Happening::TierChanged { from, to, reason } => {
            format!("{} {to} {}", tier(from), reason.method)
        }
        Happening::TierHeld { tier, reason } => format!("{tier} {}", reason.condition),
        Happening::Closed { note, reason } => {
            let why = reason.as_ref().map(|reason| reason.method.as_str());
            format!("{}{note}", why.unwrap_or_default())
        }
        Happening::Reopened { note } | Happening::Noted { text: note } => note.clone(),
        Happening::Acknowledged | Happening::Lapsed => String::new(),
        Happening::Escalated { step, asked, .. } => {
            let asked: Vec<&str> = asked.iter().map(ReceiverId::as_str).collect();
            format!("{step} {}", asked.join(","))
        }
        Happening::ToldWith { notice_of, to } => format!("{} {to}", called(*notice_of)),
        Happening::Unanswered { told, .. } => told.to_string(),
        Happening::DeadlineNear { duty, due } | Happening::DeadlineMissed { duty, due } => {
            format!("{duty} {}", shown(*due))
        }
        Happening::ReplyNear { item, of, due } | Happening::ReplyMissed { item, of, due } => {
            format!("{item} {of} {}", shown(*due))
        }
        Happening::Staged { stage, note } => format!("{} {note}", stage.as_str()),
        Happening::Graded { grade: to, note } => format!("{} {note}", grade(to)),
        Happening::Classified { class, note } => format!("{class} {note}"),
        Happening::Labelled { key, value } => {
            format!("{key} {}", value.as_deref().unwrap_or("-"))
        }
        Happening::Asked {
            item,
            of,
            what,
            by_when,
        } => format!("{item} {of} {what} {}", shown(*by_when)),
        Happening::Replied { item, answer } => format!("{item} {answer}"),
        Happening::Assessed {
            owner,
            grade: to,
            opinion,
        } => format!("{owner} {} {opinion}", grade(to)),
        Happening::Answered { text, link } => {
            format!("{text} {}", link.as_deref().unwrap_or("-"))
        }
        Happening::Outcome { outcome, .. } => outcome.clone(),
        Happening::MergedInto { into, note } => format!("{} {note}", called(*into)),
        Happening::Absorbed { from, note } => format!("{} {note}", called(*from)),
        Happening::SplitOff { into, posts, note } => format!("{} {posts} {note}", called(*into)),
        Happening::SplitFrom { from, posts, note } => format!("{} {posts} {note}", called(*from)),
        Happening::FollowsUp { incident } => called(*incident),
    };
    let (id, nth, kind) = (event.incident.0, event.number, event.what.kind());
    let line = format!("{id}.{nth} {} {kind} {what}", event.by);
    line.trim_end().to_owned()
}
