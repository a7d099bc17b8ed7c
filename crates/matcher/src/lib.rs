//! Fold, scan, segment, decide: Chinese keyword rules with exact spans and explanations.
//!
//! A [`Matcher`] holds one version of a lexicon. It folds a post ([`fold`]), finds every keyword in
//! it ([`scan`]), asks around each how it is read, and decides which rules are true. It reads no
//! clock, no file and no queue, and keeps nothing between posts: hits are a function of the post
//! and the lexicon.
//!
//! # How a keyword is read
//!
//! Chinese has no spaces, and 和服 stands in 产品和服务 without being meant. The *reading margin*
//! of an occurrence says how much more likely the best reading is than the best one that has this
//! word: ln of the probability of the best segmentation of its block in which no token properly
//! contains it, less that of the best one with a border at both of its edges. Words are as likely
//! as their frequencies in jieba's dictionary say, but for two things ([`Costs`]): a character left
//! alone is 2.5 nats less likely, and the keyword itself is a word of at least frequency 50. The
//! margin is zero where the keyword is a word of the best reading and grows as a better reading
//! leaves it apart:
//!
//! | keyword | text | margin in nats | |
//! |---|---|---|---|
//! | 病毒 | 新型冠状病毒 | 0 | counts |
//! | 断网 | 断网了 | 0 | counts, though jieba reads 断/网 |
//! | 毒性 | 病毒性 | 1.45 | counts at the default limit of 1.5, wrongly |
//! | 震感 | 多地震感明显 | 0.64 | counts, though jieba reads 多/地震/感 |
//! | 性病 | 慢性病 | 2.45 | does not count |
//! | 和服 | 产品和服务 | 11.11 | does not count |
//!
//! A keyword's letters and digits must end where the occurrence ends: an edge is a change between
//! letter (of any script but Han), digit and other. `word:` asks also that no token of jieba's best
//! segmentation (HMM off) properly contains the occurrence. A block of more than some hundred
//! characters is cut at fixed places ([`limits::MAX_CONTEXT_CHARS`]).
//!
//! On labelled places of 36 keywords that nothing was chosen on, at which a plain search has a
//! precision of 0.72, the margin has a precision of 0.93 and a recall of 0.97, at 2.9 µs a place (2.8 to
//! 3.6); on those of them whose characters often meet by accident (0.60) it has 0.88 and 0.95. See
//! "Word boundaries" in `benches/README.md`.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use fengbiao_lexicon::compiled::Lexicon;
//! use fengbiao_lexicon::{LexiconText, parse_expression};
//! use fengbiao_matcher::{Language, Matcher, Scratch, Segmenter};
//! use fengbiao_model::{
//!     Counts, LexiconNumber, Position, Post, PostId, PostText, ServiceId, SourceId, Timestamp,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (topic, _) = parse_expression("食堂 NEAR/20 呕吐").map_err(|_| "a faulty expression")?;
//! let hash = LexiconText::of_expression("食堂 NEAR/20 呕吐").hash();
//! let lexicon = Arc::new(Lexicon { hash, topics: vec![topic] });
//!
//! let segmenter = Segmenter::load()?; // once in a process
//! let matcher = Matcher::new(lexicon, LexiconNumber(1), &segmenter)?;
//! let mut scratch = Scratch::default(); // one for each thread
//!
//! let post = Post {
//!     id: PostId::from_bytes([0; 16]),
//!     native_id: None,
//!     service: ServiceId::new("example")?,
//!     source: SourceId::new("example")?,
//!     url: None,
//!     title: None,
//!     text: PostText::new("學校食堂午飯後，十幾個學生嘔吐")?,
//!     voice: None,
//!     published_at: None,
//!     found_at: Timestamp::EPOCH,
//!     counts: Counts::default(),
//!     repost_of: None,
//! };
//! let hits = matcher.matches(&post, Position::default(), &mut scratch);
//! let span = hits[0].rules[0].spans[1].span;
//! assert_eq!(&post.text.as_str()[span.start..span.end], "嘔吐");
//!
//! let explanation = matcher.explain(&post, None)?;
//! assert!(explanation.render(Language::En, false).contains("9 characters apart, at most 20"));
//! # Ok(())
//! # }
//! ```
//!
//! # Resource usage
//!
//! What the scan takes (time to build, bytes a keyword, speed, for a thousand keywords to a million) is
//! told in [`scan`]. From a post's JSON to its hits, what rules cost and what a change of lexicon costs
//! are measured by `fengbiao-benches matcher stage`, `rules` and `swap`.
//!
//! A rule is tried where a keyword occurs that it cannot hold without and that few others ask for, and
//! nothing is segmented for one that could not hold however its keywords were read. Each block of a
//! post is segmented once for all rules, and for all topics without words of their own, so that the
//! cost of a post grows with its length and with what occurs in it. The longest post, 128 KiB, takes
//! some 80 ms where it is one Han character 43,690 times and a rule asks for that character
//! (`fengbiao scan`, the hit's 200 kB printed); 109 kB of nothing but keywords in one run take 70 to
//! 110 ms.
//!
//! The dictionary takes 85 MB and 0.6 s to load; a topic with words of its own holds another jieba
//! (about 35 MB).

mod boundary;
mod canary;
mod cases;
mod decide;
mod dictionary;
mod explain;
pub mod fold;
mod joined;
mod lattice;
pub mod limits;
mod matcher;
mod program;
mod reading;
mod render;
mod required;
pub mod scan;
mod scratch;
mod segment;
mod shields;
mod signature;
mod subject;
mod trie;
mod view;

pub use boundary::Fit;
pub use cases::CaseFailure;
pub use dictionary::DictionaryError;
pub use explain::{
    Excepted, Explanation, Leaf, Node, NodeKind, Occurrence, RuleExplanation, TopicExplanation,
    Verdict,
};
pub use fengbiao_model::Language;
pub use lattice::Costs;
pub use matcher::{Matcher, MatcherError};
pub use reading::NotAWord;
pub use scratch::Scratch;
pub use segment::Segmenter;
pub use signature::signature;
