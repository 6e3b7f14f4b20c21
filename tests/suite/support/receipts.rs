//! Receipts of writes that were sent again.

use goodturn::pb;

/// Returns the first receipt, of a replay's.
#[track_caller]
pub fn first_of(replay: &pb::Receipt) -> pb::Receipt {
    assert!(replay.replay, "it was recorded before: {replay:?}");
    pb::Receipt { replay: false, activity_state: pb::ActivityState::Unspecified.into(), ..replay.clone() }
}
