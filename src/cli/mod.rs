//! The command line.

mod access;
mod acts;
mod backup;
mod choices;
mod config;
#[cfg(test)]
#[path = "../../tests/suite/support/corpus.rs"]
#[expect(unreachable_pub, reason = "the suite shares it")]
mod corpus;
mod demo;
mod export;
mod finance;
mod flags;
mod history;
mod import;
mod keys;
mod logs;
mod migrate;
mod out;
mod pages;
mod payments;
mod payout;
mod rules;
mod savings;
mod serve;
mod server;
mod sheet;
mod text;
mod verify;
mod watch;

#[cfg(feature = "fuzzing")]
pub(crate) use self::{import::fuzzing::import_lines, rules::fuzzing::rule_file};

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::config::{Settings, Unreadable};
use goodturn::app::{DEFAULT_DATABASE, unusable};
use goodturn::domain::value::ids::ProgramId;
use goodturn::log::{DatabaseUrl, Log, Purpose};

/// An append-only ledger of reward points, with payouts two people sign and anyone can check.
#[derive(Debug, Parser)]
#[command(name = "goodturn", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the gRPC API until it is told to stop (SIGTERM or Ctrl-C).
    Serve(Box<serve::ServeArgs>),
    /// Replays a community's first months through a real server, pays a pool out, and shows the result.
    Demo(demo::DemoArgs),
    /// Creates a database, or brings its schema up to date.
    Migrate(migrate::MigrateArgs),
    /// Checks and shows the settings of serve: a file's, the environment's, and those of the command line.
    Config(config::ConfigArgs),
    /// Copies a database to a file, as of one moment, while a server may be writing to it.
    Backup(backup::BackupArgs),
    /// Recomputes every programme from its log, and names the first entry that is not as it was recorded.
    Verify(verify::VerifyArgs),
    /// Writes reports as files: shares, register, payments, roll-forward, tax years, journals, statements,
    /// leaderboards.
    Export(Box<export::ExportArgs>),
    /// Closes a month: checks everything up to its end, and writes one page that says so.
    Close(Box<export::CloseArgs>),
    /// Checks, tries and publishes a programme's rules, from a file.
    Rules(rules::RulesArgs),
    /// Lists what looks like abuse, for a person to look into: evidence, and no punishment.
    Flags(flags::FlagsArgs),
    /// Prints a member's history, newest first, in sentences that can be sent to the member.
    History(history::HistoryArgs),
    /// Declares what a community saved, has it approved by a second person, corrects and shows it.
    Savings(savings::SavingsArgs),
    /// Shares money out: previews, drafts, approves, executes and explains payouts.
    Payout(payout::PayoutArgs),
    /// Sets how members want their money, and closes a payout's choices: what is paid, carried, given or lapses.
    Choices(choices::ChoicesArgs),
    /// Pays members: says where money goes, draws up batches, exports their files, and reports what came back.
    Payments(payments::PaymentsArgs),
    /// Creates, lists and revokes the API keys of a programme.
    Keys(keys::KeysArgs),
    /// Shows who may do what on a programme, and lets an owner in again where none is left.
    Access(access::AccessArgs),
    /// Lists what was done on a programme beside recording what members did: by whom, when, and why.
    Acts(acts::ActsArgs),
    /// Sends what members did to a server, from files of JSON Lines or CSV.
    Import(Box<import::ImportArgs>),
}

/// The database to use.
#[derive(Debug, Clone, clap::Args)]
struct DatabaseArgs {
    /// File of settings, in TOML, whose keys are the long options of serve. It is weaker than `GOODTURN_…`, and than options.
    #[arg(long, env = "GOODTURN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// URL of the database, as `sqlite://goodturn.db` or `postgres://user@host/name`.
    #[arg(
        long, env = "GOODTURN_DATABASE", hide_env_values = true, default_value = DEFAULT_DATABASE, value_name = "URL",
        value_parser = database_url()
    )]
    database: DatabaseUrl,
    /// File that holds the URL of the database, for one with a password. `credential:NAME` is a credential of systemd's.
    #[arg(long, env = "GOODTURN_DATABASE_FILE", value_name = "FILE", value_parser = config::located())]
    database_file: Option<PathBuf>,
}

impl DatabaseArgs {
    /// Opens a database that exists and is up to date.
    async fn open(&self) -> anyhow::Result<Arc<dyn Log>> {
        Ok(goodturn::log::open(self.database.clone(), Purpose::Read).await?)
    }
}

/// Runs the command line, and returns the exit code.
pub(crate) async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            out::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns the command line as it is parsed.
fn command() -> clap::Command {
    Cli::command()
}

async fn run() -> anyhow::Result<ExitCode> {
    let line: Vec<OsString> = std::env::args_os().collect();
    if line.get(1).is_some_and(|word| word == "config") && line.get(2).is_some_and(|word| word == "check") {
        config::check(&command(), &line)?;
    }
    let settings = match Settings::read(&command(), line.into_iter()) {
        Ok(settings) => settings,
        Err(Unreadable::Line(error)) => error.exit(),
        Err(Unreadable::File(problems)) => return Err(unusable(&problems)),
    };
    match Cli::from_arg_matches(settings.matches())?.command {
        Command::Serve(args) => serve::run(*args, &settings).await,
        Command::Config(args) => config::run(&args, &settings),
        Command::Demo(args) => demo::run(args).await,
        Command::Migrate(args) => migrate::run(&args).await,
        Command::Backup(args) => backup::run(&args).await,
        Command::Verify(args) => verify::run(&args).await,
        Command::Export(args) => return export::run(&args).await,
        Command::Close(args) => return export::close(&args).await,
        Command::Rules(args) => rules::run(&args).await,
        Command::Flags(args) => flags::run(&args).await,
        Command::History(args) => history::run(&args).await,
        Command::Savings(args) => savings::run(&args).await,
        Command::Payout(args) => payout::run(&args).await,
        Command::Choices(args) => return choices::run(&args).await,
        Command::Payments(args) => return Box::pin(payments::run(&args)).await,
        Command::Keys(args) => keys::run(&args).await,
        Command::Access(args) => access::run(&args).await,
        Command::Acts(args) => acts::run(&args).await,
        Command::Import(args) => return import::run(&args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the URL of a database from the command line. A mistyped one is refused later, by an error that does not show it.
fn database_url() -> impl TypedValueParser<Value = DatabaseUrl> {
    StringValueParser::new().map(DatabaseUrl::from)
}

/// Reads a programme's id from the command line.
fn program_id(text: &str) -> Result<ProgramId, String> {
    ProgramId::parse(text).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::command;

    /// Options that share a name, or ask for one that is not there, end a command before it begins.
    #[test]
    fn the_options_of_every_command_go_together() {
        command().debug_assert();
    }
}
