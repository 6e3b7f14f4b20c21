//! Servers at work: the lane, several of them on one store, and faults in the middle of it.

mod asked;
mod batches;
mod harness;
mod lane;
mod lane_faults;
mod projections;
mod replay;
mod restarts;
mod several;
mod sweeper;
mod sweeper_kills;
mod two;
