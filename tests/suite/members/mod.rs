//! What people decide about a member: adjustments, suspensions, bans and mergers.

mod adjusted_histories;
mod adjustments;
mod after_mergers;
mod bans;
mod lifted;
mod limits;
mod merged_at_once;
mod merges;
mod one_person;
mod proposed_mergers;
mod shut_out;
mod signed_lists;
mod signed_pages;
