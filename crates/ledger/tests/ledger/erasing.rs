//! What is purged or taken back, and stays nowhere.

use fengbiao_alerter::Change;
use fengbiao_ledger::{Ledger, PURGED_TEXT};
use fengbiao_model::*;

use crate::values::*;

/// Whether any file of the folder holds the bytes.
fn holds(dir: &tempfile::TempDir, text: &str) -> bool {
    std::fs::read_dir(dir.path()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_purged_post_leaves_no_byte() {
    const SECRET: &str = "三中食堂午饭后十几个学生呕吐";
    let (dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let long = format!("{SECRET}{}", "，另有多人腹泻".repeat(900));
    let (gone, kept) = (quote(post(1), &long), quote(post(2), "停水一天"));
    let quotes = vec![gone.clone(), kept.clone()];
    let (waits, sent) = (key(1, 1, "desk"), key(1, 1, "duty"));
    let mut changes = vec![
        Change::Incident(incident(1, Some(1), Some(Tier::II))),
        Change::Quote(IncidentId(1), gone.clone()),
        Change::Quote(IncidentId(1), kept.clone()),
        sends(notice(waits.clone(), Tier::II, at(1), quotes.clone())),
        sends(notice(sent.clone(), Tier::II, at(1), quotes.clone())),
    ];
    changes
        .extend((3..40).map(|n| Change::Quote(IncidentId(1), quote(post(n), &"另".repeat(300)))));
    commit(&ledger, epoch, changes).unwrap();
    // Written over and over, so that old copies lie in pages and in the write-ahead log.
    for likes in 0..20 {
        let counts = Counts {
            likes: Some(likes),
            ..Counts::default()
        };
        let again = Change::Quote(
            IncidentId(1),
            Quote {
                counts,
                ..gone.clone()
            },
        );
        commit(&ledger, epoch, vec![again]).unwrap();
    }
    ledger.delivered(&sent, at(2)).unwrap();
    ledger
        .store_checkpoint(ledger.last_step().unwrap(), &ledger.load().unwrap())
        .unwrap();
    assert!(holds(&dir, SECRET), "the test can see it");

    let purge = vec![
        Change::DropQuote(IncidentId(1), post(1)),
        Change::Purged(post(1)),
    ];
    commit(&ledger, epoch, purge).unwrap();
    assert!(!holds(&dir, SECRET));
    assert_eq!(ledger.purged().unwrap(), [post(1)]);
    let waiting = ledger.delivery(&waits).unwrap().unwrap();
    assert_eq!(waiting.notice.quotes, std::slice::from_ref(&kept));
    let delivered = ledger.delivery(&sent).unwrap().unwrap();
    assert_eq!(delivered.notice.quotes[0].text, PURGED_TEXT);
    assert_eq!(delivered.notice.quotes[1], kept);
    let step = ledger.checkpoints().unwrap()[0].step;
    let state = ledger.load_checkpoint(step).unwrap();
    let quoted = |id| {
        state
            .iter()
            .any(|c| matches!(c, Change::Quote(_, q) if q.post == id))
    };
    assert!(!quoted(post(1)) && quoted(post(2)));
    // The alerter's notice under the same key may come again in a replay: it stays as it is.
    commit(
        &ledger,
        epoch,
        vec![sends(notice(waits, Tier::II, at(1), quotes))],
    )
    .unwrap();
    assert!(!holds(&dir, SECRET));
}

/// Whose quote of the post an incident has still.
fn quoted_from(ledger: &Ledger, post: PostId) -> Vec<String> {
    let quote = |change| match change {
        Change::Quote(_, quote) if quote.post == post => Some(quote.source.to_string()),
        _ => None,
    };
    ledger
        .load()
        .unwrap()
        .into_iter()
        .filter_map(quote)
        .collect()
}

/// No change of its own drops a quote of an incident that has left memory.
#[test]
fn what_has_left_memory_is_purged_and_taken_back_too() {
    const SECRET: &str = "小区停电三小时无人答复";
    for word in [Change::Purged(post(1)), taken_back(post(1), "a feed")] {
        let (dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let kept = Change::Quote(IncidentId(1), quote(post(1), SECRET));
        commit(&ledger, epoch, vec![latent(1), kept]).unwrap();
        ledger.store_checkpoint(1, &ledger.load().unwrap()).unwrap();
        assert!(holds(&dir, SECRET), "the test can see it");
        commit(&ledger, epoch, vec![word]).unwrap();
        assert!(!holds(&dir, SECRET));
        assert!(ledger.scrub().unwrap());
    }
}

#[test]
fn a_source_takes_back_what_was_found_there_and_no_more() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let elsewhere = Quote {
        source: SourceId::new("elsewhere").unwrap(),
        ..quote(post(1), "停水一天")
    };
    let here = quote(post(1), "停水一天");
    let quotes = vec![here.clone(), elsewhere.clone()];
    // The post was displaced from the quotes of the incident that the notice is of.
    let told = notice(key(3, 1, "desk"), Tier::II, at(1), quotes);
    let id = told.key.clone();
    let changes = vec![
        latent(1),
        latent(2),
        Change::Quote(IncidentId(1), here),
        Change::Quote(IncidentId(2), elsewhere.clone()),
        sends(told),
    ];
    commit(&ledger, epoch, changes).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "nobody")]).unwrap();
    assert_eq!(quoted_from(&ledger, post(1)), ["a feed", "elsewhere"]);
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    assert_eq!(quoted_from(&ledger, post(1)), ["elsewhere"]);
    let kept = ledger.delivery(&id).unwrap().unwrap().notice.quotes;
    assert_eq!(kept, [elsewhere]);
}

/// Steps may be cut anywhere: what comes after the word of a source stays, in the same step too.
#[test]
fn a_post_that_comes_again_after_it_was_taken_back_is_shown() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let (before, after) = (key(1, 1, "desk"), key(1, 2, "desk"));
    let quoting = |key: &NoticeKey| {
        let quotes = vec![quote(post(1), "停水一天")];
        sends(notice(key.clone(), Tier::II, at(1), quotes))
    };
    let changes = vec![
        latent(1),
        quoting(&before),
        taken_back(post(1), "a feed"),
        quoting(&after),
        Change::Quote(IncidentId(1), quote(post(1), "停水一天")),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let shown = |key| ledger.delivery(key).unwrap().unwrap().notice.quotes.len();
    assert_eq!((shown(&before), shown(&after)), (0, 1));
    assert_eq!(quoted_from(&ledger, post(1)), ["a feed"]);
}

#[test]
fn a_headline_goes_with_its_post() {
    const SECRET: &str = "小区停电三小时无人答复";
    for word in [Change::Purged(post(1)), taken_back(post(1), "a feed")] {
        let (dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let other = |n: u8, headline: &str| OtherIncident {
            number: nth(n.into()),
            kind: NoticeKind::Opened,
            topic_name: "食品安全".to_owned(),
            subject: SubjectKey::Unnamed,
            tier: Tier::IV,
            totals: Totals::default(),
            headline: headline.to_owned(),
            headline_of: Some(HeadlineOf {
                post: post(n),
                source: SourceId::new("a feed").unwrap(),
            }),
        };
        let (waits, sent) = (key(7, 1, "desk"), key(7, 1, "duty"));
        let storm = |key: &NoticeKey| {
            let others = vec![other(1, SECRET), other(2, "停水一天")];
            let told = notice(key.clone(), Tier::II, at(1), Vec::new());
            sends(Notice { others, ..told })
        };
        commit(&ledger, epoch, vec![storm(&waits), storm(&sent)]).unwrap();
        ledger.delivered(&sent, at(2)).unwrap();
        assert!(holds(&dir, SECRET), "the test can see it");
        commit(&ledger, epoch, vec![word]).unwrap();
        assert!(!holds(&dir, SECRET));
        let headlines = |key| -> Vec<String> {
            let others = ledger.delivery(key).unwrap().unwrap().notice.others;
            others.into_iter().map(|other| other.headline).collect()
        };
        assert_eq!(headlines(&waits), ["", "停水一天"]);
        assert_eq!(headlines(&sent), [PURGED_TEXT, "停水一天"]);
    }
}

#[test]
fn a_post_is_found_by_its_link_wherever_it_is_shown() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let link = "https://board.example.org/a?b=c";
    let under = |n, url: &str| Quote {
        url: Some(url.to_owned()),
        ..quote(post(n), link)
    };
    let mut copied = under(3, "https://board.example.org/a");
    copied.widest_copy = Some(WidestCopy {
        post: post(4),
        source: SourceId::new("a board").unwrap(),
        url: link.to_owned(),
        reach: 7,
    });
    let told = notice(
        key(2, 1, "desk"),
        Tier::II,
        at(1),
        vec![under(2, link), copied],
    );
    let changes = vec![
        Change::Quote(IncidentId(1), under(1, link)),
        Change::Quote(IncidentId(1), under(5, "https://board.example.org/a?b=cd")),
        sends(told),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let found = ledger.posts_with_link(link).unwrap();
    assert_eq!(found, [1, 2, 4].map(post));
}

#[test]
fn a_step_that_erases_what_a_replay_needs_says_so_itself() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let quoted = |n| Change::Quote(IncidentId(1), quote(post(n), "停水一天"));
    commit(&ledger, epoch, vec![latent(1), quoted(1)]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 0, "no checkpoint had it");
    commit(&ledger, epoch, vec![quoted(2)]).unwrap();
    ledger.store_checkpoint(3, &ledger.load().unwrap()).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(2), "nobody")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 0, "nothing was there");
    commit(&ledger, epoch, vec![taken_back(post(2), "a feed")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 6);
    // The log loses what it has of a purged post: inputs of steps before.
    commit(&ledger, epoch, vec![Change::Purged(post(9))]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 7);
    let fenced = commit(&ledger, epoch + 1, vec![Change::Purged(post(8))]);
    assert!(fenced.is_err());
    assert_eq!(ledger.erased_step().unwrap(), 7);
}

#[test]
fn no_notice_leads_to_a_copy_that_was_purged() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let with_copy = |n: u8, copy: u8| Quote {
        widest_copy: Some(WidestCopy {
            post: post(copy),
            source: SourceId::new("a board").unwrap(),
            url: format!("https://board.example.org/{copy}"),
            reach: 7,
        }),
        ..quote(post(n), "食堂")
    };
    let quotes = vec![with_copy(1, 8), with_copy(2, 9)];
    let told = notice(key(5, 1, "desk"), Tier::II, at(1), quotes);
    let id = told.key.clone();
    commit(&ledger, epoch, vec![sends(told)]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(8), "a board")]).unwrap();
    let kept = ledger.delivery(&id).unwrap().unwrap().notice.quotes;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].widest_copy, None);
    assert_eq!(kept[1], with_copy(2, 9));
}
