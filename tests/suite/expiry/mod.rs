//! Points that are past their time.

mod adjusted;
mod giffgaff;
#[cfg(feature = "failpoints")]
mod kills;
mod model;
mod sweeps;
