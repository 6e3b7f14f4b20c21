//! Bans and mergers of the log, as far as they decide what an activity brings under the draft.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::member::{Ban, Member, Suspension};
use crate::domain::terms::member::ShutOutReason;
use crate::domain::value::ids::MemberId;
use crate::domain::value::principal::PrincipalId;

/// Persons who are banned, and the persons that merged members are now.
#[derive(Default)]
pub(super) struct People {
    merged_into: BTreeMap<MemberId, MemberId>,
    banned: BTreeSet<MemberId>,
    /// True when somebody was banned at some time.
    has_bans: bool,
}

impl People {
    /// Takes one more entry of the log into account.
    pub(super) fn take(&mut self, entry: &Entry) {
        match (entry.kind, &entry.fact, &entry.member) {
            (EntryKind::MemberMerged, Fact::Merge(fact), Some(member)) if *member == fact.from => {
                self.merged_into.insert(fact.from.clone(), fact.into.clone());
            }
            (EntryKind::MemberBanned, _, Some(member)) => {
                self.banned.insert(member.clone());
                self.has_bans = true;
            }
            (EntryKind::BanLifted, _, Some(member)) => {
                self.banned.remove(member);
            }
            _ => {}
        }
    }

    /// Returns the member of an entry with a record in which only a ban of the person counts; `None` for an entry without a
    /// member, and when nobody was ever banned.
    pub(super) fn record(&self, of: &Entry) -> Option<(MemberId, Member)> {
        let member = of.member.clone().filter(|_| self.has_bans)?;
        let person = std::iter::successors(Some(&member), |member| self.merged_into.get(*member)).last()?;
        let is_banned = self.banned.contains(person);
        let term = Suspension {
            reason: ShutOutReason::Fraud,
            from: of.recorded_at,
            until: (!is_banned).then_some(of.recorded_at),
            by: PrincipalId::goodturn(),
            seq: of.seq,
        };
        Some((member, Member { ban: Some(Ban::begun(term)), ..Member::default() }))
    }
}
