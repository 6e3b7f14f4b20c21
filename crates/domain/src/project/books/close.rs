//! What the close of a month asks of the state at its end: shares against pools, batches against their payments, and
//! what waits for a second person.

use std::collections::BTreeMap;

use crate::entry::batch::PaymentTally;
use crate::entry::money::LotSource;
use crate::state::access::ChangeState;
use crate::state::adjustment::AdjustmentState;
use crate::state::batch::{Batch, BatchState};
use crate::state::closing::ClosingState;
use crate::state::lots::Lots;
use crate::state::member::LiftState;
use crate::state::overlay::Changes;
use crate::state::payment::{Payment, PaymentState};
use crate::state::payout::{Payout, PayoutState};
use crate::state::proposal::ProposalState;
use crate::state::record::{Record, RecordKey};
use crate::state::statement::{Statement, StatementState};
use crate::value::bucket::Bucket;
use crate::value::ids::{BatchId, PayoutId, StatementId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A payout, its pool and what was granted of it, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutCheck {
    /// The payout.
    pub id: PayoutId,
    /// Its state.
    pub state: PayoutState,
    /// The pool that it was given.
    pub pool_minor: i64,
    /// The sum of its shares; 0 before it is executed.
    pub shares_minor: i64,
    /// What it was counted to have granted.
    pub granted_minor: i64,
    /// The sum of its lots, wherever they are.
    pub lots_minor: i128,
}

impl PayoutCheck {
    /// Returns by how much lots and shares differ from what was granted, in all.
    #[must_use]
    pub fn difference(&self) -> i128 {
        let granted = i128::from(self.granted_minor);
        let of_shares = if self.state == PayoutState::Executed { i128::from(self.shares_minor) - granted } else { 0 };
        (self.lots_minor - granted).abs() + of_shares.abs() + (granted - i128::from(self.pool_minor)).max(0)
    }
}

/// A savings statement, its pool and what payouts have of it, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavingsCheck {
    /// The statement's id.
    pub id: String,
    /// Its state.
    pub state: StatementState,
    /// Its pool.
    pub pool_minor: i64,
    /// What payouts have taken, as it was counted.
    pub taken_minor: i64,
    /// The sum of the pools of its payouts that are neither cancelled nor rejected, less what those of a fixed rate
    /// gave back.
    pub in_payouts_minor: i128,
}

impl SavingsCheck {
    /// Returns by how much the two sums differ, and the taken one exceeds the pool.
    #[must_use]
    pub fn difference(&self) -> i128 {
        let taken = i128::from(self.taken_minor);
        (taken - self.in_payouts_minor).abs() + (taken - i128::from(self.pool_minor)).max(0)
    }
}

/// Payments by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Became {
    /// Payments in a batch that is not released.
    pub drawn: PaymentTally,
    /// Payments that were sent, and of which nothing is known.
    pub open: PaymentTally,
    /// Payments that arrived.
    pub settled: PaymentTally,
    /// Payments that came back.
    pub back: PaymentTally,
    /// Payments that were left out.
    pub left_out: PaymentTally,
}

impl Became {
    fn add(&mut self, payment: &Payment) {
        let tally = match payment.state {
            PaymentState::Drawn => &mut self.drawn,
            PaymentState::LeftOut => &mut self.left_out,
            PaymentState::Sent | PaymentState::Unclaimed => &mut self.open,
            PaymentState::Settled => &mut self.settled,
            PaymentState::Back => &mut self.back,
        };
        count(tally, payment.minor);
    }
}

/// Payments of a batch, as they are there and as they were counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchCheck {
    /// The batch, with what was counted.
    pub batch: Batch,
    /// What became of its payments.
    pub became: Became,
    /// Money of lots that say they are on their way, or arrived, with the batch.
    pub lots_minor: i128,
}

impl BatchCheck {
    /// Returns the number of ways in which payments, lots and what was counted differ.
    #[must_use]
    pub fn differences(&self) -> i64 {
        let Self { batch, became, lots_minor } = self;
        let Became { drawn, open, settled, back, left_out } = became;
        let all = |of: fn(&PaymentTally) -> i64| {
            [drawn, open, settled, back, left_out].into_iter().map(|tally| i128::from(of(tally))).sum::<i128>()
        };
        let pairs = [
            all(|tally| tally.payments) != i128::from(batch.drawn.payments),
            all(|tally| tally.minor) != i128::from(batch.drawn.minor),
            *open != batch.open(),
            *settled != batch.settled,
            *back != batch.back,
            *left_out != batch.left_out,
            i128::from(open.minor) + i128::from(settled.minor) != *lots_minor,
        ];
        pairs.into_iter().map(i64::from).sum()
    }
}

/// Something that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Its kind, as words.
    pub what: &'static str,
    /// Its id.
    pub id: String,
    /// The entry by which it was asked for.
    pub since: Seq,
    /// Whoever asked for it.
    pub by: PrincipalId,
}

/// Ages of payments of which nothing is known yet, in days: up to a week, a month, a quarter, and more.
pub const AGES_DAYS: [i64; 3] = [7, 30, 90];

/// The state at the end of a month, as finance closes it.
#[derive(Debug, Clone, Default)]
pub struct Close {
    /// Savings statements, in the byte order of their ids.
    pub savings: Vec<SavingsCheck>,
    /// Payouts, in the byte order of their ids.
    pub payouts: Vec<PayoutCheck>,
    /// Batches, in the byte order of their ids.
    pub batches: Vec<BatchCheck>,
    /// Payments of which nothing is known, by age: see [`AGES_DAYS`].
    pub open_by_age: [PaymentTally; AGES_DAYS.len() + 1],
    /// Payouts whose choices are not closed, though the deadline has passed.
    pub unclosed: Vec<(PayoutId, Micros)>,
    /// What waits for a second person, oldest first.
    pub waits: Vec<Waits>,
}

impl Close {
    /// Reads the state at the end of a month.
    #[must_use]
    pub fn of(state: &Changes, end: Micros) -> Self {
        let mut close = Self::default();
        let mut sums = Sums::default();
        for (key, (_, record)) in &state.records {
            match (key, record) {
                (_, Record::Lots(lots)) => sums.add_lots(lots),
                (RecordKey::Payment(batch, _), Record::Payment(payment)) => {
                    sums.batches.entry(batch.clone()).or_default().add(payment);
                    close.count_open(payment, end);
                }
                (_, Record::OpenRuns(open)) => {
                    let past = open.rows.iter().filter(|run| run.deadline < end);
                    close.unclosed = past.map(|run| (run.payout.clone(), run.deadline)).collect();
                }
                (_, Record::Payout(payout)) => {
                    *sums.taken.entry(payout.terms.statement.clone()).or_default() += taken_by(payout);
                    close.waits.extend(waits(key, record));
                }
                _ => close.waits.extend(waits(key, record)),
            }
        }
        close.waits.sort_by_key(|waits| waits.since);
        for (_, record) in state.records.values() {
            match record {
                Record::Payout(payout) => close.payouts.push(sums.payout(payout)),
                Record::Batch(batch) => close.batches.push(sums.batch(batch)),
                Record::Statement(statement) => close.savings.push(sums.savings(statement)),
                _ => {}
            }
        }
        close
    }

    /// Returns the number of things that are not as they must be.
    #[must_use]
    pub fn differences(&self) -> i64 {
        let sums = [self.savings_differences(), self.payout_differences(), self.batch_differences()];
        sums.into_iter().fold(0, i64::saturating_add)
    }

    /// Returns the number of savings statements whose sums differ.
    #[must_use]
    pub fn savings_differences(&self) -> i64 {
        number(self.savings.iter().filter(|savings| savings.difference() != 0).count())
    }

    /// Returns the number of payouts whose sums differ.
    #[must_use]
    pub fn payout_differences(&self) -> i64 {
        number(self.payouts.iter().filter(|payout| payout.difference() != 0).count())
    }

    /// Returns the number of sums of batches that differ.
    #[must_use]
    pub fn batch_differences(&self) -> i64 {
        self.batches.iter().map(BatchCheck::differences).fold(0, i64::saturating_add)
    }

    fn count_open(&mut self, payment: &Payment, end: Micros) {
        if !payment.state.is_open() {
            return;
        }
        let days = (end.get() - payment.since.1.get()).div_euclid(DAY_MICROS);
        let age = AGES_DAYS.iter().position(|most| days <= *most).unwrap_or(AGES_DAYS.len());
        count(&mut self.open_by_age[age], payment.minor);
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Counts a payment. A sum that does not fit stays at its largest value, and differs from what was counted as it moved.
fn count(tally: &mut PaymentTally, minor: i64) {
    tally.payments = tally.payments.saturating_add(1);
    tally.minor = tally.minor.saturating_add(minor);
}

/// Sums over all records, by what they are of.
#[derive(Default)]
struct Sums {
    lots: BTreeMap<PayoutId, i128>,
    sent: BTreeMap<BatchId, i128>,
    batches: BTreeMap<BatchId, Became>,
    taken: BTreeMap<StatementId, i128>,
}

impl Sums {
    fn add_lots(&mut self, lots: &Lots) {
        for lot in &lots.rows {
            if lot.name.source == LotSource::Share {
                *self.lots.entry(lot.name.payout.clone()).or_default() += i128::from(lot.minor);
            }
            let is_with_batch = matches!(lot.bucket, Bucket::Sent | Bucket::Settled);
            if let Some(payment) = lot.payment.as_ref().filter(|_| is_with_batch) {
                *self.sent.entry(payment.batch.clone()).or_default() += i128::from(lot.minor);
            }
        }
    }

    fn payout(&self, payout: &Payout) -> PayoutCheck {
        let id = &payout.terms.id;
        PayoutCheck {
            id: id.clone(),
            state: payout.state,
            pool_minor: payout.terms.pool_minor,
            shares_minor: if payout.state == PayoutState::Executed { payout.shares_minor() } else { 0 },
            granted_minor: payout.granted_minor,
            lots_minor: self.lots.get(id).copied().unwrap_or(0),
        }
    }

    fn savings(&self, statement: &Statement) -> SavingsCheck {
        let id = &statement.terms.id;
        let pool = statement.terms.pool_minor().expect("terms whose pool does not fit are never recorded");
        SavingsCheck {
            id: id.to_string(),
            state: statement.state,
            pool_minor: pool,
            taken_minor: statement.committed_minor,
            in_payouts_minor: self.taken.get(id).copied().unwrap_or(0),
        }
    }

    fn batch(&self, batch: &Batch) -> BatchCheck {
        let id = &batch.terms.id;
        let became = self.batches.get(id).copied().unwrap_or_default();
        BatchCheck { batch: batch.clone(), became, lots_minor: self.sent.get(id).copied().unwrap_or(0) }
    }
}

/// Returns what a payout has of its statement's pool: what it granted, once it is executed.
fn taken_by(payout: &Payout) -> i128 {
    match payout.state {
        PayoutState::Cancelled | PayoutState::Rejected => 0,
        PayoutState::Executed => i128::from(payout.granted_minor),
        PayoutState::Drafting
        | PayoutState::Draft
        | PayoutState::Approved
        | PayoutState::Executing
        | PayoutState::Cancelling
        | PayoutState::Releasing => i128::from(payout.terms.pool_minor),
    }
}

/// Returns what waits for a second person of a record, if it does.
fn waits(key: &RecordKey, record: &Record) -> Option<Waits> {
    let (what, since, by) = match record {
        Record::Statement(statement) => {
            let correction = statement.correction.as_ref();
            let next = correction.map(|next| ("correction of savings", next.declared_seq, next.declared_by.clone()));
            let first = || ("savings statement", statement.declared_seq, statement.declared_by.clone());
            next.or_else(|| (statement.state == StatementState::Declared).then(first))?
        }
        Record::Payout(payout) if payout.state == PayoutState::Draft => {
            ("payout", payout.drafted_seq, payout.drafted_by.clone())
        }
        Record::Closing(closing) if closing.state == ClosingState::Draft => {
            ("closing of choices", closing.drafted_seq, closing.drafted_by.clone())
        }
        Record::Batch(batch) if batch.state == BatchState::Draft => {
            ("batch of payments", batch.created_seq, batch.drafted_by.clone())
        }
        Record::Adjustment(adjustment) if adjustment.state == AdjustmentState::Proposed => {
            ("adjustment", adjustment.seq, adjustment.drawn_up_by.clone())
        }
        Record::Proposal(merger) if merger.state == ProposalState::Proposed => {
            ("merger", merger.seq, merger.drawn_up_by.clone())
        }
        Record::Update(update) if update.state == ProposalState::Proposed => {
            ("change of terms", update.seq, update.drawn_up_by.clone())
        }
        Record::Lapse(lapse) if lapse.state == ProposalState::Proposed => {
            ("lapse of withheld money", lapse.seq, lapse.drawn_up_by.clone())
        }
        Record::AccessChange(change) if change.state == ChangeState::Proposed => {
            ("change of access", change.seq, change.drawn_up_by.clone())
        }
        Record::Member(member) => {
            let lift = member.ban.as_ref()?.lift.as_ref().filter(|lift| lift.state == LiftState::Proposed)?;
            ("lifting of a ban", lift.seq, lift.drawn_up_by.clone())
        }
        _ => return None,
    };
    let key = key.to_string();
    let id = key.split_once('/').map_or(key.as_str(), |(_, id)| id).to_owned();
    Some(Waits { what, id, since, by })
}
