//! What holds for any text.

use fengbiao_lexicon::compiled::{Condition, KeyId, Keys};
use fengbiao_lexicon::{LexiconText, check, parse_expression};
use proptest::prelude::*;

/// Expressions that are mostly valid, from the pieces they are made of.
fn expressions() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "食堂",
        "呕吐",
        "毒",
        "A",
        "315",
        "2",
        "\"OF\"",
        "“a b”",
        "\"，\"",
        "\"title:x\"",
        "or",
        "a|b",
    ]);
    let leaf = (prop::sample::select(vec!["", "word:", "substring:"]), key)
        .prop_map(|(prefix, key)| format!("{prefix}{key}"));
    let side = prop::collection::vec(leaf.clone(), 1..4)
        .prop_map(|keys| format!("({})", keys.join(" OR ")));
    let near = (
        side.clone(),
        side,
        0..30u32,
        prop::sample::select(vec!["NEAR", "ONEAR"]),
    )
        .prop_map(|(left, right, n, operator)| format!("{left} {operator}/{n} {right}"));
    prop_oneof![3 => leaf, 1 => near].prop_recursive(4, 24, 4, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several().prop_map(|parts| format!("({})", parts.join(" OR "))),
            several().prop_map(|parts| format!("({})", parts.join(" AND "))),
            several().prop_map(|parts| format!("({})", parts.join(" "))),
            several().prop_map(|parts| format!("1 OF ({})", parts.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} NOT ({b}))")),
            inner.clone().prop_map(|part| format!("title:({part})")),
        ]
    })
}

/// A condition with its keywords as text and in the order of the text: their numbers depend on
/// which was written first.
fn canonical(condition: &Condition, keys: &[String]) -> String {
    let set = |set: &Keys| {
        let text = |&(id, reading): &(KeyId, _)| format!("{:?}{reading:?}", keys[id.0 as usize]);
        let mut texts: Vec<_> = set.keys.iter().map(text).collect();
        texts.sort();
        format!("{}{texts:?}", set.title_only)
    };
    let all = |of: &[Condition]| {
        of.iter()
            .map(|part| canonical(part, keys))
            .collect::<Vec<_>>()
    };
    match condition {
        Condition::Any(of) => format!("any{:?}", all(of)),
        Condition::All(of) => format!("all{:?}", all(of)),
        Condition::Not(inner) => format!("not({})", canonical(inner, keys)),
        Condition::Keys(keys) => set(keys),
        Condition::Near {
            left,
            right,
            distance,
            ordered,
        } => {
            format!("near({} {} {distance} {ordered})", set(left), set(right))
        }
        Condition::AtLeast { count, of } => format!("{count}{:?}", all(of)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_printed_is_read_as_the_same(text in expressions()) {
        let parsed = parse_expression(&text);
        // The pieces do not always make an expression; another one is drawn then.
        prop_assume!(parsed.is_ok());
        let (topic, _) = parsed.unwrap();
        let condition = &topic.rules[0].condition;
        let printed = condition.display(&topic.keys).to_string();
        let (again, warnings) = parse_expression(&printed)
            .map_err(|faults| TestCaseError::fail(format!("`{text}` → `{printed}`: {faults:?}")))?;
        prop_assert!(warnings.is_empty(), "`{}` → `{}`: {:?}", text, printed, warnings);
        let same = canonical(condition, &topic.keys);
        prop_assert_eq!(canonical(&again.rules[0].condition, &again.keys), same, "{}", printed);
    }

    #[test]
    fn no_text_is_too_strange(
        text in r#"([ ()",@/:#]|NEAR/|AND|OR|NOT|[0-9]|OF|title:|word:|（|）|“|，|＠|\PC){0,24}"#,
    ) {
        let texts = LexiconText::of_expression(&text);
        if let Err(faults) = parse_expression(&text) {
            prop_assert!(!faults.is_empty());
            for fault in &faults {
                let report = fault.report(&texts);
                prop_assert!(report.place.start <= report.place.end, "{fault}");
                prop_assert!(!fault.render(&texts, true).is_empty());
            }
        }
    }

    #[test]
    fn no_file_is_too_strange(
        lines in prop::collection::vec(
            r#"(topic|name|match|\[lists\]|\[\[rule\]\]|[a-z]{1,3}) ?(=)? ?("\PC{0,8}"|\[\]|\{|[0-9]{1,3}|\PC{0,6})"#,
            0..12,
        ),
        list in r"\PC{0,20}\n\PC{0,20}",
    ) {
        let files = [("a.toml", lines.join("\n")), ("lists/b.txt", list)];
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
        let texts = LexiconText { files };
        for fault in check(&texts).diagnostics {
            prop_assert!(!fault.render(&texts, false).is_empty());
        }
    }
}
