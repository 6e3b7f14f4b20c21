//! Calls of good and of bad form: what a caller is told, over the wire.

mod bad_acts;
mod bad_batches;
mod bad_input;
mod bad_reads;
mod broken_messages;
mod dated_ahead;
mod decimals;
mod digests;
mod digests_later;
mod faults;
mod found;
mod limits;
mod stream_activities;
mod streams;
mod texts;
