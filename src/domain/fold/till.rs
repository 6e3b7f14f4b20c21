//! The fold of the till: holds, and what was spent.

use super::super::bucket::Bucket;
use super::super::entry::{Entry, EntryKind};
use super::super::fact::{Fact, HoldFact, RedemptionFact};
use super::super::ids::MemberId;
use super::super::record::{Record, RecordKey};
use super::super::till::{Hold, HoldEnd, OpenHold, OpenHolds, Place, Redemption, Spent, WayToEnd};
use super::{FoldError, Overlay, State};

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
                self.change_hold(entry, fact, |hold| hold.spent = Some(Spent::by(entry, points, hold.written_off)))?;
                // One that is captured late has ended before.
                if self.has_ended(&fact.place) { Ok(()) } else { self.end(entry, member, fact, WayToEnd::Captured) }
            }
            (EntryKind::HoldReleased, Fact::Hold(fact)) => self.end(entry, member, fact, WayToEnd::Released),
            (EntryKind::HoldExpired, Fact::Hold(fact)) => self.end(entry, member, fact, WayToEnd::Expired),
            (EntryKind::PointsMoved, Fact::Hold(_) | Fact::Redemption(_)) => Ok(()),
            (EntryKind::PointsRedeemed, Fact::Redemption(fact)) => {
                let (subject, spent) = (fact.subject.clone(), Spent::by(entry, points, self.written_off(member)));
                let redemption = Redemption { member: member.clone(), subject, spent };
                self.put(fact.place.spending(fact.spending), entry.seq, Record::Redemption(Box::new(redemption)));
                Ok(())
            }
            (EntryKind::RedemptionRefunded, Fact::Redemption(fact)) => self.refund(entry, points, fact),
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
            expires_at,
            written_off: self.written_off(member),
            ended: None,
            spent: None,
        };
        self.put(fact.place.hold(), seq, Record::Hold(Box::new(hold)));
        let mut open = self.open_holds(member);
        open.add(OpenHold { place: fact.place.clone(), seq, points, expires_at });
        self.put(RecordKey::Holds(member.clone()), seq, Record::Holds(open));
    }

    fn end(&mut self, entry: &Entry, member: &MemberId, fact: &HoldFact, way: WayToEnd) -> Result<(), FoldError> {
        let end = HoldEnd { way, seq: entry.seq, at: entry.recorded_at };
        self.change_hold(entry, fact, |hold| hold.ended = Some(end))?;
        let mut open = self.open_holds(member);
        open.remove(&fact.place).ok_or_else(|| FoldError::NoRecord(format!("an open {}", fact.place.hold())))?;
        self.put(RecordKey::Holds(member.clone()), entry.seq, Record::Holds(open));
        Ok(())
    }

    fn refund(&mut self, entry: &Entry, points: i64, fact: &RedemptionFact) -> Result<(), FoldError> {
        let key = fact.place.spending(fact.spending);
        let spent = match self.record_mut(&key, entry.seq)? {
            Record::Redemption(redemption) => Some(&mut redemption.spent),
            Record::Hold(hold) => hold.spent.as_mut(),
            _ => None,
        };
        let spent = spent.ok_or_else(|| FoldError::NoRecord(key.to_string()))?;
        spent.refunded = spent.refunded.checked_add(points).ok_or_else(|| FoldError::Sum(key.to_string()))?;
        spent.refunded_by = entry.seq;
        Ok(())
    }

    fn change_hold(&mut self, entry: &Entry, fact: &HoldFact, change: impl FnOnce(&mut Hold)) -> Result<(), FoldError> {
        let key = fact.place.hold();
        match self.record_mut(&key, entry.seq)? {
            Record::Hold(hold) => change(hold),
            _ => return Err(FoldError::NoRecord(key.to_string())),
        }
        Ok(())
    }

    fn written_off(&self, member: &MemberId) -> i64 {
        self.account(member).map_or(0, |account| account.balances.get(Bucket::WrittenOff))
    }

    fn has_ended(&self, place: &Place) -> bool {
        place.find_hold(self).is_some_and(|hold| hold.ended.is_some())
    }

    fn open_holds(&self, member: &MemberId) -> OpenHolds {
        match self.record(&RecordKey::Holds(member.clone())) {
            Some(Record::Holds(open)) => open.clone(),
            _ => OpenHolds::default(),
        }
    }
}

/// The records an entry of the till changes.
pub(super) fn changed(entry: &Entry, place: RecordKey) -> Vec<RecordKey> {
    [place].into_iter().chain(entry.member.clone().map(RecordKey::Holds)).collect()
}
