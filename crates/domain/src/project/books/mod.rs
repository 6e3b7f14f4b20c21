//! Books: what finance files. Each is a fold of the entries up to one, so the same entries give the same figures for
//! ever.
//!
//! Sums over a programme are of 128 bits: 2^63 entries of 2^63 each fit.

pub mod close;
pub mod cohorts;
pub mod day_book;
pub mod days;
pub mod lines;
pub mod received;
pub mod roll_forward;
pub mod stored;
