//! The fields of a TOML file, taken one after another. A fault is noted with its line, and the reading goes on.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::anyhow;
use jiff::civil;
use toml::de::{DeTable, DeValue};

use crate::cli::rules::file::meant;
use crate::cli::text::line_at;
use goodturn::domain::terms::savings::{MILLIONTHS, TEXT_BYTES_MAX};
use goodturn::domain::value::ids::StatementId;
use goodturn::domain::value::money::{Currency, MONEY_MAX};
use goodturn::domain::value::number::Number;

/// A fault of the file.
pub(super) struct Problem {
    pub(super) line: Option<usize>,
    pub(super) told: String,
}

/// Makes the error that lists faults in the order of the file, as `s.toml:7: entry 1 of line: quantity is -3; give 0 or
/// more`.
pub(super) fn refused(path: &Path, what: &str, mut found: Vec<Problem>) -> anyhow::Error {
    found.sort_by_key(|problem| problem.line);
    let path = path.display();
    let told = found.iter().map(|Problem { line, told }| match line {
        Some(line) => format!("  {path}:{line}: {told}"),
        None => format!("  {path}: {told}"),
    });
    anyhow!("{path} {what}:\n{}", told.collect::<Vec<String>>().join("\n"))
}

/// Says that a fault was noted in place of a value.
pub(super) struct Noted;

/// A value, unless its fault was noted.
pub(super) type Read<T> = Result<T, Noted>;

/// A table from which the fields are taken one after another. The fields left over are unknown.
pub(super) struct Fields<'f, 'i> {
    table: DeTable<'i>,
    /// The whole file.
    text: &'i str,
    place: String,
    /// The line where the table begins; `None` for the file itself.
    line: Option<usize>,
    known: Vec<&'static str>,
    /// Lines of the fields that were taken.
    lines: BTreeMap<&'static str, usize>,
    found: &'f mut Vec<Problem>,
}

impl<'f, 'i> Fields<'f, 'i> {
    pub(super) fn new(
        table: DeTable<'i>,
        text: &'i str,
        place: impl Into<String>,
        line: Option<usize>,
        found: &'f mut Vec<Problem>,
    ) -> Self {
        Self { table, text, place: place.into(), line, known: Vec::new(), lines: BTreeMap::new(), found }
    }

    pub(super) fn note(&mut self, field: &str, problem: impl AsRef<str>) -> Noted {
        let line = self.lines.get(field).copied().or(self.line);
        let told = format!("{} {}", within(&self.place, field), problem.as_ref());
        self.found.push(Problem { line, told });
        Noted
    }

    fn take(&mut self, field: &'static str) -> Option<DeValue<'i>> {
        self.known.push(field);
        let value = self.table.remove(field)?;
        self.lines.insert(field, line_at(self.text, value.span().start));
        Some(value.into_inner())
    }

    fn text(&mut self, field: &'static str, example: &str) -> Read<Option<String>> {
        match self.take(field) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text.into_owned())),
            Some(other) => {
                let is = shown(&other);
                Err(self.note(field, format!("is {is}; write it in quotation marks, as {field} = {example:?}")))
            }
        }
    }

    /// Takes text that is kept in an erasable place.
    pub(super) fn words(&mut self, field: &'static str) -> Read<Option<String>> {
        let Some(words) = self.text(field, "words")? else { return Ok(None) };
        if words.len() > TEXT_BYTES_MAX {
            let problem = format!("has {} bytes; at most {TEXT_BYTES_MAX} are allowed", words.len());
            return Err(self.note(field, problem));
        }
        if words.contains('\0') {
            return Err(self.note(field, "holds a NUL character, which databases cannot store"));
        }
        Ok(Some(words))
    }

    pub(super) fn id(&mut self, field: &'static str) -> Read<StatementId> {
        let text = self.text(field, "2018-h2")?;
        let text = text.ok_or_else(|| self.note(field, format!("is required; write {field} = \"2018-h2\"")))?;
        StatementId::parse(&text).map_err(|why| self.note(field, why.to_string()))
    }

    /// Takes a day, as TOML writes it or as text.
    pub(super) fn day(&mut self, field: &'static str) -> Read<civil::Date> {
        let text = match self.take(field) {
            None => return Err(self.note(field, format!("is required; write {field} = 2018-06-01"))),
            Some(DeValue::Datetime(at)) => at.to_string(),
            Some(DeValue::String(text)) => text.into_owned(),
            Some(other) => shown(&other),
        };
        let day = text.parse::<civil::Date>().ok().filter(|day| day.year() >= 1 && day.to_string() == text);
        day.ok_or_else(|| self.note(field, format!("is {text}; give a day of the calendar, as 2018-06-01")))
    }

    /// Takes money as minor units. A number is refused: TOML reads one as it likes, and an amount is exact.
    pub(super) fn money(&mut self, field: &'static str, currency: Currency) -> Read<Option<i64>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let Some(text) = value.as_str() else {
            let (is, example) = (shown(&value), example(number(&value), currency));
            let problem = format!("is {is}; write money in quotation marks, as {field} = {example:?}");
            return Err(self.note(field, problem));
        };
        match currency.parse(text) {
            Ok(minor) if (0..=MONEY_MAX).contains(&minor) => Ok(Some(minor)),
            Ok(_) => Err(self.note(field, format!("is {text}; give 0 to {}", currency.format(MONEY_MAX)))),
            Err(why) => Err(self.note(field, why.to_string())),
        }
    }

    /// Takes a part of one, from so many millionths on: as it is written, and in millionths.
    pub(super) fn part(&mut self, field: &'static str, least: i64) -> Read<Option<(String, i64)>> {
        let Some(text) = self.text(field, "0.5")? else { return Ok(None) };
        let millionths = Number::parse(&text).ok().and_then(|number| number.in_places(6));
        if let Some(millionths) = millionths.filter(|millionths| (least..=MILLIONTHS).contains(millionths)) {
            return Ok(Some((text, millionths)));
        }
        let from = if least == 0 { "from 0" } else { "above 0" };
        Err(self.note(field, format!("is {text:?}; give a decimal {from} to 1 with at most 6 places, as 0.5")))
    }

    pub(super) fn quantity(&mut self, field: &'static str) -> Read<i64> {
        let Some(value) = self.take(field) else {
            return Err(self.note(field, format!("is required; write {field} = 372")));
        };
        let whole = value.as_integer().and_then(|whole| i64::from_str_radix(whole.as_str(), whole.radix()).ok());
        match whole {
            Some(whole) if whole >= 0 => Ok(whole),
            Some(whole) => Err(self.note(field, format!("is {whole}; give 0 or more"))),
            None => {
                let is = shown(&value);
                Err(self.note(field, format!("is {is}; give a whole number, without quotation marks, as 372")))
            }
        }
    }

    /// Takes the tables of an array, as `[[line]]` begins one: one at least.
    pub(super) fn tables<T>(
        &mut self,
        field: &'static str,
        count_max: usize,
        read: impl Fn(&mut Fields<'_, 'i>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let items = match self.take(field) {
            None => return Err(self.note(field, format!("is required; begin each with [[{field}]]"))),
            Some(DeValue::Array(items)) => items,
            Some(other) => {
                return Err(self.note(field, format!("is {}; begin each with [[{field}]]", shown(&other))));
            }
        };
        let count = items.len();
        let mut tables = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let line = line_at(self.text, item.span().start);
            tables.push(match item.into_inner() {
                DeValue::Table(fields) => {
                    let place = format!("entry {} of {}", index + 1, within(&self.place, field));
                    read(&mut Fields::new(fields, self.text, place, Some(line), self.found))
                }
                other => Err(self.note(field, format!("holds {}; begin each with [[{field}]]", shown(&other)))),
            });
        }
        if !(1..=count_max).contains(&count) {
            return Err(self.note(field, format!("stands there {count} times; give 1 to {count_max}")));
        }
        tables.into_iter().collect()
    }

    /// Notes the fields that were not taken.
    pub(super) fn end(&mut self) {
        let left = self.table.keys().map(|name| (name.get_ref().to_string(), name.span().start));
        for (name, begin) in left.collect::<Vec<_>>() {
            let (place, meant) = (within(&self.place, &name), meant(&name, &self.known));
            let told = format!("{place} is no field here{meant}; known are {}", self.known.join(", "));
            self.found.push(Problem { line: Some(line_at(self.text, begin)), told });
        }
    }
}

/// Returns what a value is, for who wrote it.
fn shown(value: &DeValue<'_>) -> String {
    number(value).map_or_else(|| value.type_str().to_owned(), |number| format!("the number {number}"))
}

/// Returns a number as it is written.
fn number<'v>(value: &'v DeValue<'_>) -> Option<&'v str> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}

/// Returns an amount as it must be written: that of a number, or one for example.
fn example(number: Option<&str>, currency: Currency) -> String {
    let minor = number.and_then(|number| currency.parse(number).ok()).filter(|minor| *minor >= 0);
    currency.format(minor.unwrap_or(5 * currency.minor_per_main()))
}

fn within(place: &str, field: &str) -> String {
    if place.is_empty() { field.to_owned() } else { format!("{place}: {field}") }
}
