//! Calls of good and of bad form: what a caller is told, over the wire.

pub mod bad_acts;
pub mod bad_batches;
pub mod bad_input;
pub mod bad_reads;
pub mod broken_messages;
pub mod dated_ahead;
pub mod digests;
pub mod digests_later;
pub mod faults;
pub mod limits;
pub mod stream_activities;
pub mod streams;
pub mod texts;
