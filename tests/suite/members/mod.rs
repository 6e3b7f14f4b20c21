//! What people decide about a member: adjustments, suspensions, bans and mergers.

pub mod adjusted_histories;
pub mod adjustments;
pub mod after_mergers;
pub mod bans;
pub mod merges;
pub mod one_person;
pub mod shut_out;
