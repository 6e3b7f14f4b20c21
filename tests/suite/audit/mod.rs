//! What is found in a log: lies of its operator, changes of its store, evidence of abuse.

mod dishonest;
mod dishonest_decisions;
mod dishonest_drafts;
mod dishonest_expiry;
mod dishonest_money;
mod dishonest_payments;
mod dishonest_payouts;
mod dishonest_rules;
mod flags;
mod flags_histories;
mod flags_limits;
mod forged_till;
mod standing;
mod verification;
