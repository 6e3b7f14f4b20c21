//! Points that are past their time.

mod adjusted;
mod giffgaff;
mod inactive;
mod inactive_order;
#[cfg(feature = "failpoints")]
mod kills;
mod model;
mod sweeps;
