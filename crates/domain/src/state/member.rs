//! Members as the programme treats them: active, suspended, banned.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::member::ShutOutReason;
use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// How long a ban is left to the server that was asked for it before any server goes on with it, in microseconds: five seconds,
/// in which tens of thousands of activities are taken back.
const RESUMED_AFTER_MICROS: i64 = 5 * 1_000_000;

/// Into whom a member was merged.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Merger {
    /// Who they are now.
    pub into: MemberId,
    /// When.
    pub at: Micros,
    /// Who did it.
    pub by: PrincipalId,
    /// The entry that did it.
    pub seq: Seq,
    /// What had been written off of that one until then, as a negative number.
    pub written_off: i64,
}

/// A time in which a member is shut out.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Suspension {
    /// Why.
    pub reason: ShutOutReason,
    /// When it began.
    pub from: Micros,
    /// When it ended; `None` while it lasts.
    pub until: Option<Micros>,
    /// Who did it.
    pub by: PrincipalId,
    /// The entry that did it.
    pub seq: Seq,
}

/// A member whom somebody suspended, banned or merged; of others there is no record.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Suspensions, the earliest first; only the last can be without an end.
    pub suspensions: Vec<Suspension>,
    /// The ban, which never ends.
    pub ban: Option<Suspension>,
    /// When the ban had taken back everything that was earned before it.
    pub revoked_at: Option<Micros>,
    /// Into whom they were merged, if they were.
    pub merged: Option<Merger>,
}

/// How the programme treats a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// Like any other.
    Active,
    /// Shut out for now.
    Suspended,
    /// Shut out for good.
    Banned,
    /// Another member now.
    Merged,
}

impl MemberState {
    /// Name as shown to people.
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
    /// How the programme treats the member now.
    #[must_use]
    pub fn state(&self) -> MemberState {
        match (&self.ban, self.suspensions.last()) {
            _ if self.merged.is_some() => MemberState::Merged,
            (Some(_), _) => MemberState::Banned,
            (None, Some(last)) if last.until.is_none() => MemberState::Suspended,
            _ => MemberState::Active,
        }
    }

    /// Why an activity that occurred at a time earns nothing, if it does.
    ///
    /// A suspension counts for what occurs while it lasts, whenever that arrives. A ban counts for whatever arrives after it: what
    /// occurred before is taken back, too.
    #[must_use]
    pub fn shuts_out(&self, occurred_at: Micros) -> Option<Reason> {
        if self.merged.is_some() {
            return Some(Reason::Merged);
        }
        let lasted = |it: &Suspension| it.from <= occurred_at && it.until.is_none_or(|until| occurred_at < until);
        (self.ban.is_some() || self.suspensions.iter().any(lasted)).then_some(Reason::Suspended)
    }

    /// When any server goes on with the ban; `None` where there is none, or it has taken everything back.
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
