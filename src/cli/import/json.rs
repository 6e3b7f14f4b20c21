//! A line of JSON Lines: one object. Its readable parts are kept; the rest is reported.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::line::{ATTRIBUTES, Given, POINTS, Problem, field};
use goodturn::pb::attribute_value::Value;

/// Reads the fields of a line. An absent field and one that is `null` mean the same.
///
/// # Errors
/// Says why it is no object. Faults within an object are noted in it.
pub(super) fn read(bytes: &[u8]) -> Result<Given, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8; save the file as UTF-8", error.valid_up_to() + 1))?;
    let text = text.trim_ascii();
    // Without this check, a list of values would pass as an object whose fields are in order.
    if !text.starts_with('{') {
        return Err("is no JSON object; give one as {\"id\":…,\"kind\":…,\"member\":…,\"occurred_at\":…}".into());
    }
    let line: Line = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The parser's own count of lines saw only one line.
        let what = said.rsplit_once(" at line ").map_or(&*said, |(what, _)| what);
        format!("is no JSON: {what}, at column {}", error.column())
    })?;
    Ok(line.0)
}

struct Line(Given);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor).map(Line)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Given;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Given, A::Error> {
        let mut given = Given::default();
        while let Some(name) = fields.next_key::<String>()? {
            let name = match field(&name) {
                Ok(name) => name,
                Err(problem) => {
                    fields.next_value::<IgnoredAny>()?;
                    given.note(Problem::of(name, problem));
                    continue;
                }
            };
            match fields.next_value::<Json>()? {
                Json::Null => {}
                Json::Object(values) if name == ATTRIBUTES => attributes(&mut given, values),
                _ if name == ATTRIBUTES => given.note(Problem::of(name, "is no object; give {\"name\": value, …}")),
                Json::Text(text) => given.text(name, text),
                Json::Whole(number) if name == POINTS => given.text(name, number.to_string()),
                Json::Number | Json::Whole(_) if name == "amount" => {
                    given.note(Problem::of(
                        name,
                        "is a number; give it as text, as \"12.34\", so that nothing is rounded",
                    ));
                }
                _ => given.note(Problem::of(name, "is no text; put it in quotes")),
            }
        }
        Ok(given)
    }
}

fn attributes(given: &mut Given, values: Vec<(String, Json)>) {
    for (name, value) in values {
        let value = match value {
            Json::Text(text) => Value::Text(text),
            Json::Whole(number) => Value::Number(number),
            Json::Flag(flag) => Value::Flag(flag),
            Json::Null => continue,
            Json::Number | Json::List | Json::Object(_) => {
                let problem = "is neither text, nor a whole number of 64 bits, true or false";
                given.note(Problem::of(format!("{ATTRIBUTES}.{name}"), problem));
                continue;
            }
        };
        given.attribute(&name, value);
    }
}

/// Any value. An object keeps names that are given twice, so that they can be reported.
enum Json {
    Text(String),
    Whole(i64),
    /// A number that is not whole, or does not fit.
    Number,
    Flag(bool),
    Null,
    List,
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Number, Json::Whole))
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Json::Object(object))
    }
}
