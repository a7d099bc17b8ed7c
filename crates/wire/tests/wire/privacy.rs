//! Whoever speaks shows in no message.

use fengbiao_wire::decode_incoming;
use jiff::tz::TimeZone;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// An identifier of an author, wherever a sender might put it by mistake beside `author`,
    /// is in no error and in no debug form.
    #[test]
    fn an_author_shows_nowhere(author in "[a-z0-9]{12,24}") {
        let fine = format!(r#"{{"text":"停水","author":"{author}"}}"#);
        let post = decode_incoming(fine.as_bytes(), &TimeZone::UTC).unwrap();
        let debug = format!("{post:?}");
        prop_assert!(!debug.contains(&author));

        let long = author.repeat(50);
        let wrong = [
            format!(r#"{{"author":"{author}"}}"#),
            format!(r#"{{"text":"停水","author":["{author}"]}}"#),
            format!(r#"{{"text":"停水","author":{{"name":"{author}"}}}}"#),
            format!(r#"{{"text":"停水","author":"{author}","author":"{author}"}}"#),
            format!(r#"{{"text":"停水","author":"{long}"}}"#),
            format!(r#"{{"text":"停水","voice":"{author}-"}}"#),
            format!(r#"{{"text":"停水","url":"example.org/{author}/1"}}"#),
            format!(r#"{{"text":"停水","id":"{author}\u0007"}}"#),
            format!(r#"{{"text":"停水","source":"{author}\n"}}"#),
            format!(r#"{{"text":"停水","author":"{author}""#),
        ];
        for line in wrong {
            let error = decode_incoming(line.as_bytes(), &TimeZone::UTC).unwrap_err();
            let message = error.to_string();
            prop_assert!(!message.contains(&author), "{}", message);
            let debug = format!("{error:?}");
            prop_assert!(!debug.contains(&author), "{}", debug);
        }
    }
}
