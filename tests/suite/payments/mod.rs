//! Money that leaves, and what comes back.

mod batches;
mod kills;
mod outside;
mod payees;
mod results;
