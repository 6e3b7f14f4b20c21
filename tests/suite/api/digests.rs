//! Digests of what clients gave: frozen for every type of command, and different for different values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::digest::{Value as _, Values};
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::{PayoutId, RequestId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::google::r#type::Money;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use prost_types::Timestamp;
use tonic::Code;

use crate::support::clients::record;
use crate::support::digested::{Field, GOLDEN, Message, One, frozen, lines, read};
use crate::support::given::{create_program, publish_rule_set, record_activity, vectors};
use crate::support::refused::{Refused, head_seq};
use crate::support::sample::{self, SECRET, award, program, rule_set};
use crate::support::served::Served;

/// What `build.rs` found in `proto/` and wrote code for.
const FIELDS: &str = include_str!(concat!(env!("OUT_DIR"), "/fields.txt"));

/// Type and absent value of the fields, by message and number.
type Listed<'a> = BTreeMap<(&'a str, u32), (&'a str, &'a str)>;

/// The file was written once, and its digests were computed by another program (`tests/golden/check.py`), from the values alone.
/// A new command is added to it, and a new field to a new block; nothing that stands there ever changes.
#[test]
fn the_digest_of_every_type_of_command_is_frozen() {
    // INV 13, 16, 69
    let vectors = vectors();
    let commands: BTreeSet<CommandKind> = vectors.iter().map(|vector| vector.command).collect();
    assert_eq!(commands, CommandKind::ALL.iter().copied().collect());
    let blocks = vectors.iter().map(|vector| {
        let head = format!("{} {} {}", vector.command.number(), vector.command.name(), vector.of);
        let bytes = vector.values.bytes();
        let tail = [
            format!("bytes {}", hex(bytes)),
            format!("digest {}", hex(&SECRET.digest(vector.command, &vector.values))),
        ];
        [vec![head], lines(&read(bytes), 2), tail.to_vec()].concat().join("\n")
    });
    let blocks = blocks.collect::<Vec<_>>();
    assert_eq!(blocks.join("\n\n"), GOLDEN.trim_end());
}

#[test]
fn another_program_computes_the_same_digests() {
    // INV 69
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let checked = std::process::Command::new("python3").current_dir(folder).arg("digests.py").output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(String::from_utf8_lossy(&checked.stdout), format!("{} digests are right\n", vectors().len()));
}

/// Number, type and absent value of each field. A line that changes or goes makes digests of older requests others; a new field
/// is a new line.
#[test]
fn the_fields_that_count_and_when_they_are_absent_are_frozen() {
    // INV 69
    assert_eq!(FIELDS.trim_end(), include_str!("../../golden/fields.txt").trim_end());
}

/// A vector without a field would freeze nothing of it.
#[test]
fn the_vectors_give_every_field_with_the_type_it_is_listed_with() {
    let listed: Listed<'_> = FIELDS
        .lines()
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [message, number, _, of, absent] => ((message, number.parse().unwrap()), (of, absent)),
            _ => panic!("{line}"),
        })
        .collect();
    let mut met = BTreeSet::new();
    for vector in vectors().into_iter().filter(|vector| vector.of != "own") {
        meet(&listed, vector.of, &read(vector.values.bytes()), &mut met);
    }
    // Ignored where a programme is created, so it is never given.
    met.insert(("Program", 1));
    assert_eq!(met, listed.into_keys().collect());
}

/// Walks a message along the fields that are listed.
fn meet<'a>(listed: &Listed<'a>, of: &str, message: &Message, met: &mut BTreeSet<(&'a str, u32)>) {
    for (number, field) in &message.0 {
        let found = listed.iter().find(|((name, at), _)| (*name, at) == (of, number));
        let ((name, _), (written, absent)) = found.unwrap_or_else(|| panic!("{of} has no {number}"));
        met.insert((name, *number));
        let (all, one) = match field {
            Field::One(value) => (vec![value], Some(*written)),
            Field::List(items) => (items.iter().collect(), written.strip_prefix("list<")),
            Field::Map(entries) => (entries.values().collect(), written.strip_prefix("map<text,")),
        };
        let one = one.unwrap_or_else(|| panic!("{of} {number} is no {written}")).trim_end_matches('>');
        for value in all {
            let is_absent = matches!(field, Field::One(_)) && *absent != "unset" && value.is_empty();
            assert!(!is_absent, "{of} {number} is absent, and written");
            match value {
                One::Integer(_) => assert_eq!(one, "integer"),
                One::Flag(_) => assert_eq!(one, "flag"),
                One::Text(_) => assert_eq!(one, "text"),
                One::Bytes(_) => assert_eq!(one, "bytes"),
                One::Message(message) => meet(listed, one.strip_prefix("message:").unwrap(), message, met),
            }
        }
    }
}

#[test]
fn a_command_of_goodturns_own_is_digested_from_its_id() {
    let id = PayoutId::parse("2018-q2").unwrap();
    let step = RequestId::parse("2018-q2:mallory").unwrap();
    let own = Command::own(&SECRET, step, PrincipalId::parse("anna").unwrap(), Act::CompleteDraft(id));
    assert_eq!(own.digest, frozen(CommandKind::CompleteDraft));
    assert_eq!((own.name.source.as_str(), own.name.kind), ("goodturn", CommandKind::CompleteDraft));
}

/// What can be read back is told apart from everything else that can.
fn one() -> BoxedStrategy<One> {
    let leaf = prop_oneof![
        prop_oneof![Just(0), Just(1), any::<i64>()].prop_map(One::Integer),
        any::<bool>().prop_map(One::Flag),
        "[a-c\u{e4}]{0,3}".prop_map(One::Text),
        vec(any::<u8>(), 0..4).prop_map(One::Bytes),
        Just(One::Message(Message::default())),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| message(inner).prop_map(One::Message)).boxed()
}

fn message(inner: BoxedStrategy<One>) -> impl Strategy<Value = Message> {
    let field = prop_oneof![
        inner.clone().prop_map(Field::One),
        vec(inner.clone(), 1..4).prop_map(Field::List),
        btree_map("[a-c\u{e4}]{0,2}", inner, 1..4).prop_map(Field::Map),
    ];
    btree_map(prop_oneof![1_u32..9, Just(536_870_911)], field, 0..4).prop_map(Message)
}

/// Activities of few values, so that equal ones are met, and ones that differ little.
fn activities() -> impl Strategy<Value = pb::Activity> {
    let text = || prop_oneof![Just(String::new()), Just("a".to_owned()), Just("aa".to_owned())];
    let number = || prop_oneof![3 => Just(0_i64), 1 => Just(1), 1 => Just(-1)];
    let money =
        option::of((text(), number()).prop_map(|(currency_code, units)| Money { currency_code, units, nanos: 0 }));
    let value = prop_oneof![
        text().prop_map(Value::Text),
        number().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Flag),
        text().prop_map(Value::Decimal),
    ];
    let value = option::of(value).prop_map(|value| pb::AttributeValue { value });
    let time = option::of(number().prop_map(|seconds| Timestamp { seconds, nanos: 0 }));
    let texts = (text(), text(), text(), text(), text());
    (texts, money, btree_map(text(), value, 0..3), time).prop_map(|(texts, amount, attributes, occurred_at)| {
        let (name, kind, subject, exclusive_key, follows) = texts;
        let attributes = attributes.into_iter().collect();
        let (counterparty_id, member_id) = (subject.clone(), "ben".into());
        pb::Activity {
            name,
            kind,
            member_id,
            counterparty_id,
            subject,
            amount,
            attributes,
            occurred_at,
            exclusive_key,
            follows,
            ..Default::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every value can be read back from its bytes: no two have the same.
    #[test]
    fn values_can_be_read_back_from_their_bytes(message in message(one())) {
        let values = Values::of(&message);
        prop_assert_eq!(read(values.bytes()), message);
    }

    /// INV 10, 11, 13: equal activities have one digest, in whatever order a map holds its entries; different ones have two.
    #[test]
    fn activities_have_one_digest_if_and_only_if_they_are_equal(a in activities(), b in activities()) {
        let digest = |activity: pb::Activity| SECRET.digest(CommandKind::RecordActivity, &Values::of(&record(activity)));
        prop_assert_eq!(digest(a.clone()) == digest(b.clone()), a == b);
        let mut attributes: Vec<_> = a.attributes.clone().into_iter().collect();
        attributes.reverse();
        let attributes: HashMap<_, _> = attributes.into_iter().collect();
        // What the server says of an activity is not the client's, even where a client sends it back.
        let again = pb::Activity { attributes, points: 100, seq: 3, rule_id: "answers".into(), ..a.clone() };
        prop_assert_eq!(digest(again), digest(a));
    }
}

#[test]
fn the_type_of_command_and_the_secret_are_digested_too() {
    // INV 12
    let values = Values::of(&record_activity());
    let digest = SECRET.digest(CommandKind::RecordActivity, &values);
    assert_ne!(digest, SECRET.digest(CommandKind::ReverseActivity, &values));
    let other = goodturn::domain::value::encoding::Secret::new([8; 32]);
    assert_ne!(digest, other.digest(CommandKind::RecordActivity, &values));
}

/// A log whose digests are the frozen ones, as the first version wrote them, answers the requests they are of.
#[tokio::test]
async fn what_the_first_version_recorded_answers_a_retry() {
    // INV 10, 11, 16, 69
    let log = Arc::new(MemoryLog::default());
    log.create(&program(), SECRET).await.unwrap();
    let served = Served::empty(log, "2018-04-02T12:00:00Z").await;
    let state = served.ledger.make_place(&program()).await.unwrap();
    let first_rules = rule_set(1, "2018-03-12T00:00:00Z", 100);
    for command in [sample::create_program(), sample::publish(first_rules), award("a1", "ben")] {
        let digest = frozen(command.name.kind);
        served.ledger.submit(&state, Command { digest, ..command }, None).await.unwrap();
    }
    let clients = &served.clients;
    let (programs, ledger) = (|| clients.programs(), || clients.ledger());
    let mut named = create_program();
    named.program.as_mut().unwrap().name = "programs/ignored".into();
    for request in [create_program(), named] {
        programs().create_program(request).await.unwrap();
    }
    programs().publish_rule_set(publish_rule_set()).await.unwrap();
    assert_eq!(ledger().record_activity(record_activity()).await.unwrap().into_inner().seq, 3);
    let batch = pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: record_activity().activity.into_iter().collect(),
        all_or_nothing: true,
    };
    let reply = ledger().batch_record_activities(batch).await.unwrap().into_inner();
    let Some(pb::record_activity_result::Result::Receipt(receipt)) = &reply.results[0].result else {
        panic!("{reply:?}")
    };
    assert_eq!(receipt.seq, 3);

    let mut unset = create_program();
    unset.program.as_mut().unwrap().adjustment_limit_points = None;
    let mut other_rules = publish_rule_set();
    other_rules.rule_set.as_mut().unwrap().rules[1].follows.as_mut().unwrap().past_cap = false;
    let mut other = record_activity();
    other.activity.as_mut().unwrap().attributes.remove("nothing");
    let told = [
        Refused::of(&programs().create_program(unset).await.unwrap_err()),
        Refused::of(&programs().publish_rule_set(other_rules).await.unwrap_err()),
        Refused::of(&ledger().record_activity(other).await.unwrap_err()),
    ];
    for told in told {
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    assert_eq!(head_seq(clients).await, 3);
}
