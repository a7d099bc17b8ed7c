//! `fengbiao on-call`: what there is to type.

use clap::{Args, Subcommand};

use crate::limits::MAX_ON_CALL_DAYS;

/// Who is on call, or a change of it.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct OnCall {
    /// The instant to begin at; without it, now. Without an offset it is read in `time_zone`
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// How many days to look ahead
    #[arg(long, value_name = "N", default_value_t = 7,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_ON_CALL_DAYS)))]
    pub(crate) days: u16,
    #[command(subcommand)]
    pub(crate) change: Option<OnCallCommand>,
}

#[derive(Subcommand)]
pub(crate) enum OnCallCommand {
    /// Somebody stands in for whoever a schedule has on call
    StandIn(StandIn),
    /// Somebody stands in no longer
    End {
        /// The number under which they stand in, as `on-call` shows it
        number: u64,
        /// Who you are, for the record
        #[arg(long)]
        by: String,
    },
}

/// Who stands in, where, and until when.
#[derive(Args)]
pub(crate) struct StandIn {
    /// The schedule
    pub(crate) schedule: String,
    /// The receiver who stands in
    pub(crate) receiver: String,
    /// Until when. Without an offset it is read in `time_zone`
    #[arg(long, value_name = "TIME")]
    pub(crate) to: String,
    /// From when on; without it, now
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Who you are, for the record
    #[arg(long)]
    pub(crate) by: String,
}
