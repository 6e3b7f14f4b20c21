//! Payouts, as they are recorded. A payout is one run that pays shares of a pool.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::terms::payout::{ListTerms, PayoutMode, PayoutTerms};
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{MemberId, PayoutId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Time after which the sweeper goes on with what was moved on last then: whoever does it still has taken another step of 500 members by
/// then, or sums up the credit of a programme larger than any that was tried.
pub const RESUMED_AFTER_MICROS: i64 = 30 * 1_000_000;

/// State of a payout. A state only moves down this list, or from a state before `Executing` to `Cancelling`. There is
/// one exception: an approved payout whose content changes is a draft again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PayoutState {
    /// Points are being reserved.
    Drafting = 1,
    /// Every share is fixed.
    Draft = 2,
    /// A second person has approved.
    Approved = 3,
    /// Shares are being posted.
    Executing = 4,
    /// Every share is posted.
    Executed = 5,
    /// Points are being given back.
    Cancelling = 6,
    /// Points were given back.
    Cancelled = 7,
    /// A person rejected it, and points were given back.
    Rejected = 8,
    /// Whose share would be below the minimum is being left out.
    Releasing = 9,
}

impl PayoutState {
    /// True when points reserved for the payout may still be taken back. This is so while points are given back, too.
    /// Otherwise a reversal would write off points that the member is about to get back.
    #[must_use]
    pub const fn can_be_reduced(self) -> bool {
        matches!(self, Self::Drafting | Self::Releasing | Self::Draft | Self::Approved | Self::Cancelling)
    }

    /// Returns the name that people see.
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
            Self::Rejected => "rejected",
            Self::Releasing => "releasing",
        }
    }
}

/// A payout, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payout {
    /// Terms of the payout.
    pub terms: PayoutTerms,
    /// State of the payout.
    pub state: PayoutState,
    /// The entry that began the payout.
    pub created_seq: Seq,
    /// Time when the payout was begun.
    pub created_at: Micros,
    /// The principal who drafted the payout.
    pub drafted_by: PrincipalId,
    /// The entry that fixed the content; 0 while drafting.
    pub drafted_seq: Seq,
    /// The principal who approved the payout, once somebody has.
    pub approved_by: Option<PrincipalId>,
    /// Time of the entry by which it was moved on last: begun, brought into its state, or led on by a step.
    pub moved_on_at: Micros,
    /// The last member that the running step has reached.
    pub through: Option<MemberId>,
    /// Number of members with points reserved.
    pub members: i64,
    /// Points reserved.
    pub total_points: i64,
    /// Digest of the content. It runs on while drafting. From the draft on it changes only when reserved points are
    /// taken back.
    pub content: Hash,
    /// The last entry that changed the content. The weights are the points reserved up to it, less those taken back.
    pub content_seq: Seq,
    /// Points paid so far.
    pub paid_points: i64,
    /// Money granted so far, in minor units.
    pub granted_minor: i64,
    /// The principal who rejected the payout, with the entry of that decision.
    pub rejected: Option<(PrincipalId, Seq)>,
    /// Sum of the shares at a fixed rate, in minor units; 0 in other modes.
    pub owed_minor: i64,
    /// Points reserved when leaving out small shares began: what the minimum is compared with.
    pub total_before: i64,
}

impl Payout {
    /// Returns the time from which the sweeper goes on with it; `None` unless it is under way. What waits for rows of a list, or for a
    /// person, is not.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        let is_under_way = match self.state {
            PayoutState::Drafting => self.terms.list.as_ref().is_none_or(|list| self.members >= list.rows),
            PayoutState::Releasing | PayoutState::Executing | PayoutState::Cancelling => true,
            PayoutState::Draft
            | PayoutState::Approved
            | PayoutState::Executed
            | PayoutState::Cancelled
            | PayoutState::Rejected => false,
        };
        is_under_way.then(|| self.moved_on_at.plus(RESUMED_AFTER_MICROS))
    }

    /// Makes a payout from its first entry.
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
            moved_on_at: at,
            through: None,
            members: 0,
            total_points: 0,
            content,
            content_seq: seq,
            paid_points: 0,
            granted_minor: 0,
            rejected: None,
            owed_minor: 0,
            total_before: 0,
        }
    }

    /// Adds a member's points to the content: `digest ← SHA-256(digest ‖ member ‖ points)`.
    ///
    /// The terms are hashed first. So an approval signs the pool, the terms and every weight, and with them every
    /// share. `None` when the sums would leave the range of an i64.
    pub fn reserve(&mut self, member: &MemberId, points: i64, by: Seq) -> Option<()> {
        self.members = self.members.checked_add(1)?;
        self.total_points = self.total_points.checked_add(points)?;
        self.content =
            Sha256::new().chain_update(self.content).chain_update(encode(&(member, points))).finalize().into();
        self.content_seq = by;
        self.owed_minor = self.owed_minor.checked_add(self.terms.at_rate(points))?;
        Some(())
    }

    /// True when the share of so many points is below the minimum, as compared with all points that were reserved.
    #[must_use]
    pub fn is_too_little(&self, points: i64) -> bool {
        self.terms.is_too_little(points, self.total_before.into())
    }

    /// Takes a member out whose share would be below the minimum: `digest ← SHA-256(digest ‖ "released" ‖ member ‖ points)`.
    /// `None` when fewer points are reserved.
    pub fn release(&mut self, member: &MemberId, points: i64, by: Seq) -> Option<()> {
        self.take_out(b"released", member, points, 0, by)?;
        self.members = self.members.checked_sub(1)?;
        Some(())
    }

    /// Takes reserved points out of the content: `digest ← SHA-256(digest ‖ "reduced" ‖ member ‖ points)`. `left`
    /// is what stays reserved of the member.
    ///
    /// The content changes, so an earlier approval is void. `None` when fewer points are reserved.
    pub fn reduce(&mut self, member: &MemberId, points: i64, left: i64, by: Seq) -> Option<()> {
        self.members = self.members.checked_sub(i64::from(left == 0))?;
        self.take_out(b"reduced", member, points, left, by)?;
        if self.state == PayoutState::Approved {
            self.state = PayoutState::Draft;
            self.approved_by = None;
        }
        Some(())
    }

    fn take_out(&mut self, how: &[u8], member: &MemberId, points: i64, left: i64, by: Seq) -> Option<()> {
        self.total_points = self.total_points.checked_sub(points).filter(|&left| left >= 0)?;
        let owed = self.owed_minor.checked_sub(self.terms.at_rate(left.checked_add(points)?))?;
        self.owed_minor = owed.checked_add(self.terms.at_rate(left))?;
        let row = encode(&(member, points));
        self.content = Sha256::new().chain_update(self.content).chain_update(how).chain_update(row).finalize().into();
        self.content_seq = by;
        Some(())
    }

    /// True when the rows are those that the terms announce: as many, and with that sum of weights. True for a payout over no list.
    #[must_use]
    pub fn has_its_list(&self) -> bool {
        let is_it = |list: &ListTerms| (self.members, self.total_points) == (list.rows, list.total_weight);
        self.terms.list.as_ref().is_none_or(is_it)
    }

    /// Returns the money that all shares sum to, in minor units.
    #[must_use]
    pub const fn shares_minor(&self) -> i64 {
        match self.terms.mode {
            PayoutMode::FixedRate => self.owed_minor,
            PayoutMode::Pool | PayoutMode::List => self.terms.pool_minor,
        }
    }
}

/// Points of a member that are reserved for payouts, neither paid nor given back. Each payout that is not over has at
/// most one row; the rows are in the order of reserving.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Reservations {
    rows: Vec<(PayoutId, i64)>,
}

impl Reservations {
    /// Returns payouts and their points, in the order in which they were reserved.
    #[must_use]
    pub fn rows(&self) -> &[(PayoutId, i64)] {
        &self.rows
    }

    /// Returns the points reserved for a payout.
    #[must_use]
    pub fn of(&self, payout: &PayoutId) -> i64 {
        self.rows.iter().find(|(by, _)| by == payout).map_or(0, |&(_, points)| points)
    }

    /// Adds the points reserved for a payout.
    pub fn add(&mut self, payout: &PayoutId, points: i64) {
        self.rows.push((payout.clone(), points));
    }

    /// Takes points from those reserved for a payout. Returns the points that stay reserved; `None` when fewer points
    /// are reserved.
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
