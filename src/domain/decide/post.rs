//! Posting: what an activity brings flows through the caps, and what passes them moves between buckets.

use std::collections::BTreeMap;

use super::super::account::{Account, Overflow};
use super::super::amount::Move;
use super::super::bucket::Bucket;
use super::super::caps::{CapPeriod, Flow};
use super::super::earning::Earning;
use super::super::entry::EntryKind;
use super::super::fact::{CapFlow, PartChange};
use super::super::fold::State;
use super::super::ids::MemberId;
use super::super::record::{Record, RecordKey};
use super::super::rejection::Rejection;
use super::{Moment, shift, the_program};

const OVERFLOW: Rejection = Rejection::AmountOverflow(Overflow(Bucket::Issued));

/// What flows through the caps while one command is decided.
pub(super) struct Flows<'a, S> {
    state: &'a S,
    moment: &'a Moment<'a>,
    /// What this command has changed so far.
    changed: BTreeMap<(MemberId, CapPeriod), Flow>,
}

impl<'a, S: State> Flows<'a, S> {
    pub(super) fn new(state: &'a S, moment: &'a Moment<'a>) -> Self {
        Self { state, moment, changed: BTreeMap::new() }
    }

    /// Computes what an activity brings now, and what of the difference passes the caps, for each of its rules and together.
    pub(super) fn repost(&mut self, earning: &mut Earning) -> Result<(Vec<PartChange>, Flow), Rejection> {
        let mut changes = Vec::with_capacity(earning.parts.len());
        let mut all = Flow::ZERO;
        for index in 0..earning.parts.len() {
            let part = &earning.parts[index];
            let rule = self.moment.rules.version(earning.version).and_then(|set| set.rule(&part.rule));
            let rule = rule.ok_or(Rejection::Inconsistent("a rule that applied is not in its version"))?;
            let brings = earning.brings(rule).ok_or(OVERFLOW)?;
            let (passes, caps) = self.pass(&earning.member, &part.caps, brings.since(part.brings))?;
            all = all.plus(passes).ok_or(OVERFLOW)?;
            changes.push(PartChange { rule: part.rule.clone(), brings, caps, passes });
            earning.parts[index].brings = brings;
        }
        Ok((changes, all))
    }

    fn pass(
        &mut self,
        member: &MemberId,
        caps: &[CapPeriod],
        mut change: Flow,
    ) -> Result<(Flow, Vec<CapFlow>), Rejection> {
        let mut flows = Vec::with_capacity(caps.len());
        for period in caps {
            let limit = self.moment.rules.limit(period, &self.moment.zone);
            let limit = limit.ok_or(Rejection::Inconsistent("a cap that counts is in no version of the rules"))?;
            let before = self.used(member, period);
            let after = before.plus(change).ok_or(OVERFLOW)?;
            self.changed.insert((member.clone(), period.clone()), after);
            flows.push(CapFlow { period: period.clone(), change });
            change = after.capped(limit).since(before.capped(limit));
        }
        Ok((change, flows))
    }

    fn used(&self, member: &MemberId, period: &CapPeriod) -> Flow {
        let changed = self.changed.get(&(member.clone(), period.clone())).copied();
        changed.unwrap_or_else(|| match self.state.record(&RecordKey::Cap(member.clone(), period.clone())) {
            Some(Record::Cap(used)) => *used,
            _ => Flow::ZERO,
        })
    }
}

/// What a member has, while one command posts to it.
pub(super) struct Purse {
    available: i64,
    debt_limit: i64,
}

impl Purse {
    pub(super) fn of(state: &impl State, member: &MemberId) -> Result<Self, Rejection> {
        let debt_limit = the_program(state)?.terms.debt_limit_points;
        Ok(Self { available: state.account(member).map_or(0, Account::available), debt_limit })
    }

    /// The moves that post a difference, and the kind of entry for each that is not the first.
    ///
    /// Available points go down to the debt limit at most; the rest is written off. 100 to take back from 30 available with a
    /// debt limit of 50: 80 from available, which leaves −50; 20 written off. Later credits repay first: they raise what is
    /// below zero.
    pub(super) fn post(&mut self, passes: Flow) -> Result<Vec<(Move, EntryKind)>, Rejection> {
        let (confirmed, waiting) = (passes.confirmed, passes.waiting());
        let mut moves = Vec::new();
        let mut push = |from, to, amount, kind| -> Result<(), Rejection> {
            moves.extend(shift(from, to, amount)?.map(|movement| (movement, kind)));
            Ok(())
        };
        let further = EntryKind::PointsMoved;
        // What was waiting and is confirmed moves straight over.
        let over = confirmed.min(-waiting).max(0);
        push(Bucket::Pending, Bucket::Available, over, further)?;
        push(Bucket::Issued, Bucket::Available, (confirmed - over).max(0), further)?;
        let take = confirmed.saturating_neg().max(0);
        let taken = take.min(self.available.saturating_add(self.debt_limit).max(0));
        push(Bucket::Available, Bucket::Issued, taken, further)?;
        push(Bucket::Pending, Bucket::Issued, (-waiting - over).max(0), further)?;
        push(Bucket::Issued, Bucket::Pending, waiting.max(0), further)?;
        push(Bucket::WrittenOff, Bucket::Issued, take - taken, EntryKind::WrittenOff)?;
        self.available = self.available.saturating_add(confirmed.max(0)).saturating_sub(taken);
        Ok(moves)
    }
}
