use super::*;
use crate::domain::state::earning::{Earning, Later};
use crate::domain::value::ids::ActivityKind;

fn earning() -> Earning {
    let epoch = Micros::new(0).expect("1970 is a time");
    Earning {
        seq: Seq::ZERO.next(),
        recorded_at: epoch,
        member: MemberId::parse("ben").expect("an id"),
        kind: ActivityKind::parse("answer_accepted").expect("a kind"),
        occurred_at: epoch,
        local_day: epoch.day_in(&jiff::tz::TimeZone::UTC),
        amount_minor: None,
        version: 0,
        declined: None,
        parts: Vec::new(),
        key: None,
        is_penalty: false,
        later: Later::default(),
        due_at: None,
        quantity: None,
    }
}

#[test]
fn a_column_that_says_another_due_time_than_its_record_is_corrupt() {
    // INV 57
    let read = |kept: Option<i64>, due_at: Option<i64>| {
        let earning = Earning { due_at: kept.and_then(Micros::new), ..earning() };
        let state = Record::Activity(Box::new(earning)).stored();
        StoredRecord::try_from(RecordRow { key: "activity/forum/a1".into(), seq: 1, due_at, state })
    };
    for (kept, column) in [(None, Some(0)), (Some(0), None), (Some(0), Some(1)), (Some(0), Some(i64::MIN))] {
        let refused = read(kept, column);
        assert!(matches!(refused, Err(LogError::Corrupt { table: "record", column: "due_at", .. })), "{refused:?}");
    }
    for same in [None, Some(0), Some(-1)] {
        assert_eq!(read(same, same).expect("the same").record.due_at(), same.and_then(Micros::new));
    }
}

#[test]
fn a_record_of_a_newer_version_is_not_corrupt() {
    let mut state = Record::Activity(Box::new(earning())).stored();
    state[0] += 1;
    let row = RecordRow { key: "activity/forum/a1".into(), seq: 1, due_at: None, state };
    let refused = StoredRecord::try_from(row);
    assert!(matches!(refused, Err(LogError::NewerFormat { found: 2, known: 1, .. })), "{refused:?}");
}
