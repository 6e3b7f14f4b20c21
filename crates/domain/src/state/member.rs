//! Members as the programme treats them: active, suspended, banned.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::member::ShutOutReason;
use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Time for which a ban is left to the server that was asked for it, in microseconds: five seconds. Tens of thousands
/// of activities are taken back in that time. After it, any server goes on with the ban.
const RESUMED_AFTER_MICROS: i64 = 5 * 1_000_000;

/// Merger of a member into another.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Merger {
    /// The member that is left.
    pub into: MemberId,
    /// Time of the merger.
    pub at: Micros,
    /// The principal who merged the members.
    pub by: PrincipalId,
    /// The entry of the merger.
    pub seq: Seq,
}

/// A time in which a member is shut out.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Suspension {
    /// Reason of the suspension or ban.
    pub reason: ShutOutReason,
    /// Time when it began.
    pub from: Micros,
    /// Time when it ended; `None` while it lasts.
    pub until: Option<Micros>,
    /// The principal who shut the member out.
    pub by: PrincipalId,
    /// The entry that shut the member out.
    pub seq: Seq,
}

/// A member who was suspended, banned or merged. No other member has such a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Suspensions, the earliest first. Only the last can be without an end.
    pub suspensions: Vec<Suspension>,
    /// The ban, which never ends.
    pub ban: Option<Suspension>,
    /// Time when the ban had taken back everything that was earned before it.
    pub revoked_at: Option<Micros>,
    /// The merger into another member, if there was one.
    pub merged: Option<Merger>,
}

/// State of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// The member is treated like any other.
    Active,
    /// The member is shut out for now.
    Suspended,
    /// The member is shut out for good.
    Banned,
    /// The member is merged into another.
    Merged,
}

impl MemberState {
    /// Returns the name that people see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Banned => "banned",
            Self::Merged => "merged",
        }
    }
}

impl Member {
    /// Returns the state of the membership now.
    #[must_use]
    pub fn state(&self) -> MemberState {
        match (&self.ban, self.suspensions.last()) {
            _ if self.merged.is_some() => MemberState::Merged,
            (Some(_), _) => MemberState::Banned,
            (None, Some(last)) if last.until.is_none() => MemberState::Suspended,
            _ => MemberState::Active,
        }
    }

    /// Returns the reason why an activity that occurred at this time earns nothing, if there is one.
    ///
    /// A suspension counts for an activity that occurs while it lasts, whenever the activity arrives. A ban counts for
    /// every activity that arrives after it. Earlier activities are taken back, too.
    #[must_use]
    pub fn shuts_out(&self, occurred_at: Micros) -> Option<Reason> {
        if self.merged.is_some() {
            return Some(Reason::Merged);
        }
        let lasted = |it: &Suspension| it.from <= occurred_at && it.until.is_none_or(|until| occurred_at < until);
        (self.ban.is_some() || self.suspensions.iter().any(lasted)).then_some(Reason::Suspended)
    }

    /// Returns the time when any server goes on with the ban; `None` when there is no ban or when it has taken
    /// everything back.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        let ban = self.ban.as_ref().filter(|_| self.revoked_at.is_none())?;
        Some(ban.from.plus(RESUMED_AFTER_MICROS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_counts_from_its_first_instant_until_the_one_at_which_it_ends() {
        let time = |micros| Micros::new(micros).expect("a time");
        let by = PrincipalId::parse("anna").expect("an id");
        let suspension = |from, until: Option<i64>| Suspension {
            reason: ShutOutReason::Requested,
            from: time(from),
            until: until.map(time),
            by: by.clone(),
            seq: Seq::ZERO,
        };
        let suspensions = vec![suspension(10, Some(20)), suspension(30, None)];
        let member = Member { suspensions, ..Member::default() };
        let shut_out: Vec<i64> = (0..40).filter(|&at| member.shuts_out(time(at)).is_some()).collect();
        assert_eq!(shut_out, (10..20).chain(30..40).collect::<Vec<_>>());
        let banned = Member { ban: Some(suspension(35, None)), ..member };
        assert!((0..40).all(|at| banned.shuts_out(time(at)).is_some()), "whatever arrives after a ban");
    }
}
