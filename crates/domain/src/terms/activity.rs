//! Activities, as sources report them.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::decimal::Decimal;
use crate::value::encoding::{decode, encode};
use crate::value::ids::{ActivityId, ActivityKind, ExclusiveKey, MemberId, Subject};
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
    /// A number that is not whole. No call and no file takes one yet.
    Decimal(Decimal),
}

/// Further facts about an activity, by name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// Version of the encoding of a note that holds attributes.
const ATTRIBUTES_VERSION: u8 = 1;

/// The text of a note that holds attributes: its version byte, then their canonical encoding.
#[must_use]
pub fn attributes_note(attributes: &Attributes) -> Vec<u8> {
    encode(&(ATTRIBUTES_VERSION, attributes))
}

/// Reads the attributes that a note holds; every byte must belong to them.
///
/// # Errors
/// Says what is wrong with the bytes.
pub fn attributes_of(mut text: &[u8]) -> borsh::io::Result<Attributes> {
    read_version(&mut text, "attributes", ATTRIBUTES_VERSION)?;
    decode(text)
}

/// Something a member did, as a source reports it: the values a replay is compared by.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Activity {
    /// What was done.
    pub kind: ActivityKind,
    /// Who is credited.
    pub member: MemberId,
    /// Whose act it rests on.
    pub counterparty: Option<MemberId>,
    /// What it was about.
    pub subject: Option<Subject>,
    /// Value of the order it was about, in minor units, not negative.
    pub amount_minor: Option<i64>,
    /// What can be had once only, as the question whose accepted answer it is.
    pub exclusive_key: Option<ExclusiveKey>,
    /// The activity of the same source that it follows, as the activation a top-up belongs to.
    pub follows: Option<ActivityId>,
    /// Further facts.
    pub attributes: Attributes,
    /// When it happened.
    pub occurred_at: Micros,
}
