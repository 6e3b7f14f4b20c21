//! Digests of a client's values: they tell a retry from another command under the same name.
//!
//! The first entry of a command holds the command's id and this digest. Ids never expire, so a digest is a contract for
//! ever: the same values have the same digest in every version of Goodturn that knows their fields. Every older request
//! lacks a field that is added later. An absent field adds nothing to the digest. The program's own records and types
//! are no part of it.
//!
//! # Digested values
//!
//! The digest covers the message of the command's own call, as the client sent it: `ReverseActivityRequest` for a
//! reversal, and `RecordActivityRequest` for every activity, whichever call brings it. A field of the message counts
//!
//! - by its number in `proto/`, never by its name;
//! - unless it is annotated `OUTPUT_ONLY`: the server writes such a field, not the client;
//! - unless it is absent. A field without presence is absent at its empty value: `""`, 0, `false`, no bytes, an empty
//!   list or map, an enum's first value. A field with presence (a message, an `optional` field, a member of a `oneof`)
//!   is absent when it is not set; an explicit 0, or a message without fields, is present. `tests/golden/fields.txt`
//!   lists every field.
//!
//! Goodturn's own commands are sent by no client. They have one field, 1: the text of their id. So have those that set a member's
//! destination or report a payment: their id is made of all that they say, of a destination by its keyed digest, as a digest of the
//! destination itself could be guessed.
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
//! Nothing within a list or a map is absent: an empty text in a list is present. Every length is the length of all that
//! it covers, so different values never have the same bytes.

use sha2::{Digest as _, Sha256};

use crate::entry::commands::CommandKind;
use crate::value::encoding::{Hash, Secret};
use crate::value::ids::RequestId;

/// Version of the layout. A second version would stand beside the first: an entry does not say which version made its
/// digest.
const VERSION: u8 = 1;

/// Room for the values of an activity: enough to write its bytes without growing.
const TYPICAL_BYTES: usize = 512;

/// A message whose fields a client gave.
pub trait Given {
    /// Writes the message's fields by ascending number.
    fn write(&self, values: &mut Values);
}

/// A client's values in the layout of the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    bytes: Vec<u8>,
    /// Number of the last field written in the current message.
    last: u32,
}

impl Values {
    /// Writes down a client's values.
    #[must_use]
    pub fn of(given: &impl Given) -> Self {
        let mut values = Self { bytes: Vec::with_capacity(TYPICAL_BYTES), last: 0 };
        given.write(&mut values);
        values
    }

    /// Returns the values of a command of Goodturn's own: its id. The id follows from the command's subject and is the
    /// same on every server.
    #[must_use]
    pub fn own(id: &RequestId) -> Self {
        let mut values = Self { bytes: Vec::new(), last: 0 };
        values.field(1, id.as_str());
        values
    }

    /// Returns the fields in their layout.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a field without presence; writes nothing when the field is empty.
    pub fn field<V: Value + ?Sized>(&mut self, number: u32, value: &V) {
        self.present(number, Some(value).filter(|value| !value.is_empty()));
    }

    /// Writes a field with presence; writes nothing when the field is not set.
    pub fn present<V: Value + ?Sized>(&mut self, number: u32, value: Option<&V>) {
        if let Some(value) = value {
            self.begin(number);
            self.value(value);
        }
    }

    /// Writes a list; writes nothing when the list is empty.
    pub fn list<V: Value>(&mut self, number: u32, items: &[V]) {
        if items.is_empty() {
            return;
        }
        self.begin(number);
        self.covered(Type::List, |values| items.iter().for_each(|item| values.value(item)));
    }

    /// Writes a map, whose entries may come in any order; writes nothing when the map is empty.
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

    /// Writes a type, the length of the content, and the content.
    fn covered(&mut self, of: Type, write: impl FnOnce(&mut Self)) {
        self.fixed(of, &[0; 4]);
        let start = self.bytes.len();
        write(self);
        let length = u32::try_from(self.bytes.len() - start).expect("a request has less than 4 GiB");
        self.bytes[start - 4..start].copy_from_slice(&length.to_le_bytes());
    }
}

impl Secret {
    /// Digests the values of a command. The same values give the same digest; the digest reveals nothing else.
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

/// Type of a value. The numbers are digested.
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
    /// True when the value is what a field without presence holds by default.
    fn is_empty(&self) -> bool;

    /// Writes the type of the value, then the value.
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
    /// A message is present when it is set.
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
