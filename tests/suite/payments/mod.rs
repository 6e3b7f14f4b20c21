//! Money that leaves, and what comes back.

mod batches;
mod payees;
mod results;
