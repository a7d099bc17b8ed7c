//! The command line: what there is to type, and what it means.

mod on_call;
mod silence;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::daemon::Role;

pub(crate) use on_call::{OnCall, OnCallCommand, StandIn};
pub(crate) use silence::{Covered, SilenceCommand, Silencing};

/// Early warning over public posts in Chinese: what happened, where, how many, since when, how sure.
#[derive(Parser)]
#[command(version, about, disable_help_subcommand = true, after_help = AFTER)]
pub(crate) struct Cli {
    /// Configuration file; without it the defaults hold
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory, in place of the configured one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Lexicon folder, in place of the configured one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) lexicon: Option<PathBuf>,
    /// Form of the results
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// When to colour results
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
First steps:
  fengbiao run --demo                an incident grows, is answered and calms, in some 20 s
  fengbiao run                       watch for real: push posts to it, read notices here
  fengbiao init                      write configuration and lexicon, to edit
  fengbiao explain 产品和服务 --match 和服     why a text matches, or does not
  fengbiao explain --incident 17     why the posts hit that an incident quotes
  fengbiao --lexicon edited scan --against lexicon --since 14d     what an edit would have changed

With `--format json` each line is one object. Its JSON Schema is in docs/schemas: scan-line of
`scan`, comparison of `scan --against`, notice of `replay`, explanation of `explain`, diagnostic of
`check` and `lexicon check`, on-call of `on-call`, incident of `incidents list`, silence of
`silence list`. In docs/openapi.json:
what `incidents show` prints (IncidentDetail), and what those print that act on incidents, silences
and stand-ins (Accepted). `backup`, `confirm`, `dead-letters`, `doctor`, `lexicon publish`, `purge`
and `replay --steps` print JSON without a schema; `init`, `restore` and `run` ignore the option.

Exit status: 0 done; 1 nothing found, a check failed, or the daemon refused; 2 it could not be done:
wrong use, wrong input, or something outside failed; 3 another process has taken the place of this
one.";

/// Form of the results.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON object a line; `fengbiao --help` says which have a schema
    Json,
}

/// When to colour results.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Watch: read sources, match, set tiers, and send notices until stopped
    Run {
        /// A demonstration in a scratch directory: hours of an incident in some twenty seconds, then live
        #[arg(long)]
        demo: bool,
        /// Only these roles, with commas between; the others run in processes of their own on Kafka
        #[arg(
            long = "role",
            value_enum,
            value_delimiter = ',',
            conflicts_with = "demo"
        )]
        roles: Vec<Role>,
        /// Address and port of the HTTP listener, in place of the configured one
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
    },
    /// Write a configuration and a lexicon to edit
    Init {
        /// Folder to write into
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Posts in, hits out, with the keywords marked; or what an edit of the lexicon would change
    Scan(Scan),
    /// Posts with their own times through matcher and alerter at full speed: the incidents they make
    Replay {
        #[command(flatten)]
        input: Input,
        /// Show each notice whole, as the terminal of a daemon would
        #[arg(long, conflicts_with = "steps")]
        cards: bool,
        /// Run the steps again that a daemon recorded in this data directory, and compare
        #[arg(long, value_name = "DATA_DIR", conflicts_with = "inputs")]
        steps: Option<PathBuf>,
    },
    /// Why a text matches, or does not: rules that match whole, others in a line; one of `--rule` whole
    Explain {
        /// The text; `-` is standard input
        #[arg(required_unless_present = "incident")]
        text: Option<String>,
        /// A title beside it
        #[arg(long)]
        title: Option<String>,
        /// The time at which it was found, for rules that expire; without it, now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Only this rule: `topic/rule`, or `rule` where the name is in one topic only
        #[arg(long, value_name = "ID", conflicts_with = "expression")]
        rule: Option<String>,
        /// An expression in place of the lexicon's rules
        #[arg(long = "match", value_name = "EXPR")]
        expression: Option<String>,
        /// In place of a text the posts that this incident quotes, each by the lexicon that made the hit
        /// where the log has both still, else by the last one published. The daemon may run
        #[arg(
            long,
            value_name = "NUMBER",
            conflicts_with_all = ["text", "title", "at", "rule", "expression"]
        )]
        incident: Option<String>,
    },
    /// Check configuration and lexicon, cases included
    Check,
    /// Look whether secrets, log or brokers, ledger, clock and disk are in order, and what to do
    Doctor,
    /// Who is on call, and the hand-overs that come; who stands in, where the record is there
    OnCall(OnCall),
    /// Ask not to be told of some incidents for a while
    Silence {
        #[command(subcommand)]
        command: SilenceCommand,
    },
    /// Check or publish a lexicon
    Lexicon {
        #[command(subcommand)]
        command: LexiconCommand,
    },
    /// List and show incidents, and do with them what people do: take on, verify, answer, close
    Incidents {
        #[command(subcommand)]
        command: IncidentsCommand,
    },
    /// What could not be read or delivered, and why
    DeadLetters {
        #[command(subcommand)]
        command: DeadLettersCommand,
    },
    /// Forget a post at once, by its link or its id
    ///
    /// It goes from log, ledger and all that they show. What receivers have been sent stays with them:
    /// messages that are out cannot be taken back, and the files of receivers of kind `file`, with what
    /// was rotated away from them, are not touched. The command names these files; their lines are taken
    /// out by hand. Copies made by `backup` before keep it, too.
    Purge {
        /// The link as notices show it, or the 32 hexadecimal digits of the post's id
        post: String,
        /// Who you are, for the record
        #[arg(long)]
        by: String,
    },
    /// Tell the daemon that something unusual is as it should be
    ///
    /// Says what became of it: that it is done, that there is nothing to confirm (exit status 1), or that
    /// it waits for the alerter.
    Confirm {
        /// What to confirm
        #[arg(value_enum)]
        what: Confirmed,
        /// Who you are, for the record
        #[arg(long)]
        by: String,
    },
    /// Copy log and ledger, at one point, into a new folder; also while the daemon runs
    Backup {
        /// The folder; it must not exist
        folder: PathBuf,
    },
    /// Put a backup into an empty data directory
    Restore {
        /// The folder of the backup
        folder: PathBuf,
    },
    /// Write every generated file of the project into a folder
    #[command(hide = true)]
    Generate { folder: PathBuf },
}

/// What is scanned, and with what.
#[derive(Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) input: Input,
    /// In place of files the posts that the daemon has kept: the last so long, such as `14d`, or
    /// those found from a time on. The daemon may run
    #[arg(
        long,
        value_name = "LENGTH|TIME",
        conflicts_with_all = ["inputs", "map", "encoding", "source"]
    )]
    pub(crate) since: Option<String>,
    /// The lexicon folder as it was before an edit: only what hits with one of the two is printed,
    /// `+` now, `-` no more, `~` with other subjects; then how many by topic and rule
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
}

/// Where posts come from.
#[derive(Args)]
pub(crate) struct Input {
    /// Files with JSON lines, plain or compressed with zstd or gzip; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Fields of a foreign shape: `ours=theirs`, with commas between; a text in quotes is a constant
    #[arg(long, value_name = "MAP", long_help = MAP_HELP)]
    pub(crate) map: Option<String>,
    /// How the bytes are encoded: `utf-8` or `gb18030`
    #[arg(long, default_value = "utf-8")]
    pub(crate) encoding: String,
    /// Name of the source, for posts that carry none
    #[arg(long, default_value = "file")]
    pub(crate) source: String,
}

const MAP_HELP: &str = "\
Fields of a foreign shape: `ours=theirs`, with commas between.

Ours are: id, service, source, url, title, text, author, published_at, found_at, repost_of,
counts.reposts, counts.comments, counts.likes, counts.views, counts.rank, counts.days_on_list,
kind. Theirs may be a path with dots. A text in quotes is a constant.

  --map text=title,found_at=ts
  --map \"id=mid,text=content.raw,counts.likes=attitudes,service='weibo'\"";

#[derive(Subcommand)]
pub(crate) enum LexiconCommand {
    /// Check a lexicon: every mistake with its place, and every case
    Check {
        /// The folder; without it the configured one
        folder: Option<PathBuf>,
    },
    /// Check it, give it a number, and let the matchers change over to it
    Publish {
        /// The folder; without it the configured one
        folder: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum IncidentsCommand {
    /// List incidents, the latest first
    List {
        /// Also those that are over
        #[arg(long)]
        all: bool,
        /// Only this topic
        #[arg(long)]
        topic: Option<String>,
        /// Most incidents to list, at most 500
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Only those with a lower number, such as `2026-17`: to go on behind the last one listed
        #[arg(long, value_name = "NUMBER")]
        before: Option<String>,
    },
    /// The whole story of an incident, in order of time
    Show {
        /// Its number: `2026-17`, or `17` for the latest 17
        number: String,
        /// Also draw its posts over time, with baseline and threshold, into this SVG file
        #[arg(long, value_name = "FILE.svg")]
        plot: Option<PathBuf>,
    },
    #[command(flatten)]
    Do(DeedCommand),
}

/// Which incident, and who acts.
#[derive(Args)]
pub(crate) struct Which {
    /// Its number: `2026-17`, or `17` for the latest 17
    pub(crate) number: String,
    /// Who you are, for the record
    #[arg(long)]
    pub(crate) by: String,
}

/// What people do with an incident.
#[derive(Subcommand)]
pub(crate) enum DeedCommand {
    /// Take an incident on
    Acknowledge {
        #[command(flatten)]
        which: Which,
    },
    /// Say that an incident is over
    Close {
        #[command(flatten)]
        which: Which,
        /// How it ended, in a sentence
        #[arg(long)]
        note: String,
    },
    /// Say that it is not over after all
    Reopen {
        #[command(flatten)]
        which: Which,
        /// Why, in a sentence
        #[arg(long)]
        note: String,
    },
    /// Move it on: reported, verifying, answered, following, closed, reviewed
    Stage {
        #[command(flatten)]
        which: Which,
        /// The new stage
        stage: String,
        /// What there is to say
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Grade the event after verification: I, II, III or IV; `none` takes the grade back
    Grade {
        #[command(flatten)]
        which: Which,
        /// The grade
        grade: String,
        /// What there is to say
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Say what kind of matter it is: enquiry, complaint, rumour, suggestion or incident
    Classify {
        #[command(flatten)]
        which: Which,
        /// The class
        class: String,
        /// What there is to say
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Set a label; without a value, take it off
    Label {
        #[command(flatten)]
        which: Which,
        /// Its key: lower-case letters, digits, `-` and `_`
        key: String,
        /// Its value
        value: Option<String>,
    },
    /// Write something down
    Note {
        #[command(flatten)]
        which: Which,
        /// The text
        text: String,
    },
    /// Contact sheet: ask somebody something
    Ask {
        #[command(flatten)]
        which: Which,
        /// Who is asked
        #[arg(long)]
        of: String,
        /// What is asked
        what: String,
        /// By when the reply is due, such as `2026-11-26 17:00`; without it a day from now. Who
        /// is told of the incident is reminded an hour before, and told when no reply has come
        #[arg(long, value_name = "TIME")]
        by_when: Option<String>,
    },
    /// Contact sheet: write down the reply to an item
    Reply {
        #[command(flatten)]
        which: Which,
        /// The item's number
        item: u32,
        /// The reply
        reply: String,
    },
    /// Add one owner's opinion to the joint assessment
    Assess {
        #[command(flatten)]
        which: Which,
        /// Whose opinion it is
        #[arg(long)]
        owner: String,
        /// The grade that this owner would give
        #[arg(long)]
        grade: Option<String>,
        /// The opinion
        opinion: String,
    },
    /// Attach the factual answer to the public; every later notice shows it
    Answer {
        #[command(flatten)]
        which: Which,
        /// What is said
        text: String,
        /// Where it was published
        #[arg(long)]
        link: Option<String>,
    },
    /// Write down what became of one post
    Outcome {
        #[command(flatten)]
        which: Which,
        /// The 32 hexadecimal digits of the post's id, as `show` gives them
        post: String,
        /// What became of it
        outcome: String,
    },
    /// Merge it into another incident that is the same matter
    Merge {
        #[command(flatten)]
        which: Which,
        /// The other one
        #[arg(long)]
        into: String,
        /// What there is to say
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Make an incident of its own of some of its posts: it stands at the tier that these reach by
    /// themselves, one voice counted for each of their sources, and whoever splits has taken it on
    Split {
        #[command(flatten)]
        which: Which,
        /// The 32 hexadecimal digits of each post's id: `show` gives those of the first post of each
        /// story, with `--format json` all
        #[arg(required = true)]
        posts: Vec<String>,
        /// What there is to say
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// What an operator can confirm.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Confirmed {
    /// The wall clock is right, though it has parted from the monotonic one
    Clock,
    /// The log was made anew on purpose; what it holds now is to be read from its beginning
    NewGeneration,
    /// The ledger was made anew on purpose; what the log holds is to be judged and told again
    NewLedger,
}

#[derive(Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// List what could not be read or delivered
    List {
        /// Most to list
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one, whole
    Show {
        /// Its id, as `list` shows it
        id: String,
    },
    /// Put one back among the posts: what could not be read once may be readable now, or corrected
    Resubmit {
        /// Its id, as `list` shows it
        id: String,
        /// Who you are, for the record
        #[arg(long)]
        by: String,
        /// File with what should have come, in place of what came; `-` is standard input
        #[arg(long, value_name = "FILE")]
        line: Option<PathBuf>,
    },
}
