//! Checks of members' money that share nothing with deciding again: what was signed of a closing, that every lot is decided, that money is
//! withheld from whoever is shut out, and that buckets are sums of lots.

use std::ops::Bound;

use crate::domain::decide::reads::member_state;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::money::ClosingContent;
use crate::domain::entry::payout::PayoutStep;
use crate::domain::state::choice::Choices;
use crate::domain::state::closing::{Closing, ClosingDigest};
use crate::domain::state::get::State;
use crate::domain::state::lots::Lots;
use crate::domain::state::member::MemberState;
use crate::domain::state::overlay::Changes;
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::MemberId;

/// Returns the members on whose lots an entry's step decides, in the state before it; none for other entries.
pub(super) fn deciding(entry: &Entry, before: &Changes) -> Vec<MemberId> {
    let Fact::PayoutStep(PayoutStep { payout: id, through }) = &entry.fact else { return Vec::new() };
    if entry.kind != EntryKind::ClosingProgressed {
        return Vec::new();
    }
    let Some((payout, closing)) = before.get::<Payout>(id).zip(before.get::<Closing>(id)) else { return Vec::new() };
    let from = closing.through.clone().map_or(Bound::Unbounded, Bound::Excluded);
    let within = lots(before, from).take_while(|(member, _)| *member <= through);
    within.filter(|(_, lots)| lots.rows.iter().any(|lot| lot.is_of(payout))).map(|(member, _)| member.clone()).collect()
}

/// Returns the fault of an entry about money in the state before it, if there is one.
pub(super) fn wrong_money(entry: &Entry, before: &Changes) -> Option<String> {
    match (entry.kind, &entry.fact) {
        (EntryKind::ClosingDrafted, Fact::Closing(content)) => another_content(content, before),
        (EntryKind::ChoicesClosed, Fact::PayoutAct(id)) => {
            let payout = before.get::<Payout>(id)?;
            let open = lots_of(before).filter(|(_, lots)| lots.rows.iter().any(|lot| lot.is_of(payout)));
            let count = open.count();
            (count > 0).then(|| format!("the lots of {count} members were never decided"))
        }
        (EntryKind::LapseApproved, _) => {
            let is_banned = member_state(before, entry.member.as_ref()?) == MemberState::Banned;
            (!is_banned).then(|| "money of a member who is not banned lapses".to_owned())
        }
        (EntryKind::MoneyWithheld, _) => {
            let member = entry.member.as_ref()?;
            let is_free = member_state(before, member) == MemberState::Active;
            is_free.then(|| "money of a member who is not shut out is withheld".to_owned())
        }
        _ => None,
    }
}

/// Finds money that a member who is shut out could still get. Asked once the act that granted it is over.
pub(super) fn not_withheld(member: &MemberId, after: &impl State) -> Option<String> {
    let balances = after.account(member)?.balances;
    let free =
        [Bucket::Due, Bucket::Carried, Bucket::Drawn].into_iter().map(|bucket| balances.get(bucket)).sum::<i64>();
    let is_shut_out = matches!(member_state(after, member), MemberState::Suspended | MemberState::Banned);
    (is_shut_out && free > 0).then(|| "money of a member who is shut out is not withheld".to_owned())
}

/// Finds accounts whose buckets are not the sums of their lots.
pub(super) fn wrong_sums(after: &Changes) -> Option<String> {
    let mut wrong = after.accounts.values().filter(|account| {
        let none = Lots::default();
        let lots = after.get::<Lots>(&account.member).unwrap_or(&none);
        !lots.agree_with(&account.balances)
    });
    let first = wrong.next()?;
    Some(format!(
        "the money of {} members is not the sum of their lots, the first: {}",
        1 + wrong.count(),
        first.member
    ))
}

/// Checks that what is signed is what becomes of the lots, as they are at the entry.
fn another_content(content: &ClosingContent, before: &Changes) -> Option<String> {
    let payout = before.get::<Payout>(&content.payout)?;
    let deadline = payout.terms.choices.as_ref()?.deadline;
    let mut digest = ClosingDigest::of(&payout.terms);
    for (member, lots) in lots_of(before) {
        let chosen = before.get::<Choices>(member).and_then(|choices| choices.by(deadline));
        if digest.add(member, &lots.decided(payout, chosen, content.as_of)).is_none() {
            return Some("the sums of a closing do not fit".into());
        }
    }
    let is_other = digest.content(&payout.terms, content.as_of) != *content;
    is_other.then(|| "the content of the closing is not what becomes of the lots".to_owned())
}

/// Returns the lots of all members, in the byte order of members.
pub(super) fn lots_of(state: &Changes) -> impl Iterator<Item = (&MemberId, &Lots)> {
    lots(state, Bound::Unbounded)
}

/// Returns the lots of members after one, in the byte order of members.
fn lots(state: &Changes, from: Bound<MemberId>) -> impl Iterator<Item = (&MemberId, &Lots)> {
    let from = match from {
        Bound::Excluded(member) => Bound::Excluded(RecordKey::Lots(member)),
        Bound::Included(member) => Bound::Included(RecordKey::Lots(member)),
        Bound::Unbounded => Bound::Unbounded,
    };
    // Other keys stand before the lots and after them.
    let records = state.records.range((from, Bound::Unbounded));
    records.filter_map(|(key, (_, record))| match (key, record) {
        (RecordKey::Lots(member), Record::Lots(lots)) => Some((member, lots)),
        _ => None,
    })
}
