//! Choices of members, as they are recorded, and the payouts that wait for them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::choice::Choice;
use crate::value::ids::PayoutId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Most payouts whose choices are open at once. A member's choices are kept for each of their deadlines.
pub const OPEN_MAX: usize = 32;

/// The choices of a member that can still count, the earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Choices {
    rows: Vec<Chosen>,
}

/// A choice, and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Chosen {
    /// The choice; `None` when the member took back the one before.
    pub choice: Option<Choice>,
    /// Time when it was recorded.
    pub at: Micros,
    /// The entry that recorded it.
    pub seq: Seq,
}

impl Choices {
    /// Returns the choice that was made by a deadline, if one was.
    #[must_use]
    pub fn by(&self, deadline: Micros) -> Option<&Choice> {
        self.rows.iter().rev().find(|chosen| chosen.at <= deadline)?.choice.as_ref()
    }

    /// Returns the last choice.
    #[must_use]
    pub fn last(&self) -> Option<&Chosen> {
        self.rows.last()
    }

    /// Adds a choice. One before it can only count where a deadline lies between the two, and a payout that is yet to be made has
    /// a later deadline. So at most one row for each open deadline is kept, and the last.
    pub fn add(&mut self, chosen: Chosen, open: &Open) {
        let at = chosen.at;
        self.rows.push(chosen);
        let times: Vec<Micros> = self.rows.iter().map(|row| row.at).skip(1).chain([at]).collect();
        let last = self.rows.len() - 1;
        let mut index = 0;
        self.rows.retain(|row| {
            let (until, is_last) = (times[index], index == last);
            index += 1;
            is_last || open.rows.iter().any(|run| row.at <= run.deadline && run.deadline < until)
        });
    }
}

/// A payout whose choices are open.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenRun {
    /// The payout.
    pub payout: PayoutId,
    /// The last moment whose choice counts for it.
    pub deadline: Micros,
    /// True when it takes what earlier payouts carried.
    pub takes_carried: bool,
    /// True while its lots are being decided.
    pub is_closing: bool,
    /// The last entry that recorded a choice by its deadline.
    pub chosen: Seq,
}

/// The payouts whose choices are open: those that were begun with terms of choices, and are neither cancelled nor closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Open {
    /// The payouts, in the order in which they were begun.
    pub rows: Vec<OpenRun>,
    /// The last entry that moved a lot or decided on one.
    pub lots_changed: Seq,
    /// The last entry by which two persons let withheld money lapse.
    pub lapsed: Seq,
    /// Number of payouts over a list that are neither executed nor cancelled.
    pub lists: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Micros {
        Micros::new(micros).expect("a time")
    }

    fn run(n: usize, deadline: i64) -> OpenRun {
        let payout = PayoutId::parse(&format!("p{n}")).expect("an id");
        OpenRun { payout, deadline: at(deadline), takes_carried: false, is_closing: false, chosen: Seq::ZERO }
    }

    proptest! {
        /// What is kept of a member's choices answers for every deadline that is open, or yet to come, as all of them would.
        #[test]
        fn what_is_kept_answers_for_every_open_deadline(
            deadlines in prop::collection::vec(0_i64..100, 0..6),
            mut times in prop::collection::vec(0_i64..100, 1..30),
        ) {
            times.sort_unstable();
            let open = Open { rows: (0..).zip(&deadlines).map(|(n, at)| run(n, *at)).collect(), lots_changed: Seq::ZERO, lapsed: Seq::ZERO, lists: 0 };
            let all: Vec<Chosen> = (1_i64..)
                .zip(&times)
                .map(|(n, time)| Chosen {
                    choice: (n % 3 != 0).then_some(if n % 3 == 1 { Choice::Credit } else { Choice::Cash }),
                    at: at(*time),
                    seq: Seq::new(n).expect("a seq"),
                })
                .collect();
            let mut kept = Choices::default();
            for chosen in &all {
                kept.add(chosen.clone(), &open);
                prop_assert!(kept.rows.len() <= deadlines.len() + 1, "{kept:?}");
            }
            let last = times.last().copied().unwrap_or(0);
            for deadline in deadlines.into_iter().chain([last, last + 1, 1_000]) {
                let by = all.iter().rev().find(|chosen| chosen.at <= at(deadline)).and_then(|chosen| chosen.choice.as_ref());
                prop_assert_eq!(kept.by(at(deadline)), by, "{}", deadline);
            }
        }
    }
}
