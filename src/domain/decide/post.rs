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
use super::super::ids::{MemberId, PayoutId};
use super::super::payout::SetAside;
use super::super::record::{Record, RecordKey};
use super::super::rejection::Rejection;
use super::{Draft, Moment, reads, shift, the_payout, the_program};

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

/// What a member has, before a command posts to it.
pub(super) struct Purse<'a, S> {
    state: &'a S,
    member: &'a MemberId,
    available: i64,
    debt_limit: i64,
    /// Who a merged member is now, and what they have.
    keeper: Option<(MemberId, i64)>,
}

/// A move that posts a difference, and what it is where it is not the first of its command.
struct Posting {
    movement: Move,
    beside: Beside,
}

/// What a further move is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Beside {
    /// Points between other buckets.
    Moved,
    /// Points that a payout had set aside.
    Reduced(PayoutId),
    /// What nobody bears but the company.
    WrittenOff,
    /// Points between a merged member and who they are now, on the side of the former.
    Between,
    /// The same, on the side of the latter.
    Keeper(MemberId),
}

impl<'a, S: State> Purse<'a, S> {
    pub(super) fn of(state: &'a S, member: &'a MemberId) -> Result<Self, Rejection> {
        let debt_limit = the_program(state)?.terms.debt_limit_points;
        let available = state.account(member).map_or(0, Account::available);
        let keeper = reads::keeper(state, member).map(|keeper| {
            let available = state.account(&keeper).map_or(0, Account::available);
            (keeper, available)
        });
        Ok(Self { state, member, available, debt_limit, keeper })
    }

    /// What the member may use of, as these points come in the same commit.
    pub(super) fn expecting(self, points: i64) -> Self {
        Self { available: self.available.saturating_add(points), ..self }
    }

    /// What the member has once these are posted, too.
    pub(super) fn after(mut self, drafts: &[Draft]) -> Self {
        let change = |of: &MemberId| {
            let own = drafts.iter().filter(|draft| draft.member.as_ref() == Some(of));
            let changes = own.filter_map(|draft| Some(draft.movement?.change_of(Bucket::Available)));
            changes.fold(0, i64::saturating_add)
        };
        self.available = self.available.saturating_add(change(self.member));
        if let Some((keeper, available)) = &mut self.keeper {
            *available = available.saturating_add(change(keeper));
        }
        self
    }

    /// The entries that post a difference: the first is as given, further ones tell what moves beside it. `beside` makes one of
    /// these, of the payout that loses points where one does; its kind, member and move are given to it.
    pub(super) fn drafts(
        self,
        passes: Flow,
        first: Draft,
        beside: impl Fn(Option<PayoutId>) -> Draft,
    ) -> Result<Vec<Draft>, Rejection> {
        let own = self.member;
        let mut moves = self.post(passes)?.into_iter().peekable();
        // What a payout loses, and what is written off, has a kind of its own, so it never stands in the first.
        let movement = moves.next_if(|posting| posting.beside == Beside::Moved).map(|posting| posting.movement);
        let mut drafts = vec![Draft { movement, ..first }];
        for Posting { movement, beside: what } in moves {
            let (kind, member, payout) = match what {
                Beside::Moved | Beside::Between => (EntryKind::PointsMoved, own.clone(), None),
                Beside::Keeper(keeper) => (EntryKind::PointsMoved, keeper, None),
                Beside::WrittenOff => (EntryKind::WrittenOff, own.clone(), None),
                Beside::Reduced(payout) => (EntryKind::PayoutReduced, own.clone(), Some(payout)),
            };
            drafts.push(Draft { kind, member: Some(member), movement: Some(movement), ..beside(payout) });
        }
        Ok(drafts)
    }

    /// The moves that post a difference.
    ///
    /// What is taken back comes from available points as long as there are any, then from what payouts have set aside, the
    /// last of them first, then from available points again, down to the debt limit; the rest is written off. 200 to take back
    /// from 30 available and 90 set aside with a debt limit of 50: 80 from available, which leaves −50; 90 from the payout;
    /// 30 written off. Later credits repay first: they raise what is below zero.
    ///
    /// Of a member who was merged, what is credited moves on to who they are now, and what is missing comes from there, down to
    /// the debt limit.
    fn post(self, passes: Flow) -> Result<Vec<Posting>, Rejection> {
        use Bucket::{Available, Issued, Moved, Pending, Reserved, WrittenOff};
        let (confirmed, waiting) = (passes.confirmed, passes.waiting());
        // What was waiting and is confirmed moves straight over.
        let over = confirmed.min(-waiting).max(0);
        let taken = self.take(confirmed.saturating_neg().max(0))?;
        let mut moves = vec![
            (Pending, Available, over, Beside::Moved),
            (Issued, Available, (confirmed - over).max(0), Beside::Moved),
            (Available, Issued, taken.available, Beside::Moved),
            (Pending, Issued, (-waiting - over).max(0), Beside::Moved),
            (Issued, Pending, waiting.max(0), Beside::Moved),
        ];
        moves.extend(taken.set_aside.into_iter().map(|(id, points)| (Reserved, Issued, points, Beside::Reduced(id))));
        if let Some((keeper, _)) = &self.keeper {
            let (pulled, credited) = (taken.pulled, confirmed.max(0));
            moves.push((Moved, Available, pulled, Beside::Between));
            moves.push((Available, Issued, pulled, Beside::Moved));
            moves.push((Available, Moved, credited, Beside::Between));
            moves.push((WrittenOff, Issued, taken.written_off, Beside::WrittenOff));
            moves.push((Available, Moved, pulled, Beside::Keeper(keeper.clone())));
            moves.push((Moved, Available, credited, Beside::Keeper(keeper.clone())));
        } else {
            moves.push((WrittenOff, Issued, taken.written_off, Beside::WrittenOff));
        }
        let postings = moves.into_iter().map(|(from, to, amount, beside)| {
            Ok(shift(from, to, amount)?.map(|movement| Posting { movement, beside }))
        });
        postings.filter_map(Result::transpose).collect()
    }

    fn take(&self, points: i64) -> Result<Taken, Rejection> {
        let at_hand = points.min(self.available.max(0));
        let mut left = points - at_hand;
        let mut set_aside = Vec::new();
        if left > 0 {
            // Only then it was loaded.
            let rows = reads::set_aside(self.state, self.member).map_or(&[][..], SetAside::rows);
            for (payout, reserved) in rows.iter().rev() {
                if left > 0 && the_payout(self.state, payout)?.state.can_be_reduced() {
                    let reduced = left.min(*reserved);
                    left -= reduced;
                    set_aside.push((payout.clone(), reduced));
                }
            }
        }
        if let Some((_, available)) = &self.keeper {
            let pulled = left.min(available.saturating_add(self.debt_limit).max(0));
            return Ok(Taken { available: at_hand, set_aside, pulled, written_off: left - pulled });
        }
        let debt = left.min(self.available.saturating_sub(at_hand).saturating_add(self.debt_limit).max(0));
        Ok(Taken { available: at_hand + debt, set_aside, pulled: 0, written_off: left - debt })
    }
}

/// Where points are taken from.
struct Taken {
    available: i64,
    set_aside: Vec<(PayoutId, i64)>,
    /// From who a merged member is now.
    pulled: i64,
    written_off: i64,
}
