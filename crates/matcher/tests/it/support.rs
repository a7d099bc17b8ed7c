//! What the tests share: one dictionary, lexicons from text, posts from strings.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_lexicon::{LexiconText, check};
use fengbiao_matcher::{Matcher, Scratch, Segmenter};
use fengbiao_model::{
    Counts, Hit, LexiconNumber, Position, Post, PostId, PostText, ServiceId, SourceId, Timestamp,
    Title,
};

pub(crate) static SEGMENTER: LazyLock<Arc<Segmenter>> =
    LazyLock::new(|| Segmenter::load().unwrap());

/// The time at which the posts of the tests are found: 2026-11-23.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_392_000_000);

/// A topic's file without its rules.
pub(crate) const HEAD: &str = r#"
topic   = "test"
name    = "试验"
purpose = "试验匹配"
owner   = "desk"
"#;

/// A lexicon from the text of one topic, which must be free of errors.
pub(crate) fn lexicon(toml: &str) -> Arc<Lexicon> {
    let files = BTreeMap::from([("test.toml".to_owned(), toml.to_owned())]);
    let checked = check(&LexiconText { files });
    match checked.lexicon {
        Some(lexicon) => Arc::new(lexicon),
        None => panic!("{:#?}", checked.diagnostics),
    }
}

pub(crate) fn matcher(toml: &str) -> Matcher {
    Matcher::new(lexicon(toml), LexiconNumber(7), &SEGMENTER).unwrap()
}

/// A matcher with one rule, `r`, and more lines of the rule or the topic after it.
pub(crate) fn one_rule(expression: &str, more: &str) -> Matcher {
    matcher(&format!(
        "{HEAD}\n[lists]\nplace = [\"食堂\", \"餐厅\"]\nsymptom = [\"呕吐\", \"腹泻\", \"拉肚子\"]\n\n\
         [[rule]]\nid = \"r\"\nmatch = '''{expression}'''\n\
         hits = [\"x\"]\nmisses = [\"y\"]\n{more}\n"
    ))
}

pub(crate) fn post<'a>(title: Option<&'a str>, text: &'a str) -> Post<'a> {
    Post {
        id: PostId::from_bytes([0; 16]),
        native_id: None,
        service: ServiceId::new("s").unwrap(),
        source: SourceId::new("s").unwrap(),
        url: None,
        title: title.map(|title| Title::new(title).unwrap()),
        text: PostText::new(text).unwrap(),
        voice: None,
        published_at: None,
        found_at: NOW,
        counts: Counts::default(),
        repost_of: None,
    }
}

pub(crate) fn hits(matcher: &Matcher, title: Option<&str>, text: &str) -> Vec<Hit> {
    matcher.matches(
        &post(title, text),
        Position::default(),
        &mut Scratch::default(),
    )
}

/// The spans of the one rule that matched, or none: what stands there, `title:` before the title's.
pub(crate) fn spans(matcher: &Matcher, title: Option<&str>, text: &str) -> Option<Vec<String>> {
    let hit = hits(matcher, title, text).into_iter().next()?;
    let rule = hit.rules.into_iter().next()?;
    let show = |span: fengbiao_model::Span| match span.field {
        fengbiao_model::Field::Title => format!("title:{}", &title.unwrap()[span.start..span.end]),
        fengbiao_model::Field::Text => text[span.start..span.end].to_owned(),
    };
    Some(
        rule.spans
            .into_iter()
            .map(|found| show(found.span))
            .collect(),
    )
}
