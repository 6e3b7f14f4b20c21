//! A line of JSON Lines: one object. Its readable parts are kept; the rest is reported.
//!
//! Values are read from the text of the line: a number through a float would not be the one that stands there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::line::{ATTRIBUTES, Given, POINTS, Problem, QUANTITY, field};
use super::types::{Types, number, type_of};
use goodturn::domain::value::number::Number;
use goodturn::pb::attribute_value::Value;

/// Reads the fields of a line. An absent field and one that is `null` mean the same.
///
/// # Errors
/// Says why it is no object. Faults within an object are noted in it.
pub(super) fn read(bytes: &[u8], line: u64, types: &mut Types) -> Result<Given, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8; save the file as UTF-8", error.valid_up_to() + 1))?;
    let text = text.trim_ascii();
    // Without this check, a list of values would pass as an object whose fields are in order.
    if !text.starts_with('{') {
        return Err("is no JSON object; give one as {\"id\":…,\"kind\":…,\"member\":…,\"occurred_at\":…}".into());
    }
    let Object(fields) = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The parser's own count of lines saw only one line.
        let what = said.rsplit_once(" at line ").map_or(&*said, |(what, _)| what);
        format!("is no JSON: {what}, at column {}", error.column())
    })?;
    let mut given = Given::default();
    for (name, value) in fields {
        let name = match field(&name) {
            Ok(name) => name,
            Err(problem) => {
                given.note(Problem::of(name, problem));
                continue;
            }
        };
        match Json::of(value) {
            Json::Null => {}
            Json::Object(Object(values)) if name == ATTRIBUTES => attributes(&mut given, values, line, types),
            _ if name == ATTRIBUTES => given.note(Problem::of(name, "is no object; give {\"name\": value, …}")),
            Json::Text(text) => given.text(name, text),
            Json::Number(digits) if name == POINTS || name == QUANTITY => given.text(name, digits.to_owned()),
            Json::Number(_) if name == "amount" => {
                given.note(Problem::of(name, "is a number; give it as text, as \"12.34\", so that nothing is rounded"));
            }
            _ => given.note(Problem::of(name, "is no text; put it in quotes")),
        }
    }
    Ok(given)
}

fn attributes(given: &mut Given, values: Vec<(String, &RawValue)>, line: u64, types: &mut Types) {
    for (name, value) in values {
        let value = match Json::of(value) {
            Json::Text(text) => Ok(Value::Text(text)),
            Json::Number(digits) => Number::parse(digits).map(number).map_err(|why| format!("is {digits}, {why}")),
            Json::Flag(flag) => Ok(Value::Flag(flag)),
            Json::Null => continue,
            Json::Other | Json::Object(_) => Err("is neither a text, nor a number, true or false".to_owned()),
        };
        let value = value.and_then(|value| {
            let told = types.take(&name, type_of(&value), line);
            told.map(|()| value).map_err(|why| format!("is {why}; an attribute has one type over a file"))
        });
        match value {
            Ok(value) => given.attribute(&name, value),
            Err(problem) => given.note(Problem::of(format!("{ATTRIBUTES}.{name}"), problem)),
        }
    }
}

/// A value, as its text tells it.
enum Json<'a> {
    Text(String),
    /// The number as it is written.
    Number(&'a str),
    Flag(bool),
    Null,
    Object(Object<'a>),
    /// A list, or a text with half a character.
    Other,
}

impl<'a> Json<'a> {
    fn of(value: &'a RawValue) -> Self {
        let text = value.get();
        match text {
            "null" => Self::Null,
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            _ if text.starts_with('"') => serde_json::from_str(text).map_or(Self::Other, Self::Text),
            _ if text.starts_with('{') => serde_json::from_str(text).map_or(Self::Other, Self::Object),
            _ if text.starts_with('[') => Self::Other,
            digits => Self::Number(digits),
        }
    }
}

/// The fields of an object. Names that are given twice are kept, so that they can be reported.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Object<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Object(object))
    }
}
