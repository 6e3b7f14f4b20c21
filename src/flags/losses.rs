//! Losses of the company: points written off of one member again and again, and refunds that exceed what was paid.

use std::collections::BTreeMap;

use super::tally::MemberIndex;
use super::{Flag, NAMED_MAX, Pattern, WRITE_OFFS_MIN};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;

/// Losses of each member.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Points written off.
    written_off: BTreeMap<MemberIndex, Lost>,
    /// Refunds beyond the amounts of their activities, in minor units.
    excess: BTreeMap<MemberIndex, Lost>,
}

/// A sum of losses, and the entries that show them.
#[derive(Debug, Default)]
struct Lost {
    sum: i64,
    entries: u32,
    seqs: Vec<Seq>,
}

impl Losses {
    /// Counts the loss that an entry shows, if it shows one. `place` gives the place of a member.
    pub(super) fn take(&mut self, entry: &Entry, place: impl FnOnce(&MemberId) -> MemberIndex) {
        let Some(member) = &entry.member else { return };
        let (losses, lost) = match &entry.fact {
            // Who owes for a penalty has bought nothing with points that were undone.
            _ if entry.is_of_penalty() => return,
            _ if entry.kind == EntryKind::WrittenOff => {
                (&mut self.written_off, entry.movement.map_or(0, |movement| movement.amount().get()))
            }
            Fact::Earning(fact) => (&mut self.excess, fact.excess_minor),
            Fact::Activity(fact) => (&mut self.excess, fact.excess_minor),
            _ => return,
        };
        if lost > 0 {
            let known = losses.entry(place(member)).or_default();
            known.sum = known.sum.saturating_add(lost);
            known.entries = known.entries.saturating_add(1);
            if known.seqs.len() < NAMED_MAX {
                known.seqs.push(entry.seq);
            }
        }
    }

    /// Returns the number of counters.
    pub(super) fn len(&self) -> usize {
        self.written_off.len() + self.excess.len()
    }

    /// Returns the flags. `id` gives the member of a place.
    pub(super) fn flags<'a>(self, id: impl Fn(MemberIndex) -> &'a MemberId) -> Vec<Flag> {
        let many = self.written_off.into_iter().filter(|(_, lost)| lost.entries >= WRITE_OFFS_MIN);
        let many = many.map(|(member, lost)| (member, Pattern::WriteOffs, lost.sum, lost));
        let over = self.excess.into_iter();
        let over = over.map(|(member, lost)| (member, Pattern::RefundsExceed { minor: lost.sum }, 0, lost));
        let flag = |(member, pattern, points, lost): (MemberIndex, Pattern, i64, Lost)| Flag {
            pattern,
            members: vec![id(member).clone()],
            points,
            seqs: lost.seqs,
            entries: lost.entries,
        };
        many.chain(over).map(flag).collect()
    }
}
