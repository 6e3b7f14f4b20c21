//! The fold: it makes accounts and records of a programme's entries.
//!
//! The same function serves the ledger as it writes, the check that recomputes everything, and a server that follows
//! another server's entries.

pub mod changed;
pub mod error;

pub mod access;
mod adjustment;
mod batch;
pub mod earning;
mod expiry;
mod lapse;
mod member;
mod money;
mod payout;
mod proposal;
mod takings;
mod till;
mod update;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::terms::rules::set::RuleSet;

use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::program::Program;

use crate::state::statement::StatementState;
use crate::terms::rules::set::PublishedRuleSet;

impl<S: State> Overlay<'_, S> {
    /// Applies one more entry.
    ///
    /// # Errors
    /// [`FoldError`] when the entry does not follow from those before it; the changes must then be dropped.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        if let Some(member) = &entry.member {
            self.account_mut(member).apply(entry.seq, entry.movement)?;
        }
        match (entry.kind, &entry.fact) {
            (EntryKind::MemberMerged, Fact::Merge(fact)) => self.merge(entry, fact)?,
            (EntryKind::ProgramCreated, Fact::Program(terms)) => {
                self.put(&(), entry.seq, Program::new(terms.clone(), entry.seq, entry.recorded_at));
            }
            (EntryKind::RuleSetPublished, Fact::RuleSet(rules)) => {
                let (version, from) = (rules.version, rules.in_force_from);
                let published = published(entry, rules);
                self.put(&version, entry.seq, published);
                self.change(&(), entry.seq, |program: &mut Program| {
                    program.rule_version = version;
                    program.rules_in_force_from = Some(from);
                })?;
                self.plan_expiry(entry, rules)?;
            }
            (EntryKind::ActivityRecorded, Fact::Activity(fact)) => self.record_activity(entry, fact)?,
            (EntryKind::PointsMoved | EntryKind::WrittenOff, Fact::Earning(_) | Fact::AdjustmentMove(_))
            | (EntryKind::PointsMoved | EntryKind::MoneyMoved, Fact::Merge(_))
            // The decisions on each of the list follow.
            | (EntryKind::AdjustmentsApproved | EntryKind::AdjustmentsRejected, Fact::SignedList(_)) => {}
            (kind, Fact::Earning(fact)) if kind.is_told_of_activities() => match &entry.member {
                Some(member) => self.tell(entry, member, fact)?,
                None => self.tell_early(entry, fact)?,
            },
            (kind, Fact::Adjustment(fact)) if kind.is_of_adjustments() => self.adjust(entry, fact)?,
            (kind, Fact::Proposal(fact)) if kind.is_of_proposed_mergers() => self.apply_to_proposal(entry, fact)?,
            (EntryKind::AccessBegun | EntryKind::AccessRecovered, Fact::Owners(owners)) => {
                self.admit_owners(entry, owners)?;
            }
            (kind, Fact::AccessChange(fact)) if kind.is_of_access_changes() => self.apply_to_access(entry, fact)?,
            (_, Fact::TermsUpdate(change)) => self.update_terms(entry, change)?,
            (EntryKind::ChoiceSet, Fact::Choice(fact)) => self.choose(entry, fact)?,
            (_, Fact::Part(part)) => self.apply_to_part(entry, part)?,
            (EntryKind::PaymentReported, Fact::Report(report)) => self.apply_report(entry, report)?,
            (EntryKind::PayeeSet | EntryKind::PayeeRemoved, Fact::Payee(fact)) => self.set_payee(entry, fact)?,
            (EntryKind::PaymentRetried, Fact::Retry(payment)) => self.retry_payment(entry, payment)?,
            (kind, _) if kind.is_of_batches() => self.apply_to_batch(entry)?,
            (_, Fact::Lapse(fact)) => self.apply_to_lapse(entry, fact)?,
            (_, Fact::Lot(fact)) => self.apply_to_lot(entry, fact)?,
            (kind, fact) if kind.is_of_closings() => self.apply_to_closing(entry, fact)?,
            (EntryKind::ProfileUpdated, Fact::Profile(profile)) => {
                let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
                self.put(member, entry.seq, profile.clone());
            }
            (kind, Fact::Member(fact)) if kind.is_of_memberships() => self.shut_out(entry, *fact)?,
            (EntryKind::StatementDeclared | EntryKind::StatementCorrected, Fact::Statement(terms)) => {
                self.declare_statement(entry, terms)?;
            }
            (EntryKind::StatementApproved, Fact::StatementContent(content)) => {
                self.decide_statement(entry, &content.statement, StatementState::Approved)?;
            }
            (EntryKind::StatementRejected, Fact::StatementDecision(id)) => {
                self.decide_statement(entry, id, StatementState::Rejected)?;
            }
            (_, Fact::Hold(_) | Fact::Redemption(_)) => self.apply_to_till(entry)?,
            (EntryKind::ExpiryProgressed, Fact::ExpiryStep(step)) => self.step_expiry(entry, step)?,
            (EntryKind::PointsExpired, Fact::Expiry(cut_off)) => self.reach(entry, *cut_off)?,
            _ => self.apply_to_payout(entry)?,
        }
        self.take(entry)
    }
}

/// Returns the rules that an entry publishes.
#[must_use]
pub fn published(entry: &Entry, rules: &RuleSet) -> PublishedRuleSet {
    PublishedRuleSet {
        rules: rules.clone(),
        published_seq: entry.seq,
        published_at: entry.recorded_at,
        published_by: entry.principal.clone(),
    }
}
