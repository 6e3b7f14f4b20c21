//! The fold of payouts.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::LotName;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::payout::{Payout, PayoutState, Reservations};
use crate::state::statement::{Correction, Statement, StatementState, content_of};
use crate::terms::savings::StatementTerms;

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
                self.open_choices(terms, entry.seq);
                self.count_list(terms, true, entry.seq);
                Ok(())
            }
            (EntryKind::PayoutProgressed, Fact::PayoutStep(step)) => {
                self.change(&step.payout, entry.seq, |payout: &mut Payout| {
                    (payout.through, payout.moved_on_at) = (Some(step.through.clone()), entry.recorded_at);
                })
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
            (EntryKind::PayoutExecuting, Fact::PayoutAct(id)) => self.move_payout(id, entry, PayoutState::Executing),
            (EntryKind::PayoutExecuted, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry, PayoutState::Executed)?;
                let Payout { terms, granted_minor, .. } = self.payout(id)?.clone();
                self.count_list(&terms, false, entry.seq);
                let (statement, rest) = (terms.statement, terms.pool_minor - granted_minor);
                // At a fixed rate something may be left of the pool.
                if rest == 0 { Ok(()) } else { self.take_pool(&statement, entry.seq, -rest) }
            }
            (EntryKind::PayoutReleasing, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry, PayoutState::Releasing)?;
                self.change(id, entry.seq, |payout: &mut Payout| payout.total_before = payout.total_points)
            }
            (EntryKind::PayoutCancelling, Fact::PayoutAct(id)) => self.move_payout(id, entry, PayoutState::Cancelling),
            (EntryKind::PayoutRejected, Fact::PayoutAct(id)) => {
                self.move_payout(id, entry, PayoutState::Cancelling)?;
                let rejected = Some((entry.principal.clone(), entry.seq));
                self.change(id, entry.seq, |payout: &mut Payout| payout.rejected = rejected)
            }
            (EntryKind::PayoutCancelled, Fact::PayoutAct(id)) => {
                let is_rejected = self.payout(id)?.rejected.is_some();
                let over = if is_rejected { PayoutState::Rejected } else { PayoutState::Cancelled };
                self.move_payout(id, entry, over)?;
                self.end_choices(id, entry.seq);
                let terms = self.payout(id)?.terms.clone();
                self.count_list(&terms, false, entry.seq);
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
                self.add_to_payout(id, seq, |payout| payout.reduce(member, amount, left, seq))
            }
            (EntryKind::PayoutPaid, Fact::PayoutAct(id)) => {
                self.lower_reserved(member?, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| add(&mut payout.paid_points, amount))
            }
            (EntryKind::PayoutReleased, Fact::PayoutAct(id)) => {
                let member = member?;
                self.lower_reserved(member, id, seq, amount)?;
                self.add_to_payout(id, seq, |payout| payout.release(member, amount, seq))
            }
            (EntryKind::PayoutListed, Fact::Listed(row)) => {
                self.add_to_payout(&row.payout, seq, |payout| payout.reserve(&row.of, row.weight, seq))
            }
            (EntryKind::PayoutGranted, Fact::PayoutAct(id)) => {
                let name = LotName::of_share(id.clone(), member?.clone());
                self.grant_lot(entry, name, amount)?;
                self.add_to_payout(id, seq, |payout| add(&mut payout.granted_minor, amount))
            }
            (EntryKind::PayoutGranted, Fact::Listed(row)) => {
                if amount > 0 {
                    self.grant_lot(entry, LotName::of_share(row.payout.clone(), row.of.clone()), amount)?;
                }
                self.add_to_payout(&row.payout, seq, |payout| {
                    add(&mut payout.granted_minor, amount)?;
                    add(&mut payout.paid_points, row.weight)
                })
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

    /// Records that a statement was declared, or a version that corrects it.
    pub(super) fn declare_statement(&mut self, entry: &Entry, terms: &StatementTerms) -> Result<(), FoldError> {
        let (terms, declared_seq, declared_by) = (terms.clone(), entry.seq, entry.principal.clone());
        let declared_at = entry.recorded_at;
        let id = terms.id.clone();
        if entry.kind == EntryKind::StatementCorrected {
            return self.change(&id, entry.seq, |statement: &mut Statement| {
                let version = statement.last_version + 1;
                statement.last_version = version;
                let content = content_of(version, &terms, entry.note_digest);
                statement.correction =
                    Some(Correction { version, terms, content, declared_seq, declared_by, declared_at });
            });
        }
        let (version, content) = (1, content_of(1, &terms, entry.note_digest));
        let (state, decided, committed_minor, correction) = (StatementState::Declared, None, 0, None);
        let statement = Statement {
            terms,
            version,
            content,
            declared_seq,
            declared_by,
            declared_at,
            state,
            decided,
            committed_minor,
            correction,
            last_version: version,
        };
        self.put(&id, entry.seq, statement);
        Ok(())
    }

    /// Records that a statement, or the correction that waits, was approved or rejected.
    pub(super) fn decide_statement(
        &mut self,
        entry: &Entry,
        id: &StatementId,
        state: StatementState,
    ) -> Result<(), FoldError> {
        let decided = Some((entry.principal.clone(), entry.seq));
        self.change(id, entry.seq, |statement: &mut Statement| match statement.correction.take() {
            // The version that was approved before stands.
            Some(_) if state == StatementState::Rejected => {}
            Some(Correction { version, terms, content, declared_seq, declared_by, declared_at }) => {
                statement.version = version;
                (statement.terms, statement.content) = (terms, content);
                (statement.declared_seq, statement.declared_by) = (declared_seq, declared_by);
                statement.declared_at = declared_at;
                statement.decided = decided;
            }
            None => (statement.state, statement.decided) = (state, decided),
        })
    }

    /// Takes an amount from a statement's pool; a negative amount is given back.
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
    fn move_payout(&mut self, id: &PayoutId, entry: &Entry, state: PayoutState) -> Result<(), FoldError> {
        self.change(id, entry.seq, |payout: &mut Payout| {
            (payout.state, payout.moved_on_at) = (state, entry.recorded_at);
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
