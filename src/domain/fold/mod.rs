//! The fold: what a programme's entries make of its accounts and records.
//!
//! One function serves the ledger as it writes, the check that recomputes everything, and a server that takes in what
//! another wrote.

mod adjustment;
mod earning;
mod expiry;
mod member;
mod payout;
mod till;

use std::collections::BTreeMap;

use thiserror::Error;

pub use self::earning::{Counted, changed_records, counted};
use super::account::{Account, Overflow};
use super::entry::{Entry, EntryKind, Seq};
use super::fact::Fact;
use super::ids::{MemberId, StatementId};
use super::program::Program;
use super::record::{Record, RecordKey};
use super::rules::PublishedRuleSet;
use super::savings::Statement;

/// Accounts and records as of some entry.
pub trait State {
    /// A member's account; `None` before its first entry.
    fn account(&self, member: &MemberId) -> Option<&Account>;
    /// What a key holds, if anything.
    fn record(&self, key: &RecordKey) -> Option<&Record>;
}

/// Accounts and records that differ from a state below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Accounts, as they are now.
    pub accounts: BTreeMap<MemberId, Account>,
    /// Records, as they are now, with the entry that changed them last.
    pub records: BTreeMap<RecordKey, (Seq, Record)>,
}

impl Changes {
    /// Puts later changes on top of these.
    pub fn absorb(&mut self, later: Self) {
        self.accounts.extend(later.accounts);
        self.records.extend(later.records);
    }
}

impl State for Changes {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.accounts.get(member)
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.records.get(key).map(|(_, record)| record)
    }
}

/// A state with changes on top.
pub struct Overlay<'a, S> {
    below: &'a S,
    /// What differs from the state below.
    pub changes: Changes,
}

impl<'a, S: State> Overlay<'a, S> {
    /// Begins with no changes.
    pub fn new(below: &'a S) -> Self {
        Self { below, changes: Changes::default() }
    }
}

impl<S: State> State for Overlay<'_, S> {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.changes.account(member).or_else(|| self.below.account(member))
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.changes.record(key).or_else(|| self.below.record(key))
    }
}

/// Why an entry does not follow from those before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// A sum overflows.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The entry's fact does not go with its kind.
    #[error("an entry of kind {0} does not hold this fact")]
    FactOfOtherKind(&'static str),
    /// The entry changes a record that is not there.
    #[error("{0} does not exist")]
    NoRecord(String),
    /// A sum of a statement or payout overflows.
    #[error("a sum of {0} overflows")]
    Sum(String),
    /// The entry takes points that were not set aside.
    #[error("{0} has not so many points of the member set aside")]
    NotSetAside(String),
    /// The entry is its command's first, and has no name.
    #[error("an entry of kind {0} has no name")]
    NoName(&'static str),
    /// The entry concerns no member, and must.
    #[error("an entry of kind {0} concerns no member")]
    NoMember(&'static str),
}

impl<S: State> Overlay<'_, S> {
    /// Takes one more entry into account.
    ///
    /// # Errors
    /// [`FoldError`] when the entry does not follow from those before it; the changes are then of no use.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        if let Some(member) = &entry.member {
            self.account_mut(member).apply(entry.seq, entry.movement)?;
        }
        match (entry.kind, &entry.fact) {
            (EntryKind::MemberMerged, Fact::Merge(fact)) => self.merge(entry, fact)?,
            (EntryKind::ProgramCreated, Fact::Program(terms)) => {
                let program = Program {
                    terms: terms.clone(),
                    created_seq: entry.seq,
                    created_at: entry.recorded_at,
                    rule_version: 0,
                    rules_in_force_from: None,
                    early_kept: 0,
                    members_kept: 0,
                };
                self.put(RecordKey::Program, entry.seq, Record::Program(program));
            }
            (EntryKind::RuleSetPublished, Fact::RuleSet(rules)) => {
                let (version, from) = (rules.version, rules.in_force_from);
                let published = PublishedRuleSet::by(entry, rules);
                self.put(RecordKey::RuleSet(version), entry.seq, Record::RuleSet(published));
                self.change_program(entry.seq, |program| {
                    program.rule_version = version;
                    program.rules_in_force_from = Some(from);
                })?;
                self.plan_expiry(entry, rules)?;
            }
            (EntryKind::ActivityRecorded, Fact::Activity(fact)) => self.record_activity(entry, fact)?,
            (EntryKind::WrittenOff | EntryKind::PointsMoved, Fact::Earning(_) | Fact::AdjustmentMove(_))
            | (EntryKind::PointsMoved, Fact::Merge(_))
            | (EntryKind::PointsExpired, Fact::Expiry(_)) => {}
            (kind, Fact::Earning(fact)) if kind.is_told_of_activities() => match &entry.member {
                Some(member) => self.tell(entry, member, fact)?,
                None => self.tell_early(entry, fact)?,
            },
            (kind, Fact::Adjustment(fact)) if kind.is_of_adjustments() => self.adjust(entry, fact)?,
            (kind, Fact::Member(fact)) if kind.is_of_memberships() => self.shut_out(entry, *fact)?,
            (EntryKind::StatementDeclared, Fact::Statement(terms)) => {
                let statement = Statement {
                    terms: terms.clone(),
                    declared_seq: entry.seq,
                    declared_by: entry.principal.clone(),
                    approved_by: None,
                    committed_minor: 0,
                };
                self.put(RecordKey::Statement(terms.id.clone()), entry.seq, Record::Statement(statement));
            }
            (EntryKind::StatementApproved, Fact::StatementApproval(id)) => {
                let by = entry.principal.clone();
                self.change_statement(id, entry.seq, |statement| statement.approved_by = Some(by))?;
            }
            (_, Fact::Hold(_) | Fact::Redemption(_)) => self.apply_to_till(entry)?,
            (EntryKind::ExpiryProgressed, Fact::ExpiryStep(step)) => self.step_expiry(entry, step)?,
            _ => self.apply_to_payout(entry)?,
        }
        Ok(())
    }

    fn account_mut(&mut self, member: &MemberId) -> &mut Account {
        let below = self.below;
        self.changes
            .accounts
            .entry(member.clone())
            .or_insert_with(|| below.account(member).cloned().unwrap_or_else(|| Account::empty(member.clone())))
    }

    fn put(&mut self, key: RecordKey, seq: Seq, record: Record) {
        self.changes.records.insert(key, (seq, record));
    }

    /// A record about to be changed by the entry `seq`, copied from below the first time.
    fn record_mut(&mut self, key: &RecordKey, seq: Seq) -> Result<&mut Record, FoldError> {
        if !self.changes.records.contains_key(key) {
            let below = self.below.record(key).ok_or_else(|| FoldError::NoRecord(key.to_string()))?.clone();
            self.changes.records.insert(key.clone(), (seq, below));
        }
        let (changed_by, record) = self.changes.records.get_mut(key).expect("put there just now");
        *changed_by = seq;
        Ok(record)
    }

    fn change_program(&mut self, seq: Seq, change: impl FnOnce(&mut Program)) -> Result<(), FoldError> {
        match self.record_mut(&RecordKey::Program, seq)? {
            Record::Program(program) => change(program),
            _ => return Err(FoldError::NoRecord("the programme".into())),
        }
        Ok(())
    }

    fn change_statement(
        &mut self,
        id: &StatementId,
        seq: Seq,
        change: impl FnOnce(&mut Statement),
    ) -> Result<(), FoldError> {
        match self.record_mut(&RecordKey::Statement(id.clone()), seq)? {
            Record::Statement(statement) => change(statement),
            _ => return Err(FoldError::NoRecord(format!("statement {id}"))),
        }
        Ok(())
    }
}
