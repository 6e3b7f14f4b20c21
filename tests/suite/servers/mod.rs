//! Servers at work: the lane, several of them on one store, and faults in the middle of it.

pub mod asked;
pub mod batches;
pub mod harness;
pub mod lane;
pub mod lane_faults;
pub mod replay;
pub mod restarts;
pub mod several;
pub mod sweeper;
pub mod sweeper_kills;
pub mod two;
