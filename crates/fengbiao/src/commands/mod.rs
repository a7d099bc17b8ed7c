//! The commands, one file each.

mod backup;
mod became;
mod check;
mod compare;
mod confirm;
mod dead_letters;
mod deeds;
mod doctor;
mod explain;
mod explain_incident;
mod explain_json;
mod generate;
mod incidents;
mod init;
mod kept_lexicons;
mod on_call;
mod purge;
mod remote;
mod replay;
mod replay_steps;
mod scan;
mod scanned;
mod secrets;
mod silences;
mod stand_ins;
mod typed;

#[cfg(test)]
pub(crate) use explain::post;
pub(crate) use remote::Refused;

use anyhow::bail;

use crate::app::App;
use crate::cli::{Cli, Command, LexiconCommand};
use crate::{config, daemon};

/// Does what was typed. True: done; false: nothing found, or a check failed.
pub(crate) fn dispatch(cli: Cli) -> anyhow::Result<bool> {
    let mut app = App::new(&cli)?;
    match cli.command {
        Command::Run {
            demo,
            roles,
            listen,
        } => {
            if let Some(listen) = listen {
                app.loaded.config.http.listen = listen;
                config::reachable_with_token(&app.loaded.config.http)?;
            }
            daemon::run(app, daemon::Asked { demo, roles })
        }
        Command::Init { folder } => init::run(&folder),
        Command::Scan(asked) => scan::run(&app, &asked),
        Command::Replay {
            steps: Some(folder),
            ..
        } => {
            if cli.lexicon.is_some() {
                bail!(
                    "`--lexicon` has no part in `--steps`: they begin with the hits that were recorded\n\
                     hint: leave it out; `fengbiao scan --against` tells what a lexicon would change"
                );
            }
            replay_steps::run(&app, &folder)
        }
        Command::Replay { input, cards, .. } => replay::run(&app, &input, cards),
        Command::Explain {
            incident: Some(number),
            ..
        } => explain_incident::run(&app, &number),
        Command::Explain {
            text,
            title,
            at,
            rule,
            expression,
            ..
        } => explain::run(
            &app,
            &explain::Asked {
                text: text.unwrap_or_default(),
                title,
                at,
                rule,
                expression,
            },
        ),
        Command::Check => check::run(&app),
        Command::Doctor => doctor::run(&app),
        Command::OnCall(asked) => match asked.change {
            Some(change) => stand_ins::run(&app, change),
            None => on_call::run(&app, asked.at.as_deref(), asked.days),
        },
        Command::Silence { command } => silences::run(&app, command),
        Command::Lexicon { command } => match command {
            LexiconCommand::Check { folder } => {
                app.loaded.config.lexicon_dir = folder.or(app.loaded.config.lexicon_dir);
                check::lexicon(&app)
            }
            LexiconCommand::Publish { folder } => {
                app.loaded.config.lexicon_dir = folder.or(app.loaded.config.lexicon_dir);
                check::publish(&app)
            }
        },
        Command::Incidents { command } => incidents::run(&app, command),
        Command::DeadLetters { command } => dead_letters::run(&app, &command),
        Command::Purge { post, by } => purge::run(&app, &post, &by),
        Command::Confirm { what, by } => confirm::run(&app, what, &by),
        Command::Backup { folder } => backup::backup(&app, &folder),
        Command::Restore { folder } => backup::restore(&app, &folder),
        Command::Generate { folder } => generate::run(&folder),
    }
}
