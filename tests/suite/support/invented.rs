//! Requests that are invented from the descriptors: every field has a value that somebody might send, or that nobody would.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, MethodDescriptor, Value};

use super::random::Random;

/// How deep invented messages stand in each other.
const DEPTH_MAX: usize = 5;

/// Names of resources, right and wrong.
const NAMES: [&str; 25] = [
    "programs/qc",
    "programs/qc",
    "programs/qc/members/ben",
    "programs/qc/members/cleo",
    "programs/qc/sources/forum/activities/k-1",
    "programs/qc/sources/forum/activities/new",
    "programs/qc/ruleSets/1",
    "programs/qc/ruleSets/2",
    "programs/qc/ruleSets/-",
    "programs/qc/payouts/p1",
    "programs/qc/adjustments/a1",
    "programs/qc/sources/shop/holds/h1",
    "programs/qc/sources/shop/redemptions/r1",
    "programs/qc/savingsStatements/s1",
    "programs/qc/mergers/m1",
    "programs/qc/accessChanges/c1",
    "programs/qc/persons/p-1",
    "programs/qc/keys/abcdefghijkm",
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

/// Names of what a method is about, by a word of the method's name.
const RESOURCES: [(&str, &str); 10] = [
    ("Hold", "programs/qc/sources/shop/holds/"),
    ("Redemption", "programs/qc/sources/shop/redemptions/"),
    ("Points", "programs/qc/sources/shop/redemptions/"),
    ("Adjustment", "programs/qc/adjustments/"),
    ("Merger", "programs/qc/mergers/"),
    ("Statement", "programs/qc/savingsStatements/"),
    ("Payout", "programs/qc/payouts/"),
    ("Activit", "programs/qc/sources/forum/activities/"),
    ("RuleSet", "programs/qc/ruleSets/"),
    ("", "programs/qc/members/"),
];

/// Ids of what the invented calls make and ask for: few, so that they meet.
const IDS: [&str; 5] = ["1", "2", "3", "k-1", "k-2"];

/// How a request is invented.
struct Inventor<'r> {
    random: &'r mut Random,
    /// The name of the method.
    method: String,
    /// True for a request that somebody might well send; false for one that nobody would.
    is_likely: bool,
}

/// Invents a request to a method: two of three might well be sent by somebody.
pub fn request(to: &MethodDescriptor, random: &mut Random) -> DynamicMessage {
    let is_likely = random.percent(66);
    Inventor { random, method: to.name().to_owned(), is_likely }.message(&to.input(), DEPTH_MAX)
}

impl Inventor<'_> {
    fn message(&mut self, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        for field in of.fields() {
            let is_choice = field.containing_oneof().is_some();
            let is_optional = field.supports_presence() && field.kind().as_message().is_none();
            let share = if is_choice || is_optional && self.is_likely { 40 } else { 90 };
            if !self.random.percent(share) && !matches!(field.name(), "name" | "parent")
                || depth == 0 && field.kind().as_message().is_some()
            {
                continue;
            }
            let items = 0..self.random.below(4);
            let value = if field.is_map() {
                let value = field.kind().as_message().expect("a map has entries").map_entry_value_field();
                let entries = items.map(|n| (MapKey::String(format!("a{n}")), self.one(&value, depth)));
                Value::Map(entries.collect::<HashMap<_, _>>())
            } else if field.is_list() {
                Value::List(items.map(|_| self.one(&field, depth)).collect())
            } else {
                self.one(&field, depth)
            };
            message.set_field(&field, value);
        }
        message
    }

    fn one(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        let number = NUMBERS[self.random.index(NUMBERS.len())];
        let small = i32::try_from(number).unwrap_or(i32::MIN);
        match field.kind() {
            Kind::Message(of) => match of.full_name() {
                "google.protobuf.Timestamp" if self.is_likely || self.random.percent(50) => {
                    let seconds = 1_522_584_000 + i64::try_from(self.random.below(20_000_000)).unwrap();
                    filled(&of, &[("seconds", Value::I64(seconds))])
                }
                "google.type.Money" if self.is_likely => {
                    let units = Value::I64(i64::try_from(self.random.below(500)).unwrap());
                    filled(&of, &[("currency_code", Value::String("GBP".into())), ("units", units)])
                }
                "google.type.Date" if self.is_likely => {
                    let day = i32::try_from(1 + self.random.below(28)).unwrap();
                    filled(&of, &[("year", Value::I32(2018)), ("month", Value::I32(4)), ("day", Value::I32(day))])
                }
                _ => Value::Message(self.message(&of, depth - 1)),
            },
            Kind::String => Value::String(self.text(field.name())),
            Kind::Bytes => Value::Bytes(vec![7; self.random.index(40)].into()),
            Kind::Bool => Value::Bool(self.random.percent(50)),
            Kind::Enum(_) if self.is_likely || self.random.percent(80) => {
                Value::EnumNumber(i32::try_from(self.random.below(5)).unwrap())
            }
            Kind::Enum(_) => Value::EnumNumber(small),
            Kind::Int32 if self.is_likely => Value::I32(i32::try_from(self.random.below(40)).unwrap()),
            Kind::Int64 if self.is_likely => Value::I64(i64::try_from(self.random.below(120)).unwrap()),
            Kind::Int32 => Value::I32(small),
            Kind::Int64 => Value::I64(number),
            other => panic!("a field of type {other:?} is new here"),
        }
    }

    fn text(&mut self, field: &str) -> String {
        if !self.is_likely && self.random.percent(3) {
            return "long".repeat(2_000);
        }
        if !self.is_likely {
            let of: &[&str] = if matches!(field, "name" | "parent") { &NAMES } else { &TEXTS };
            return of[self.random.index(of.len())].into();
        }
        let id = IDS[self.random.index(IDS.len())];
        let member = ["ben", "cleo", "dora"][self.random.index(3)];
        match field {
            "parent" if self.method.ends_with("Shares") => format!("programs/qc/payouts/{id}"),
            "parent" => "programs/qc".into(),
            "savings_statement" => format!("programs/qc/savingsStatements/{id}"),
            "kind" | "activity_kind" => ["kudos", "answer_accepted"][self.random.index(2)].into(),
            "name" => {
                let about = RESOURCES.iter().find(|(word, _)| self.method.contains(word));
                let (_, resource) = about.expect("the last is about everything");
                if resource.ends_with("members/") { format!("{resource}{member}") } else { format!("{resource}{id}") }
            }
            "member" | "counterparty" | "from_member" | "into_member" => member.into(),
            "source" => "shop".into(),
            "currency_code" => "GBP".into(),
            "time_zone" => "Europe/London".into(),
            "page_token" | "resume_token" | "filter" | "order_by" => String::new(),
            field if field.ends_with("_id") => id.into(),
            _ => "plain-text".into(),
        }
    }
}

fn filled(of: &MessageDescriptor, values: &[(&str, Value)]) -> Value {
    let mut message = DynamicMessage::new(of.clone());
    for (name, value) in values {
        message.set_field_by_name(name, value.clone());
    }
    Value::Message(message)
}
