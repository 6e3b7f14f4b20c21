//! Members in their present state.

use super::time;
use crate::domain::state::member::{Member, MemberState, Suspension};
use crate::domain::terms::member::ShutOutReason;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::pb;

pub(crate) fn member(program: &ProgramId, id: &MemberId, member: &Member, seq: Seq) -> pb::Member {
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
        ban: member.ban.as_ref().map(suspension),
        revoked_time: member.revoked_at.map(time),
        seq: seq.get(),
        merged_into: member.merged.as_ref().map(|it| it.into.to_string()).unwrap_or_default(),
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
