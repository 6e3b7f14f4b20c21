//! The entries that an import has counted, so that a line that repeats an earlier one is not counted twice.

use serde::{Deserialize, Serialize};

use super::window::RECORDS_MAX;

/// Seqs, as runs without a gap: the first and last of each, in order.
///
/// Gaps are other writers' entries, and further entries of a command. When there are more runs than records can be
/// under way, the gap between the first two is forgotten. No line that is still to be counted can have its entry there.
/// Proof: such a line was under way when every entry of this import above that gap was recorded, and these are more
/// than can be under way beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen(Vec<(i64, i64)>);

impl Seen {
    /// Adds a seq; false if it was there already.
    pub(super) fn insert(&mut self, seq: i64) -> bool {
        let runs = &mut self.0;
        let at = runs.partition_point(|&(_, last)| last < seq);
        if runs.get(at).is_some_and(|&(first, _)| first <= seq) {
            return false;
        }
        let follows = at > 0 && runs[at - 1].1 + 1 == seq;
        let precedes = runs.get(at).is_some_and(|&(first, _)| first == seq + 1);
        match (follows, precedes) {
            (true, true) => {
                runs[at - 1].1 = runs[at].1;
                runs.remove(at);
            }
            (true, false) => runs[at - 1].1 = seq,
            (false, true) => runs[at].0 = seq,
            (false, false) => runs.insert(at, (seq, seq)),
        }
        if runs.len() > RECORDS_MAX {
            let (first, _) = runs.remove(0);
            runs[0].0 = first;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_seq_is_new_once_in_whatever_order_they_come(seqs in proptest::collection::vec(1..60_i64, 0..200)) {
            let (mut seen, mut naive) = (Seen::default(), BTreeSet::new());
            for seq in seqs {
                prop_assert_eq!(seen.insert(seq), naive.insert(seq));
                prop_assert!(seen.0.is_sorted() && seen.0.windows(2).all(|runs| runs[0].1 + 1 < runs[1].0));
            }
        }
    }

    #[test]
    fn runs_stay_as_few_as_records_can_be_under_way_and_what_is_forgotten_counts_as_seen() {
        let mut seen = Seen::default();
        let count = i64::try_from(RECORDS_MAX).expect("a few thousand");
        for seq in 1..=count + 10 {
            assert!(seen.insert(2 * seq));
        }
        assert_eq!(seen.0.len(), RECORDS_MAX);
        assert_eq!(seen.0[0], (2, 22));
        assert!(!seen.insert(21) && seen.insert(23));
    }
}
