//! `goodturn config`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Command, FromArgMatches as _, Subcommand};

use super::file::{SettingsFile, try_value};
use super::{Settings, Unreadable, everywhere, given, is_setting, serve_of};
use crate::cli::finance::table::{Side, columns};
use crate::cli::out;
use crate::cli::rules::file::meant;
use crate::cli::serve::ServeArgs;
use goodturn::credentials::shown;

/// Variables of the environment that are no option's.
const OTHER_VARIABLES: [&str; 1] = ["GOODTURN_TOKEN"];

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Lists everything that is wrong with the settings of serve, each with its place and what to do. Takes the options of serve.
    Check(Box<ServeArgs>),
    /// Shows each setting of serve, its value, and where it comes from. Takes the options of serve.
    Show(Box<ServeArgs>),
}

/// Shows the settings. Those that are checked come here only when nothing is wrong with them one by one.
pub(in crate::cli) fn run(args: &ConfigArgs, settings: &Settings) -> anyhow::Result<()> {
    match &args.command {
        ConfigCommand::Check(_) => out::print("nothing is wrong with the settings\n"),
        ConfigCommand::Show(_) => show(settings),
    }
}

fn show(settings: &Settings) -> anyhow::Result<()> {
    let serve = crate::cli::command();
    let rows = serve_of(&serve).get_arguments().filter(|arg| is_setting(arg)).filter_map(|arg| {
        let long = arg.get_long()?;
        Some(vec![long.to_owned(), value(settings, arg), settings.origin(long)])
    });
    let head = [("setting", Side::Left), ("value", Side::Left), ("from", Side::Left)];
    out::print(columns(&head, &rows.collect::<Vec<_>>()))
}

/// Returns the value of a setting as it is shown. The one that may hold a secret is shown without.
fn value(settings: &Settings, arg: &clap::Arg) -> String {
    let matches = settings.innermost();
    let id = arg.get_id().as_str();
    if id == "database" {
        return given::<goodturn::log::DatabaseUrl>(matches, id).map(|url| url.to_string()).unwrap_or_default();
    }
    let raw = matches.try_get_raw(id).ok().flatten().and_then(|mut values| values.next().map(OsString::from));
    raw.map_or_else(|| "-".into(), |raw| shown(Path::new(&raw)))
}

/// Lists everything that is wrong with the settings that a command line of `config check` names, also where other commands would stop at
/// the first fault.
///
/// # Errors
/// The problems.
pub(in crate::cli) fn check(cli: &Command, line: &[OsString]) -> anyhow::Result<()> {
    let serve = serve_of(cli);
    let mut problems = of_environment(cli, serve);
    let bare = everywhere(cli.clone(), &|command| {
        command.mut_args(|arg| if arg.get_id() == "config" { arg } else { arg.env(None) })
    });
    let matches = bare.get_matches_from(line);
    if let Some(path) = given::<PathBuf>(&matches, "config")
        && let Err(wrong) = SettingsFile::read(&path, serve)
    {
        problems.extend(wrong);
    }
    if problems.is_empty() {
        match Settings::read(cli, line.iter().cloned()) {
            Ok(settings) => {
                let args = ServeArgs::from_arg_matches(settings.innermost())?;
                problems = args.config().err().map(|wrong| settings.told(&wrong)).unwrap_or_default();
            }
            Err(Unreadable::File(wrong)) => problems = wrong,
            Err(Unreadable::Line(error)) => error.exit(),
        }
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("{}", problems[0]),
        count => bail!("{count} settings are wrong:\n- {}", problems.join("\n- ")),
    }
}

/// Returns what is wrong with variables of the environment: values that no option would take, and names that are nobody's.
fn of_environment(cli: &Command, serve: &Command) -> Vec<String> {
    let names = serve.get_arguments().filter_map(|arg| {
        let (name, long) = (arg.get_env()?.to_str()?, arg.get_long()?);
        let text = std::env::var(name).ok()?;
        try_value(long, &text, serve).map(|why| format!("{name}: {why}"))
    });
    let mut problems: Vec<String> = names.collect();
    let known = variables(cli);
    let known: Vec<&str> = known.iter().map(String::as_str).chain(OTHER_VARIABLES).collect();
    let given = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in given.filter(|name| name.starts_with("GOODTURN_") && !known.contains(&name.as_str())) {
        problems.push(format!("{name} is no variable of this program{}", meant(&name, &known)));
    }
    problems
}

/// Returns the variables of all options.
fn variables(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()));
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}
