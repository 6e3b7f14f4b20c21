//! Ids of commands that follow from what the commands are on: Goodturn's own, and decisions on content.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::value::encoding::{Hash, encode, hex};
use crate::value::ids::{ActivityId, BatchId, MemberId, PayoutId, RequestId, StatementId};
use crate::value::seq::Seq;
use crate::value::time::Day;

impl RequestId {
    /// Makes the id of a payout's step that begins after a member.
    #[must_use]
    pub fn step_after(payout: &PayoutId, member: &MemberId) -> Self {
        Self::made(format!("{payout}:{member}"))
    }

    /// Makes the id of a command on a payout that Goodturn gives a second time, or where a client may give one under the payout's own id:
    /// what fixes the content after small shares were left out, and a cancellation of its own accord. No member's id is empty, so
    /// no step of a payout has this id.
    #[must_use]
    pub fn of_its_own(payout: &PayoutId) -> Self {
        Self::made(format!("{payout}:"))
    }

    /// Makes the id of an act on one member: the digest of the member and of the caller's id. So the ids of one member are free for another,
    /// and no two names join to the same text.
    #[must_use]
    pub fn of_member(member: &MemberId, id: &ActivityId) -> Self {
        Self::made(hex(&Sha256::digest(encode(&(member, id)))))
    }

    /// Makes the id of a step that decides lots, beginning after a member. `drafted` is the seq of the entry that drew the closing up.
    #[must_use]
    pub fn deciding_after(drafted: i64, member: Option<&MemberId>) -> Self {
        let member = member.map(MemberId::as_str).unwrap_or_default();
        Self::made(format!("{drafted}:{member}"))
    }

    /// Makes the id of a step of a batch of payments that begins after a member.
    #[must_use]
    pub fn of_batch_after(batch: &BatchId, member: Option<&MemberId>) -> Self {
        Self::made(format!("{batch}:{}", member.map(MemberId::as_str).unwrap_or_default()))
    }

    /// Makes the id of a cancellation of a batch of its own accord.
    #[must_use]
    pub fn of_batch(batch: &BatchId) -> Self {
        Self::made(format!("{batch}:"))
    }

    /// Makes the id of allowing another payment after one that came back, from the entry by which it came back.
    #[must_use]
    pub fn retrying(back: Seq) -> Self {
        Self::made(back.to_string())
    }

    /// Makes the id of setting a destination, or of removing it, from the entry before that did so, and the destination's fingerprint.
    #[must_use]
    pub fn of_payee(member: &MemberId, before: Seq, fingerprint: &Hash) -> Self {
        Self::made(hex(&Sha256::digest(encode(&(member, before, fingerprint)))))
    }

    /// Makes the id of an approval of exactly this content of a payout or of a statement.
    #[must_use]
    pub fn approval(of: &impl fmt::Display, content_hex: &str) -> Self {
        Self::made(format!("{of}:{content_hex}"))
    }

    /// Makes the id of an act on a version of a statement. The first version has the statement's own id.
    #[must_use]
    pub fn of_version(statement: &StatementId, version: u32) -> Self {
        Self::made(if version == 1 { statement.to_string() } else { format!("{statement}:{version}") })
    }

    /// Makes the id of the command that ends a waiting time: the seq of the entry that records it, and the due time that is
    /// posted.
    #[must_use]
    pub fn ending_wait(activity_seq: i64, due_micros: i64) -> Self {
        Self::made(format!("{activity_seq}:{due_micros}"))
    }

    /// Makes the id of ending a hold whose time is over, from the seq of the hold's first entry.
    #[must_use]
    pub fn expiring(hold_seq: i64) -> Self {
        Self::made(hold_seq.to_string())
    }

    /// Makes the id of taking back another entry's credit for a ban, from the seqs of the ban's entry and of that
    /// entry.
    #[must_use]
    pub fn revoking(ban_seq: i64, entry_seq: i64) -> Self {
        Self::made(format!("{ban_seq}:revoke:{entry_seq}"))
    }

    /// Makes the id of giving another entry's credit back after a ban was lifted, from the seqs of the entry that lifted
    /// it and of that entry.
    #[must_use]
    pub fn reinstating(lift_seq: i64, entry_seq: i64) -> Self {
        Self::made(format!("{lift_seq}:reinstate:{entry_seq}"))
    }

    /// Makes the id of completing a ban or its lifting, from the seq of the entry that began it.
    #[must_use]
    pub fn completing(begun_seq: i64) -> Self {
        Self::made(format!("{begun_seq}:complete"))
    }

    /// True when the id is that of taking something back for the ban that this entry records, or of giving something back
    /// after this entry lifted one.
    #[must_use]
    pub fn is_changing(&self, begun_seq: i64) -> bool {
        let rest = self.as_str().strip_prefix(&format!("{begun_seq}:"));
        let entry = rest.and_then(|rest| rest.strip_prefix("revoke:").or_else(|| rest.strip_prefix("reinstate:")));
        entry.is_some_and(|entry| entry.parse::<i64>().is_ok())
    }

    /// Makes the id of a decision on exactly this content, whose digest names its subject too.
    #[must_use]
    pub fn signing(content_hex: &str) -> Self {
        Self::made(content_hex)
    }

    /// Makes the id of a cut-off's step that begins after a member.
    #[must_use]
    pub fn expiry(day: Day, after: Option<&MemberId>) -> Self {
        let day = day.date();
        Self::made(after.map_or_else(|| day.to_string(), |member| format!("{day}:{member}")))
    }

    /// Makes the id of a version of the rules.
    #[must_use]
    pub fn version(version: u32) -> Self {
        Self::made(version.to_string())
    }

    fn made(text: impl Into<Arc<str>>) -> Self {
        Self::own(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_derived_id_fits() {
        let payout = PayoutId::parse(&"p".repeat(63)).expect("an id");
        let statement = StatementId::parse(&"s".repeat(63)).expect("an id");
        let member = MemberId::parse(&"m".repeat(128)).expect("an id");
        let choice = ActivityId::parse(&"c".repeat(128)).expect("an id");
        let hash = "f".repeat(64);
        let made = [
            RequestId::step_after(&payout, &member),
            RequestId::of_its_own(&payout),
            RequestId::of_member(&member, &choice),
            RequestId::deciding_after(i64::MAX, Some(&member)),
            RequestId::of_batch_after(&BatchId::parse(&"b".repeat(63)).expect("an id"), Some(&member)),
            RequestId::of_payee(&member, Seq::MAX, &[0xff; 32]),
            RequestId::approval(&payout, &hash),
            RequestId::of_version(&statement, u32::MAX),
            RequestId::expiry(Day::new(0).expect("a day"), Some(&member)),
        ];
        for id in made {
            assert_eq!(RequestId::parse(id.as_str()), Ok(id));
        }
    }
}
