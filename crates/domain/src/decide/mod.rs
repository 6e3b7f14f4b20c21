//! Deciding: commands become entries, given the state they meet. Pure: no clock, no I/O, no randomness.

pub mod access;
pub mod acts;
pub mod again;
pub mod command;
pub mod draft;
pub mod hints;
pub mod making;
mod pay;
pub mod reads;
pub mod rejection;
pub mod require;
pub mod seal;

mod adjustment;
pub mod batch;
mod claims;
pub mod closing;
mod earning;
mod expiry;
mod finance;
mod find;
mod lapse;
mod lots;
mod member;
mod merger;
mod payment;
pub mod payout;
mod post;
mod regain;
mod telling;
mod till;
mod update;

use crate::decide::command::{Act, Command};
use crate::decide::draft::{Draft, Moment};
use crate::decide::rejection::Rejection;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::get::State;
use crate::terms::program::ProgramTerms;
use crate::value::encoding::Note;

/// Decides a command. Returns the entries it writes, at least one; all of them are written or none.
///
/// # Errors
/// [`Rejection`] says why the command is refused. Nothing is written, and the command's id stays free.
pub fn decide(state: &impl State, command: &Command, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    // The check stands here and not in the reading of requests. The clock may step back in between, and this time is
    // recorded.
    if let Some(occurred_at) = command.act.dated().filter(|at| at.is_ahead_of(moment.now)) {
        return Err(Rejection::DatedAhead { occurred_at });
    }
    require::permitted(state, command)?;
    let mut drafts = match &command.act {
        Act::CreateProgram(terms) => create_program(terms, moment),
        Act::UpdateProgram(change) => update::propose(state, change, moment),
        Act::ApproveProgramUpdate(id, digest) => update::approve(state, id, digest, moment),
        Act::RejectProgramUpdate(id) => update::reject(state, id, moment),
        Act::PublishRuleSet(rules) => earning::publish_rule_set(state, rules, moment),
        Act::RecordActivity(activity) => earning::record_activity(state, &command.name, activity, moment),
        Act::Tell(telling) => telling::tell(state, &command.name.id, telling, moment),
        Act::Till(act) => till::decide(state, act, moment),
        Act::AdjustPoints(terms) => adjustment::adjust_points(state, terms, moment),
        Act::ApproveAdjustment(id) => adjustment::approve(state, id, moment),
        Act::RejectAdjustment(id) => adjustment::reject(state, id, moment),
        Act::RevokeAdjustment(id) => adjustment::revoke(state, id, moment),
        Act::ReinstateAdjustment(id) => adjustment::reinstate(state, id, moment),
        Act::ApproveAdjustments(list) => adjustment::sign(state, list, EntryKind::AdjustmentsApproved, moment),
        Act::RejectAdjustments(list) => adjustment::sign(state, list, EntryKind::AdjustmentsRejected, moment),
        Act::SuspendMember(id, reason) => member::suspend(state, id, *reason, moment),
        Act::ReinstateMember(id) => member::reinstate(state, id, moment),
        Act::UpdateMemberProfile(id, profile) => member::update_profile(state, id, profile, moment),
        Act::BanMember(id, reason) => member::ban(state, id, *reason, moment),
        Act::CompleteBan(id, ban) => member::complete_ban(state, id, *ban, moment),
        Act::LiftBan(id) => member::propose_lift(state, id, moment),
        Act::ApproveBanLift(id) => member::lift_ban(state, id, &command.name.id, moment),
        Act::RejectBanLift(id) => member::reject_lift(state, id, &command.name.id, moment),
        Act::CompleteBanLift(id, lift) => member::complete_lift(state, id, *lift, moment),
        Act::MergeMembers { from, into } => merger::merge(state, command, (from, into), moment),
        Act::ApproveMerger(id, digest) => merger::approve(state, id, digest, moment),
        Act::RejectMerger(id) => merger::reject(state, id, moment),
        Act::DeclareStatement(terms) => Ok(finance::declare_statement(terms, moment)),
        Act::CorrectStatement(terms, version) => finance::correct_statement(state, terms, *version, moment),
        Act::ApproveStatement(id, digest) => finance::approve_statement(state, id, digest, moment),
        Act::RejectStatement(id, version) => finance::reject_statement(state, id, *version, moment),
        Act::CreatePayout(terms, asked) => finance::create_payout(state, terms, *asked, moment),
        Act::ReservePoints(id, step, as_of) => payout::reserve(state, id, step, *as_of, moment),
        Act::CompleteDraft(id) => payout::complete_draft(state, id, moment),
        Act::ApprovePayout(id, digest) => payout::approve(state, id, digest, moment),
        Act::BeginExecution(id) => payout::begin_execution(state, id, moment),
        Act::PostShares(id, step) => payout::post_shares(state, id, step, moment),
        Act::CompleteExecution(id) => payout::complete_execution(state, id, moment),
        Act::BeginCancellation(id) => payout::begin_cancellation(state, id, EntryKind::PayoutCancelling, moment),
        Act::RejectPayout(id) => payout::reject(state, id, moment),
        Act::ReturnPoints(id, step) => payout::return_points(state, id, step, moment),
        Act::CompleteCancellation(id, _) => payout::complete_cancellation(state, id, moment),
        Act::ListWeights(id, step) => payout::list(state, id, step, &command.principal, moment),
        Act::ReleasePoints(id, step) => payout::release(state, id, step, moment),
        Act::SetChoice(member, choice) => closing::choose(state, member, choice.as_ref(), moment),
        Act::CloseChoices(content) => closing::draw_up(state, content, moment),
        Act::ApproveClosing(id, digest) => closing::approve(state, id, digest, moment),
        Act::RejectClosing(id, digest) => closing::reject(state, id, digest, moment),
        Act::LapseMoney(member, id) => lapse::propose(state, member, id, moment),
        Act::ApproveLapse(member, id, digest) => lapse::approve(state, member, (id, digest), moment),
        Act::RejectLapse(member, id) => lapse::reject(state, member, id, moment),
        Act::DecideLots(id, step) => closing::decide_lots(state, id, step, moment),
        Act::Pay(act) => pay::decide(state, act, moment),
        Act::CompleteClosing(id) => closing::complete(state, id, moment),
        Act::Expire(step) => expiry::expire(state, step, moment),
        Act::BeginAccess(persons) => access::begin(state, persons, moment),
        Act::RecoverAccess(person) => access::recover(state, person, moment),
        Act::ChangeAccess(id, change) => access::change(state, id, change, moment),
        Act::ApproveAccessChange(id) => access::approve(state, id, moment),
        Act::RejectAccessChange(id) => access::reject(state, id, moment),
    }?;
    drafts[0].note_digest = command.note.as_ref().map(Note::digest);
    Ok(drafts)
}

fn create_program(terms: &ProgramTerms, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let zone = terms.zone().map_err(|_| Rejection::Inconsistent("a programme's time zone is unknown"))?;
    let own = Moment { zone, ..moment.clone() };
    Ok(vec![Draft::act(EntryKind::ProgramCreated, &own, Fact::Program(terms.clone()))])
}
