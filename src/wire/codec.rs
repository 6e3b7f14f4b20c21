//! The codec of every call: what a request would become in memory is counted before it is built.
//!
//! Two bytes of an empty message in a list become hundreds in memory, so a request of the allowed size could become a gigabyte. Its
//! lists are counted first, along the shapes that the build generates from `proto/`; one with too much is refused and never built.

use std::marker::PhantomData;
use std::sync::Arc;

use prost::Message;
use tonic::Status;
use tonic::codec::{Codec as TonicCodec, DecodeBuf, Decoder};
use tonic::codegen::Bytes;
use tonic_prost::ProstEncoder;

use super::error::{ApiError, Violation};
use crate::proto::SHAPES;

/// The largest number of items of any list of a request: twice as many as the longest may hold, the adjustments that one call
/// decides. A list that is a little too long is read, so that it is told of with everything else that is wrong.
pub const LIST_MAX: usize = 4_000;

/// The largest number of lists' items and inner messages of a request in all: a batch of 1,000 activities, each with an amount,
/// a time and 32 attributes, has 68,000. Each takes some 500 bytes at most, so a request takes 50 MB at most.
pub const PARTS_MAX: usize = 100_000;

/// How deep messages may stand in each other; the same limit as that of the decoder.
const DEPTH_MAX: usize = 100;

/// Shape of a message: its fields that are lists or messages.
pub(crate) struct Shape(pub(crate) &'static [FieldShape]);

/// A field that is a list or a message.
pub(crate) struct FieldShape {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) is_list: bool,
    /// True for a list of numbers, which may come in one piece: at most as many as it has bytes.
    pub(crate) is_packed: bool,
    /// Bytes that an item takes in memory, beside its content.
    pub(crate) bytes: usize,
    /// The shape of the message that it holds, by its place in the table.
    pub(crate) message: Option<usize>,
}

/// A message of a call.
pub trait Shaped {
    /// Shape of a request, by its place in the table; `None` for a reply.
    const SHAPE: Option<usize>;
}

/// Memory for the requests of a call.
pub(crate) trait Room: Send + Sync {
    /// Takes what a message of so many bytes becomes when it is built.
    ///
    /// # Errors
    /// There is no room for it now.
    fn take(&self, bytes: usize, built: usize) -> Result<(), ApiError>;
}

tokio::task_local! {
    static ROOM: Arc<dyn Room>;
}

/// Runs a call whose requests take their memory from this room.
pub(crate) fn within<F: Future>(room: Arc<dyn Room>, call: F) -> impl Future<Output = F::Output> {
    ROOM.scope(room, call)
}

/// Encodes replies, and decodes requests that are small enough in memory.
#[derive(Debug, Clone)]
pub struct Codec<T, U> {
    messages: PhantomData<fn() -> (T, U)>,
}

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self { messages: PhantomData }
    }
}

impl<T, U> TonicCodec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Shaped + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = Counting<U>;

    fn encoder(&mut self) -> Self::Encoder {
        tonic_prost::ProstCodec::<T, U>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Counting { message: PhantomData }
    }
}

/// Decodes messages after it has counted their parts.
#[derive(Debug)]
pub struct Counting<U> {
    message: PhantomData<fn() -> U>,
}

impl<U: Message + Default + Shaped> Decoder for Counting<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let bytes: Bytes = prost::bytes::Buf::copy_to_bytes(source, prost::bytes::Buf::remaining(source));
        if let Some(shape) = U::SHAPE {
            let parts = count(&bytes, shape).map_err(|excess| ApiError::Invalid(vec![excess.told()]))?;
            // A client's own replies are decoded outside of any room.
            ROOM.try_with(|room| room.take(bytes.len(), parts.bytes)).unwrap_or(Ok(()))?;
        }
        let read = U::decode(bytes).map_err(|error| ApiError::Unreadable(Status::internal(error.to_string())));
        Ok(Some(read?))
    }
}

/// A list with too many items, or too many parts in all. How many is not told: they are not counted to their end.
#[derive(Debug, PartialEq, Eq)]
enum Excess {
    /// The path of the list, from the inside outwards.
    List(Vec<String>),
    Parts,
}

impl Excess {
    fn told(self) -> Violation {
        match self {
            Self::List(mut path) => {
                path.reverse();
                let problem = format!("has more than {LIST_MAX} items; send less at a time");
                Violation { field: path.join("."), problem }
            }
            Self::Parts => {
                let problem =
                    format!("holds more than {PARTS_MAX} items and inner messages in all; send less at a time");
                Violation { field: "message".into(), problem }
            }
        }
    }
}

/// The parts of a message: items of lists, and inner messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parts {
    count: usize,
    /// Bytes that they take in memory. A list that grows may have room for twice as many items.
    bytes: usize,
}

/// Counts the parts of an encoded message. It ends at what is malformed, where the decoder ends too.
fn count(bytes: &[u8], shape: usize) -> Result<Parts, Excess> {
    let mut parts = Parts::default();
    count_within(bytes, shape, DEPTH_MAX, &mut parts)?;
    Ok(parts)
}

fn count_within(mut bytes: &[u8], shape: usize, depth: usize, parts: &mut Parts) -> Result<(), Excess> {
    let Some(Shape(fields)) = SHAPES.get(shape).filter(|_| depth > 0) else { return Ok(()) };
    let mut items = vec![0_usize; fields.len()];
    while let Some((number, content)) = next_field(&mut bytes) {
        let Some(at) = fields.iter().position(|field| field.number == number) else { continue };
        let field = &fields[at];
        let count = content.filter(|_| field.is_packed).map_or(1, <[u8]>::len);
        parts.count += count;
        parts.bytes += count * if field.is_list { 2 * field.bytes } else { field.bytes };
        items[at] += count;
        if field.is_list && items[at] > LIST_MAX {
            return Err(Excess::List(vec![field.name.to_owned()]));
        }
        if parts.count > PARTS_MAX {
            return Err(Excess::Parts);
        }
        if let (Some(message), Some(content)) = (field.message, content) {
            count_within(content, message, depth - 1, parts).map_err(|mut excess| {
                if let Excess::List(path) = &mut excess {
                    let index = if field.is_list { format!("[{}]", items[at] - 1) } else { String::new() };
                    path.push(format!("{}{index}", field.name));
                }
                excess
            })?;
        }
    }
    Ok(())
}

/// Takes the next field: its number, and its content when it has a length. `None` at the end and at what is malformed.
fn next_field<'a>(bytes: &mut &'a [u8]) -> Option<(u32, Option<&'a [u8]>)> {
    let tag = varint(bytes)?;
    let number = u32::try_from(tag >> 3).ok()?;
    if tag & 7 == GROUP {
        skip_group(bytes, number, DEPTH_MAX)?;
        return Some((number, None));
    }
    let content = content(bytes, tag & 7)?;
    Some((number, (tag & 7 == WITH_LENGTH).then_some(content)))
}

/// The wire type of what has a length.
const WITH_LENGTH: u64 = 2;

/// Wire types of the ends of a group. Nothing is sent as a group any more, but the decoder passes over one.
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;

fn skip_group(bytes: &mut &[u8], number: u32, depth: usize) -> Option<()> {
    loop {
        let tag = varint(bytes)?;
        let inner = u32::try_from(tag >> 3).ok()?;
        match tag & 7 {
            GROUP if depth > 1 => skip_group(bytes, inner, depth - 1)?,
            GROUP_END => return (inner == number).then_some(()),
            other => drop(content(bytes, other)?),
        }
    }
}

/// Takes the content of a field of a wire type. That of a number is of no interest, and empty.
fn content<'a>(bytes: &mut &'a [u8], wire_type: u64) -> Option<&'a [u8]> {
    let fixed = |bytes: &mut &'a [u8], length: usize| {
        let (content, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(content)
    };
    match wire_type {
        0 => varint(bytes).map(|_| &[][..]),
        1 => fixed(bytes, 8),
        WITH_LENGTH => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            fixed(bytes, length)
        }
        5 => fixed(bytes, 4),
        _ => None,
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Counts bytes along every shape, and compares the count of a batch with what the decoder makes of it.
#[cfg(feature = "failpoints")]
pub(crate) fn fuzzed(bytes: &[u8]) {
    for shape in 0..SHAPES.len() {
        let _parts = count(bytes, shape);
    }
    let Some(shape) = crate::pb::BatchRecordActivitiesRequest::SHAPE else { return };
    let built = crate::pb::BatchRecordActivitiesRequest::decode(bytes);
    match (count(bytes, shape), built) {
        (Ok(parts), Ok(built)) => {
            let attributes: usize = built.activities.iter().map(|activity| activity.attributes.len()).sum();
            assert!(built.activities.len() <= LIST_MAX);
            assert!(built.activities.len() + attributes <= parts.count, "{parts:?}");
            assert!(size_of_val(&*built.activities) <= parts.bytes, "{parts:?}");
        }
        (Err(Excess::List(path)), Ok(built)) if path == ["activities"] => {
            assert!(built.activities.len() > LIST_MAX);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb;

    fn counted<U: Message + Shaped>(message: &U) -> Result<usize, Violation> {
        count(&message.encode_to_vec(), U::SHAPE.expect("a request")).map(|parts| parts.count).map_err(Excess::told)
    }

    fn excess(field: &str) -> Result<usize, Violation> {
        Err(Violation { field: field.into(), problem: "has more than 4000 items; send less at a time".into() })
    }

    #[test]
    fn lists_are_counted_wherever_they_stand() {
        let batch = |count| pb::BatchRecordActivitiesRequest {
            activities: vec![pb::Activity::default(); count],
            ..Default::default()
        };
        assert_eq!(counted(&batch(4_000)), Ok(4_000));
        assert_eq!(counted(&batch(4_001)), excess("activities"));
        assert_eq!(counted(&batch(300_000)), excess("activities"));
        let caps = vec![pb::Cap::default(); 4_500];
        let rule_set = pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { caps, ..Default::default() }) };
        assert_eq!(counted(&rule_set), excess("rule_set.caps"));
        let attributes = (0..4_001).map(|n| (n.to_string(), pb::AttributeValue::default())).collect();
        let mut nested = batch(3);
        nested.activities[2].attributes = attributes;
        assert_eq!(counted(&nested), excess("activities[2].attributes"));
    }

    #[test]
    fn parts_are_counted_in_all() {
        let attributes = |count: usize| (0..count).map(|n| (n.to_string(), pb::AttributeValue::default())).collect();
        let batch = |count| pb::BatchRecordActivitiesRequest {
            activities: vec![pb::Activity { attributes: attributes(count), ..Default::default() }; 1_000],
            ..Default::default()
        };
        assert_eq!(counted(&batch(32)), Ok(1_000 + 1_000 * 32));
        let told = counted(&batch(100)).expect_err("too many");
        assert_eq!(told.field, "message");
    }

    #[test]
    fn numbers_that_come_in_one_piece_are_counted_each() {
        let grant = |count| {
            let roles = pb::PersonRoles { roles: vec![6; count], ..Default::default() };
            let change = Some(pb::access_change::Change::GrantRoles(roles));
            let access_change = Some(pb::AccessChange { change, ..Default::default() });
            pb::ChangeAccessRequest { access_change }
        };
        assert_eq!(counted(&grant(4_000)), Ok(4_002));
        assert_eq!(counted(&grant(4_001)), excess("access_change.grant_roles.roles"));
    }

    #[test]
    fn what_is_malformed_is_left_to_the_decoder() {
        let shape = pb::BatchRecordActivitiesRequest::SHAPE.expect("a request");
        for bytes in
            [&b"\xff"[..], b"\x12\x05ab", b"\x12", b"\x0b", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b""]
        {
            assert!(count(bytes, shape).is_ok_and(|parts| parts.count <= 1));
        }
    }

    /// The decoder passes over a group that it does not know, and goes on behind it.
    #[test]
    fn what_stands_behind_a_group_is_counted() {
        let shape = pb::BatchRecordActivitiesRequest::SHAPE.expect("a request");
        let behind = b"\x12\x00".repeat(5_000);
        for group in [&b"\x7b\x7c"[..], b"\x7b\x08\x01\x12\x02ab\x7c", b"\x7b\x83\x01\x84\x01\x7c"] {
            let bytes = [group, &behind].concat();
            assert_eq!(
                pb::BatchRecordActivitiesRequest::decode(&*bytes).map(|built| built.activities.len()),
                Ok(5_000)
            );
            assert_eq!(count(&bytes, shape), Err(Excess::List(vec!["activities".into()])));
        }
        assert!(pb::BatchRecordActivitiesRequest::decode(&b"\x7b\x74"[..]).is_err());
        assert_eq!(count(b"\x7b\x74", shape), Ok(Parts::default()));
    }

    #[test]
    fn parts_take_at_least_what_their_structs_take() {
        let batch =
            pb::BatchRecordActivitiesRequest { activities: vec![pb::Activity::default(); 1_000], ..Default::default() };
        let shape = pb::BatchRecordActivitiesRequest::SHAPE.expect("a request");
        let parts = count(&batch.encode_to_vec(), shape).map_err(Excess::told).expect("few");
        assert!(parts.bytes >= size_of_val(&*batch.activities) && parts.bytes <= 1_200_000, "{parts:?}");
    }
}
