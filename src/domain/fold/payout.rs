//! The fold of payouts.

use super::super::entry::{Entry, EntryKind, Seq};
use super::super::fact::Fact;
use super::super::ids::{MemberId, PayoutId, StatementId};
use super::super::payout::{Payout, PayoutState, SetAside};
use super::super::record::{Record, RecordKey};
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    pub(super) fn apply_to_payout(&mut self, entry: &Entry) -> Result<(), FoldError> {
        match (entry.kind, &entry.fact) {
            (EntryKind::PayoutCreated, Fact::Payout(terms)) => {
                let pool = terms.pool_minor;
                self.take_pool(&terms.statement, entry.seq, pool)?;
                let payout = Payout::begun(terms.clone(), entry.seq, entry.recorded_at, entry.principal.clone());
                self.put(RecordKey::Payout(terms.id.clone()), entry.seq, Record::Payout(payout));
                Ok(())
            }
            (EntryKind::PayoutProgressed, Fact::PayoutStep(step)) => {
                self.change_payout(&step.payout, entry.seq, |payout| payout.through = Some(step.through.clone()))
            }
            (EntryKind::PayoutDrafted, Fact::PayoutContent(content)) => {
                self.change_payout(&content.payout, entry.seq, |payout| {
                    payout.state = PayoutState::Draft;
                    payout.drafted_seq = entry.seq;
                    payout.through = None;
                })
            }
            (EntryKind::PayoutApproved, Fact::PayoutContent(content)) => {
                self.change_payout(&content.payout, entry.seq, |payout| {
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

    /// Takes in what a payout does to the points and the money of one member.
    fn apply_to_share(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let seq = entry.seq;
        let amount = entry.movement.map_or(0, |movement| movement.amount().get());
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()));
        match (entry.kind, &entry.fact) {
            (EntryKind::PayoutSetAside, Fact::PayoutAct(id)) => {
                let member = member?;
                let mut set_aside = self.set_aside(member);
                set_aside.add(id, amount);
                self.put(RecordKey::SetAside(member.clone()), seq, Record::SetAside(set_aside));
                self.add_to_payout(id, seq, |payout| payout.set_aside(member, amount, seq))
            }
            (EntryKind::PayoutReduced, fact) => {
                let id = fact.reduces().ok_or(FoldError::FactOfOtherKind(entry.kind.name()))?;
                let member = member?;
                let left = self.lower_set_aside(member, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| payout.reduce(member, amount, left == 0, seq))
            }
            (EntryKind::PayoutPaid, Fact::PayoutAct(id)) => {
                self.lower_set_aside(member?, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| add(&mut payout.paid_points, amount))
            }
            (EntryKind::PayoutGranted, Fact::PayoutAct(id)) => {
                self.add_to_payout(id, seq, |payout| add(&mut payout.granted_minor, amount))
            }
            (EntryKind::PayoutReturned, Fact::PayoutAct(id)) => {
                self.lower_set_aside(member?, id, seq, amount).map(drop)
            }
            (kind, _) => Err(FoldError::FactOfOtherKind(kind.name())),
        }
    }

    fn set_aside(&self, member: &MemberId) -> SetAside {
        match self.record(&RecordKey::SetAside(member.clone())) {
            Some(Record::SetAside(set_aside)) => set_aside.clone(),
            _ => SetAside::default(),
        }
    }

    /// Takes points from what a payout has set aside of a member's, and returns what is left of it.
    fn lower_set_aside(
        &mut self,
        member: &MemberId,
        payout: &PayoutId,
        seq: Seq,
        points: i64,
    ) -> Result<i64, FoldError> {
        let key = RecordKey::SetAside(member.clone());
        let mut set_aside = self.set_aside(member);
        let left = set_aside.lower(payout, points).ok_or_else(|| FoldError::NotSetAside(format!("payout {payout}")))?;
        self.put(key, seq, Record::SetAside(set_aside));
        Ok(left)
    }

    /// Takes of a statement's pool, or, with a negative amount, gives back.
    fn take_pool(&mut self, id: &StatementId, seq: Seq, pool_minor: i64) -> Result<(), FoldError> {
        let mut fits = Some(());
        self.change_statement(id, seq, |statement| fits = add(&mut statement.committed_minor, pool_minor))?;
        fits.ok_or_else(|| FoldError::Sum(format!("statement {id}")))
    }

    fn add_to_payout(
        &mut self,
        id: &PayoutId,
        seq: Seq,
        change: impl FnOnce(&mut Payout) -> Option<()>,
    ) -> Result<(), FoldError> {
        let mut fits = Some(());
        self.change_payout(id, seq, |payout| fits = change(payout))?;
        fits.ok_or_else(|| FoldError::Sum(format!("payout {id}")))
    }

    fn change_payout(&mut self, id: &PayoutId, seq: Seq, change: impl FnOnce(&mut Payout)) -> Result<(), FoldError> {
        match self.record_mut(&RecordKey::Payout(id.clone()), seq)? {
            Record::Payout(payout) => change(payout),
            _ => return Err(FoldError::NoRecord(format!("payout {id}"))),
        }
        Ok(())
    }

    /// Moves a payout to a state whose steps begin with the first member.
    fn move_payout(&mut self, id: &PayoutId, seq: Seq, state: PayoutState) -> Result<(), FoldError> {
        self.change_payout(id, seq, |payout| {
            payout.state = state;
            payout.through = None;
        })
    }

    fn payout(&self, id: &PayoutId) -> Result<&Payout, FoldError> {
        match self.record(&RecordKey::Payout(id.clone())) {
            Some(Record::Payout(payout)) => Ok(payout),
            _ => Err(FoldError::NoRecord(format!("payout {id}"))),
        }
    }
}

/// Adds to a sum; `None`, and no change, when it would leave the range of an i64.
fn add(sum: &mut i64, amount: i64) -> Option<()> {
    *sum = sum.checked_add(amount)?;
    Some(())
}
