//! Referrals: the rule, and claims of a recruit.

use goodturn::pb;
use goodturn::pb::ExclusiveHolder;
use goodturn::pb::rule::Wait;

use super::clients::activity;
use super::stage::rule;

/// When most recruits sign up.
pub const SIGNED_UP: &str = "2018-04-01T10:00:00Z";

/// 500 points for a recruit, once the recruit is active; the earliest claim that stands has it.
pub fn referrals() -> pb::Rule {
    pb::Rule {
        exclusive: "recruit".into(),
        exclusive_holder: ExclusiveHolder::EarliestStanding.into(),
        wait: Some(Wait::ConfirmWithinDays(120)),
        condition: "!attributes.returning".into(),
        ..rule("referrals", "referral", 500)
    }
}

/// `member` says that they brought `recruit` in.
pub fn claim(id: &str, member: &str, recruit: &str, when: &str) -> pb::Activity {
    let returning = pb::AttributeValue { value: Some(pb::attribute_value::Value::Flag(false)) };
    pb::Activity {
        counterparty_id: recruit.into(),
        exclusive_key: recruit.into(),
        attributes: [("returning".to_owned(), returning)].into(),
        ..activity(id, "referral", member, when)
    }
}
