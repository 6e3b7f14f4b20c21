//! Payouts, as recorded: one run that pays shares of a pool.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::terms::payout::PayoutTerms;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{MemberId, PayoutId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Where a payout stands. States move only downwards, or from one before `Executing` to `Cancelling`; but an approved payout
/// whose content changes is a draft again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PayoutState {
    /// Points are being set aside.
    Drafting = 1,
    /// Every share is fixed.
    Draft = 2,
    /// A second person has signed.
    Approved = 3,
    /// Shares are being posted.
    Executing = 4,
    /// Every share is posted.
    Executed = 5,
    /// Points are being given back.
    Cancelling = 6,
    /// Points were given back.
    Cancelled = 7,
}

impl PayoutState {
    /// Whether what it has set aside may still be taken back. While points are given back too: else a reversal would write
    /// off what the member is about to have again.
    #[must_use]
    pub const fn can_be_reduced(self) -> bool {
        matches!(self, Self::Drafting | Self::Draft | Self::Approved | Self::Cancelling)
    }

    /// Name as shown to people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drafting => "drafting",
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Executed => "executed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A payout, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payout {
    /// Its terms.
    pub terms: PayoutTerms,
    /// Where it stands.
    pub state: PayoutState,
    /// The entry that began it.
    pub created_seq: Seq,
    /// When it was begun.
    pub created_at: Micros,
    /// Who drafted it.
    pub drafted_by: PrincipalId,
    /// The entry that fixed its content; 0 while drafting.
    pub drafted_seq: Seq,
    /// Who approved it, once somebody has.
    pub approved_by: Option<PrincipalId>,
    /// The last member the running step has reached.
    pub through: Option<MemberId>,
    /// Members with points set aside.
    pub members: i64,
    /// Points set aside.
    pub total_points: i64,
    /// Digest of the content: running while drafting; from the draft on it changes only with what is taken back.
    pub content: Hash,
    /// The entry that changed the content last: what was set aside up to here, less what was taken back, is the weights.
    pub content_seq: Seq,
    /// Points paid so far.
    pub paid_points: i64,
    /// Money granted so far, in minor units.
    pub granted_minor: i64,
}

impl Payout {
    /// A payout as its first entry makes it.
    #[must_use]
    pub fn begun(terms: PayoutTerms, seq: Seq, at: Micros, by: PrincipalId) -> Self {
        let content = Sha256::new().chain_update(b"goodturn payout v1").chain_update(encode(&terms)).finalize().into();
        Self {
            terms,
            state: PayoutState::Drafting,
            created_seq: seq,
            created_at: at,
            drafted_by: by,
            drafted_seq: Seq::ZERO,
            approved_by: None,
            through: None,
            members: 0,
            total_points: 0,
            content,
            content_seq: seq,
            paid_points: 0,
            granted_minor: 0,
        }
    }

    /// Takes a member's points into the content: `digest ← SHA-256(digest ‖ member ‖ points)`.
    ///
    /// With the terms hashed first, an approval signs pool, terms and every weight, and with them every share. `None`
    /// when the sums would leave the range of an i64.
    pub fn set_aside(&mut self, member: &MemberId, points: i64, by: Seq) -> Option<()> {
        self.members = self.members.checked_add(1)?;
        self.total_points = self.total_points.checked_add(points)?;
        self.content =
            Sha256::new().chain_update(self.content).chain_update(encode(&(member, points))).finalize().into();
        self.content_seq = by;
        Some(())
    }

    /// Takes points out of the content that were set aside, and says whether that was the member's last: `digest ←
    /// SHA-256(digest ‖ "reduced" ‖ member ‖ points)`.
    ///
    /// The content is another one, so an approval of what it was is void. `None` when there are not so many points.
    pub fn reduce(&mut self, member: &MemberId, points: i64, was_last: bool, by: Seq) -> Option<()> {
        self.members = self.members.checked_sub(i64::from(was_last))?;
        self.total_points = self.total_points.checked_sub(points).filter(|&left| left >= 0)?;
        self.content = Sha256::new()
            .chain_update(self.content)
            .chain_update(b"reduced")
            .chain_update(encode(&(member, points)))
            .finalize()
            .into();
        self.content_seq = by;
        if self.state == PayoutState::Approved {
            self.state = PayoutState::Draft;
            self.approved_by = None;
        }
        Some(())
    }
}

/// What payouts have set aside of a member's points, and neither paid nor given back, in the order in which they did: at
/// most one row for each payout that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct SetAside {
    rows: Vec<(PayoutId, i64)>,
}

impl SetAside {
    /// Payouts and their points, in the order in which they were set aside.
    #[must_use]
    pub fn rows(&self) -> &[(PayoutId, i64)] {
        &self.rows
    }

    /// Points a payout has set aside.
    #[must_use]
    pub fn of(&self, payout: &PayoutId) -> i64 {
        self.rows.iter().find(|(by, _)| by == payout).map_or(0, |&(_, points)| points)
    }

    /// Adds a payout that has set points aside.
    pub fn add(&mut self, payout: &PayoutId, points: i64) {
        self.rows.push((payout.clone(), points));
    }

    /// Takes points from a payout, and returns what it has left; `None` when it has not so many.
    pub fn lower(&mut self, payout: &PayoutId, points: i64) -> Option<i64> {
        let at = self.rows.iter().position(|(by, _)| by == payout)?;
        let left = self.rows[at].1.checked_sub(points).filter(|&left| left >= 0)?;
        if left == 0 {
            self.rows.remove(at);
        } else {
            self.rows[at].1 = left;
        }
        Some(left)
    }
}
