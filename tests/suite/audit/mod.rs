//! What is found in a log: lies of its operator, changes of its store, evidence of abuse.

pub mod dishonest;
pub mod dishonest_expiry;
pub mod dishonest_payouts;
pub mod dishonest_rules;
pub mod flags;
pub mod flags_histories;
pub mod flags_limits;
pub mod forged_till;
pub mod verification;
