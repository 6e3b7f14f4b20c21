//! A rule set as a TOML file, with the field names of the API.
//!
//! The limits of rules are not here. A file becomes the message that would be published, which is parsed as the API
//! parses it. Only the mistakes of a file are found here: its syntax, the names of fields, the types of values. A field
//! that cannot be read is reported and left out, so that everything else can still be checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use prost_types::Timestamp;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use goodturn::domain::terms::caps::CapWindow;
use goodturn::domain::terms::problem::Problem;
use goodturn::domain::terms::rules::set::RuleSet;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::Micros;
use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::rule::Wait;
use goodturn::wire::{money, read_rule_set, time};

use super::expiry::read_expiry;
use crate::cli::text::line_at;

/// Least likeness at which one name may be meant by another (Jaro and Winkler's measure, 0 to 1): `pionts` is 0.95 like
/// `points`, `colour` 0.54 like `cap_id`.
const LIKENESS_MIN: f64 = 0.75;

/// Reads a rule set from a file, for a programme with this currency. The set has no name: its publisher gives it one.
///
/// # Errors
/// Lists all faults of the file, with their lines.
pub(crate) fn read(path: &Path, currency: &str) -> anyhow::Result<pb::RuleSet> {
    let currency = Currency::from_code(currency).ok_or_else(|| anyhow!("{currency:?} is no currency of ISO 4217"))?;
    let file = RuleFile::open(path, currency)?;
    match file.checked(currency) {
        Ok(_) => Ok(file.rules),
        Err(problems) => Err(file.refused(&problems)),
    }
}

/// A rule set, and the place of each part in its file.
pub(super) struct RuleFile {
    path: PathBuf,
    /// The parts that could be read, without a name.
    pub(super) rules: pb::RuleSet,
    /// The parts that cannot be read.
    found: Vec<Problem>,
    /// Lines by place, as `rules[2].points`.
    lines: BTreeMap<String, usize>,
}

impl RuleFile {
    /// Reads a file as far as it can be read.
    ///
    /// # Errors
    /// Says why the file cannot be opened, or lists the places where it is not TOML.
    pub(super) fn open(path: &Path, currency: Currency) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::of(path, &text, currency)
    }

    /// Reads the text of a file in the same way.
    pub(super) fn of(path: &Path, text: &str, currency: Currency) -> anyhow::Result<Self> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let line = |error: &toml::de::Error| line_at(text, error.span().map_or(0, |span| span.start));
            let mut told: Vec<_> = errors.iter().map(|error| (line(error), error.message())).collect();
            told.sort_unstable();
            let listed: Vec<String> =
                told.iter().map(|(line, said)| format!("  {}:{line}: {said}", path.display())).collect();
            bail!("{} is no TOML:\n{}", path.display(), listed.join("\n"));
        }
        let mut lines = BTreeMap::new();
        note_lines(text, "", table.get_ref(), &mut lines);
        let mut found = Vec::new();
        let rules = rule_set(&mut Table::new(table.into_inner(), "", &mut found), currency);
        Ok(Self { path: path.into(), rules, found, lines })
    }

    /// Returns the rules as they are checked when they are published, or all faults of the file in its order. Faults
    /// between rules and caps are looked for when each of them is well formed.
    pub(super) fn checked(&self, currency: Currency) -> Result<RuleSet, Vec<Problem>> {
        // The file says neither the programme nor the version.
        let name = "programs/any/ruleSets/1".into();
        let parsed = read_rule_set(Some(pb::RuleSet { name, ..self.rules.clone() }), Some(currency));
        let violations = match parsed {
            Ok((_, rules)) if self.found.is_empty() => return Ok(rules),
            parsed => parsed.err().unwrap_or_default(),
        };
        let further = violations.into_iter().map(|violation| Problem {
            place: violation.field.trim_start_matches("rule_set.").to_owned(),
            problem: violation.problem,
        });
        // Nothing else can be said of a field that could not be read.
        let further = further.filter(|problem| self.found.iter().all(|found| found.place != problem.place));
        let mut all: Vec<Problem> = self.found.iter().cloned().chain(further).collect();
        all.sort_by_key(|problem| self.line(&problem.place));
        Err(all)
    }

    /// Makes the error that lists problems, each on a line, as
    /// `rules.toml:12: rules[2].per_quantity is 0; give 1 to 1000000000`.
    pub(super) fn refused(&self, problems: &[Problem]) -> anyhow::Error {
        let path = self.path.display();
        let told = |problem: &Problem| match self.line(&problem.place) {
            Some(line) => format!("  {path}:{line}: {} {}", problem.place, problem.problem),
            None => format!("  {path}: {} {}", problem.place, problem.problem),
        };
        let listed: Vec<String> = problems.iter().map(told).collect();
        anyhow!("{path} cannot be published:\n{}", listed.join("\n"))
    }

    /// Returns the line of a place, or of the part that it would stand in.
    fn line(&self, place: &str) -> Option<usize> {
        // `rules[2].cap_id`, `rules[2]`, `rules`.
        let mut places = std::iter::successors(Some(place), |place| Some(&place[..place.rfind(['.', '['])?]));
        places.find_map(|place| self.lines.get(place).copied())
    }
}

fn rule_set(table: &mut Table<'_, '_>, currency: Currency) -> pb::RuleSet {
    let set = pb::RuleSet {
        in_force_from: table.time("in_force_from"),
        rules: table.each("rules", |rule| read_rule(rule, currency)),
        caps: table.each("caps", read_cap),
        expiry: table.table("expiry", read_expiry),
        ..pb::RuleSet::default()
    };
    table.end();
    set
}

fn read_rule(table: &mut Table<'_, '_>, currency: Currency) -> pb::Rule {
    pb::Rule {
        rule_id: table.text("rule_id"),
        activity_kind: table.text("activity_kind"),
        points: table.number("points").unwrap_or_default(),
        per_amount: table.money("per_amount", currency),
        condition: table.text("condition"),
        cap_id: table.text("cap_id"),
        wait: read_wait(table),
        exclusive: table.text("exclusive"),
        exclusive_holder: table.holder("exclusive_holder").into(),
        follows: table.table("follows", |follows| pb::Follows {
            rule_id: follows.text("rule_id"),
            within_days: follows.number("within_days").unwrap_or_default(),
            past_cap: follows.flag("past_cap"),
        }),
        starts_at: table.time("starts_at"),
        ends_at: table.time("ends_at"),
        rounding: table.rounding("rounding").into(),
        per_quantity: table.number("per_quantity"),
        max_points: table.number("max_points"),
        min_amount_left: table.money("min_amount_left", currency),
    }
}

fn read_wait(table: &mut Table<'_, '_>) -> Option<Wait> {
    let confirm = table.number("confirm_within_days").map(Wait::ConfirmWithinDays);
    let vest = table.number("vest_after_days").map(Wait::VestAfterDays);
    if confirm.is_some() && vest.is_some() {
        table.note("vest_after_days", "cannot stand beside confirm_within_days: a rule waits for one of them");
    }
    confirm.or(vest)
}

fn read_cap(table: &mut Table<'_, '_>) -> pb::Cap {
    pb::Cap {
        cap_id: table.text("cap_id"),
        window: table.window("window").into(),
        limit_points: table.number("limit_points").unwrap_or_default(),
        within_cap_id: table.text("within_cap_id"),
    }
}

/// A table from which the fields are taken one after another. The fields left over are unknown.
pub(super) struct Table<'f, 'i> {
    fields: DeTable<'i>,
    place: String,
    known: Vec<&'static str>,
    found: &'f mut Vec<Problem>,
}

impl<'f, 'i> Table<'f, 'i> {
    fn new(fields: DeTable<'i>, place: impl Into<String>, found: &'f mut Vec<Problem>) -> Self {
        Self { fields, place: place.into(), known: Vec::new(), found }
    }

    pub(super) fn note(&mut self, field: &str, problem: impl Into<String>) {
        self.found.push(Problem { place: within(&self.place, field), problem: problem.into() });
    }

    pub(super) fn take(&mut self, field: &'static str) -> Option<DeValue<'i>> {
        self.known.push(field);
        self.fields.remove(field).map(Spanned::into_inner)
    }

    fn text(&mut self, field: &'static str) -> String {
        match self.take(field) {
            None => String::new(),
            Some(DeValue::String(text)) => text.into_owned(),
            Some(other) => {
                self.note(field, format!("is {}; give text in quotation marks", other.type_str()));
                String::new()
            }
        }
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, field: &'static str) -> Option<T> {
        let value = self.take(field)?;
        let number = value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        let parsed = number.and_then(|number| T::try_from(number).ok());
        if parsed.is_none() {
            let is = if value.is_integer() { "too large" } else { value.type_str() };
            self.note(field, format!("is {is}; give a whole number, without quotation marks"));
        }
        parsed
    }

    pub(super) fn flag(&mut self, field: &'static str) -> bool {
        let value = self.take(field);
        let flag = value.as_ref().and_then(DeValue::as_bool);
        if let (Some(value), None) = (value, flag) {
            self.note(field, format!("is {}; give true or false", value.type_str()));
        }
        flag.unwrap_or_default()
    }

    /// Takes a time with its offset, as TOML writes it or as text. So no time depends on an agreed zone.
    fn time(&mut self, field: &'static str) -> Option<Timestamp> {
        let text = match self.take(field)? {
            DeValue::Datetime(at) => at.to_string(),
            DeValue::String(text) => text.into_owned(),
            other => other.type_str().to_owned(),
        };
        let parsed = Micros::from_rfc3339(&text);
        if let Err(why) = parsed {
            self.note(field, format!("is {text}, {why}"));
        }
        parsed.ok().map(time)
    }

    fn money(&mut self, field: &'static str, currency: Currency) -> Option<Money> {
        let value = self.take(field)?;
        let minor = value.as_str().map(|text| currency.parse(text).map_err(|why| why.to_string()));
        let minor = minor.unwrap_or_else(|| {
            let example = currency.format(5 * currency.minor_per_main());
            let (is, code) = (value.type_str(), currency.code());
            Err(format!("is {is}; give an amount of {code} in quotation marks, as \"{example}\""))
        });
        minor.map(|minor| money(minor, currency)).map_err(|problem| self.note(field, problem)).ok()
    }

    /// Takes one of the named values of the API. `None` also when the field has another value, which is reported.
    fn one_of<T>(&mut self, field: &'static str, names: &[&str], read: fn(&str) -> Option<T>) -> Option<T> {
        let value = self.take(field)?;
        let text = value.as_str().unwrap_or_default();
        let read = names.contains(&text).then(|| read(&text.to_uppercase())).flatten();
        if read.is_none() {
            self.note(field, format!("is {text:?}; give {}{}", names.join(", "), meant(text, names)));
        }
        read
    }

    fn holder(&mut self, field: &'static str) -> pb::ExclusiveHolder {
        let read = |name: &str| pb::ExclusiveHolder::from_str_name(&format!("EXCLUSIVE_HOLDER_{name}"));
        self.one_of(field, &["latest", "earliest_standing"], read).unwrap_or_default()
    }

    fn rounding(&mut self, field: &'static str) -> pb::Rounding {
        let read = |name: &str| pb::Rounding::from_str_name(&format!("ROUNDING_{name}"));
        self.one_of(field, &["down", "half_up", "whole_steps"], read).unwrap_or_default()
    }

    fn window(&mut self, field: &'static str) -> pb::CapWindow {
        let names = CapWindow::ALL.map(CapWindow::name);
        if !self.fields.contains_key(field) {
            self.note(field, format!("is required; give {}", names.join(", ")));
        }
        let read = |name: &str| pb::CapWindow::from_str_name(&format!("CAP_WINDOW_{name}"));
        self.one_of(field, &names, read).unwrap_or_default()
    }

    /// Takes a table within this one, with all its fields.
    fn table<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Table<'_, 'i>) -> T) -> Option<T> {
        match self.take(field)? {
            DeValue::Table(fields) => {
                let mut table = Table::new(fields, within(&self.place, field), self.found);
                let value = read(&mut table);
                table.end();
                Some(value)
            }
            other => {
                self.note(field, format!("is {}; give a table", other.type_str()));
                None
            }
        }
    }

    /// Takes the tables of an array, as `[[rules]]` begins one.
    fn each<T>(&mut self, field: &'static str, read: impl Fn(&mut Table<'_, 'i>) -> T) -> Vec<T> {
        let items: Vec<DeTable<'i>> = match self.take(field) {
            None => return Vec::new(),
            Some(DeValue::Array(items)) if items.iter().all(|item| item.get_ref().is_table()) => {
                let tables = items.into_iter().filter_map(|item| match item.into_inner() {
                    DeValue::Table(table) => Some(table),
                    _ => None,
                });
                tables.collect()
            }
            Some(_) => {
                self.note(field, format!("is no list of tables; begin each with [[{field}]]"));
                return Vec::new();
            }
        };
        let read_one = |(index, fields): (usize, DeTable<'i>)| {
            let mut table = Table::new(fields, format!("{}[{index}]", within(&self.place, field)), self.found);
            let value = read(&mut table);
            table.end();
            value
        };
        items.into_iter().enumerate().map(read_one).collect()
    }

    /// Reports the fields that were not taken.
    fn end(&mut self) {
        let left: Vec<String> = self.fields.keys().map(|name| name.get_ref().to_string()).collect();
        for name in left {
            let problem = format!("is no field here{}; known are {}", meant(&name, &self.known), self.known.join(", "));
            self.note(&name, problem);
        }
    }
}

/// Returns the name that may be meant by another, as text to append.
pub(in crate::cli) fn meant(name: &str, known: &[&str]) -> String {
    let like = |known: &&&str| strsim::jaro_winkler(name, known);
    let nearest = known.iter().max_by(|one, other| like(one).total_cmp(&like(other)));
    nearest
        .filter(|known| like(known) >= LIKENESS_MIN)
        .map_or_else(String::new, |known| format!(" (is {known} meant?)"))
}

fn within(place: &str, field: &str) -> String {
    if place.is_empty() { field.to_owned() } else { format!("{place}.{field}") }
}

fn note_lines(text: &str, place: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let place = within(place, name.get_ref());
        lines.insert(place.clone(), line_at(text, name.span().start));
        match value.get_ref() {
            DeValue::Table(inner) => note_lines(text, &place, inner, lines),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{place}[{index}]");
                    lines.insert(place.clone(), line_at(text, item.span().start));
                    if let DeValue::Table(inner) = item.get_ref() {
                        note_lines(text, &place, inner, lines);
                    }
                }
            }
            _ => {}
        }
    }
}
