//! Every kind of mistake once: its stable code, its severity, what it means, an example.

use std::fmt;

use crate::diagnostic::Severity;

/// One row of the reference of diagnostics.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// Whether it keeps the lexicon from loading.
    pub severity: Severity,
    /// What it means.
    pub meaning: &'static str,
    /// A short piece of lexicon that shows it.
    pub example: &'static str,
}

macro_rules! codes {
    ($($variant:ident $code:literal $severity:ident $meaning:literal $example:literal;)*) => {
        /// What kind of mistake a diagnostic reports. Codes are stable: they are written in
        /// scripts and searched for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// As it is shown, such as `unknown-key`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Its severity.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }

        /// All codes with their meanings, in the order of the reference page.
        #[must_use]
        pub fn reference() -> &'static [Explanation] {
            &[$(Explanation {
                code: Code::$variant,
                severity: Severity::$severity,
                meaning: $meaning,
                example: $example,
            },)*]
        }
    };
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

codes! {
    NotUtf8 "not-utf8" Error
        "A file is not UTF-8 text." "a list saved as GB18030";
    TomlSyntax "toml-syntax" Error
        "The file is not TOML." "name = 食品安全";
    UnknownKey "unknown-key" Error
        "A key that nothing reads." "wieght = 3";
    WrongType "wrong-type" Error
        "A value of another type than its key takes." "weight = \"3\"";
    MissingKey "missing-key" Error
        "A key that must be there is not." "a topic without `purpose`";
    Blank "blank" Error
        "A text with nothing in it." "owner = \" \"";
    InvalidId "invalid-id" Error
        "An id of a topic or rule, or a name of a list or subject, with characters it may not have."
        "topic = \"Food Safety\"";
    OutOfRange "out-of-range" Error
        "A number or a length of time outside of its range." "weight = 11";
    UnknownClass "unknown-class" Error
        "A class of incident that there is not." "class = \"rumor\"";
    InvalidTime "invalid-time" Error
        "A time or a length of time that cannot be read." "calm_after = \"one day\"";
    LimitExceeded "limit-exceeded" Error
        "More than a named bound allows." "a keyword of 300 bytes";
    NoTopics "no-topics" Error
        "The folder holds no topic." "an empty folder";
    NoRules "no-rules" Error
        "A topic without rules would watch nothing." "a topic file without `[[rule]]`";
    DuplicateTopic "duplicate-topic" Error
        "Two files define one topic." "topic = \"food-safety\" in two files";
    DuplicateRule "duplicate-rule" Error
        "Two rules of a topic have one id." "id = \"illness\" twice";
    MissingCases "missing-cases" Error
        "A rule without a text that must hit, or without one that must miss." "misses = []";
    ListFileMissing "list-file-missing" Error
        "A list names a file that is not in the folder."
        "county = { file = \"lists/countys.txt\" }";
    EmptyList "empty-list" Error
        "A list without keywords." "place = []";
    ListEntry "list-entry" Error
        "An entry of a list that is no keyword: lists hold keywords only."
        "place = [\"食堂 OR 餐厅\"]";
    UnknownList "unknown-list" Error
        "`@name` of a list that the topic does not have." "match = \"@plcae 呕吐\"";
    Syntax "syntax" Error
        "An expression that does not follow the grammar." "match = \"呕吐 OR\"";
    Unclosed "unclosed" Error
        "A parenthesis or quote without its partner." "match = \"(呕吐 OR 腹泻\"";
    MixedAndOr "mixed-and-or" Error
        "AND (also side by side) and OR at one level, without parentheses."
        "match = \"食堂 呕吐 OR 腹泻\"";
    NearOperand "near-operand" Error
        "A side of NEAR or ONEAR that is no keyword, list or parenthesised OR of these."
        "match = \"食堂 NEAR/20 (呕吐 AND 腹泻)\"";
    NearChain "near-chain" Error
        "NEAR after NEAR." "match = \"食堂 NEAR/5 学生 NEAR/5 呕吐\"";
    NearDistance "near-distance" Error
        "NEAR or ONEAR without a distance, or with one out of range." "match = \"食堂 NEAR 呕吐\"";
    OfCount "of-count" Error
        "`n OF` with an n of 0, or one that its operands can never reach."
        "match = \"3 OF (呕吐, 腹泻)\"";
    PrefixOperand "prefix-operand" Error
        "`word:` or `substring:` before something else than a keyword or a list."
        "match = \"word:(情人 OR 和服)\"";
    TrueWithoutKeys "true-without-keys" Error
        "A rule, an OR branch or an operand of `n OF` that needs no keyword: it would hit nearly every post."
        "match = \"呕吐 OR NOT 电视剧\"";
    LabelValue "label-value" Error
        "A value of a label that is no single line of text." "district = \"east\\nwest\"";
    TierCondition "tier-condition" Error
        "A tier's condition that cannot be read." "III = \"voices_1h >>= 5\"";
    IdleHold "idle-hold" Error
        "A hold of a tier that has no condition: nothing can be held that nothing raises."
        "I = \"voices_1h >= 50\" under [tiers.hold], and no I under [tiers]";
    CaseFailed "case-failed" Error
        "A text that must hit does not, or one that must miss hits."
        "hits = [\"今天天气很好\"] under match = \"呕吐\"";
    OperatorCase "operator-case" Warning
        "A bare word that is an operator but for its case or width; it is read as a keyword."
        "match = \"食堂 or 餐厅\"";
    LiteralSymbol "literal-symbol" Warning
        "A bare keyword, or an entry of a list, that looks like several or holds a remark; it is read as one keyword."
        "match = \"食堂|餐厅\"";
    DuplicateEntry "duplicate-entry" Warning
        "One keyword twice in a list, also where it is written in another way that is found alike." "place = [\"食堂\", \"食堂\"]";
    UnusedList "unused-list" Warning
        "A list that no rule and no subject uses." "a list `drinks` nobody names";
    UnusedFile "unused-file" Warning
        "A file that no topic uses." "lists/old.txt";
    TierOfNothing "tier-of-nothing" Warning
        "A tier's condition, or its hold, that is true where nothing was counted: every post raises, or holds, the tier."
        "III = \"voices_1h >= 0\"";
    Expired "expired" Warning
        "A rule whose `expires` is past: it matches nothing." "expires = 2020-12-31";
    IdleException "idle-exception" Warning
        "An `except` phrase without any of the rule's keywords, or an entry `!…` without a name of its list: it can hide nothing."
        "except = [\"演练\"] under match = \"呕吐\"";
    MissWithoutKey "miss-without-key" Warning
        "A text that must miss, without any of the rule's keywords: it would miss anyway."
        "misses = [\"今天天气很好\"] under match = \"呕吐\"";
}
