//! The records that the fold changes, compared with those that entries name.

use std::collections::BTreeSet;

use goodturn::domain::entry::Entry;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::fold::changed::changed_records;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::overlay::{Changes, Overlay};
use goodturn::domain::state::program::Program;
use goodturn::domain::state::record::RecordKey;

/// INV 71: the fold of each entry changes only the records that the entry alone names. Of these it may leave out only
/// the ones that the entry cannot decide: whether the programme counts it anew, whether an activity had been reported
/// on early, whether a captured hold had expired before, whether points of a merged member were written off,
/// and whether anything was told of one, granted to one or chosen by one.
pub fn assert_named<'a>(entries: impl IntoIterator<Item = &'a Entry>) {
    let mut state = Changes::default();
    for entry in entries {
        let keeps_early = state.get::<Program>(&()).is_some_and(|program| program.early_kept > 0);
        let mut overlay = Overlay::new(&state);
        overlay.apply(entry).unwrap();
        let changed: BTreeSet<&RecordKey> = overlay.changes.records.keys().collect();
        if let Some(named) = changed_records(entry, keeps_early) {
            let named: BTreeSet<&RecordKey> = named.iter().collect();
            let unnamed: Vec<_> = changed.difference(&named).collect();
            assert!(unnamed.is_empty(), "{entry:?} changes {unnamed:?}, and is not said to");
            let left: Vec<_> =
                named.difference(&changed).filter(|key| !cannot_be_told(entry, key, keeps_early)).collect();
            assert!(left.is_empty(), "{entry:?} is said to change {left:?}, and does not");
        }
        let changes = overlay.changes;
        state.absorb(changes);
    }
}

fn cannot_be_told(entry: &Entry, key: &RecordKey, keeps_early: bool) -> bool {
    match key {
        RecordKey::Program => true,
        RecordKey::Activity(..) | RecordKey::Early(..) => keeps_early,
        RecordKey::Takings(_)
        | RecordKey::Profile(_)
        | RecordKey::Lots(_)
        | RecordKey::Choices(_)
        | RecordKey::OpenRuns => matches!(entry.kind, EntryKind::MemberMerged | EntryKind::ChoiceSet),
        // The first lot of a payment changes it, and the others do not.
        RecordKey::Payment(..) | RecordKey::Batch(_) => {
            matches!(entry.kind, EntryKind::MoneySent | EntryKind::MoneyLeftOut)
        }
        // Whether a payee is changed for its payments depends on where they go.
        RecordKey::Payee(_) => {
            matches!(entry.kind, EntryKind::MoneySent | EntryKind::PaymentReported | EntryKind::MemberMerged)
        }
        RecordKey::Holds(_) => entry.kind == EntryKind::HoldCaptured,
        _ => false,
    }
}
