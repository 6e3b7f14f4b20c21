//! Terms: the contents with which programmes, rules, statements, payouts and adjustments are made.

pub mod access;
pub mod activity;
pub mod adjustment;
pub mod batch;
pub mod caps;
pub mod choice;
pub mod condition;
pub mod expiry;
pub mod member;
pub mod payout;
pub mod problem;
pub mod program;
pub mod rules;
pub mod savings;
pub mod till;
