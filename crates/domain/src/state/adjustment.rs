//! Adjustments, as they are recorded.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::terms::adjustment::AdjustmentReason;
use crate::value::codes::codes;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{AdjustmentId, MemberId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

codes! {
    /// State of an adjustment.
    AdjustmentState {
        /// The adjustment waits for a second person.
        Proposed = 1, "proposed";
        /// The points were moved.
        Posted = 2, "posted";
        /// A second person refused, or the first withdrew the adjustment.
        Rejected = 3, "rejected";
        /// The points were taken back because the member was banned.
        Revoked = 4, "revoked";
    }
}

/// An adjustment, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Adjustment {
    /// The member who gets or loses the points.
    pub member: MemberId,
    /// Points given; below zero, points taken.
    pub points: i64,
    /// Reason of the adjustment.
    pub reason: AdjustmentReason,
    /// Time when the points count.
    pub occurred_at: Micros,
    /// The programme's day on which the points count.
    pub local_day: Day,
    /// State of the adjustment.
    pub state: AdjustmentState,
    /// The entry that recorded the adjustment first.
    pub seq: Seq,
    /// Time when the points were moved; before that, time of the proposal.
    pub recorded_at: Micros,
    /// The principal who drew up the adjustment.
    pub drawn_up_by: PrincipalId,
    /// The principal who approved or rejected the adjustment, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
    /// Salted digest of the adjustment's note.
    pub note_digest: Option<Hash>,
}

impl Adjustment {
    /// Returns the digest of everything that somebody signs who approves the adjustment: id, member, points, reason,
    /// time, drafter and the digest of its note. It never changes.
    #[must_use]
    pub fn content(&self, id: &AdjustmentId) -> Hash {
        let drawn_up = (&self.drawn_up_by, self.note_digest);
        let content = encode(&(id, &self.member, self.points, self.reason, self.occurred_at, drawn_up));
        Sha256::new().chain_update(b"goodturn adjustment v1").chain_update(content).finalize().into()
    }
}

/// Digest of a list of adjustments, in the byte order of their ids: `digest ← SHA-256(digest ‖ content)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Listing(Hash);

impl Default for Listing {
    /// Makes the digest of the empty list.
    fn default() -> Self {
        Self(Sha256::digest(b"goodturn adjustments v1").into())
    }
}

impl Listing {
    /// Adds the next adjustment of the list.
    pub fn add(&mut self, id: &AdjustmentId, adjustment: &Adjustment) {
        self.0 = Sha256::new().chain_update(self.0).chain_update(adjustment.content(id)).finalize().into();
    }

    /// Returns the digest of the list so far.
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.0
    }
}

/// Largest number of adjustments of a programme that may wait for a second person: five full decisions on many. They
/// stand in [`Waiting`] pages of about 40 rows, some kilobytes each, which are written with every proposal.
pub const WAITING_MAX: i64 = 10_000;

/// A page of the adjustments that wait for a second person, with their points, in the byte order of their ids. Which
/// page an id stands on follows from the id alone, so a programme has at most 256 pages however many adjustments were
/// decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Waiting {
    /// Adjustments of the page and their points.
    pub rows: BTreeMap<AdjustmentId, i64>,
}

impl Waiting {
    /// Returns the number of the page on which an adjustment waits: the first byte of its id's SHA-256.
    #[must_use]
    pub fn page(id: &AdjustmentId) -> u8 {
        Sha256::digest(id.as_str())[0]
    }
}
