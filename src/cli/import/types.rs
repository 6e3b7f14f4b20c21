//! The types of attributes. In a file each attribute has one: its header tells it, or else its first value. The rules
//! have no part in it, so a file means the same for ever.

use std::collections::BTreeMap;

use super::debris;
use goodturn::domain::terms::activity::AttributeType;
use goodturn::domain::value::number::Number;
use goodturn::pb::attribute_value::Value;

/// Most attributes of a file. An activity has at most 32, and a scheme knows a few dozen; a file in which names are
/// values, as dates, would let memory grow with its length.
const NAMES_MAX: usize = 1_000;

/// The types of a file's attributes, as far as their values told them, and the line of each that did.
#[derive(Debug, Clone, Default)]
pub(super) struct Types {
    told: BTreeMap<String, (AttributeType, u64)>,
    /// The first cells of columns that begin with an odd cell, which tells no type, and their lines.
    odd: BTreeMap<String, (String, u64)>,
}

impl Types {
    /// Takes the type of a value in. The first value of an attribute tells the type of all.
    ///
    /// # Errors
    /// Says what the attribute is, if this value is something else.
    pub(super) fn take(&mut self, name: &str, found: AttributeType, line: u64) -> Result<(), String> {
        match self.told.get(name) {
            Some((told, _)) if *told == found => Ok(()),
            Some((told, first)) => Err(format!("{}, and on line {first} {}", of(found), of(*told))),
            None if self.told.len() == NAMES_MAX => Err(format!(
                "an attribute beyond {NAMES_MAX} others of the file; put what differs from line to line into values"
            )),
            None => {
                self.told.insert(name.to_owned(), (found, line));
                Ok(())
            }
        }
    }

    /// Lists the columns that begin with an odd cell. Whether they hold numbers or texts must be said.
    pub(super) fn unasked(&self) -> Vec<(u64, String)> {
        let told = |(name, (cell, line)): (&String, &(String, u64))| {
            let ask = format!("attributes.{name} begins with {cell:?}, which tells no type: name the column");
            (*line, format!("{ask} attributes.{name}:text, or :number, :decimal, :flag, in the first row"))
        };
        self.odd.iter().map(told).collect()
    }

    /// Returns the type that values told.
    pub(super) fn told(&self, name: &str) -> Option<Typed> {
        self.told.get(name).map(|(told, _)| match told {
            AttributeType::Text => Typed::Text,
            AttributeType::Number => Typed::Decimal,
            AttributeType::Flag => Typed::Flag,
        })
    }

    /// Reads a cell of CSV by its look. An odd cell tells nothing.
    ///
    /// # Errors
    /// Says how to mend the cell, or its column.
    pub(super) fn read(&mut self, name: &str, cell: &str, line: u64) -> Result<Value, String> {
        let value = look(cell).map_err(|why| {
            if !self.told.contains_key(name) && self.odd.len() < NAMES_MAX {
                self.odd.entry(name.to_owned()).or_insert_with(|| (cell.to_owned(), line));
            }
            format!("{why}; {}", or_text(name))
        })?;
        self.take(name, type_of(&value), line).map_err(|why| {
            format!("is {cell:?}, {why}; mend it, or say the column's type in the first row, as attributes.{name}:text")
        })?;
        Ok(value)
    }
}

/// Returns the advice to a column whose type its cells do not tell.
fn or_text(name: &str) -> String {
    format!("if the column holds texts, name it attributes.{name}:text in the first row")
}

/// The type of a column, as its header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    Text,
    /// Whole numbers.
    Number,
    /// Numbers, whole or not.
    Decimal,
    Flag,
}

impl Typed {
    const ALL: [Self; 4] = [Self::Text, Self::Number, Self::Decimal, Self::Flag];

    /// Returns its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Flag => "flag",
        }
    }

    /// Finds a type by its name.
    ///
    /// # Errors
    /// Says which names are known.
    pub(super) fn of(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|typed| typed.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("has the type {name:?} behind its last colon; known are {known}")
        })
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// Says what the cell should be.
    pub(super) fn read(self, cell: String) -> Result<Value, String> {
        match self {
            Self::Text => Ok(Value::Text(cell)),
            Self::Number => match Number::parse(&cell) {
                Ok(Number::Whole(number)) => Ok(Value::Number(number)),
                Ok(Number::Decimal(_)) => Err(format!("is {cell:?}, no whole number; a column of :decimal takes it")),
                Err(why) => Err(format!("is {cell:?}, {why}")),
            },
            Self::Decimal => Number::parse(&cell).map(number).map_err(|why| format!("is {cell:?}, {why}")),
            Self::Flag => flag(&cell).map(Value::Flag).ok_or_else(|| format!("is {cell:?}; give true or false")),
        }
    }
}

/// Returns the value that a cell looks like.
fn look(cell: &str) -> Result<Value, String> {
    if let Some(flag) = flag(cell) {
        return Ok(Value::Flag(flag));
    }
    let trimmed = cell.trim();
    match Number::parse(cell) {
        Ok(exact) => Ok(number(exact)),
        Err(why) if is_like_a_number(trimmed) => Err(format!("is {cell:?}, {why}")),
        Err(_) if ["true", "false"].iter().any(|flag| trimmed.eq_ignore_ascii_case(flag)) => {
            Err(format!("is {cell:?}; give true or false"))
        }
        Err(_) if debris::is_nothing(trimmed) => Err(format!("is {cell:?}, {}", debris::NOTHING)),
        Err(_) => Ok(Value::Text(cell.to_owned())),
    }
}

/// Reads a flag, also as spreadsheets and Python write it.
fn flag(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// True when a text may be meant as a number, though it is not in plain digits: `4,5`, `05`, `+1`, `1.2E+05`, `1 000`.
/// Dates and times are not meant so.
fn is_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-', '−']).unwrap_or(text);
    let (digits, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digit = |c: char| c.is_ascii_digit();
    let is_of_a_number = |c: char| is_digit(c) || matches!(c, '.' | ',' | '_' | '\'' | '’') || c.is_whitespace();
    digits.contains(is_digit) && digits.chars().all(is_of_a_number) && exponent.chars().all(is_digit)
}

/// Returns a number as a value of the API.
pub(super) fn number(number: Number) -> Value {
    match number {
        Number::Whole(number) => Value::Number(number),
        Number::Decimal(decimal) => Value::Decimal(decimal.to_string()),
    }
}

/// Returns the type of a value.
pub(super) const fn type_of(value: &Value) -> AttributeType {
    match value {
        Value::Text(_) => AttributeType::Text,
        Value::Number(_) | Value::Decimal(_) => AttributeType::Number,
        Value::Flag(_) => AttributeType::Flag,
    }
}

/// Returns a type in words.
pub(super) const fn of(named: AttributeType) -> &'static str {
    match named {
        AttributeType::Text => "a text",
        AttributeType::Number => "a number",
        AttributeType::Flag => "true or false",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_what_it_looks_like_or_else_how_to_mend_it_is_told() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let decimal = |text: &str| Ok(Value::Decimal(text.to_owned()));
        assert_eq!([look("17"), look("5.0"), look("-3")], [17, 5, -3].map(|number| Ok(Value::Number(number))));
        assert_eq!(look("-9223372036854775808"), Ok(Value::Number(i64::MIN)));
        assert_eq!([look("4.5"), look("4.50")], [decimal("4.5"), decimal("4.5")]);
        for (cells, flag) in [(["true", "True", "TRUE"], true), (["false", "False", "FALSE"], false)] {
            assert_eq!(cells.map(look), [(); 3].map(|()| Ok(Value::Flag(flag))));
        }
        for cell in
            ["gold", "2024-05-04", "12:30", "10%", "€5", "5 kg", "SW1A 1AA", "-", "x", "e5", "yes", "none", "v1.2"]
        {
            assert_eq!(look(cell), text(cell));
        }
        let odd = ["007", "+1", "4,5", "1.000,00", "1 000", "1_000", "1e3", "1.2E+05", "-0", ".5", "5.", " 5", "1.2.3"];
        for cell in odd.into_iter().chain(["9223372036854775808", "0.0000000001", "−5", "'5"]) {
            let told = look(cell).expect_err(cell);
            assert!(told.contains("number"), "{cell}: {told}");
        }
        for cell in ["tRUE", " true", "NULL", "#N/A", "NaN", "None", "n/a", "#REF!"] {
            assert!(look(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn the_first_value_tells_the_type_of_all_and_an_odd_one_tells_nothing() {
        let mut types = Types::default();
        let mut read = |name: &str, cell: &str, line| types.read(name, cell, line);
        assert!(
            read("rating", "4,5", 2)
                .is_err_and(|told| told.ends_with("name it attributes.rating:text in the first row"))
        );
        assert_eq!(read("rating", "5", 3), Ok(Value::Number(5)));
        assert_eq!(read("rating", "4.5", 4), Ok(Value::Decimal("4.5".into())));
        let told = "is \"good\", a text, and on line 3 a number; mend it, or say the column's type in the first row, as \
                    attributes.rating:text";
        assert_eq!(read("rating", "good", 5), Err(told.to_owned()));
        assert_eq!(read("city", "Köln", 2), Ok(Value::Text("Köln".into())));
        assert!(
            read("city", "1984", 3).is_err_and(|told| told.starts_with("is \"1984\", a number, and on line 2 a text"))
        );
        assert!(
            read("city", "TRUE", 3).is_err_and(|told| told.starts_with("is \"TRUE\", true or false, and on line 2"))
        );
        assert_eq!(
            [types.told("rating"), types.told("city"), types.told("x")],
            [Some(Typed::Decimal), Some(Typed::Text), None]
        );
        let asked: Vec<_> =
            types.unasked().into_iter().map(|(line, told)| (line, told.contains("begins with \"4,5\""))).collect();
        assert_eq!(asked, [(2, true)], "only a column that begins so");
    }

    #[test]
    fn the_names_of_attributes_are_bounded() {
        let mut types = Types::default();
        for name in 0..NAMES_MAX {
            assert_eq!(types.take(&name.to_string(), AttributeType::Text, 1), Ok(()));
        }
        assert!(types.take("more", AttributeType::Text, 2).is_err_and(|told| told.contains("beyond 1000 others")));
        assert_eq!(types.take("0", AttributeType::Text, 2), Ok(()));
    }
}
