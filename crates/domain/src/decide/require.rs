//! Requirements of an act beside the state of its object: a second person, and sums that are still true.

use crate::decide::acts::PayAct;
use crate::decide::command::{Act, Command, Eligible};
use crate::decide::rejection::{AccessRejection, Rejection};
use crate::entry::commands::CommandKind;
use crate::state::access::{Access, Change};
use crate::state::account::Account;
use crate::state::adjustment::Adjustment;
use crate::state::batch::Batch;
use crate::state::closing::Closing;
use crate::state::get::State;
use crate::state::lapse::Lapse;
use crate::state::member::Member;
use crate::state::payout::Payout;
use crate::state::persons::{may_be_one, roles_of, roles_of_service};
use crate::state::proposal::Proposal;
use crate::state::statement::Statement;
use crate::state::update::Update;
use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::role::{Role, Roles};
use crate::value::seq::Seq;

/// Checks that the sender may do it: that it has a role for it, once the programme knows its persons, and four eyes. The principal who
/// drew something up cannot approve it. A name that differs only in case is the same name, and linked logins are one person.
///
/// The check comes before a replay is answered and before anything is decided: authorisation comes first. An object
/// that does not exist passes the check; the decision rejects it.
///
/// # Errors
/// [`AccessRejection::NotPermitted`] without a role, and [`Rejection::SecondPersonRequired`] when both are one person.
pub fn permitted(state: &impl State, command: &Command) -> Result<(), Rejection> {
    let act = &command.act;
    if let Some(needed) = needed(act.kind()) {
        has_role(state, &command.principal, needed)?;
    }
    let drawn_up_by = match act {
        Act::ApproveStatement(id, digest) => {
            let statement = state.get::<Statement>(id);
            statement.map(|statement| statement.declared_as(digest).unwrap_or(&statement.declared_by))
        }
        Act::ApproveAdjustment(id) => state.get::<Adjustment>(id).map(|adjustment| &adjustment.drawn_up_by),
        Act::ApproveMerger(id, _) => state.get::<Proposal>(id).map(|merger| &merger.drawn_up_by),
        Act::ApproveAccessChange(id) => state.get::<Change>(id).map(|change| &change.drawn_up_by),
        Act::ApproveBanLift(id) => {
            let ban = state.get::<Member>(id).and_then(|member| member.ban.as_ref());
            ban.and_then(|ban| ban.lift.as_ref())
                .filter(|lift| lift.id == command.name.id)
                .map(|lift| &lift.drawn_up_by)
        }
        Act::ApprovePayout(id, _) => state.get::<Payout>(id).map(|payout| &payout.drafted_by),
        Act::ApproveProgramUpdate(id, _) => state.get::<Update>(id).map(|update| &update.drawn_up_by),
        Act::ApproveLapse(member, id, _) => {
            let lapse = state.get::<Lapse>(member).filter(|lapse| lapse.id == *id);
            lapse.map(|lapse| &lapse.drawn_up_by)
        }
        Act::ApproveClosing(id, _) => state.get::<Closing>(id).map(|closing| &closing.drafted_by),
        Act::Pay(act) => match &**act {
            PayAct::ApproveBatch(id, _) => state.get::<Batch>(id).map(|batch| &batch.drafted_by),
            _ => None,
        },
        _ => None,
    };
    two_persons(state, drawn_up_by, Some(&command.principal))
}

/// Checks that what was signed before was drawn up and signed by two persons, as they are known now.
///
/// # Errors
/// [`AccessRejection::OnePerson`] when both are one person.
pub(super) fn signed_by_two(
    state: &impl State,
    drawn_up_by: &PrincipalId,
    signed_by: Option<&PrincipalId>,
) -> Result<(), Rejection> {
    two_persons(state, Some(drawn_up_by), signed_by).map_err(|refused| match refused {
        Rejection::SecondPersonRequired { drawn_up_by: by } => AccessRejection::OnePerson { by }.into(),
        other => other,
    })
}

/// Checks that whoever signs is another person than whoever drew it up, as they are known now.
///
/// # Errors
/// [`Rejection::SecondPersonRequired`] when both are one person.
fn two_persons(
    state: &impl State,
    drawn_up_by: Option<&PrincipalId>,
    signed_by: Option<&PrincipalId>,
) -> Result<(), Rejection> {
    match drawn_up_by.zip(signed_by) {
        // Once persons are known, a name that was believed before may be anybody's, the signer's too.
        Some((PrincipalId::Named(name), _) | (_, PrincipalId::Named(name))) if state.get::<Access>(&()).is_some() => {
            Err(AccessRejection::BelievedName { name: name.clone() }.into())
        }
        Some((drawer, signer)) if may_be_one(state, drawer, signer) => {
            Err(Rejection::SecondPersonRequired { drawn_up_by: drawer.clone() })
        }
        _ => Ok(()),
    }
}

/// What a command on money, on who may do what, or on whose points are whose asks of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The roles of which the sender must have one.
    pub roles: &'static [Role],
    /// True when the sender must be a person.
    pub person: bool,
}

/// Returns what a kind of command asks of its sender here, in the state that it meets; `None` for one that the door alone asks about.
/// The option `access` of its method says the same: each of the two stands when the other has a hole.
#[must_use]
#[expect(clippy::too_many_lines, reason = "each type of command is named, so that a new one is decided on")]
pub const fn needed(kind: CommandKind) -> Option<Needed> {
    use CommandKind as K;
    let roles: &[Role] = match kind {
        K::DeclareStatement | K::CorrectStatement | K::CreatePayout | K::ListWeights | K::BeginExecution | K::CloseChoices
        | K::LapseMoney
        | K::CreateBatch
        | K::ReleaseBatch
        | K::ReportPayment
        | K::SetPayee
        | K::RemovePayee
        | K::RetryPayment => &[Role::Finance],
        K::RejectStatement | K::RejectPayout | K::BeginCancellation | K::RejectClosing | K::RejectLapse | K::CancelBatch => {
            &[Role::Finance, Role::Approver]
        },
        K::ApproveStatement
        | K::ApprovePayout
        | K::ApproveClosing
        | K::ApproveAdjustment
        | K::ApproveAdjustments
        | K::ApproveMerger
        | K::ApproveLapse
        | K::ApproveBatch
        | K::ApproveBanLift => &[Role::Approver],
        K::AdjustPoints => &[Role::Community, Role::Finance],
        K::RejectAdjustment | K::RejectAdjustments => &[Role::Community, Role::Finance, Role::Approver],
        K::LiftBan => &[Role::Community],
        K::RejectBanLift | K::RejectMerger => &[Role::Community, Role::Approver],
        K::MergeMembers => return Some(Needed { roles: &[Role::Community], person: false }),
        K::ChangeAccess
        | K::ApproveAccessChange
        | K::RejectAccessChange
        | K::UpdateProgram
        | K::ApproveProgramUpdate
        | K::RejectProgramUpdate => &[Role::Owner],
        // What these record can be reversed, or comes of what was signed.
        K::CreateProgram
        | K::PublishRuleSet
        | K::RecordActivity
        | K::ReverseActivity
        | K::RefundActivity
        | K::ConfirmActivity
        | K::RestoreActivity
        | K::EndWait
        | K::RevokeActivity
        | K::ReinstateActivity
        | K::CreateHold
        | K::CaptureHold
        | K::ReleaseHold
        | K::ExpireHold
        | K::RedeemPoints
        | K::RefundRedemption
        | K::RevokeAdjustment
        | K::ReinstateAdjustment
        | K::SuspendMember
        | K::UpdateMemberProfile
        | K::ReinstateMember
        | K::BanMember
        | K::CompleteBan
        | K::CompleteBanLift
        | K::ExpirePoints
        | K::ReservePoints
        | K::CompleteDraft
        | K::PostShares
        | K::CompleteExecution
        | K::ReturnPoints
        | K::ReleasePoints
        | K::DecideLots
        | K::DrawLots
        | K::CompleteBatch
        | K::SendLots
        | K::CompleteRelease
        | K::LeaveOutLots
        | K::ExpirePayee
        | K::CompleteBatchCancellation
        | K::CompleteClosing
        | K::CompleteCancellation
        // A member's own word, which can be changed until the deadline.
        | K::SetChoice
        // Those of the first persons, and of somebody at the machine itself.
        | K::BeginAccess
        | K::RecoverAccess => return None,
    };
    Some(Needed { roles, person: true })
}

/// Checks that a principal has a role, once the programme knows its persons. Before that whoever is named is believed.
fn has_role(state: &impl State, principal: &PrincipalId, needed: Needed) -> Result<(), Rejection> {
    let Needed { roles, person } = needed;
    if state.get::<Access>(&()).is_none() {
        return Ok(());
    }
    let has = match principal {
        PrincipalId::Person(id) => roles_of(state, id),
        PrincipalId::Service(id) if !person => roles_of_service(state, id),
        _ => Roles::new(),
    };
    if roles.iter().any(|role| has.contains(role)) {
        Ok(())
    } else {
        Err(AccessRejection::NotPermitted { roles, person }.into())
    }
}

/// Checks that a principal is no service: what a second person must sign, a first one must have drawn up.
pub(super) fn a_person(principal: &PrincipalId, roles: &'static [Role]) -> Result<(), Rejection> {
    match principal {
        PrincipalId::Service(_) => Err(AccessRejection::NotPermitted { roles, person: true }.into()),
        _ => Ok(()),
    }
}

/// Checks that an object is in the state that the act needs.
pub(super) fn in_state<S: Copy + Eq>(state: S, needed: S, name: fn(S) -> &'static str) -> Result<(), Rejection> {
    if state == needed { Ok(()) } else { Err(Rejection::WrongState { state: name(state), needed: name(needed) }) }
}

/// Returns the rows of a step whose sums are still true, and the last member that the step passes with them. A member
/// whose credit has changed since the sums were made ends the step. The next step begins there with fresh sums.
/// `changed_by` returns the last entry that may have changed a member's sum.
pub(super) fn rows_still_true<'a>(
    state: &impl State,
    rows: &'a [Eligible],
    through: Option<&'a MemberId>,
    as_of: Seq,
    changed_by: impl Fn(&Account) -> Seq,
) -> Result<(&'a [Eligible], Option<&'a MemberId>), Rejection> {
    let has_changed = |row: &Eligible| state.account(&row.member).is_some_and(|account| changed_by(account) > as_of);
    match rows.iter().position(has_changed) {
        None => Ok((rows, through)),
        Some(0) => Err(Rejection::StepTaken),
        Some(changed) => Ok((&rows[..changed], Some(&rows[changed - 1].member))),
    }
}
