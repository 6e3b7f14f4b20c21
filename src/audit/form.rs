//! Checks that a request can say what an entry says, whatever was recorded before: the refusals that come before
//! deciding.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::domain::entry::Entry;
use crate::domain::entry::access::{AccessFact, Owners};
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::earning::EarningFact;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::terms::access::{AccessChange, FIRST_OWNERS_MAX, FIRST_OWNERS_MIN, SOURCES_MAX};
use crate::domain::terms::activity::QUANTITY_MAX;
use crate::domain::terms::adjustment::POINTS_MAX;
use crate::domain::terms::program::{DEBT_LIMIT_MAX, ProgramTerms};
use crate::domain::terms::till::Place;
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::{PersonId, RequestId, SourceId};
use crate::domain::value::money::MONEY_MAX;
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::reason::Reason;
use crate::domain::value::role::{Role, Roles};
use crate::domain::value::time::Micros;

/// The sender of an act, and the time it was recorded: the same on each of its entries.
#[derive(PartialEq, Eq)]
pub(super) struct Asked {
    source: SourceId,
    command: CommandKind,
    principal: PrincipalId,
    recorded_at: Micros,
}

impl Asked {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            source: entry.source.clone(),
            command: entry.command,
            principal: entry.principal.clone(),
            recorded_at: entry.recorded_at,
        }
    }

    /// Returns the same sender and time, for an act of another type.
    pub(super) fn by(self, command: CommandKind) -> Self {
        Self { command, ..self }
    }
}

/// Returns the fault of an entry by itself, if there is one.
pub(super) fn ill_formed(entry: &Entry) -> Option<String> {
    let commands = begun_by(entry.kind);
    let kind = entry.kind.name();
    if commands.is_empty() == entry.request.is_some() {
        let what = if commands.is_empty() { "begins no act, and has a name" } else { "begins an act, and has no name" };
        return Some(format!("an entry of kind {kind} {what}"));
    }
    if !commands.is_empty() && !commands.contains(&entry.command) {
        return Some(format!("an act of type {} begins with no entry of kind {kind}", entry.command.name()));
    }
    let is_ahead = entry.occurred_at.is_ahead_of(entry.recorded_at);
    let problem = match &entry.fact {
        Fact::Program(terms) if entry.source == SourceId::goodturn() => wrong_terms(terms),
        Fact::TermsUpdate(change) if entry.source == SourceId::goodturn() => {
            wrong_limits(change.debt_limit_points.unwrap_or(0), change.adjustment_limit_points.unwrap_or(0))
        }
        Fact::Statement(terms) if !terms.is_well_formed() => {
            Some("the terms of the statement are none that can be given")
        }
        Fact::Payout(terms) if !terms.is_well_formed(entry.recorded_at.day_in(&TimeZone::UTC)) => {
            Some("the terms of the payout are none that can be given")
        }
        Fact::Batch(terms) if !terms.is_well_formed() => Some("the terms of the batch are none that can be given"),
        Fact::Payee(_) if entry.command == CommandKind::ExpirePayee => (entry.source != SourceId::goodturn()
            || entry.principal != PrincipalId::goodturn())
        .then_some("nobody can ask for it but the service itself"),
        Fact::Report(report) if !report.is_well_formed() => Some("the report is none that can be given"),
        Fact::Activity(fact) => {
            let amount = fact.amount_minor.is_none_or(|minor| (0..=MONEY_MAX).contains(&minor));
            let quantity = fact.quantity.is_none_or(|quantity| (0..=QUANTITY_MAX).contains(&quantity));
            let own = entry.source == SourceId::goodturn();
            first(&[
                (is_ahead, "it occurred later than it may when it was recorded"),
                (!amount, "its amount is none that can be reported"),
                (!quantity, "its quantity is none that can be reported"),
                (entry.local_time(fact).is_none(), "its offset from UTC is none that a place has had"),
                (own, "the service itself reports no activity"),
            ])
        }
        Fact::Earning(fact) => entry.request.is_some().then(|| wrongly_told(entry, fact)).flatten(),
        Fact::Adjustment(fact) => {
            let points = fact.points != 0 && (-POINTS_MAX..=POINTS_MAX).contains(&fact.points);
            first(&[
                (is_ahead, "it counts later than it may when it was recorded"),
                (!points, "its points are none that can be asked for"),
                (entry.source != SourceId::goodturn(), "no source can ask for it"),
            ])
        }
        Fact::ExpiryStep(_) | Fact::Expiry(_) => (entry.source != SourceId::goodturn()
            || entry.principal != PrincipalId::goodturn())
        .then_some("nobody can ask for it but the service itself"),
        Fact::Member(_) if matches!(entry.kind, EntryKind::BanCompleted | EntryKind::BanLiftCompleted) => {
            wrongly_completed(entry)
        }
        Fact::Owners(owners) => wrong_owners(entry, owners),
        Fact::AccessChange(fact) => wrong_access(entry, fact),
        // The source of the activity asks for it.
        Fact::PayoutReduction(_) => None,
        Fact::Hold(fact) => misnamed(entry, &fact.place),
        Fact::Redemption(fact) => misnamed(entry, &fact.place),
        _ => (entry.source != SourceId::goodturn()).then_some("no source can ask for it"),
    };
    problem.map(Into::into)
}

fn wrong_terms(terms: &ProgramTerms) -> Option<&'static str> {
    let zone = terms.zone().is_err().then_some("the programme's time zone is unknown");
    wrong_limits(terms.debt_limit_points, terms.adjustment_limit_points).or(zone)
}

fn wrong_limits(debt_limit_points: i64, adjustment_limit_points: i64) -> Option<&'static str> {
    first(&[
        (!(0..=DEBT_LIMIT_MAX).contains(&debt_limit_points), "the debt limit is none that a programme can have"),
        (
            !(0..=POINTS_MAX).contains(&adjustment_limit_points),
            "the limit of adjustments is none that a programme can have",
        ),
    ])
}

/// Checks that a programme begins with several persons, and that only somebody at the machine itself makes an owner alone.
fn wrong_owners(entry: &Entry, owners: &Owners) -> Option<&'static str> {
    let logins: BTreeSet<&Hash> = owners.persons.iter().map(|new| &new.login).collect();
    let persons: BTreeSet<&PersonId> = owners.persons.iter().map(|new| &new.person).collect();
    let count = owners.persons.len();
    let is_own = entry.principal == PrincipalId::goodturn();
    let is_beginning = entry.kind == EntryKind::AccessBegun;
    first(&[
        (entry.source != SourceId::goodturn(), "no source can ask for it"),
        (logins.len() < count || persons.len() < count, "it names somebody twice"),
        (
            is_beginning && !(FIRST_OWNERS_MIN..=FIRST_OWNERS_MAX).contains(&count),
            "it names too few persons, or too many",
        ),
        (!is_beginning && !is_own, "nobody can ask for it but somebody at the machine itself"),
    ])
}

fn wrong_access(entry: &Entry, AccessFact { id, change }: &AccessFact) -> Option<&'static str> {
    let is_named = entry.request.as_ref().is_some_and(|request| request.id == RequestId::from(id));
    let wrong_role = |roles: &Roles, may: fn(Role) -> bool| roles.is_empty() || !roles.iter().all(|role| may(*role));
    let problem = match change {
        AccessChange::GrantRoles(_, roles) | AccessChange::RevokeRoles(_, roles) => {
            (wrong_role(roles, Role::is_for_persons), "its roles are none that a person can have")
        }
        AccessChange::CreateKey(terms) => (
            wrong_role(&terms.roles, Role::is_for_keys) || terms.sources.len() > SOURCES_MAX,
            "its roles or sources are none that a key can have",
        ),
        _ => (false, ""),
    };
    first(&[
        (entry.source != SourceId::goodturn(), "no source can ask for it"),
        (!is_named, "it bears another name than the change gives it"),
        problem,
    ])
}

fn wrongly_told(entry: &Entry, fact: &EarningFact) -> Option<&'static str> {
    let (minor, quantity) = (fact.refunded_minor, fact.refunded_quantity);
    let is_refund =
        minor.max(quantity) > 0 && (0..=MONEY_MAX).contains(&minor) && (0..=QUANTITY_MAX).contains(&quantity);
    let refund = entry.kind == EntryKind::ActivityRefunded && !is_refund;
    let reason = entry.kind == EntryKind::ActivityReversed
        && !matches!(entry.reason, Some(Reason::Withdrawn | Reason::Mistake | Reason::Fraud));
    let is_own = entry.source == SourceId::goodturn() && entry.principal == PrincipalId::goodturn();
    let source = match entry.kind {
        EntryKind::WaitEnded => !is_own,
        // Somebody banned the member, or lifted the ban.
        EntryKind::ActivityRevoked | EntryKind::ActivityReinstated => entry.source != SourceId::goodturn(),
        _ => entry.source != fact.source,
    };
    // A waiting time ends when it is due, which is checked with the name.
    let is_ahead = entry.kind != EntryKind::WaitEnded && entry.occurred_at.is_ahead_of(entry.recorded_at);
    first(&[
        (is_ahead, "it happened later than it may when it was recorded"),
        (refund, "what it gives back of the amount or the quantity is none that can be reported"),
        (reason, "it takes back for no reason that can be reported"),
        (source, "it tells of an activity that is not its source's"),
    ])
}

/// Checks that the service itself completes a ban or its lifting, and once.
fn wrongly_completed(entry: &Entry) -> Option<&'static str> {
    let is_own = entry.source == SourceId::goodturn() && entry.principal == PrincipalId::goodturn();
    let id = entry.request.as_ref().map(|request| &request.id);
    let is_named = entry.refers.is_some_and(|ban| id == Some(&RequestId::completing(ban.get())));
    first(&[
        (!is_own, "nobody can ask for it but the service itself"),
        (!is_named, "it bears another name than the ban or its lifting gives it"),
    ])
}

/// Checks that an act of the till is named after its subject, so that it is done once. A refund has an id of its own.
fn misnamed(entry: &Entry, place: &Place) -> Option<&'static str> {
    let id = &entry.request.as_ref()?.id;
    let is_own = entry.source == SourceId::goodturn() && entry.principal == PrincipalId::goodturn();
    let is_shops = entry.source == place.source && place.source != SourceId::goodturn();
    let is_named = match entry.kind {
        EntryKind::HoldExpired => is_own && entry.refers.is_some_and(|hold| *id == RequestId::expiring(hold.get())),
        EntryKind::RedemptionRefunded => is_shops,
        _ => is_shops && *id == RequestId::from(&place.id),
    };
    (!is_named).then_some("it bears another name than the hold or the redemption gives it")
}

fn first(problems: &[(bool, &'static str)]) -> Option<&'static str> {
    problems.iter().find(|(is_so, _)| *is_so).map(|(_, problem)| *problem)
}

/// Returns the types of the commands that begin with an entry of a kind; none when the kind only comes with another.
const fn begun_by(kind: EntryKind) -> &'static [CommandKind] {
    match kind {
        EntryKind::ProgramCreated => &[CommandKind::CreateProgram],
        EntryKind::RuleSetPublished => &[CommandKind::PublishRuleSet],
        EntryKind::ProgramUpdateProposed => &[CommandKind::UpdateProgram],
        EntryKind::LapseProposed => &[CommandKind::LapseMoney],
        EntryKind::LapseApproved => &[CommandKind::ApproveLapse],
        EntryKind::LapseRejected => &[CommandKind::RejectLapse],
        EntryKind::ProgramUpdated => &[CommandKind::ApproveProgramUpdate],
        EntryKind::ProgramUpdateRejected => &[CommandKind::RejectProgramUpdate],
        EntryKind::ActivityRecorded => &[CommandKind::RecordActivity],
        EntryKind::ActivityReversed => &[CommandKind::ReverseActivity],
        EntryKind::ActivityRestored => &[CommandKind::RestoreActivity],
        EntryKind::ActivityRevoked => &[CommandKind::RevokeActivity],
        EntryKind::ActivityReinstated => &[CommandKind::ReinstateActivity],
        EntryKind::ActivityRefunded => &[CommandKind::RefundActivity],
        EntryKind::ActivityConfirmed => &[CommandKind::ConfirmActivity],
        EntryKind::WaitEnded => &[CommandKind::EndWait],
        EntryKind::HoldCreated => &[CommandKind::CreateHold],
        EntryKind::HoldCaptured => &[CommandKind::CaptureHold],
        EntryKind::HoldReleased => &[CommandKind::ReleaseHold],
        EntryKind::HoldExpired => &[CommandKind::ExpireHold],
        EntryKind::PointsRedeemed => &[CommandKind::RedeemPoints],
        EntryKind::RedemptionRefunded => &[CommandKind::RefundRedemption],
        EntryKind::AdjustmentProposed => &[CommandKind::AdjustPoints],
        EntryKind::PointsAdjusted => &[CommandKind::AdjustPoints, CommandKind::ApproveAdjustment],
        EntryKind::AdjustmentRejected => &[CommandKind::RejectAdjustment],
        EntryKind::AdjustmentRevoked => &[CommandKind::RevokeAdjustment],
        EntryKind::AdjustmentReinstated => &[CommandKind::ReinstateAdjustment],
        EntryKind::AdjustmentsApproved => &[CommandKind::ApproveAdjustments],
        EntryKind::AdjustmentsRejected => &[CommandKind::RejectAdjustments],
        EntryKind::MemberSuspended => &[CommandKind::SuspendMember],
        EntryKind::ProfileUpdated => &[CommandKind::UpdateMemberProfile],
        EntryKind::MemberReinstated => &[CommandKind::ReinstateMember],
        EntryKind::MemberBanned => &[CommandKind::BanMember],
        EntryKind::BanCompleted => &[CommandKind::CompleteBan],
        EntryKind::BanLiftProposed => &[CommandKind::LiftBan],
        EntryKind::BanLiftRejected => &[CommandKind::RejectBanLift],
        EntryKind::BanLifted => &[CommandKind::ApproveBanLift],
        EntryKind::BanLiftCompleted => &[CommandKind::CompleteBanLift],
        EntryKind::MemberMerged | EntryKind::MergerProposed => &[CommandKind::MergeMembers],
        EntryKind::MergerApproved => &[CommandKind::ApproveMerger],
        EntryKind::MergerRejected => &[CommandKind::RejectMerger],
        EntryKind::ExpiryProgressed => &[CommandKind::ExpirePoints],
        EntryKind::AccessBegun => &[CommandKind::BeginAccess],
        EntryKind::AccessChanged => &[CommandKind::ChangeAccess, CommandKind::ApproveAccessChange],
        EntryKind::AccessProposed => &[CommandKind::ChangeAccess],
        EntryKind::AccessRejected => &[CommandKind::RejectAccessChange],
        EntryKind::AccessRecovered => &[CommandKind::RecoverAccess],
        _ => begun_by_of_finance(kind),
    }
}

/// Returns the same of kinds that tell of statements, payouts and choices.
const fn begun_by_of_finance(kind: EntryKind) -> &'static [CommandKind] {
    match kind {
        EntryKind::StatementDeclared => &[CommandKind::DeclareStatement],
        EntryKind::StatementApproved => &[CommandKind::ApproveStatement],
        EntryKind::StatementRejected => &[CommandKind::RejectStatement],
        EntryKind::StatementCorrected => &[CommandKind::CorrectStatement],
        EntryKind::PayoutCreated => &[CommandKind::CreatePayout],
        EntryKind::PayoutProgressed => &[
            CommandKind::ReservePoints,
            CommandKind::ReleasePoints,
            CommandKind::ListWeights,
            CommandKind::PostShares,
            CommandKind::ReturnPoints,
        ],
        EntryKind::PayoutDrafted | EntryKind::PayoutReleasing => &[CommandKind::CompleteDraft],
        EntryKind::PayoutApproved => &[CommandKind::ApprovePayout],
        EntryKind::PayoutExecuting => &[CommandKind::BeginExecution],
        EntryKind::PayoutExecuted => &[CommandKind::CompleteExecution],
        EntryKind::PayoutCancelling => &[CommandKind::BeginCancellation],
        EntryKind::PayoutCancelled => &[CommandKind::CompleteCancellation],
        EntryKind::PayoutRejected => &[CommandKind::RejectPayout],
        EntryKind::ChoiceSet => &[CommandKind::SetChoice],
        EntryKind::ClosingDrafted => &[CommandKind::CloseChoices],
        EntryKind::ClosingApproved => &[CommandKind::ApproveClosing],
        EntryKind::ClosingRejected => &[CommandKind::RejectClosing],
        EntryKind::ClosingProgressed => &[CommandKind::DecideLots],
        EntryKind::ChoicesClosed => &[CommandKind::CompleteClosing],
        EntryKind::BatchCreated => &[CommandKind::CreateBatch],
        EntryKind::BatchProgressed => &[CommandKind::DrawLots, CommandKind::SendLots, CommandKind::LeaveOutLots],
        EntryKind::BatchDrafted => &[CommandKind::CompleteBatch],
        EntryKind::BatchApproved => &[CommandKind::ApproveBatch],
        EntryKind::BatchReleasing => &[CommandKind::ReleaseBatch],
        EntryKind::BatchReleased => &[CommandKind::CompleteRelease],
        EntryKind::BatchCancelling => &[CommandKind::CancelBatch],
        EntryKind::BatchCancelled => &[CommandKind::CompleteBatchCancellation],
        EntryKind::PaymentReported => &[CommandKind::ReportPayment],
        EntryKind::PayeeSet => &[CommandKind::SetPayee],
        EntryKind::PayeeRemoved => &[CommandKind::RemovePayee, CommandKind::ExpirePayee],
        EntryKind::PaymentRetried => &[CommandKind::RetryPayment],
        // Every other kind only comes with another.
        _ => &[],
    }
}
