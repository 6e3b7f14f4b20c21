//! What people decide about a member: adjustments, suspensions, bans and mergers.

mod adjusted_histories;
mod adjustments;
mod after_mergers;
mod bans;
mod merges;
mod one_person;
mod shut_out;
