//! Settings: where each comes from, and what is wrong with them. A file is weaker than the environment, and that than options.

mod command;
mod file;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

pub(super) use self::command::{ConfigArgs, check, run};
use self::file::SettingsFile;
use goodturn::app::{Problem, unusable};
use goodturn::credentials::{read_text, shown};

/// Largest file with the URL of a database, in bytes. Few have a hundredth of it.
const URL_BYTES_MAX: u64 = 64 * 1024;

/// The settings that a command was started with.
pub(super) struct Settings {
    matches: ArgMatches,
    file: Option<SettingsFile>,
    /// The setting by which the file with the database's URL is named, if it is.
    url_from: Option<String>,
}

/// Reasons why a command cannot be started.
pub(super) enum Unreadable {
    /// The command line or the environment, as it is told by whoever parses it.
    Line(clap::Error),
    /// The file, or a file that it names.
    File(Vec<String>),
}

impl Unreadable {
    /// Returns what is wrong, a line for each thing.
    pub(super) fn lines(self) -> Vec<String> {
        match self {
            Self::Line(error) => vec![error.to_string().lines().next().unwrap_or_default().to_owned()],
            Self::File(problems) => problems,
        }
    }
}

impl Settings {
    /// Reads a command line, the environment, and the file that they name.
    ///
    /// # Errors
    /// Tells what is wrong. A call for help is an error, too.
    pub(super) fn read(cli: &Command, line: impl Iterator<Item = OsString>) -> Result<Self, Unreadable> {
        let line: Vec<OsString> = line.collect();
        let first = cli.clone().try_get_matches_from(&line).map_err(Unreadable::Line)?;
        let file = match given::<PathBuf>(&first, "config") {
            Some(path) => Some(SettingsFile::read(&path, serve_of(cli)).map_err(Unreadable::File)?),
            None => None,
        };
        let is_given =
            |id: &str| source(innermost(&first), id).is_some_and(|source| source != ValueSource::DefaultValue);
        let with_file = everywhere(cli.clone(), &|command| match &file {
            Some(file) => file.behind(command, is_given),
            None => command,
        });
        let matches = with_file.clone().try_get_matches_from(&line).map_err(Unreadable::Line)?;
        let mut settings = Self { matches, file, url_from: None };
        let Some(path) = given::<PathBuf>(&settings.matches, "database_file") else { return Ok(settings) };
        let from = settings.origin("database-file");
        if is_given("database") {
            let why =
                format!("{} and {from} both say which database: leave out one of the two", settings.origin("database"));
            return Err(Unreadable::File(vec![why]));
        }
        let wrong = |why: String| Unreadable::File(vec![format!("{from}: {why}")]);
        let url = read_text(&path, URL_BYTES_MAX).map_err(wrong)?;
        if url.trim().lines().count() > 1 {
            return Err(wrong(format!("{} has more than one line: give it one, the URL", shown(&path))));
        }
        let url = OsString::from(url.trim());
        let with_url = everywhere(with_file, &|command| command.mut_args(|arg| with_default(arg, "database", &url)));
        settings.matches = with_url.try_get_matches_from(&line).map_err(Unreadable::Line)?;
        settings.url_from = Some(from);
        Ok(settings)
    }

    /// Returns what was parsed of the command that is run.
    pub(super) fn innermost(&self) -> &ArgMatches {
        innermost(&self.matches)
    }

    /// Returns everything that was parsed.
    pub(super) const fn matches(&self) -> &ArgMatches {
        &self.matches
    }

    /// Returns where a setting comes from, for people.
    fn origin(&self, setting: &str) -> String {
        let id = setting.replace('-', "_");
        match (source(self.innermost(), &id), &self.url_from) {
            (Some(ValueSource::CommandLine), _) => format!("--{setting}"),
            (Some(ValueSource::EnvVariable), _) => format!("GOODTURN_{}", id.to_uppercase()),
            (_, Some(from)) if setting == "database" => from.clone(),
            _ => self.file.as_ref().and_then(|file| file.place(setting)).unwrap_or_else(|| "default".into()),
        }
    }

    /// Returns problems, each with where its setting stands.
    pub(super) fn told(&self, problems: &[Problem]) -> Vec<String> {
        let place = |problem: &Problem| match self.origin(problem.setting) {
            origin if origin.contains(':') => format!("{origin}: {problem}"),
            origin if origin == "default" => problem.to_string(),
            // An option or a variable is the setting's name.
            origin => format!("{origin}: {}", problem.text),
        };
        problems.iter().map(place).collect()
    }

    /// Returns the error for settings that cannot be used.
    pub(super) fn unusable(&self, problems: &[Problem]) -> anyhow::Error {
        unusable(&self.told(problems))
    }
}

/// Takes a path, or a credential of systemd's by its name: `credential:NAME`.
pub(super) fn located() -> impl TypedValueParser<Value = PathBuf> {
    StringValueParser::new().try_map(|text| goodturn::credentials::located(&text))
}

fn serve_of(cli: &Command) -> &Command {
    cli.find_subcommand("serve").expect("it is one of the commands")
}

/// True for an option that a file may give: all but the one that says which file, and what every command has.
fn is_setting(arg: &clap::Arg) -> bool {
    !matches!(arg.get_id().as_str(), "config" | "help" | "version")
}

/// Returns an argument with a default, if it is the one with this long option.
fn with_default(arg: clap::Arg, long: &str, value: &OsString) -> clap::Arg {
    if arg.get_long() == Some(long) { arg.default_value(value.clone()) } else { arg }
}

/// Returns the value of an option of the command that is run, if it takes one and has it.
fn given<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Option<T> {
    innermost(matches).try_get_one::<T>(id).ok().flatten().cloned()
}

/// Returns the matches of the command that is run.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, of_command)| innermost(of_command))
}

fn source(matches: &ArgMatches, id: &str) -> Option<ValueSource> {
    let is_given = matches.try_contains_id(id).unwrap_or_default();
    if is_given { matches.value_source(id) } else { None }
}

/// Changes a command and all those below it.
fn everywhere(command: Command, change: &impl Fn(Command) -> Command) -> Command {
    change(command).mut_subcommands(|below| everywhere(below, change))
}
