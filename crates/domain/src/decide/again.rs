//! Acts of entries: they are found again to decide an entry once more.

use crate::decide::command::{Act, TillAct, Told};
use crate::entry::Entry;
use crate::entry::adjustment::AdjustmentFact;
use crate::entry::earning::EarningFact;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact, ProposalFact};
use crate::terms::adjustment::AdjustmentTerms;
use crate::terms::till::{Asked, MinAge, Place, Young};
use crate::value::ids::Subject;

impl TillAct {
    /// Returns the act that wrote an entry of the till; `None` when the entry is not the first of an act. `young` gives
    /// the credit of the member that is younger than so many days.
    #[must_use]
    pub fn of(entry: &Entry, young: impl Fn(u32) -> Option<Young>) -> Option<Self> {
        let points = entry.movement?.amount().get();
        let asked = |place: &Place, subject: &Option<Subject>, days: u32| {
            let min_age = if days == 0 { None } else { Some(MinAge { days, young: young(days)? }) };
            let (place, subject) = (place.clone(), subject.clone());
            Some(Asked { place, member: entry.member.clone()?, points, subject, min_age })
        };
        Some(match (entry.kind, &entry.fact) {
            (EntryKind::HoldCreated, Fact::Hold(fact)) => {
                Self::Hold(asked(&fact.place, &fact.subject, fact.min_age_days)?, fact.expires_at)
            }
            (EntryKind::HoldCaptured, Fact::Hold(fact)) => Self::Capture(fact.place.clone(), Some(points)),
            (EntryKind::HoldReleased, Fact::Hold(fact)) => Self::Release(fact.place.clone()),
            (EntryKind::HoldExpired, Fact::Hold(fact)) => Self::Expire(fact.place.clone()),
            (EntryKind::PointsRedeemed, Fact::Redemption(fact)) => {
                Self::Redeem(asked(&fact.place, &fact.subject, fact.min_age_days)?)
            }
            (EntryKind::RedemptionRefunded, Fact::Redemption(fact)) => {
                Self::Refund(fact.place.clone(), fact.spending, Some(points))
            }
            _ => return None,
        })
    }
}

impl Told {
    /// Returns the news that an entry tells of an activity; `None` when neither a source nor the end of a waiting time
    /// tells it.
    #[must_use]
    pub fn of(entry: &Entry, fact: &EarningFact) -> Option<Self> {
        match entry.kind {
            EntryKind::ActivityReversed => Some(Self::Reversed(entry.reason?)),
            EntryKind::ActivityRefunded => Some(Self::Refunded(fact.refunded_minor)),
            EntryKind::ActivityConfirmed => Some(Self::Confirmed),
            EntryKind::WaitEnded => Some(Self::WaitEnded),
            _ => None,
        }
    }
}

/// Returns the act on a member that wrote an entry; `None` when another act wrote it.
#[must_use]
pub fn act_on_member(entry: &Entry, fact: MemberFact) -> Option<Act> {
    let member = entry.member.clone()?;
    match entry.kind {
        EntryKind::MemberSuspended => Some(Act::SuspendMember(member, fact.reason?)),
        EntryKind::MemberReinstated => Some(Act::ReinstateMember(member)),
        EntryKind::MemberBanned => Some(Act::BanMember(member, fact.reason?)),
        EntryKind::BanCompleted => Some(Act::CompleteBan(member, entry.refers?)),
        _ => None,
    }
}

/// Returns the act whose first entry is this entry of a merger.
#[must_use]
pub fn merger(fact: &MergeFact) -> Act {
    Act::MergeMembers { from: fact.from.clone(), into: fact.into.clone() }
}

/// Returns the act that wrote an entry on a merger which needs a second person; `None` when another act wrote it.
#[must_use]
pub fn act_on_proposal(entry: &Entry, fact: &ProposalFact) -> Option<Act> {
    match entry.kind {
        EntryKind::MergerProposed => Some(Act::MergeMembers { from: fact.from.clone(), into: fact.into.clone() }),
        EntryKind::MergerApproved => Some(Act::ApproveMerger(fact.id.clone(), fact.approved?)),
        EntryKind::MergerRejected => Some(Act::RejectMerger(fact.id.clone())),
        _ => None,
    }
}

/// Returns the act on an adjustment that wrote an entry; `None` when another act wrote it.
#[must_use]
pub fn act_on_adjustment(entry: &Entry, fact: &AdjustmentFact) -> Option<Act> {
    match entry.kind {
        EntryKind::AdjustmentRejected => Some(Act::RejectAdjustment(fact.id.clone())),
        EntryKind::AdjustmentRevoked => Some(Act::RevokeAdjustment(fact.id.clone())),
        EntryKind::PointsAdjusted if entry.refers.is_some() => Some(Act::ApproveAdjustment(fact.id.clone())),
        EntryKind::PointsAdjusted | EntryKind::AdjustmentProposed => {
            Some(Act::AdjustPoints(Box::new(AdjustmentTerms {
                id: fact.id.clone(),
                member: entry.member.clone()?,
                points: fact.points,
                reason: fact.reason,
                occurred_at: Some(entry.occurred_at),
            })))
        }
        _ => None,
    }
}
