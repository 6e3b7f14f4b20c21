//! The fold of the till: holds and spending.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::till::{HoldFact, RedemptionFact};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::hold::{Hold, HoldEnd, OpenHold, OpenHolds, Redemption, Spent, WayToEnd};
use crate::state::overlay::Overlay;
use crate::state::record::RecordKey;
use crate::terms::till::Place;
use crate::terms::till::Spending;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    pub(super) fn apply_to_till(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let other = || FoldError::FactOfOtherKind(entry.kind.name());
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let points = entry.movement.map_or(0, |movement| movement.amount().get());
        match (entry.kind, &entry.fact) {
            (EntryKind::HoldCreated, Fact::Hold(fact)) => {
                self.create_hold(entry, member, points, fact);
                Ok(())
            }
            (EntryKind::HoldCaptured, Fact::Hold(fact)) => {
                self.change(&fact.place, entry.seq, |hold: &mut Hold| {
                    hold.spent = Some(spent_by(entry, points));
                })?;
                // A hold that is captured late has ended before.
                if self.has_ended(&fact.place) { Ok(()) } else { self.end(entry, member, fact, WayToEnd::Captured) }
            }
            (EntryKind::HoldReleased, Fact::Hold(fact)) => self.end(entry, member, fact, WayToEnd::Released),
            (EntryKind::HoldExpired, Fact::Hold(fact)) => self.end(entry, member, fact, WayToEnd::Expired),
            (EntryKind::PointsMoved, Fact::Hold(_) | Fact::Redemption(_)) => Ok(()),
            (EntryKind::PointsRedeemed, Fact::Redemption(fact)) => {
                let (subject, spent) = (fact.subject.clone(), spent_by(entry, points));
                let (member, min_age_days) = (member.clone(), fact.min_age_days);
                let redemption = Redemption { member, subject, min_age_days, spent };
                self.put(&fact.place, entry.seq, redemption);
                Ok(())
            }
            (EntryKind::RedemptionRefunded, Fact::Redemption(fact)) => self.refund(entry, member, points, fact),
            _ => Err(other()),
        }
    }

    fn create_hold(&mut self, entry: &Entry, member: &MemberId, points: i64, fact: &HoldFact) {
        let (seq, expires_at) = (entry.seq, fact.expires_at);
        let hold = Hold {
            seq,
            created_at: entry.recorded_at,
            member: member.clone(),
            points,
            subject: fact.subject.clone(),
            min_age_days: fact.min_age_days,
            expires_at,
            ended: None,
            spent: None,
        };
        self.put(&fact.place, seq, hold);
        let mut open = self.open_holds(member);
        open.add(OpenHold { place: fact.place.clone(), seq, points, expires_at });
        self.put(member, seq, open);
    }

    fn end(&mut self, entry: &Entry, member: &MemberId, fact: &HoldFact, way: WayToEnd) -> Result<(), FoldError> {
        let end = HoldEnd { way, seq: entry.seq, at: entry.recorded_at };
        let since = self.change(&fact.place, entry.seq, |hold: &mut Hold| {
            hold.ended = Some(end);
            hold.seq
        })?;
        self.make_good(entry, member, since, fact.made_good)?;
        let mut open = self.open_holds(member);
        open.remove(&fact.place)
            .ok_or_else(|| FoldError::NoRecord(format!("an open {}", RecordKey::hold(&fact.place))))?;
        self.put(member, entry.seq, open);
        Ok(())
    }

    fn refund(
        &mut self,
        entry: &Entry,
        member: &MemberId,
        points: i64,
        fact: &RedemptionFact,
    ) -> Result<(), FoldError> {
        let refund = |spent: &mut Spent| {
            spent.refunded = spent.refunded.checked_add(points)?;
            spent.refunded_by = entry.seq;
            Some(())
        };
        let (refunded, since) = match fact.spending {
            Spending::Redemption => self.change(&fact.place, entry.seq, |redemption: &mut Redemption| {
                (refund(&mut redemption.spent), redemption.spent.seq)
            })?,
            Spending::Capture => self.change(&fact.place, entry.seq, |hold: &mut Hold| {
                let since = hold.out_of_reach_since().unwrap_or(hold.seq);
                (hold.spent.as_mut().and_then(refund), since)
            })?,
        };
        refunded.ok_or_else(|| FoldError::Sum(RecordKey::spending(&fact.place, fact.spending).to_string()))?;
        self.make_good(entry, member, since, fact.made_good)
    }

    fn has_ended(&self, place: &Place) -> bool {
        self.get::<Hold>(place).is_some_and(|hold| hold.ended.is_some())
    }

    fn open_holds(&self, member: &MemberId) -> OpenHolds {
        self.get::<OpenHolds>(member).cloned().unwrap_or_default()
    }
}

const fn spent_by(entry: &Entry, points: i64) -> Spent {
    Spent { seq: entry.seq, at: entry.recorded_at, points, refunded: 0, refunded_by: Seq::ZERO }
}
