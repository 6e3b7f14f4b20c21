//! Projections: sums over entries, each a fold of its own.

pub mod ages;
pub mod mergers;
pub mod posted;
pub mod ranked;
pub mod totals;
