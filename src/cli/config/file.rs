//! The file of settings: TOML whose keys are the long options of `serve`. Each value is read as the option would read it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::is_setting;
use crate::cli::rules::file::meant;
use crate::cli::text::line_at;
use goodturn::credentials::read_text;

/// The largest file that is read. One with every setting and its explanation has a tenth of this.
const BYTES_MAX: u64 = 64 * 1024;

/// A file of settings that was read.
pub(crate) struct SettingsFile {
    path: PathBuf,
    values: BTreeMap<String, Value>,
}

/// The value of a setting.
struct Value {
    text: String,
    line: usize,
}

impl SettingsFile {
    /// Reads a file. `serve` says which settings there are.
    ///
    /// # Errors
    /// Lists everything that is wrong, each with its line and what to do.
    pub(crate) fn read(path: &Path, serve: &Command) -> Result<Self, Vec<String>> {
        let shown = path.display();
        let text = read_text(path, BYTES_MAX).map_err(|why| vec![why])?;
        let table = DeTable::parse(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(&text, span.start));
            vec![format!("{shown}:{line}: this is no TOML: {}", error.message())]
        })?;
        let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
        for (key, value) in table.get_ref() {
            let line = line_at(&text, key.span().start);
            match read_value(key.get_ref(), value, serve) {
                Ok(text) => drop(values.insert(key.get_ref().to_string(), Value { text, line })),
                Err(why) => problems.push((line, why)),
            }
        }
        if let (Some(url), Some(file)) = (values.get("database"), values.get("database-file")) {
            let why = "database and database-file both say which database: leave out one of the two";
            problems.push((url.line.max(file.line), why.into()));
        }
        if problems.is_empty() {
            return Ok(Self { path: path.into(), values });
        }
        problems.sort();
        Err(problems.into_iter().map(|(line, why)| format!("{shown}:{line}: {why}")).collect())
    }

    /// Has a command take these values where neither an option nor the environment gives one.
    pub(crate) fn behind(&self, command: Command, is_given: impl Fn(&str) -> bool) -> Command {
        // Whoever names another database means that one, however it is named.
        let names_database = is_given("database") || is_given("database_file");
        command.mut_args(|arg| {
            let key = arg.get_long().unwrap_or_default().to_owned();
            match self.values.get(&key) {
                Some(_) if names_database && key.starts_with("database") => arg,
                Some(value) => arg.default_value(OsString::from(value.text.clone())),
                None => arg,
            }
        })
    }

    /// Returns where a setting stands, as `goodturn.toml:3`; `None` when it is not in the file.
    pub(crate) fn place(&self, setting: &str) -> Option<String> {
        self.values.get(setting).map(|value| format!("{}:{}", self.path.display(), value.line))
    }
}

/// Reads the value of a setting as its option would.
fn read_value(key: &str, value: &Spanned<DeValue<'_>>, serve: &Command) -> Result<String, String> {
    let known: Vec<&str> = serve.get_arguments().filter(|arg| is_setting(arg)).filter_map(Arg::get_long).collect();
    if !known.contains(&key) {
        return Err(format!("there is no setting {key:?}{}", meant(key, &known)));
    }
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        _ => return Err(format!("{key} must be a text, a number, or true or false")),
    };
    match try_value(key, &text, serve) {
        None => Ok(text),
        Some(why) => Err(format!("{key}: {why}")),
    }
}

/// Returns why an option would not take a value; `None` when it does.
pub(super) fn try_value(key: &str, text: &str, serve: &Command) -> Option<String> {
    let alone = serve.clone().mut_args(|arg| arg.env(None));
    let error = alone.try_get_matches_from(["serve".to_owned(), format!("--{key}={text}")]).err()?;
    let why = std::error::Error::source(&error).map(ToString::to_string);
    let possible = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => Some(format!("give one of {}", values.join(", "))),
        _ => None,
    };
    Some(why.or(possible).unwrap_or_else(|| "it cannot be read".into()))
}
