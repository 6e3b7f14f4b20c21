//! Members in their present state.

use super::{plain_balance, time};
use crate::domain::state::account::Account;
use crate::domain::state::member::{Lift, LiftState, Member, MemberState, Suspension};
use crate::domain::state::proposal::{Proposal, ProposalState};
use crate::domain::terms::member::{Profile, ShutOutReason};
use crate::domain::value::ids::{MemberId, MergerId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::seq::Seq;
use crate::pb;

/// Returns a member. The notes are those of the lifting of the ban: of the proposal, and of the rejection.
pub(crate) fn member(
    program: &ProgramId,
    id: &MemberId,
    (member, profile): (&Member, &Profile),
    seq: Seq,
    lift_notes: [String; 2],
) -> pb::Member {
    let state = match member.state() {
        MemberState::Active => pb::MemberState::Active,
        MemberState::Suspended => pb::MemberState::Suspended,
        MemberState::Banned => pb::MemberState::Banned,
        MemberState::Merged => pb::MemberState::Merged,
    };
    pb::Member {
        name: format!("programs/{program}/members/{id}"),
        state: state.into(),
        suspensions: member.suspensions.iter().map(suspension).collect(),
        ban: member.ban.as_ref().map(|ban| suspension(&ban.term)),
        revoked_time: member.ban.as_ref().and_then(|ban| ban.revoked_at).map(time),
        ban_lift: member.ban.as_ref().and_then(|ban| ban.lift.as_ref()).map(|it| lift(it, lift_notes)),
        seq: seq.get(),
        proposed_merger: String::new(),
        opted_out: profile.opted_out,
        labels: profile.labels.iter().map(ToString::to_string).collect(),
        merged_into: member.merged.as_ref().map(|it| it.into.to_string()).unwrap_or_default(),
    }
}

/// Returns a merger that needs a second person. `account` is that of the member who would be merged away; the notes are
/// those of the proposal and of the rejection, as far as they were not erased.
pub(crate) fn merger(
    program: &ProgramId,
    id: &MergerId,
    merger: &Proposal,
    (account, seq): (&Account, Seq),
    currency: Currency,
    [proposal_note, rejection_note]: [String; 2],
) -> pb::Merger {
    let (state, waits) = match merger.state {
        ProposalState::Proposed => (pb::MergerState::Proposed, true),
        ProposalState::Approved => (pb::MergerState::Approved, false),
        ProposalState::Rejected => (pb::MergerState::Rejected, false),
    };
    let (decided_by, decided_seq) = merger.decided.as_ref().map(|(by, seq)| (by.to_string(), *seq)).unzip();
    pb::Merger {
        name: format!("programs/{program}/mergers/{id}"),
        member_id: merger.from.to_string(),
        into_member_id: merger.into.to_string(),
        state: state.into(),
        balance: waits.then(|| plain_balance(account, seq, currency)),
        content_digest: if waits { merger.content(id, &account.balances).to_vec() } else { Vec::new() },
        drawn_up_by: merger.drawn_up_by.to_string(),
        decided_by: decided_by.unwrap_or_default(),
        proposal_note,
        rejection_note,
        seq: merger.seq.get(),
        decided_seq: decided_seq.map_or(0, Seq::get),
    }
}

/// Returns the lifting of a ban, with the notes of whoever asked for it and of whoever rejected it.
fn lift(lift: &Lift, [proposal_note, rejection_note]: [String; 2]) -> pb::BanLift {
    let state = match lift.state {
        LiftState::Proposed => pb::BanLiftState::Proposed,
        LiftState::Approved => pb::BanLiftState::Approved,
        LiftState::Completed => pb::BanLiftState::Completed,
        LiftState::Rejected => pb::BanLiftState::Rejected,
    };
    let (decided_by, decided_seq) = lift.decided.as_ref().map(|(by, seq)| (by.to_string(), seq.get())).unzip();
    pb::BanLift {
        lift_id: lift.id.to_string(),
        drawn_up_by: lift.drawn_up_by.to_string(),
        seq: lift.seq.get(),
        state: state.into(),
        decided_by: decided_by.unwrap_or_default(),
        decided_seq: decided_seq.unwrap_or_default(),
        completed_time: lift.completed_at.map(time),
        proposal_note,
        rejection_note,
    }
}

fn suspension(suspension: &Suspension) -> pb::Suspension {
    let reason = match suspension.reason {
        ShutOutReason::FraudSuspected => pb::SuspensionReason::FraudSuspected,
        ShutOutReason::TermsBroken => pb::SuspensionReason::TermsBroken,
        ShutOutReason::Requested => pb::SuspensionReason::Requested,
        ShutOutReason::Fraud => pb::SuspensionReason::Fraud,
    };
    pb::Suspension {
        reason: reason.into(),
        from_time: Some(time(suspension.from)),
        until_time: suspension.until.map(time),
        principal: suspension.by.to_string(),
        seq: suspension.seq.get(),
    }
}
