//! Members as the programme treats them: active, suspended, banned.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::member::ShutOutReason;
use crate::value::codes::codes;
use crate::value::ids::{MemberId, RequestId};
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Time for which a ban is left to the server that was asked for it, in microseconds: five seconds. Tens of thousands
/// of activities are taken back in that time. After it, any server goes on with the ban.
const RESUMED_AFTER_MICROS: i64 = 5 * 1_000_000;

/// Most suspensions of a member. All of them are read with every activity of the member, as each says for which days nothing
/// is earned; whoever deserves more is banned.
pub const SUSPENSIONS_MAX: usize = 100;

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

/// A ban, until it is lifted and has given everything back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ban {
    /// Reason, time and principal of the ban. It ends when it is lifted.
    pub term: Suspension,
    /// Time when the ban had taken back everything that was earned before it.
    pub revoked_at: Option<Micros>,
    /// The lifting that somebody asked for last, if anybody did.
    pub lift: Option<Lift>,
}

/// The lifting of a ban.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lift {
    /// The caller's own id of the lifting.
    pub id: RequestId,
    /// The principal who asked for it.
    pub drawn_up_by: PrincipalId,
    /// The entry that recorded it.
    pub seq: Seq,
    /// State of the lifting.
    pub state: LiftState,
    /// The principal who approved or rejected it, and the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
    /// Time when everything that the ban had taken back was given back.
    pub completed_at: Option<Micros>,
}

codes! {
    /// State of the lifting of a ban.
    LiftState {
        /// The lifting waits for a second person.
        Proposed = 1, "proposed";
        /// A second person approved it; what the ban took is being given back.
        Approved = 2, "approved";
        /// Everything was given back.
        Completed = 3, "completed";
        /// The lifting was rejected.
        Rejected = 4, "rejected";
    }
}

/// A member who was suspended, banned or merged. No other member has such a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Suspensions, the earliest first. Only the last can be without an end.
    pub suspensions: Vec<Suspension>,
    /// The last ban, if there was one.
    pub ban: Option<Ban>,
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
    /// The member is shut out until the ban is lifted and has given everything back.
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
        let is_banned = self.ban.as_ref().is_some_and(|ban| !ban.is_over());
        match self.suspensions.last() {
            _ if self.merged.is_some() => MemberState::Merged,
            _ if is_banned => MemberState::Banned,
            Some(last) if last.until.is_none() => MemberState::Suspended,
            _ => MemberState::Active,
        }
    }

    /// Returns the reason why an activity that occurred at this time never earns, if there is one.
    ///
    /// A suspension counts for an activity that occurs while it lasts, whenever the activity arrives. A ban is no such
    /// reason: it covers every activity until it is lifted.
    #[must_use]
    pub fn shuts_out(&self, occurred_at: Micros) -> Option<Reason> {
        if self.merged.is_some() {
            return Some(Reason::Merged);
        }
        let lasted = |it: &Suspension| it.from <= occurred_at && it.until.is_none_or(|until| occurred_at < until);
        self.suspensions.iter().any(lasted).then_some(Reason::Suspended)
    }

    /// Returns the time when any server goes on with the ban or with its lifting; `None` when nothing is left to take
    /// back or to give back.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        let ban = self.ban.as_ref().filter(|ban| ban.going_on().is_some())?;
        Some(ban.term.until.unwrap_or(ban.term.from).plus(RESUMED_AFTER_MICROS))
    }
}

impl Ban {
    /// Makes a ban that begins.
    #[must_use]
    pub const fn begun(term: Suspension) -> Self {
        Self { term, revoked_at: None, lift: None }
    }

    /// Returns the entry that began what is going on: the ban's while it takes back what was earned, or the one that lifted
    /// it while that is given back.
    #[must_use]
    pub fn going_on(&self) -> Option<Seq> {
        match (self.revoked_at, &self.lift) {
            (None, _) => Some(self.term.seq),
            (Some(_), Some(Lift { state: LiftState::Approved, decided: Some((_, seq)), .. })) => Some(*seq),
            (Some(_), _) => None,
        }
    }

    /// True until the ban is lifted.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.term.until.is_none()
    }

    /// True when the ban was lifted, and everything that it had taken back was given back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lift.as_ref().is_some_and(|lift| lift.state == LiftState::Completed)
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
    }

    #[test]
    fn a_ban_holds_until_it_is_lifted_and_the_member_is_banned_until_everything_is_given_back() {
        let time = |micros| Micros::new(micros).expect("a time");
        let by = PrincipalId::parse("anna").expect("an id");
        let term =
            |until| Suspension { reason: ShutOutReason::Fraud, from: time(10), until, by: by.clone(), seq: Seq::ZERO };
        let lift = |state| Lift {
            id: RequestId::parse("l").expect("an id"),
            drawn_up_by: by.clone(),
            seq: Seq::ZERO,
            state,
            decided: Some((by.clone(), Seq::ZERO)),
            completed_at: None,
        };
        let told = |ban| {
            let member = Member { ban: Some(ban), ..Member::default() };
            let due = member.due_at().map(|due| due.get() - RESUMED_AFTER_MICROS);
            (member.state().name(), member.ban.as_ref().is_some_and(Ban::holds), due)
        };
        let begun = Ban::begun(term(None));
        assert_eq!(told(begun.clone()), ("banned", true, Some(10)));
        let complete = Ban { revoked_at: Some(time(20)), ..begun };
        assert_eq!(told(complete.clone()), ("banned", true, None));
        let asked = Ban { lift: Some(lift(LiftState::Proposed)), ..complete.clone() };
        assert_eq!(told(asked), ("banned", true, None));
        let lifted = Ban { term: term(Some(time(30))), lift: Some(lift(LiftState::Approved)), ..complete };
        assert_eq!(told(lifted.clone()), ("banned", false, Some(30)));
        let over = Ban { lift: Some(lift(LiftState::Completed)), ..lifted };
        assert_eq!(told(over), ("active", false, None));
    }
}
