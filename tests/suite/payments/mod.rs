//! Money that leaves, and what comes back.

mod batches;
mod charities;
mod half_year;
#[cfg(feature = "failpoints")]
mod kills;
mod outside;
mod payees;
mod results;
