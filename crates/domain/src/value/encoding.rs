//! The canonical encoding: the bytes that are hashed and that stand in the store's binary columns.
//!
//! [Borsh](https://borsh.io): every value has exactly one encoding, lengths come first, integers are little-endian.
//! Decoded bytes are encoded to the same bytes again. So a stored value cannot change while its hash stays the same.

use std::sync::Arc;

use borsh::io::{Error, ErrorKind, Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::value::amount::{Amount, Move};
use crate::value::bucket::Bucket;
use crate::value::ids::{
    AccessChangeId, ActivityId, ActivityKind, AdjustmentId, BatchId, CapId, ExclusiveKey, KeyId, KeySpace, MemberId,
    MemberLabel, MergerId, PayoutId, PersonId, ProgramId, RequestId, RuleId, ServiceId, SourceId, StatementId, Subject,
    TillId, UpdateId,
};
use crate::value::time::{Day, Hour, Micros};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A programme's secret: 256 random bits, made once. It keeps the programme's hashes from being guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Makes a secret of random bits.
    #[must_use]
    pub const fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// Returns the bits, for the store.
    #[must_use]
    pub const fn bits(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the salt of one entry. A proof of the entry shows its salt; the salt tells nothing of other entries.
    pub(crate) fn salt(&self, seq: i64) -> [u8; 16] {
        let digest = Sha256::new()
            .chain_update(b"goodturn salt v1")
            .chain_update(self.0)
            .chain_update(seq.to_le_bytes())
            .finalize();
        let mut salt = [0; 16];
        salt.copy_from_slice(&digest[..16]);
        salt
    }

    /// Returns what the log holds of a login: a keyed digest of the issuer and of its own name for the person.
    #[must_use]
    pub fn login(&self, issuer: &str, subject: &str) -> Hash {
        let login = encode(&(issuer, subject));
        Sha256::new().chain_update(b"goodturn login v1").chain_update(self.0).chain_update(login).finalize().into()
    }
}

/// Encodes a value.
///
/// # Panics
/// Never: writing to memory does not fail, and no text here is longer than 4 GiB.
#[must_use]
pub fn encode(value: &impl BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("encoding to memory does not fail")
}

/// Decodes a value that takes up all bytes.
///
/// # Errors
/// The error says what is wrong with the bytes.
pub fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Result<T> {
    borsh::from_slice(bytes)
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, message.into())
}

/// Writes bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("four bits are one digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

/// Reads hexadecimal digits; `None` when the text is something else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

macro_rules! ids {
    ($($id:ty),+) => {$(
        impl BorshSerialize for $id {
            fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
                self.as_str().serialize(writer)
            }
        }

        impl BorshDeserialize for $id {
            fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
                let text = String::deserialize_reader(reader)?;
                Self::parse(&text).map_err(|why| invalid(format!("id {why}")))
            }
        }
    )+};
}

ids!(
    AccessChangeId,
    UpdateId,
    ActivityId,
    KeyId,
    PersonId,
    ServiceId,
    TillId,
    ActivityKind,
    AdjustmentId,
    CapId,
    ExclusiveKey,
    KeySpace,
    MemberId,
    MemberLabel,
    MergerId,
    PayoutId,
    BatchId,
    ProgramId,
    RequestId,
    RuleId,
    SourceId,
    StatementId,
    Subject
);

macro_rules! numbers {
    ($($name:ty, $number:ty, $read:path;)+) => {$(
        impl BorshSerialize for $name {
            fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
                self.get().serialize(writer)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
                let number = <$number>::deserialize_reader(reader)?;
                $read(number).ok_or_else(|| invalid(format!("{number} is out of range")))
            }
        }
    )+};
}

numbers! {
    Amount, i64, Amount::new;
    Micros, i64, Micros::new;
    Day, i32, Day::new;
    Hour, u8, Hour::new;
    crate::value::seq::Seq, i64, crate::value::seq::Seq::new;
}

impl BorshSerialize for Bucket {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        self.number().serialize(writer)
    }
}

impl BorshDeserialize for Bucket {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        let number = u8::deserialize_reader(reader)?;
        Self::from_number(number).ok_or_else(|| invalid(format!("{number} is no bucket")))
    }
}

impl BorshSerialize for Move {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        (self.from(), self.to(), self.amount()).serialize(writer)
    }
}

impl BorshDeserialize for Move {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        let (from, to, amount) = <(Bucket, Bucket, Amount)>::deserialize_reader(reader)?;
        Self::new(from, to, amount).ok_or_else(|| invalid(format!("{from:?} to {to:?} is no move")))
    }
}

/// Returns the salted digest of an erasable text. The log keeps the digest; the text can be erased.
#[must_use]
pub fn note_digest(salt: &[u8; 16], text: &[u8]) -> Hash {
    Sha256::new().chain_update(b"goodturn note v1").chain_update(salt).chain_update(text).finalize().into()
}

/// Text that may be erased and stands beside the log: attributes of an activity, or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Random bits that stand beside the text and go with it. Without them nobody can guess the text from its digest.
    pub salt: [u8; 16],
    /// The text, or the canonical encoding of attributes.
    pub text: Arc<[u8]>,
}

impl Note {
    /// Returns the digest that stands in the log.
    #[must_use]
    pub fn digest(&self) -> Hash {
        note_digest(&self.salt, &self.text)
    }
}
