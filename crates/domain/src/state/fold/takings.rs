//! The fold of points that acts took from a person who no longer had them, and of those that give them back.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::state::earning::Earning;
use crate::state::fold::earning::no_record;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::record::RecordKey;
use crate::state::takings::{Taker, Taking, Takings};
use crate::value::bucket::Bucket;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

impl Entry {
    /// Returns the bucket, of those of expired and of written-off points, out of which an act took points, or into which
    /// it gave them back. The number is below zero for points given back.
    #[must_use]
    pub fn takes_out_of(&self) -> Option<(Bucket, i64)> {
        use Bucket::{Available, Expired, Issued, Moved, WrittenOff};
        let is_by_act = matches!(self.fact, Fact::Earning(_) | Fact::Adjustment(_) | Fact::AdjustmentMove(_));
        let movement = self.movement.filter(|_| is_by_act)?;
        let points = movement.amount().get();
        match (movement.from(), movement.to()) {
            (from @ (Expired | WrittenOff), Issued | Moved) => Some((from, points)),
            (Available, to @ (Expired | WrittenOff)) => Some((to, -points)),
            _ => None,
        }
    }
}

impl<S: State> Overlay<'_, S> {
    /// Adds a row for the points that an entry takes out of expired or written-off ones, or gives such points back.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let Some((bucket, points)) = entry.takes_out_of() else { return Ok(()) };
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let by = self.taker(entry)?;
        let mut takings = self.get::<Takings>(member).cloned().unwrap_or_default();
        let rows = if bucket == Bucket::Expired { &mut takings.expired } else { &mut takings.written_off };
        if points > 0 {
            rows.add(Taking { seq: entry.seq, by, left: points });
        } else if rows.give_back(&by, points.saturating_neg()) != 0 {
            return Err(FoldError::Sum(RecordKey::Takings(member.clone()).to_string()));
        }
        self.put(member, entry.seq, takings);
        Ok(())
    }

    /// Makes points good that were written off of a member after the entry `since`.
    pub(super) fn make_good(
        &mut self,
        entry: &Entry,
        member: &MemberId,
        since: Seq,
        points: i64,
    ) -> Result<(), FoldError> {
        if points == 0 {
            return Ok(());
        }
        let without_row =
            self.change(member, entry.seq, |takings: &mut Takings| takings.written_off.make_good(since, points))?;
        if without_row == 0 { Ok(()) } else { Err(FoldError::Sum(RecordKey::Takings(member.clone()).to_string())) }
    }

    fn taker(&self, entry: &Entry) -> Result<Taker, FoldError> {
        match &entry.fact {
            Fact::Earning(fact) => {
                let known_as = (fact.source.clone(), fact.activity.clone());
                let earning = self.get::<Earning>(&known_as).ok_or_else(|| no_record(&known_as))?;
                Ok(earning.taker(&fact.source, &fact.activity))
            }
            Fact::Adjustment(fact) => Ok(Taker::Adjustment(fact.id.clone())),
            Fact::AdjustmentMove(fact) => Ok(Taker::Adjustment(fact.of.id.clone())),
            _ => Err(FoldError::FactOfOtherKind(entry.kind.name())),
        }
    }
}
