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

/// Largest quantity of an activity. No order has 10^9 pieces, and no ride so many metres; larger numbers are ids or
/// times that stand in the wrong column.
pub const QUANTITY_MAX: i64 = 1_000_000_000;

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
    /// Number of things that the activity is about, as the bottles of an order, 0 to [`QUANTITY_MAX`], if it was
    /// reported.
    pub quantity: Option<i64>,
}

impl Activity {
    /// Returns the amount and the quantity as they were reported.
    #[must_use]
    pub const fn measure(&self) -> Measure {
        Measure { minor: self.amount_minor, quantity: self.quantity }
    }
}

/// Amount and quantity of an activity: as they were reported, or what refunds leave of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The amount, in minor units, not negative; `None` when none was reported.
    pub minor: Option<i64>,
    /// The quantity, not negative; `None` when none was reported.
    pub quantity: Option<i64>,
}

impl Measure {
    /// True when one refund can be of an activity with this amount and quantity: it names only what was reported, and
    /// not more than all of it. A refund that names no amount, or no quantity, gives back 0 of it.
    #[must_use]
    pub fn covers(self, refunded_minor: i64, refunded_quantity: i64) -> bool {
        refunded_minor <= self.minor.unwrap_or(0) && refunded_quantity <= self.quantity.unwrap_or(0)
    }

    /// Returns what refunds leave, at least 0.
    #[must_use]
    pub fn less(self, refunded_minor: i64, refunded_quantity: i64) -> Self {
        let less = |whole: i64, refunded| whole.saturating_sub(refunded).max(0);
        Self {
            minor: self.minor.map(|minor| less(minor, refunded_minor)),
            quantity: self.quantity.map(|quantity| less(quantity, refunded_quantity)),
        }
    }
}
