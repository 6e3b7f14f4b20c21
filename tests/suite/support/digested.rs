//! Reads digested values back, by the layout that `domain::digest` documents. The program itself never does.

use std::collections::BTreeMap;

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::digest::{Given, Value, Values};
use goodturn::domain::value::encoding::Hash;

/// A value of a list, of a map, or of a field with presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum One {
    Integer(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
    Message(Message),
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    One(One),
    List(Vec<One>),
    Map(BTreeMap<String, One>),
}

/// Fields by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message(pub BTreeMap<u32, Field>);

impl Value for One {
    fn is_empty(&self) -> bool {
        match self {
            Self::Integer(value) => Value::is_empty(value),
            Self::Flag(value) => Value::is_empty(value),
            Self::Text(value) => Value::is_empty(value),
            Self::Bytes(value) => Value::is_empty(value),
            Self::Message(value) => Value::is_empty(value),
        }
    }

    fn write_value(&self, values: &mut Values) {
        match self {
            Self::Integer(value) => value.write_value(values),
            Self::Flag(value) => value.write_value(values),
            Self::Text(value) => value.write_value(values),
            Self::Bytes(value) => value.write_value(values),
            Self::Message(value) => value.write_value(values),
        }
    }
}

impl Given for Message {
    fn write(&self, values: &mut Values) {
        for (number, field) in &self.0 {
            match field {
                Field::One(value) => values.present(*number, Some(value)),
                Field::List(items) => values.list(*number, items),
                Field::Map(entries) => values.map(*number, entries),
            }
        }
    }
}

/// Reads the fields that bytes hold.
pub fn read(bytes: &[u8]) -> Message {
    let (mut rest, mut fields) = (bytes, BTreeMap::new());
    while !rest.is_empty() {
        let number = number(&mut rest);
        assert!(fields.last_key_value().is_none_or(|(last, _)| *last < number), "{number} is out of order");
        fields.insert(number, field(&mut rest));
    }
    Message(fields)
}

fn field(rest: &mut &[u8]) -> Field {
    match rest[0] {
        6 => Field::List(covered(rest, one)),
        7 => {
            let entries = covered(rest, |rest| (one(rest), one(rest)));
            let entries = entries.into_iter().map(|(key, value)| match key {
                One::Text(key) => (key, value),
                key => panic!("{key:?} is no key"),
            });
            let entries: Vec<_> = entries.collect();
            assert!(entries.windows(2).all(|two| two[0].0.as_bytes() < two[1].0.as_bytes()), "{entries:?}");
            Field::Map(entries.into_iter().collect())
        }
        _ => Field::One(one(rest)),
    }
}

fn covered<T>(rest: &mut &[u8], read: impl Fn(&mut &[u8]) -> T) -> Vec<T> {
    take(rest, 1);
    let (mut within, mut all) = (text(rest), Vec::new());
    while !within.is_empty() {
        all.push(read(&mut within));
    }
    all
}

fn one(rest: &mut &[u8]) -> One {
    match take(rest, 1)[0] {
        1 => One::Integer(i64::from_le_bytes(take(rest, 8).try_into().unwrap())),
        2 => One::Flag(match take(rest, 1) {
            [0] => false,
            [1] => true,
            other => panic!("{other:?} is no flag"),
        }),
        3 => One::Text(String::from_utf8(text(rest).to_vec()).unwrap()),
        4 => One::Bytes(text(rest).to_vec()),
        5 => One::Message(read(text(rest))),
        other => panic!("{other} is no type"),
    }
}

fn text<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = number(rest);
    take(rest, usize::try_from(length).unwrap())
}

fn number(rest: &mut &[u8]) -> u32 {
    u32::from_le_bytes(take(rest, 4).try_into().unwrap())
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

/// Writes fields as lines that another program can read.
pub fn lines(message: &Message, indent: usize) -> Vec<String> {
    let field = |(number, field): (&u32, &Field)| match field {
        Field::One(value) => worded(&format!("{number} "), value, indent),
        Field::List(items) => {
            let head = format!("{:indent$}{number} list", "");
            let items = items.iter().flat_map(|item| worded("", item, indent + 2));
            [head].into_iter().chain(items).collect()
        }
        Field::Map(entries) => {
            let head = format!("{:indent$}{number} map", "");
            let entries = entries.iter().flat_map(|(key, value)| {
                [worded("", &One::Text(key.clone()), indent + 2), worded("", value, indent + 2)].concat()
            });
            [head].into_iter().chain(entries).collect()
        }
    };
    message.0.iter().flat_map(field).collect()
}

fn worded(label: &str, value: &One, indent: usize) -> Vec<String> {
    let line = |rest: String| vec![format!("{:indent$}{label}{rest}", "")];
    match value {
        One::Integer(value) => line(format!("integer {value}")),
        One::Flag(value) => line(format!("flag {value}")),
        One::Text(value) => line(format!("text {}", serde_json::to_string(value).unwrap())),
        One::Bytes(value) => line(format!("bytes {}", goodturn::domain::value::encoding::hex(value))),
        One::Message(message) => [line("message".into()), lines(message, indent + 2)].concat(),
    }
}

/// What is frozen, a block for each vector.
pub const GOLDEN: &str = include_str!("../../golden/digests.txt");

/// The first digest of a type of command.
pub fn frozen(command: CommandKind) -> Hash {
    let head = format!("{} {} ", command.number(), command.name());
    let block = GOLDEN.split("\n\n").find(|block| block.starts_with(&head)).unwrap();
    let digest = block.lines().find_map(|line| line.strip_prefix("digest ")).unwrap();
    let byte = |at: usize| u8::from_str_radix(&digest[at..at + 2], 16).unwrap();
    std::array::from_fn(|index| byte(2 * index))
}
