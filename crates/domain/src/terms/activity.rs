//! Activities, as sources report them.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::decimal::Decimal;
use crate::value::encoding::{decode, encode};
use crate::value::ids::{ActivityId, ActivityKind, ExclusiveKey, MemberId, Subject};
use crate::value::number::Number;
use crate::value::time::Micros;
use crate::value::version::read_version;

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AttributeValue {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A number that is not whole.
    Decimal(Decimal),
}

/// Type of an attribute. Whole numbers and decimals are one type: 5 and 5.0 are one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeType {
    /// Text.
    Text,
    /// A number, whole or not.
    Number,
    /// Yes or no.
    Flag,
}

impl From<Number> for AttributeValue {
    fn from(number: Number) -> Self {
        match number {
            Number::Whole(number) => Self::Number(number),
            Number::Decimal(decimal) => Self::Decimal(decimal),
        }
    }
}

/// Further facts about an activity, by name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// Version of the encoding of a note that holds attributes.
const ATTRIBUTES_VERSION: u8 = 1;

/// Returns the text of a note that holds attributes: its version byte, then their canonical encoding.
#[must_use]
pub fn attributes_note(attributes: &Attributes) -> Vec<u8> {
    encode(&(ATTRIBUTES_VERSION, attributes))
}

/// Reads the attributes of a note. They must take up all bytes.
///
/// # Errors
/// The error says what is wrong with the bytes.
pub fn attributes_of(mut text: &[u8]) -> borsh::io::Result<Attributes> {
    read_version(&mut text, "attributes", ATTRIBUTES_VERSION)?;
    decode(text)
}

/// An act of a member, as a source reports it. A replay is compared by these values.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Activity {
    /// Kind of the activity.
    pub kind: ActivityKind,
    /// The member who is credited.
    pub member: MemberId,
    /// The other member on whose act the activity rests, if any.
    pub counterparty: Option<MemberId>,
    /// Subject of the activity, if any.
    pub subject: Option<Subject>,
    /// Value of the order, in minor units, not negative, if the activity has one.
    pub amount_minor: Option<i64>,
    /// The exclusive key, as the question whose accepted answer the activity is.
    pub exclusive_key: Option<ExclusiveKey>,
    /// The activity of the same source that this one follows, as the activation that a top-up belongs to.
    pub follows: Option<ActivityId>,
    /// Further facts.
    pub attributes: Attributes,
    /// Time when the activity happened.
    pub occurred_at: Micros,
}
