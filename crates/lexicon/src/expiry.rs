//! Rules that no longer hold.

use fengbiao_model::Timestamp;

use crate::codes::Code;
use crate::compiled::{Lexicon, Rule};
use crate::diagnostic::Diagnostic;

/// A warning for each rule of the lexicon whose time is over `now`. What has no clock cannot know
/// them, so [`check`](crate::check) does not.
#[must_use]
pub fn expired(lexicon: &Lexicon, now: Timestamp) -> Vec<Diagnostic> {
    let rules = lexicon.topics.iter().flat_map(|topic| &topic.rules);
    rules.filter_map(|rule| warning(rule, now)).collect()
}

fn warning(rule: &Rule, now: Timestamp) -> Option<Diagnostic> {
    let expiry = rule.expires.as_ref().filter(|_| rule.expired(now))?;
    let message = format!("the rule `{}` has expired: it matches nothing", rule.id);
    let fault = Diagnostic::new(Code::Expired, expiry.place.clone(), message);
    Some(fault.hint("give it a later date, or take the rule out"))
}
