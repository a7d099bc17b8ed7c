//! Spans lie exactly over what matched.

use fengbiao_matcher::fold::fold_str;
use fengbiao_model::Field;
use proptest::prelude::*;

use crate::support::{hits, one_rule};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_stands_under_a_span_folds_to_the_keyword(
        title in "[停電电\u{200b}Ａa ]{0,8}停",
        text in "[停電电\u{200b}\u{ad}ＡAa🙂 ]{0,40}a",
    ) {
        let matcher = one_rule("substring:停电 OR substring:电 OR substring:A停", "");
        let mut counted = 0;
        for hit in hits(&matcher, Some(&title), &text) {
            for found in &hit.rules[0].spans {
                let field = if found.span.field == Field::Title { &title } else { &text };
                let marked = &field[found.span.start..found.span.end];
                prop_assert_eq!(fold_str(marked), fold_str(&found.keyword));
                let chars: String = field
                    .chars()
                    .skip(found.span.char_start)
                    .take(found.span.char_end - found.span.char_start)
                    .collect();
                prop_assert_eq!(marked, chars);
                counted += 1;
            }
        }
        let folded = [fold_str(&title), fold_str(&text)];
        let expected: usize = folded
            .iter()
            .flat_map(|field| ["停电", "电", "a停"].map(|key| field.matches(key).count()))
            .sum();
        prop_assert_eq!(counted, expected);
    }
}
