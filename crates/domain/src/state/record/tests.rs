use super::*;
use crate::terms::caps::CapPeriod;
use crate::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, BatchId, CapId, ExclusiveKey, KeyId, KeySpace, MemberId, MergerId,
    PayoutId, PersonId, ServiceId, SourceId, StatementId, TillId,
};
use crate::value::time::{Day, Hour};

#[test]
fn keys_come_back_from_their_text_and_rule_sets_sort_by_version() {
    let activity = || (SourceId::parse("forum").expect("an id"), ActivityId::parse("vote-1").expect("an id"));
    let keys = [
        RecordKey::Program,
        RecordKey::RuleSet(2),
        RecordKey::RuleSet(10),
        RecordKey::Activity(activity().0, activity().1),
        RecordKey::Claim(KeySpace::parse("question").expect("an id"), ExclusiveKey::parse("q:1").expect("an id")),
        RecordKey::Cap(
            MemberId::parse("ben").expect("an id"),
            CapPeriod { cap: CapId::parse("monthly").expect("an id"), first_day: Day::MIN, hour: None },
        ),
        RecordKey::Cap(
            MemberId::parse("ben").expect("an id"),
            CapPeriod { cap: CapId::parse("hourly").expect("an id"), first_day: Day::MIN, hour: Hour::new(7) },
        ),
        RecordKey::Statement(StatementId::parse("h1").expect("an id")),
        RecordKey::Payout(PayoutId::parse("h1").expect("an id")),
        RecordKey::Batch(BatchId::parse("b1").expect("an id")),
        RecordKey::Payment(BatchId::parse("b1").expect("an id"), 7),
        RecordKey::Payee(MemberId::parse("ben").expect("an id")),
        RecordKey::Reservations(MemberId::parse("ben").expect("an id")),
        RecordKey::Hold(activity().0, TillId::parse("order-17").expect("an id")),
        RecordKey::Redemption(activity().0, TillId::parse("order-17").expect("an id")),
        RecordKey::Holds(MemberId::parse("ben").expect("an id")),
        RecordKey::Adjustment(AdjustmentId::parse("ticket:1").expect("an id")),
        RecordKey::Member(MemberId::parse("ben").expect("an id")),
        RecordKey::Expiry,
        RecordKey::Early(activity().0, activity().1),
        RecordKey::Takings(MemberId::parse("ben").expect("an id")),
        RecordKey::Waiting(0x0a),
        RecordKey::Proposal(MergerId::parse("ticket:2").expect("an id")),
        RecordKey::Reached(MemberId::parse("ben").expect("an id")),
        RecordKey::Access,
        RecordKey::Person(PersonId::parse("p-1").expect("an id")),
        RecordKey::Login([0xa5; 32]),
        RecordKey::Key(KeyId::parse("k1").expect("an id")),
        RecordKey::Service(ServiceId::parse("forum").expect("an id")),
        RecordKey::AccessChange(AccessChangeId::parse("ticket:3").expect("an id")),
        RecordKey::Profile(MemberId::parse("ben").expect("an id")),
    ];
    for key in &keys {
        assert_eq!(RecordKey::parse(&key.to_string()).as_ref(), Some(key));
    }
    assert!(keys[1].to_string() < keys[2].to_string());
    for odd in [
        "",
        "program/",
        "rule_set/2",
        "activity/forum",
        "cap/ben/monthly/2018-6-1",
        "cap/b/m/2018-06-01/7",
        "waiting/a",
        "waiting/0A",
        "cake/1",
        "access/",
        "login/A5",
    ] {
        assert_eq!(RecordKey::parse(odd), None, "{odd:?}");
    }
}
