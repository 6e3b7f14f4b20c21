//! Requests that are invented from the descriptors alone: every field has a value that somebody might send, or nobody would.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use super::random::Random;

/// How deep invented messages stand in each other.
const DEPTH_MAX: usize = 5;

/// Names of resources, right and wrong.
const NAMES: [&str; 22] = [
    "programs/qc",
    "programs/qc",
    "programs/qc/members/ben",
    "programs/qc/members/cleo",
    "programs/qc/activities/forum:k-1",
    "programs/qc/activities/forum:new",
    "programs/qc/ruleSets/1",
    "programs/qc/ruleSets/2",
    "programs/qc/ruleSets/-",
    "programs/qc/payouts/p1",
    "programs/qc/adjustments/a1",
    "programs/qc/holds/shop:h1",
    "programs/qc/redemptions/shop:r1",
    "programs/qc/savingsStatements/s1",
    "programs/qc/mergers/m1",
    "programs/none",
    "programs/",
    "programs/qc/members/",
    "members/ben",
    "programs/QC/members/ben/x",
    "programs/qc/members/\u{202e}nneb",
    "",
];

/// Texts for every other field.
const TEXTS: [&str; 18] = [
    "",
    "x",
    "forum",
    "shop",
    "k-1",
    "new",
    "a1",
    "p1",
    "ben",
    "cleo",
    "kudos",
    "GBP",
    "Europe/London",
    "2018-04-01",
    "12.34",
    "\u{0}",
    "\u{1b}[31m",
    "José",
];

const NUMBERS: [i64; 14] = [
    0,
    1,
    -1,
    2,
    7,
    100,
    1_000,
    1_000_000_000,
    1_000_000_000_000_000,
    1_522_584_000,
    2_147_483_647,
    i64::MAX,
    i64::MIN,
    86_400,
];

/// Invents a message.
pub fn message(of: &MessageDescriptor, random: &mut Random) -> DynamicMessage {
    within(of, random, DEPTH_MAX)
}

fn within(of: &MessageDescriptor, random: &mut Random, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for field in of.fields() {
        // Most fields are given, so that what lies behind the first checks is reached; of a choice, one.
        let share = if field.containing_oneof().is_some() { 40 } else { 80 };
        if !random.percent(share) || depth == 0 && field.kind().as_message().is_some() {
            continue;
        }
        let value = if field.is_map() {
            let entry = field.kind();
            let entry = entry.as_message().expect("a map has entries").clone();
            let value = entry.map_entry_value_field();
            let items = 0..random.below(4);
            Value::Map(
                items.map(|n| (MapKey::String(format!("a{n}")), one(&value, random, depth))).collect::<HashMap<_, _>>(),
            )
        } else if field.is_list() {
            let items = 0..random.below(4);
            Value::List(items.map(|_| one(&field, random, depth)).collect())
        } else {
            one(&field, random, depth)
        };
        message.set_field(&field, value);
    }
    message
}

fn one(field: &FieldDescriptor, random: &mut Random, depth: usize) -> Value {
    let number = NUMBERS[random.index(NUMBERS.len())];
    let small = i32::try_from(number).unwrap_or(i32::MIN);
    match field.kind() {
        Kind::String if matches!(field.name(), "name" | "parent") || random.percent(5) => {
            Value::String(NAMES[random.index(NAMES.len())].into())
        }
        Kind::String if random.percent(2) => Value::String("long".repeat(2_000)),
        Kind::String => Value::String(TEXTS[random.index(TEXTS.len())].into()),
        Kind::Bytes => Value::Bytes(vec![7; random.index(40)].into()),
        Kind::Bool => Value::Bool(random.percent(50)),
        Kind::Enum(_) => {
            Value::EnumNumber(if random.percent(90) { i32::try_from(random.below(6)).unwrap() } else { small })
        }
        Kind::Message(of) if of.full_name() == "google.protobuf.Timestamp" && random.percent(80) => {
            let mut time = DynamicMessage::new(of);
            time.set_field_by_name(
                "seconds",
                Value::I64(1_522_584_000 + i64::try_from(random.below(100_000_000)).unwrap()),
            );
            Value::Message(time)
        }
        Kind::Message(of) => Value::Message(within(&of, random, depth - 1)),
        Kind::Int32 => Value::I32(small),
        Kind::Int64 => Value::I64(number),
        other => panic!("a field of type {other:?} is new here"),
    }
}
