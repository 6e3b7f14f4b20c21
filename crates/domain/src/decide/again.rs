//! Acts of entries: they are found again to decide an entry once more.

use crate::decide::acts::{PayAct, Step, TillAct};
use crate::decide::command::Act;
use crate::entry::Entry;
use crate::entry::access::{AccessFact, Owners};
use crate::entry::adjustment::AdjustmentFact;
use crate::entry::commands::CommandKind;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact, ProposalFact};
use crate::entry::payout::PayoutStep;
use crate::state::closing::Closing;
use crate::state::get::State;
use crate::state::payout::Payout;
use crate::state::statement::Statement;
use crate::state::update::Update;
use crate::terms::adjustment::AdjustmentTerms;
use crate::terms::member::Profile;
use crate::terms::payout::PoolAsked;
use crate::terms::program::TermsUpdate;
use crate::terms::till::{Asked, Place, Young};
use crate::value::ids::{MemberId, Subject};

impl TillAct {
    /// Returns the act that wrote an entry of the till; `None` when the entry is not the first of an act. `young` is the
    /// credit that was too young for it, where it asks for an age.
    #[must_use]
    pub fn of(entry: &Entry, young: Option<Young>) -> Option<Self> {
        let points = entry.movement?.amount().get();
        let asked = |place: &Place, subject: &Option<Subject>, min_age_days: u32| {
            let (place, subject) = (place.clone(), subject.clone());
            Some(Asked { place, member: entry.member.clone()?, points, subject, min_age_days, young })
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

/// Returns the act on a member that wrote an entry; `None` when another act wrote it.
#[must_use]
pub fn act_on_member(entry: &Entry, fact: MemberFact) -> Option<Act> {
    let member = entry.member.clone()?;
    match entry.kind {
        EntryKind::MemberSuspended => Some(Act::SuspendMember(member, fact.reason?)),
        EntryKind::MemberReinstated => Some(Act::ReinstateMember(member)),
        EntryKind::MemberBanned => Some(Act::BanMember(member, fact.reason?)),
        EntryKind::BanCompleted => Some(Act::CompleteBan(member, entry.refers?)),
        EntryKind::BanLiftProposed => Some(Act::LiftBan(member)),
        EntryKind::BanLifted => Some(Act::ApproveBanLift(member)),
        EntryKind::BanLiftRejected => Some(Act::RejectBanLift(member)),
        EntryKind::BanLiftCompleted => Some(Act::CompleteBanLift(member, entry.refers?)),
        _ => None,
    }
}

/// Returns the act that set a member's profile; `None` when another act wrote the entry.
#[must_use]
pub fn act_on_profile(entry: &Entry, profile: &Profile) -> Option<Act> {
    let is_update = entry.kind == EntryKind::ProfileUpdated;
    entry.member.clone().filter(|_| is_update).map(|member| Act::UpdateMemberProfile(member, profile.clone()))
}

/// Returns the act that made persons owners without another owner's word; `None` when another act wrote the entry.
#[must_use]
pub fn act_on_owners(entry: &Entry, owners: &Owners) -> Option<Act> {
    match (entry.kind, &owners.persons[..]) {
        (EntryKind::AccessBegun, persons) => Some(Act::BeginAccess(persons.to_vec())),
        (EntryKind::AccessRecovered, [person]) => Some(Act::RecoverAccess(person.clone())),
        _ => None,
    }
}

/// Returns the act on access that wrote an entry; `None` when another act wrote it.
#[must_use]
pub fn act_on_access(entry: &Entry, fact: &AccessFact) -> Option<Act> {
    match entry.kind {
        EntryKind::AccessRejected => Some(Act::RejectAccessChange(fact.id.clone())),
        EntryKind::AccessChanged if entry.refers.is_some() => Some(Act::ApproveAccessChange(fact.id.clone())),
        EntryKind::AccessChanged | EntryKind::AccessProposed => {
            Some(Act::ChangeAccess(fact.id.clone(), Box::new(fact.change.clone())))
        }
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
        EntryKind::AdjustmentReinstated => Some(Act::ReinstateAdjustment(fact.id.clone())),
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

/// Returns the act that wrote an entry on a change of the programme's terms; `None` when another act wrote it. `before` is the state
/// before the entry.
#[must_use]
pub fn act_on_terms(entry: &Entry, change: &TermsUpdate, before: &impl State) -> Option<Act> {
    match entry.kind {
        EntryKind::ProgramUpdateProposed => Some(Act::UpdateProgram(change.clone())),
        EntryKind::ProgramUpdated => {
            let digest = before.get::<Update>(&change.id)?.content();
            Some(Act::ApproveProgramUpdate(change.id.clone(), digest))
        }
        EntryKind::ProgramUpdateRejected => Some(Act::RejectProgramUpdate(change.id.clone())),
        _ => None,
    }
}

/// Returns the act on a savings statement or on a payout that wrote an entry; `None` when another act wrote it, or its steps are not known.
#[must_use]
pub fn act_on_finance(entry: &Entry, before: &impl State) -> Option<Act> {
    match (entry.kind, &entry.fact) {
        (EntryKind::StatementDeclared, Fact::Statement(terms)) => Some(Act::DeclareStatement(terms.clone())),
        (EntryKind::StatementCorrected, Fact::Statement(terms)) => {
            let version = before.get::<Statement>(&terms.id)?.last_version + 1;
            Some(Act::CorrectStatement(terms.clone(), version))
        }
        (EntryKind::StatementApproved, Fact::StatementContent(content)) => {
            Some(Act::ApproveStatement(content.statement.clone(), content.digest))
        }
        (EntryKind::StatementRejected, Fact::StatementDecision(id)) => {
            // Where none waits, the decision says so.
            Some(Act::RejectStatement(id.clone(), before.get::<Statement>(id)?.waiting().unwrap_or(0)))
        }
        (EntryKind::PayoutCreated, Fact::Payout(terms)) => Some(Act::CreatePayout(terms.clone(), PoolAsked::Stated)),
        (EntryKind::PayoutDrafted, Fact::PayoutContent(content)) => Some(Act::CompleteDraft(content.payout.clone())),
        (EntryKind::PayoutReleasing, Fact::PayoutAct(id)) => Some(Act::CompleteDraft(id.clone())),
        (EntryKind::PayoutApproved, Fact::PayoutContent(content)) => {
            Some(Act::ApprovePayout(content.payout.clone(), content.digest))
        }
        (EntryKind::PayoutRejected, Fact::PayoutAct(id)) => Some(Act::RejectPayout(id.clone())),
        (EntryKind::PayoutExecuting, Fact::PayoutAct(id)) => Some(Act::BeginExecution(id.clone())),
        (EntryKind::PayoutExecuted, Fact::PayoutAct(id)) => Some(Act::CompleteExecution(id.clone())),
        (EntryKind::PayoutCancelling, Fact::PayoutAct(id)) => Some(Act::BeginCancellation(id.clone())),
        (EntryKind::PayoutCancelled, Fact::PayoutAct(id)) => {
            let statement = before.get::<Payout>(id)?.terms.statement.clone();
            Some(Act::CompleteCancellation(id.clone(), statement))
        }
        _ => None,
    }
}

/// Returns the act on payments that wrote an entry; `None` when another act wrote it, or it is a step, whose rows are not known.
#[must_use]
pub fn act_on_payments(entry: &Entry) -> Option<Act> {
    let act = match (entry.kind, &entry.fact) {
        (EntryKind::BatchCreated, Fact::Batch(terms)) => PayAct::CreateBatch((**terms).clone()),
        (EntryKind::BatchDrafted, Fact::BatchContent(content)) => PayAct::CompleteBatch(content.batch.clone()),
        (EntryKind::BatchApproved, Fact::BatchContent(content)) => {
            PayAct::ApproveBatch(content.batch.clone(), content.digest)
        }
        (EntryKind::BatchReleasing, Fact::BatchAct(id)) => PayAct::ReleaseBatch(id.clone()),
        (EntryKind::BatchReleased, Fact::BatchAct(id)) => PayAct::CompleteRelease(id.clone()),
        (EntryKind::BatchCancelling, Fact::BatchAct(id)) => PayAct::CancelBatch(id.clone()),
        (EntryKind::BatchCancelled, Fact::BatchAct(id)) => PayAct::CompleteCancellation(id.clone()),
        (EntryKind::PaymentReported, Fact::Report(report)) => PayAct::Report((**report).clone(), None),
        (EntryKind::PayeeSet, Fact::Payee(fact)) => {
            let (kind, fingerprint) = fact.set?;
            PayAct::SetPayee(entry.member.clone()?, kind, fingerprint)
        }
        (EntryKind::PayeeRemoved, Fact::Payee(_)) if entry.command == CommandKind::ExpirePayee => {
            PayAct::ExpirePayee(entry.member.clone()?)
        }
        (EntryKind::PayeeRemoved, Fact::Payee(_)) => PayAct::RemovePayee(entry.member.clone()?),
        (EntryKind::PaymentRetried, Fact::Retry(payment)) => PayAct::Retry(payment.clone()),
        _ => return None,
    };
    Some(Act::Pay(Box::new(act)))
}

/// Returns the act on money that wrote an entry; `None` when another act wrote it, or its steps are not known. `deciding` holds the
/// members on whose lots a step of a closing decides.
#[must_use]
pub fn act_on_money(entry: &Entry, before: &impl State, deciding: Vec<MemberId>) -> Option<Act> {
    match (entry.kind, &entry.fact) {
        (EntryKind::ChoiceSet, Fact::Choice(fact)) => Some(Act::SetChoice(entry.member.clone()?, fact.choice.clone())),
        (EntryKind::ClosingDrafted, Fact::Closing(content)) => Some(Act::CloseChoices(content.clone())),
        (EntryKind::ClosingApproved, Fact::PayoutContent(content)) => {
            Some(Act::ApproveClosing(content.payout.clone(), content.digest))
        }
        (EntryKind::ClosingRejected, Fact::PayoutAct(id)) => {
            Some(Act::RejectClosing(id.clone(), before.get::<Closing>(id)?.content.digest))
        }
        (EntryKind::ClosingProgressed, Fact::PayoutStep(PayoutStep { payout, through })) => {
            let after = before.get::<Closing>(payout)?.through.clone();
            Some(Act::DecideLots(payout.clone(), Step { after, through: through.clone(), rows: deciding }))
        }
        (EntryKind::LapseProposed, Fact::Lapse(fact)) => Some(Act::LapseMoney(entry.member.clone()?, fact.id.clone())),
        (EntryKind::LapseApproved, Fact::Lapse(fact)) => {
            Some(Act::ApproveLapse(entry.member.clone()?, fact.id.clone(), fact.approved?))
        }
        (EntryKind::LapseRejected, Fact::Lapse(fact)) => Some(Act::RejectLapse(entry.member.clone()?, fact.id.clone())),
        (EntryKind::ChoicesClosed, Fact::PayoutAct(id)) => Some(Act::CompleteClosing(id.clone())),
        _ => None,
    }
}
