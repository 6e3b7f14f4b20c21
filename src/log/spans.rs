//! Daily totals of spans as they are stored: derived from the log, checked whenever they are read, and made anew where they differ.

use sha2::{Digest as _, Sha256};

use super::LogError;
use super::columns::row;
use super::row::At;
use crate::domain::project::people::PersonChange;
use crate::domain::project::span::Span;
use crate::domain::value::encoding::{Hash, encode};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;

/// What is stored of a span beside its totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanHead {
    /// The last entry of the span.
    pub through: Seq,
    /// Version of the encoding.
    pub format: i64,
    /// The leaf of that entry: totals of another log are known by it.
    pub leaf: Hash,
    /// The first and the last day on which anything was credited.
    pub days: Option<Window>,
    /// What its entries change about people, encoded.
    pub people: Vec<u8>,
    /// Digest of the totals.
    pub totals_digest: Hash,
    /// Digest of all of this.
    pub digest: Hash,
}

/// A span as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSpan {
    /// What is stored beside its totals.
    pub head: SpanHead,
    /// Its totals, encoded.
    pub totals: Vec<u8>,
}

impl StoredSpan {
    /// Makes what is stored of a complete span, whose last entry has this leaf.
    #[must_use]
    pub fn of(span: &Span, leaf: Hash) -> Self {
        let (people, totals) = (span.encode_people(), span.encode());
        let (through, format, totals_digest) = (span.through, Span::FORMAT, Sha256::digest(&totals).into());
        let head = SpanHead { through, format, leaf, days: span.days(), people, totals_digest, digest: [0; 32] };
        Self { head: SpanHead { digest: head.own_digest(), ..head }, totals }
    }
}

impl SpanHead {
    fn own_digest(&self) -> Hash {
        let days = self.days.map(|days| (days.first(), days.last()));
        let head = (self.through.get(), self.format, self.leaf, days, &self.people, self.totals_digest);
        Sha256::new().chain_update(b"goodturn span v1").chain_update(encode(&head)).finalize().into()
    }

    /// Returns the span, if these are its totals and this program reads them.
    #[must_use]
    pub fn with(&self, totals: &[u8]) -> Option<Span> {
        if Hash::from(Sha256::digest(totals)) != self.totals_digest {
            return None;
        }
        Some(Span { people: self.changes()?, ..Span::decode(self.through, totals)? })
    }

    /// Returns what its entries change about people, if this is what was written, and this program reads it.
    #[must_use]
    pub fn changes(&self) -> Option<Vec<(Seq, PersonChange)>> {
        let right = self.format == Span::FORMAT && self.digest == self.own_digest();
        right.then(|| Span::decode_people(&self.people)).flatten()
    }
}

/// Replaces a span that is stored already, unless it is the same.
macro_rules! replace_if_other {
    () => {
        "on conflict (program_id, through_seq) do update \
         set format = excluded.format, leaf_hash = excluded.leaf_hash, first_day = excluded.first_day, \
         last_day = excluded.last_day, people = excluded.people, totals_digest = excluded.totals_digest, \
         digest = excluded.digest, totals = excluded.totals \
         where (span.format, span.leaf_hash, span.first_day, span.last_day, span.people, span.totals_digest, span.digest, \
                span.totals) \
               is distinct from \
               (excluded.format, excluded.leaf_hash, excluded.first_day, excluded.last_day, excluded.people, \
                excluded.totals_digest, excluded.digest, excluded.totals)"
    };
}
pub(super) use replace_if_other;

row! {
    /// What is stored beside the totals of a span.
    #[derive(Debug)]
    pub(super) struct SpanHeadRow {
        pub(super) through_seq: i64,
        pub(super) format: i64,
        pub(super) leaf_hash: Vec<u8>,
        pub(super) first_day: Option<i64>,
        pub(super) last_day: Option<i64>,
        pub(super) people: Vec<u8>,
        pub(super) totals_digest: Vec<u8>,
        pub(super) digest: Vec<u8>,
    }
}

impl TryFrom<SpanHeadRow> for SpanHead {
    type Error = LogError;

    fn try_from(row: SpanHeadRow) -> Result<Self, LogError> {
        let at = At { table: "span", row: format!("through {}", row.through_seq) };
        let day = |day: i64| i32::try_from(day).ok().and_then(Day::new);
        let days = match (row.first_day, row.last_day) {
            // Days that are none show in the digest, and the span is made anew.
            (Some(first), Some(last)) => day(first).zip(day(last)).and_then(|(first, last)| Window::range(first, last)),
            _ => None,
        };
        Ok(Self {
            through: at.some("through_seq", Seq::new(row.through_seq))?,
            format: row.format,
            leaf: at.hash("leaf_hash", &row.leaf_hash)?,
            days,
            people: row.people,
            totals_digest: at.hash("totals_digest", &row.totals_digest)?,
            digest: at.hash("digest", &row.digest)?,
        })
    }
}

row! {
    /// The totals of a span.
    #[derive(Debug)]
    pub(super) struct SpanTotalsRow {
        pub(super) through_seq: i64,
        pub(super) totals: Vec<u8>,
    }
}

impl TryFrom<SpanTotalsRow> for (Seq, Vec<u8>) {
    type Error = LogError;

    fn try_from(row: SpanTotalsRow) -> Result<Self, LogError> {
        let at = At { table: "span", row: format!("through {}", row.through_seq) };
        Ok((at.some("through_seq", Seq::new(row.through_seq))?, row.totals))
    }
}
