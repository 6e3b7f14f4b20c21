//! Credit of a member that cut-offs have reached while the member was inactive.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::seq::Seq;
use crate::value::time::Day;

/// Cut-offs at which points of a member expired because the member was inactive: for each the entry, and the last day
/// of recording of the credit that it reached.
///
/// A merger does not move the record: the other member's credit was not reached. So a record belongs to the account,
/// and says of each member merged into it what happened after that merger.
///
/// A row is dropped when a later one reaches as far. Most records have one row. Others have as many as the policy had
/// longer and longer times for which it spares late points.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Reached {
    rows: Vec<(Seq, Day)>,
}

impl Reached {
    /// Adds a cut-off.
    pub fn add(&mut self, seq: Seq, recorded_by: Day) {
        self.rows.retain(|(_, before)| *before > recorded_by);
        self.rows.push((seq, recorded_by));
    }

    /// Returns the last day of recording that the cut-offs after an entry have reached; `None` when there are none.
    #[must_use]
    pub fn since(&self, seq: Seq) -> Option<Day> {
        self.rows.iter().find(|(at, _)| *at > seq).map(|(_, recorded_by)| *recorded_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_has_the_farthest_of_the_cut_offs_after_it() {
        let seq = |number| Seq::new(number).expect("a seq");
        let day = |number| Day::new(number).expect("a day");
        let mut reached = Reached::default();
        for (at, recorded_by) in [(3, 100), (5, 130), (7, 90), (9, 60), (11, 80)] {
            reached.add(seq(at), day(recorded_by));
        }
        let since = [0, 4, 5, 7, 10, 11].map(|at| Some(reached.since(seq(at))?.get()));
        assert_eq!(since, [Some(130), Some(130), Some(90), Some(80), Some(80), None]);
        assert_eq!(reached.rows.len(), 3);
    }
}
