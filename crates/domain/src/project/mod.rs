//! Projections: sums over entries, each a fold of its own.

pub mod ages;
pub mod books;
pub mod people;
pub mod posted;
pub mod ranked;
pub mod shared;
pub mod span;
pub mod totals;

mod span_bytes;
