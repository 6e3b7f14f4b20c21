//! Posting: an activity's points flow through the caps, and the points that pass move between buckets.

use crate::decide::draft::shift;
use crate::decide::find::the_payout;
use crate::decide::find::the_program;
use std::collections::BTreeMap;

use crate::decide::draft::{Draft, Moment};
use crate::decide::reads;
use crate::decide::regain::GivenBack;
use crate::decide::rejection::Rejection;
use crate::entry::earning::{CapFlow, PartChange};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::account::Account;
use crate::state::earning::Earning;
use crate::state::get::State;
use crate::state::payout::Reservations;
use crate::state::takings::Taker;

use crate::terms::caps::{CapPeriod, Flow};
use crate::terms::expiry::Age;
use crate::value::amount::Move;
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, PayoutId};

/// Flows through the caps while one command is decided.
pub(super) struct Flows<'a, S> {
    state: &'a S,
    moment: &'a Moment<'a>,
    /// Changes that this command has made so far.
    changed: BTreeMap<(MemberId, CapPeriod), Flow>,
}

impl<'a, S: State> Flows<'a, S> {
    pub(super) fn new(state: &'a S, moment: &'a Moment<'a>) -> Self {
        Self { state, moment, changed: BTreeMap::new() }
    }

    /// Computes the points that an activity brings now. Returns the part of the difference that passes the caps, for
    /// each rule and in total.
    pub(super) fn repost(&mut self, earning: &mut Earning) -> Result<(Vec<PartChange>, Flow), Rejection> {
        let mut changes = Vec::with_capacity(earning.parts.len());
        let mut all = Flow::ZERO;
        for index in 0..earning.parts.len() {
            let part = &earning.parts[index];
            let rule = self.moment.rules.version(earning.version).and_then(|set| set.rule(&part.rule));
            let rule = rule.ok_or(Rejection::Inconsistent("a rule that applied is not in its version"))?;
            let brings = earning.brings(rule).ok_or(Rejection::POINTS_OVERFLOW)?;
            let (passes, caps) = self.pass(&earning.member, &part.caps, brings.since(part.brings))?;
            all = all.plus(passes).ok_or(Rejection::POINTS_OVERFLOW)?;
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
            let limit = self.limit(period)?;
            let before = self.used(member, period);
            let after = before.plus(change).ok_or(Rejection::POINTS_OVERFLOW)?;
            self.changed.insert((member.clone(), period.clone()), after);
            flows.push(CapFlow { period: period.clone(), change });
            change = after.capped(limit).since(before.capped(limit));
        }
        Ok((change, flows))
    }

    /// Returns the room that a window of a cap has left for confirmed points.
    pub(super) fn room(&self, member: &MemberId, period: &CapPeriod) -> Result<i64, Rejection> {
        let limit = self.limit(period)?;
        Ok(limit - self.used(member, period).confirmed.min(limit))
    }

    fn limit(&self, period: &CapPeriod) -> Result<i64, Rejection> {
        let limit = self.moment.rules.limit(period, &self.moment.zone);
        limit.ok_or(Rejection::Inconsistent("a cap that counts is in no version of the rules"))
    }

    fn used(&self, member: &MemberId, period: &CapPeriod) -> Flow {
        let cap = (member.clone(), period.clone());
        let changed = self.changed.get(&cap).copied();
        changed.or_else(|| self.state.get(&cap).copied()).unwrap_or_default()
    }
}

/// Points of a member to which a command posts, as they are before it.
///
/// A merged member has no points left: they belong to the person the member is now. So credit moves on to that person,
/// and points taken back come from there.
pub(super) struct Purse<'a, S> {
    state: &'a S,
    member: &'a MemberId,
    /// The person that the member is now.
    person: MemberId,
    /// Age of the credit that is taken back or given again; `None` for new credit.
    age: Option<Age>,
    /// Available points of the person.
    available: i64,
    /// Expired points that a reversal may take first.
    expired: i64,
    debt_limit: i64,
    /// Points of a gain that do not become available.
    given_back: GivenBack,
}

/// A move that posts a difference. It carries its kind and member for the case that it is not the first of its command.
struct Posting {
    kind: EntryKind,
    member: MemberId,
    movement: Move,
    /// The payout for which fewer points are reserved by the move, if any.
    payout: Option<PayoutId>,
}

impl<'a, S: State> Purse<'a, S> {
    /// Returns the purse of a member. `age` is the age of the credit to be taken back or given again, if any.
    pub(super) fn of(state: &'a S, member: &'a MemberId, age: Option<Age>) -> Result<Self, Rejection> {
        let debt_limit = the_program(state)?.terms.debt_limit_points;
        let person = reads::person(state, member);
        let available = state.account(&person).map_or(0, Account::available);
        let expired = age.map_or(0, |age| reads::expired_of(state, member, &person, age));
        Ok(Self { state, member, person, age, available, expired, debt_limit, given_back: GivenBack::default() })
    }

    /// Returns the purse for points that an act gains again, which first give back what was taken. `flows` are those after
    /// the whole command.
    pub(super) fn regaining(self, by: &Taker, gain: i64, flows: Option<&Flows<'_, S>>) -> Result<Self, Rejection> {
        self.gaining(by, (gain, false), flows)
    }

    /// Returns the purse for points that an activity gains as it is recorded.
    pub(super) fn earning(self, by: &Taker, gain: i64, flows: &Flows<'_, S>) -> Result<Self, Rejection> {
        self.gaining(by, (gain, true), Some(flows))
    }

    fn gaining(self, by: &Taker, gain: (i64, bool), flows: Option<&Flows<'_, S>>) -> Result<Self, Rejection> {
        let given_back = GivenBack::of(self.state, (self.member, &self.person), by, self.age, gain, flows)?;
        Ok(Self { given_back, ..self })
    }

    /// Returns the points of a gain that do not become available.
    pub(super) const fn given_back(&self) -> i64 {
        self.given_back.sum()
    }

    /// Returns the purse with points that come in the same commit.
    pub(super) fn expecting(self, points: i64) -> Self {
        Self { available: self.available.saturating_add(points), ..self }
    }

    /// Returns the purse after these drafts are posted, too.
    pub(super) fn after(self, drafts: &[Draft]) -> Self {
        let change_of = |bucket| {
            let own = drafts.iter().filter(|draft| draft.member.as_ref() == Some(&self.person));
            let changes = own.filter_map(|draft| Some(draft.movement?.change_of(bucket)));
            changes.fold(0, i64::saturating_add)
        };
        let available = change_of(Bucket::Available);
        // Points that expired are this credit's only where a cut-off has reached its age.
        let is_reached = self.age.is_some_and(|age| reads::is_reached(self.state, self.member, &self.person, age));
        let expired = if is_reached { self.expired.saturating_add(change_of(Bucket::Expired)).max(0) } else { 0 };
        Self { expired, ..self }.expecting(available)
    }

    /// Makes the entries that post a difference. The first is `first`; the others are further moves. `beside` makes the
    /// fact of a further move, given the payout that loses points, if one does.
    pub(super) fn drafts(
        self,
        passes: Flow,
        first: Draft,
        beside: impl Fn(Option<PayoutId>) -> Fact,
    ) -> Result<Vec<Draft>, Rejection> {
        let own = self.member;
        let mut postings = self.post(passes)?.into_iter().peekable();
        // A payout's loss, a write-off, or a move between merged members is never in the first entry.
        let is_first = |posting: &Posting| {
            let is_between = posting.movement.change_of(Bucket::Moved) != 0;
            posting.kind == EntryKind::PointsMoved && posting.member == *own && !is_between
        };
        let movement = postings.next_if(is_first).map(|posting| posting.movement);
        let mut drafts = vec![Draft { movement, ..first }];
        for Posting { kind, member, movement, payout } in postings {
            let (member, movement, fact) = (Some(member), Some(movement), beside(payout));
            drafts.push(Draft { kind, member, movement, raw_points: 0, fact, ..drafts[0].clone() });
        }
        Ok(drafts)
    }

    /// Returns the moves that post a difference.
    ///
    /// Points taken back of expired credit come from the expired points, as if the credit had never been there. Other
    /// points come from the available ones as long as there are any. Then they come from points reserved for payouts,
    /// the last payout first. Then they come from available points again, down to the debt limit. The rest is written
    /// off. 200 to take back from 30 available and 90 reserved with a debt limit of 50: 80 from available, which leaves
    /// −50; 90 from the payout; 30 written off. Later credits repay first: they raise a balance below zero.
    fn post(self, passes: Flow) -> Result<Vec<Posting>, Rejection> {
        use Bucket::{Available, Expired, Issued, Moved, Pending, Reserved, WrittenOff};
        let (confirmed, waiting) = (passes.confirmed, passes.waiting());
        // Waiting points that are confirmed move directly.
        let over = confirmed.min(-waiting).max(0);
        let (credited, taken_back) = (confirmed.max(0), confirmed.saturating_neg().max(0));
        let taken = self.take(taken_back)?;
        let (member, person) = (self.member, &self.person);
        let is_merged = person != member;
        // Points taken from the person move to the merged member, to whom they were first credited.
        let sink = if is_merged { Moved } else { Issued };

        let mut postings = Vec::new();
        let mut post = |kind, whose: &MemberId, payout: Option<&PayoutId>, (from, to), amount| {
            let posting = |movement| Posting { kind, member: whose.clone(), movement, payout: payout.cloned() };
            postings.extend(shift(from, to, amount)?.map(posting));
            Ok::<(), Rejection>(())
        };
        let moves = EntryKind::PointsMoved;
        post(moves, member, None, (Pending, Available), over)?;
        post(moves, member, None, (Issued, Available), credited - over)?;
        if is_merged {
            post(moves, member, None, (Moved, Available), taken_back)?;
            post(moves, member, None, (Available, Issued), taken_back)?;
        } else {
            post(moves, member, None, (Expired, Issued), taken.expired)?;
            post(moves, member, None, (Available, Issued), taken.available)?;
        }
        post(moves, member, None, (Pending, Issued), (-waiting - over).max(0))?;
        post(moves, member, None, (Issued, Pending), waiting.max(0))?;
        if is_merged {
            post(moves, member, None, (Available, Moved), credited)?;
            post(moves, person, None, (Expired, Moved), taken.expired)?;
            post(moves, person, None, (Available, Moved), taken.available)?;
        }
        for (payout, points) in &taken.reductions {
            post(EntryKind::PayoutReduced, person, Some(payout), (Reserved, sink), *points)?;
        }
        post(EntryKind::WrittenOff, person, None, (WrittenOff, sink), taken.written_off)?;
        if is_merged {
            post(moves, person, None, (Moved, Available), credited)?;
        }
        post(moves, person, None, (Available, WrittenOff), self.given_back.written_off)?;
        post(moves, person, None, (Available, Expired), self.given_back.expired)?;
        Ok(postings)
    }

    fn take(&self, points: i64) -> Result<Taken, Rejection> {
        let expired = points.min(self.expired);
        let at_hand = (points - expired).min(self.available.max(0));
        let mut left = points - expired - at_hand;
        let mut reductions = Vec::new();
        if left > 0 {
            // Only then were the rows loaded.
            let rows = reads::reservations(self.state, &self.person).map_or(&[][..], Reservations::rows);
            for (payout, reserved) in rows.iter().rev() {
                if left > 0 && the_payout(self.state, payout)?.state.can_be_reduced() {
                    let reduced = left.min(*reserved);
                    left -= reduced;
                    reductions.push((payout.clone(), reduced));
                }
            }
        }
        let debt = left.min(self.available.saturating_sub(at_hand).saturating_add(self.debt_limit).max(0));
        Ok(Taken { expired, available: at_hand + debt, reductions, written_off: left - debt })
    }
}

/// Buckets from which points are taken.
struct Taken {
    expired: i64,
    available: i64,
    reductions: Vec<(PayoutId, i64)>,
    written_off: i64,
}
