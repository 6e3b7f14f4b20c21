//! The bytes of a span: see `docs/format.md`.
//!
//! Every span has one encoding. Decoding refuses what is out of order or out of range; the digest beside the bytes tells whether they are
//! those that were written.

use crate::project::people::PersonChange;
use crate::project::span::{Names, Row, Span, Total};
use crate::value::encoding::{decode, encode};
use crate::value::ids::{ActivityKind, MemberId, OPAQUE_BYTES_MAX};
use crate::value::seq::Seq;
use crate::value::time::Day;
use crate::value::varint::{Numbers, put, put_signed};

impl Span {
    /// Version of the encoding.
    pub const FORMAT: i64 = 1;

    /// Encodes the totals.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_count(&mut bytes, self.kinds.len());
        for kind in &self.kinds {
            put_count(&mut bytes, kind.as_str().len());
            bytes.extend_from_slice(kind.as_str().as_bytes());
        }
        put_count(&mut bytes, self.members.len());
        let mut before = "";
        for member in self.members.iter() {
            let shared = before.bytes().zip(member.bytes()).take_while(|(one, other)| one == other).count();
            put_count(&mut bytes, shared);
            put_count(&mut bytes, member.len() - shared);
            bytes.extend_from_slice(&member.as_bytes()[shared..]);
            before = member;
        }
        let groups: Vec<&[Row]> =
            self.rows.chunk_by(|one, next| (one.day, one.kind) == (next.day, next.kind)).collect();
        put_count(&mut bytes, groups.len());
        for group in groups {
            put_signed(&mut bytes, group[0].day.get().into());
            put(&mut bytes, group[0].kind.map_or(0, |kind| u64::from(kind) + 1));
            put_count(&mut bytes, group.len());
            let mut next = 0;
            for row in group {
                put(&mut bytes, u64::from(row.member - next));
                put_signed(&mut bytes, row.total.points);
                put(&mut bytes, (self.through.get() - row.total.reached.get()).cast_unsigned());
                next = row.member + 1;
            }
        }
        let taken = || self.rows.iter().enumerate().filter(|(_, row)| row.taken != 0);
        put_count(&mut bytes, taken().count());
        for (at, row) in taken() {
            put_count(&mut bytes, at);
            put_signed(&mut bytes, row.taken);
        }
        bytes
    }

    /// Encodes what the entries change about people.
    #[must_use]
    pub fn encode_people(&self) -> Vec<u8> {
        encode(&self.people.iter().map(|(seq, change)| (seq.get(), change)).collect::<Vec<_>>())
    }

    /// Decodes what [`Span::encode`] gave of the span that ends at an entry, without people; `None` when it gave something else.
    #[must_use]
    pub fn decode(through: Seq, bytes: &[u8]) -> Option<Self> {
        let mut from = Numbers::of(bytes);
        let kinds = (0..from.take_index()?).map(|_| kind(&mut from)).collect::<Option<Vec<_>>>()?;
        let members = members(&mut from)?;
        let mut rows: Vec<Row> = Vec::new();
        for _ in 0..from.take_index()? {
            group(&mut from, through, &mut rows)?;
        }
        for _ in 0..from.take_index()? {
            let at = from.take_index()?;
            rows.get_mut(at)?.taken = from.take_signed()?;
        }
        let span = Self { through, members, kinds, rows, people: Vec::new() };
        (from.is_empty() && span.is_in_order()).then_some(span)
    }

    /// Decodes what [`Span::encode_people`] gave; `None` when it gave something else.
    #[must_use]
    pub fn decode_people(bytes: &[u8]) -> Option<Vec<(Seq, PersonChange)>> {
        let changes: Vec<(i64, PersonChange)> = decode(bytes).ok()?;
        changes.into_iter().map(|(seq, change)| Some((Seq::new(seq)?, change))).collect()
    }

    /// True when everything is sorted and used as [`Span::rows_of`] relies on.
    fn is_in_order(&self) -> bool {
        let kinds = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let members = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.kinds.is_sorted_by(|one, next| one < next)
            && self.members.iter().is_sorted_by(|one, next| one < next)
            && self.members.iter().all(|member| MemberId::parse(member).is_ok())
            && self.rows.iter().all(|row| row.kind.is_none_or(|kind| kind < kinds) && row.member < members)
            && self.rows.is_sorted_by(|one, next| (one.day, one.kind, one.member) < (next.day, next.kind, next.member))
    }
}

fn kind(from: &mut Numbers<'_>) -> Option<ActivityKind> {
    let length = from.take_index()?;
    ActivityKind::parse(std::str::from_utf8(from.take_bytes(length)?).ok()?).ok()
}

fn members(from: &mut Numbers<'_>) -> Option<Names> {
    let mut names = Names::default();
    let mut name = String::new();
    for _ in 0..from.take_index()? {
        let (shared, length) = (from.take_index()?, from.take_index()?);
        if !name.is_char_boundary(shared) || shared.checked_add(length)? > OPAQUE_BYTES_MAX {
            return None;
        }
        name.truncate(shared);
        name.push_str(std::str::from_utf8(from.take_bytes(length)?).ok()?);
        names.push(&name);
    }
    Some(names)
}

fn group(from: &mut Numbers<'_>, through: Seq, rows: &mut Vec<Row>) -> Option<()> {
    let day = Day::new(i32::try_from(from.take_signed()?).ok()?)?;
    let kind = match from.take()? {
        0 => None,
        place => Some(u32::try_from(place - 1).ok()?),
    };
    let mut next = 0_u32;
    for _ in 0..from.take_index()? {
        let member = next.checked_add(u32::try_from(from.take()?).ok()?)?;
        next = member.checked_add(1)?;
        let points = from.take_signed()?;
        let before = i64::try_from(from.take()?).ok()?;
        let reached = Seq::new(through.get().checked_sub(before)?)?;
        rows.push(Row { day, kind, member, total: Total { points, reached }, taken: 0 });
    }
    Some(())
}

fn put_count(into: &mut Vec<u8>, count: usize) {
    put(into, u64::try_from(count).expect("a length fits 64 bits"));
}
