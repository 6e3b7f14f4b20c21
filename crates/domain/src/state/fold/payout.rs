//! The fold of payouts.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::payout::{Payout, PayoutState, Reservations};
use crate::state::statement::{Statement, StatementState};

use crate::value::ids::{MemberId, PayoutId, StatementId};
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    pub(super) fn apply_to_payout(&mut self, entry: &Entry) -> Result<(), FoldError> {
        match (entry.kind, &entry.fact) {
            (EntryKind::PayoutCreated, Fact::Payout(terms)) => {
                let pool = terms.pool_minor;
                self.take_pool(&terms.statement, entry.seq, pool)?;
                let payout = Payout::begun(terms.clone(), entry.seq, entry.recorded_at, entry.principal.clone());
                self.put(&terms.id, entry.seq, payout);
                Ok(())
            }
            (EntryKind::PayoutProgressed, Fact::PayoutStep(step)) => {
                self.change(&step.payout, entry.seq, |payout: &mut Payout| payout.through = Some(step.through.clone()))
            }
            (EntryKind::PayoutDrafted, Fact::PayoutContent(content)) => {
                self.change(&content.payout, entry.seq, |payout: &mut Payout| {
                    payout.state = PayoutState::Draft;
                    payout.drafted_seq = entry.seq;
                    payout.through = None;
                })
            }
            (EntryKind::PayoutApproved, Fact::PayoutContent(content)) => {
                self.change(&content.payout, entry.seq, |payout: &mut Payout| {
                    payout.state = PayoutState::Approved;
                    payout.approved_by = Some(entry.principal.clone());
                })
            }
            (EntryKind::PayoutExecuting, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry.seq, PayoutState::Executing)
            }
            (EntryKind::PayoutExecuted, Fact::PayoutAct(id)) => self.move_payout(id, entry.seq, PayoutState::Executed),
            (EntryKind::PayoutCancelling, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry.seq, PayoutState::Cancelling)
            }
            (EntryKind::PayoutCancelled, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry.seq, PayoutState::Cancelled)?;
                let terms = self.payout(id)?.terms.clone();
                self.take_pool(&terms.statement, entry.seq, -terms.pool_minor)
            }
            _ => self.apply_to_share(entry),
        }
    }

    /// Applies a payout's entry to the points and the money of one member.
    fn apply_to_share(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let seq = entry.seq;
        let amount = entry.movement.map_or(0, |movement| movement.amount().get());
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()));
        match (entry.kind, &entry.fact) {
            (EntryKind::PayoutReserved, Fact::PayoutAct(id)) => {
                let member = member?;
                let mut reserved = self.reservations(member);
                reserved.add(id, amount);
                self.put(member, seq, reserved);
                self.add_to_payout(id, seq, |payout| payout.reserve(member, amount, seq))
            }
            (EntryKind::PayoutReduced, fact) => {
                let id = fact.reduces().ok_or(FoldError::FactOfOtherKind(entry.kind.name()))?;
                let member = member?;
                let left = self.lower_reserved(member, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| payout.reduce(member, amount, left == 0, seq))
            }
            (EntryKind::PayoutPaid, Fact::PayoutAct(id)) => {
                self.lower_reserved(member?, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| add(&mut payout.paid_points, amount))
            }
            (EntryKind::PayoutGranted, Fact::PayoutAct(id)) => {
                self.add_to_payout(id, seq, |payout| add(&mut payout.granted_minor, amount))
            }
            (EntryKind::PayoutReturned, Fact::PayoutAct(id)) => self.lower_reserved(member?, id, seq, amount).map(drop),
            (kind, _) => Err(FoldError::FactOfOtherKind(kind.name())),
        }
    }

    fn reservations(&self, member: &MemberId) -> Reservations {
        self.get::<Reservations>(member).cloned().unwrap_or_default()
    }

    /// Takes points from those reserved for a payout of one member. Returns the points that stay reserved.
    fn lower_reserved(
        &mut self,
        member: &MemberId,
        payout: &PayoutId,
        seq: Seq,
        points: i64,
    ) -> Result<i64, FoldError> {
        let mut reserved = self.reservations(member);
        let left = reserved.lower(payout, points).ok_or_else(|| FoldError::NotReserved(format!("payout {payout}")))?;
        self.put(member, seq, reserved);
        Ok(left)
    }

    /// Takes an amount from a statement's pool; a negative amount is given back.
    /// Records that a statement was approved or rejected.
    pub(super) fn decide_statement(
        &mut self,
        entry: &Entry,
        id: &StatementId,
        state: StatementState,
    ) -> Result<(), FoldError> {
        let decided = Some((entry.principal.clone(), entry.seq));
        self.change(id, entry.seq, |statement: &mut Statement| (statement.state, statement.decided) = (state, decided))
    }

    fn take_pool(&mut self, id: &StatementId, seq: Seq, pool_minor: i64) -> Result<(), FoldError> {
        let fits = self.change(id, seq, |statement: &mut Statement| add(&mut statement.committed_minor, pool_minor))?;
        fits.ok_or_else(|| FoldError::Sum(format!("statement {id}")))
    }

    fn add_to_payout(
        &mut self,
        id: &PayoutId,
        seq: Seq,
        change: impl FnOnce(&mut Payout) -> Option<()>,
    ) -> Result<(), FoldError> {
        self.change(id, seq, change)?.ok_or_else(|| FoldError::Sum(format!("payout {id}")))
    }

    /// Moves a payout to a state whose steps begin with the first member.
    fn move_payout(&mut self, id: &PayoutId, seq: Seq, state: PayoutState) -> Result<(), FoldError> {
        self.change(id, seq, |payout: &mut Payout| {
            payout.state = state;
            payout.through = None;
        })
    }

    fn payout(&self, id: &PayoutId) -> Result<&Payout, FoldError> {
        self.get(id).ok_or_else(|| FoldError::NoRecord(format!("payout {id}")))
    }
}

/// Adds to a sum; returns `None` without a change when the sum would leave the range of an i64.
fn add(sum: &mut i64, amount: i64) -> Option<()> {
    *sum = sum.checked_add(amount)?;
    Some(())
}
