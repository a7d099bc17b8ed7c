//! The rule language: text, checked, compiled; lists, cases, diagnostics with line and column.
//!
//! [`check`] takes the texts of a folder and gives a [`Lexicon`](compiled::Lexicon) for the
//! matcher, or everything that is wrong with them at once. This crate reads no file, knows no
//! clock, and never sees a post. What follows is the manual of the language for those who write it, and
//! the source of `docs/lexicon.md`.
//!
//! # A topic
//!
//! A lexicon is a folder. Each file that ends in `.toml`, at any depth but not under `lists/`, is
//! one topic:
//!
//! ```
//! # let file = r#"
//! topic   = "food-safety"                    # its id: a-z, 0-9, `-`, `_`
//! name    = "食品安全"                        # for people
//! purpose = "尽早发现食品安全事件，核实并公开回应"  # why it is watched
//! owner   = "food-desk"                      # who answers for it
//! reopen_within = "72h"                      # an incident that returns so soon keeps its number
//!
//! [lists]
//! place   = ["食堂", "餐厅", "外卖", "幼儿园"]
//! symptom = ["呕吐", "腹泻", "拉肚子", "食物中毒"]
//! county  = { file = "lists/counties.txt" }  # relative to the folder
//!
//! [subjects]                                 # what incidents are about
//! place = "@county"
//!
//! [words]                                    # what this topic's segmenter must know beside
//! extra = ["预制菜"]                          # its dictionary
//!
//! [[rule]]
//! id      = "canteen-illness"
//! match   = "@place NEAR/20 @symptom NOT 电视剧"
//! except  = ["食物中毒应急演练"]
//! weight  = 3
//! expires = 2027-12-31
//! hits    = ["三中食堂午饭后十几个学生呕吐"]
//! misses  = ["三中食堂举行食物中毒应急演练"]
//!
//! [labels]                                   # what its incidents are sorted by
//! department = "market-regulation"
//!
//! [tiers]                                    # where the topic has tiers of its own
//! III = "voices_1h >= 5 && sources_1h >= 2"
//! calm_after = "24h"
//! # "#;
//! # let counties = "# 县市\n郑州市 = 郑州, 郑州城区\n开封市\n";
//! # let files = [("food.toml", file), ("lists/counties.txt", counties)];
//! # let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
//! # let checked = fengbiao_lexicon::check(&fengbiao_lexicon::LexiconText { files });
//! # assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
//! # assert_eq!(checked.lexicon.unwrap().topics[0].rules.len(), 1);
//! ```
//!
//! `topic`, `name`, `purpose`, `owner` and at least one `[[rule]]` must be there. A key that nothing
//! reads is an error. All errors and warnings are in `docs/diagnostics.md`.
//!
//! # Lists
//!
//! A list is an array of keywords, or `{ file = "…" }`: one keyword a line; blank lines are left
//! out, and lines that begin with `#` are comments. A list holds keywords and nothing else, each as
//! it stands, white space inside included. Its name may have letters (Chinese ones too), digits,
//! `-` and `_`.
//!
//! An entry may have other ways of writing it, after an equals sign between spaces:
//!
//! ```text
//! 郑州市 = 郑州, 郑州城区
//! ```
//!
//! In a rule each of the three is a keyword like the others. Under `[subjects]` they name one
//! subject, which is known as 郑州市.
//!
//! An entry that begins with an exclamation mark is a longer text that holds a name and means another
//! thing. In a list of subjects no name inside it is one; in a rule it is no keyword:
//!
//! ```text
//! 龙江县 = 龙江
//! !黑龙江
//! ```
//!
//! # Rules
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `id` | its id, once in the topic | must be there |
//! | `match` | the expression | must be there |
//! | `except` | phrases that hide, in this rule, the keywords that lie wholly inside them | none |
//! | `weight` | 1 to 10; a post weighs its heaviest rule | 1 |
//! | `class` | what kind of matter it speaks of: `suggestion`, `enquiry`, `complaint`, `rumour` or `incident`. An incident is proposed the class of its heaviest rule hits, of several the most serious, which comes last here | `incident` |
//! | `margin` | largest reading margin in nats at which a keyword counts as a word, 0 to 20 | 1.5 |
//! | `separators` | most signs between two Han characters of a keyword that are looked through, 0 to 4 (see below) | 0 |
//! | `expires` | a date: the rule holds through that day in UTC+8. Or a date and a time, of UTC+8 where no offset is written: it holds until then | never |
//! | `hits` | texts that must hit, at least one | must be there |
//! | `misses` | texts that must miss, at least one | must be there |
//!
//! A text is a string, or `{ title = "…", text = "…" }`. Good `misses` come near: a text without any
//! keyword of the rule proves nothing, and warns.
//!
//! With `separators = 1` the keyword 食物中毒 is found in 食*物*中*毒, 食 物 中 毒 and 食物-中毒 too.
//! What is looked through are spaces within a line and signs such as `*`, `-`, `_`, `/`, `|`, `·` and
//! ★, between two Han characters, each time at most as many as are written here: 食--物中毒 needs
//! `separators = 2`. Sentence marks, commas, dashes (— and –, but not hyphens), quotation marks,
//! brackets, line breaks, `#`, `@` and pictures divide what is said and are never looked through. Such
//! an occurrence is read as if the separators were not there, in the keyword and around it: 产品 和 服务
//! holds no 和服. `except` phrases are looked through for separators in the same way; subjects are not.
//!
//! # Expressions
//!
//! ```text
//! or   = and { "OR" and }
//! and  = not { ["AND"] not }                 side by side = AND
//! not  = ["NOT"] near
//! near = atom [ ("NEAR/"n | "ONEAR/"n) atom ]
//! atom = ["title:"] ( ["word:" | "substring:"] (key | "@"name) | "(" or ")"
//!                   | n "OF" "(" or {"," or} ")" )
//! ```
//!
//! Examples, and how they are read:
//!
//! ```
//! # let examples = r#"
//! 食堂 呕吐 NOT 电视剧           →  食堂 AND 呕吐 AND NOT 电视剧
//! （食堂 OR 餐厅） title：呕吐    →  (食堂 OR 餐厅) AND title:呕吐
//! 食堂 NEAR/20 (呕吐 OR 腹泻)    →  食堂 NEAR/20 (呕吐 OR 腹泻)
//! 2 OF (食堂, 呕吐, 学生 OR 老师) →  2 OF (食堂, 呕吐, 学生 OR 老师)
//! 315 “食物 中毒”               →  315 AND "食物 中毒"
//! # "#;
//! # for example in examples.lines().filter(|line| !line.is_empty()) {
//! #     let (text, read) = example.split_once('→').unwrap();
//! #     let (topic, _) = fengbiao_lexicon::parse_expression(text.trim()).unwrap();
//! #     let condition = topic.rules[0].condition.display(&topic.keys).to_string();
//! #     assert_eq!(condition, read.trim());
//! # }
//! ```
//!
//! - A **keyword** is any run of characters without white space, parentheses, commas and quotes;
//!   in quotes it may have all of these but quotes. `NEAR/n`, `AND`, `OR`, `NOT`, `OF` and the
//!   prefixes are what they are only without quotes and in this case; `or` is read as a keyword,
//!   and warns. （）“”，：＠ are read like their ASCII forms.
//! - **AND and OR** at one level need parentheses.
//! - **NOT** takes away. A rule needs a keyword outside NOT, and so does every branch of an OR and
//!   every operand of `n OF` outside NOT.
//! - **`a NEAR/n b`**: both in one field, at most n characters (of those the fold keeps) from the end
//!   of one to the start of the other, in either order; `ONEAR/n` in this order. A side is a
//!   keyword, a list, or a parenthesised OR of these. NEAR does not chain.
//! - **`n OF (…)`**: at least n operands are true; a list counts its distinct keywords. A number
//!   that is not followed by `OF` is a keyword.
//! - **`title:`** looks at the title only, and goes before a parenthesis too; both sides of a NEAR
//!   are put under it together: `title:(a NEAR/5 b)`.
//! - **Reading**: a keyword counts where its reading margin is at most the rule's `margin`. After
//!   `word:` the best segmentation must also have no longer word around it: the default of keywords
//!   of one character. After `substring:` every occurrence counts.
//!
//! There are no regular expressions, so that a rule's cost stays bounded.
//!
//! # Tiers
//!
//! `[tiers]` and `[tiers_all]` may have conditions for `IV`, `III`, `II` and `I`, and `calm_after`, a
//! length of time such as `30m` or `24h`, at most `7d`; under `[tiers.hold]` and `[tiers_all.hold]` a
//! second condition for each tier that has one, which keeps the tier once it stands; and the floors
//! under detectors: `min_sigma` (0.1 to 1000 counts), `min_posts`, `min_sources` and `min_before`
//! (whole numbers). The conditions are read by the alerter; what it finds wrong is shown at its place.
//!
//! A condition compares numbers: `voices_1h >= 5 && sources_1h >= 2 || stories_24h >= 8`. All names,
//! windows, and the detectors that compare with the usual are in `docs/tiers.md`.
//!
//! # Labels
//!
//! `[labels]` gives every incident of the topic what people otherwise give one incident: texts under
//! keys (a-z, 0-9, `-`, `_`), by which routes, inhibitions and silences may choose, and which notices
//! and the record show. An incident bears them from the moment it opens. Later versions of the topic
//! change what incidents bear that open after them; those that have opened keep theirs. People may
//! give one incident another value, or take a label off it.
//!
//! # Diagnostics
//!
//! Every mistake has a stable [`Code`]; [`reference()`] lists them all. What is wrong in a condition,
//! which the alerter reads, is shown at its place with [`tier_diagnostic`].
//!
//! ```
//! use fengbiao_lexicon::{LexiconText, parse_expression};
//!
//! let text = "食堂 呕吐 OR 腹泻";
//! let faults = parse_expression(text).unwrap_err();
//! assert_eq!(faults[0].code.as_str(), "mixed-and-or");
//! assert_eq!(
//!     faults[0].render(&LexiconText::of_expression(text), false),
//!     "\
//! error[mixed-and-or]: AND and OR at one level need parentheses
//!  --> expression:1:7
//!   |
//! 1 | 食堂 呕吐 OR 腹泻
//!   |     -     ^^ OR here
//!   |     |
//!   |     side by side means AND
//!   |
//!   = hint: write `(食堂 AND 呕吐) OR 腹泻` or `食堂 AND (呕吐 OR 腹泻)`"
//! );
//! ```

mod check;
mod codes;
pub mod compiled;
mod diagnostic;
mod entries;
mod expiry;
mod expression;
mod labels;
pub mod limits;
mod lists;
mod reader;
mod render;
mod rules;
pub mod separators;
mod source;
mod suggest;
mod text;
mod tiers;
mod time;
mod topic;

pub use check::{Checked, EXPRESSION_PATH, check, check_folded, parse_expression, published};
pub use codes::{Code, Explanation, reference};
pub use diagnostic::{Diagnostic, Severity, case_failed, tier_diagnostic};
pub use expiry::expired;
pub use expression::{DisplayCondition, DisplayKeys};
pub use reader::Fold;
pub use render::{LineColumn, Report, ReportPlace, line_column};
pub use source::LexiconText;
