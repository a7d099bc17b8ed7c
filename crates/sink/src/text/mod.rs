//! What a notice says to a person: one place for all messengers.
//!
//! A [`Card`] is a list of [`Line`]s, each of [`Run`]s with a [`Style`] but without any markup. A
//! terminal gives the styles colours, a messenger its own marks. Foreign text (posts, names, links)
//! passes [`Run::new`], which makes control characters visible, so that no post can steer a
//! terminal or turn the direction of a line.

mod alarm;
mod card;
mod deadline;
mod gathered;
mod language;
mod line;
mod others;
mod question;
mod quote;
mod said;
mod scale;
mod taken;
mod visible;

pub use card::{Card, Phrasing};
pub use fengbiao_model::Language;
pub use line::{Line, Role, Run, Style};
pub use visible::visible;
