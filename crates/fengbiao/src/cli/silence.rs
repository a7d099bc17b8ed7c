//! `fengbiao silence`: what there is to type.

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum SilenceCommand {
    /// Ask not to be told of some incidents for a while; deadlines speak all the same
    Add(Box<Silencing>),
    /// List the silences that have not ended
    List,
    /// End a silence now; what had to wait is told, as things stand then
    End {
        /// Its number, as `list` shows it
        number: u64,
        /// Who you are, for the record
        #[arg(long)]
        by: String,
    },
}

/// What shall not be told, until when, and why.
#[derive(Args)]
pub(crate) struct Silencing {
    #[command(flatten)]
    pub(crate) covered: Covered,
    /// For how long from its beginning: `30m`, `2h`, `1d`; 30 days ahead at most
    #[arg(
        long = "for",
        value_name = "SPAN",
        conflicts_with = "until",
        required_unless_present = "until"
    )]
    pub(crate) lasting: Option<String>,
    /// When it ends. Without an offset it is read in `time_zone`
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// When it begins; without it, now
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Why, in a sentence
    #[arg(long)]
    pub(crate) reason: String,
    /// Who you are, for the record
    #[arg(long)]
    pub(crate) by: String,
}

/// Which incidents: one, those that fit all that is named, or all.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Covered {
    /// One incident, by its number: `2026-17`, or `17` for the latest 17
    #[arg(long, value_name = "NUMBER",
        conflicts_with_all = ["topics", "from_tier", "subjects", "labels", "all"])]
    pub(crate) incident: Option<String>,
    /// Those of this topic; may be given several times
    #[arg(long = "topic", value_name = "TOPIC")]
    pub(crate) topics: Vec<String>,
    /// Those of this tier or a louder one: IV, III, II or I
    #[arg(long, value_name = "TIER")]
    pub(crate) from_tier: Option<String>,
    /// Those of this subject; may be given several times
    #[arg(long = "subject", value_name = "SUBJECT")]
    pub(crate) subjects: Vec<String>,
    /// Those that bear this label; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub(crate) labels: Vec<String>,
    /// All of them
    #[arg(long, conflicts_with_all = ["topics", "from_tier", "subjects", "labels"])]
    pub(crate) all: bool,
}
