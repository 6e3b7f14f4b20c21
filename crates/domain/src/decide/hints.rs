//! Hints: the keys that a decision is likely to read, found from the command alone. Loading them beforehand saves a
//! round.
//!
//! No decision rests on hints. A key that they leave out is noted when it is asked for, and loaded then.

use crate::decide::acts::{PayAct, Step, TillAct};
use crate::decide::command::{Act, Command, QualifiedActivity, Telling};
use crate::entry::batch::PaymentReport;
use crate::entry::name::CommandName;
use crate::state::get::Misses;
use crate::state::program::Program;
use crate::state::record::RecordKey;
use crate::terms::till::Spending;
use crate::value::ids::{MemberId, PayoutId, SourceId};

/// The keys gathered so far, and whether the programme keeps records of members and early news.
struct Hints {
    found: Misses,
    keeps_members: bool,
    keeps_early: bool,
}

impl Command {
    /// Returns the keys that the decision is likely to read. The programme's own record is not among them: it is always
    /// loaded.
    #[must_use]
    pub fn hints(&self, program: Option<&Program>) -> Misses {
        let counts = |count: fn(&Program) -> i64| program.is_some_and(|program| count(program) > 0);
        let mut hints = Hints {
            found: Misses::default(),
            keeps_members: counts(|program| program.members_kept),
            keeps_early: counts(|program| program.early_kept),
        };
        hints.of(&self.act, &self.name.source);
        hints.found
    }

    /// Returns the command whose first entry the decision is likely to ask for: the one that recorded the activity told
    /// of or followed.
    #[must_use]
    pub fn refers(&self) -> Option<CommandName> {
        let (source, id) = match &self.act {
            Act::Tell(telling) => (&telling.source, &telling.activity),
            Act::RecordActivity(activity) => (&self.name.source, activity.activity.follows.as_ref()?),
            _ => return None,
        };
        Some(CommandName::recording(source.clone(), id))
    }
}

impl Hints {
    fn of(&mut self, act: &Act, source: &SourceId) {
        match act {
            Act::PublishRuleSet(_) => self.record(RecordKey::Expiry),
            Act::ApproveProgramUpdate(id, _) | Act::RejectProgramUpdate(id) => {
                self.record(RecordKey::Update(id.clone()));
            }
            Act::RecordActivity(activity) => self.of_activity(activity, source),
            Act::Tell(telling) => self.of_telling(telling),
            Act::Till(act) => self.of_till(act),
            Act::AdjustPoints(terms) => {
                self.member(&terms.member);
                self.record(RecordKey::Adjustment(terms.id.clone()));
                self.record(RecordKey::waiting(&terms.id));
            }
            Act::ApproveAdjustment(id) | Act::RejectAdjustment(id) => {
                self.record(RecordKey::Adjustment(id.clone()));
                self.record(RecordKey::waiting(id));
            }
            Act::ApproveAdjustments(list) | Act::RejectAdjustments(list) => {
                for id in &list.ids {
                    self.record(RecordKey::Adjustment(id.clone()));
                    self.record(RecordKey::waiting(id));
                }
            }
            Act::RevokeAdjustment(id) | Act::ReinstateAdjustment(id) => self.record(RecordKey::Adjustment(id.clone())),
            Act::SuspendMember(member, _)
            | Act::UpdateMemberProfile(member, _)
            | Act::ReinstateMember(member)
            | Act::BanMember(member, _)
            | Act::CompleteBan(member, _)
            | Act::LiftBan(member)
            | Act::ApproveBanLift(member)
            | Act::RejectBanLift(member)
            | Act::CompleteBanLift(member, _) => {
                self.member(member);
                self.record(RecordKey::Member(member.clone()));
            }
            Act::MergeMembers { from, into } => {
                self.member(from);
                self.member(into);
                self.record(RecordKey::Member(from.clone()));
                self.record(RecordKey::Takings(from.clone()));
                self.record(RecordKey::Profile(from.clone()));
                self.record(RecordKey::OpenRuns);
                self.record(RecordKey::Lots(from.clone()));
                self.record(RecordKey::Choices(from.clone()));
                self.record(RecordKey::Expiry);
            }
            Act::ApproveMerger(id, _) | Act::RejectMerger(id) => self.record(RecordKey::Proposal(id.clone())),
            Act::Expire(step) => {
                self.record(RecordKey::Expiry);
                self.found.members.extend(step.rows.iter().map(|row| row.member.clone()));
            }
            // A hint only saves a second read, and these are rare.
            Act::CreateProgram(_)
            | Act::UpdateProgram(_)
            | Act::DeclareStatement(_)
            | Act::BeginAccess(_)
            | Act::RecoverAccess(_)
            | Act::ChangeAccess(..)
            | Act::ApproveAccessChange(_)
            | Act::RejectAccessChange(_) => {}
            Act::Pay(act) => self.of_payments(act),
            other => self.of_finance(other),
        }
    }

    /// Gathers the keys of acts on statements, payouts and choices.
    fn of_finance(&mut self, act: &Act) {
        match act {
            Act::ApproveStatement(id, _) | Act::RejectStatement(id, _) => self.record(RecordKey::Statement(id.clone())),
            Act::CorrectStatement(terms, _) => self.record(RecordKey::Statement(terms.id.clone())),
            Act::CreatePayout(terms, _) => {
                self.record(RecordKey::Statement(terms.statement.clone()));
                self.record(RecordKey::OpenRuns);
            }
            Act::LapseMoney(member, _) | Act::ApproveLapse(member, ..) | Act::RejectLapse(member, _) => {
                self.member(member);
                self.record(RecordKey::Member(member.clone()));
                self.record(RecordKey::Lapse(member.clone()));
                self.record(RecordKey::Lots(member.clone()));
                self.record(RecordKey::OpenRuns);
            }
            Act::ReservePoints(id, step, _) => self.of_step(id, step, |row| &row.member),
            Act::ReturnPoints(id, step) | Act::ReleasePoints(id, step) => self.of_step(id, step, |member| member),
            Act::ListWeights(id, step) => {
                self.record(RecordKey::Payout(id.clone()));
                for row in &step.rows {
                    self.member(&row.member);
                }
            }
            Act::PostShares(id, step) => {
                self.of_step(id, step, |row| &row.member);
                self.record(RecordKey::OpenRuns);
                self.found.records.extend(step.rows.iter().map(|row| RecordKey::Lots(row.member.clone())));
            }
            Act::SetChoice(member, _) => {
                self.record(RecordKey::Choices(member.clone()));
                self.record(RecordKey::OpenRuns);
            }
            Act::CloseChoices(content) => self.of_closing(&content.payout),
            Act::ApproveClosing(id, _) | Act::RejectClosing(id, _) | Act::CompleteClosing(id) => self.of_closing(id),
            Act::DecideLots(id, step) => {
                self.of_closing(id);
                for member in &step.rows {
                    self.found.members.insert(member.clone());
                    self.record(RecordKey::Lots(member.clone()));
                    self.record(RecordKey::Choices(member.clone()));
                }
            }
            Act::CompleteDraft(id)
            | Act::ApprovePayout(id, _)
            | Act::BeginExecution(id)
            | Act::CompleteExecution(id)
            | Act::RejectPayout(id)
            | Act::BeginCancellation(id) => self.record(RecordKey::Payout(id.clone())),
            Act::CompleteCancellation(id, statement) => {
                self.record(RecordKey::Payout(id.clone()));
                self.record(RecordKey::Statement(statement.clone()));
            }
            // Every other act has its own place.
            _ => {}
        }
    }

    /// Gathers the keys of acts on payments.
    fn of_payments(&mut self, act: &PayAct) {
        match act {
            PayAct::DrawLots(id, step) | PayAct::SendLots(id, step) | PayAct::LeaveOutLots(id, step) => {
                self.record(RecordKey::Batch(id.clone()));
                for member in &step.rows {
                    self.found.members.insert(member.clone());
                    self.record(RecordKey::Lots(member.clone()));
                    self.record(RecordKey::Payee(member.clone()));
                }
            }
            PayAct::CompleteBatch(id)
            | PayAct::ApproveBatch(id, _)
            | PayAct::ReleaseBatch(id)
            | PayAct::CompleteRelease(id)
            | PayAct::CancelBatch(id)
            | PayAct::CompleteCancellation(id) => self.record(RecordKey::Batch(id.clone())),
            PayAct::Report(PaymentReport { payment, .. }, _) | PayAct::Retry(payment) => {
                self.record(RecordKey::Batch(payment.batch.clone()));
                self.record(RecordKey::Payment(payment.batch.clone(), payment.number));
            }
            PayAct::SetPayee(member, ..) | PayAct::RemovePayee(member) | PayAct::ExpirePayee(member) => {
                self.member(member);
                self.record(RecordKey::Payee(member.clone()));
                self.record(RecordKey::Lots(member.clone()));
            }
            PayAct::CreateBatch(_) => {}
        }
    }

    fn of_telling(&mut self, telling: &Telling) {
        let (source, activity) = (telling.source.clone(), telling.activity.clone());
        self.record(RecordKey::Activity(source.clone(), activity.clone()));
        if self.keeps_early {
            self.record(RecordKey::Early(source, activity));
        }
    }

    fn of_activity(&mut self, activity: &QualifiedActivity, source: &SourceId) {
        let member = &activity.activity.member;
        self.member(member);
        let caps = activity.qualified.hits.iter().flat_map(|hit| &hit.caps);
        self.found.records.extend(caps.map(|period| RecordKey::Cap(member.clone(), period.clone())));
        if let Some(other) = activity.activity.counterparty.as_ref().filter(|_| self.keeps_members) {
            self.record(RecordKey::Member(other.clone()));
        }
        if self.keeps_early {
            self.record(RecordKey::Early(source.clone(), activity.id.clone()));
        }
        if let Some(followed) = &activity.activity.follows {
            self.record(RecordKey::Activity(source.clone(), followed.clone()));
        }
        if let Some((space, key)) = activity.claim_key() {
            self.record(RecordKey::Claim(space, key));
        }
    }

    fn of_till(&mut self, act: &TillAct) {
        match act {
            TillAct::Hold(asked, _) => {
                self.member(&asked.member);
                self.record(RecordKey::Holds(asked.member.clone()));
            }
            TillAct::Redeem(asked) => self.member(&asked.member),
            TillAct::Capture(place, _) | TillAct::Release(place) | TillAct::Expire(place) => {
                self.record(RecordKey::spending(place, Spending::Capture));
            }
            TillAct::Refund(place, spending, _) => self.record(RecordKey::spending(place, *spending)),
        }
    }

    fn of_closing(&mut self, id: &PayoutId) {
        self.record(RecordKey::Payout(id.clone()));
        self.record(RecordKey::Closing(id.clone()));
        self.record(RecordKey::OpenRuns);
    }

    fn of_step<Row>(&mut self, id: &PayoutId, step: &Step<Row>, member: fn(&Row) -> &MemberId) {
        self.record(RecordKey::Payout(id.clone()));
        for row in &step.rows {
            self.member(member(row));
            self.record(RecordKey::Reservations(member(row).clone()));
        }
    }

    fn member(&mut self, member: &MemberId) {
        self.found.members.insert(member.clone());
        if self.keeps_members {
            self.record(RecordKey::Member(member.clone()));
        }
    }

    fn record(&mut self, key: RecordKey) {
        self.found.records.insert(key);
    }
}
