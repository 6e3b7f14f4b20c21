//! Digests of what a client gave: by them a retry is told from another command under the same name.
//!
//! The first entry of a command holds the command's id and this digest. Ids never expire, so a digest is a contract for
//! ever: the same values have the same digest in every version of Goodturn that knows their fields. A field added later is
//! absent from every older request, and what is absent adds nothing. The program's own records and types are no part of it.
//!
//! # What is digested
//!
//! The message that the command's own call takes, as the client sent it: `ReverseActivityRequest` for a reversal, and
//! `RecordActivityRequest` for every activity, whichever call brings it. A field of the message counts
//!
//! - by its number in `proto/`, never by its name;
//! - unless it is annotated `OUTPUT_ONLY`: what the server says is nothing a client gave;
//! - unless it is absent. A field without presence is absent at its empty value: `""`, 0, `false`, no bytes, an empty list or
//!   map, an enum's first value. A field with presence (a message, an `optional` field, a member of a `oneof`) is absent where
//!   it is not set; an explicit 0, or a message without fields, is there. `tests/golden/fields.txt` lists every field.
//!
//! Goodturn's own commands, which no client sends, have one field, 1: the text of their id.
//!
//! # Layout
//!
//! All integers are little-endian. A length is in bytes, never a count.
//!
//! ```text
//! digest  = SHA-256("goodturn request" ‖ secret ‖ version ‖ command ‖ fields)
//! secret  = 32 bytes, the programme's
//! version = 1 byte, 1: that of this layout
//! command = 1 byte, the number of the command's type
//! fields  = each that is not absent, by ascending number: number (4 bytes) ‖ value
//! value   = type (1 byte) ‖ what the type says:
//!   1  integer   8 bytes, signed: of every width, and the number of an enum's value
//!   2  flag      1 byte, 0 or 1
//!   3  text      length in bytes (4 bytes) ‖ the bytes as they were sent, which are UTF-8
//!   4  bytes     length (4 bytes) ‖ the bytes
//!   5  message   length (4 bytes) ‖ fields
//!   6  list      length (4 bytes) ‖ values, in their order
//!   7  map       length (4 bytes) ‖ key ‖ value of each entry, in the order of the bytes of their keys; a key is a value, too
//! ```
//!
//! Nothing within a list or a map is absent: an empty text in a list is there. Every length is that of all that it covers, so
//! that different values never have the same bytes.

use sha2::{Digest as _, Sha256};

use crate::entry::kinds::CommandKind;
use crate::value::encoding::{Hash, Secret};
use crate::value::ids::RequestId;

/// Version of the layout. A second one stands beside the first: entries do not say by which theirs was made.
const VERSION: u8 = 1;

/// Room for the values of an activity, so that its bytes are written without growing.
const TYPICAL_BYTES: usize = 512;

/// A message whose fields a client gave.
pub trait Given {
    /// Writes its fields by ascending number.
    fn write(&self, values: &mut Values);
}

/// Values that a client gave, as they are digested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    bytes: Vec<u8>,
    /// Number of the last field of the message that is being written.
    last: u32,
}

impl Values {
    /// Takes down what a client gave.
    #[must_use]
    pub fn of(given: &impl Given) -> Self {
        let mut values = Self { bytes: Vec::with_capacity(TYPICAL_BYTES), last: 0 };
        given.write(&mut values);
        values
    }

    /// The values of a command of Goodturn's own: its id, which follows from what it is about, whichever server makes it.
    #[must_use]
    pub fn own(id: &RequestId) -> Self {
        let mut values = Self { bytes: Vec::new(), last: 0 };
        values.field(1, id.as_str());
        values
    }

    /// The fields in their layout.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a field without presence; nothing where it is empty.
    pub fn field<V: Value + ?Sized>(&mut self, number: u32, value: &V) {
        self.present(number, Some(value).filter(|value| !value.is_empty()));
    }

    /// Writes a field that has presence; nothing where it is not set.
    pub fn present<V: Value + ?Sized>(&mut self, number: u32, value: Option<&V>) {
        if let Some(value) = value {
            self.begin(number);
            self.value(value);
        }
    }

    /// Writes a list; nothing where it is empty.
    pub fn list<V: Value>(&mut self, number: u32, items: &[V]) {
        if items.is_empty() {
            return;
        }
        self.begin(number);
        self.covered(Type::List, |values| items.iter().for_each(|item| values.value(item)));
    }

    /// Writes a map, in whatever order its entries come; nothing where it is empty.
    pub fn map<'a, V: Value + 'a>(&mut self, number: u32, entries: impl IntoIterator<Item = (&'a String, &'a V)>) {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if entries.is_empty() {
            return;
        }
        // Texts compare by their bytes.
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.begin(number);
        self.covered(Type::Map, |values| {
            for (key, value) in entries {
                values.value(key);
                values.value(value);
            }
        });
    }

    fn begin(&mut self, number: u32) {
        debug_assert!(number > self.last, "field {number} comes after field {}", self.last);
        self.last = number;
        self.bytes.extend(number.to_le_bytes());
    }

    fn value<V: Value + ?Sized>(&mut self, value: &V) {
        value.write_value(self);
    }

    fn fixed(&mut self, of: Type, bytes: &[u8]) {
        self.bytes.push(of.number());
        self.bytes.extend(bytes);
    }

    /// Writes a type, the length of what follows, and that.
    fn covered(&mut self, of: Type, write: impl FnOnce(&mut Self)) {
        self.fixed(of, &[0; 4]);
        let start = self.bytes.len();
        write(self);
        let length = u32::try_from(self.bytes.len() - start).expect("a request has less than 4 GiB");
        self.bytes[start - 4..start].copy_from_slice(&length.to_le_bytes());
    }
}

impl Secret {
    /// Digests the values of a command, so that the same values can be told again and nothing else can be learnt.
    #[must_use]
    pub fn digest(&self, command: CommandKind, values: &Values) -> Hash {
        Sha256::new()
            .chain_update(b"goodturn request")
            .chain_update(self.bits())
            .chain_update([VERSION, command.number()])
            .chain_update(&values.bytes)
            .finalize()
            .into()
    }
}

/// What a value is. The numbers are digested.
#[derive(Debug, Clone, Copy)]
enum Type {
    Integer,
    Flag,
    Text,
    Bytes,
    Message,
    List,
    Map,
}

impl Type {
    const fn number(self) -> u8 {
        match self {
            Self::Integer => 1,
            Self::Flag => 2,
            Self::Text => 3,
            Self::Bytes => 4,
            Self::Message => 5,
            Self::List => 6,
            Self::Map => 7,
        }
    }
}

/// A value of a field, of a list or of a map.
pub trait Value {
    /// Whether it is what a field without presence holds where nobody gave it.
    fn is_empty(&self) -> bool;

    /// Writes its type and itself.
    fn write_value(&self, values: &mut Values);
}

impl Value for i64 {
    fn is_empty(&self) -> bool {
        *self == 0
    }

    fn write_value(&self, values: &mut Values) {
        values.fixed(Type::Integer, &self.to_le_bytes());
    }
}

impl Value for i32 {
    fn is_empty(&self) -> bool {
        *self == 0
    }

    fn write_value(&self, values: &mut Values) {
        i64::from(*self).write_value(values);
    }
}

impl Value for bool {
    fn is_empty(&self) -> bool {
        !*self
    }

    fn write_value(&self, values: &mut Values) {
        values.fixed(Type::Flag, &[u8::from(*self)]);
    }
}

impl Value for str {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn write_value(&self, values: &mut Values) {
        values.covered(Type::Text, |values| values.bytes.extend(self.as_bytes()));
    }
}

impl Value for String {
    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    fn write_value(&self, values: &mut Values) {
        self.as_str().write_value(values);
    }
}

impl Value for Vec<u8> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn write_value(&self, values: &mut Values) {
        values.covered(Type::Bytes, |values| values.bytes.extend(self));
    }
}

impl<M: Given> Value for M {
    /// A message is there where it is set.
    fn is_empty(&self) -> bool {
        false
    }

    fn write_value(&self, values: &mut Values) {
        values.covered(Type::Message, |values| {
            let outer = std::mem::take(&mut values.last);
            self.write(values);
            values.last = outer;
        });
    }
}
